package moduletest

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target/tape"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// machineFaults plays the recorded cases on machines again, and disturbs each call that writes something itself. Such
// modules are added to wrote.
func machineFaults(t *testing.T, find func(name string) *module.Def, wrote map[string]bool) {
	files, err := filepath.Glob("testdata/machine/*.json")
	if err != nil {
		t.Fatal(err)
	}
	done := map[string]bool{}
	for _, f := range files {
		var cases []Case
		readJSON(t, f, &cases)
		name := strings.TrimSuffix(f, ".json")
		for _, c := range cases {
			tp, err := tape.Load(caseFile(name, c.Name) + ".tape.gz")
			if err != nil {
				t.Fatal(err)
			}
			m := machineFault{c, tp, find}
			for i, task := range c.Tasks {
				begin := time.Now()
				whole := m.play(t, i, &faultState{})
				slow := time.Since(begin) > slowCall
				module := find(task.Module).ShortName()
				if whole.wrote == 0 || done[module+" "+whole.kinds] {
					continue // or it was disturbed already when it did the same
				}
				wrote[module], done[module+" "+whole.kinds] = true, true
				t.Run(fmt.Sprintf("%s/%s/%d", filepath.Base(name), c.Name, i), func(t *testing.T) {
					disturb(whole, slow, func(s *faultState) played { return m.play(t, i, s) }, func(what string, got played) { m.judge(t, what, whole, got) })
				})
			}
		}
	}
}

// slowCall is how long a call and those before it may take undisturbed to be disturbed at each step. One that takes longer
// (it makes keys) meets each Harm once.
const slowCall = 100 * time.Millisecond

// machineFault is a recorded case.
type machineFault struct {
	c    Case
	tape *tape.Tape
	find func(name string) *module.Def
}

// play does the tasks before one undisturbed, and then that one.
func (m machineFault) play(t *testing.T, task int, state *faultState) played {
	t.Helper()
	machine := m.tape.Machine(func(string) {}) // a disturbed module may run other programs, which then are not there
	for _, before := range m.c.Tasks[:task] {
		m.call(t, context.Background(), machine, before)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	state.stop = stop
	p := played{before: machineContents(machine), seen: map[string]map[string]bool{}, away: map[string]bool{}}
	if state.at == 0 {
		state.look = func(kind string) { p.see(machineContents(machine), kind) }
	}
	p.result = m.call(t, ctx, &faulty{machine, state}, m.c.Tasks[task])
	p.after, p.steps, p.wrote = machineContents(machine), state.steps, state.wrote
	p.kinds, p.stuck = strings.Join(state.kinds, " "), state.stuck
	return p
}

func (m machineFault) call(t *testing.T, ctx context.Context, sys target.System, task Task) module.Result {
	t.Helper()
	args, err := value.FromJSON(bytes.ReplaceAll(task.Args, []byte("@W@"), []byte(machineDir)))
	if err != nil {
		t.Fatal(err)
	}
	d, ok := args.(*value.Dict)
	if !ok {
		d = value.DictOf("_raw_params", args)
	}
	def := m.find(task.Module)
	call := server.Call{Module: task.Module, Args: forModule(def, d), Check: task.Check, Diff: task.Diff}
	for k, v := range task.Env {
		call.Env = append(call.Env, k+"="+v)
	}
	return server.RunDef(ctx, sys, def, call)
}

// see notes how files are on the way. Temporary ones do not count.
func (p *played) see(now map[string]string, kind string) {
	for name, text := range now {
		if p.seen[name] == nil {
			p.seen[name] = map[string]bool{}
		}
		p.seen[name][text] = !strings.HasPrefix(path.Base(name), ".ansible_tmp")
	}
	for name := range p.before {
		if _, is := now[name]; !is && kind == "run" {
			p.away[name] = true
		}
	}
}

// judge is Fault's, for a machine. A call may change a file several times, a whole content each time, and other programs may
// be shown what it is between; what programs do is on the tape, and may be done or not.
func (m machineFault) judge(t *testing.T, what string, whole, got played) {
	t.Helper()
	for name, now := range got.after {
		old, was := whole.before[name]
		fresh, will := whole.after[name]
		byProgram, dropped := m.programs(name)
		switch {
		case was && now == old, will && now == fresh, byProgram[now], whole.seen[name][now]:
		case backupName.MatchString(name) && now == whole.before[backupName.ReplaceAllString(name, "")]:
		case slices.Contains(got.stuck, name): // what can't be removed stays
		case !was && !will && len(byProgram) == 0 && !dropped:
			t.Errorf("%s: %s is left behind", what, name)
		default:
			t.Errorf("%s: %s is neither old nor new: %q", what, name, now)
		}
	}
	for name := range whole.before {
		_, is := got.after[name]
		_, dropped := m.programs(name)
		if _, will := whole.after[name]; will && !is && !dropped && !whole.away[name] {
			t.Errorf("%s: %s is gone", what, name)
		}
	}
}

// programs gives the contents that programs of the tape give a file, and whether one removes it.
func (m machineFault) programs(name string) (contents map[string]bool, dropped bool) {
	contents = map[string]bool{}
	for _, run := range m.tape.Runs {
		f, ok := run.Files[name]
		switch {
		case !ok:
		case f == nil:
			dropped = true
		case f.Link != "":
			contents["-> "+f.Link] = true
		case f.Text != nil:
			contents[fmt.Sprintf("%q", *f.Text)] = true
		default:
			contents[fmt.Sprintf("%q", f.Base64)] = true
		}
	}
	return contents, dropped
}

// cronBackup is the name of a copy of a crontab that was asked for.
var cronBackup = regexp.MustCompile(`crontab[a-z2-7]{8}$`)

// chance is what is random in files when it is whole: hashed names of hosts, keys, certificates.
var chance = []*regexp.Regexp{
	regexp.MustCompile(`\|1\|[A-Za-z0-9+/]{27}=\|[A-Za-z0-9+/]{27}= `),
	regexp.MustCompile(`-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----`),
	regexp.MustCompile(`ecdsa-sha2-nistp256 [A-Za-z0-9+/]{139}=|ssh-ed25519 [A-Za-z0-9+/]{68}`),
}

func withoutChance(text string) string {
	for _, r := range chance {
		text = r.ReplaceAllString(text, "RANDOM")
	}
	return text
}

// machineContents gives what is on a machine, without modes and owners.
func machineContents(m *target.Memory) map[string]string {
	out := map[string]string{}
	for name, text := range m.Tree() {
		_, rest, _ := strings.Cut(text, " ")
		_, text, _ = strings.Cut(rest, " ")
		text = withoutChance(text)
		if cronBackup.MatchString(name) {
			name = "a copy of a crontab: " + text
		}
		out[name] = text
	}
	return out
}
