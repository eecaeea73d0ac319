package value

var listMethods, tupleMethods map[string]*methodDef

func makeListMethods() {
	listMethods = named(map[string]*methodDef{
		"append":  keeping(listMethod(oneArg, "object", func(l *List, a []Value) (Value, error) { l.Append(a[0]); return None, nil })),
		"extend":  keeping(listMethod(oneArg, "iterable", listExtend)),
		"insert":  keeping(listMethod(positional, "index object", listInsert)),
		"remove":  keeping(listMethod(oneArg, "value", listRemove)),
		"pop":     keeping(listMethod(positional, "index?", listPop)),
		"index":   listMethod(positional, "value start? stop?", func(l *List, a []Value) (Value, error) { return seqIndex(l, a) }),
		"count":   listMethod(oneArg, "value", func(l *List, a []Value) (Value, error) { return seqCount(l, a[0]) }),
		"reverse": keeping(listMethod(noArgs, "", listReverse)),
		"copy":    keeping(listMethod(noArgs, "", listCopy)),
		"clear":   keeping(listMethod(noArgs, "", func(l *List, _ []Value) (Value, error) { l.SetElems(nil); return None, nil })),
		"sort":    keeping(rawMethod(listSort)),
	})
	tupleMethods = named(map[string]*methodDef{
		"index": method(positional, "value start? stop?", seqIndex),
		"count": method(oneArg, "value", func(self Value, a []Value) (Value, error) { return seqCount(self, a[0]) }),
	})
}

func listMethod(style argStyle, params string, f func(l *List, a []Value) (Value, error)) *methodDef {
	return method(style, params, func(self Value, a []Value) (Value, error) { return f(self.(*List), a) })
}

func listExtend(l *List, a []Value) (Value, error) {
	more, err := Elems(a[0])
	if err != nil {
		return nil, err
	}
	for _, v := range append([]Value(nil), more...) {
		l.Append(v)
	}
	return None, nil
}

func listCopy(l *List, _ []Value) (Value, error) {
	elems, err := l.Elems()
	if err != nil {
		return nil, err
	}
	return Derive(NewList(append([]Value(nil), elems...)...), l), nil
}

func listInsert(l *List, a []Value) (Value, error) {
	i, err := asIndex(a[0])
	if err != nil {
		return nil, err
	}
	elems, err := l.Elems()
	if err != nil {
		return nil, err
	}
	i = clampIndex(i, len(elems), 0, len(elems))
	out := make([]Value, 0, len(elems)+1)
	out = append(append(append(out, elems[:i]...), a[1]), elems[i:]...)
	l.SetElems(out)
	return None, nil
}

func without(elems []Value, i int) []Value {
	out := make([]Value, 0, len(elems)-1)
	return append(append(out, elems[:i]...), elems[i+1:]...)
}

func listRemove(l *List, a []Value) (Value, error) {
	elems, err := l.Elems()
	if err != nil {
		return nil, err
	}
	for i, e := range elems {
		eq, err := Equal(e, a[0])
		if err != nil {
			return nil, err
		}
		if eq {
			l.SetElems(without(elems, i))
			return None, nil
		}
	}
	return nil, valueErrorf("list.remove(x): x not in list")
}

func listPop(l *List, a []Value) (Value, error) {
	i := -1
	if a[0] != nil {
		var err error
		if i, err = asIndex(a[0]); err != nil {
			return nil, err
		}
	}
	elems, err := l.Elems()
	if err != nil {
		return nil, err
	}
	if len(elems) == 0 {
		return nil, Raise("IndexError", "pop from empty list")
	}
	if i < 0 {
		i += len(elems)
	}
	if i < 0 || i >= len(elems) {
		return nil, Raise("IndexError", "pop index out of range")
	}
	v := elems[i]
	l.SetElems(without(elems, i))
	return v, nil
}

func listReverse(l *List, _ []Value) (Value, error) {
	elems, err := l.Elems()
	if err != nil {
		return nil, err
	}
	out := make([]Value, len(elems))
	for i, e := range elems {
		out[len(out)-1-i] = e
	}
	l.SetElems(out)
	return None, nil
}

func seqIndex(self Value, a []Value) (Value, error) {
	elems, err := Elems(self)
	if err != nil {
		return nil, err
	}
	from, to := 0, len(elems)
	for i, p := range []*int{&from, &to} {
		if a[i+1] == nil {
			continue
		}
		n, ok := asInt(a[i+1])
		if !ok {
			return nil, typeErrorf("slice indices must be integers or have an __index__ method")
		}
		at, _, _ := sliceInt(n)
		*p = clampIndex(at, len(elems), 0, len(elems))
	}
	for i := from; i < to; i++ {
		eq, err := Equal(elems[i], a[0])
		if err != nil {
			return nil, err
		}
		if eq {
			return NewInt(int64(i)), nil
		}
	}
	if _, tuple := self.(Tuple); tuple {
		return nil, valueErrorf("tuple.index(x): x not in tuple")
	}
	r, err := Repr(a[0])
	if err != nil {
		return nil, err
	}
	if HasSecret(a[0]) {
		r = "a secret value"
	}
	return nil, valueErrorf("%s is not in list", r)
}

func seqCount(self, what Value) (Value, error) {
	elems, err := Elems(self)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, e := range elems {
		eq, err := Equal(e, what)
		if err != nil {
			return nil, err
		}
		if eq {
			n++
		}
	}
	return NewInt(int64(n)), nil
}

func listSort(self Value, args []Value, kwargs *Dict) (Value, error) {
	if len(args) > 0 {
		return nil, typeErrorf("sort() takes no positional arguments")
	}
	d := methodDef{name: "sort", style: withKeyword, params: []string{"key", "reverse"}}
	a, err := d.bind(self, nil, kwargs)
	if err != nil {
		return nil, err
	}
	reverse := false
	if a[1] != nil {
		if reverse, err = Truth(a[1]); err != nil {
			return nil, err
		}
	}
	elems, err := self.(*List).Elems()
	if err != nil {
		return nil, err
	}
	var key func(Value) (Value, error)
	if !absent(a[0]) {
		key = func(v Value) (Value, error) { return Call(a[0], []Value{v}, nil) }
	}
	sorted, err := Sorted(elems, key, reverse)
	if err != nil {
		return nil, err
	}
	self.(*List).SetElems(sorted)
	return None, nil
}

// Sorted is sorted(elems, key=key, reverse=reverse); key may be nil. elems is left as it is.
func Sorted(elems []Value, key func(Value) (Value, error), reverse bool) ([]Value, error) {
	n := len(elems)
	pairs := make([]Value, n)
	for i, e := range elems {
		k := e
		if key != nil {
			var err error
			if k, err = key(e); err != nil {
				return nil, err
			}
		}
		if reverse { // stable also when reversed
			pairs[n-1-i] = Tuple{elems: []Value{k, e}}
		} else {
			pairs[i] = Tuple{elems: []Value{k, e}}
		}
	}
	err := SortStable(pairs, func(a, b Value) (int, error) { return Compare(a.(Tuple).elems[0], b.(Tuple).elems[0]) })
	if err != nil {
		return nil, err
	}
	out := make([]Value, n)
	for i, p := range pairs {
		if reverse {
			out[n-1-i] = p.(Tuple).elems[1]
		} else {
			out[i] = p.(Tuple).elems[1]
		}
	}
	return out, nil
}
