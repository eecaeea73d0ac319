package lookups

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// OptionType is the type that the value of an option is converted to.
type OptionType uint8

// The types of options. The zero OptionType takes any value as it is.
const (
	Raw OptionType = iota
	Str
	Int
	Float
	Bool
	List
	Dict
)

// Option is an option of a lookup: a keyword argument, or a variable, or a variable of the environment.
type Option struct {
	Name    string
	Help    string
	Type    OptionType
	Default value.Value // nil means None
	Choices []string
	Aliases []string
	Var     string // a variable that sets it
	Env     string // a variable of the environment that sets it
	Lazy    bool   // it may be undefined
	Gone    string // the option has no effect any more: why
	Word    string // what messages call the type; "" means the usual word
}

// NewCall prepares the use of a lookup: it checks and converts the options.
func NewCall(d *Def, name string, host Host, terms []value.Value, kwargs *value.Dict) (*Call, error) {
	c := &Call{Host: host, Terms: terms, Name: name, def: d, options: map[string]value.Value{}, given: map[string]bool{}}
	for i := range d.Options {
		o := &d.Options[i]
		v, from, err := c.find(o, kwargs)
		if err != nil {
			return nil, err
		}
		if v == nil {
			if v = o.Default; v == nil {
				v = value.None
			}
			c.options[o.Name] = v
			continue
		}
		if o.Gone != "" {
			host.Deprecated(fmt.Sprintf("%s option. Reason: This option is no longer used in the Ansible Core code base.\nAlternatives: %s "+
				"This feature will be removed from lookup plugin '%s' in ansible-core version 2.23.", o.Name, o.Gone, d.Name))
		}
		if err := c.set(o, v, from); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// find looks for the value of an option: keyword argument, variable, environment.
func (c *Call) find(o *Option, kwargs *value.Dict) (value.Value, string, error) {
	for _, n := range append([]string{o.Name}, o.Aliases...) {
		v, ok, err := kwargs.GetStr(n)
		if err != nil || ok {
			return v, "Direct", err
		}
	}
	if o.Var != "" {
		if v, ok, err := c.Variable(o.Var); err != nil || ok {
			return v, "var: " + o.Var, err
		}
	}
	if o.Env != "" {
		if s, ok := c.Getenv(o.Env); ok {
			return value.NewStr(s), "env: " + o.Env, nil
		}
	}
	return nil, "", nil
}

// setNamed gives an option the value that a term names for it.
func (c *Call) setNamed(name string, v value.Value) error {
	for i := range c.def.Options {
		if o := &c.def.Options[i]; o.Name == name {
			return c.set(o, v, "Direct")
		}
	}
	return nil
}

func (c *Call) set(o *Option, v value.Value, from string) error {
	v, err := convert(o, v)
	if err != nil {
		return fmt.Errorf("Config '%s' for '%s' lookup plugin from '%s' has an invalid value: %w", o.Name, c.def.Name, from, err) //nolint:staticcheck // Ansible's words
	}
	if len(o.Choices) > 0 {
		s, _ := value.Text(v)
		if !contains(o.Choices, s) {
			return &Error{
				Msg:  fmt.Sprintf("Invalid value '%s' for config '%s' for '%s' lookup plugin.", s, o.Name, c.def.Name),
				Help: "Valid values are: " + strings.Join(o.Choices, ", "),
			}
		}
	}
	c.options[o.Name], c.given[o.Name] = v, true
	return nil
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func convert(o *Option, v value.Value) (value.Value, error) {
	if v == value.None {
		return v, nil
	}
	switch o.Type {
	case Str:
		s, err := value.TextStr(v)
		return s, err
	case Bool:
		return value.Bool(isTrue(v)), nil
	case Int:
		return toInt(v, o.Word)
	case Float:
		f, err := value.AsFloat(v)
		if s, ok := v.(value.Str); ok {
			if f, err = strconv.ParseFloat(strings.TrimSpace(s.String()), 64); err != nil {
				err = value.Raise("ValueError", "could not convert string to float: '%s'", s)
			}
		}
		return value.NewFloat(f), err
	case List:
		return toList(v)
	case Dict:
		if _, ok := v.(*value.Dict); !ok {
			return nil, invalid("dictionary", v)
		}
	}
	return v, nil
}

func toList(v value.Value) (value.Value, error) {
	switch v := v.(type) {
	case *value.List:
		return v, nil
	case value.Tuple:
		return value.NewList(v.Elems()...), nil
	case value.Str:
		var out []value.Value
		for _, p := range strings.Split(v.String(), ",") {
			out = append(out, value.Derive(value.NewStr(strings.TrimSpace(p)), v))
		}
		return value.NewList(out...), nil
	}
	return nil, invalid("list", v)
}

func toInt(v value.Value, word string) (value.Value, error) {
	switch v := v.(type) {
	case value.Bool:
		if v {
			return value.NewInt(1), nil
		}
		return value.NewInt(0), nil
	case value.Int:
		return v, nil
	case value.Float:
		if v.IsInt() {
			return value.NewInt(int64(v.Float64())), nil
		}
	case value.Str:
		s := strings.ReplaceAll(strings.TrimSpace(v.String()), "_", "")
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return value.NewInt(n), nil
		}
	}
	if word == "" {
		word = "integer"
	}
	return nil, invalid(word, v)
}

func invalid(what string, v value.Value) error {
	r, err := value.Repr(v)
	if err != nil {
		return err
	}
	if value.HasSecret(v) {
		r = "(secret)"
	}
	return value.Raise("ValueError", "Invalid value provided for '%s': %s", what, r)
}

// isTrue reads a value as a boolean option; what is neither true nor false is false.
func isTrue(v value.Value) bool {
	switch v := v.(type) {
	case value.Bool:
		return bool(v)
	case value.Str:
		switch strings.ToLower(strings.TrimSpace(v.String())) {
		case "y", "yes", "on", "1", "true", "t", "1.0":
			return true
		}
		return false
	case value.Int:
		n, ok := v.Int64()
		return ok && n == 1
	case value.Float:
		return v.Float64() == 1
	}
	return false
}

// option returns the value of an option.
func (c *Call) option(name string) value.Value { return c.options[name] }

func (c *Call) bool(name string) bool { b, _ := c.options[name].(value.Bool); return bool(b) }

func (c *Call) int(name string) int64 {
	i, _ := c.options[name].(value.Int)
	n, _ := i.Int64()
	return n
}

// str returns the text of an option, "" for None.
func (c *Call) str(name string) string {
	v := c.options[name]
	if v == value.None {
		return ""
	}
	s, _ := value.Text(v)
	return s
}

// CheckDefined returns the undefined value of an option that must not be undefined, or nil.
func CheckDefined(d *Def, kwargs *value.Dict) *value.Undefined {
	for it := kwargs.Iterate(); it.Next(); {
		u, ok := it.Stored().(*value.Undefined)
		if !ok {
			continue
		}
		name, _ := value.Text(it.Key())
		if !lazyOption(d, name) {
			return u
		}
	}
	return nil
}

func lazyOption(d *Def, name string) bool {
	for i := range d.Options {
		if d.Options[i].Name == name {
			return d.Options[i].Lazy
		}
	}
	return false
}
