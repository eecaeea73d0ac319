package preflight_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/preflight"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
)

// check reads a playbook with tasks, and files beside it, and gives what is found: a letter for each kind of finding (e error, w
// warning, d doubt), its line, its text and its hint.
func check(t *testing.T, tasks string, files map[string]string, change func(o *preflight.Options)) []string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "site.yml")
	text := "- hosts: all\n  gather_facts: false\n  tasks:\n    " + strings.ReplaceAll(tasks, "\n", "\n    ") + "\n"
	if strings.HasPrefix(tasks, "- hosts:") {
		text = tasks + "\n"
	}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	plays, err := (&playbook.Loader{Dir: dir}).LoadPlaybook(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	o := preflight.Options{
		Native: func(name string) bool {
			return actions.Set.Find(name) != nil || modules.Find(name) != nil || playbook.BuiltinName(name) == "include_tasks"
		},
		Names:  []string{"debug", "copy", "ansible.builtin.copy"},
		Engine: templating.New(templating.Options{Dir: dir}),
		Search: func(*playbook.Task) []string { return []string{dir} },
	}
	if change != nil {
		change(&o)
	}
	found := preflight.Check(plays, o)
	var out []string
	add := func(letter string, list diag.List) {
		for _, f := range list {
			line := letter + strings.TrimPrefix(f.Pos.String(), path) + " " + f.Msg
			if h := f.HintText(); h != "" {
				line += " | " + strings.ReplaceAll(h, dir, "DIR")
			}
			out = append(out, line)
		}
	}
	add("e", found.Errors)
	add("w", found.Warnings)
	add("r", found.Refused)
	add("d", found.Doubts)
	return out
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		tasks string
		files map[string]string
		want  []string // each is a part of a finding, in order
	}{
		"nothing wrong":           {tasks: "- debug: {msg: hello}\n- copy: {content: x, dest: /tmp/x}"},
		"an unknown module":       {tasks: "- copi: {content: x, dest: /tmp/x}", want: []string{`e:4:7 no module named "copi" | did you mean "copy"?`}},
		"one of a collection":     {tasks: "- community.general.snap: {name: x}", want: []string{"w:4:7 the module community.general.snap is not native: the task fails if it runs | the real ansible-playbook has it: --engine ansible"}},
		"a task that never runs":  {tasks: "- copi: {x: y}\n  when: false"},
		"a block that never runs": {tasks: "- block:\n    - copi: {x: y}\n  when: 'False'"},
		"an unknown argument":     {tasks: "- name: Write\n  copy: {content: x, desr: /tmp/x}", want: []string{`e:5:26 copy has no argument "desr" (task "Write") | did you mean "dest"?`}},
		"one of an action":        {tasks: "- debug: {message: x}", want: []string{`e:4:15 debug has no argument "message" |`}},
		"a missing argument":      {tasks: "- lineinfile: {line: x}", want: []string{"e:4:7 lineinfile lacks the argument path"}},
		"one of an action lacks":  {tasks: "- assert: {fail_msg: x}", want: []string{"e:4:7 assert lacks the argument that"}},
		"a choice":                {tasks: "- file: {path: /x, state: directry}", want: []string{`e:4:31 file: state is "directry" | did you mean "directory"?`}},
		"a wrong type":            {tasks: "- wait_for: {port: many}", want: []string{"e:4:18 wait_for: argument 'port' is of type str and we were unable to convert to int"}},
		"a template is no type":   {tasks: "- wait_for: {port: '{{ port }}'}"},
		"arguments as a template": {tasks: "- copy: '{{ them }}'"},
		"a decimal mode":          {tasks: "- file: {path: /x, mode: 644}", want: []string{`d:4:30 mode 644 is a decimal number, which is 1204 as a mode | write it as text with a zero in front: mode: "0644"`}},
		"an octal mode":           {tasks: "- file: {path: /x, mode: 0644}"},
		"a handler": {
			tasks: "- hosts: all\n  tasks:\n    - command: 'true'\n      notify: restrt\n  handlers:\n    - name: restart\n      debug:",
			want:  []string{`e:4:15 no handler named "restrt", and none listens to it | did you mean "restart"?`},
		},
		"a topic": {tasks: "- hosts: all\n  tasks:\n    - command: 'true'\n      notify: topic\n  handlers:\n    - name: restart\n      listen: topic\n      debug:"},
		"a handler that a role may bring": {
			tasks: "- hosts: all\n  tasks:\n    - command: 'true'\n      notify: theirs\n    - include_role: {name: r}",
		},
		"one that nobody notifies": {
			tasks: "- hosts: all\n  tasks:\n    - debug:\n      notify: gone\n", want: []string{`d:4:15 no handler named "gone", and none listens to it | the play has no handlers`},
		},
		"a missing file":          {tasks: "- copy: {src: confg, dest: /x}", files: map[string]string{"files/config": ""}, want: []string{`e:4:19 there is no file "confg" for copy | did you mean "config"?`}},
		"one that may be skipped": {tasks: "- copy: {src: confg, dest: /x}\n  when: something", want: []string{`d:4:19 there is no file "confg" for copy`}},
		"one that a task makes":   {tasks: "- command: make\n- copy: {src: confg, dest: /x}", want: []string{`d:5:19 there is no file "confg" for copy`}},
		"one of the target":       {tasks: "- copy: {src: confg, dest: /x, remote_src: true}"},
		"a broken template":       {tasks: "- debug: {msg: '{{ a b }}'}", want: []string{"e:4:"}},
		"an unknown filter":       {tasks: "- debug: {msg: '{{ [] | lenght }}'}", want: []string{`lenght`}},
		"a broken template file":  {tasks: "- template: {src: t.j2, dest: /x}", files: map[string]string{"templates/t.j2": "ok\n{% if x %}\n"}, want: []string{"t.j2:"}},

		"assemble of the target":          {tasks: "- assemble: {src: /x, dest: /y}", want: []string{"w:4:7 assemble: remote_src: the task fails if it runs: fragments on the target"}},
		"assemble of the control node":    {tasks: "- assemble: {src: x, dest: /y, remote_src: false}"},
		"a package of the network":        {tasks: "- apt: {deb: 'https://x/y.deb'}", want: []string{"w:4:18 apt: deb: the task fails if it runs: an address is not fetched"}},
		"a package of the target":         {tasks: "- ansible.builtin.apt: {deb: /x/y.deb}"},
		"a PPA":                           {tasks: "- apt_repository: {repo: 'ppa:x/y'}", want: []string{"w:4:30 apt_repository: repo: "}},
		"a certificate of somebody else":  {tasks: "- community.crypto.x509_certificate: {path: /x, provider: acme}", want: []string{"provider: the task fails if it runs"}},
		"a refused value in a dead task":  {tasks: "- apt: {deb: 'https://x/y.deb'}\n  when: false"},
		"assemble with defaults of tasks": {tasks: "- assemble: {src: x, dest: /y}\n  module_defaults: {assemble: {remote_src: false}}"},
	} {
		t.Run(name, func(t *testing.T) {
			got := check(t, c.tasks, c.files, nil)
			if len(got) != len(c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			for i, w := range c.want {
				if !strings.Contains(got[i], w) {
					t.Errorf("got %q, want %q", got[i], w)
				}
			}
		})
	}
}

