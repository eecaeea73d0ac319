package jmespath

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// function is one of the functions of the specification.
type function struct {
	// args are the types of its arguments, each with blanks between those it may have; "" is any. "array-number" is an
	// array of numbers alone.
	args []string
	more bool // any number of arguments of any type may follow
	do   func(r *run, args []value.Value) (value.Value, error)
}

// functions are those of JMESPath, https://jmespath.org/specification.html#built-in-functions. It is filled before main,
// as some of them evaluate expressions.
var functions map[string]function

func init() {
	functions = map[string]function{
		"abs":         {args: []string{"number"}, do: abs},
		"avg":         {args: []string{"array-number"}, do: avg},
		"ceil":        {args: []string{"number"}, do: ceil},
		"contains":    {args: []string{"array string", ""}, do: contains},
		"ends_with":   {args: []string{"string", "string"}, do: endsWith},
		"floor":       {args: []string{"number"}, do: floor},
		"join":        {args: []string{"string", "array-string"}, do: join},
		"keys":        {args: []string{"object"}, do: keys},
		"length":      {args: []string{"string array object"}, do: length},
		"map":         {args: []string{"expref", "array"}, do: mapEach},
		"max":         {args: []string{"array-number array-string"}, do: maxOf},
		"max_by":      {args: []string{"array", "expref"}, do: maxBy},
		"merge":       {args: []string{"object"}, more: true, do: merge},
		"min":         {args: []string{"array-number array-string"}, do: minOf},
		"min_by":      {args: []string{"array", "expref"}, do: minBy},
		"not_null":    {args: []string{""}, more: true, do: notNull},
		"reverse":     {args: []string{"array string"}, do: reverse},
		"sort":        {args: []string{"array-string array-number"}, do: sorted},
		"sort_by":     {args: []string{"array", "expref"}, do: sortBy},
		"starts_with": {args: []string{"string", "string"}, do: startsWith},
		"sum":         {args: []string{"array-number"}, do: total},
		"to_array":    {args: []string{""}, do: toArray},
		"to_number":   {args: []string{""}, do: toNumber},
		"to_string":   {args: []string{""}, do: toString},
		"type":        {args: []string{""}, do: typeOf},
		"values":      {args: []string{"object"}, do: valuesOf},
	}
}

func (n functionNode) eval(r *run, v value.Value) (value.Value, error) {
	args := make([]value.Value, len(n.args))
	for i, a := range n.args {
		var err error
		if args[i], err = a.eval(r, v); err != nil {
			return nil, err
		}
	}
	f, ok := functions[n.name]
	if !ok {
		return nil, errorf("Unknown function: %s()", n.name)
	}
	if err := r.check(n.name, f, args); err != nil {
		return nil, err
	}
	return f.do(r, args)
}

// check holds arguments against what a function takes.
func (r *run) check(name string, f function, args []value.Value) error {
	if len(args) < len(f.args) || len(args) > len(f.args) && !f.more {
		least, s := "", ""
		if f.more {
			least = "at least "
		}
		if len(f.args) != 1 {
			s = "s"
		}
		return errorf("Expected %s%d argument%s for function %s(), received %d", least, len(f.args), s, name, len(args))
	}
	cost := 1 + len(args)
	for _, a := range args {
		if s, ok := a.(value.Str); ok {
			cost += len(s.String()) / 64
		}
	}
	if err := r.step(cost); err != nil {
		return err
	}
	for i, want := range f.args {
		if err := r.checkType(name, want, args[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) checkType(name, want string, v value.Value) error {
	if want == "" {
		return nil
	}
	types := strings.Fields(want)
	if slices.Contains(types, typeName(v)) {
		return nil
	}
	l, ok := v.(*value.List)
	if !ok || !strings.HasPrefix(want, "array-") {
		return typeError(name, v, want, orUnknown(typeName(v)))
	}
	elems, err := r.elems(l)
	if err != nil || len(elems) == 0 {
		return err
	}
	// the first element says which of the types the others must have
	first := typeName(elems[0])
	for _, e := range elems {
		if t := typeName(e); t != first || !slices.Contains(types, "array-"+t) {
			return typeError(name, e, want, e.Type())
		}
	}
	return nil
}

// typeName gives the name that JMESPath has for the type of v, "" for what it does not know, such as a date.
func typeName(v value.Value) string {
	switch v.(type) {
	case value.Int, value.Float:
		return "number"
	case value.Str:
		return "string"
	case value.Bool:
		return "boolean"
	case value.NoneType:
		return "null"
	case *value.List:
		return "array"
	case *value.Dict:
		return "object"
	case *expression:
		return "expref"
	}
	return ""
}

func orUnknown(name string) string {
	if name == "" {
		return "unknown"
	}
	return name
}
