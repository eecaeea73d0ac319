package filters

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

var (
	_ = All.Add(Def{Name: "ansible.builtin.zip", Keeps: true, Func: zip, Sig: "zip(*lists, strict=False)"})
	_ = All.Add(Def{Name: "ansible.builtin.zip_longest", Keeps: true, Func: zipLongest, Sig: "zip_longest(*lists, **kwargs)"})
	_ = All.Add(Def{Name: "ansible.builtin.product", Keeps: true, Func: product, Sig: "product(*lists, repeat=1)"})
	_ = All.Add(Def{Name: "ansible.builtin.permutations", Keeps: true, Func: permutations, Sig: "&permutations(iterable, r=None)"})
	_ = All.Add(Def{Name: "ansible.builtin.combinations", Keeps: true, Func: combinations, Sig: "&combinations(iterable, r)"})
)

// maxTuples bounds what the combining filters make.
const maxTuples = 5_000_000

var errTooMany = value.Raise("MemoryError", "the result would have more than 5,000,000 elements")

func elemsOf(args []value.Value) ([][]value.Value, error) {
	lists := make([][]value.Value, len(args))
	for i, a := range args {
		var err error
		if lists[i], err = value.Elems(a); err != nil {
			return nil, err
		}
	}
	return lists, nil
}

func zip(c *Call) (value.Value, error) {
	lists, err := elemsOf(c.Rest)
	if err != nil {
		return nil, err
	}
	strict, err := c.Truth("strict")
	if err != nil {
		return nil, err
	}
	n := len(lists[0])
	for i, l := range lists[1:] {
		if strict && len(l) != n {
			word, args := "shorter", "argument 1"
			if len(l) > n {
				word = "longer"
			}
			if i > 0 {
				args = "arguments 1-" + value.NewInt(int64(i+1)).String()
			}
			return nil, value.Raise("ValueError", "zip() argument %d is %s than %s", i+2, word, args)
		}
		n = min(n, len(l))
	}
	out := value.NewList()
	for i := range n {
		t := make([]value.Value, len(lists))
		for j := range lists {
			t[j] = lists[j][i]
		}
		out.Append(value.NewTuple(t...))
	}
	return out, nil
}

func zipLongest(c *Call) (value.Value, error) {
	var fill value.Value = value.None
	if c.Extra != nil {
		v, ok, err := c.Extra.GetStr("fillvalue")
		if err != nil {
			return nil, err
		}
		if !ok || c.Extra.Len() > 1 {
			return nil, value.Raise("TypeError", "zip_longest() got an unexpected keyword argument")
		}
		fill = v
	}
	lists, err := elemsOf(c.Rest)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, l := range lists {
		n = max(n, len(l))
	}
	out := value.NewList()
	for i := range n {
		t := make([]value.Value, len(lists))
		for j, l := range lists {
			if t[j] = fill; i < len(l) {
				t[j] = l[i]
			}
		}
		out.Append(value.NewTuple(t...))
	}
	return out, nil
}

func product(c *Call) (value.Value, error) {
	repeat, err := c.Int("repeat")
	if err != nil {
		return nil, err
	}
	if repeat < 0 {
		return nil, value.Raise("ValueError", "repeat argument cannot be negative")
	}
	lists, err := elemsOf(c.Rest)
	if err != nil {
		return nil, err
	}
	if repeat*len(lists) > 1000 {
		return nil, errTooMany
	}
	var all [][]value.Value
	for range repeat {
		all = append(all, lists...)
	}
	size := 1
	for _, l := range all {
		if size *= len(l); size > maxTuples {
			return nil, errTooMany
		}
	}
	out := value.NewList()
	idx := make([]int, len(all))
	for range size {
		t := make([]value.Value, len(all))
		for j := range all {
			t[j] = all[j][idx[j]]
		}
		out.Append(value.NewTuple(t...))
		for j := len(all) - 1; j >= 0; j-- {
			if idx[j]++; idx[j] < len(all[j]) {
				break
			}
			idx[j] = 0
		}
	}
	return out, nil
}

// chosen reads the elements and how many are taken of them at a time.
func chosen(c *Call) (elems []value.Value, r int, err error) {
	if elems, err = value.Elems(c.First()); err != nil {
		return nil, 0, err
	}
	if r, err = c.Int("r"); err != nil {
		return nil, 0, err
	}
	if r < 0 {
		return nil, 0, value.Raise("ValueError", "r must be non-negative")
	}
	return elems, r, nil
}

func permutations(c *Call) (value.Value, error) {
	switch c.Get("r").(type) {
	case value.NoneType:
		elems, err := value.Elems(c.First())
		if err != nil {
			return nil, err
		}
		return permute(elems, len(elems))
	case value.Int, value.Bool:
	default:
		return nil, value.Raise("TypeError", "Expected int as r")
	}
	elems, r, err := chosen(c)
	if err != nil {
		return nil, err
	}
	return permute(elems, r)
}

func permute(elems []value.Value, r int) (value.Value, error) {
	out := value.NewList()
	if r > len(elems) {
		return out, nil
	}
	used := make([]bool, len(elems))
	t := make([]value.Value, 0, r)
	var walk func() error
	walk = func() error {
		if len(t) == r {
			if out.Len() >= maxTuples {
				return errTooMany
			}
			out.Append(value.NewTuple(append([]value.Value(nil), t...)...))
			return nil
		}
		for i, e := range elems {
			if used[i] {
				continue
			}
			used[i] = true
			t = append(t, e)
			if err := walk(); err != nil {
				return err
			}
			t, used[i] = t[:len(t)-1], false
		}
		return nil
	}
	return out, walk()
}

func combinations(c *Call) (value.Value, error) {
	if c.IsNone("r") {
		return nil, value.Raise("TypeError", "combinations() missing required argument 'r' (pos 2)")
	}
	elems, r, err := chosen(c)
	if err != nil {
		return nil, err
	}
	out := value.NewList()
	if r > len(elems) {
		return out, nil
	}
	idx := make([]int, r)
	for i := range idx {
		idx[i] = i
	}
	for {
		if out.Len() >= maxTuples {
			return nil, errTooMany
		}
		t := make([]value.Value, r)
		for i, k := range idx {
			t[i] = elems[k]
		}
		out.Append(value.NewTuple(t...))
		i := r - 1
		for i >= 0 && idx[i] == len(elems)-r+i {
			i--
		}
		if i < 0 {
			return out, nil
		}
		idx[i]++
		for j := i + 1; j < r; j++ {
			idx[j] = idx[j-1] + 1
		}
	}
}
