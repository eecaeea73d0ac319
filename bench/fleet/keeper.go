package fleet

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/bench/meter"
)

const mode = "KIMAI_BENCH_FLEET"

// Main is the process that keeps the servers, when that is what this process was started for; it does not return then.
func Main() {
	if os.Getenv(mode) == "" {
		return
	}
	if err := keep(os.Args[1], os.Args[2:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fleet:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// keep starts a server for each configuration and answers until its input ends.
func keep(sshd string, configs []string, in io.Reader, out io.Writer) error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	var servers []int
	for _, c := range configs {
		p, err := os.StartProcess(sshd, []string{sshd, "-D", "-e", "-f", c}, &os.ProcAttr{
			Env: slices.DeleteFunc(os.Environ(), func(v string) bool { return v == mode+"=1" }),
			// its input must not be the pipe that the orders come on
			Files: []*os.File{nil, os.Stderr, os.Stderr},
		})
		if err != nil {
			return err
		}
		servers = append(servers, p.Pid)
	}
	defer end()
	peak := func() int64 { return 0 }
	orders, answers := bufio.NewScanner(in), json.NewEncoder(out)
	for orders.Scan() {
		var u Usage
		switch orders.Text() {
		case "begin":
			peak()
			peak = meter.Watch(os.Getpid(), servers)
		case "usage":
			u.Left = quiet(servers)
			u.Memory = peak()
			reaped, _, err := meter.Reaped()
			if err != nil {
				return err
			}
			u.CPU = reaped
			for _, pid := range meter.Below(os.Getpid()) {
				u.CPU += meter.CPU(pid)
			}
		}
		if err := answers.Encode(u); err != nil {
			return err
		}
	}
	return orders.Err()
}

// quiet waits until nothing but the servers is left, for three seconds at most. It reaps what was adopted.
func quiet(servers []int) (left int) {
	for range 600 {
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 && err != syscall.EINTR {
				break
			}
		}
		if left = len(meter.Below(os.Getpid())) - len(servers); left <= 0 {
			return 0
		}
		time.Sleep(5 * time.Millisecond)
	}
	return left
}

// end ends everything below this process.
func end() {
	for begin := time.Now(); time.Since(begin) < 5*time.Second; time.Sleep(5 * time.Millisecond) {
		for _, pid := range meter.Below(os.Getpid()) {
			sig := syscall.SIGTERM
			if time.Since(begin) > time.Second {
				sig = syscall.SIGKILL
			}
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
	}
}
