package preflight

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// variables collects the names of all variables that something in the run may set. It is closed when nothing else can set one:
// only then a name that is missing is surely undefined.
func (c *checker) variables(plays []*playbook.Play) {
	c.closed = c.o.Hosts != nil
	for _, p := range plays {
		if len(p.VarsFiles)+len(p.VarsPrompt)+len(p.Imported) > 0 {
			c.closed = false
		}
		if c.o.Hosts != nil {
			names, ok := c.o.Hosts(p)
			c.closed = c.closed && ok
			for _, n := range names {
				c.known[n] = true
			}
		}
		p.EachVars(func(_ string, _ any, d *value.Dict) { c.defines(d) })
		walk(p, func(t *playbook.Task) {
			t.EachVars(func(_ string, _ any, d *value.Dict) { c.defines(d) })
			c.sets(t)
		})
	}
}

// defines adds the keys of a dict of variables.
func (c *checker) defines(d *value.Dict) {
	if d == nil {
		return
	}
	for it := d.Iterate(); it.Next(); {
		name, err := value.Text(it.Key())
		if err != nil || templated(it.Key()) {
			c.closed = false
			continue
		}
		c.known[name] = true
	}
}

// silent are modules and actions that set no variables but the one that they register.
var silent = map[string]bool{}

func init() {
	for _, n := range strings.Fields("assert command copy debug fail fetch file find get_url git group lineinfile blockinfile ping pause raw " +
		"replace script service shell slurp stat systemd template tempfile unarchive uri user wait_for package apt") {
		silent[n] = true
	}
}

// sets adds what a task sets when it runs.
func (c *checker) sets(t *playbook.Task) {
	if name := t.Register(); name != "" {
		c.known[name] = true
	}
	if d, ok := t.Attrs.Get(playbook.LoopControl).(*value.Dict); ok {
		for _, k := range []string{"loop_var", "index_var"} {
			if v := d.Stored(k); v != nil {
				text, _ := value.Text(v)
				c.known[text] = true
			}
		}
	}
	short := playbook.BuiltinName(t.Action)
	switch {
	case t.IsMeta():
		c.ends = c.ends || !t.Implicit
	case silent[short]:
	case short == "set_fact":
		c.defines(t.Args)
		c.closed = c.closed && t.ArgsTemplate == nil && !freeForm(t)
	case short == "validate_argument_spec", short == "set_stats":
	default: // an include, facts, or a module that may return some
		c.closed = false
	}
}
