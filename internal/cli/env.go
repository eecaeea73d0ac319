package cli

import (
	"io"
	"os"
	"strings"
	"time"
)

// Env is all that a command sees of the world outside: main fills it from the process, a test from what it likes.
// Nothing below main reads os.Args, os.Stdin, os.Stdout, os.Stderr or the environment by itself.
type Env struct {
	Name    string   // how the program was called: its file's name without folders
	Args    []string // the arguments after the program's name
	Environ []string // KEY=value, as os.Environ gives it
	Dir     string   // the working directory, absolute
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Now     func() time.Time
	Version Version
}

// Version is what `--version` tells.
type Version struct {
	Program string // of kimai-ansible, "(devel)" when not built from a tag
	Core    string // of the ansible-core whose behaviour is followed
}

// Getenv returns the value of an environment variable, or "".
func (e *Env) Getenv(name string) string {
	v, _ := e.LookupEnv(name)
	return v
}

// LookupEnv returns the value of an environment variable and whether it is set. The last one wins, as in a shell.
func (e *Env) LookupEnv(name string) (string, bool) {
	for i := len(e.Environ) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(e.Environ[i], "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}

// StdoutFile returns the file behind Stdout, or nil when it is none (a test's buffer, say).
func (e *Env) StdoutFile() *os.File {
	f, _ := e.Stdout.(*os.File)
	return f
}

// StdinFile returns the file behind Stdin, or nil when it is none.
func (e *Env) StdinFile() *os.File {
	f, _ := e.Stdin.(*os.File)
	return f
}
