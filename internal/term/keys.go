package term

import (
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Keys reads what is typed at a terminal, key by key: lines are not edited, and the keys that would interrupt or stop the
// program are keys like all others.
type Keys struct {
	fd        int
	old       *unix.Termios
	Interrupt byte // the key for an interrupt, mostly Ctrl-C
	Erase     byte // the key that takes back the last one
}

// OpenKeys begins to read keys at the terminal tty; echo is whether the terminal shows them. Close ends it.
func OpenKeys(tty *os.File, echo bool) (*Keys, error) {
	fd := int(tty.Fd())
	old, err := unix.IoctlGetTermios(fd, ioctlGetTermios)
	if err != nil {
		return nil, err
	}
	k := &Keys{fd: fd, old: old, Interrupt: old.Cc[unix.VINTR], Erase: old.Cc[unix.VERASE]}
	raw := *old
	raw.Lflag &^= unix.ICANON | unix.ISIG | unix.IEXTEN | unix.ECHO
	if echo {
		raw.Lflag |= unix.ECHO
	}
	raw.Iflag &^= unix.ICRNL | unix.INLCR | unix.IXON
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	return k, unix.IoctlSetTermios(fd, ioctlSetTermiosFlush, &raw)
}

// Close makes the terminal what it was.
func (k *Keys) Close() error { return unix.IoctlSetTermios(k.fd, ioctlSetTermiosFlush, k.old) }

// keyWait is how often, in milliseconds, a wait for a key looks whether it is still wanted.
const keyWait = 100

// Next waits for a key and returns its byte; a character beyond ASCII is several. The error is that of ctx, or io.EOF when
// the terminal has gone.
func (k *Keys) Next(ctx context.Context) (byte, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(k.fd), Events: unix.POLLIN}}, keyWait)
		if errors.Is(err, unix.EINTR) || err == nil && n == 0 {
			continue
		}
		if err != nil {
			return 0, err
		}
		var one [1]byte
		n, err = unix.Read(k.fd, one[:])
		switch {
		case errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN):
		case err != nil || n == 0:
			return 0, io.EOF
		default:
			return one[0], nil
		}
	}
}
