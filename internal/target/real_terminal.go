package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Spawn starts a program on a new pseudo terminal, which is its controlling one; see pty(7).
func (r *Real) Spawn(ctx context.Context, c Command, echo bool) (Terminal, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(c.Argv) == 0 {
		return nil, &fs.PathError{Op: "exec", Path: "", Err: fs.ErrNotExist}
	}
	sys := r.In(c.Dir, c.Env).(*Real)
	cmd, err := sys.command(c)
	if err != nil {
		return nil, err
	}
	master, slave, err := openTerminal(echo)
	if err != nil {
		return nil, err
	}
	defer slave.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		master.Close()
		return nil, startError(cmd.Path, err)
	}
	t := &realTerminal{master: master, cmd: cmd, done: make(chan struct{})}
	running.add(cmd.Process.Pid)
	go func() {
		_ = cmd.Wait() // how it ended is in ProcessState
		running.remove(cmd.Process.Pid)
		close(t.done)
		_ = master.SetReadDeadline(time.Unix(1, 0)) // wakes a Read: what is left is read without waiting
	}()
	t.release = context.AfterFunc(ctx, func() { _ = t.end() })
	return t, nil
}

// openTerminal gives the two sides of a new pseudo terminal of 24 lines of 80 characters.
func openTerminal(echo bool) (master, slave *os.File, err error) {
	// not blocking from the start: the runtime's poller takes it then, and reads can have deadlines
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, &fs.PathError{Op: "open", Path: "/dev/ptmx", Err: err}
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx")
	defer func() {
		if err != nil {
			master.Close()
		}
	}()
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return nil, nil, &fs.PathError{Op: "unlock", Path: "/dev/ptmx", Err: err}
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return nil, nil, &fs.PathError{Op: "number", Path: "/dev/ptmx", Err: err}
	}
	name := fmt.Sprintf("/dev/pts/%d", n)
	other, err := unix.Open(name, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	slave = os.NewFile(uintptr(other), name)
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		slave.Close()
		return nil, nil, &fs.PathError{Op: "size", Path: name, Err: err}
	}
	if echo {
		return master, slave, nil
	}
	mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err == nil {
		mode.Lflag &^= unix.ECHO
		err = unix.IoctlSetTermios(fd, unix.TCSETS, mode)
	}
	if err != nil {
		slave.Close()
		return nil, nil, &fs.PathError{Op: "echo", Path: name, Err: err}
	}
	return master, slave, nil
}

// realTerminal is a program on a terminal of this machine.
type realTerminal struct {
	master  *os.File
	cmd     *exec.Cmd
	done    chan struct{} // closed when the program has ended
	release func() bool
	eof     bool // nothing holds the terminal any more
}

// Read gives what is there, or waits for more. The kernel says EIO where nothing holds the other side any more.
func (t *realTerminal) Read(p []byte) (int, error) {
	n, err := t.master.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) && t.ended() {
		n, err = t.rest(p)
	}
	if errors.Is(err, syscall.EIO) || errors.Is(err, os.ErrClosed) {
		err, t.eof = io.EOF, true
	}
	return n, err
}

func (t *realTerminal) ended() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// rest reads without waiting, after the program has ended: one that it left in the background may hold the terminal.
func (t *realTerminal) rest(p []byte) (int, error) {
	raw, err := t.master.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var rerr error
	for err = os.ErrDeadlineExceeded; errors.Is(err, os.ErrDeadlineExceeded); { // the end of the program sets one meanwhile
		if err := t.master.SetReadDeadline(time.Time{}); err != nil {
			return 0, err
		}
		err = raw.Read(func(fd uintptr) bool {
			n, rerr = unix.Read(int(fd), p)
			return true
		})
	}
	if err != nil {
		return 0, err
	}
	_ = t.master.SetReadDeadline(time.Unix(1, 0)) // the next Read comes here again
	if n <= 0 || rerr != nil {
		return 0, io.EOF
	}
	return n, nil
}

// Write types.
func (t *realTerminal) Write(p []byte) (int, error) { return t.master.Write(p) }

// SetReadDeadline has no effect on a program that has ended: what it has written is read without waiting.
func (t *realTerminal) SetReadDeadline(at time.Time) error {
	if t.ended() {
		return nil
	}
	err := t.master.SetReadDeadline(at)
	if t.ended() { // meanwhile
		err = t.master.SetReadDeadline(time.Unix(1, 0))
	}
	return err
}

// end hangs up, as a terminal that is closed does, and kills what does not heed that.
func (t *realTerminal) end() error {
	err := t.master.Close()
	if t.ended() {
		return err
	}
	killGroup(t.cmd.Process.Pid, t.done)
	return err
}

// Close ends the program if it has not ended, and tells how it did. One that has let go of its terminal is most likely
// about to end.
func (t *realTerminal) Close() (int, error) {
	if t.eof {
		select {
		case <-t.done:
		case <-time.After(killGrace):
		}
	}
	t.release()
	err := t.end()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	if !t.ended() { // it is another user's by now, and could not be killed
		return -int(syscall.SIGKILL), err
	}
	return exitCode(t.cmd), err
}
