package value

// View is what dict.keys(), dict.values() and dict.items() give: it follows its dict.
type View struct {
	d    *Dict
	kind byte // 'k', 'v' or 'i'
}

// KeysView gives d.keys().
func KeysView(d *Dict) *View { return &View{d, 'k'} }

// ValuesView gives d.values().
func ValuesView(d *Dict) *View { return &View{d, 'v'} }

// ItemsView gives d.items(): tuples of key and value.
func ItemsView(d *Dict) *View { return &View{d, 'i'} }

// Type returns "dict_keys", "dict_values" or "dict_items".
func (v *View) Type() string {
	switch v.kind {
	case 'k':
		return "dict_keys"
	case 'v':
		return "dict_values"
	}
	return "dict_items"
}

// Len returns the number of entries.
func (v *View) Len() (int, error) { return v.d.Len(), nil }

// Iter walks over the entries in order.
func (v *View) Iter() Iterator {
	return &viewIterator{it: v.d.Iterate(), kind: v.kind, d: v.d, n: v.d.Len()}
}

type viewIterator struct {
	it   *DictIterator
	kind byte
	d    *Dict
	n    int
	err  error
}

func (i *viewIterator) Next() (Value, bool) {
	if i.err != nil {
		return nil, false
	}
	if i.d.Len() != i.n {
		i.err = Raise("RuntimeError", "dictionary changed size during iteration")
		return nil, false
	}
	if !i.it.Next() {
		return nil, false
	}
	key := i.it.Key()
	if i.kind == 'k' {
		return Derive(key, i.d), true
	}
	val, err := i.it.Value()
	if err != nil {
		i.err = err
		return nil, false
	}
	if i.kind == 'v' {
		return val, true
	}
	if u, ok := val.(*Undefined); ok && i.d.IsLazy() { // it was looked at to be put beside its key
		i.err = &UndefinedError{Value: u}
		return nil, false
	}
	return Tuple{elems: []Value{key, val}}, true
}

func (i *viewIterator) Err() error { return i.err }
