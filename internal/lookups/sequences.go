package lookups

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = Set.Add(&Def{Name: "list", Run: runList})
	_ = Set.Add(&Def{Name: "items", Run: runItems})
	_ = Set.Add(&Def{Name: "indexed_items", Run: runIndexedItems})
	_ = Set.Add(&Def{Name: "random_choice", Run: runRandomChoice})
	_ = Set.Add(&Def{Name: "dict", Run: runDict})
	_ = Set.Add(&Def{Name: "nested", Run: runNested})
	_ = Set.Add(&Def{Name: "together", Run: runTogether})
)

// runList gives its terms.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/list_lookup.html
func runList(_ context.Context, c *Call) ([]value.Value, error) { return c.Terms, nil }

// flatten puts the elements of terms that are lists in their place, one level deep.
func flatten(terms []value.Value) ([]value.Value, error) {
	var out []value.Value
	for _, t := range terms {
		if !isList(t) {
			out = append(out, t)
			continue
		}
		elems, err := elemsOf(t)
		if err != nil {
			return nil, err
		}
		out = append(out, elems...)
	}
	return out, nil
}

func isList(v value.Value) bool {
	switch v.(type) {
	case *value.List, value.Tuple:
		return true
	}
	return false
}

// elemsOf gives the elements of a value; one that is undefined is an error.
func elemsOf(v value.Value) ([]value.Value, error) {
	elems, err := value.Elems(v)
	if err != nil {
		return nil, err
	}
	for _, e := range elems {
		if u, ok := e.(*value.Undefined); ok {
			return nil, &value.UndefinedError{Value: u}
		}
	}
	return elems, nil
}

// runItems gives its terms, and the elements of those that are lists.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/items_lookup.html
func runItems(_ context.Context, c *Call) ([]value.Value, error) { return flatten(c.Terms) }

// runIndexedItems gives pairs of a number from 0 and an item.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/indexed_items_lookup.html
func runIndexedItems(_ context.Context, c *Call) ([]value.Value, error) {
	items, err := flatten(c.Terms)
	if err != nil {
		return nil, err
	}
	out := make([]value.Value, len(items))
	for i, e := range items {
		out[i] = value.NewTuple(value.NewInt(int64(i)), e)
	}
	return out, nil
}

// runRandomChoice gives one of its terms.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/random_choice_lookup.html
func runRandomChoice(_ context.Context, c *Call) ([]value.Value, error) {
	if len(c.Terms) == 0 {
		return nil, nil
	}
	return []value.Value{c.Terms[rand.IntN(len(c.Terms))]}, nil
}

// runDict gives the entries of dicts as dicts with key and value.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/dict_lookup.html
func runDict(_ context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		d, ok := t.(*value.Dict)
		if !ok {
			shown, err := text(t)
			if err != nil {
				return nil, err
			}
			if value.HasSecret(t) {
				shown = "********"
			}
			return nil, fmt.Errorf("the 'dict' lookup plugin expects a dictionary, got '%s' of type <class '%s'>)", shown, t.Type())
		}
		for it := d.Iterate(); it.Next(); {
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			if u, missing := v.(*value.Undefined); missing {
				return nil, &value.UndefinedError{Value: u}
			}
			out = append(out, value.DictOf("key", it.Key(), "value", v))
		}
	}
	return out, nil
}

// runNested gives every combination of the elements of its terms, the last varying fastest.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/nested_lookup.html
func runNested(_ context.Context, c *Call) ([]value.Value, error) {
	if len(c.Terms) == 0 {
		return nil, fmt.Errorf("with_nested requires at least one element in the nested list")
	}
	rows := [][]value.Value{nil}
	for _, t := range c.Terms {
		elems, err := elemsOf(t) // of a text, its characters
		if err != nil {
			return nil, err
		}
		var next [][]value.Value
		for _, row := range rows {
			for _, e := range elems {
				next = append(next, append(row[:len(row):len(row)], e))
			}
		}
		rows = next
	}
	var out []value.Value
	for _, row := range rows {
		for range 2 { // lists in lists too
			var err error
			if row, err = flatten(row); err != nil {
				return nil, err
			}
		}
		out = append(out, value.NewList(row...))
	}
	return out, nil
}

// runTogether gives the first elements of its terms, then the second ones, and so on; None stands in for what is missing.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/together_lookup.html
func runTogether(_ context.Context, c *Call) ([]value.Value, error) {
	if len(c.Terms) == 0 {
		return nil, fmt.Errorf("with_together requires at least one element in each list")
	}
	lists, most := make([][]value.Value, len(c.Terms)), 0
	for i, t := range c.Terms {
		elems, err := elemsOf(t)
		if err != nil {
			return nil, err
		}
		lists[i] = elems
		most = max(most, len(elems))
	}
	out := make([]value.Value, most)
	for row := range out {
		cells := make([]value.Value, len(lists))
		for i, l := range lists {
			cells[i] = value.None
			if row < len(l) {
				cells[i] = l[row]
			}
		}
		flat, err := flatten(cells)
		if err != nil {
			return nil, err
		}
		out[row] = value.NewList(flat...)
	}
	return out, nil
}
