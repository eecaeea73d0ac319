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

// RunFaults makes each call once undisturbed, and then again for each of its steps and each Harm.
func RunFaults(t *testing.T, find func(name string) *module.Def, faults []Fault) {
	for _, f := range faults {
		t.Run(f.Name, func(t *testing.T) {
			if f.Root && os.Geteuid() != 0 {
				t.Skip("needs root rights")
			}
			whole := f.play(t, find, &faultState{})
			if whole.result.Failed || !whole.result.Changed {
				t.Fatalf("undisturbed it does not change anything: %s", whole.result.Msg)
			}
			if whole.steps == 0 {
				t.Fatal("it changes nothing through the machine that it is given")
			}
			for _, harm := range []Harm{diskFull, ioError, crash, stopped} {
				for at := 1; at <= whole.steps; at++ {
					got := f.play(t, find, &faultState{harm: harm, at: at})
					f.judge(t, fmt.Sprintf("%s at step %d of %d", harm, at, whole.steps), whole, got)
				}
			}
		})
	}
}

// played is what came of one call.
type played struct {
	result        module.Result
	before, after map[string]string // files by name: content, or the kind of what is no regular file
	steps         int
}

func (f Fault) play(t *testing.T, find func(string) *module.Def, state *faultState) played {
	t.Helper()
	base, err := os.MkdirTemp("", "fault")
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
	p.after, p.steps = contents(t, base), state.steps
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
		case e.Type().IsRegular():
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			out[rel] = strings.ReplaceAll(string(b), dir, "@W@")
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
