package value

// StrAt returns the value under a str key when it stands at position at, as GetStrHint found it, and needs no resolving;
// else nil.
func (d *Dict) StrAt(key string, at int) Value {
	if uint(at) < uint(len(d.entries)) {
		if e := &d.entries[at]; e.name == key && e.str && (e.done || d.lazy == nil) {
			return e.val
		}
	}
	return nil
}

// GetStrHint is GetStr for a key that is looked up again and again in dicts of one shape, as an attribute in a loop is:
// hint is where the key was found before. It returns where it is now, or -1.
func (d *Dict) GetStrHint(key string, hint int) (v Value, at int, err error) {
	if uint(hint) < uint(len(d.entries)) {
		e := &d.entries[hint]
		if e.is(key) {
			if d.lazy == nil || e.done {
				return e.val, hint, nil
			}
			v, err = d.resolve(hint)
			return v, hint, err
		}
	}
	at = d.findStr(key)
	if at < 0 {
		return nil, -1, nil
	}
	v, err = d.resolve(at)
	return v, at, err
}
