package builtin

import (
	"errors"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

func global(name, sig string, f run) bool {
	globals.Add(&eval.Func{Name: name, Sig: sig, Run: f})
	return true
}

var (
	_ = globals.Add(&eval.Func{Name: "range", Run: rangeGlobal, Class: map[string]*eval.Func{}})
	_ = globals.Add(&eval.Func{Name: "dict", Run: dictGlobal, Class: map[string]*eval.Func{
		"fromkeys": {Name: "fromkeys", Run: fromKeys},
	}})
	_ = global("namespace", "", namespace)
	_ = global("cycler", "Cycler.__init__(!self, *items)", newCycler)
	_ = global("joiner", "Joiner.__init__(!self, sep=', ')", newJoiner)
)

func rangeGlobal(c *eval.Call) (value.Value, error) {
	switch {
	case c.Kwargs != nil && c.Kwargs.Len() > 0:
		return nil, value.Raise("TypeError", "range() takes no keyword arguments")
	case len(c.Args) == 0:
		return nil, value.Raise("TypeError", "range expected at least 1 argument, got 0")
	case len(c.Args) > 3:
		return nil, value.Raise("TypeError", "range expected at most 3 arguments, got %d", len(c.Args))
	}
	var n [3]int64
	for i := range c.Args {
		v, err := c.Int(i)
		if err != nil {
			return nil, err
		}
		n[i] = int64(v)
	}
	start, stop, step := n[0], n[1], n[2]
	if len(c.Args) == 1 {
		start, stop = 0, n[0]
	}
	if len(c.Args) < 3 {
		step = 1
	}
	r, err := value.NewRange(start, stop, step)
	if err != nil {
		return nil, err
	}
	if size, _ := r.Len(); size < 0 || int64(size) > c.MaxRange() {
		return nil, &eval.LimitError{Msg: "the range is too large"}
	}
	return r, nil
}

// makeDict is Python's dict(*args, **kwargs).
func makeDict(args []value.Value, kwargs *value.Dict) (*value.Dict, error) {
	if len(args) > 1 {
		return nil, value.Raise("TypeError", "dict expected at most 1 argument, got %d", len(args))
	}
	d := value.NewDict()
	if len(args) == 1 {
		if err := fillDict(d, args[0]); err != nil {
			return nil, err
		}
	}
	if kwargs != nil {
		return d, fillDict(d, kwargs)
	}
	return d, nil
}

func fillDict(d *value.Dict, from value.Value) error {
	if m, ok := from.(value.Missing); ok {
		return m.Missing()
	}
	if src, ok := from.(*value.Dict); ok {
		for it := src.Iterate(); it.Next(); {
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
	it, err := value.Iter(from)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		pair, ok := it.Next()
		if !ok {
			return it.Err()
		}
		kv, err := value.Elems(pair)
		var undef *value.UndefinedError
		if errors.As(err, &undef) {
			return err
		}
		if err != nil {
			return value.Raise("TypeError", "cannot convert dictionary update sequence element #%d to a sequence", i)
		}
		if len(kv) != 2 {
			return value.Raise("ValueError", "dictionary update sequence element #%d has length %d; 2 is required", i, len(kv))
		}
		if err := d.Set(kv[0], kv[1]); err != nil {
			return err
		}
	}
}

func dictGlobal(c *eval.Call) (value.Value, error) {
	d, err := makeDict(c.Args, c.Kwargs)
	if err != nil {
		return nil, err
	}
	return d, nil
}

// fromKeys is dict.fromkeys(iterable, value=None).
func fromKeys(c *eval.Call) (value.Value, error) {
	switch n := len(c.Args); {
	case c.Kwargs != nil:
		return nil, value.Raise("TypeError", "dict.fromkeys() takes no keyword arguments")
	case n == 0:
		return nil, value.Raise("TypeError", "fromkeys expected at least 1 argument, got 0")
	case n > 2:
		return nil, value.Raise("TypeError", "fromkeys expected at most 2 arguments, got %d", n)
	}
	var v value.Value = value.None
	if len(c.Args) == 2 {
		v = c.Arg(1)
	}
	keys, err := elemsOf(c, c.Arg(0))
	if err != nil {
		return nil, err
	}
	d := value.NewDict()
	for _, k := range keys {
		if err := d.Set(k, v); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func namespace(c *eval.Call) (value.Value, error) {
	d, err := makeDict(c.Args, c.Kwargs)
	if err != nil {
		return nil, err
	}
	return eval.NewNamespace(d), nil
}

// cycler goes round its items.
type cycler struct {
	mu    sync.Mutex
	items []value.Value
	pos   int
}

func newCycler(c *eval.Call) (value.Value, error) {
	if len(c.Rest) == 0 {
		return nil, value.Raise("RuntimeError", "at least one item has to be provided")
	}
	return &cycler{items: c.Rest}, nil
}

// Type returns "Cycler".
func (*cycler) Type() string { return "Cycler" }

// Repr gives Python's text, without an address.
func (*cycler) Repr() string { return "<jinja2.utils.Cycler object>" }

// Attr gives current, next, reset and items.
func (c *cycler) Attr(name string) (value.Value, bool, error) {
	switch name {
	case "current":
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.items[c.pos], true, nil
	case "next":
		return bound(func() value.Value {
			v := c.items[c.pos]
			c.pos = (c.pos + 1) % len(c.items)
			return v
		}, &c.mu), true, nil
	case "reset":
		return bound(func() value.Value {
			c.pos = 0
			return value.None
		}, &c.mu), true, nil
	case "items":
		return value.NewTuple(c.items...), true, nil
	}
	return nil, false, nil
}

// boundMethod is a method without arguments.
type boundMethod struct {
	f  func() value.Value
	mu *sync.Mutex
}

func bound(f func() value.Value, mu *sync.Mutex) value.Value { return &boundMethod{f, mu} }

// Type returns "method".
func (*boundMethod) Type() string { return "method" }

// Call calls it.
func (m *boundMethod) Call(args []value.Value, _ *value.Dict) (value.Value, error) {
	if len(args) > 0 {
		return nil, value.Raise("TypeError", "takes 1 positional argument but %d were given", len(args)+1)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.f(), nil
}

// joiner gives nothing when it is first called and its separator from then on.
type joiner struct {
	mu   sync.Mutex
	sep  value.Value
	used bool
}

func newJoiner(c *eval.Call) (value.Value, error) { return &joiner{sep: c.Arg(0)}, nil }

// Type returns "Joiner".
func (*joiner) Type() string { return "Joiner" }

// Repr gives Python's text, without an address.
func (*joiner) Repr() string { return "<jinja2.utils.Joiner object>" }

// Call gives the separator, but for the first time.
func (j *joiner) Call([]value.Value, *value.Dict) (value.Value, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.used {
		j.used = true
		return value.NewStr(""), nil
	}
	return j.sep, nil
}

func isSpace(r rune) bool {
	return r == ' ' || r >= 0x9 && r <= 0xd || r >= 0x1c && r <= 0x1f || r == 0x85 || r == 0xa0 ||
		r > 0xff && strings.ContainsRune("\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000", r)
}

// asciiDigits writes the decimal digits of other scripts as 0 to 9.
func asciiDigits(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return strings.Map(asciiDigit, s)
		}
	}
	return s
}