func TestCheckOptions(t *testing.T) {
	const tasks = "- copi: {x: y}\n  tags: other\n- command: 'true'\n  notify: gone"
	for name, c := range map[string]struct {
		change func(o *preflight.Options)
		want   []string
	}{
		"all": {func(*preflight.Options) {}, []string{`e:4:7 no module named "copi"`, `e:7:15 no handler named "gone"`}},
		"only what is selected": {func(o *preflight.Options) {
			o.Selected = func(t *playbook.Task) (bool, error) { return t.Action != "copi", nil }
		}, []string{`e:7:15 no handler named "gone"`}},
		"missing handlers are warned of": {func(o *preflight.Options) { o.MissingHandlerWarns = true }, []string{"e:4:7 ", "d:7:15 "}},
	} {
		t.Run(name, func(t *testing.T) {
			got := check(t, tasks, nil, c.change)
			if len(got) != len(c.want) {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			for i, w := range c.want {
				if !strings.HasPrefix(got[i], w) {
					t.Errorf("got %q, want %q", got[i], w)
				}
			}
		})
	}
}

// A variable that nothing sets is told where all that could set it is known.
func TestCheckVariables(t *testing.T) {
	hosts := func(names ...string) func(o *preflight.Options) {
		return func(o *preflight.Options) {
			o.Hosts = func(*playbook.Play) ([]string, bool) { return names, true }
		}
	}
	const tasks = "- debug: {msg: '{{ colur }}'}"
	if got := check(t, tasks, nil, hosts("colour")); len(got) != 1 || !strings.Contains(got[0], `colur`) || !strings.Contains(got[0], `colour`) {
		t.Errorf("got %q", got)
	}
	if got := check(t, tasks, nil, hosts("colur")); len(got) != 0 {
		t.Errorf("a variable that is there: %q", got)
	}
	if got := check(t, tasks, nil, nil); len(got) != 0 {
		t.Errorf("hosts that are not known: %q", got)
	}
	if got := check(t, "- set_fact: {colur: 1}\n"+tasks, nil, hosts()); len(got) != 0 {
		t.Errorf("a fact: %q", got)
	}
}

// No argument of Ansible's modules is unknown to ours: see record-arguments.sh.
func TestArgumentsOfAnsible(t *testing.T) {
	text, err := os.ReadFile("testdata/arguments.txt")
	if err != nil {
		t.Fatal(err)
	}
	// free-form texts have no name in a task; decrypt and use are the control node's
	besides := map[string][]string{
		"ansible.builtin.command": {"free_form"}, "ansible.builtin.shell": {"free_form"}, "ansible.builtin.copy": {"decrypt"}, "ansible.builtin.service": {"use"},
	}
	held := 0
	for line := range strings.Lines(string(text)) {
		name, args, _ := strings.Cut(strings.TrimSpace(line), ":")
		def := modules.Find(name)
		if def == nil {
			continue
		}
		held++
		var ours []string
		for _, a := range def.Spec() {
			ours = append(append(ours, a.Name), a.Aliases...)
		}
		for _, arg := range strings.Fields(args) {
			if !slices.Contains(ours, arg) && !slices.Contains(besides[name], arg) {
				t.Errorf("%s lacks %q", name, arg)
			}
		}
	}
	if held < 30 {
		t.Errorf("only %d modules were held against the list", held)
	}
}
