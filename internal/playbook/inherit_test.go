package playbook_test

import (
	"context"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// What the last task of this play has inherited was recorded by an action plugin that printed its task's attributes
// under ansible-core 2.19.
func TestInherited(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"p.yml": `- hosts: localhost
  environment: {A: play}
  tags: [tp]
  become: true
  become_user: outer
  module_defaults: {debug: {dp: 1}}
  tasks:
  - block:
    - debug:
      environment: [{T: t}, "{{ e1 }}"]
      when: 1 == 1
      tags: t1
      notify: n1
      module_defaults: {debug: {dt: 1}}
    - debug:
    environment: {B: block}
    when: [2 == 2, 3 == 3]
    tags: b1,b2
    notify: [n2, n3]
    module_defaults: [{debug: {db: 1}}, {copy: {msg: 4}}]
    become_user: inner
    collections: [c.b]
`})
	plays, err := testLoader(dir).LoadPlaybook(context.Background(), "p.yml")
	if err != nil {
		t.Fatal(diag.Detail(err))
	}
	var tasks []*playbook.Task
	plays[0].Tasks[0].Walk(func(task *playbook.Task) { tasks = append(tasks, task) })
	for _, c := range []struct {
		task int
		kw   playbook.Keyword
		want string
	}{
		{0, playbook.Tags, "['t1', 'b1', 'b2', 'tp']"},
		{0, playbook.When, "['2 == 2', '3 == 3', '1 == 1']"},
		{0, playbook.Environment, "[{'A': 'play'}, {'B': 'block'}, {'T': 't'}, '{{ e1 }}']"},
		{0, playbook.ModuleDefaults, "[{'debug': {'dp': 1}}, {'debug': {'db': 1}}, {'copy': {'msg': 4}}, {'debug': {'dt': 1}}]"},
		{0, playbook.Notify, "'n1'"},
		{1, playbook.Notify, "['n2', 'n3']"},
		{1, playbook.BecomeUser, "'inner'"},
		{1, playbook.Become, "True"},
		{1, playbook.Collections, "['c.b']"},
		{1, playbook.Delay, "5.0"},
		{1, playbook.Poll, "15"},
	} {
		got, err := value.Repr(tasks[c.task].Setting(c.kw))
		if err != nil || got != c.want {
			t.Errorf("task %d, %s: got %s, want %s (%v)", c.task, c.kw, got, c.want, err)
		}
	}
	if v := tasks[1].Inherited(playbook.Register); v != nil {
		t.Errorf("register is inherited: %v", v)
	}
}

// Arguments as the same plugin printed them.
func TestArguments(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{"p.yml": `- hosts: localhost
  tasks:
  - debug: a=1 b=2
    args: {a: 5, c: 7}
  - debug: {a: 1}
    args: {a: 5, c: 7}
  - debug: "{{ x }} a=b"
  - debug: {a: 1}
    args: "{{ x }}"
  - action: {module: debug a=1 b=2, b: 3}
  - local_action: command echo "x y" chdir=/tmp a=b
    delegate_to: elsewhere
  - command: [a]
`})
	l := testLoader(dir)
	if _, err := l.LoadPlaybook(context.Background(), "p.yml"); err == nil {
		t.Fatal("a list as arguments was taken")
	}
	plays, _ := l.LoadPlaybook(context.Background(), "p.yml")
	var tasks []*playbook.Task
	plays[0].Tasks[0].Walk(func(task *playbook.Task) { tasks = append(tasks, task) })
	want := []struct{ args, template, delegate string }{
		{"{'a': '1', 'c': 7, 'b': '2'}", "", ""},
		{"{'a': 1, 'c': 7}", "", ""},
		{"{'a': 'b'}", "{{ x }}", ""},
		{"{'a': 1}", "{{ x }}", ""},
		{"{'b': '2', 'a': '1'}", "", ""},
		{"{'chdir': '/tmp', '_raw_params': 'echo \"x y\" a=b'}", "", "localhost"},
	}
	if len(tasks) != len(want) {
		t.Fatalf("got %d tasks", len(tasks))
	}
	for i, w := range want {
		args, _ := value.Repr(tasks[i].Args)
		template, delegate := "", ""
		if v := tasks[i].ArgsTemplate; v != nil {
			template, _ = value.Text(v)
		}
		if v := tasks[i].Inherited(playbook.DelegateTo); v != nil {
			delegate, _ = value.Text(v)
		}
		if args != w.args || template != w.template || delegate != w.delegate {
			t.Errorf("task %d: got %s %q %q, want %s %q %q", i, args, template, delegate, w.args, w.template, w.delegate)
		}
	}
}
