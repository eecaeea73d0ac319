package templating

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinjatests"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// findTest finds a test: Ansible's own come before Jinja2's of the same name.
func findTest(name string) (*jinja.Func, error) {
	if f, ok := testFuncs.Load(name); ok {
		return f.(*jinja.Func), nil
	}
	f := jinja.Tests.Get(short(name))
	if d := jinjatests.All.Lookup(name); d != nil {
		f = pluginFunc(d)
	}
	testFuncs.Store(name, f)
	return f, nil
}

func testNames() []string {
	names := jinja.Tests.Names()
	for _, n := range jinjatests.All.Names() {
		names = append(names, short(n))
	}
	return names
}

// pluginFunc makes a Jinja filter or test of one of Ansible's.
func pluginFunc(d *filters.Def) *jinja.Func {
	return &jinja.Func{Name: d.Name, Undefined: d.Undefined, Run: func(c *jinja.Call) (value.Value, error) {
		args := make([]value.Value, 0, 1+len(c.Args))
		args = append(append(args, c.Value), c.Args...)
		var host *filters.Host
		if s := scopeOf(c.Ctx()); s != nil {
			host = &s.e.host
		}
		return d.Call(c.Ctx(), host, args, c.Kwargs)
	}}
}
