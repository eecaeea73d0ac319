package templating

import (
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// global gives what a template sees besides variables.
func global(name string) (value.Value, bool) {
	if f := globalFuncs[name]; f != nil {
		return f, true
	}
	if name == "omit" {
		return OmitValue, true
	}
	return jinja.Globals(name)
}

var globalFuncs map[string]*jinja.Func

func init() { // not in the declaration: lookups evaluate templates, which see the functions
	globalFuncs = map[string]*jinja.Func{
		"now":    {Name: "now", Sig: "_now(utc=False, fmt=None)", Run: now},
		"undef":  {Name: "undef", Sig: "_undef(hint=None)", Undefined: true, Run: undef},
		"lookup": {Name: "lookup", Undefined: true, Run: lookupOne},
		"query":  {Name: "query", Undefined: true, Run: lookupAll},
		"q":      {Name: "q", Undefined: true, Run: lookupAll},
	}
}

// now is the time, or its text in a format.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_templating_now.html
func now(c *jinja.Call) (value.Value, error) {
	s := scopeOf(c.Ctx())
	t := s.e.o.Now()
	utc, err := value.Truth(c.Args[0])
	if err != nil {
		return nil, err
	}
	if utc {
		t = t.UTC()
	}
	v := value.NewNaiveDateTime(t)
	format, err := value.Truth(c.Args[1])
	if err != nil || !format {
		return v, err
	}
	f, ok, err := value.Attr(v, "strftime")
	if err != nil || !ok {
		return nil, err
	}
	return value.Call(f, []value.Value{c.Args[1]}, nil)
}

// undef makes an undefined value with a message of the user's.
// Source: https://docs.ansible.com/ansible/latest/playbook_guide/complex_data_manipulation.html
func undef(c *jinja.Call) (value.Value, error) {
	const wants = "The 'hint' argument must be of type 'str' or 'NoneType'"
	switch hint := c.Args[0].(type) {
	case value.NoneType:
		return &value.Undefined{Msg: "Mandatory variable has not been overridden"}, nil
	case value.Str:
		return &value.Undefined{Msg: hint.String()}, nil
	case *value.Undefined:
		return nil, &Error{Msg: "Error rendering template", Cause: &Error{Msg: wants + ": " + hint.Msg, Kind: BadType}}
	default:
		return nil, Apart(value.Raise("TypeError", "%s, not '%s'.", wants, typeName(hint)))
	}
}

// argument takes the argument name out of a call's keyword arguments.
func argument(kwargs *value.Dict, name string) (*value.Dict, value.Value, error) {
	if kwargs == nil {
		return value.NewDict(), nil, nil
	}
	v, ok, err := kwargs.GetStr(name)
	if err != nil || !ok {
		return kwargs, nil, err
	}
	rest := kwargs.Copy()
	rest.DeleteStr(name)
	return rest, v, nil
}

func missingArgument(name string) error {
	return value.Raise("TypeError", "%s() missing 1 required positional argument: 'plugin_name'", fmt.Sprintf("_%s", name))
}
