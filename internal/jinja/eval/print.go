package eval

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// printer is an expression that prints without making a value of what it prints. It is only asked where out is a text
// already and nothing is escaped; off is the place for errors of printing.
type printer interface {
	printTo(f *frame, out *buffer, off int32) error
}

// printerOf gives x as a printer, nil when it is none.
func printerOf(x expr) printer {
	if x, ok := x.(*filterExpr); ok && !x.prints {
		return nil
	}
	p, _ := x.(printer)
	return p
}

// printTo prints the value of x under the conditions of a printer.
func (f *frame) printTo(x expr, out *buffer, off int32) error {
	v, err := x.eval(f)
	if err != nil {
		return err
	}
	return f.show(v, out, off)
}

// show prints v under the conditions of a printer.
func (f *frame) show(v value.Value, out *buffer, off int32) error {
	if s, ok := v.(value.Str); ok {
		return f.tmpl.at2(out.str(s), off)
	}
	return f.tmpl.at2(out.raw(v), off)
}

// printTo prints the item.
func (x *attrExpr) printTo(f *frame, out *buffer, off int32) error {
	if uint(x.slot) >= uint(len(f.slots)) || x.method {
		return f.printTo(x, out, off)
	}
	switch v := f.slots[x.slot].(type) {
	case *value.Dict:
		e := v.StrAt(x.name, int(x.hint.Load()))
		if t, ok := e.(value.Str); ok {
			return f.tmpl.at2(out.str(t), off)
		}
		if n, ok := e.(value.Int); ok && out.small(n) {
			return nil
		}
	case *Loop:
		if x.name == "index" {
			return f.tmpl.at2(out.int(int64(v.index+1)), off)
		}
	}
	return f.printTo(x, out, off)
}

// printTo prints the value of the branch that is taken.
func (x *condExpr) printTo(f *frame, out *buffer, off int32) error {
	if x.els == nil {
		return f.printTo(x, out, off)
	}
	ok, err := f.truth(x.test, x.off)
	if err != nil {
		return err
	}
	branch := x.els
	if ok {
		branch = x.then
	}
	if p := printerOf(branch); p != nil {
		return p.printTo(f, out, off)
	}
	return f.printTo(branch, out, off)
}

// printTo prints the items without making one text of them. All are evaluated before one that is neither a text nor a
// number is made a text.
func (x *concatExpr) printTo(f *frame, out *buffer, _ int32) error {
	start, secret := len(out.b), out.secret
	for i, item := range x.items {
		v, n, err := f.operand(item)
		if err == nil {
			switch t := v.(type) {
			case value.Str:
				err = f.tmpl.at2(out.str(t), x.off)
			case value.Int:
				err = f.tmpl.at2(out.append(v), x.off)
			case nil:
				err = f.tmpl.at2(out.int(n), x.off)
			default:
				if err = x.printRest(f, out, i, v); err == nil {
					return nil
				}
			}
		}
		if err != nil {
			out.b, out.secret = out.b[:start], secret
			return err
		}
	}
	return nil
}

// printRest prints the items from v, the value of item i, on.
func (x *concatExpr) printRest(f *frame, out *buffer, i int, v value.Value) error {
	rest := []value.Value{v}
	for _, item := range x.items[i+1:] {
		v, err := item.eval(f)
		if err != nil {
			return err
		}
		rest = append(rest, v)
	}
	for _, v := range rest {
		s, err := value.TextStr(Plain(v))
		if err == nil {
			err = out.str(s)
		}
		if err != nil {
			return f.tmpl.at(err, x.off)
		}
	}
	return nil
}

// printTo prints the value; a short text is repeated in the buffer.
func (x *binaryExpr) printTo(f *frame, out *buffer, off int32) error {
	l, r, n, err := x.small(f)
	if err != nil {
		return err
	}
	if l == nil {
		return f.tmpl.at2(out.int(n), off)
	}
	if s, ok := l.(value.Str); ok && x.op == "*" && !s.Secret() {
		if by, ok := r.(value.Int); ok && !by.Secret() {
			if n, ok := by.Int64(); ok && n <= maxIndent && len(s.String()) <= maxIndent {
				for range n {
					out.put(s.String())
				}
				return f.tmpl.at2(out.reserve(0), off)
			}
		}
	}
	v, err := x.of(f, l, r)
	if err != nil {
		return err
	}
	return f.show(v, out, off)
}

// maxIndent is how often a text, and how long a text, is repeated in a buffer without making it first.
const maxIndent = 64
