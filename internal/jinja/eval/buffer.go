package eval

import (
	"errors"
	"slices"
	"strconv"
	"unsafe"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// buffer collects what is printed. In native mode a value that is printed alone is kept as it is.
type buffer struct {
	run    *run
	b      []byte
	limit  int         // the most bytes
	only   value.Value // native: the one value that was printed so far
	native bool
	textly bool        // it has become a text
	frozen value.Value // the text that only had when it was printed, nil when it can't change
	secret bool
	// held: the text goes into a variable or a filter, and undefined values travel: one that is printed makes the whole
	// text that value, which missing keeps
	held    bool
	missing *value.Undefined
	spare   []byte // its own room while it prints within another
}

// newBuffer gives an empty buffer; result gives it back.
func newBuffer(r *run) *buffer {
	if n := len(r.buffers); n > 0 {
		o := r.buffers[n-1]
		r.buffers = r.buffers[:n-1]
		return o
	}
	o := &buffer{}
	r.setUp(o)
	return o
}

// setUp makes o an empty buffer of the rendering.
func (r *run) setUp(o *buffer) {
	*o = buffer{run: r, limit: r.lim.Output, native: r.env.Native, textly: !r.env.Native}
}

// release empties the buffer for its next use.
func (o *buffer) release() {
	if cap(o.b) > 1<<16 {
		o.b = nil
	}
	*o = buffer{run: o.run, b: o.b[:0], limit: o.limit, native: o.native, textly: !o.native}
	o.run.buffers = append(o.run.buffers, o)
}

// reserve fails when n more bytes are too many.
func (o *buffer) reserve(n int) error {
	if len(o.b)+n > o.limit {
		return o.full()
	}
	return nil
}

func (o *buffer) full() error {
	return &LimitError{Msg: "the output of the template is larger than " + strconv.Itoa(o.limit) + " bytes"}
}

// data adds text of the template; v is the same text as a value.
func (o *buffer) data(s string, v value.Value) error {
	if !o.textly {
		if o.only == nil {
			o.only = v
			return nil
		}
		if err := o.becomeText(); err != nil {
			return err
		}
	}
	if err := o.reserve(len(s)); err != nil {
		return err
	}
	o.put(s)
	return nil
}

// put adds a text. Where there is room only the length changes: no pointer is written, which costs while garbage is being
// collected.
func (o *buffer) put(s string) {
	n := len(o.b)
	if len(s) > cap(o.b)-n {
		o.grow(len(s))
	}
	o.b = o.b[:n+len(s)]
	copy(o.b[n:], s)
}

// grow makes room for n more bytes.
func (o *buffer) grow(n int) { o.b = slices.Grow(o.b, n) }

// putInt adds a number, as put does.
func (o *buffer) putInt(v int64) {
	const most = 20 // digits and a sign
	n := len(o.b)
	if most > cap(o.b)-n {
		o.grow(most)
	}
	o.b = o.b[:n+len(strconv.AppendInt(o.b[n:n], v, 10))]
}

// becomeText is for native mode when a second value is printed.
func (o *buffer) becomeText() error {
	v := o.only
	if o.frozen != nil {
		v = o.frozen
	}
	o.only, o.frozen, o.textly = nil, nil, true
	if v == nil {
		return nil
	}
	return o.append(v)
}

// freeze keeps the text of a list or dict that is the one value printed so far, for when it becomes part of a text.
func (o *buffer) freeze() {
	switch o.only.(type) {
	case *value.List, *value.Dict, *value.Set:
	default:
		return
	}
	if o.frozen != nil {
		return
	}
	if s, err := o.run.env.text(o.only); err == nil {
		o.frozen = value.NewMarkedStr(s, value.Marks{Secret: value.HasSecret(o.only)})
	}
}

// print adds a value that {{ }} prints.
func (o *buffer) print(v value.Value, autoescape bool) error {
	if autoescape {
		return o.printEscaped(v)
	}
	return o.raw(v)
}

func (o *buffer) printEscaped(v value.Value) error {
	if _, none := v.(value.NoneType); none && o.native {
		return nil
	}
	m, err := Escape(v, o.run.env.text)
	if err != nil {
		return err
	}
	return o.raw(m)
}

// raw adds a value without escaping it.
func (o *buffer) raw(v value.Value) error {
	if !o.textly {
		switch u := v.(type) {
		case value.NoneType:
			return nil
		case *value.Undefined:
			if o.run.env.Undefined.Chain { // it is the result, whatever follows
				return o.failed(undefinedErr(u))
			}
		}
		if o.only == nil {
			o.only = v
			return nil
		}
		if err := o.becomeText(); err != nil {
			return err
		}
	} else if o.native {
		if _, none := v.(value.NoneType); none {
			return nil
		}
	}
	return o.append(v)
}

func (o *buffer) append(v value.Value) error {
	switch v := v.(type) {
	case value.Str:
		return o.str(v)
	case value.Int:
		if o.small(v) {
			return nil
		}
	}
	if u, ok := v.(*value.Undefined); ok && (o.held || o.run.env.Text == nil) {
		return o.failed(undefinedErr(u))
	}
	s, err := o.run.env.text(v)
	if err != nil {
		return o.failed(err)
	}
	o.secret = o.secret || value.HasSecret(v) // now that all elements have been read
	if err := o.reserve(len(s)); err != nil {
		return err
	}
	o.put(s)
	return nil
}

// str adds a text.
func (o *buffer) str(v value.Str) error {
	s := v.String()
	if len(o.b)+len(s) > o.limit {
		return o.full()
	}
	o.put(s)
	if v.Secret() {
		o.secret = true
	}
	return nil
}

// small adds a number, unless it is too large for that or there is no room for it.
func (o *buffer) small(v value.Int) bool {
	n, ok := v.Int64()
	if !ok || len(o.b)+20 > o.limit {
		return false
	}
	o.putInt(n)
	if v.Secret() {
		o.secret = true
	}
	return true
}

// int adds a number.
func (o *buffer) int(n int64) error {
	o.putInt(n)
	return o.reserve(0)
}

// within gives a buffer that prints behind what is in o, which is a text. join takes it back; o is not printed to until then.
func (o *buffer) within() *buffer {
	in := newBuffer(o.run)
	in.spare, in.b = in.b, o.b
	return in
}

// join adds what was printed within.
func (o *buffer) join(in *buffer) error {
	var err error
	if in.textly {
		o.b, o.secret = in.b, o.secret || in.secret
	} else if in.only != nil {
		err = o.raw(in.only)
	}
	in.b, in.spare = in.spare, nil
	in.release()
	return err
}

// failed is what comes of a value that can't be printed: in a text that is held, the whole text is that undefined value.
func (o *buffer) failed(err error) error {
	var u *value.UndefinedError
	if o.held && errors.As(err, &u) {
		o.missing = u.Value
	}
	return err
}

func (o *buffer) made() value.Str {
	if o.secret {
		return value.NewMarkedStr(string(o.b), value.Marks{Secret: true})
	}
	return value.NewStr(string(o.b))
}

// result gives what was printed as one value. The buffer must not be used any more.
func (o *buffer) result(autoescape bool) (value.Value, error) {
	v, err := o.take(autoescape)
	o.release()
	return v, err
}

// whole is result for the text of a whole template, which is not copied.
func (o *buffer) whole(autoescape bool) (value.Value, error) {
	if !o.textly || o.secret || autoescape || len(o.b) < 4096 || cap(o.b) > 2*len(o.b) {
		return o.take(autoescape)
	}
	b := o.b
	o.b = nil
	return value.NewStr(unsafe.String(unsafe.SliceData(b), len(b))), nil
}

func (o *buffer) take(autoescape bool) (value.Value, error) {
	if !o.textly {
		if o.only == nil {
			return value.None, nil
		}
		return o.only, nil
	}
	if err := o.reserve(0); err != nil {
		return nil, err
	}
	s := o.made()
	if autoescape {
		return Markup{s}, nil
	}
	return s, nil
}
