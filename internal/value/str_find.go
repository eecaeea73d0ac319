package value

import (
	"strings"
	"unicode/utf8"
)

// window cuts s to the characters start to end, as find(), count() and startswith() take them; off is the character at
// which it begins and ok is false when start lies beyond the end.
func window(s string, start, end Value) (part string, off int, ok bool, err error) {
	if absent(start) && absent(end) {
		return s, 0, true, nil
	}
	n := utf8.RuneCountInString(s)
	from, to := 0, n
	if i, given, err := sliceInt(start); err != nil {
		return "", 0, false, err
	} else if given {
		if from = i; i < 0 {
			from = max(0, i+n)
		}
	}
	if i, given, err := sliceInt(end); err != nil {
		return "", 0, false, err
	} else if given {
		to = clampIndex(i, n, 0, n)
	}
	if from > to {
		return "", from, false, nil
	}
	b := byteOffset(s, from)
	return s[b : b+byteOffset(s[b:], to-from)], from, true, nil
}

func absent(v Value) bool {
	_, none := v.(NoneType)
	return v == nil || none
}

func subString(name string, v Value) (string, error) {
	sub, ok := v.(Str)
	if !ok {
		return "", typeErrorf("%s() argument 1 must be str, not %s", name, qualified(v))
	}
	return sub.s, nil
}

func finder(name string, index func(s, sub string) int, must bool) func(s string, a []Value) (Value, error) {
	return func(s string, a []Value) (Value, error) {
		sub, err := subString(name, a[0])
		if err != nil {
			return nil, err
		}
		part, off, ok, err := window(s, a[1], a[2])
		if err != nil {
			return nil, err
		}
		i := -1
		if ok {
			if i = index(part, sub); i >= 0 {
				i = off + utf8.RuneCountInString(part[:i])
			}
		}
		if i < 0 && must {
			return nil, valueErrorf("substring not found")
		}
		return NewInt(int64(i)), nil
	}
}

func strCount(s string, a []Value) (Value, error) {
	sub, err := subString("count", a[0])
	if err != nil {
		return nil, err
	}
	part, _, ok, err := window(s, a[1], a[2])
	if err != nil || !ok {
		return NewInt(0), err
	}
	return NewInt(int64(strings.Count(part, sub))), nil
}

func affix(name string, has func(s, part string) bool) func(s string, a []Value) (Value, error) {
	return func(s string, a []Value) (Value, error) {
		part, _, ok, err := window(s, a[1], a[2])
		if err != nil {
			return nil, err
		}
		switch p := a[0].(type) {
		case Str:
			return Bool(ok && has(part, p.s)), nil
		case Tuple:
			for _, e := range p.elems {
				t, isStr := e.(Str)
				if !isStr {
					return nil, typeErrorf("tuple for %s must only contain str, not %s", name, qualified(e))
				}
				if ok && has(part, t.s) {
					return True, nil
				}
			}
			return False, nil
		}
		return nil, typeErrorf("%s first arg must be str or a tuple of str, not %s", name, qualified(a[0]))
	}
}

func stripper(name string, left, right bool) func(s string, a []Value) (Value, error) {
	return func(s string, a []Value) (Value, error) {
		in := isSpace
		if !absent(a[0]) {
			chars, ok := a[0].(Str)
			if !ok {
				return nil, typeErrorf("%s arg must be None or str", name)
			}
			in = func(r rune) bool { return strings.ContainsRune(chars.s, r) }
		}
		if left {
			s = strings.TrimLeftFunc(s, in)
		}
		if right {
			s = strings.TrimRightFunc(s, in)
		}
		return NewStr(s), nil
	}
}

func remover(name string, trim func(s, part string) string) func(s string, a []Value) (Value, error) {
	return func(s string, a []Value) (Value, error) {
		part, ok := a[0].(Str)
		if !ok {
			return nil, typeErrorf("%s() argument must be str, not %s", name, qualified(a[0]))
		}
		return NewStr(trim(s, part.s)), nil
	}
}

func separator(v Value) (string, error) {
	sep, ok := v.(Str)
	if !ok {
		return "", typeErrorf("must be str, not %s", qualified(v))
	}
	if sep.s == "" {
		return "", valueErrorf("empty separator")
	}
	return sep.s, nil
}

func three(a, b, c string) Value { return NewTuple(NewStr(a), NewStr(b), NewStr(c)) }

func strPartition(s string, a []Value) (Value, error) {
	sep, err := separator(a[0])
	if err != nil {
		return nil, err
	}
	if i := strings.Index(s, sep); i >= 0 {
		return three(s[:i], sep, s[i+len(sep):]), nil
	}
	return three(s, "", ""), nil
}

func strRPartition(s string, a []Value) (Value, error) {
	sep, err := separator(a[0])
	if err != nil {
		return nil, err
	}
	if i := strings.LastIndex(s, sep); i >= 0 {
		return three(s[:i], sep, s[i+len(sep):]), nil
	}
	return three("", "", s), nil
}

func strReplace(s string, a []Value) (Value, error) {
	var t [2]string
	for i := range t {
		x, ok := a[i].(Str)
		if !ok {
			return nil, typeErrorf("replace() argument %d must be str, not %s", i+1, qualified(a[i]))
		}
		t[i] = x.s
	}
	n := -1
	if a[2] != nil {
		var err error
		if n, err = asIndex(a[2]); err != nil {
			return nil, err
		}
	}
	if grow := len(t[1]) - len(t[0]); grow > 0 && tooLarge(grow, NewInt(int64(strings.Count(s, t[0])))) {
		return nil, errTooLarge
	}
	return NewStr(strings.Replace(s, t[0], t[1], n)), nil
}
