package server

import (
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// largeContent is the size in bytes of a content from which on the pipe that it comes through is made wider.
	largeContent = 1 << 20
	// widePipe is how many bytes that then holds: what Linux lets every user have.
	widePipe = 1 << 20
)

// widen lets the pipe that the control node's frames come through hold more, if it is one: sshd and the agent take turns less often. Where
// the system does not let us, all goes on as it was.
// Source: F_SETPIPE_SZ in fcntl(2)
func widen(in io.Reader) {
	if f, ok := in.(syscall.Conn); ok {
		if raw, err := f.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, widePipe) })
		}
	}
}
