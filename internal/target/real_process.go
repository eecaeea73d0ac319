package target

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// killGrace is how long a cancelled program has between SIGTERM and SIGKILL.
const killGrace = 2 * time.Second

// Run runs a program in a process group of its own.
func (r *Real) Run(ctx context.Context, c Command) (Exit, error) {
	if err := ctx.Err(); err != nil {
		return Exit{}, err
	}
	if len(c.Argv) == 0 {
		return Exit{}, &fs.PathError{Op: "exec", Path: "", Err: fs.ErrNotExist}
	}
	sys := r.In(c.Dir, c.Env).(*Real)
	cmd, err := sys.command(c)
	if err != nil {
		return Exit{}, err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// what the program left in the background may hold its output open; the program has ended all the same
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return Exit{}, startError(cmd.Path, err)
	}
	running.add(cmd.Process.Pid)
	defer running.remove(cmd.Process.Pid)
	done := make(chan struct{})
	go func() {
		err = cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		if !killGroup(cmd.Process.Pid, done) {
			return Exit{}, ctx.Err() // its outputs are still being written to
		}
		return Exit{Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}, ctx.Err()
	}
	exit := Exit{Stdout: stdout.Bytes(), Stderr: stderr.Bytes()}
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) && !errors.Is(err, exec.ErrWaitDelay) {
		return exit, err
	}
	exit.Code = exitCode(cmd)
	return exit, nil
}

// command finds the program of a command and gives what starts it, from this System's directory.
func (r *Real) command(c Command) (*exec.Cmd, error) {
	file := c.Path
	if file == "" {
		file = c.Argv[0]
	}
	file, err := r.LookPath(file)
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{Path: file, Args: c.Argv, Dir: r.dir, Env: r.env}
	if c.Umask != nil {
		// a process has one umask for all its threads: a shell sets it for the program alone
		cmd.Args = append([]string{"sh", "-c", `umask "$1"; shift; exec "$@"`, "sh", octal(*c.Umask), file}, c.Argv[1:]...)
		cmd.Path = "/bin/sh"
	}
	return cmd, nil
}

// exitCode is the exit code of a program that has ended, or minus the number of the signal that ended it.
func exitCode(cmd *exec.Cmd) int {
	if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return -int(ws.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

func octal(n uint32) string {
	var b []byte
	for ; n > 0; n /= 8 {
		b = append([]byte{byte('0' + n%8)}, b...)
	}
	return "0" + string(b)
}

// killGroup ends a process group, first kindly, and waits for its leader. It reports whether that has ended: one that is another user's by
// now can't be killed.
func killGroup(pid int, done <-chan struct{}) bool {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		_ = syscall.Kill(-pid, signal)
		select {
		case <-done:
			_ = syscall.Kill(-pid, syscall.SIGKILL) // those that it left
			return true
		case <-time.After(killGrace):
		}
	}
	return false
}

// startError gives the error of a program that could not be started the shape of a file error, with the system's own
// error inside.
func startError(file string, err error) error {
	var no syscall.Errno
	if errors.As(err, &no) {
		return &fs.PathError{Op: "exec", Path: file, Err: no}
	}
	return err
}

// LookPath finds a program.
func (r *Real) LookPath(name string, extra ...string) (string, error) {
	return lookPath(r, name, filepath.SplitList(r.Getenv("PATH")), extra, func(p string) error {
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		if info.IsDir() || info.Mode()&0o111 == 0 {
			return fs.ErrPermission
		}
		return nil
	})
}

// lookPath walks the directories of path and extra for an executable file name; a name with a slash is only checked.
func lookPath(r interface{ Dir() string }, name string, path, extra []string, check func(string) error) (string, error) {
	abs := func(p string) string {
		if filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(r.Dir(), p)
	}
	if strings.Contains(name, "/") {
		if err := check(abs(name)); err != nil {
			return "", pathError(name, err)
		}
		return abs(name), nil
	}
	found := error(fs.ErrNotExist)
	for _, dir := range append(path[:len(path):len(path)], extra...) {
		p := filepath.Join(abs(dir), name)
		err := check(p)
		if err == nil {
			return p, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			found = syscall.EACCES
		}
	}
	return "", pathError(name, found)
}

func pathError(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = syscall.ENOENT
	case errors.Is(err, fs.ErrPermission):
		err = syscall.EACCES
	}
	return &fs.PathError{Op: "exec", Path: name, Err: err}
}
