package actions

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.gather_facts", Run: runGatherFacts, Page: &module.Def{
	Check: module.Full,
	Args: module.Args{
		{Name: "parallel", Type: module.Bool, Help: "Run several fact modules at once. Nothing here: they are quick."},
	},
	Doc: module.Doc{
		Short:    "Gather the facts of the hosts, as plays do by themselves.",
		Notes:    []string{"All other arguments are handed to the fact modules: those of the setting facts_modules, or the module setup."},
		Examples: "- ansible.builtin.gather_facts:\n",
	},
}})

// setupNames are the names of the module setup, which "smart" stands for here: for Linux.
var setupNames = []string{"ansible.legacy.setup", "ansible.builtin.setup", "setup"}

// runGatherFacts has the fact modules run, those of the variable ansible_facts_modules or else of the setting facts_modules,
// one after the other, and merges their facts: a later module wins. The option parallel is about speed alone; modules that
// run in a process of ours gain nothing by it.
//
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/gather_facts_module.html
func runGatherFacts(ctx context.Context, c *Call) (*result.Result, error) {
	if v := c.Args.Stored("parallel"); v != nil && v != value.None {
		if _, err := module.ToBool(v); err != nil {
			return nil, c.raise("%v", err)
		}
	}
	names, err := c.factModules()
	if err != nil {
		return nil, err
	}
	g := gathered{facts: value.NewDict(), failed: value.NewDict(), skipped: value.NewDict()}
	for _, name := range names {
		r, err := c.Host.Exec(ctx, name, c.factArgs(name, &g), nil)
		if err != nil {
			return nil, err
		}
		if r.Failed && r.Msg == fmt.Sprintf("The module %s was not found", name) {
			return g.unknown(c, name)
		}
		g.add(name, r)
	}
	return g.result(c), nil
}

// factModules are the modules to run, in order.
func (c *Call) factModules() ([]string, error) {
	var wanted value.Value
	if v, ok, err := c.Scope.Lookup("ansible_facts_modules"); err != nil {
		return nil, err
	} else if ok {
		if wanted, err = c.Scope.Finalize(v); err != nil {
			return nil, err
		}
	}
	list := slices.Clone(c.FactsModules) // they are those of all hosts
	switch v := wanted.(type) {
	case value.Str:
		list = strings.Split(v.String(), ",")
	case *value.List:
		list = nil
		for _, e := range v.Stored() {
			s, _ := value.Text(e)
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		list = []string{"smart"}
	}
	for i, name := range list {
		if name = strings.TrimSpace(name); name == "smart" {
			name = setupNames[0]
		}
		list[i] = name
	}
	return slices.Compact(list), nil
}

// factArgs are the arguments for a module: those that only setup knows are kept from others, with a warning.
func (c *Call) factArgs(name string, g *gathered) *value.Dict {
	args := value.NewDict()
	if c.Defaults != nil {
		args = c.Defaults(name)
	}
	for it := c.Args.Iterate(); it.Next(); {
		_ = args.Set(it.Key(), it.Stored())
	}
	args.DeleteStr("parallel")
	if slices.Contains(setupNames, name) {
		return args
	}
	for _, a := range []string{"subset", "timeout", "filter"} {
		key := a
		if a != "filter" {
			key = "gather_" + a
		}
		if v := args.Stored(key); v != nil {
			text, _ := value.Text(v)
			g.warnings = append(g.warnings, fmt.Sprintf("Not passing %s(%s) to %s", a, text, name))
			args.DeleteStr(key)
		}
	}
	return args
}

// gathered is what came of the fact modules.
type gathered struct {
	facts, failed, skipped *value.Dict
	warnings               []string
	deprecations           []module.Deprecation
	problems               []string
}

func (g *gathered) add(name string, r module.Result) {
	g.warnings = append(g.warnings, r.Warnings...)
	g.deprecations = append(g.deprecations, r.Deprecations...)
	if d, ok := r.Get("ansible_facts").(*value.Dict); ok {
		for it := d.Iterate(); it.Next(); {
			_ = g.facts.Set(it.Key(), it.Stored())
		}
	}
	if !r.Failed && !r.Skipped {
		return
	}
	d := r.Dict()
	d.SetStr("exception", value.NewStr(result.NoTraceback))
	for _, k := range []string{"changed", "warnings", "deprecations", "ansible_facts"} {
		d.DeleteStr(k)
	}
	if r.Skipped {
		g.skipped.SetStr(name, d)
		return
	}
	g.failed.SetStr(name, d)
	g.problems = append(g.problems, r.Msg)
}

// unknown is the failure for a module that there is not.
func (g *gathered) unknown(c *Call, name string) (*result.Result, error) {
	msg := fmt.Sprintf("The module %s was not found in configured module paths", name)
	out := ok("msg", value.NewStr("Task failed: "+msg))
	out.Status, out.Warnings = result.Failed, warnings(g.warnings)
	out.Fault = &result.Fault{Msg: "Task failed", Pos: c.Pos, Cause: &result.Fault{Msg: msg, Pos: c.Pos}}
	return out, nil
}

func warnings(texts []string) []result.Warning {
	var out []result.Warning
	for _, w := range texts {
		out = append(out, result.Warning{Text: w})
	}
	return out
}

func (g *gathered) result(c *Call) *result.Result {
	out := ok("ansible_facts", g.facts)
	out.Quiet = true
	if g.skipped.Len() > 0 {
		out.Values.SetStr("skipped_modules", g.skipped)
		out.Values.SetStr("msg", value.NewStr("The following modules were skipped: "+keys(g.skipped)+"\n"))
		if g.facts.Len() == 0 && g.failed.Len() == 0 {
			out.Status = result.Skipped
			out.Values.SetStr("failed", value.False)
		}
	}
	out.Warnings = warnings(g.warnings)
	for _, d := range g.deprecations {
		out.Deprecations = append(out.Deprecations, result.Warning{Text: d.Msg})
	}
	out.Quiet = true
	if g.failed.Len() == 0 {
		g.facts.SetStr("_ansible_facts_gathered", value.True) // by this later plays know that they were
		return out
	}
	msg := "The following modules failed to execute: " + keys(g.failed) + "."
	out.Status = result.Failed
	out.Values.SetStr("failed_modules", g.failed)
	out.Values.SetStr("msg", value.NewStr(msg))
	out.Fault = failure("Action failed", msg, c.Pos)
	out.Fault.Cause.Cause.Apart = true
	out.Fault.Cause.Cause.Pos = source.Pos{} // the failures of modules have no place of their own
	out.Fault.Cause.Cause.Hint = subEvents(g.problems)
	return out
}

func keys(d *value.Dict) string {
	var out []string
	for _, k := range d.Keys() {
		s, _ := value.Text(k)
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// subEvents shows several failures below one, as ansible-core 2.19 does.
func subEvents(texts []string) string {
	var b strings.Builder
	for i, t := range texts {
		fmt.Fprintf(&b, "+--[ Sub-Event %d of %d ]---\n| \n| %s\n| \n+--[ End Sub-Event ]---\n", i+1, len(texts), strings.ReplaceAll(t, "\n", "\n| "))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
