package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

var _ connection.Terminals = (*Conn)(nil)

// StartTerminal starts a command with a pseudo-terminal. Closing its stdin hangs the terminal up.
func (c *Conn) StartTerminal(ctx context.Context, command string) (connection.Process, error) {
	if c.ctx.Err() != nil {
		return nil, c.fail("start", connection.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	master, slave, err := openPTY()
	if err != nil {
		return nil, c.fail("start", err)
	}
	defer slave.Close()
	cmd := exec.Command("/bin/sh", "-c", command)
	cmd.Dir, cmd.Env = c.dir, c.env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p := &process{
		cmd: cmd, ctx: ctx, ended: make(chan struct{}), given: make(chan struct{}), conn: c,
		stdin: master, stdout: hangup{master}, stderr: strings.NewReader(""),
	}
	if err := cmd.Start(); err != nil {
		_ = master.Close()
		return nil, c.fail("start", err)
	}
	c.running.Add(1)
	go p.watch()
	go func() { // the master is of no use any more
		<-p.ended
		_ = master.Close()
	}()
	return p, nil
}

// hangup reads a terminal's master. That the other side is closed is the end of the output.
type hangup struct{ f *os.File }

func (h hangup) Read(b []byte) (int, error) {
	n, err := h.f.Read(b)
	if errors.Is(err, syscall.EIO) || errors.Is(err, fs.ErrClosed) {
		err = io.EOF
	}
	return n, err
}

// openPTY makes a raw pseudo-terminal: see pty(7) and cfmakeraw in termios(3).
func openPTY() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			_ = master.Close()
		}
	}()
	raw, err := master.SyscallConn()
	if err != nil {
		return nil, nil, err
	}
	n := 0
	cerr := raw.Control(func(fd uintptr) {
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err == nil {
			n, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
		var t *unix.Termios
		if err == nil {
			t, err = unix.IoctlGetTermios(int(fd), unix.TCGETS)
		}
		if err == nil {
			t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
			t.Oflag &^= unix.OPOST
			t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
			t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
			t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
			err = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
		}
	})
	if err = errors.Join(err, cerr); err != nil {
		return nil, nil, err
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	return master, slave, err
}
