package value

var setMethods map[string]*methodDef

func makeSetMethods() {
	setMethods = named(map[string]*methodDef{
		"add":     keeping(setMethod(oneArg, "elem", func(s *Set, a []Value) (Value, error) { return None, s.Add(a[0]) })),
		"discard": keeping(setMethod(oneArg, "elem", func(s *Set, a []Value) (Value, error) { _, err := s.Remove(a[0]); return None, err })),
		"remove": keeping(setMethod(oneArg, "elem", func(s *Set, a []Value) (Value, error) {
			ok, err := s.Remove(a[0])
			if err == nil && !ok {
				err = keyError(a[0])
			}
			return None, err
		})),
		"pop":                  keeping(setMethod(noArgs, "", setPop)),
		"clear":                keeping(setMethod(noArgs, "", func(s *Set, _ []Value) (Value, error) { s.d = NewDict(); return None, nil })),
		"copy":                 keeping(setMethod(noArgs, "", func(s *Set, _ []Value) (Value, error) { return Derive(s.copy(), s), nil })),
		"union":                rawMethod(setFold(func(s, o *Set) (*Set, error) { return s, s.update(o) })),
		"intersection":         rawMethod(setFold(func(s, o *Set) (*Set, error) { return filterSet(s, o.Has) })),
		"difference":           rawMethod(setFold(func(s, o *Set) (*Set, error) { return filterSet(s, not(o.Has)) })),
		"symmetric_difference": setMethod(oneArg, "other", setSymmetric),
		"update":               keeping(rawMethod(setUpdate)),
		"issubset":             setMethod(oneArg, "other", func(s *Set, a []Value) (Value, error) { return setTest(a[0], func(o *Set) bool { return s.within(o) }) }),
		"issuperset":           setMethod(oneArg, "other", func(s *Set, a []Value) (Value, error) { return setTest(a[0], func(o *Set) bool { return o.within(s) }) }),
		"isdisjoint": setMethod(oneArg, "other", func(s *Set, a []Value) (Value, error) {
			return setTest(a[0], func(o *Set) bool {
				for _, m := range s.Members() {
					if has, _ := o.Has(m); has {
						return false
					}
				}
				return true
			})
		}),
	})
}

func setMethod(style argStyle, params string, f func(s *Set, a []Value) (Value, error)) *methodDef {
	return method(style, params, func(self Value, a []Value) (Value, error) { return f(self.(*Set), a) })
}

func (s *Set) copy() *Set { return &Set{d: s.d.Copy()} }

func (s *Set) update(o *Set) error {
	for _, m := range o.Members() {
		if err := s.Add(m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) within(o *Set) bool {
	for _, m := range s.Members() {
		if has, _ := o.Has(m); !has {
			return false
		}
	}
	return true
}

// SetFrom is set(v).
func SetFrom(v Value) (*Set, error) {
	elems, err := Elems(v)
	if err != nil {
		return nil, err
	}
	return NewSet(elems...)
}

func not(f func(Value) (bool, error)) func(Value) (bool, error) {
	return func(v Value) (bool, error) {
		ok, err := f(v)
		return !ok, err
	}
}

func filterSet(s *Set, keep func(Value) (bool, error)) (*Set, error) {
	out := &Set{d: NewDict()}
	for _, m := range s.Members() {
		ok, err := keep(m)
		if err != nil {
			return nil, err
		}
		if ok {
			if err := out.Add(m); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func setFold(f func(s, o *Set) (*Set, error)) func(self Value, args []Value, kwargs *Dict) (Value, error) {
	return func(self Value, args []Value, _ *Dict) (Value, error) {
		s := self.(*Set).copy()
		for _, a := range args {
			o, err := SetFrom(a)
			if err != nil {
				return nil, err
			}
			if s, err = f(s, o); err != nil {
				return nil, err
			}
		}
		return s, nil
	}
}

func setUpdate(self Value, args []Value, _ *Dict) (Value, error) {
	for _, a := range args {
		o, err := SetFrom(a)
		if err != nil {
			return nil, err
		}
		if err := self.(*Set).update(o); err != nil {
			return nil, err
		}
	}
	return None, nil
}

func setSymmetric(s *Set, a []Value) (Value, error) {
	o, err := SetFrom(a[0])
	if err != nil {
		return nil, err
	}
	left, err := filterSet(s, not(o.Has))
	if err != nil {
		return nil, err
	}
	right, err := filterSet(o, not(s.Has))
	if err != nil {
		return nil, err
	}
	return left, left.update(right)
}

func setTest(v Value, f func(o *Set) bool) (Value, error) {
	o, err := SetFrom(v)
	if err != nil {
		return nil, err
	}
	return Bool(f(o)), nil
}

func setPop(s *Set, _ []Value) (Value, error) {
	members := s.Members()
	if len(members) == 0 {
		return nil, Raise("KeyError", "'pop from an empty set'")
	}
	_, err := s.Remove(members[0])
	return members[0], err
}
