// Package facts finds out what a machine is: Ansible's facts for Linux. A file holds one fact subset: a Collector, which
// reads the machine through target.System and sets facts by their names without "ansible_". The module setup chooses the
// collectors (Select), runs them (Gather) and names the facts as Ansible does.
//
// What Ansible finds out by running a program that a minimal system lacks (ip, findmnt, lsblk's place in sysfs), is read
// from the kernel here; where a program is the only source (lvm, ethtool, udev, lsb_release), it is asked if it is there.
//
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/setup_module.html, and what ansible-core
// 2.19 gave on the recorded machines of testdata.
package facts

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Collector finds one subset of the facts.
type Collector struct {
	Name  string   // of the subset
	Also  []string // further names that select it
	Min   bool     // it belongs to the subset min
	Needs []string // collectors whose facts it wants, by name: they are collected, and shown, too
	Run   func(g *Gathering)
}

type set struct{ list []*Collector }

// Set holds all collectors, each added by its file.
var Set set

// Add puts a collector into the set.
func (s *set) Add(c Collector) *Collector {
	if s.find(c.Name) != nil {
		panic(fmt.Sprintf("facts: %q is defined twice", c.Name))
	}
	s.list = append(s.list, &c)
	return &c
}

func (s *set) find(name string) *Collector {
	for _, c := range s.list {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Options say how facts are gathered.
type Options struct {
	FactPath string        // the folder of the local facts
	Timeout  time.Duration // for what may hang: a program, a filesystem, a name server; 0 is DefaultTimeout
}

// DefaultTimeout is Ansible's gather_timeout.
const DefaultTimeout = 10 * time.Second

// Gathering is one run of the collectors.
type Gathering struct {
	Sys  target.System
	Opts Options

	ctx      context.Context //nolint:containedctx // of the one call of Gather that this value stands for
	facts    *value.Dict
	warnings []string
	failed   *ProgramError

	interpreter *interpreter // nil until it is asked
}

// ProgramError says that a program that must run could not be started. It fails the module.
type ProgramError struct {
	Command string
	Err     error
}

// Error tells the command and why it did not start.
func (e *ProgramError) Error() string { return fmt.Sprintf("running %s: %v", e.Command, e.Err) }

// Gather runs collectors, those first that others need, and returns the facts by their names without "ansible_", and
// warnings. The error is a *ProgramError, or that of ctx.
func Gather(ctx context.Context, sys target.System, chosen []*Collector, o Options) (*value.Dict, []string, error) {
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	g := &Gathering{Sys: sys, Opts: o, ctx: ctx, facts: value.NewDict()}
	done := map[*Collector]bool{}
	var run func(c *Collector)
	run = func(c *Collector) {
		if done[c] || ctx.Err() != nil || g.failed != nil {
			return
		}
		done[c] = true
		for _, need := range c.Needs {
			run(Set.find(need))
		}
		c.Run(g)
	}
	for _, c := range chosen {
		run(c)
	}
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case g.failed != nil:
		return nil, g.warnings, g.failed
	}
	return g.facts, g.warnings, nil
}

// set sets a fact: a value.Value, string, bool, int, int64, float64, []string or nil.
func (g *Gathering) set(name string, v any) { g.facts.SetStr(name, value.Of(v)) }

// text returns a fact that is a text, "" when it is not there.
func (g *Gathering) text(name string) string {
	s, _ := g.facts.Stored(name).(value.Str)
	return s.String()
}

// dict gives a dict of names and plain Go values, taken in turn.
func dict(pairs ...any) *value.Dict {
	d := value.NewDict()
	for i := 0; i+1 < len(pairs); i += 2 {
		d.SetStr(pairs[i].(string), value.Of(pairs[i+1]))
	}
	return d
}

// read returns the content of a file, "" when it can't be read.
func (g *Gathering) read(name string) string {
	b, err := target.ReadFile(g.Sys, name)
	if err != nil {
		return ""
	}
	return string(b)
}

// line returns the content of a file without blanks around it, and whether there is any.
func (g *Gathering) line(name string) (string, bool) {
	b, err := target.ReadFile(g.Sys, name)
	s := strings.TrimSpace(string(b))
	return s, err == nil && s != ""
}

func (g *Gathering) exists(name string) bool {
	_, err := g.Sys.Stat(name)
	return err == nil
}

func (g *Gathering) isDir(name string) bool {
	info, err := g.Sys.Stat(name)
	return err == nil && info.IsDir()
}

// names returns the names in a directory, none when it can't be read.
func (g *Gathering) names(dir string) []string {
	names, err := g.Sys.ReadDir(dir)
	if err != nil {
		return nil
	}
	return names
}

// glob returns the paths in dir whose names match pattern.
func (g *Gathering) glob(dir, pattern string) []string {
	var out []string
	for _, n := range g.names(dir) {
		if ok, err := path.Match(pattern, n); ok && err == nil {
			out = append(out, path.Join(dir, n))
		}
	}
	return out
}

// sbin are the folders in which Ansible looks for programs besides $PATH.
var sbin = []string{"/sbin", "/usr/sbin", "/usr/local/sbin"}

// program finds a program.
func (g *Gathering) program(name string) (string, bool) {
	file, err := g.Sys.LookPath(name, sbin...)
	return file, err == nil
}

// run runs a program with the locale C and returns what it wrote and whether it ended well. A program that is not there,
// or does not end in time, gives false.
func (g *Gathering) run(name string, args ...string) (string, bool) {
	file, ok := g.program(name)
	if !ok {
		return "", false
	}
	ctx, cancel := context.WithTimeout(g.ctx, g.Opts.Timeout)
	defer cancel()
	exit, err := g.Sys.Run(ctx, target.Command{
		Argv: append([]string{file}, args...), Env: []string{"LANG=C.UTF-8", "LC_ALL=C.UTF-8", "LC_MESSAGES=C.UTF-8", "LANGUAGE=C.UTF-8"},
	})
	return string(exit.Stdout), err == nil && exit.Code == 0
}
