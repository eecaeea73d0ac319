package term

import (
	"context"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// HasTTY reports whether the process has a terminal to ask its user on (/dev/tty).
func HasTTY() bool {
	tty, err := openTTY()
	if err != nil {
		return false
	}
	_ = tty.Close()
	return true
}

func openTTY() (*os.File, error) { return os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0) }

// Ask asks on the terminal of the process alone, as ssh does, and reads one line; echo shows what is typed. It returns the
// error of opening the terminal, ErrEOF, or the error of ctx.
func Ask(ctx context.Context, question string, echo bool) (string, error) {
	tty, err := openTTY()
	if err != nil {
		return "", err
	}
	defer tty.Close()
	if !echo {
		return secretFrom(ctx, tty, question)
	}
	stop := context.AfterFunc(ctx, func() { _ = tty.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := io.WriteString(tty, question); err != nil {
		return "", err
	}
	line, err := ReadLine(tty)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	return line, err
}
