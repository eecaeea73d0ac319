package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/record"
)

// lastRun is what --resume without a name stands for.
const lastRun = "last"

var runName = lazyregexp.New(`^(last|\d{8}-\d{6}-[0-9a-f]{6})$`)

// resumeFlag is --resume, whose value may be left out.
func resumeFlag(to *string) cli.Flag {
	return &optionalFlag{
		StringFlag: &cli.StringFlag{
			Name: "resume", Destination: to,
			Usage: "go on with a run that failed or was killed: the last one of this folder, or the one named `RUN`",
		},
		otherwise: lastRun, fits: runName().MatchString,
	}
}

// optionalFlag is an option whose value may be left out: what follows it is its value only if it fits.
type optionalFlag struct {
	*cli.StringFlag
	otherwise string
	fits      func(word string) bool
}

// ownArgs are options that a record does not keep: they say nothing of what is done, or the record has them elsewhere.
var ownArgs = map[string]bool{
	"resume": true, "extra-vars": true, "verbose": true, "no-record": true, "list-hosts": true, "list-tasks": true, "list-tags": true,
	"syntax-check": true, "engine": true, "check": true, "show-secrets": true, "agent-cache": true,
}

// keptArgs gives the options of a run as its record keeps them: NAME=VALUE.
func keptArgs(c *cli.Context) []string {
	var args []string
	for _, f := range c.Command.Flags {
		name := f.Names()[0]
		if !c.IsSet(name) || ownArgs[name] {
			continue
		}
		values := []string{fmt.Sprint(c.Value(name))}
		if _, several := f.(*cli.StringSliceFlag); several {
			values = c.StringSlice(name)
		}
		for _, v := range values {
			args = append(args, name+"="+v)
		}
	}
	for _, v := range c.StringSlice("extra-vars") {
		if !hasInline(c.StringSlice("extra-vars")) {
			args = append(args, "extra-vars="+v)
		}
	}
	return args
}

// resumable finds the record that --resume names.
func resumable(env *Env, name string) (*record.Earlier, error) {
	dir, err := recordsDir(env)
	if err != nil {
		return nil, withCode(ExitError, diag.Errorf(noPos, "no records of runs: %w", err))
	}
	all := record.List(dir)
	i := slices.IndexFunc(all, func(i record.Info) bool {
		return name == i.ID() || name == lastRun && i.Dir == env.Dir
	})
	if i < 0 {
		e := diag.Errorf(noPos, "no run %q to go on with", name)
		if name == lastRun {
			e = diag.Errorf(noPos, "no run of this folder to go on with")
		}
		var known []string
		for _, i := range all {
			known = append(known, fmt.Sprintf("%s (%s)", i.ID(), i.Dir))
		}
		if len(known) == 0 {
			return nil, withCode(ExitError, e.Hint("a run that went well leaves no record, nor does one with --check or --engine ansible"))
		}
		return nil, withCode(ExitError, e.Hint("there are: %s", shortList(known)))
	}
	if all[i].Dir != env.Dir {
		return nil, withCode(ExitError, diag.Errorf(noPos, "the run %s was started in %s", name, all[i].Dir).Hint("go on with it there"))
	}
	earlier, err := record.Open(all[i].Path)
	if errors.Is(err, record.ErrRunning) {
		return nil, withCode(ExitError, diag.Errorf(noPos, "the run %s is still at work", all[i].ID()).Hint("wait until it ends, or end it"))
	}
	return earlier, withCode(ExitError, err)
}

// takeOver gives the options that are not said the values that they had in the run that goes on, and names those that differ.
func takeOver(c *cli.Context, h record.Header) (changed []string, err error) {
	was := map[string][]string{}
	var names []string
	for _, arg := range h.Args {
		name, v, _ := strings.Cut(arg, "=")
		if was[name] == nil {
			names = append(names, name)
		}
		was[name] = append(was[name], v)
	}
	for _, name := range names {
		if !c.IsSet(name) {
			for _, v := range was[name] {
				if err := c.Set(name, v); err != nil {
					return nil, withCode(ExitError, diag.Errorf(noPos, "the record's option --%s: %w", name, err))
				}
			}
			continue
		}
	}
	for _, name := range []string{"limit", "tags", "skip-tags", "extra-vars"} {
		if c.IsSet(name) && strings.Join(c.StringSlice(name), "\n") != strings.Join(was[name], "\n") && (name != "extra-vars" || was[name] != nil) {
			changed = append(changed, "--"+name)
		}
	}
	if old := was["inventory"]; len(old) == 1 && c.String("inventory") != old[0] {
		return nil, withCode(ExitUsage, diag.Errorf(noPos, "the run was one on the inventory %s, not on %s", old[0], c.String("inventory")).
			Hint("leave -i out: --resume goes on with the options of the run"))
	}
	return changed, nil
}

// notResumed refuses options that --resume can't have beside it.
func notResumed(o runOptions) error {
	what := ""
	switch {
	case o.check:
		what = "--check"
	case o.list.any():
		what = "a list"
	case o.noRecord:
		what = "--no-record"
	case o.engine == ansibleEngine:
		what = "--engine ansible"
	default:
		return nil
	}
	return withCode(ExitUsage, diag.Errorf(noPos, "--resume goes on with a run; it can't have %s", what).Hint("leave one of them out"))
}

// changedSince gives the files of the kit and of the inventories that were written after a time, as the user names them.
func (r *run) changedSince(begin time.Time) []string {
	roots := []string{filepath.Join(r.req.kit.dir, "playbooks"), filepath.Join(r.req.kit.dir, "roles"), filepath.Join(r.req.kit.dir, "templates")}
	for _, i := range r.req.inventories {
		if !strings.Contains(i, ",") {
			roots = append(roots, r.abs(i))
		}
	}
	for _, e := range r.req.options.extraVars {
		if name, ok := strings.CutPrefix(e, "@"); ok {
			roots = append(roots, r.abs(r.settings.Expand(name)))
		}
	}
	var changed []string
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil //nolint:nilerr // what can't be read is told when it is used
			}
			if info, err := d.Info(); err == nil && written(info).After(begin) {
				if rel, err := filepath.Rel(r.env.Dir, path); err == nil && !strings.HasPrefix(rel, "..") {
					path = rel
				}
				changed = append(changed, path)
			}
			return nil
		})
	}
	return changed
}

// written is when a file was last written, moved or replaced: its change time, which nobody sets back.
func written(info os.FileInfo) time.Time {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(st.Ctim.Unix())
	}
	return info.ModTime()
}
