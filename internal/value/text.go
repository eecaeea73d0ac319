package value

import "strconv"

// Text is Python's str(v). Its error is that of an Undefined, or of a lazy element inside that can't be made.
func Text(v Value) (string, error) {
	if s, ok := v.(Str); ok {
		return s.s, nil
	}
	p := printer{}
	if err := p.str(v); err != nil {
		return "", err
	}
	return string(p.b), nil
}

// Repr is Python's repr(v); its errors are those of Text.
func Repr(v Value) (string, error) {
	p := printer{}
	if err := p.repr(v); err != nil {
		return "", err
	}
	return string(p.b), nil
}

// TextStr is Text as a value: it is secret when v is or anything in it.
func TextStr(v Value) (Str, error) {
	if s, ok := v.(Str); ok {
		return s, nil
	}
	p := printer{}
	if err := p.str(v); err != nil {
		return Str{}, err
	}
	return p.value(), nil
}

// ReprStr is Repr as a value: it is secret when v is or anything in it.
func ReprStr(v Value) (Str, error) {
	p := printer{}
	if err := p.repr(v); err != nil {
		return Str{}, err
	}
	return p.value(), nil
}

// HasSecret reports whether v or anything in it that has been read is marked secret.
func HasSecret(v Value) bool { return hasSecret(v, 0) }

func hasSecret(v Value, depth int) bool {
	if IsSecret(v) {
		return true
	}
	if depth > maxDepth {
		return false
	}
	switch v := v.(type) {
	case *List:
		for _, e := range v.elems {
			if hasSecret(e, depth+1) {
				return true
			}
		}
	case Tuple:
		for _, e := range v.elems {
			if hasSecret(e, depth+1) {
				return true
			}
		}
	case *Set:
		return hasSecret(v.d, depth+1)
	case *Dict:
		for _, e := range v.entries {
			if !e.deleted() && (e.key != nil && IsSecret(e.key) || hasSecret(e.val, depth+1)) {
				return true
			}
		}
	case *View:
		return hasSecret(v.d, depth+1)
	case interface{ HasSecret() bool }: // a foreign value that knows
		return v.HasSecret()
	}
	return false
}

// DeriveDeep is Derive for operations that take in what their arguments contain, such as joining a list: the result is
// secret when an argument is or anything in one.
func DeriveDeep(v Value, from ...Value) Value {
	for _, f := range from {
		if HasSecret(f) {
			return WithMarks(v, Marks{Secret: true})
		}
	}
	return v
}

// printer builds the text of a value and notes whether anything secret went in.
type printer struct {
	b      []byte
	secret bool
	open   []Value // the lists, dicts and sets being printed, for recursion
	depth  int
}

func (p *printer) value() Str {
	if p.secret {
		return Str{s: string(p.b), m: &Marks{Secret: true}}
	}
	return Str{s: string(p.b)}
}

func (p *printer) add(s string) { p.b = append(p.b, s...) }

func (p *printer) str(v Value) error {
	switch v := v.(type) {
	case Str:
		p.secret = p.secret || IsSecret(v)
		p.add(v.s)
		return nil
	case DateTime:
		p.secret = p.secret || IsSecret(v)
		p.add(v.ISO(" "))
		return nil
	case Date:
		p.secret = p.secret || IsSecret(v)
		p.add(v.Time.Format("2006-01-02"))
		return nil
	case TimeDelta:
		p.add(v.String())
		return nil
	case *Undefined:
		return &UndefinedError{Value: v}
	case Deferred:
		r, err := Force(v)
		if err != nil {
			return err
		}
		return p.str(r)
	case Strer:
		p.add(v.Str())
		return nil
	}
	return p.repr(v)
}

