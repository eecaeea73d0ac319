// Package connection is the contract of connections: a way to run commands on a host and to move files to and from it.
// connection/local, connection/ssh and the others implement it, connection/all lists them, connection/conntest is the
// suite that each must pass. It knows nothing of playbooks or modules: the agent's client stands on top.
package connection

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/secret"
)

// Conn is an open connection to one host. Its methods may be called by several goroutines.
type Conn interface {
	// Start starts a command line with the host's /bin/sh (or the account's login shell, where the connection can't choose:
	// what the agent's client gives it is read alike by all). The process ends with ctx: it and all it has started are
	// killed. An error that is not the command's own is an *Error.
	//
	// The three streams carry any bytes, in both directions at once, for as long as the process lives, and hold the writer
	// back when the reader is slow. Closing stdin is the end of the command's input. Several processes may run at once.
	Start(ctx context.Context, command string) (Process, error)
	// Put writes what r gives to a file on the host, with the permission bits perm. The file appears whole or not at all.
	// ShellPut does it for connections that have no way of their own.
	Put(ctx context.Context, r io.Reader, path string, perm uint32) error
	// Get copies a file from the host into w. ShellGet does it for connections that have no way of their own.
	Get(ctx context.Context, path string, w io.Writer) error
	// Close ends the connection and every process that was started over it. Further calls fail with ErrClosed.
	Close() error
}

// Terminals is what a connection adds that can give a command a terminal: some programs ask for a password there alone.
type Terminals interface {
	// StartTerminal is Start with a pseudo-terminal, which is the command's controlling one and its stdin, stdout and
	// stderr; Stderr of the process is empty. The terminal is raw: no echo, no signals by characters, nothing translated, so
	// that any bytes pass as they do through Start (stty raw -echo; over SSH, the modes of the request).
	StartTerminal(ctx context.Context, command string) (Process, error)
}

// Process is a running command. Both outputs must be read to their end before Wait.
type Process interface {
	Stdin() io.WriteCloser
	Stdout() io.Reader
	Stderr() io.Reader
	// Wait waits for the end and returns the exit code; a command that a signal ended gives 128 plus its number, as a
	// shell tells it. The error is ctx's, or an *Error when the connection was lost.
	Wait() (code int, err error)
}

// ErrClosed is the error of using a connection after Close.
var ErrClosed = errors.New("the connection is closed")

// ErrNotFound is the error of Get for a file that is not there.
var ErrNotFound = errors.New("no such file")

// Error is a failure of the connection itself: the host is unreachable, refuses the login, or was lost.
type Error struct {
	Host string // as the inventory names it
	Op   string // what was being done: "connect", "start", "put", "get"
	Err  error
}

// Error tells the host, what was being done and the cause.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %v", e.Host, e.Op, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Options are what a connection is opened with. Which of them a connection uses is told in its own documentation; one
// that it can't honour is an error of Open.
type Options struct {
	Host     string            // the host's name in the inventory
	Address  string            // the setting remote_addr, else Host
	Port     int               // the setting port, 0 is the default
	User     string            // the setting remote_user, "" is the default
	Password secret.String     // the setting password; zero is none
	Timeout  time.Duration     // the setting timeout: how long connecting may take
	Settings map[string]string // all settings of the kind that have a value, by their names
	Dir      string            // local: the directory in which commands start
	Env      []string          // of programs that make the connection, and local: of commands; nil is that of the process
	// Ask asks the user a question and gives the answer; echo says that it may be seen while it is typed. nil says that
	// nobody can be asked. Its error means that there was no answer.
	Ask func(ctx context.Context, question string, echo bool) (string, error)
	// Note tells the user something that is no error and no warning; the same text may come for each host. nil tells nobody.
	Note func(text string)
}

// Setting is an option of a kind of connection and the places where a value may be said: variables first, then the
// keyword, the option of the command line, the settings.
type Setting struct {
	Name    string   // as Ansible's documentation of the plugin has it: "remote_addr", "docker_extra_args"
	Vars    []string // variables of the host; of several that have a value, the last counts
	Keyword string   // the keyword of tasks: "remote_user", "port"
	Option  string   // the long option of the command line: "user", "timeout"
	Config  string   // the name of the setting in ansible.cfg's terms: see package config
	Env     []string // variables of the environment, where Config names none; the last counts
	Secret  bool     // it is shown nowhere
}

// Type is a kind of connection.
type Type struct {
	Name     string // as ansible_connection names it, short
	Full     string // its name with the collection: "community.docker.docker"
	Settings []Setting
	// Remote says that a network is between: what is sent is worth compressing.
	Remote bool
	Open   func(ctx context.Context, o Options) (Conn, error)
}

// Set is a set of kinds of connections. The zero Set is empty and ready.
type Set struct{ types []Type }

// Add puts a kind into the set. A name that is there already is a mistake of the program and panics.
func (s *Set) Add(t Type) {
	if _, ok := s.Find(t.Name); ok {
		panic("connection: " + t.Name + " is defined twice")
	}
	s.types = append(s.types, t)
}

// Find returns the kind that a name means, short or with its collection.
func (s *Set) Find(name string) (Type, bool) {
	for _, t := range s.types {
		if t.Name == name || t.Full == name {
			return t, true
		}
	}
	return Type{}, false
}

// Names returns the names of all kinds, in the order in which they were added.
func (s *Set) Names() []string {
	names := make([]string, len(s.types))
	for i, t := range s.types {
		names[i] = t.Name
	}
	return names
}

// Output is what a command gave that ran to its end.
type Output struct {
	Code           int
	Stdout, Stderr []byte
}

// Run runs a command with an input to its end. It is Start for commands whose output fits in memory.
func Run(ctx context.Context, c Conn, command string, stdin io.Reader) (Output, error) {
	p, err := c.Start(ctx, command)
	if err != nil {
		return Output{}, err
	}
	var out Output
	var stdout, stderr bytes.Buffer
	done := make(chan struct{}, 3)
	go func() {
		if stdin != nil {
			_, _ = io.Copy(p.Stdin(), stdin) // a command need not read its input
		}
		_ = p.Stdin().Close()
		done <- struct{}{}
	}()
	go func() { _, _ = io.Copy(&stdout, p.Stdout()); done <- struct{}{} }()
	go func() { _, _ = io.Copy(&stderr, p.Stderr()); done <- struct{}{} }()
	for range 3 {
		<-done
	}
	out.Code, err = p.Wait()
	out.Stdout, out.Stderr = stdout.Bytes(), stderr.Bytes()
	return out, err
}
