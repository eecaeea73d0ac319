package vars_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vars"
)

// aPlay and aTask are as plain as the interfaces allow.
type aPlay struct{ vars *value.Dict }

func (p *aPlay) EachVars(visit func(string, any, *value.Dict)) { visit("play vars", p, p.vars) }
func (p *aPlay) RoleNames() ([]string, []string)               { return []string{"rr"}, []string{"other"} }
func (p *aPlay) Folder() string                                { return "/pb" }

type aTask struct {
	play *aPlay
	vars *value.Dict
	role string
}

func (t *aTask) EachVars(visit func(string, any, *value.Dict)) {
	visit("include params", t, nil)
	visit("task vars", t, t.vars)
}
func (t *aTask) VarScope() any { return t.play }
func (t *aTask) RoleFacts() (string, string, string, string, []string, []string, bool) {
	return t.role, "ns.coll." + t.role, "/pb/roles/" + t.role, "ns.coll", []string{"p"}, []string{"/p"}, t.role != ""
}

// plain evaluates nothing but "{{ name }}".
type plain struct{ v *vars.View }

func (p plain) Lookup(name string) (value.Value, bool, error) {
	stored, ok := p.v.Lookup(name)
	if !ok {
		return nil, false, nil
	}
	v, err := p.Resolve(stored)
	return v, true, err
}

func (p plain) Resolve(stored value.Value) (value.Value, error) {
	if s, ok := stored.(value.Str); ok && value.IsTrusted(s) && strings.HasPrefix(s.String(), "{{ ") {
		v, _, err := p.Lookup(strings.TrimSuffix(strings.TrimPrefix(s.String(), "{{ "), " }}"))
		return v, err
	}
	return stored, nil
}

func trusted(s string) value.Value { return value.NewMarkedStr(s, value.Marks{Trusted: true}) }

func testStore(settings vars.Settings, extra *value.Dict) (*vars.Store, *aPlay) {
	inv := hosts{
		names: []string{"h1.example.com", "h2"},
		layers: map[string][]*value.Dict{
			"h1.example.com": {value.DictOf("a", value.NewInt(1), "d", value.DictOf("x", value.NewInt(1), "y", value.NewInt(1)))},
			"h2":             {value.DictOf("a", value.NewInt(2), "b", trusted("{{ a }}"))},
		},
		groups: map[string][]string{"all": {"h1.example.com", "h2"}, "web": {"h1.example.com", "h2"}},
	}
	settings.Version, settings.Forks, settings.ConfigFile = "2.19.11", 5, ""
	s := vars.NewStore(settings, inv, extra, func(v *vars.View) vars.Evaluator { return plain{v} })
	p := &aPlay{vars: value.DictOf("pv", value.NewInt(1), "d", value.DictOf("y", value.NewInt(2), "z", value.NewInt(2)))}
	s.StartPlay(p, []string{"h1.example.com", "h2"}, []string{"h1.example.com", "h2"})
	s.NamePlay("the play")
	return s, p
}

