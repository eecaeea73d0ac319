package preflight

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/templating"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// templates reads all templates of a task.
func (c *checker) templates(t *playbook.Task) {
	conditions(t, func(v value.Value) { c.condition(t, v) })
	for it := t.Args.Iterate(); it.Next(); {
		v := it.Stored()
		c.template(t, it.Key())
		if key, _ := value.Text(it.Key()); key == "that" && strings.HasSuffix(playbook.BuiltinName(t.Action), "assert") {
			each(v, func(one value.Value) { c.condition(t, one) })
			continue
		}
		c.template(t, v)
	}
	if t.ArgsTemplate != nil {
		c.template(t, t.ArgsTemplate)
	}
	if t.Loop != nil {
		c.template(t, t.Loop)
		c.loop(t)
	}
	c.truths(t)
	for _, k := range []playbook.Keyword{playbook.Environment, playbook.DelegateTo} {
		for _, one := range t.Own(k) {
			w, _ := c.o.Engine.Check(one)
			c.found.Errors = append(c.found.Errors, w...)
		}
	}
	c.definitions(t.Attrs.Vars())
}

// definitions reads the templates in variables. What is wrong with one matters only when it is used.
func (c *checker) definitions(d *value.Dict) {
	if d != nil && c.o.Engine != nil {
		wrong, _ := c.o.Engine.Check(d)
		c.found.Doubts = append(c.found.Doubts, wrong...)
	}
}

// conditions visits the conditions of a task.
func conditions(t *playbook.Task, visit func(value.Value)) {
	for _, k := range []playbook.Keyword{playbook.When, playbook.ChangedWhen, playbook.FailedWhen, playbook.Until} {
		for _, v := range t.Own(k) {
			visit(v)
		}
	}
}

func each(v value.Value, visit func(value.Value)) {
	if l, ok := v.(*value.List); ok {
		for _, one := range l.Stored() {
			visit(one)
		}
		return
	}
	visit(v)
}

func (c *checker) template(t *playbook.Task, v value.Value) {
	wrong, needs := c.o.Engine.Check(v)
	c.found.Errors = append(c.found.Errors, wrong...)
	c.need(t, needs)
}

// condition reads one condition; it must be an expression or a truth value.
func (c *checker) condition(t *playbook.Task, v value.Value) {
	switch v := v.(type) {
	case value.Str:
		wrong, _ := c.o.Engine.CheckCondition(v)
		c.found.Errors = append(c.found.Errors, wrong...)
	case value.Bool, value.NoneType, value.Deferred:
	default:
		pos := value.OriginOf(v)
		if !pos.IsValid() {
			pos = t.Pos
		}
		c.found.Errors.Add(diag.Errorf(pos, "a condition is an expression or true or false, not %s%s", v.Type(), named(t)).
			Hint("write it as text: when: \"x == 1\""))
	}
}

// truths tells keywords that want true or false and have something else.
func (c *checker) truths(t *playbook.Task) {
	for _, a := range t.Attrs {
		s, ok := a.Value.(value.Str)
		if !ok || a.Keyword.Type() != playbook.BoolType || templated(s) {
			continue
		}
		if _, err := module.ToBool(s); err != nil {
			pos := value.OriginOf(s)
			if !pos.IsValid() {
				pos = t.Pos
			}
			c.found.Errors.Add(diag.Errorf(pos, "%s wants true or false, not %q%s", a.Keyword, s.String(), named(t)).Hint("write true or false, or a template that gives one"))
		}
	}
}

// loop tells what can't be looped over.
func (c *checker) loop(t *playbook.Task) {
	if t.LoopWith != "" || templated(t.Loop) {
		return
	}
	switch t.Loop.(type) {
	case *value.List, value.Deferred:
		return
	}
	pos := value.OriginOf(t.Loop)
	if !pos.IsValid() {
		pos = t.Pos
	}
	e := diag.Errorf(pos, "loop wants a list, not %s%s", t.Loop.Type(), named(t))
	if s, ok := t.Loop.(value.Str); ok && playbook.IsName(strings.TrimSpace(s.String())) {
		e = e.Hint("the variable is written \"{{ %s }}\"", strings.TrimSpace(s.String()))
	} else {
		e = e.Hint("write it as a list: [a, b], or as lines that begin with -")
	}
	c.found.Errors.Add(e)
}

// need tells variables that a task needs and that nothing can have set, where that is certain.
func (c *checker) need(t *playbook.Task, needs []templating.Need) {
	if !c.closed || len(t.When()) > 0 || t.Loop != nil || t.Setting(playbook.IgnoreErrors) != nil || c.mayBeSkipped(t) {
		return
	}
	for _, n := range needs {
		if c.known[n.Name] || strings.HasPrefix(n.Name, "ansible_") || strings.HasPrefix(n.Name, "_") || magic[n.Name] {
			continue
		}
		e := diag.Errorf(n.Pos, "the variable %q is defined nowhere%s", n.Name, named(t))
		var names []string
		for k := range c.known {
			names = append(names, k)
		}
		if near := diag.Nearest(n.Name, names); near != "" {
			e = e.Hint("did you mean %q?", near)
		} else {
			e = e.Hint("define it in the inventory, in vars, or with -e %s=…; or give a default: %s | default('…')", n.Name, n.Name)
		}
		c.found.Errors.Add(e)
	}
}

// magic are variables that Ansible sets besides those that begin with ansible_.
// Source: https://docs.ansible.com/ansible/latest/reference_appendices/special_variables.html
var magic = map[string]bool{
	"environment": true, "group_names": true, "groups": true, "hostvars": true, "inventory_dir": true, "inventory_file": true,
	"inventory_hostname": true, "inventory_hostname_short": true, "item": true, "omit": true, "play_hosts": true,
	"playbook_dir": true, "role_name": true, "role_names": true, "role_path": true, "vars": true, "template_host": true,
}
