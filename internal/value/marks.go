package value

import "github.com/seed-6d8ad27c/kimai-ansible/internal/source"

// Marks are what a value carries besides its content. The zero Marks are the safe ones: of unknown origin, not to be
// evaluated as a template, not secret.
//
// Origin, Trusted and Vault belong to the very text that a loader read: they stay with a value that is passed on
// unchanged and are lost by every operation that makes a new one. Secret is inherited by everything that is derived from a
// secret value. Bool and None carry no marks.
type Marks struct {
	Origin  source.Pos // where it was read
	Trusted bool       // may be evaluated as a template
	Secret  bool       // came out of a vault, or was made from something that did
	Vault   string     // the vault, as its file has it, that this very text was in; "" for all others
}

// IsZero reports whether there is nothing to carry.
func (m Marks) IsZero() bool { return m == Marks{} }

func pack(m Marks) *Marks {
	if m.IsZero() {
		return nil
	}
	return &m
}

func unpack(m *Marks) Marks {
	if m == nil {
		return Marks{}
	}
	return *m
}

// MarksOf returns the marks of v itself, not of what it contains.
func MarksOf(v Value) Marks {
	switch v := v.(type) {
	case Str:
		return unpack(v.m)
	case Int:
		return unpack(v.m)
	case Float:
		return unpack(v.m)
	case Bytes:
		return unpack(v.m)
	case *List:
		return unpack(v.m)
	case *Dict:
		return unpack(v.m)
	case Tuple:
		return unpack(v.m)
	case *Set:
		return unpack(v.m)
	case DateTime:
		return unpack(v.m)
	case Date:
		return unpack(v.m)
	}
	return Marks{}
}

// WithMarks returns v with the marks m in place of its own. Lists, dicts and sets share their elements with v.
func WithMarks(v Value, m Marks) Value {
	p := pack(m)
	switch v := v.(type) {
	case Str:
		v.m = p
		return v
	case Int:
		v.m = p
		return v
	case Float:
		v.m = p
		return v
	case Bytes:
		v.m = p
		return v
	case *List:
		c := *v
		c.m = p
		return &c
	case *Dict:
		c := *v
		c.m = p
		return &c
	case Tuple:
		v.m = p
		return v
	case *Set:
		c := *v
		c.m = p
		return &c
	case DateTime:
		v.m = p
		return v
	case Date:
		v.m = p
		return v
	}
	return v
}

// OriginOf returns where v was read, or the zero Pos.
func OriginOf(v Value) source.Pos { return MarksOf(v).Origin }

// IsSecret reports whether v itself is marked secret.
func IsSecret(v Value) bool { return CarriesSecret(v) }

// IsTrusted reports whether v itself may be evaluated as a template.
func IsTrusted(v Value) bool {
	if s, ok := v.(Str); ok { // it is asked of every text
		return s.m != nil && s.m.Trusted
	}
	return MarksOf(v).Trusted
}

// Derive gives v, a newly made value, the marks that it inherits from the values it was made of: secret when one of
// them is. It is not trusted and has no origin.
func Derive(v Value, from ...Value) Value {
	for _, f := range from {
		if IsSecret(f) {
			return WithMarks(v, Marks{Secret: true})
		}
	}
	return v
}

// Untrust returns v without the trusted mark, and so everything in it: nothing in the result is evaluated as a
// template. What is untrusted already is returned as it is; lazy containers are resolved first.
func Untrust(v Value) (Value, error) {
	return rewrite(v, func(m Marks) Marks { m.Trusted = false; return m })
}

// MarkSecret returns v with the secret mark on it and on everything in it.
func MarkSecret(v Value) (Value, error) {
	return rewrite(v, func(m Marks) Marks { m.Secret = true; return m })
}

func rewrite(v Value, f func(Marks) Marks) (Value, error) {
	old := MarksOf(v)
	m := f(old)
	switch v := v.(type) {
	case *List:
		elems, err := v.Elems()
		if err != nil {
			return nil, err
		}
		out := make([]Value, len(elems))
		for i, e := range elems {
			if out[i], err = rewrite(e, f); err != nil {
				return nil, err
			}
		}
		return &List{elems: out, m: pack(m)}, nil
	case Tuple:
		out := make([]Value, len(v.elems))
		for i, e := range v.elems {
			var err error
			if out[i], err = rewrite(e, f); err != nil {
				return nil, err
			}
		}
		return Tuple{elems: out, m: pack(m), class: v.class}, nil
	case *Dict:
		out := NewDict()
		out.m = pack(m)
		for it := v.Iterate(); it.Next(); {
			val, err := it.Value()
			if err != nil {
				return nil, err
			}
			if val, err = rewrite(val, f); err != nil {
				return nil, err
			}
			key, err := rewrite(it.Key(), f)
			if err != nil {
				return nil, err
			}
			if err := out.Set(key, val); err != nil {
				return nil, err
			}
		}
		return out, nil
	case Deferred:
		r, err := v.Resolve()
		if err != nil {
			return nil, err
		}
		return rewrite(r, f)
	}
	if m == old {
		return v, nil
	}
	return WithMarks(v, m), nil
}
