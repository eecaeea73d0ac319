package moduletest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target/tape"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Cases of modules that change a machine are in testdata/machine/NAME.json. Each is played on a root filesystem of its own,
// once by ansible-core and once by ours (record-machine.sh); results and the files that the case watches are compared
// then, and what ours saw and did is kept as a tape. On that tape it is played again at every test: the programs must be
// run with the same arguments, and results and files must come out the same.

var (
	machineFile = flag.String("machine", "", "record: the file of the cases, without its end")
	machineCase = flag.String("case", "", "record: the case")
	machineBy   = flag.String("by", "", "record: ansible or ours")
	machineList = flag.Bool("list", false, "list the cases of -machine")
)

// machineDir is where a case works on its root.
const machineDir = "/tmp/machine-case"

// machineRecorded is what came of a case.
type machineRecorded struct {
	Results []json.RawMessage `json:"results"`
	Files   map[string]string `json:"files"`
}

// RunMachine plays all testdata/machine/*.json again, or records one case of one of them on this machine.
func RunMachine(t *testing.T, find func(name string) *module.Def) {
	if *machineFile != "" {
		recordMachine(t, find)
		return
	}
	files, err := filepath.Glob("testdata/machine/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		var cases []Case
		readJSON(t, f, &cases)
		name := strings.TrimSuffix(f, ".json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) { replayMachine(t, c, caseFile(name, c.Name), find) })
			}
		})
	}
}

func caseFile(name, c string) string {
	return filepath.Join(name, strings.NewReplacer(" ", "_", "/", "_").Replace(c))
}

func replayMachine(t *testing.T, c Case, file string, find func(string) *module.Def) {
	var want machineRecorded
	readJSON(t, file+".json", &want)
	tp, err := tape.Load(file + ".tape.gz")
	if err != nil {
		t.Fatal(err)
	}
	m := tp.Machine(func(s string) { t.Error(s) })
	compareMachine(t, c, want, playMachine(t, c, m, find))
}

// compareMachine compares what came of a case with what came of it under Ansible.
func compareMachine(t *testing.T, c Case, want, got machineRecorded) {
	t.Helper()
	if len(want.Results) != len(c.Tasks) {
		t.Fatalf("%d results recorded for %d tasks: record again", len(want.Results), len(c.Tasks))
	}
	for i, task := range c.Tasks {
		want.Results[i] = maskMachine(t, want.Results[i], c)
		got.Results[i], want.Results[i] = asException(t, got.Results[i], want.Results[i])
		same := bytes.Equal(compactJSON(t, want.Results[i]), compactJSON(t, got.Results[i]))
		switch {
		case task.Differs != "" && same:
			t.Errorf("task %d is listed as different (%s) but is the same", i+1, task.Differs)
		case task.Differs == "" && !same:
			t.Errorf("task %d: %s %s\n%s", i+1, task.Module, task.Args, lineDiff(indentJSON(want.Results[i]), indentJSON(got.Results[i])))
		}
	}
	for _, f := range c.Watch {
		if c.TreeDiffers == "" && want.Files[f] != got.Files[f] {
			t.Errorf("%s\n%s", f, lineDiff(want.Files[f], got.Files[f]))
		}
	}
}

