package filters

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The filters on lists of community.general, whose results are in the order of the lists.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/lists_union_filter.html and its neighbours
var (
	_ = All.Add(Def{Name: "community.general.lists_union", Keeps: true, Func: listsOf(unite), Sig: "lists_union(*args, flatten=False)"})
	_ = All.Add(Def{Name: "community.general.lists_intersect", Keeps: true, Func: listsOf(having(true)), Sig: "lists_intersect(*args, flatten=False)"})
	_ = All.Add(Def{Name: "community.general.lists_difference", Keeps: true, Func: listsOf(having(false)), Sig: "lists_difference(*args, flatten=False)"})
	_ = All.Add(Def{Name: "community.general.lists_symmetric_difference", Keeps: true, Func: listsOf(either), Sig: "lists_symmetric_difference(*args, flatten=False)"})
	_ = All.Add(Def{
		Name: "community.general.lists_mergeby", Keeps: true, Func: mergeBy,
		Sig: "list_mergeby(*terms, recursive=False, list_merge='replace')",
	})
)

// listsOf makes a filter of what is done with two lists, from the left to the right.
func listsOf(two func(a, b []value.Value) ([]value.Value, error)) Func {
	return func(c *Call) (value.Value, error) {
		lists := c.Rest
		flatten, err := c.Truth("flatten")
		if err != nil {
			return nil, err
		}
		if flatten && len(lists) > 0 {
			inner, err := value.Elems(lists[0])
			if err != nil {
				return nil, err
			}
			lists = append(append([]value.Value(nil), inner...), lists[1:]...)
		}
		if len(lists) == 0 {
			return value.NewList(), nil
		}
		acc, err := value.Elems(lists[0])
		if err != nil {
			return nil, err
		}
		for _, l := range lists[1:] {
			if _, err := value.Binary("+", value.NewList(), l); err != nil {
				return nil, err
			}
			if _, err := value.Binary("+", lists[0], l); err != nil {
				return nil, err
			}
			elems, err := value.Elems(l)
			if err != nil {
				return nil, err
			}
			if acc, err = two(acc, elems); err != nil {
				return nil, err
			}
		}
		b, err := bagOf(acc)
		if err != nil {
			return nil, err
		}
		return b.list(), nil
	}
}

func unite(a, b []value.Value) ([]value.Value, error) {
	return append(append([]value.Value(nil), a...), b...), nil
}

func having(want bool) func(a, b []value.Value) ([]value.Value, error) {
	return func(a, b []value.Value) ([]value.Value, error) {
		bag, err := bagOf(b)
		if err != nil {
			return nil, err
		}
		return kept(a, bag, want)
	}
}

func either(a, b []value.Value) ([]value.Value, error) {
	left, err := having(false)(a, b)
	if err != nil {
		return nil, err
	}
	right, err := having(false)(b, a)
	return append(left, right...), err
}

// mergeBy merges the dicts of several lists that have the same value of a key; the result is sorted by it.
func mergeBy(c *Call) (value.Value, error) {
	if len(c.Rest) < 2 {
		return nil, fail("At least one list and index attribute must be specified")
	}
	index := c.Rest[len(c.Rest)-1]
	name, ok := strOf(index)
	if !ok {
		return nil, fail("First argument after the lists for community.general.lists_mergeby must be string. %s is %s", shownText(index), className(index))
	}
	recursive, err := c.Truth("recursive")
	if err != nil {
		return nil, err
	}
	how, err := c.Text("list_merge")
	if err != nil {
		return nil, err
	}
	flat := &flattener{levels: 1}
	for _, l := range c.Rest[:len(c.Rest)-1] {
		if err := flat.all(l, 1); err != nil {
			return nil, err
		}
	}
	merged := value.NewDict()
	for _, e := range flat.out {
		e, err := value.Force(e)
		if err != nil {
			return nil, err
		}
		d, ok := e.(*value.Dict)
		if !ok {
			return nil, fail("Elements of list arguments for lists_mergeby must be dictionaries. %s is %s", shownText(e), className(e))
		}
		key, ok, err := d.GetStr(name)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		had, _, err := merged.Get(key)
		if err != nil {
			return nil, err
		}
		if had == nil {
			had = value.NewDict()
		}
		both, err := mergeHash(had, d, recursive, how)
		if err != nil {
			return nil, err
		}
		if err := merged.Set(key, both); err != nil {
			return nil, err
		}
	}
	var out []value.Value
	for it := merged.Iterate(); it.Next(); {
		out = append(out, it.Stored())
	}
	out, err = value.Sorted(out, func(v value.Value) (value.Value, error) {
		k, _, err := v.(*value.Dict).GetStr(name)
		return k, err
	}, false)
	return value.NewList(out...), err
}
