package jmespath

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

func keys(r *run, args []value.Value) (value.Value, error) {
	names := args[0].(*value.Dict).Keys()
	return value.NewList(names...), r.step(len(names))
}

func valuesOf(r *run, args []value.Value) (value.Value, error) {
	elems, err := r.values(args[0].(*value.Dict))
	return value.NewList(elems...), err
}

// merge makes one dict of all; the last one that has a key says its value. As in Python a list of pairs will do, too, but
// for the first.
func merge(r *run, args []value.Value) (value.Value, error) {
	out := value.NewDict()
	for _, a := range args {
		d, ok := a.(*value.Dict)
		if !ok {
			if err := value.Update(out, a); err != nil {
				return nil, err
			}
			continue
		}
		elems, err := r.values(d)
		if err != nil {
			return nil, err
		}
		for i, k := range d.Keys() {
			if err := out.Set(k, elems[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