func compactJSON(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func indentJSON(b []byte) string {
	var out bytes.Buffer
	_ = json.Indent(&out, b, "", " ") // is JSON
	return out.String()
}

// playMachine runs the tasks on a machine.
func playMachine(t *testing.T, c Case, sys target.System, find func(string) *module.Def) machineRecorded {
	t.Helper()
	var out machineRecorded
	for _, task := range c.Tasks {
		args, err := value.FromJSON(bytes.ReplaceAll(task.Args, []byte("@W@"), []byte(machineDir)))
		if err != nil {
			t.Fatal(err)
		}
		r := normalise(t, resultJSON(t, callOn(t, sys, task, args, find)), machineDir, false)
		out.Results = append(out.Results, maskMachine(t, r, c))
	}
	out.Files = watched(sys, c)
	return out
}

// watched gives the files that a case watches, each as its mode, owner and content, or "absent".
func watched(sys target.System, c Case) map[string]string {
	out := map[string]string{}
	for _, f := range c.Watch {
		info, err := sys.Lstat(f)
		if err != nil {
			out[f] = "absent"
			continue
		}
		text := fmt.Sprintf("%06o %d:%d", info.Mode, info.UID, info.GID)
		switch {
		case info.IsLink():
			to, _ := sys.Readlink(f)
			text += " -> " + to
		case info.IsRegular():
			b, _ := target.ReadFile(sys, f)
			text += "\n" + maskText(string(b), c)
		}
		out[f] = text
	}
	return out
}

// maskMachine replaces the values of keys that a case names as random or changing, anywhere in a result.
func maskMachine(t *testing.T, r []byte, c Case) []byte {
	t.Helper()
	var v any
	dec := json.NewDecoder(bytes.NewReader(r))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(maskKeys(v, c))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(maskText(string(b), c))
}

func maskKeys(v any, c Case) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = maskKeys(v[i], c)
		}
	case map[string]any:
		for k := range v {
			if slices.Contains(c.Mask, k) {
				v[k] = "MASKED"
				continue
			}
			v[k] = maskKeys(v[k], c)
			if l, ok := v[k].([]any); ok && slices.Contains(c.Sort, k) { // by what is not random of them
				slices.SortFunc(l, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
	}
	return v
}

func maskText(s string, c Case) string {
	for _, re := range c.masks() {
		s = re.ReplaceAllString(s, "MASKED")
	}
	return s
}

// recordMachine plays one case on this machine, by Ansible or by ours. Ours is compared with what Ansible's left behind.
func recordMachine(t *testing.T, find func(string) *module.Def) {
	var cases []Case
	readJSON(t, *machineFile+".json", &cases)
	if *machineList {
		for _, c := range cases {
			fmt.Printf("%s\t%s\n", c.Name, c.Machine)
		}
		return
	}
	for _, c := range cases {
		if c.Name != *machineCase {
			continue
		}
		file := caseFile(*machineFile, c.Name)
		for _, dir := range []string{machineDir, filepath.Dir(file)} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		setup(t, c, machineDir)
		if *machineBy == "ansible" {
			recordAnsible(t, c, file)
			return
		}
		var want machineRecorded
		readJSON(t, file+".json", &want)
		real, err := target.NewReal(machineDir)
		if err != nil {
			t.Fatal(err)
		}
		rec, tp := tape.Record(real.WithEnviron(machineEnv))
		got := playMachine(t, c, rec, find)
		if err := tp.Save(file + ".tape.gz"); err != nil {
			t.Fatal(err)
		}
		compareMachine(t, c, want, got)
		return
	}
	t.Fatalf("no case %q", *machineCase)
}

// machineEnv is the environment of the recordings.
var machineEnv = []string{"HOME=/root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "LANG=C.UTF-8", "TERM=dumb"}

func recordAnsible(t *testing.T, c Case, file string) {
	t.Helper()
	var tasks []any
	for i, task := range c.Tasks {
		var args any
		if err := json.Unmarshal(bytes.ReplaceAll(task.Args, []byte("@W@"), []byte(machineDir)), &args); err != nil {
			t.Fatal(err)
		}
		tasks = append(tasks, map[string]any{
			"name": fmt.Sprint(i), task.Module: args, "ignore_errors": true,
			"check_mode": task.Check, "diff": task.Diff, "environment": task.Env,
		})
	}
	base := needs.Folder(t)
	results := oracle(t, base, tasks)
	var rec machineRecorded
	for i := range c.Tasks {
		r := results[fmt.Sprint(i)]
		if r == nil {
			t.Fatalf("no result for task %d", i+1)
		}
		rec.Results = append(rec.Results, maskMachine(t, normalise(t, r, machineDir, false), c))
	}
	sys, err := target.NewReal(machineDir)
	if err != nil {
		t.Fatal(err)
	}
	rec.Files = watched(sys, c)
	b, err := json.MarshalIndent(rec, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".json", append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
