package actions

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/result"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(Def{Name: "ansible.builtin.validate_argument_spec", Run: runValidateArgumentSpec, Page: &module.Def{
	Check: module.Full,
	Args:  validateSpecArgs,
	Doc: module.Doc{
		Short:    "Check variables against a specification, as the arguments of a role are checked.",
		Examples: "- ansible.builtin.validate_argument_spec:\n    argument_spec:\n      port: {type: int, required: true}\n    provided_arguments:\n      port: \"{{ app_port }}\"\n",
		Returns:  []module.Return{{Name: "argument_errors", Type: "list", When: "failed", Help: "What is wrong."}},
	},
}})

var validateSpecArgs = module.Args{
	{Name: "argument_spec", Type: module.Dict, Required: true, Help: "What arguments there are, as in a role's meta/argument_specs.yml."},
	{Name: "provided_arguments", Type: module.Dict, Help: "Arguments that come before variables of the same names."},
	{Name: "validate_args_context", Type: module.Dict, Help: "What is checked, for the result."},
}

// runValidateArgumentSpec checks variables against a specification, as a role's arguments are.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/validate_argument_spec_module.html
func runValidateArgumentSpec(_ context.Context, c *Call) (*result.Result, error) {
	if err := c.specTypes(); err != nil {
		return nil, err
	}
	p, err := c.validate(validateSpecArgs)
	if err != nil {
		return nil, err
	}
	// the options are data: a default that looks like a template is not evaluated
	options, _ := c.Args.Stored("argument_spec").(*value.Dict)
	if err := notMappings(c, options); err != nil {
		return nil, err
	}
	spec, err := argumentSpec(options)
	if err != nil {
		return nil, c.errorf("%v", err)
	}
	given, err := c.givenArguments(options, p.Dict("provided_arguments"))
	if err != nil {
		return nil, err
	}
	about := p.Dict("validate_args_context")
	if about == nil {
		about = value.NewDict()
	}
	v := module.Validate(&module.Def{Name: c.FullName, Args: spec}, c.Name, given, module.Env{})
	for i, problem := range v.Problems {
		v.Problems[i] = strings.TrimPrefix(problem, "Unsupported parameters for ("+c.Name+") module: ")
	}
	if len(v.Problems) == 0 {
		return ok("msg", value.NewStr("The arg spec validation passed"), "validate_args_context", about), nil
	}
	r := c.fail("Validation of arguments failed:\n%s", strings.Join(v.Problems, "\n"))
	r.Values.SetStr("argument_errors", module.V(v.Problems))
	r.Values.SetStr("argument_spec_data", options)
	r.Values.SetStr("validate_args_context", about)
	return r, nil
}

// givenArguments collects what is given for the options: provided arguments first, then variables.
func (c *Call) givenArguments(options, provided *value.Dict) (*value.Dict, error) {
	given := value.NewDict()
	if provided != nil {
		given = provided.Copy()
	}
	for it := options.Iterate(); it.Next(); {
		name, err := value.Text(it.Key())
		if err != nil {
			return nil, err
		}
		if given.Has(name) {
			continue
		}
		stored, ok := c.Scope.Vars().Lookup(name)
		if !ok {
			continue
		}
		v, keep, err := c.Scope.FinalizeArg(stored)
		if err != nil {
			return nil, err
		}
		if keep {
			given.SetStr(name, v)
		}
	}
	return given, nil
}

var specTypes = map[string]module.Type{
	"str": module.Str, "int": module.Int, "float": module.Float, "bool": module.Bool, "path": module.Path, "list": module.List,
	"dict": module.Dict, "raw": module.Raw, "jsonarg": module.JSONArg, "json": module.JSONArg, "bytes": module.Bytes, "bits": module.Bits,
}

// argumentSpec makes a spec of the options of a role's argument specification.
func argumentSpec(options *value.Dict) (module.Args, error) {
	var args module.Args
	if options == nil {
		return nil, nil
	}
	for it := options.Iterate(); it.Next(); {
		name, err := value.Text(it.Key())
		if err != nil {
			return nil, err
		}
		about, ok := it.Stored().(*value.Dict)
		if !ok {
			return nil, fmt.Errorf("the specification of the argument %q must be a mapping", name)
		}
		a, err := argument(name, about)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
	}
	return args, nil
}

func argument(name string, about *value.Dict) (module.Arg, error) {
	a := module.Arg{Name: name}
	var err error
	for it := about.Iterate(); it.Next() && err == nil; {
		key, _ := value.Text(it.Key())
		v := it.Stored()
		switch key {
		case "type":
			a.Type, err = specType(name, v)
		case "elements":
			a.Elements, err = specType(name, v)
		case "required":
			a.Required, err = module.ToBool(v)
		case "no_log":
			a.NoLog, err = module.ToBool(v)
		case "apply_defaults":
			a.ApplyDefaults, err = module.ToBool(v)
		case "default":
			if v != value.None {
				a.Default = v
			}
		case "choices":
			a.Choices, err = texts(v)
		case "aliases":
			a.Aliases, err = texts(v)
		case "mutually_exclusive":
			a.Rules.MutuallyExclusive, err = groups(v)
		case "required_together":
			a.Rules.RequiredTogether, err = groups(v)
		case "required_one_of":
			a.Rules.RequiredOneOf, err = groups(v)
		case "required_if":
			a.Rules.RequiredIf, err = requiredIf(v)
		case "required_by":
			a.Rules.RequiredBy, err = requiredBy(v)
		case "removed_in_version":
			a.RemovedInVersion, err = value.Text(v)
		case "removed_at_date":
			a.RemovedAtDate, err = value.Text(v)
		case "removed_from_collection":
			a.RemovedCollection, err = value.Text(v)
		case "options":
			if d, ok := v.(*value.Dict); ok {
				a.Options, err = argumentSpec(d)
			}
		}
	}
	if a.Type == module.List && !about.Has("elements") {
		a.Untyped = true
	}
	return a, err
}

func specType(name string, v value.Value) (module.Type, error) {
	text, err := value.Text(v)
	if err != nil {
		return 0, err
	}
	t, ok := specTypes[text]
	if !ok {
		return 0, fmt.Errorf("the argument %q has a type that does not exist: %s", name, text)
	}
	return t, nil
}

func texts(v value.Value) ([]string, error) {
	l, ok := v.(*value.List)
	if !ok {
		return nil, fmt.Errorf("%s is not a list", v.Type())
	}
	out := make([]string, l.Len())
	for i, e := range l.Stored() {
		var err error
		if out[i], err = value.Text(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}
