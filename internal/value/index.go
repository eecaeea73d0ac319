package value

import (
	"math"
	"unicode/utf8"
)

// Index is Python's v[key]: a KeyError, IndexError or TypeError when there is no such item.
func Index(v, key Value) (Value, error) {
	v, err := known(v)
	if err != nil {
		return nil, err
	}
	key, err = known(key)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *Dict:
		e, ok, err := v.Get(key)
		if err != nil || ok {
			return e, err
		}
		return nil, keyError(key)
	case *List:
		i, err := position(v, key, len(v.elems))
		if err != nil {
			return nil, err
		}
		return v.At(i)
	case Tuple:
		i, err := position(v, key, len(v.elems))
		if err != nil {
			return nil, err
		}
		return v.elems[i], nil
	case Str:
		return indexStr(v, key)
	case Bytes:
		i, err := position(v, key, len(v.b))
		if err != nil {
			return nil, err
		}
		return Derive(NewInt(int64(v.b[i])), v), nil
	case *Range:
		i, err := position(v, key, v.count())
		if err != nil {
			return nil, err
		}
		return v.at(i), nil
	case Indexer:
		e, ok, err := v.Index(key)
		if err != nil || ok {
			return e, err
		}
		return nil, keyError(key)
	}
	if m := missing(v); m != nil {
		return nil, m
	}
	return nil, typeErrorf("'%s' object is not subscriptable", qualified(v))
}

func keyError(key Value) error {
	r, err := Repr(key)
	if err != nil {
		return err
	}
	if IsSecret(key) {
		r = "a secret key"
	}
	return Raise("KeyError", "%s", r)
}

// position gives the place from 0 that the index key means in a sequence of n elements.
func position(seq, key Value, n int) (int, error) {
	k, ok := asInt(key)
	if !ok {
		switch seq.(type) {
		case Str:
			return 0, typeErrorf("string indices must be integers, not '%s'", qualified(key))
		case Bytes:
			return 0, typeErrorf("byte indices must be integers or slices, not %s", qualified(key))
		}
		return 0, typeErrorf("%s indices must be integers or slices, not %s", qualified(seq), qualified(key))
	}
	i, fits := k.Int64()
	if !fits {
		return 0, Raise("IndexError", "cannot fit 'int' into an index-sized integer")
	}
	if i < 0 {
		i += int64(n)
	}
	if i < 0 || i >= int64(n) {
		switch seq.(type) {
		case Str:
			return 0, Raise("IndexError", "string index out of range")
		case Bytes:
			return 0, Raise("IndexError", "index out of range")
		case *Range:
			return 0, Raise("IndexError", "range object index out of range")
		}
		return 0, Raise("IndexError", "%s index out of range", seq.Type())
	}
	return int(i), nil
}

func indexStr(v Str, key Value) (Value, error) {
	if isASCII(v.s) {
		i, err := position(v, key, len(v.s))
		if err != nil {
			return nil, err
		}
		return Derive(NewStr(v.s[i:i+1]), v), nil
	}
	i, err := position(v, key, v.Len())
	if err != nil {
		return nil, err
	}
	start := byteOffset(v.s, i)
	_, n := utf8.DecodeRuneInString(v.s[start:])
	return Derive(NewStr(v.s[start:start+n]), v), nil
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// byteOffset gives where character n of s starts; len(s) when there are not so many.
func byteOffset(s string, n int) int {
	off := 0
	for ; n > 0 && off < len(s); n-- {
		_, w := utf8.DecodeRuneInString(s[off:])
		off += w
	}
	return off
}

// Contains is Python's member in container.
func Contains(container, member Value) (bool, error) {
	container, member, err := known2(container, member)
	if err != nil {
		return false, err
	}
	switch c := container.(type) {
	case Str:
		m, ok := member.(Str)
		if !ok {
			return false, typeErrorf("'in <string>' requires string as left operand, not %s", qualified(member))
		}
		return c.Contains(m.s), nil
	case *Dict:
		return c.Contains(member)
	case *Set:
		if _, ok := member.(*Set); ok { // Python looks for a frozenset, which no set here contains
			return false, nil
		}
		return c.Has(member)
	case *View:
		if c.kind == 'k' {
			return c.d.Contains(member)
		}
	case *Range:
		if n, ok := asInt(member); ok {
			return c.has(n), nil
		}
	case Bytes:
		return bytesContain(c, member)
	}
	it, err := Iter(container)
	if err != nil {
		if ClassOf(err) == "TypeError" {
			err = typeErrorf("argument of type '%s' is not iterable", qualified(container))
		}
		return false, err
	}
	for {
		e, ok := it.Next()
		if !ok {
			return false, it.Err()
		}
		if eq, err := Equal(e, member); err != nil || eq {
			return eq, err
		}
	}
}

func bytesContain(c Bytes, member Value) (bool, error) {
	if m, ok := member.(Bytes); ok {
		return Str{s: c.b}.Contains(m.b), nil
	}
	n, ok := asInt(member)
	if !ok {
		return false, typeErrorf("a bytes-like object is required, not '%s'", qualified(member))
	}
	i, fits := n.Int64()
	if !fits || i < 0 || i > math.MaxUint8 {
		return false, valueErrorf("byte must be in range(0, 256)")
	}
	return Str{s: c.b}.Contains(string([]byte{byte(i)})), nil
}
