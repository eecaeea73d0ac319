package actions

import (
	"context"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.assert", Run: runAssert, Page: &module.Def{
	Check: module.Full,
	Args:  assertArgs,
	Doc: module.Doc{
		Short:    "Check that expressions are true.",
		Examples: "- ansible.builtin.assert:\n    that:\n      - kimai_domain is defined\n      - ansible_facts.memtotal_mb >= 512\n    fail_msg: The machine is too small, or has no domain.\n    quiet: true\n",
		Returns:  []module.Return{{Name: "assertion", Type: "str", When: "failed", Help: "The expression that is not true."}, {Name: "evaluated_to", Type: "bool", When: "failed", Help: "What it is."}},
	},
}})

var assertArgs = module.Args{
	{Name: "that", Type: module.Raw, Required: true, Help: "An expression, or a list of expressions, each of which must be true."},
	{Name: "fail_msg", Aliases: []string{"msg"}, Type: module.Raw, Default: value.NewStr("Assertion failed"), Help: "What to tell when one is not."},
	{Name: "success_msg", Type: module.Raw, Default: value.NewStr("All assertions passed"), Help: "What to tell when all are."},
	{Name: "quiet", Type: module.Bool, Default: value.False, Help: "Show the result with -v alone."},
}

// runAssert checks that expressions are true.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/assert_module.html
func runAssert(_ context.Context, c *Call) (*result.Result, error) {
	p, err := c.validate(assertArgs)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"fail_msg", "success_msg"} {
		if v := p.Value(name); !textOrTexts(v) {
			return nil, c.errorf("argument '%s' is of type %s and we were unable to convert to str_or_list_of_str: "+
				"a string or list of strings is required", name, v.Type())
		}
	}
	that := c.Args.Stored("that")
	if c.Raw != nil && c.Raw.Has("that") {
		raw := c.Raw.Stored("that") // conditions are evaluated one by one, not as templates beforehand
		_, isText := raw.(value.Str)
		if _, isList := that.(*value.List); !isText || !isList { // a template that gives a list gives the conditions
			that = raw
		}
	}
	quiet := p.Bool("quiet")
	conditions, err := c.Scope.Conditions(that)
	if err != nil {
		return nil, err
	}
	for _, cond := range conditions {
		holds, err := c.Scope.Condition(cond)
		if err != nil {
			return nil, err
		}
		if holds {
			continue
		}
		r := c.failWith(p.Value("fail_msg"))
		r.Values.SetStr("evaluated_to", value.False)
		r.Values.SetStr("assertion", cond)
		r.VerboseAlways = !quiet
		return r, nil
	}
	r := ok("msg", p.Value("success_msg"))
	r.VerboseAlways = !quiet
	return r, nil
}

func textOrTexts(v value.Value) bool {
	if l, isList := v.(*value.List); isList {
		for _, e := range l.Stored() {
			if _, isStr := e.(value.Str); !isStr {
				return false
			}
		}
		return true
	}
	_, isStr := v.(value.Str)
	return isStr
}
