package filters

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

var _ = All.Add(Def{Name: "ansible.builtin.combine", Sig: "combine(*terms, **kwargs)", Keeps: true, Func: combine})

func combine(c *Call) (value.Value, error) {
	recursive, listMerge := false, "replace"
	if c.Extra != nil {
		for it := c.Extra.Iterate(); it.Next(); {
			name, _ := strOf(it.Key())
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			switch name {
			case "recursive":
				recursive, err = value.Truth(v)
			case "list_merge":
				listMerge, err = value.Text(v)
			default:
				return nil, fail("'recursive' and 'list_merge' are the only valid keyword arguments")
			}
			if err != nil {
				return nil, err
			}
		}
	}
	f := flattener{levels: 1, skipNulls: true}
	if err := f.all(value.NewTuple(c.Rest...), 1); err != nil {
		return nil, err
	}
	dicts := f.out
	if len(dicts) == 0 {
		return value.NewDict(), nil
	}
	// ansible-core merges from the right: the last dict is merged into the one before it, and so on
	merged := dicts[len(dicts)-1]
	for i := len(dicts) - 2; i >= 0; i-- {
		var err error
		if merged, err = mergeHash(dicts[i], merged, recursive, listMerge); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

// mergeHash gives low with high over it.
func mergeHash(low, high value.Value, recursive bool, listMerge string) (value.Value, error) {
	switch listMerge {
	case "replace", "keep", "append", "prepend", "append_rp", "prepend_rp":
	default:
		return nil, fail("merge_hash: 'list_merge' argument can only be equal to 'replace', 'keep', 'append', 'prepend', 'append_rp' or 'prepend_rp'")
	}
	x, ok1 := low.(*value.Dict)
	y, ok2 := high.(*value.Dict)
	if !ok1 || !ok2 {
		return nil, fail("failed to combine variables, expected dicts but got a '%s' and a '%s'.", low.Type(), high.Type())
	}
	out := value.NewDict()
	if err := value.Update(out, x); err != nil {
		return nil, err
	}
	for it := y.Iterate(); it.Next(); {
		v, err := it.Value()
		if err != nil {
			return nil, err
		}
		old, has, err := out.Get(it.Key())
		if err != nil {
			return nil, err
		}
		if has {
			if v, err = mergeValue(old, v, recursive, listMerge); err != nil {
				return nil, err
			}
		}
		if err := out.Set(it.Key(), v); err != nil {
			return nil, err
		}
	}
	return value.Derive(out, low, high), nil
}

func mergeValue(old, v value.Value, recursive bool, listMerge string) (value.Value, error) {
	old, err := value.Force(old)
	if err != nil {
		return nil, err
	}
	if v, err = value.Force(v); err != nil {
		return nil, err
	}
	switch a := old.(type) {
	case *value.Dict:
		if _, ok := v.(*value.Dict); ok && recursive {
			return mergeHash(a, v, recursive, listMerge)
		}
	case *value.List:
		if b, ok := v.(*value.List); ok {
			return mergeLists(a, b, listMerge)
		}
	}
	return v, nil
}

func mergeLists(a, b *value.List, how string) (value.Value, error) {
	switch how {
	case "keep":
		return a, nil
	case "append":
		return value.Binary("+", a, b)
	case "prepend":
		return value.Binary("+", b, a)
	case "append_rp", "prepend_rp":
		// "rp": elements of the old list that are in the new one are removed
		elems, err := a.Elems()
		if err != nil {
			return nil, err
		}
		rest := value.NewList()
		for _, e := range elems {
			has, err := value.Contains(b, e)
			if err != nil {
				return nil, err
			}
			if !has {
				rest.Append(e)
			}
		}
		if how == "append_rp" {
			return value.Binary("+", rest, b)
		}
		return value.Binary("+", b, rest)
	}
	return b, nil
}
