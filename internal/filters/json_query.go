package filters

import (
	"maps"
	"math/big"
	"slices"

	"github.com/jmespath/go-jmespath"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = All.Add(Def{Name: "community.general.json_query", Func: jsonQuery, Sig: "json_query(data, expr)"})

// jsonQuery answers a JMESPath expression (jmespath.org). The keys of dicts made by an expression are in the order in
// which it names them; a dict of the data that is handed out keeps its own order. The order of keys(@), values(@) and * is that
// of the library, which has none.
func jsonQuery(c *Call) (value.Value, error) {
	expr, ok := strOf(c.Get("expr"))
	if !ok {
		return nil, fail("JMESPathError in json_query filter plugin:\nthe expression must be a str, not %s", c.Get("expr").Type())
	}
	data, err := jmesData(c.First(), 0)
	if err != nil {
		return nil, err
	}
	found, err := jmespath.Search(jmesLiterals(expr), data)
	if err != nil {
		return nil, fail("JMESPathError in json_query filter plugin:\n%s", err)
	}
	return jmesAnswer{c.First(), jmesHashes(expr)}.value(found)
}

// unseen is an undefined value within the data: the library hands it on, and finds nothing in it.
type unseen func() *value.Undefined

// jmesData gives what the library works on: its numbers are floats.
func jmesData(v value.Value, depth int) (any, error) {
	v, err := value.Force(v)
	if err != nil {
		return nil, err
	}
	if depth > 500 {
		return nil, value.Raise("RecursionError", "maximum recursion depth exceeded")
	}
	switch x := v.(type) {
	case *value.Undefined:
		return unseen(func() *value.Undefined { return x }), nil
	case value.Int:
		return x.Float(), nil
	case *value.Dict:
		m := make(map[string]any, x.Len())
		for it := x.Iterate(); it.Next(); {
			k, err := value.Text(it.Key())
			if err != nil {
				return nil, err
			}
			e, err := it.Value()
			if err != nil {
				return nil, err
			}
			if m[k], err = jmesData(e, depth+1); err != nil {
				return nil, err
			}
		}
		return m, nil
	case *value.List, value.Tuple, *value.Set, *value.View:
		elems, err := value.Elems(x)
		if err != nil {
			return nil, err
		}
		out := make([]any, len(elems))
		for i, e := range elems {
			if out[i], err = jmesData(e, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case value.DateTime, value.Date:
		return value.Text(x)
	}
	return value.ToGo(v)
}

// jmesAnswer turns results back.
type jmesAnswer struct {
	data   value.Value
	hashes [][]string // the keys of the dicts that the expression makes
}

// value turns a result back: a whole number is an int unless the data has floats of that value.
func (a jmesAnswer) value(x any) (value.Value, error) {
	switch x := x.(type) {
	case unseen:
		return x(), nil
	case float64:
		if f := value.NewFloat(x); f.IsInt() && !hasFloat(a.data, x, 0) {
			n, _ := big.NewFloat(x).Int(nil)
			return value.NewBigInt(n), nil
		}
		return value.NewFloat(x), nil
	case []any:
		l := value.NewList()
		for _, e := range x {
			v, err := a.value(e)
			if err != nil {
				return nil, err
			}
			l.Append(v)
		}
		return l, nil
	case map[string]any:
		d := value.NewDict()
		for _, name := range slices.Sorted(maps.Keys(x)) {
			d.SetStr(name, value.None)
		}
		out := value.NewDict()
		for _, k := range a.order(d) {
			name, _ := strOf(k)
			v, err := a.value(x[name])
			if err != nil {
				return nil, err
			}
			out.SetStr(name, v)
		}
		return out, nil
	}
	return value.FromGo(x)
}

// order gives the keys of d in the order in which the expression names them, or that of a dict in the data that has the same ones.
func (a jmesAnswer) order(d *value.Dict) []value.Value {
	for _, names := range a.hashes {
		keys := make([]value.Value, 0, len(names))
		for _, n := range names {
			if d.Has(n) {
				keys = append(keys, str(n))
			}
		}
		if len(keys) == d.Len() && len(keys) == len(names) {
			return keys
		}
	}
	if same := sameKeys(d, a.data, 0); same != nil {
		return same.Keys()
	}
	return d.Keys()
}

func sameKeys(d *value.Dict, v value.Value, depth int) *value.Dict {
	if depth > 50 {
		return nil
	}
	switch x := v.(type) {
	case *value.Dict:
		match := x.Len() == d.Len()
		for it := x.Iterate(); it.Next(); {
			name, ok := strOf(it.Key())
			match = match && ok && d.Has(name)
		}
		if match {
			return x
		}
		for it := x.Iterate(); it.Next(); {
			if e, err := it.Value(); err == nil {
				if found := sameKeys(d, e, depth+1); found != nil {
					return found
				}
			}
		}
	case *value.List:
		for i := range x.Len() {
			if e, err := x.At(i); err == nil {
				if found := sameKeys(d, e, depth+1); found != nil {
					return found
				}
			}
		}
	}
	return nil
}

// hasFloat reports whether f stands in v as a float, and not as an int.
func hasFloat(v value.Value, f float64, depth int) bool {
	if depth > 50 {
		return false
	}
	switch x := v.(type) {
	case value.Float:
		return x.Float64() == f
	case *value.Dict:
		for it := x.Iterate(); it.Next(); {
			if e, err := it.Value(); err == nil && hasFloat(e, f, depth+1) {
				return true
			}
		}
	case *value.List:
		for i := range x.Len() {
			if e, err := x.At(i); err == nil && hasFloat(e, f, depth+1) {
				return true
			}
		}
	}
	return false
}
