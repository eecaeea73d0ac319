// Package programs runs the programs of a distribution for modules that drive them: apt-get, systemctl, useradd. It finds
// them where Ansible does and says what Ansible says when they are not there.
package programs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// sbin are looked in besides $PATH.
var sbin = []string{"/sbin", "/usr/sbin", "/usr/local/sbin"}

// Failed is an error that is a module's failure: Result is what it returns.
type Failed struct{ Result module.Result }

// Error gives the message.
func (f *Failed) Error() string { return f.Result.Msg }

// Fail gives a Failed with a message.
func Fail(format string, args ...any) *Failed { return &Failed{module.Fail(format, args...)} }

// Crash gives a Failed where Ansible's module ends with an exception.
func Crash(format string, args ...any) *Failed {
	return &Failed{module.Raise(fmt.Sprintf(format, args...))}
}

// Answer makes what a module's Func returns of an error: a Failed is its result, another one stays an error.
func Answer(r module.Result, err error) (module.Result, error) {
	if f, ok := err.(*Failed); ok { //nolint:errorlint // is not wrapped
		return f.Result, nil
	}
	return r, err
}

// Out is how a program ended.
type Out struct {
	RC             int
	Stdout, Stderr string
}

// Has reports whether a program is there.
func Has(sys target.System, name string) bool {
	_, err := sys.LookPath(name, sbin...)
	return err == nil
}

// Find returns the path of a program. One that is not there is a *Failed.
func Find(sys target.System, name string) (string, error) {
	file, err := sys.LookPath(name, sbin...)
	if err != nil {
		paths := strings.Split(sys.Getenv("PATH"), ":")
		for _, d := range sbin {
			if info, err := sys.Stat(d); err == nil && info.IsDir() && !slices.Contains(paths, d) {
				paths = append(paths, d)
			}
		}
		return "", Fail("Failed to find required executable \"%s\" in paths: %s", name, strings.Join(paths, ":"))
	}
	return file, nil
}

// C is the environment in which programs write English.
var C = []string{"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "LC_MESSAGES=C.UTF-8", "LANGUAGE=C.UTF-8"}

// Run finds a program and runs it. A program that is not there, or that could not be started, is a *Failed; one that ran
// and failed is not an error.
func Run(ctx context.Context, sys target.System, c target.Command) (Out, error) {
	file, err := Find(sys, c.Argv[0])
	if err != nil {
		return Out{}, err
	}
	c.Argv = append([]string{file}, c.Argv[1:]...)
	exit, err := sys.Run(ctx, c)
	if ctx.Err() != nil {
		return Out{}, ctx.Err()
	}
	if err != nil {
		return Out{}, &Failed{fileattr.CommandError(strings.Join(c.Argv, " "), err).Result(sys)}
	}
	return Out{exit.Code, string(exit.Stdout), string(exit.Stderr)}, nil
}

// Call is Run with arguments alone.
func Call(ctx context.Context, sys target.System, argv ...string) (Out, error) {
	return Run(ctx, sys, target.Command{Argv: argv})
}
