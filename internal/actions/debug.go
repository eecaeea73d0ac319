package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.debug", Run: runDebug, Page: &module.Def{
	Check: module.Full,
	Args:  debugArgs,
	Rules: module.Rules{MutuallyExclusive: [][]string{{"msg", "var"}}},
	Doc: module.Doc{
		Short:    "Show a message, or the value of an expression.",
		Examples: "- ansible.builtin.debug:\n    var: ansible_facts.distribution\n\n- ansible.builtin.debug:\n    msg: \"{{ inventory_hostname }} is ready\"\n    verbosity: 1\n",
	},
}})

var debugArgs = module.Args{
	{Name: "msg", Type: module.Raw, Default: value.NewStr("Hello world!"), Help: "What to show."},
	{Name: "var", Type: module.Raw, Help: "An expression; its text and its value are shown. Excludes msg."},
	{Name: "verbosity", Type: module.Int, Default: value.NewInt(0), Help: "The number of -v from which on it is shown."},
}

// runDebug shows a message or the value of an expression.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/debug_module.html
func runDebug(_ context.Context, c *Call) (*result.Result, error) {
	if c.Args.Has("msg") && c.Args.Has("var") {
		return nil, c.errorf("parameters are mutually exclusive: msg|var")
	}
	p, err := c.validate(debugArgs)
	if err != nil {
		return nil, err
	}
	if n := p.Int("verbosity"); n > int64(c.Verbosity) {
		return &result.Result{
			Status: result.Skipped,
			Values: value.DictOf("skipped_reason", value.NewStr("Verbosity threshold not met."), "failed", value.False),
		}, nil
	}
	if v := p.Value("var"); p.Has("var") {
		if _, isStr := v.(value.Str); !isStr {
			shown, err := value.Repr(v)
			if err != nil {
				return nil, err
			}
			return nil, c.errorf("argument 'var' is of type %s and we were unable to convert to _check_type_str_no_conversion: "+
				"'%s' is not a string and conversion is not allowed", v.Type(), shown)
		}
	}
	if !p.Has("var") {
		return shows("msg", p.Value("msg")), nil
	}
	expr := p.Value("var")
	if c.Raw != nil && !value.OriginOf(expr).IsValid() { // a template made it: it stands where that does, and is not trusted
		expr = value.WithMarks(expr, value.Marks{Origin: value.OriginOf(c.Raw.Stored("var"))})
	}
	name, err := value.Text(expr)
	if err != nil {
		return nil, err
	}
	v, warnings, err := c.Scope.Shown(expr)
	if err != nil {
		return nil, err
	}
	r := shows(name, v)
	for _, w := range warnings {
		r.Warnings = append(r.Warnings, result.Warning{Text: w.Text, Pos: w.Pos})
	}
	return r, nil
}

// shows is the result that shows a value under its name.
func shows(name string, v value.Value) *result.Result {
	r := ok(name, v)
	r.VerboseAlways = true
	if name == "changed" { // it is taken for the result's own
		r.Changed, _ = value.Truth(v)
	} else if name != "failed" { // in Ansible's order
		r.Values = value.DictOf(name, v, "failed", value.False, "changed", value.False)
	}
	return r
}
