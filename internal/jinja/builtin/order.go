package builtin

import (
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = filter("sort", "do_sort(!environment, value, reverse=False, case_sensitive=False, attribute=None)", sortFilter)
	_ = lazyFilter("unique", "sync_do_unique(!environment, value, case_sensitive=False, attribute=None)", unique)
	_ = filter("min", "do_min(!environment, value, case_sensitive=False, attribute=None)", extreme("<"))
	_ = filter("max", "do_max(!environment, value, case_sensitive=False, attribute=None)", extreme(">"))
	_ = filter("dictsort", "do_dictsort(value, case_sensitive=False, by='key', reverse=False)", dictsort)
	_ = filter("groupby", "sync_do_groupby(!environment, value, attribute, default=None, case_sensitive=False)", groupby)
)

// folded gives a str in lower case, so that case does not count, and any other value as it is.
func folded(v value.Value) (value.Value, error) {
	if s, ok := eval.Plain(v).(value.Str); ok {
		return value.CallMethod(s, "lower")
	}
	return v, nil
}

// keyed is an element with what it is ordered by.
type keyed struct{ elem, key value.Value }

// sortKeyed sorts as Python's sorted with reverse does: equal elements stay in order either way.
func sortKeyed(ks []keyed, reverse bool) error {
	// Python sorts the reversed list and reverses the result
	if reverse {
		slices.Reverse(ks)
		defer slices.Reverse(ks)
	}
	var failed error
	slices.SortStableFunc(ks, func(a, b keyed) int {
		if failed != nil {
			return 0
		}
		var c int
		if c, failed = value.Compare(a.key, b.key); failed != nil {
			return 0
		}
		return c
	})
	return failed
}

func sortFilter(c *eval.Call) (value.Value, error) {
	reverse, err := c.Bool(0)
	if err != nil {
		return nil, err
	}
	sensitive, err := c.Bool(1)
	if err != nil {
		return nil, err
	}
	elems, err := elemsOf(c, c.Value)
	if err != nil {
		return nil, err
	}
	getters := []*eval.Getter{c.NewGetter(c.Arg(2), nil)}
	if s, ok := c.Arg(2).(value.Str); ok {
		getters = nil
		for _, a := range strings.Split(s.String(), ",") {
			getters = append(getters, c.NewGetter(value.NewStr(a), nil))
		}
	}
	ks := make([]keyed, len(elems))
	for i, e := range elems {
		keys := make([]value.Value, len(getters))
		for j, g := range getters {
			if keys[j], err = g.Get(e); err != nil {
				return nil, err
			}
			if !sensitive {
				if keys[j], err = folded(keys[j]); err != nil {
					return nil, err
				}
			}
		}
		ks[i] = keyed{e, keys[0]}
		if len(keys) > 1 {
			ks[i].key = value.NewList(keys...)
		}
	}
	if err := sortKeyed(ks, reverse); err != nil {
		return nil, err
	}
	out := make([]value.Value, len(ks))
	for i, k := range ks {
		out[i] = k.elem
	}
	return list(out), nil
}

func unique(c *eval.Call) (value.Value, error) {
	sensitive, err := c.Bool(0)
	if err != nil {
		return nil, err
	}
	it, err := value.Iter(c.Value)
	if err != nil {
		return nil, err
	}
	get, seen := c.NewGetter(c.Arg(1), nil), value.NewDict()
	return eval.Generate("sync_do_unique", func() (value.Value, bool, error) {
		for {
			v, ok := it.Next()
			if !ok {
				return nil, false, it.Err()
			}
			key, err := get.Get(v)
			if err != nil {
				return nil, false, err
			}
			if u, ok := key.(*value.Undefined); ok {
				return nil, false, eval.UndefinedError(u)
			}
			if !sensitive {
				if key, err = folded(key); err != nil {
					return nil, false, err
				}
			}
			had, err := seen.Contains(eval.Plain(key))
			if err != nil {
				return nil, false, err
			}
			if !had {
				return v, true, seen.Set(eval.Plain(key), value.True)
			}
		}
	}), nil
}

