package ansibleengine

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	goexec "github.com/apenella/go-ansible/v2/pkg/execute/exec"
)

// process starts ansible-playbook in a process group of its own, and ends all of it when the run is cancelled: it gets the
// chance to end by itself first. The library would kill its first process alone.
type process struct {
	dir     string
	environ []string
	grace   time.Duration

	cmd  *exec.Cmd
	ctx  context.Context //nolint:containedctx // handed over by the library at the one place and used by Start
	done chan struct{}
	once sync.Once
	wg   sync.WaitGroup
}

// Command prepares the process without a context.
func (p *process) Command(name string, arg ...string) goexec.Cmder {
	return p.CommandContext(context.Background(), name, arg...)
}

// CommandContext prepares the process.
func (p *process) CommandContext(ctx context.Context, name string, arg ...string) goexec.Cmder {
	p.ctx, p.done = ctx, make(chan struct{})
	p.cmd = exec.Command(name, arg...)
	p.cmd.Dir, p.cmd.Env = p.dir, p.environ
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return p
}

// Start starts the process and, when the context ends, ends it with all that it started.
func (p *process) Start() error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	p.wg.Go(func() {
		select {
		case <-p.done:
		case <-p.ctx.Done():
			p.end()
		}
	})
	return nil
}

// end asks the process group to end, as Ctrl-C does, and kills what is left of it after the grace time.
func (p *process) end() {
	pid := p.cmd.Process.Pid
	all := descendants(pid)
	_ = syscall.Kill(-pid, syscall.SIGINT)
	grace := p.grace
	if grace <= 0 {
		grace = 10 * time.Second
	}
	deadline := time.After(grace)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for over := false; !over; {
		for d := range descendants(pid) {
			all[d] = startOf(d)
		}
		select {
		case <-p.done:
			over = true
		case <-deadline:
			over = true
		case <-tick.C:
		}
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	// what left the process group: workers, and what they run on this machine
	for d, start := range all {
		if start != "" && startOf(d) == start {
			_ = syscall.Kill(d, syscall.SIGKILL)
		}
	}
}

// descendants are the processes that come from one, with when they were started.
func descendants(pid int) map[int]string {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if fields := statOf(child); len(fields) > 1 {
			parent, _ := strconv.Atoi(fields[1])
			children[parent] = append(children[parent], child)
		}
	}
	all := map[int]string{}
	for queue := children[pid]; len(queue) > 0; queue = queue[1:] {
		all[queue[0]] = startOf(queue[0])
		queue = append(queue, children[queue[0]]...)
	}
	return all
}

// statOf gives the fields of /proc/PID/stat behind the name: state, parent, …
func statOf(pid int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

// startOf tells when a process was started, "" when it is gone: its number may be another's by now.
func startOf(pid int) string {
	if fields := statOf(pid); len(fields) > 19 && fields[0] != "Z" {
		return fields[19]
	}
	return ""
}

// Wait waits for the process.
func (p *process) Wait() error {
	err := p.cmd.Wait()
	p.once.Do(func() { close(p.done) })
	return err
}

// reap waits for a process that the library left behind, and for what ends it.
func (p *process) reap() {
	if p.cmd == nil || p.cmd.Process == nil {
		return
	}
	if p.cmd.ProcessState == nil {
		_ = p.Wait()
	}
	p.wg.Wait()
}

// exitCode gives the exit code, and whether there is one.
func (p *process) exitCode() (int, bool) {
	if p.cmd == nil || p.cmd.ProcessState == nil {
		return 0, false
	}
	if code := p.cmd.ProcessState.ExitCode(); code >= 0 {
		return code, true
	}
	return 128 + int(p.cmd.ProcessState.Sys().(syscall.WaitStatus).Signal()), true
}

// The rest of what the library's interface asks for.

// Run starts the process and waits for it.
func (p *process) Run() error {
	if err := p.Start(); err != nil {
		return err
	}
	return p.Wait()
}

// CombinedOutput gives all output of the process.
func (p *process) CombinedOutput() ([]byte, error) { return p.cmd.CombinedOutput() }

// Output gives the output of the process.
func (p *process) Output() ([]byte, error) { return p.cmd.Output() }

// Environ gives nothing: it would get into errors.
func (p *process) Environ() []string { return nil }

// StdoutPipe gives the process's output.
func (p *process) StdoutPipe() (io.ReadCloser, error) { return p.cmd.StdoutPipe() }

// StderrPipe gives the process's errors.
func (p *process) StderrPipe() (io.ReadCloser, error) { return p.cmd.StderrPipe() }

// StdinPipe gives the process's input.
func (p *process) StdinPipe() (io.WriteCloser, error) { return p.cmd.StdinPipe() }

// String is the name of the program alone.
func (p *process) String() string { return p.cmd.Path }

var _ goexec.Cmder = (*process)(nil)