func repr(t *testing.T, v *vars.View, name string) string {
	t.Helper()
	stored, ok := v.Lookup(name)
	if !ok {
		return "-"
	}
	text, err := value.Repr(stored)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What a template prints of each was recorded from ansible-core 2.19.
func TestMagic(t *testing.T) {
	s, p := testStore(vars.Settings{Diff: true, Limit: "all,!nope", InventorySources: []string{"/inv/hosts"}},
		value.DictOf("groups", value.NewStr("E"), "playbook_dir", value.NewStr("E"), "ansible_check_mode", value.NewStr("E")))
	s.HostFailed("h2")
	v := s.Task("h1.example.com", &aTask{play: p, role: "rr"})
	for name, want := range map[string]string{
		"inventory_hostname": "'h1.example.com'", "inventory_hostname_short": "'h1'", "group_names": "['web']",
		"groups":        "{'all': ['h1.example.com', 'h2'], 'web': ['h1.example.com', 'h2']}",
		"inventory_dir": "'/inv'", "inventory_file": "'/inv/hosts'", "playbook_dir": "'/pb'",
		"ansible_check_mode": "False", "ansible_diff_mode": "True", "ansible_forks": "5", "ansible_verbosity": "0",
		"ansible_run_tags": "['all']", "ansible_skip_tags": "[]", "ansible_limit": "'all,!nope'", "ansible_config_file": "None",
		"ansible_inventory_sources": "['/inv/hosts']",
		"ansible_version":           "{'string': '2.19.11', 'full': '2.19.11', 'major': 2, 'minor': 19, 'revision': 11}",
		"ansible_play_hosts_all":    "['h1.example.com', 'h2']", "ansible_play_hosts": "['h1.example.com']", "play_hosts": "['h1.example.com']",
		"ansible_play_batch": "['h1.example.com']", "ansible_play_name": "'the play'", "ansible_facts": "{}",
		"ansible_play_role_names": "['rr']", "role_names": "['rr']", "ansible_dependent_role_names": "['other']", "ansible_role_names": "['other', 'rr']",
		"role_name": "'rr'", "ansible_role_name": "'ns.coll.rr'", "role_path": "'/pb/roles/rr'", "ansible_collection_name": "'ns.coll'",
		"ansible_parent_role_names": "['p']", "nope": "-",
	} {
		if got := repr(t, v, name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := repr(t, s.Task("h2", &aTask{play: p}), "role_name"); got != "-" {
		t.Errorf("role_name outside of roles: %s", got)
	}
	names := v.Names()
	for _, n := range []string{"hostvars", "a", "pv", "groups", "inventory_hostname", "role_path"} {
		if !slices.Contains(names, n) {
			t.Errorf("%s is not among the names", n)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error("a name stands there twice")
	}
}

// Recorded with a module that returned these facts: what is seen under its own name and what under ansible_facts.
func TestFacts(t *testing.T) {
	s, p := testStore(vars.Settings{}, nil)
	facts := value.NewDict()
	kept := strings.Fields("ansible_discovered_interpreter_python ansible_distribution ansible_executable ansible_foo ansible_local ansible_remote_tmp " +
		"ansible_sudo_pass discovered_interpreter_python foo inventory_hostname group_names")
	removed := strings.Fields("ansible_bar_interpreter ansible_ssh_common_args ansible_password ansible_become_password ansible_winrm_scheme " +
		"ansible_host ansible_timeout ansible_port ansible_ssh_private_key_file ansible_user ansible_ssh_host ansible_shell_type " +
		"ansible_network_os ansible_become_user ansible_python_interpreter ansible_pipelining ansible_connection ansible_become " +
		"ansible_docker_extra_args ansible_ssh_pass")
	for _, n := range append(slices.Clone(kept), removed...) {
		facts.SetStr(n, trusted("F"))
	}
	if err := s.AddFacts("h2", facts); err != nil {
		t.Fatal(err)
	}
	v := s.Task("h2", &aTask{play: p})
	for _, n := range kept {
		stored, ok := v.Lookup(n)
		if !ok || value.IsTrusted(stored) {
			t.Errorf("%s: found %v, trusted %v", n, ok, ok && value.IsTrusted(stored))
		}
	}
	for _, n := range removed {
		if got := repr(t, v, n); got != "-" {
			t.Errorf("%s: got %s", n, got)
		}
	}
	under, _ := v.Lookup("ansible_facts")
	for _, n := range []string{"ssh_pass", "distribution", "ansible_local", "foo"} {
		if !under.(*value.Dict).Has(n) {
			t.Errorf("ansible_facts has no %s", n)
		}
	}
	s.SetFacts("h2", value.DictOf("sf", value.NewInt(1), "ansible_sf", value.NewInt(2)), true)
	s.SetFacts("h2", value.DictOf("sg", value.NewInt(1)), false)
	if under, _ = s.Task("h2", &aTask{play: p}).Lookup("ansible_facts"); under.(*value.Dict).Has("sg") || !under.(*value.Dict).Has("sf") {
		t.Error("set_fact and cacheable are mixed up")
	}
	s.ClearFacts("h2")
	v = s.Task("h2", &aTask{play: p})
	for name, want := range map[string]string{"foo": "-", "sf": "1", "sg": "1", "ansible_facts": "{}", "ansible_sf": "2"} {
		if got := repr(t, v, name); got != want {
			t.Errorf("after clear_facts, %s: got %s, want %s", name, got, want)
		}
	}
	if err := s.AddFacts("h2", value.NewStr("x")); err == nil {
		t.Error("a text was taken as facts")
	}
}

func TestRegisteredIsNotTrusted(t *testing.T) {
	s, p := testStore(vars.Settings{}, nil)
	s.Register("h2", "r", value.DictOf("stdout", trusted("{{ a }}")))
	stored, _ := s.Task("h2", &aTask{play: p}).Lookup("r")
	if value.IsTrusted(stored.(*value.Dict).Stored("stdout")) {
		t.Error("a result is trusted")
	}
}

func TestMergedMappings(t *testing.T) {
	for _, c := range []struct {
		merge bool
		want  string
	}{{false, "{'y': 2, 'z': 2}"}, {true, "{'x': 1, 'y': 2, 'z': 2}"}} {
		s, p := testStore(vars.Settings{Merge: c.merge}, nil)
		if got := repr(t, s.Task("h1.example.com", &aTask{play: p}), "d"); got != c.want {
			t.Errorf("merge %v: got %s, want %s", c.merge, got, c.want)
		}
	}
}

func TestHostVars(t *testing.T) {
	s, p := testStore(vars.Settings{}, nil)
	v := s.Task("h1.example.com", &aTask{play: p, vars: value.DictOf("tv", value.NewInt(1))})
	hv, ok := v.Lookup("hostvars")
	if !ok || hv.Type() != "HostVars" {
		t.Fatalf("got %v", hv)
	}
	h2, err := value.Index(hv, value.NewStr("h2"))
	if err != nil || h2.Type() != "HostVarsVars" {
		t.Fatalf("got %v, %v", h2, err)
	}
	// b is a template that refers to the other host's own a
	for name, want := range map[string]string{"b": "2", "inventory_hostname": "'h2'", "playbook_dir": "'/pb'", "group_names": "['web']"} {
		got, err := value.Index(h2, value.NewStr(name))
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := value.Repr(got); text != want {
			t.Errorf("%s: got %s, want %s", name, text, want)
		}
	}
	for _, name := range []string{"pv", "tv", "ansible_play_hosts", "vars"} {
		if _, ok, _ := h2.(value.Indexer).Index(value.NewStr(name)); ok {
			t.Errorf("%s is seen in hostvars", name)
		}
	}
	if _, ok, _ := hv.(value.Indexer).Index(value.NewStr("nope")); ok {
		t.Error("a host that is not there has variables")
	}
	if n, err := value.Len(hv); err != nil || n != 2 {
		t.Errorf("got %d hosts, %v", n, err)
	}
	keys, ok, err := hv.(value.Attributer).Attr("keys")
	if err != nil || !ok || keys == nil {
		t.Errorf("hostvars.keys: %v %v", ok, err)
	}
}

func TestLoopVariablesOfIncludes(t *testing.T) {
	s, p := testStore(vars.Settings{}, nil)
	task := &aTask{play: p}
	if got := repr(t, s.Task("h2", task), "item"); got != "-" {
		t.Fatalf("got %s", got)
	}
	s.IncludeParams(task, value.DictOf("item", value.NewInt(7)))
	if got := repr(t, s.Task("h2", task), "item"); got != "7" {
		t.Errorf("got %s", got)
	}
}

// Views are read while the one who writes goes on; run with -race.
func TestViewsWhileWriting(t *testing.T) {
	s, p := testStore(vars.Settings{}, nil)
	task := &aTask{play: p}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				v := s.Task("h1.example.com", task)
				_ = v.Names()
				hv, _ := v.Lookup("hostvars")
				_, _, _ = hv.(value.Indexer).Index(value.NewStr("h2"))
			}
		})
	}
	for i := range 200 {
		s.Register("h2", "r", value.NewInt(int64(i)))
		s.HostFailed("h2")
		s.IncludeParams(task, value.DictOf("item", value.NewInt(int64(i))))
	}
	wg.Wait()
}

func BenchmarkTaskView(b *testing.B) {
	s, p := testStore(vars.Settings{}, nil)
	task := &aTask{play: p, vars: value.DictOf("tv", value.NewInt(1))}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := s.Task("h1.example.com", task).Lookup("a"); !ok {
			b.Fatal("a is gone")
		}
	}
}
