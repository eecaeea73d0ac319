package vars_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

var (
	_ vars.Play = (*playbook.Play)(nil)
	_ vars.Task = (*playbook.Task)(nil)
	_ vars.Role = (*playbook.Role)(nil)
)

// hosts is an inventory for tests.
type hosts struct {
	names  []string
	layers map[string][]*value.Dict
	groups map[string][]string
}

func (h hosts) HostNames() []string { return h.names }
func (h hosts) Layers(host string) ([]*value.Dict, bool) {
	return h.layers[host], slices.Contains(h.names, host)
}
func (h hosts) SourceOf(string) (string, string) { return "/inv/hosts", "/inv" }
func (h hosts) GroupNames(host string) []string {
	var names []string
	for g, members := range h.groups {
		if g != "all" && slices.Contains(members, host) {
			names = append(names, g)
		}
	}
	slices.Sort(names)
	return names
}

func (h hosts) GroupHosts() ([]string, map[string][]string) {
	names := []string{"all"}
	for g := range h.groups {
		if g != "all" {
			names = append(names, g)
		}
	}
	slices.Sort(names[1:])
	return names, h.groups
}

// inventoryOrder is the recorded order of what an inventory has, the weakest first; the inventory hands it over so.
var inventoryOrder = []string{
	"inv_all", "inv_parent", "inv_group", "inv_all_file", "pb_all_file", "inv_parent_file", "inv_group_file",
	"pb_parent_file", "pb_group_file", "inv_host", "inv_host_file", "pb_host_file",
}

func found(label string) *value.Dict { return value.DictOf("x", value.NewStr("FOUND:"+label)) }

// Recorded: the variable x stands at every level at once; ansible-core 2.19 was asked for it, the level that won was
// removed, and so on to the weakest one.
func TestPrecedenceRecorded(t *testing.T) {
	var cases []struct {
		Name  string
		Files map[string]string
		Order []string
	}
	data, err := os.ReadFile("testdata/precedence.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if len(c.Order) < 20 {
				t.Fatalf("only %d levels", len(c.Order))
			}
			dir := t.TempDir()
			for name, text := range c.Files {
				p := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got := winners(t, dir)
			if strings.Join(got, " ") != strings.Join(c.Order, " ") {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), strings.Join(c.Order, " "))
			}
		})
	}
}

// winners loads the play, does what its tasks do to the variables, and returns the levels of x that the last debug task sees.
func winners(t *testing.T, dir string) []string {
	t.Helper()
	l := &playbook.Loader{Dir: dir}
	plays, err := l.LoadPlaybook(context.Background(), "p.yml")
	if err != nil {
		t.Fatal(diag.Detail(err))
	}
	p := plays[0]
	inv := hosts{names: []string{"h1"}, layers: map[string][]*value.Dict{}}
	for _, label := range inventoryOrder {
		inv.layers["h1"] = append(inv.layers["h1"], found(label))
	}
	s := vars.NewStore(vars.Settings{}, inv, found("extra"), nil)
	s.StartPlay(p, []string{"h1"}, []string{"h1"})
	s.Prompted(found("vars_prompt"))
	s.SetVarsFiles("", []*value.Dict{found("vars_files")})
	if err := s.AddFacts("h1", found("fact")); err != nil {
		t.Fatal(err)
	}
	s.IncludeVars("h1", found("include_vars"))
	last := lastTask(t, l, s, p, false)
	// set_fact and register stand at one level, the latest wins: they ran in this order
	for _, label := range []string{"set_fact", "set_fact_cacheable", "register"} {
		s.SetFacts("h1", found(label), false)
	}
	var got []string
	for _, f := range s.Task("h1", last).All("x") {
		text, _ := value.Text(f.Stored)
		switch label := strings.TrimPrefix(text, "FOUND:"); label {
		case "include_vars": // the recorded name of two levels, include_vars and the vars of an include
			got = append(got, label)
		case "register":
			got = append(got, "register", "set_fact_cacheable", "set_fact")
		default: // a role around the task stands there for the play and for the task
			got = appendOnce(got, label)
		}
	}
	return got
}

func fileOf(t *playbook.Task) value.Value {
	if v := t.Args.Stored("file"); v != nil {
		return v
	}
	return t.Args.Stored(playbook.RawParams)
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// lastTask goes through a play as an executor does, into everything that it includes, and returns its last debug task. With
// set the set_fact tasks are carried out.
func lastTask(t *testing.T, l *playbook.Loader, s *vars.Store, p *playbook.Play, set bool) *playbook.Task {
	t.Helper()
	var last *playbook.Task
	var walk func(blocks []*playbook.Block)
	walk = func(blocks []*playbook.Block) {
		for _, b := range blocks {
			b.Walk(func(task *playbook.Task) {
				switch {
				case task.Include() == playbook.IncludeTasks:
					file, _ := value.Text(fileOf(task))
					in, err := l.LoadTasksFile(context.Background(), playbook.TasksRequest{Task: task, File: file})
					if err != nil {
						t.Fatal(diag.Detail(err))
					}
					walk(in)
				case task.Include() == playbook.IncludeRole:
					name, _ := value.Text(task.Args.Stored("name"))
					r, err := l.LoadRole(context.Background(), playbook.RoleRequest{Task: task, Name: name, Public: task.Args.Has("public")})
					if err != nil {
						t.Fatal(diag.Detail(err))
					}
					if r.Public {
						s.PublicRole(p, r)
					}
					walk(r.Blocks())
				case task.ActionName() == "set_fact" && set:
					s.SetFacts("h1", task.Args, false)
				case task.ActionName() == "debug" && task.Args.Has("var"):
					last = task
				}
			})
		}
	}
	for _, section := range p.Compile() {
		walk(section.Blocks)
	}
	walk(p.AllHandlers())
	return last
}

// Recorded as above: includes, imports and roles within each other.
func TestNestedPrecedenceRecorded(t *testing.T) {
	var cases []struct {
		Name  string
		Files map[string]string
		Order []string
	}
	data, err := os.ReadFile("testdata/nested.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, c.Files)
			l := &playbook.Loader{Dir: dir}
			plays, err := l.LoadPlaybook(context.Background(), "p.yml")
			if err != nil {
				t.Fatal(diag.Detail(err))
			}
			s := vars.NewStore(vars.Settings{}, hosts{names: []string{"h1"}}, nil, nil)
			s.StartPlay(plays[0], []string{"h1"}, []string{"h1"})
			var got []string
			for _, f := range s.Task("h1", lastTask(t, l, s, plays[0], true)).All("x") {
				text, _ := value.Text(f.Stored)
				got = appendOnce(got, strings.TrimPrefix(text, "FOUND:"))
			}
			if strings.Join(got, " ") != strings.Join(c.Order, " ") {
				t.Errorf("got %s, want %s", got, c.Order)
			}
		})
	}
}
