package modules_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/moduletest"
)

// leastCalls is how many calls of modules are recorded beside the real Ansible, at the least.
const leastCalls = 1000

// TestEveryUsedParameterIsRecorded holds the recorded cases against the parameters that public projects use
// (testdata/module-params.tsv): each parameter, and each literal state, of a module that we have is in a case. What is not is in
// testdata/not-recorded.tsv with its reason; a listed one that is recorded fails.
func TestEveryUsedParameterIsRecorded(t *testing.T) {
	calls, recorded := recordedParameters(t)
	if calls < leastCalls {
		t.Errorf("%d calls are recorded, not %d", calls, leastCalls)
	}
	t.Logf("%d calls of modules are recorded", calls)
	excused := map[string]string{}
	for _, row := range readTSV(t, "testdata/not-recorded.tsv") {
		if len(row) != 3 || row[2] == "" {
			t.Fatalf("not-recorded.tsv: %q is not module, parameter, reason", row)
		}
		excused[row[0]+"\t"+row[1]] = row[2]
	}
	for _, row := range readTSV(t, "testdata/module-params.tsv")[1:] {
		d := modules.Find(row[0])
		if d == nil {
			continue
		}
		name, state, literal := strings.Cut(row[1], "=")
		if a := d.Spec().Find(name); a != nil {
			name = a.Name
		}
		key := d.Name + "\t" + name
		if literal {
			key += "=" + state
		}
		_, excuse := excused[row[0]+"\t"+row[1]]
		delete(excused, row[0]+"\t"+row[1])
		switch {
		case recorded[key] && excuse:
			t.Errorf("%s %s is listed as not recorded but is", row[0], row[1])
		case !recorded[key] && !excuse:
			t.Errorf("%s %s (used %s times) is in no recorded case", row[0], row[1], row[2])
		}
	}
	for k := range excused {
		t.Errorf("not-recorded.tsv: %q is not among the parameters of a module that we have", k)
	}
}

// recordedParameters reads all cases that have a recording: how many calls there are, and which parameters and states they use. A state
// that is not given is the default.
func recordedParameters(t *testing.T) (calls int, used map[string]bool) {
	t.Helper()
	used = map[string]bool{}
	for _, pattern := range []string{"*/testdata/*.json", "*/testdata/machine/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			name := strings.TrimSuffix(f, ".json")
			if strings.HasSuffix(name, ".recorded") {
				continue
			}
			if _, err := os.Stat(name); err != nil && strings.Contains(f, "/machine/") {
				t.Errorf("%s has no recording", f)
			}
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var cases []moduletest.Case
			if err := json.Unmarshal(b, &cases); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			for _, c := range cases {
				for _, task := range c.Tasks {
					calls++
					noteParameters(t, task, used)
				}
			}
		}
	}
	return calls, used
}

func noteParameters(t *testing.T, task moduletest.Task, used map[string]bool) {
	t.Helper()
	d := modules.Find(task.Module)
	if d == nil {
		t.Errorf("no module %s", task.Module)
		return
	}
	var args map[string]any
	if json.Unmarshal(task.Args, &args) != nil {
		used[d.Name+"\t<free-form>"] = true
		return
	}
	if a := d.Spec().Find("state"); a != nil && args["state"] == nil {
		if text, ok := a.Default.(string); ok {
			used[d.Name+"\tstate="+text] = true
		}
	}
	for k, v := range args {
		if a := d.Spec().Find(k); a != nil {
			k = a.Name
		}
		used[d.Name+"\t"+k] = true
		if s, ok := v.(string); ok {
			used[d.Name+"\t"+k+"="+s] = true
		}
	}
}

// readTSV reads a table: a line a row, cells with tabs between; lines with # in front are remarks.
func readTSV(t *testing.T, file string) [][]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for _, l := range strings.Split(string(b), "\n") {
		if l != "" && !strings.HasPrefix(l, "#") {
			rows = append(rows, strings.Split(l, "\t"))
		}
	}
	return rows
}
