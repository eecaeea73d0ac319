package filters

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Small filters of community.general.
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/index.html#filter-plugins
var (
	_ = All.Add(Def{Name: "community.general.accumulate", Keeps: true, Func: accumulate, Sig: "list_accumulate(sequence)"})
	_ = All.Add(Def{Name: "community.general.unicode_normalize", Func: unicodeNormalize, Sig: "unicode_normalize(data, form='NFC')"})
	_ = All.Add(Def{Name: "community.general.reveal_ansible_type", Func: revealType, Sig: "reveal_ansible_type(data, alias=None)"})
)

// accumulate gives the sums of the first element, the first two, and so on.
func accumulate(c *Call) (value.Value, error) {
	elems, err := value.Elems(c.First())
	if err != nil {
		return nil, fail("Invalid value type (%s) for accumulate (%s)", className(c.First()), shownRepr(c.First()))
	}
	out := value.NewList()
	var sum value.Value
	for _, e := range elems {
		if e, err = value.Force(e); err != nil {
			return nil, err
		}
		if sum == nil {
			sum = e
		} else if sum, err = value.Binary("+", sum, e); err != nil {
			return nil, err
		}
		out.Append(sum)
	}
	return out, nil
}

func unicodeNormalize(c *Call) (value.Value, error) {
	s, ok := strOf(c.First())
	if !ok {
		return nil, fail("%s is not a valid input type", className(c.First()))
	}
	form, err := c.Text("form")
	if err != nil {
		return nil, err
	}
	forms := map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}
	f, ok := forms[form]
	if !ok {
		return nil, fail("%s is not a valid form", form)
	}
	return str(f.String(s)), nil
}

func revealType(c *Call) (value.Value, error) {
	alias := map[string]string{}
	if d, ok := c.Get("alias").(*value.Dict); ok {
		for it := d.Iterate(); it.Next(); {
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			k, _ := strOf(it.Key())
			if alias[k], err = value.Text(v); err != nil {
				return nil, err
			}
		}
	}
	name := func(v value.Value) string {
		if a, ok := alias[v.Type()]; ok {
			return a
		}
		return v.Type()
	}
	kinds := func(elems []value.Value) (string, error) {
		var names []string
		seen := map[string]bool{}
		for _, e := range elems {
			e, err := value.Force(e)
			if err != nil {
				return "", err
			}
			if n := name(e); !seen[n] {
				seen[n] = true
				names = append(names, n)
			}
		}
		return strings.Join(slices.Sorted(slices.Values(names)), "|"), nil
	}
	switch v := c.First().(type) {
	case *value.List:
		elems, err := v.Elems()
		if err != nil {
			return nil, err
		}
		of, err := kinds(elems)
		return str(name(v) + "[" + of + "]"), err
	case *value.Dict:
		var vals []value.Value
		for it := v.Iterate(); it.Next(); {
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			vals = append(vals, e)
		}
		keys, err := kinds(v.Keys())
		if err != nil {
			return nil, err
		}
		of, err := kinds(vals)
		return str(name(v) + "[" + keys + ", " + of + "]"), err
	}
	return str(name(c.First())), nil
}
