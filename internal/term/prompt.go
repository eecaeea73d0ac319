package term

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Prompter asks for secrets. It prefers the terminal of the process (/dev/tty), so that stdin stays free for data, as
// ansible-core does; where there is none it reads a line of In.
type Prompter struct {
	In    io.Reader // where an answer is read when there is no terminal
	Err   io.Writer // where the question is written when there is no terminal
	NoTTY bool      // do not look for a terminal: for tests and for callers whose input is no file
	// Unmasked is called, if set, before an answer is read from In: what is typed may be seen.
	Unmasked func()
}

// ErrEOF is the error of Secret when the input ends (Ctrl-D) before a line end. It is an io.EOF.
var ErrEOF = fmt.Errorf("no answer: %w", io.EOF)

// Secret writes question and reads one line, which the terminal does not show. It returns the line without its end,
// ErrEOF, or the error of ctx when that is cancelled; the terminal is then as it was before.
func (p *Prompter) Secret(ctx context.Context, question string) (string, error) {
	if !p.NoTTY {
		if tty, err := openTTY(); err == nil {
			defer tty.Close()
			return secretFrom(ctx, tty, question)
		}
	}
	if p.Unmasked != nil {
		p.Unmasked()
	}
	fmt.Fprint(p.Err, question)
	line, err := ReadLine(p.In)
	if err == nil {
		fmt.Fprintln(p.Err)
	}
	return line, err
}

// secretFrom asks on a terminal with echo off.
func secretFrom(ctx context.Context, tty *os.File, question string) (string, error) {
	restore, err := echoOff(tty)
	if err != nil {
		return "", fmt.Errorf("turning off the terminal's echo: %w", err)
	}
	defer restore()
	stop := context.AfterFunc(ctx, func() { _ = tty.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(tty, question); err != nil {
		return "", err
	}
	line, err := ReadLine(tty)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err == nil {
		_, err = io.WriteString(tty, "\n") // the user's own line end was not shown
	}
	return line, err
}

// echoOff stops the terminal from showing what is typed, all else stays: lines are edited by the terminal, Ctrl-C is a
// signal. The function that it returns undoes it.
func echoOff(tty *os.File) (restore func(), err error) {
	conn, err := tty.SyscallConn()
	if err != nil {
		return nil, err
	}
	var old *unix.Termios
	set := func(t *unix.Termios) error {
		var ioErr error
		if err := conn.Control(func(fd uintptr) { ioErr = unix.IoctlSetTermios(int(fd), ioctlSetTermiosFlush, t) }); err != nil {
			return err
		}
		return ioErr
	}
	var getErr error
	if err := conn.Control(func(fd uintptr) { old, getErr = unix.IoctlGetTermios(int(fd), ioctlGetTermios) }); err != nil {
		return nil, err
	}
	if getErr != nil {
		return nil, getErr
	}
	quiet := *old
	quiet.Lflag &^= unix.ECHO
	quiet.Lflag |= unix.ICANON | unix.ISIG
	quiet.Iflag |= unix.ICRNL
	if err := set(&quiet); err != nil {
		return nil, err
	}
	return func() { _ = set(old) }, nil
}

// ReadLine reads one line byte by byte, so that nothing of the next line is taken, and returns it without its end. It
// returns ErrEOF when there is not even a line end.
func ReadLine(r io.Reader) (string, error) {
	var b strings.Builder
	one := make([]byte, 1)
	for {
		n, err := r.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				return strings.TrimSuffix(b.String(), "\r"), nil
			}
			b.WriteByte(one[0])
			continue
		}
		switch {
		case err == io.EOF && b.Len() > 0:
			return b.String(), nil
		case err == io.EOF:
			return "", ErrEOF
		case err != nil:
			return "", err
		}
	}
}
