package server

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/wire"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Name is by which name a program that is also something else is the agent: see Main.
const Name = "kimai-agent"

// The ways in which the agent is called, its first argument.
const (
	serveMode = "serve" // serve MARK [FOLDER]: talk with the control node; remove FOLDER, where the program stands, first
	jobMode   = "job"   // job FILE: run the call on the input and write what comes of it into FILE
)

// Main is the agent's program, with the modules that it has. args are its arguments, without its name. It returns the exit code.
//
// serve MARK [FOLDER] writes a line with MARK, so that what a login shell may have said before can be told apart, and
// then talks by the agent's protocol. It ends when its input does.
func Main(modules module.Union, args []string, in io.Reader, out, errs io.Writer) int {
	err := fmt.Errorf("this program is started by kimai-ansible, not by hand")
	switch {
	case len(args) >= 2 && args[0] == serveMode:
		err = serve(modules, in, out, args[1], args[2:])
	case len(args) == 2 && args[0] == jobMode:
		err = job(modules, in, args[1])
	}
	if err != nil {
		fmt.Fprintf(errs, "%s: %v\n", Name, err)
		return 1
	}
	return 0
}

func serve(modules module.Union, in io.Reader, out io.Writer, mark string, folder []string) error {
	sum, _, err := wire.SumFile("/proc/self/exe")
	for _, dir := range folder {
		if e := removeOwn(dir); err == nil {
			err = e
		}
	}
	if err != nil {
		return err
	}
	sys, err := here()
	if err != nil {
		return err
	}
	g := wire.Greeting{
		Version: wire.Version, Sum: sum, UID: os.Geteuid(), Home: os.Getenv("HOME"), PID: os.Getpid(), Compress: true,
	}
	if u, ok, err := sys.UserByID(os.Geteuid()); ok && err == nil {
		g.User, g.Home = u.Name, u.Home
	}
	return Serve(context.Background(), modules, in, &announced{out, []byte("\n" + mark + " ready\n")}, sys, g)
}

// announced writes a line together with what is written first.
type announced struct {
	io.Writer
	line []byte
}

// Write writes.
func (a *announced) Write(b []byte) (int, error) {
	if a.line == nil {
		return a.Writer.Write(b)
	}
	n, err := a.Writer.Write(append(a.line, b...))
	n = max(0, n-len(a.line))
	a.line = nil
	return n, err
}

// removeOwn removes the folder that the program was put into for this conversation alone.
func removeOwn(dir string) error {
	exe := filepath.Join(dir, filepath.Base(os.Args[0]))
	mine, err := os.Stat("/proc/self/exe")
	if err != nil {
		return err
	}
	if there, err := os.Lstat(exe); err != nil || !os.SameFile(mine, there) {
		return fmt.Errorf("%s is not where this program stands", dir)
	}
	if err := os.Remove(exe); err != nil {
		return err
	}
	return os.Remove(dir)
}

// here is the machine as modules see it, from the working directory, or from another one where that can't be entered.
func here() (*target.Real, error) {
	for _, dir := range []string{"", os.Getenv("HOME"), "/"} {
		if dir == "" {
			if wd, err := os.Getwd(); err == nil && enters(wd) {
				return target.NewReal(wd)
			}
			continue
		}
		if enters(dir) {
			return target.NewReal(dir)
		}
	}
	return target.NewReal("/")
}

func enters(dir string) bool {
	f, err := os.Open(filepath.Join(dir, "."))
	if err != nil {
		return false
	}
	_ = f.Close()
	return os.Chdir(dir) == nil
}

func job(modules module.Union, in io.Reader, file string) error {
	sys, err := here()
	if err != nil {
		return err
	}
	return runJob(in, modules, sys, file)
}
