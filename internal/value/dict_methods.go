package value

var dictMethods map[string]*methodDef

func makeDictMethods() {
	dictMethods = named(map[string]*methodDef{
		"get":        keeping(dictMethod(positional, "key default?", dictGet)),
		"keys":       keeping(dictMethod(noArgs, "", func(d *Dict, _ []Value) (Value, error) { return KeysView(d), nil })),
		"values":     keeping(dictMethod(noArgs, "", func(d *Dict, _ []Value) (Value, error) { return ValuesView(d), nil })),
		"items":      keeping(dictMethod(noArgs, "", func(d *Dict, _ []Value) (Value, error) { return ItemsView(d), nil })),
		"pop":        keeping(dictMethod(positional, "key default?", dictPop)),
		"popitem":    keeping(dictMethod(noArgs, "", dictPopitem)),
		"setdefault": keeping(dictMethod(positional, "key default?", dictSetdefault)),
		"copy":       keeping(dictMethod(noArgs, "", func(d *Dict, _ []Value) (Value, error) { return d.Copy(), nil })),
		"clear":      keeping(dictMethod(noArgs, "", dictClear)),
		"fromkeys":   keeping(dictMethod(positional, "iterable value?", dictFromkeys)),
		"update": keeping(rawMethod(func(self Value, args []Value, kwargs *Dict) (Value, error) {
			if len(args) > 1 {
				return nil, typeErrorf("update expected at most 1 argument, got %d", len(args))
			}
			if len(args) == 1 {
				if err := Update(self.(*Dict), args[0]); err != nil {
					return nil, err
				}
			}
			if kwargs != nil {
				return None, Update(self.(*Dict), kwargs)
			}
			return None, nil
		})),
	})
}

func dictMethod(style argStyle, params string, f func(d *Dict, a []Value) (Value, error)) *methodDef {
	return method(style, params, func(self Value, a []Value) (Value, error) { return f(self.(*Dict), a) })
}

func orNone(v Value) Value {
	if v == nil {
		return None
	}
	return v
}

func dictGet(d *Dict, a []Value) (Value, error) {
	v, ok, err := d.Get(a[0])
	if err != nil || ok {
		return v, err
	}
	return orNone(a[1]), nil
}

func dictPop(d *Dict, a []Value) (Value, error) {
	v, ok, err := d.Get(a[0])
	if err != nil {
		return nil, err
	}
	if ok {
		_, err := d.Delete(a[0])
		return v, err
	}
	if a[1] == nil {
		return nil, keyError(a[0])
	}
	return a[1], nil
}

func dictPopitem(d *Dict, _ []Value) (Value, error) {
	keys := d.Keys()
	if len(keys) == 0 {
		return nil, Raise("KeyError", "'popitem(): dictionary is empty'")
	}
	key := keys[len(keys)-1]
	v, err := dictPop(d, []Value{key, nil})
	if err != nil {
		return nil, err
	}
	return NewTuple(key, v), nil
}

func dictSetdefault(d *Dict, a []Value) (Value, error) {
	v, ok, err := d.Get(a[0])
	if err != nil || ok {
		return v, err
	}
	return orNone(a[1]), d.Set(a[0], orNone(a[1]))
}

func dictClear(d *Dict, _ []Value) (Value, error) {
	d.entries, d.strs, d.others, d.dead = nil, nil, nil, 0
	return None, nil
}

func dictFromkeys(_ *Dict, a []Value) (Value, error) {
	keys, err := Elems(a[0])
	if err != nil {
		return nil, err
	}
	d := NewDict()
	for _, k := range keys {
		if err := d.Set(k, orNone(a[1])); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Update is d.update(from): a dict, or an iterable of pairs. Lazy values of a dict are resolved.
func Update(d *Dict, from Value) error {
	from, err := known(from)
	if err != nil {
		return err
	}
	if o, ok := from.(*Dict); ok {
		for it := o.Iterate(); it.Next(); {
			v, err := it.Value()
			if err != nil {
				return err
			}
			if err := d.Set(it.Key(), v); err != nil {
				return err
			}
		}
		return nil
	}
	pairs, err := Elems(from)
	if err != nil {
		return err
	}
	for i, p := range pairs {
		pair, err := Elems(p)
		if err != nil {
			if ClassOf(err) == "TypeError" {
				err = typeErrorf("cannot convert dictionary update sequence element #%d to a sequence", i)
			}
			return err
		}
		if len(pair) != 2 {
			return valueErrorf("dictionary update sequence element #%d has length %d; 2 is required", i, len(pair))
		}
		if err := d.Set(pair[0], pair[1]); err != nil {
			return err
		}
	}
	return nil
}

// DictFrom is dict(from), with the entries of kwargs, which may be nil, after it.
func DictFrom(from Value, kwargs *Dict) (*Dict, error) {
	d := NewDict()
	if from != nil {
		if err := Update(d, from); err != nil {
			return nil, err
		}
	}
	if kwargs != nil {
		if err := Update(d, kwargs); err != nil {
			return nil, err
		}
	}
	return d, nil
}
