package lookups

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Lookups of collections that people use.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/index.html#lookup-plugins
var (
	_ = Set.Add(&Def{Name: "community.general.flattened", Run: runFlattened})
	_ = Set.Add(&Def{Name: "community.general.cartesian", Run: runCartesian})
	_ = Set.Add(&Def{Name: "community.general.merge_variables", Run: runMergeVariables, Options: []Option{
		{Name: "pattern_type", Type: Str, Default: value.NewStr("regex"), Choices: []string{"prefix", "suffix", "regex"}, Help: "How a term is compared with names."},
		{Name: "initial_value", Help: "What the variables are merged into."},
		{Name: "override", Type: Str, Default: value.NewStr("warn"), Choices: []string{"error", "warn", "ignore"}, Help: "What to do when a key is overridden."},
	}})
)

// runFlattened gives the elements of all lists at any depth.
func runFlattened(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	var add func(v value.Value, depth int) error
	add = func(v value.Value, depth int) error {
		v, err := value.Force(v)
		if err != nil {
			return err
		}
		if u, ok := v.(*value.Undefined); ok {
			return &value.UndefinedError{Value: u}
		}
		if s, ok := v.(value.Str); ok && (s.String() == "None" || s.String() == "null") || v == value.None {
			return nil
		}
		if !isList(v) || depth > 200 {
			out = append(out, v)
			return nil
		}
		elems, err := value.Elems(v)
		if err != nil {
			return err
		}
		for _, e := range elems {
			if err := add(e, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	for _, t := range c.Terms {
		if err := add(t, 0); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// runCartesian gives every combination of an element of each list.
func runCartesian(_ context.Context, c *Call) ([]value.Value, error) {
	if len(c.Terms) == 0 {
		return nil, fmt.Errorf("with_cartesian requires at least one element in each list")
	}
	combos := [][]value.Value{nil}
	for _, t := range c.Terms {
		elems := []value.Value{t}
		if isList(t) {
			var err error
			if elems, err = flattenAll(t); err != nil {
				return nil, err
			}
		}
		var next [][]value.Value
		for _, prefix := range combos {
			for _, e := range elems {
				next = append(next, append(append([]value.Value(nil), prefix...), e))
			}
		}
		if combos = next; len(combos) > 1<<20 {
			return nil, fmt.Errorf("cartesian: more than %d combinations", 1<<20)
		}
	}
	out := make([]value.Value, len(combos))
	for i, combo := range combos {
		out[i] = value.NewList(combo...)
	}
	return out, nil
}

func flattenAll(v value.Value) ([]value.Value, error) {
	elems, err := elemsOf(v)
	if err != nil {
		return nil, err
	}
	return flatten(elems)
}

// runMergeVariables merges the variables whose names match: dicts key by key, lists one after the other.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/merge_variables_lookup.html
func runMergeVariables(ctx context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		pattern, err := text(t)
		if err != nil {
			return nil, err
		}
		match, err := nameMatcher(c.str("pattern_type"), pattern)
		if err != nil {
			return nil, err
		}
		names := append([]string(nil), c.Variables()...)
		sort.Strings(names)
		merged := c.options["initial_value"]
		if merged == value.None {
			merged = nil
		}
		for _, n := range names {
			if ok, err := match(n); err != nil || !ok {
				if err != nil {
					return nil, err
				}
				continue
			}
			v, ok, err := c.Variable(n)
			if err != nil {
				return nil, err
			}
			if !ok {
				continue
			}
			if merged, err = c.merge(ctx, merged, v, n); err != nil {
				return nil, err
			}
		}
		if merged == nil {
			merged = value.None
		}
		out = append(out, merged)
	}
	return out, nil
}

func nameMatcher(how, pattern string) (func(name string) (bool, error), error) {
	switch how {
	case "prefix":
		return func(n string) (bool, error) { return strings.HasPrefix(n, pattern), nil }, nil
	case "suffix":
		return func(n string) (bool, error) { return strings.HasSuffix(n, pattern), nil }, nil
	}
	re, err := pyregex.Compile(pattern, 0)
	if err != nil {
		return nil, err
	}
	return func(n string) (bool, error) {
		m, err := re.Search(n)
		return m != nil, err
	}, nil
}

func (c *Call) merge(ctx context.Context, into, v value.Value, name string) (value.Value, error) {
	if into == nil {
		return v, nil
	}
	_, a := into.(*value.Dict)
	_, b := v.(*value.Dict)
	if a && b {
		if err := c.overridden(into.(*value.Dict), v.(*value.Dict), name); err != nil {
			return nil, err
		}
		recursive := value.NewDict()
		recursive.SetStr("recursive", value.True)
		recursive.SetStr("list_merge", value.NewStr("append"))
		return filters.All.Lookup("combine").Call(ctx, nil, []value.Value{into, v}, recursive)
	}
	if isList(into) && isList(v) {
		return value.Binary("+", into, v)
	}
	return nil, fmt.Errorf("merge_variables: variable %s has another type than those before it", name)
}

// overridden tells of keys whose value is replaced.
func (c *Call) overridden(old, v *value.Dict, name string) error {
	for it := v.Iterate(); it.Next(); {
		had, ok, err := old.Get(it.Key())
		if err != nil || !ok {
			if err != nil {
				return err
			}
			continue
		}
		e, err := it.Value()
		if err != nil {
			return err
		}
		if isList(had) && isList(e) || had.Type() == "dict" && e.Type() == "dict" {
			continue
		}
		if same, err := value.Equal(had, e); err != nil || same {
			if err != nil {
				return err
			}
			continue
		}
		msg := fmt.Sprintf("The key %s is overridden by the variable %s", shown(it.Key()), name)
		switch c.str("override") {
		case "error":
			return fmt.Errorf("%s", msg)
		case "warn":
			c.Warn(msg)
		}
	}
	return nil
}
