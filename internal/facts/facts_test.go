package facts_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/facts"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target/tape"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Facts are recorded inside of a root with ansible-core 2.19, by this test itself, which runs the real module and then
// ours:
//
//	.ci/ansible-2.19 ./facts.test -test.run 'TestRecord$' -record DIR/NAME -subset '!all,!min,virtual'
var (
	record   = flag.String("record", "", "record the facts of this machine: the names of the files, without their ends")
	subset   = flag.String("subset", "all", "the gather_subset to record")
	factPath = flag.String("facts-path", "/etc/ansible/facts.d", "the folder of local facts to record")
)

// recorded is what Ansible found.
type recorded struct {
	Subset   []string
	FactPath string
	Facts    map[string]any
}

// volatile are facts that change between two runs on the same machine: that they are there, and their types, is compared.
var volatile = []string{
	"date_time.*", "uptime_seconds", "loadavg.*", "memfree_mb", "memory_mb.nocache.*", "memory_mb.real.used", "memory_mb.real.free",
	"memory_mb.swap.used", "memory_mb.swap.free", "memory_mb.swap.cached", "swapfree_mb", "mounts.*.*_available", "mounts.*.*_used", "env.*",
}

// unordered are lists that Ansible makes of a set.
var unordered = []string{"interfaces", "all_ipv4_addresses", "all_ipv6_addresses", "virtualization_tech_guest", "virtualization_tech_host", "*.timestamping", "*.hw_timestamp_filters"}

// differ are the facts that are other than Ansible's on purpose.
var differ = map[string]string{}

func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("testdata/*.tape.gz")
	if err != nil || len(files) < 90 {
		t.Fatalf("%d recorded machines: %v", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f, ".tape.gz")
		t.Run(path.Base(name), func(t *testing.T) {
			var want recorded
			b, err := os.ReadFile(name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			tp, err := tape.Load(f)
			if err != nil {
				t.Fatal(err)
			}
			same, total := compare(t, want.Facts, gather(t, tp.Machine(func(s string) { t.Error(s) }), want))
			if total == 0 || float64(same) < 0.99*float64(total) {
				t.Errorf("%d of %d facts are equal", same, total)
			}
		})
	}
}

func gather(t *testing.T, sys target.System, want recorded) map[string]any {
	t.Helper()
	chosen, err := facts.Select(want.Subset)
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := facts.Gather(context.Background(), sys, chosen, facts.Options{FactPath: want.FactPath})
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, d)
}

func plain(t *testing.T, d *value.Dict) map[string]any {
	t.Helper()
	b, err := value.AppendJSON(nil, d, value.JSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// compare tells each difference and returns how many values are equal, of how many.
func compare(t *testing.T, want, got map[string]any) (same, total int) {
	t.Helper()
	w, g := map[string]string{}, map[string]string{}
	flatten(want, "", w)
	flatten(got, "", g)
	keys := map[string]bool{}
	for k := range w {
		keys[k] = true
	}
	for k := range g {
		keys[k] = true
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		total++
		switch {
		case w[k] == g[k]:
			same++
		case differ[k] != "":
		default:
			t.Errorf("%s\n  want %s\n  got  %s", k, w[k], g[k])
		}
	}
	return same, total
}

func matches(patterns []string, key string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, _ := path.Match(strings.ReplaceAll(p, ".", "/"), strings.ReplaceAll(key, ".", "/"))
		return ok
	})
}

func flatten(v any, key string, out map[string]string) {
	sub := func(k string) string { return strings.TrimPrefix(key+"."+k, ".") }
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			flatten(e, sub(strings.ReplaceAll(k, "/", "_")), out)
		}
		if len(v) > 0 {
			return
		}
	case []any:
		if len(v) > 0 {
			if _, dicts := v[0].(map[string]any); dicts {
				for i, e := range v {
					flatten(e, sub(fmt.Sprint(i)), out)
				}
				return
			}
			if matches(unordered, key) {
				slices.SortFunc(v, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
			}
		}
	}
	text := fmt.Sprintf("%T %v", v, v)
	if matches(volatile, key) {
		text = fmt.Sprintf("%T", v)
	}
	out[key] = text
}

// TestRecord records the machine that it runs on.
func TestRecord(t *testing.T) {
	if *record == "" {
		t.Skip("records only with -record")
	}
	want := ansibleFacts(t, *subset, *factPath)
	real, err := target.NewReal("")
	if err != nil {
		t.Fatal(err)
	}
	rec, tp := tape.Record(real)
	same, total := compare(t, want.Facts, gather(t, rec, want))
	t.Logf("%d of %d facts are equal", same, total)
	b, err := json.MarshalIndent(want, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*record+".json", append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := tp.Save(*record + ".tape.gz"); err != nil {
		t.Fatal(err)
	}
}

// ansibleFacts runs the real module.
func ansibleFacts(t *testing.T, subset, dir string) recorded {
	t.Helper()
	cmd := exec.Command("ansible", "localhost", "-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3",
		"-m", "setup", "-a", "gather_subset="+subset+" fact_path="+dir)
	cmd.Env = append(os.Environ(), "ANSIBLE_LOAD_CALLBACK_PLUGINS=1", "ANSIBLE_STDOUT_CALLBACK=json")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var result struct {
		Plays []struct {
			Tasks []struct {
				Hosts map[string]struct {
					Facts map[string]any `json:"ansible_facts"`
				}
			}
		}
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r := recorded{Subset: strings.Split(subset, ","), FactPath: dir, Facts: map[string]any{}}
	for k, v := range result.Plays[0].Tasks[0].Hosts["localhost"].Facts {
		if name, ok := strings.CutPrefix(k, "ansible_"); ok {
			if env, isEnv := v.(map[string]any); isEnv && name == "env" {
				maps.DeleteFunc(env, func(k string, _ any) bool { return strings.HasPrefix(k, "ANSIBLE_") })
			}
			r.Facts[name] = v
		}
	}
	return r
}
