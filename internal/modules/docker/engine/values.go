package engine

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// At gives what is below keys in an answer, nil where one of them is not there or null.
func At(v value.Value, keys ...string) value.Value {
	for _, k := range keys {
		d, ok := v.(*value.Dict)
		if !ok || d == nil {
			return nil
		}
		v = d.Stored(k)
	}
	if v == value.None {
		return nil
	}
	return v
}

// Str is At for a text, "" for none.
func Str(v value.Value, keys ...string) string {
	s, ok := At(v, keys...).(value.Str)
	if !ok {
		return ""
	}
	return s.String()
}

// Int is At for a whole number, 0 for none.
func Int(v value.Value, keys ...string) int64 {
	i, _ := At(v, keys...).(value.Int)
	n, _ := i.Int64()
	return n
}

// Bool is At for a truth, false for none.
func Bool(v value.Value, keys ...string) bool {
	b, _ := At(v, keys...).(value.Bool)
	return bool(b)
}

// List is At for the elements of a list, nil for none.
func List(v value.Value, keys ...string) []value.Value {
	l, _ := At(v, keys...).(*value.List)
	if l == nil {
		return nil
	}
	return l.Stored()
}

// Dict is At for an object, nil for none.
func Dict(v value.Value, keys ...string) *value.Dict {
	d, _ := At(v, keys...).(*value.Dict)
	return d
}

// Strs gives the texts of a list; what is no text is left out.
func Strs(v value.Value, keys ...string) []string {
	var out []string
	for _, e := range List(v, keys...) {
		if s, ok := e.(value.Str); ok {
			out = append(out, s.String())
		}
	}
	return out
}
