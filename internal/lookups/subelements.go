package lookups

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "subelements", Run: runSubelements})

// runSubelements gives pairs of a dict and an element of a list within it.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/subelements_lookup.html
func runSubelements(_ context.Context, c *Call) ([]value.Value, error) {
	const usage = "subelements lookup expects a list of two or three items,"
	if n := len(c.Terms); n < 2 || n > 3 {
		return nil, fmt.Errorf("%s", usage)
	}
	key, ok := c.Terms[1].(value.Str)
	items, isItems, err := subItems(c.Terms[0])
	if err != nil {
		return nil, err
	}
	if !ok || !isItems {
		return nil, fmt.Errorf("%s first a dict or a list, second a string pointing to the subkey", usage)
	}
	skip := false
	if len(c.Terms) == 3 {
		flags, ok := c.Terms[2].(*value.Dict)
		if !ok {
			return nil, fmt.Errorf("%s the optional third item must be a dict with flags skip_missing", usage)
		}
		if v, ok, err := flags.GetStr("skip_missing"); err != nil {
			return nil, err
		} else if ok {
			skip = isTrue(v)
		}
	}
	path := strings.Split(key.String(), ".")
	var out []value.Value
	for _, item := range items {
		d, ok := item.(*value.Dict)
		if !ok {
			return nil, fmt.Errorf("subelements lookup expects a dictionary, got '%s'", shown(item))
		}
		if d.Has("skipped") {
			continue
		}
		pairs, err := subPairs(d, path, skip)
		if err != nil {
			return nil, err
		}
		out = append(out, pairs...)
	}
	return out, nil
}

func subItems(v value.Value) ([]value.Value, bool, error) {
	switch v := v.(type) {
	case *value.List:
		elems, err := elemsOf(v)
		return elems, true, err
	case *value.Dict:
		var out []value.Value
		for it := v.Iterate(); it.Next(); {
			e, err := it.Value()
			if err != nil {
				return nil, false, err
			}
			out = append(out, e)
		}
		return out, true, nil
	}
	return nil, false, nil
}

// subPairs are the pairs of one item. The dict in them is without the list.
func subPairs(d *value.Dict, path []string, skip bool) ([]value.Value, error) {
	at := d
	for i, key := range path {
		v, ok, err := at.GetStr(key)
		if err != nil {
			return nil, err
		}
		if !ok {
			if skip {
				return nil, nil
			}
			return nil, fmt.Errorf("could not find '%s' key in iterated item '%s'", key, shown(at))
		}
		if i < len(path)-1 {
			inner, ok := v.(*value.Dict)
			if !ok {
				if skip {
					return nil, nil
				}
				return nil, fmt.Errorf("the key %s should point to a dictionary, got '%s'", key, shown(v))
			}
			at = inner
			continue
		}
		if !isList(v) {
			if skip {
				return nil, nil
			}
			return nil, fmt.Errorf("the key %s should point to a list, got '%s'", key, shown(v))
		}
		elems, err := elemsOf(v)
		if err != nil {
			return nil, err
		}
		rest, err := without(d, path)
		if err != nil {
			return nil, err
		}
		out := make([]value.Value, len(elems))
		for i, e := range elems {
			out[i] = value.NewTuple(rest, e)
		}
		return out, nil
	}
	return nil, nil
}

// without is a copy of d without what path leads to.
func without(d *value.Dict, path []string) (*value.Dict, error) {
	out := d.Copy()
	if len(path) == 1 {
		out.DeleteStr(path[0])
		return out, nil
	}
	v, _, err := d.GetStr(path[0])
	if err != nil {
		return nil, err
	}
	inner, err := without(v.(*value.Dict), path[1:])
	if err != nil {
		return nil, err
	}
	out.SetStr(path[0], inner)
	return out, nil
}

// shown is a value in a message.
func shown(v value.Value) string {
	if value.HasSecret(v) {
		return "********"
	}
	s, err := value.Text(v)
	if err != nil {
		return v.Type()
	}
	return s
}
