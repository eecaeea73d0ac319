package jmespath

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// maxSteps bounds a search: the nodes that are asked, the elements that are looked at and made, and text by the 16 bytes.
const maxSteps = 10_000_000

// run is one search.
type run struct {
	steps   int
	doubles bool // see Expr
}

func (r *run) step(n int) error {
	if r.steps += n; r.steps > maxSteps {
		return errSteps
	}
	return nil
}

// known is a value that the expression has reached: what it stands for. One that is undefined, or could not be made, is a
// *value.UndefinedError.
func known(v value.Value, err error) (value.Value, error) {
	if err == nil {
		v, err = value.Force(v)
	}
	if err != nil {
		return nil, &value.UndefinedError{Value: &value.Undefined{Msg: err.Error(), Err: err}}
	}
	switch x := v.(type) {
	case nil:
		return value.None, nil
	case *value.Undefined:
		return nil, &value.UndefinedError{Value: x}
	case *value.View:
		elems, err := value.Elems(x)
		return value.NewList(elems...), err
	}
	return v, nil
}

// elems gives the elements of a list, all of them known.
func (r *run) elems(l *value.List) ([]value.Value, error) {
	if err := r.step(l.Len()); err != nil {
		return nil, err
	}
	out := make([]value.Value, l.Len())
	for i := range out {
		var err error
		if out[i], err = known(l.At(i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// values gives the values of a dict, all of them known.
func (r *run) values(d *value.Dict) ([]value.Value, error) {
	if err := r.step(d.Len()); err != nil {
		return nil, err
	}
	out := make([]value.Value, 0, d.Len())
	for it := d.Iterate(); it.Next(); {
		v, err := known(it.Value())
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// measured counts what is in a value that an expression has made, where the same part can be in it any number of times.
func (r *run) measured(v value.Value) (value.Value, error) {
	if !r.doubles {
		return v, nil
	}
	return v, r.count(v, 0)
}

func (r *run) count(v value.Value, depth int) error {
	if depth > maxNesting {
		return errDepth
	}
	switch v := v.(type) {
	case *value.List:
		for _, e := range v.Stored() {
			if err := r.count(e, depth+1); err != nil {
				return err
			}
		}
		return r.step(1 + v.Len())
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			if err := r.count(it.Stored(), depth+1); err != nil {
				return err
			}
		}
		return r.step(1 + v.Len())
	case value.Str:
		return r.step(v.Len() / 16)
	}
	return nil
}

// truth is that of JMESPath: None, false and what is empty are false, 0 is true.
func truth(v value.Value) bool {
	switch v := v.(type) {
	case value.NoneType:
		return false
	case value.Bool:
		return bool(v)
	case value.Str:
		return v.String() != ""
	case *value.List:
		return v.Len() > 0
	case *value.Dict:
		return v.Len() > 0
	}
	return true
}

func (identityNode) eval(r *run, v value.Value) (value.Value, error) { return v, r.step(1) }

func (n fieldNode) eval(r *run, v value.Value) (value.Value, error) {
	d, ok := v.(*value.Dict)
	if !ok {
		return value.None, r.step(1)
	}
	found, _, err := d.GetStr(n.name) // nil for none
	if found, err = known(found, err); err != nil {
		return nil, err
	}
	return found, r.step(1)
}

// eval gives a literal's value, a new one where it could be changed: the expression is used again.
func (n literalNode) eval(r *run, _ value.Value) (value.Value, error) { return r.fresh(n.val) }

func (r *run) fresh(v value.Value) (value.Value, error) {
	if err := r.step(1); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *value.List:
		out := make([]value.Value, v.Len())
		for i, e := range v.Stored() {
			var err error
			if out[i], err = r.fresh(e); err != nil {
				return nil, err
			}
		}
		return value.NewList(out...), nil
	case *value.Dict:
		out := value.MakeDict(v.Len())
		for it := v.Iterate(); it.Next(); {
			e, err := r.fresh(it.Stored())
			if err != nil {
				return nil, err
			}
			if err := out.Set(it.Key(), e); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

func (n indexNode) eval(r *run, v value.Value) (value.Value, error) {
	l, ok := v.(*value.List)
	i := n.i
	if ok && i < 0 {
		i += l.Len()
	}
	if !ok || i < 0 || i >= l.Len() {
		return value.None, r.step(1)
	}
	found, err := known(l.At(i))
	if err != nil {
		return nil, err
	}
	return found, r.step(1)
}

// eval is Python's l[start:stop:step]; what is left out is not looked at.
func (n sliceNode) eval(r *run, v value.Value) (value.Value, error) {
	l, ok := v.(*value.List)
	if !ok {
		return value.None, r.step(1)
	}
	step, size := 1, l.Len()
	if n.part[2] != nil {
		step = *n.part[2]
	}
	if step == 0 {
		return nil, value.Raise("ValueError", "slice step cannot be zero")
	}
	start, stop := 0, size
	if step < 0 {
		start, stop = size-1, -1
	}
	clip := func(at, part *int) {
		if part == nil {
			return
		}
		i := *part
		if i < 0 {
			i += size
		}
		if step < 0 {
			*at = min(max(i, -1), size-1)
		} else {
			*at = min(max(i, 0), size)
		}
	}
	clip(&start, n.part[0])
	clip(&stop, n.part[1])
	out := value.NewList()
	for i := start; step > 0 && i < stop || step < 0 && i > stop; i += step {
		e, err := known(l.At(i))
		if err != nil {
			return nil, err
		}
		out.Append(e)
	}
	return out, r.step(1 + out.Len())
}

func (n subNode) eval(r *run, v value.Value) (value.Value, error) {
	v, err := n.left.eval(r, v)
	if err != nil {
		return nil, err
	}
	return n.right.eval(r, v)
}

func (n atNode) eval(r *run, v value.Value) (value.Value, error) {
	return subNode(n).eval(r, v)
}

func (n orNode) eval(r *run, v value.Value) (value.Value, error) {
	left, err := n.left.eval(r, v)
	if err != nil || truth(left) {
		return left, err
	}
	return n.right.eval(r, v)
}

func (n andNode) eval(r *run, v value.Value) (value.Value, error) {
	left, err := n.left.eval(r, v)
	if err != nil || !truth(left) {
		return left, err
	}
	return n.right.eval(r, v)
}

func (n notNode) eval(r *run, v value.Value) (value.Value, error) {
	v, err := n.of.eval(r, v)
	if err != nil {
		return nil, err
	}
	return value.Bool(!truth(v)), nil
}

func (n listNode) eval(r *run, v value.Value) (value.Value, error) {
	if v == value.None {
		return v, nil
	}
	out := make([]value.Value, len(n.elems))
	for i, x := range n.elems {
		var err error
		if out[i], err = x.eval(r, v); err != nil {
			return nil, err
		}
	}
	return r.measured(value.NewList(out...))
}

func (n hashNode) eval(r *run, v value.Value) (value.Value, error) {
	if v == value.None {
		return v, nil
	}
	out := value.MakeDict(len(n.elems))
	for i, x := range n.elems {
		e, err := x.eval(r, v)
		if err != nil {
			return nil, err
		}
		out.SetStr(n.names[i], e)
	}
	return r.measured(out)
}

// expression is a part of an expression as a value: what &name gives to a function.
type expression struct{ of node }

// Type returns the name that Ansible's messages have for it.
func (*expression) Type() string { return "_Expression" }

// Repr names it; Python has its address there.
func (*expression) Repr() string { return "<jmespath.visitor._Expression object>" }

func (n exprefNode) eval(r *run, _ value.Value) (value.Value, error) {
	return &expression{n.of}, r.step(1)
}
