// Package meter runs a command and tells what it and everything it started took: elapsed time, CPU time and memory. It sees
// the processes that outlive the command too (the shared connections of OpenSSH): it ends and counts them.
//
// A process of its own adopts what the command leaves behind, see prctl(2), PR_SET_CHILD_SUBREAPER. That process is this
// program, called again: its main function calls Main first.
package meter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Usage is what a command took.
type Usage struct {
	Wall   time.Duration // until the command itself ended
	CPU    time.Duration // user and system, of the command and all it started
	Memory int64         // bytes, the most at once: see Run
}

// Command is a command to be measured.
type Command struct {
	Args []string
	Dir  string
	Env  []string
	// Output is where stdout and stderr go; nil is nowhere.
	Output io.Writer
}

const mode = "KIMAI_BENCH_METER"

// Main is the process around a command, when that is what this process was started for; it does not return then.
func Main() {
	if os.Getenv(mode) == "" {
		return
	}
	u, code, err := around(os.Args[1:])
	out := os.NewFile(3, "usage")
	if err == nil {
		err = json.NewEncoder(out).Encode(u)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "meter:", err)
		code = 125
	}
	os.Exit(code)
}

// Run runs a command to its end and returns what it took. Memory is the greater of two: the most that one of its
// processes had resident, and the most that all together had, shared pages counted once (proportional set size), as seen
// a few times a second. The error of a command that fails has the end of what it said.
func Run(ctx context.Context, c Command) (Usage, error) {
	var u Usage
	r, w, err := os.Pipe()
	if err != nil {
		return u, err
	}
	defer r.Close()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", c.Args...)
	cmd.Dir, cmd.Env = c.Dir, append(append([]string{}, c.Env...), mode+"=1")
	cmd.ExtraFiles = []*os.File{w}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	var said bytes.Buffer
	cmd.Stdout = &said
	if c.Output != nil {
		cmd.Stdout = io.MultiWriter(&said, c.Output)
	}
	cmd.Stderr = cmd.Stdout
	err = cmd.Run()
	_ = w.Close()
	if err != nil {
		text := said.String()
		return u, fmt.Errorf("%s: %w\n%s", strings.Join(c.Args, " "), err, text[max(0, len(text)-3000):])
	}
	return u, json.NewDecoder(r).Decode(&u)
}

// around runs a command, adopts what it leaves behind and ends it.
func around(args []string) (u Usage, code int, err error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return u, 0, err
	}
	program, err := exec.LookPath(args[0])
	if err != nil {
		return u, 0, err
	}
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, mode+"=") {
			env = append(env, v)
		}
	}
	begin := time.Now()
	p, err := os.StartProcess(program, args, &os.ProcAttr{Env: env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	if err != nil {
		return u, 0, err
	}
	go func() { // the meter is told to stop: so is what it measures
		for range signals() {
			_ = p.Signal(syscall.SIGTERM)
		}
	}()
	peak := Watch(os.Getpid(), nil)
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return u, 0, err
		}
		if pid == p.Pid {
			u.Wall = time.Since(begin)
			code = status.ExitStatus()
			if status.Signaled() {
				code = 128 + int(status.Signal())
			}
			break
		}
	}
	u.Memory = peak()
	endChildren()
	cpu, resident, err := Reaped()
	u.CPU, u.Memory = cpu, max(u.Memory, resident)
	return u, code, err
}

// endChildren ends what this process has adopted, and reaps it.
func endChildren() {
	begin := time.Now()
	for {
		sig := syscall.SIGTERM
		if time.Since(begin) > 3*time.Second {
			sig = syscall.SIGKILL
		}
		for _, pid := range Children(os.Getpid()) {
			_ = syscall.Kill(pid, sig)
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if err == syscall.ECHILD {
				return
			}
			if pid <= 0 && err != syscall.EINTR {
				break
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
}
