// Package tunnel lets a program of this machine run a command on a host over a connection that this process holds already,
// where the program wants to start ssh: rsync does. It gets a command line to start in place of ssh, which is this program
// again (Main): it hands its three streams to this process over a socket, and this process starts the command on the host and
// pumps. Nothing is told to the child that would let it log in anywhere; the login, the host's key and the way there are those of
// the connection.
//
// The socket stands in a folder that this user alone can enter, takes this user's processes alone, and is gone with Close.
package tunnel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection"
)

// Word is the first argument that has this program be the shell of a tunnel: Main is called with what comes after it.
const Word = "__remote-shell"

// limit is how long a command line may be, in bytes.
const limit = 1 << 20

// Tunnel serves one connection.
type Tunnel struct {
	dir    string
	conn   connection.Conn
	socket *net.UnixListener
	cancel context.CancelFunc
	served sync.WaitGroup

	mu  sync.Mutex
	err error
}

// Open serves a connection until Close, or until ctx ends. The error is that of the socket.
func Open(ctx context.Context, conn connection.Conn) (*Tunnel, error) {
	dir, err := os.MkdirTemp(place(os.TempDir()), "kimai-ansible-") // mode 0700
	if err != nil {
		return nil, err
	}
	t := &Tunnel{dir: dir, conn: conn}
	if t.socket, err = net.ListenUnix("unix", &net.UnixAddr{Name: t.path(), Net: "unix"}); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	ctx, t.cancel = context.WithCancel(ctx)
	t.served.Go(func() { t.serve(ctx) })
	return t, nil
}

// longest is how long the name of a folder for the socket's may be: a socket's has to fit into 108 bytes, see unix(7).
const longest = 60

// place is where the folder of the socket stands: in the folder for temporary files, unless a socket can't be there, or not be named in a
// command line.
func place(temp string) string {
	if len(temp) > longest || !isWord(temp) {
		return "/tmp"
	}
	return temp
}

// isWord reports whether a text can be a word of a command line as it is.
func isWord(s string) bool { return s != "" && !strings.ContainsAny(s, " \t\n'\"\\") }

func (t *Tunnel) path() string { return filepath.Join(t.dir, "s") }

// Shell is what a program starts in place of ssh, as a command line whose words have no blanks. self is this program's file.
func (t *Tunnel) Shell(self string) (string, error) {
	words := []string{self, Word, t.path()}
	for _, w := range words {
		if !isWord(w) {
			return "", fmt.Errorf("%q can't be a word of a command line: it has blanks or quotes", w)
		}
	}
	return strings.Join(words, " "), nil
}

// Err is the first failure of the connection itself that a command met, nil where there was none.
func (t *Tunnel) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Close ends what still runs and removes the socket.
func (t *Tunnel) Close() error {
	t.cancel()
	_ = t.socket.Close()
	t.served.Wait()
	return os.RemoveAll(t.dir)
}

func (t *Tunnel) serve(ctx context.Context) {
	for {
		c, err := t.socket.AcceptUnix()
		if err != nil {
			return
		}
		t.served.Go(func() {
			defer c.Close()
			code := t.one(ctx, c)
			_ = c.SetWriteDeadline(time.Now().Add(time.Second))
			_ = binary.Write(c, binary.BigEndian, int32(code)) // nobody may wait for it any more
		})
	}
}

// failed is the exit code of a command that could not be run, as that of ssh(1).
const failed = 255

// one serves one command.
func (t *Tunnel) one(ctx context.Context, c *net.UnixConn) int {
	if !ownProcess(c) {
		return failed
	}
	defer context.AfterFunc(ctx, func() { _ = c.SetReadDeadline(time.Now()) })() // it need not say anything
	command, streams, err := receive(c)
	for _, s := range streams {
		defer s.Close()
	}
	if err != nil {
		return failed
	}
	// the child that goes away ends the command
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = c.Read(make([]byte, 1))
		cancel()
	}()
	code, err := t.run(ctx, command, streams[0], streams[1], streams[2])
	if err == nil {
		return code
	}
	t.mu.Lock()
	if t.err == nil && ctx.Err() == nil {
		t.err = err
	}
	t.mu.Unlock()
	if ctx.Err() == nil {
		fmt.Fprintln(streams[2], err)
	}
	return failed
}

// run runs a command on the host with these streams.
func (t *Tunnel) run(ctx context.Context, command string, stdin io.Reader, stdout, stderr io.Writer) (int, error) {
	p, err := t.conn.Start(ctx, command)
	if err != nil {
		return 0, err
	}
	go func() { // ends with the child's input: it may outlive the command
		_, _ = io.Copy(p.Stdin(), stdin)
		_ = p.Stdin().Close()
	}()
	var out sync.WaitGroup
	out.Go(func() { pump(stdout, p.Stdout()) })
	out.Go(func() { pump(stderr, p.Stderr()) })
	out.Wait()
	return p.Wait()
}

// pump copies all that is to be read, also where nobody takes it: the process could not end otherwise.
func pump(w io.Writer, r io.Reader) {
	if _, err := io.Copy(w, r); err != nil {
		_, _ = io.Copy(io.Discard, r)
	}
}

// ownProcess reports whether this user's process is at the other end.
func ownProcess(c *net.UnixConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	var cred *unix.Ucred
	if cerr := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); cerr != nil || err != nil {
		return false
	}
	return int(cred.Uid) == os.Getuid()
}

// receive takes a command line and the three streams: the length in 4 bytes, with which the streams come, and the text.
func receive(c *net.UnixConn) (command string, streams []*os.File, err error) {
	head, rights := make([]byte, 4), make([]byte, unix.CmsgSpace(3*4))
	n, rn, _, _, err := c.ReadMsgUnix(head, rights)
	if err != nil {
		return "", nil, err
	}
	messages, err := unix.ParseSocketControlMessage(rights[:rn])
	if err != nil {
		return "", nil, err
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return "", streams, err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			streams = append(streams, os.NewFile(uintptr(fd), "stream"))
		}
	}
	size := binary.BigEndian.Uint32(head)
	if n != len(head) || len(streams) != 3 || size > limit {
		return "", streams, errors.New("not a request of a tunnel")
	}
	text := make([]byte, size)
	_, err = io.ReadFull(c, text)
	return string(text), streams, err
}
