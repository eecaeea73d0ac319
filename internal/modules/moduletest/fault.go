package moduletest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Fault is a call of a writing module that is held to this: whatever happens to it at any step, the files that it
// changes have their old content or the new one, whole, and no other file is left behind. A module registers by a line
// in the list that its family's fault_test.go hands to RunFaults.
type Fault struct {
	Name   string
	Module string
	Args   string            // as JSON; "@W@" stands for a fresh folder, and so in all that follows
	Files  map[string]string // what is in the folder first, by names in it
	Setup  []string          // shell lines that run there then
	Env    map[string]string // for the module
	Root   bool              // needs root rights
	Keeps  string            // why a part of what it makes may stay behind, where that is no single file's content; "" if not
}

// backupName is the name of a copy that was asked for.
var backupName = regexp.MustCompile(`\.\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d~$`)

// RunFaults makes each call once undisturbed, and then again for each of its steps and each Harm; so it does with the
// recorded cases on machines (testdata/machine) in which a module writes something itself. none gives for each module of the
// family that never does, by its short name, what it does instead: each module is there, or is disturbed at its writes.
func RunFaults(t *testing.T, family *module.Set, find func(name string) *module.Def, faults []Fault, none map[string]string) {
	ran, wrote := 0, map[string]bool{}
	for _, f := range faults {
		t.Run(f.Name, func(t *testing.T) {
			ran++
			wrote[find(f.Module).ShortName()] = true
			if f.Root {
				needs.Root(t)
			}
			whole := f.play(t, find, &faultState{})
			if whole.result.Failed || !whole.result.Changed {
				t.Fatalf("undisturbed it does not change anything: %s", whole.result.Msg)
			}
			if whole.wrote == 0 {
				t.Fatal("it changes nothing through the machine that it is given")
			}
			disturb(whole, false, func(s *faultState) played { return f.play(t, find, s) }, func(what string, got played) { f.judge(t, what, whole, got) })
		})
	}
	whole := t.Run("machines", func(t *testing.T) { ran++; machineFaults(t, find, wrote) })
	if !whole || ran <= len(faults) {
		return // with -run only some of them are made
	}
	for _, d := range family.Defs() {
		name := d.ShortName()
		switch why, listed := none[name], none[name] != ""; {
		case !wrote[name] && !listed:
			t.Errorf("%s: no fault in it was tried: give it a Fault, or say in the table what it does instead of writing", d.Name)
		case wrote[name] && listed:
			t.Errorf("%s writes files itself, but the table says: %s", d.Name, why)
		}
	}
	for name := range none {
		if !slices.ContainsFunc(family.Defs(), func(d *module.Def) bool { return d.ShortName() == name }) {
			t.Errorf("the table has %s, which is no module of the family", name)
		}
	}
}

// disturb plays a call again for each of its steps and each Harm, or, where few are enough, once for each Harm, and has what
// came of it judged.
func disturb(whole played, few bool, play func(*faultState) played, judge func(what string, got played)) {
	harms := []Harm{diskFull, ioError, crash, stopped}
	for i, harm := range harms {
		for at := 1; at <= whole.steps; at++ {
			if few && at != 1+(i+1)*whole.steps/(len(harms)+1) {
				continue
			}
			judge(fmt.Sprintf("%s at step %d of %d", harm, at, whole.steps), play(&faultState{harm: harm, at: at}))
		}
	}
}

// played is what came of one call.
type played struct {
	result        module.Result
	before, after map[string]string // files by name: content, or the kind of what is no regular file
	steps, wrote  int
	kinds         string                     // what was done at the steps
	stuck         []string                   // the files that could not be removed
	seen          map[string]map[string]bool // the contents that files had on the way
	away          map[string]bool            // the files that were not there while a program ran
}

func (f Fault) play(t *testing.T, find func(string) *module.Def, state *faultState) played {
	t.Helper()
	base, err := os.MkdirTemp("/tmp", "fault") // it stands in command lines
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(base)
	if base, err = filepath.EvalSymlinks(base); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "w")
	for _, d := range []string{dir, filepath.Join(base, "tmp")} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range f.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.ReplaceAll(text, "@W@", dir)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	setup(t, Case{Setup: f.Setup}, dir)
	real, err := target.NewReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	state.stop = stop
	args, err := value.FromJSON(bytes.ReplaceAll([]byte(f.Args), []byte("@W@"), []byte(dir)))
	if err != nil {
		t.Fatal(err)
	}
	def := find(f.Module)
	if def == nil {
		t.Fatalf("no module %s", f.Module)
	}
	call := server.Call{Module: f.Module, Args: args.(*value.Dict), Env: []string{"TMPDIR=" + filepath.Join(base, "tmp")}}
	for k, v := range f.Env {
		call.Env = append(call.Env, k+"="+strings.ReplaceAll(v, "@W@", dir))
	}
	if def.ShortName() == "copy" {
		call.Args, call.Content = copyContent(t, call.Args)
	}
	p := played{before: contents(t, base)}
	p.result = server.RunDef(ctx, &faulty{real, state}, def, call)
	p.after, p.steps, p.wrote = contents(t, base), state.steps, state.wrote
	return p
}

// contents gives what is below dir.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		switch {
		case e.IsDir() && e.Name() == ".git":
			return filepath.SkipDir // git's own business, with times in it
		case e.Type().IsRegular():
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			out[rel] = withoutChance(strings.ReplaceAll(string(b), dir, "@W@"))
		default:
			out[rel] = e.Type().String()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// judge compares a disturbed call with the whole one.
func (f Fault) judge(t *testing.T, what string, whole, got played) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(got.after)) {
		old, was := got.before[name]
		fresh, will := whole.after[name]
		now := got.after[name]
		switch {
		case backupName.MatchString(name):
			if now != got.before[backupName.ReplaceAllString(name, "")] {
				t.Errorf("%s: the backup is not whole: %q", what, now)
			}
		case was && now == old, will && now == fresh, f.Keeps != "" && !was:
		case !was && !will:
			t.Errorf("%s: %s is left behind", what, name)
		default:
			t.Errorf("%s: %s is neither old nor new: %q", what, name, now)
		}
	}
	for name := range got.before {
		_, is := got.after[name]
		if _, will := whole.after[name]; will && !is {
			t.Errorf("%s: %s is gone", what, name)
		}
	}
	if !got.result.Failed && !maps.Equal(withoutBackups(got.after), withoutBackups(whole.after)) {
		t.Errorf("%s: it says that all is well, but it is not done", what)
	}
}

func withoutBackups(files map[string]string) map[string]string {
	out := maps.Clone(files)
	maps.DeleteFunc(out, func(name, _ string) bool { return backupName.MatchString(name) })
	return out
}