func (p *printer) repr(v Value) error {
	p.secret = p.secret || IsSecret(v)
	switch v := v.(type) {
	case nil, NoneType:
		p.add("None")
	case Bool:
		if v {
			p.add("True")
		} else {
			p.add("False")
		}
	case Int:
		return p.int(v)
	case Float:
		p.add(FloatText(v.f))
	case Str:
		p.b = appendQuoted(p.b, v.s)
	case Bytes:
		p.b = appendBytesRepr(p.b, v.b)
	case *List, Tuple, *Set, *Dict, *View:
		return p.container(v)
	case DateTime:
		p.add(v.repr())
	case Date:
		p.add(v.Time.Format("datetime.date(2006, 1, 2)"))
	case TimeDelta:
		p.add(v.repr())
	case *Undefined:
		if !v.Shown {
			return &UndefinedError{Value: v}
		}
		p.add("Undefined")
	case Deferred:
		r, err := Force(v)
		if err != nil {
			return err
		}
		return p.repr(r)
	case Reprer:
		p.add(v.Repr())
	default:
		p.add("<" + v.Type() + " object>")
	}
	return nil
}

func (p *printer) int(v Int) error {
	if v.big == nil {
		p.b = strconv.AppendInt(p.b, v.small, 10)
		return nil
	}
	// Python refuses to convert integers of more than 4300 digits (sys.set_int_max_str_digits).
	if v.big.BitLen() > 4300*10/3 {
		if s := v.big.String(); len(s) > 4301 || len(s) == 4301 && s[0] != '-' {
			return valueErrorf("Exceeds the limit (4300 digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit")
		}
	}
	p.add(v.big.String())
	return nil
}

func (p *printer) container(v Value) error {
	for _, o := range p.open {
		if same(o, v) {
			p.recursive(v)
			return nil
		}
	}
	if p.depth >= maxDepth {
		return errTooDeep
	}
	p.depth++
	defer func() { p.depth-- }()
	if _, tuple := v.(Tuple); !tuple {
		p.open = append(p.open, v)
		defer func() { p.open = p.open[:len(p.open)-1] }()
	}
	switch v := v.(type) {
	case *List:
		return p.list(v)
	case Tuple:
		return p.tuple(v)
	case *Set:
		return p.set(v)
	case *View:
		return p.view(v)
	case *Dict:
		return p.dict(v)
	}
	return nil
}

func same(a, b Value) bool {
	switch a := a.(type) {
	case *List:
		b, ok := b.(*List)
		return ok && a == b
	case *Dict:
		b, ok := b.(*Dict)
		return ok && a == b
	case *Set:
		b, ok := b.(*Set)
		return ok && a == b
	}
	return false
}

func (p *printer) recursive(v Value) {
	switch v.(type) {
	case *List:
		p.add("[...]")
	case *Dict:
		p.add("{...}")
	case *Set:
		p.add("set(...)")
	}
}

func (p *printer) list(v *List) error {
	p.add("[")
	for i := range v.elems {
		if i > 0 {
			p.add(", ")
		}
		e, err := v.At(i)
		if err != nil {
			return err
		}
		if err := p.repr(e); err != nil {
			return err
		}
	}
	p.add("]")
	return nil
}

func (p *printer) elems(elems []Value) error {
	for i, e := range elems {
		if i > 0 {
			p.add(", ")
		}
		if err := p.repr(e); err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) tuple(v Tuple) error {
	p.add("(")
	if err := p.elems(v.elems); err != nil {
		return err
	}
	if len(v.elems) == 1 {
		p.add(",")
	}
	p.add(")")
	return nil
}

func (p *printer) set(v *Set) error {
	if v.Len() == 0 {
		p.add("set()")
		return nil
	}
	p.add("{")
	if err := p.elems(v.Members()); err != nil {
		return err
	}
	p.add("}")
	return nil
}

func (p *printer) dict(v *Dict) error {
	p.add("{")
	first := true
	for it := v.Iterate(); it.Next(); {
		if !first {
			p.add(", ")
		}
		first = false
		if err := p.repr(it.Key()); err != nil {
			return err
		}
		p.add(": ")
		val, err := it.Value()
		if err != nil {
			return err
		}
		if err := p.repr(val); err != nil {
			return err
		}
	}
	p.add("}")
	return nil
}

func (p *printer) view(v *View) error {
	p.add(v.Type() + "([")
	first := true
	it := v.Iter()
	for {
		e, ok := it.Next()
		if !ok {
			break
		}
		if !first {
			p.add(", ")
		}
		first = false
		if err := p.repr(e); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	p.add("])")
	return nil
}
