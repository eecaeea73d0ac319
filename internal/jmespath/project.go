package jmespath

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// project collects what a node makes of each element, without what it finds nothing in.
func (r *run) project(elems []value.Value, each node) (value.Value, error) {
	if _, same := each.(identityNode); same {
		return present(elems), r.step(len(elems))
	}
	out := make([]value.Value, 0, len(elems))
	for _, e := range elems {
		v, err := each.eval(r, e)
		if err != nil {
			return nil, err
		}
		if v != value.None {
			out = append(out, v)
		}
	}
	return value.NewList(out...), nil
}

func present(elems []value.Value) value.Value {
	out := make([]value.Value, 0, len(elems))
	for _, e := range elems {
		if e != value.None {
			out = append(out, e)
		}
	}
	return value.NewList(out...)
}

// listOf gives the elements of what x finds in v; ok is false where that is no list.
func (r *run) listOf(x node, v value.Value) (elems []value.Value, ok bool, err error) {
	if v, err = x.eval(r, v); err != nil {
		return nil, false, err
	}
	l, ok := v.(*value.List)
	if !ok {
		return nil, false, nil
	}
	elems, err = r.elems(l)
	return elems, true, err
}

func (n projectionNode) eval(r *run, v value.Value) (value.Value, error) {
	elems, ok, err := r.listOf(n.of, v)
	if err != nil || !ok {
		return value.None, err
	}
	return r.project(elems, n.each)
}

func (n valuesNode) eval(r *run, v value.Value) (value.Value, error) {
	v, err := n.of.eval(r, v)
	if err != nil {
		return nil, err
	}
	d, ok := v.(*value.Dict)
	if !ok {
		return value.None, nil
	}
	elems, err := r.values(d)
	if err != nil {
		return nil, err
	}
	return r.project(elems, n.each)
}

func (n filterNode) eval(r *run, v value.Value) (value.Value, error) {
	elems, ok, err := r.listOf(n.of, v)
	if err != nil || !ok {
		return value.None, err
	}
	out := make([]value.Value, 0, len(elems))
	for _, e := range elems {
		is, err := n.when.eval(r, e)
		if err != nil {
			return nil, err
		}
		if !truth(is) {
			continue
		}
		if e, err = n.each.eval(r, e); err != nil {
			return nil, err
		}
		if e != value.None {
			out = append(out, e)
		}
	}
	return value.NewList(out...), nil
}

func (n flattenNode) eval(r *run, v value.Value) (value.Value, error) {
	elems, ok, err := r.listOf(n.of, v)
	if err != nil || !ok {
		return value.None, err
	}
	out := make([]value.Value, 0, len(elems))
	for _, e := range elems {
		inner, ok := e.(*value.List)
		if !ok {
			out = append(out, e)
			continue
		}
		more, err := r.elems(inner)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return value.NewList(out...), nil
}