// extreme makes min and max; op is the operator by which a new element wins.
func extreme(op string) run {
	return func(c *eval.Call) (value.Value, error) {
		sensitive, err := c.Bool(0)
		if err != nil {
			return nil, err
		}
		it, err := value.Iter(c.Value)
		if err != nil {
			return nil, err
		}
		get := c.NewGetter(c.Arg(1), nil)
		var best, bestKey value.Value
		for {
			v, ok := it.Next()
			if !ok {
				break
			}
			key, err := get.Get(v)
			if err != nil {
				return nil, err
			}
			if !sensitive {
				if key, err = folded(key); err != nil {
					return nil, err
				}
			}
			if best != nil {
				wins, err := value.Order(op, key, bestKey)
				if err != nil {
					return nil, err
				}
				if !wins {
					continue
				}
			}
			best, bestKey = v, key
		}
		if it.Err() != nil {
			return nil, it.Err()
		}
		if best == nil {
			return c.Undefined("No aggregated item, sequence was empty."), nil
		}
		return best, nil
	}
}

func dictsort(c *eval.Call) (value.Value, error) {
	sensitive, err := c.Bool(0)
	if err != nil {
		return nil, err
	}
	by, _ := eval.Plain(c.Arg(1)).(value.Str)
	at := 0
	switch by.String() {
	case "key":
	case "value":
		at = 1
	default:
		return nil, argumentError(`You can only sort by either "key" or "value"`)
	}
	reverse, err := c.Bool(2)
	if err != nil {
		return nil, err
	}
	d, ok := c.Value.(*value.Dict)
	if !ok {
		return nil, noAttribute(c.Value, "items")
	}
	pairs, err := value.Elems(value.ItemsView(d))
	if err != nil {
		return nil, err
	}
	ks := make([]keyed, len(pairs))
	for i, p := range pairs {
		key := p.(value.Tuple).At(at)
		if !sensitive {
			if key, err = folded(key); err != nil {
				return nil, err
			}
		}
		ks[i] = keyed{p, key}
	}
	if err := sortKeyed(ks, reverse); err != nil {
		return nil, err
	}
	out := make([]value.Value, len(ks))
	for i, k := range ks {
		out[i] = k.elem
	}
	return list(out), nil
}

func groupby(c *eval.Call) (value.Value, error) {
	var def value.Value
	if c.Given(1) {
		def = c.Arg(1)
	}
	sensitive, err := c.Bool(2)
	if err != nil {
		return nil, err
	}
	elems, err := elemsOf(c, c.Value)
	if err != nil {
		return nil, err
	}
	get := c.NewGetter(c.Arg(0), def)
	fold := func(v value.Value) (value.Value, error) {
		if sensitive {
			return v, nil
		}
		return folded(v)
	}
	ks := make([]keyed, len(elems))
	for i, e := range elems {
		key, err := get.Get(e)
		if err != nil {
			return nil, err
		}
		if key, err = fold(key); err != nil {
			return nil, err
		}
		ks[i] = keyed{e, key}
	}
	if err := sortKeyed(ks, false); err != nil {
		return nil, err
	}
	var out []value.Value
	for i := 0; i < len(ks); {
		// the group is called by the key of its first element, as it is written there
		name, err := get.Get(ks[i].elem)
		if err != nil {
			return nil, err
		}
		var group []value.Value
		key := ks[i].key
		for first := true; i < len(ks); first = false {
			if first {
				group = append(group, ks[i].elem)
				i++
				continue
			}
			same, err := value.Equal(key, ks[i].key)
			if err != nil {
				return nil, err
			}
			if !same {
				break
			}
			group = append(group, ks[i].elem)
			i++
		}
		out = append(out, groupClass(c).New(name, value.NewList(group...)))
	}
	return list(out), nil
}

// The class of the pairs that groupby makes: Jinja2's, and the one that stands in for it where results are native, as in
// Ansible.
var (
	groupTuple  = &value.TupleClass{Name: "_GroupTuple", Module: "jinja2.filters", Fields: []string{"grouper", "list"}}
	nativeGroup = &value.TupleClass{Name: "GroupTuple", Fields: groupTuple.Fields}
)

func groupClass(c *eval.Call) *value.TupleClass {
	if c.Env().Native {
		return nativeGroup
	}
	return groupTuple
}
