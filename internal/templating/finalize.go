package templating

import (
	"context"
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Omit is the value of the variable `omit`: an argument, element or entry that has it is left out.
type Omit struct{}

// Type returns "_OmitType", as the filter type_debug shows it.
func (*Omit) Type() string { return "_OmitType" }

// Repr gives what Ansible prints for it.
func (*Omit) Repr() string { return "<<Omit>>" }

// OmitValue is the value of `omit`.
var OmitValue = &Omit{}

// Mapping is a value of another room that stands for a dict, as hostvars does: what is made final of it is that dict.
type Mapping interface {
	value.Value
	// Dict gives all entries as a template sees them.
	Dict() (*value.Dict, error)
}

// Finalize evaluates v wholly: nothing in the result is lazy, undefined or to be evaluated any more; elements that are
// `omit` are left out. A v that is itself `omit` is an error.
func (s *Scope) Finalize(v value.Value) (value.Value, error) {
	out, keep, err := s.FinalizeArg(v)
	if err != nil {
		return nil, err
	}
	if !keep {
		return nil, omitted(value.OriginOf(v))
	}
	return out, nil
}

func omitted(pos source.Pos) error {
	return &Error{
		Msg: "A template was resolved to an Omit scalar.", Pos: pos, Kind: Omitted,
		Help: "Callers must be prepared to handle this value. This is most likely a bug in the code requesting templating.",
	}
}

// FinalizeArg is Finalize for an argument, which is left out (keep is false) when it is `omit`.
func (s *Scope) FinalizeArg(v value.Value) (out value.Value, keep bool, err error) {
	pos := value.OriginOf(v)
	r, err := s.Resolve(v)
	if err != nil {
		return nil, false, storageError("template", err, pos)
	}
	return s.settle(r, pos)
}

// storageError gives what went wrong with a value that was to be kept its place: what has none, such as a vaulted text
// that can't be opened, failed in the template at pos.
func storageError(what string, err error, pos source.Pos) error {
	if e, ok := err.(*Error); ok && (e.Kind == Vault || e.Kind == VariableType) {
		return &Error{Msg: "Error rendering " + what, Pos: pos, Cause: e}
	}
	err = surface(err, pos)
	if _, ok := err.(*Error); ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return renderError(what, err, pos)
}

// nowhere is the place of a value without one, where Ansible says so.
var nowhere = source.Pos{File: source.NewFile("<unknown>", "")}

// settle makes a resolved value final.
func (s *Scope) settle(v value.Value, pos source.Pos) (out value.Value, keep bool, err error) {
	f := finalizer{s: s, strict: true}
	out, err = f.value(v, pos)
	if err != nil {
		return nil, false, storageError("template", err, pos)
	}
	return out, out != nil, nil
}

// finalizer makes values final. When it is not strict, values are made ready to be printed: whatever type they have.
type finalizer struct {
	s      *Scope // nil when it is not known
	strict bool
}

// value gives the final form of v, nil for omit.
func (f *finalizer) value(v value.Value, pos source.Pos) (value.Value, error) {
	switch v := v.(type) {
	case value.Str:
		return literal(v), nil
	case value.Int, value.Bool, value.Float, value.NoneType, value.Bytes, value.Date, value.DateTime:
		return v, nil
	case *value.Undefined:
		return nil, surface(&value.UndefinedError{Value: v}, pos)
	case *Omit:
		return nil, nil
	case *value.List:
		return f.list(v, pos)
	case value.Tuple:
		if c := v.Class(); c != nil {
			if !f.strict {
				return v, nil
			}
			f.converted(c.Name, "list", pos)
		}
		return f.elems(v.Len(), func(i int) (value.Value, error) { return v.At(i), nil }, value.MarksOf(v), pos)
	case *value.Set:
		return f.set(v, pos)
	case *value.Dict:
		return f.dict(v, pos)
	case Mapping:
		d, err := v.Dict()
		if err != nil {
			return nil, err
		}
		return f.dict(d, pos)
	case value.Deferred:
		r, err := v.Resolve()
		if err != nil {
			return nil, err
		}
		return f.value(r, pos)
	case *jinja.Generator, *value.View:
		elems, err := value.Elems(v)
		if err != nil {
			return nil, err
		}
		return f.elems(len(elems), func(i int) (value.Value, error) { return elems[i], nil }, value.Marks{}, pos)
	}
	if !f.strict {
		return v, nil
	}
	return f.foreign(v, pos)
}

// foreign is a value of a type that can't be kept in a variable.
func (f *finalizer) foreign(v value.Value, pos source.Pos) (value.Value, error) {
	if m, ok := v.(jinja.Markup); ok {
		f.converted("Markup", "str", pos)
		return m.Text, nil
	}
	return nil, &Error{Msg: "Type '" + typeName(v) + "' is unsupported for variable storage.", Pos: unplaced(v), Kind: VariableType}
}

// unplaced is the place of a value that stands nowhere: what it is, is shown there.
func unplaced(v value.Value) source.Pos {
	if r, ok := v.(*value.Range); ok {
		if shown, err := value.Repr(r); err == nil {
			return source.At(source.NewFile(nowhere.File.Name(), shown), 0, 0)
		}
	}
	return nowhere
}

// converted warns that a value becomes one of another type.
func (f *finalizer) converted(from, to string, pos source.Pos) {
	if f.s != nil {
		f.s.warn("Type '"+from+"' is unsupported in variable storage, converting to '"+to+"'.", pos)
	}
}

func (f *finalizer) list(l *value.List, pos source.Pos) (value.Value, error) {
	return f.elems(l.Len(), l.At, value.MarksOf(l), pos)
}

func (f *finalizer) elems(n int, at func(int) (value.Value, error), m value.Marks, pos source.Pos) (value.Value, error) {
	out := make([]value.Value, 0, n)
	for i := range n {
		e, err := at(i)
		if err != nil {
			return nil, err
		}
		if e, err = f.value(e, originOr(e, pos)); err != nil {
			return nil, err
		}
		if e != nil {
			out = append(out, e)
		}
	}
	l := value.NewList(out...)
	if m.IsZero() {
		return l, nil
	}
	return value.WithMarks(l, m), nil
}

func (f *finalizer) dict(d *value.Dict, pos source.Pos) (value.Value, error) {
	out := value.NewDict()
	for it := d.Iterate(); it.Next(); {
		e, err := it.Value()
		if err != nil {
			return nil, err
		}
		if e, err = f.value(e, originOr(e, pos)); err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		if _, ok := it.Key().(value.Tuple); ok {
			return nil, value.Raise("TypeError", "unhashable type: 'list'")
		}
		if err := out.Set(it.Key(), e); err != nil {
			return nil, err
		}
	}
	if m := value.MarksOf(d); !m.IsZero() {
		return value.WithMarks(out, m), nil
	}
	return out, nil
}

func (f *finalizer) set(s *value.Set, pos source.Pos) (value.Value, error) {
	var members []value.Value
	for _, e := range s.Members() {
		e, err := f.value(e, pos)
		if err != nil {
			return nil, err
		}
		if e != nil {
			members = append(members, e)
		}
	}
	out, err := value.NewSet(members...)
	if err != nil {
		return nil, err
	}
	return value.WithMarks(out, value.MarksOf(s)), nil
}

func originOr(v value.Value, pos source.Pos) source.Pos {
	if p := value.OriginOf(v); p.IsValid() {
		return p
	}
	return pos
}

// printed gives the text of a value that is printed among others: containers as they would be kept, omit as nothing.
func printed(v value.Value) (string, error) {
	switch v := v.(type) {
	case value.Str:
		return v.String(), nil
	case *value.Undefined:
		return "", &value.UndefinedError{Value: v}
	case *Omit:
		return "", nil
	case value.Bytes: // as UTF-8; within lists and dicts they print as Python has it
		return string(v.Bytes()), nil
	case *value.List, value.Tuple, *value.Set, *value.Dict, Mapping, *jinja.Generator, *value.View, value.Deferred:
		f := finalizer{}
		out, err := f.value(v, source.Pos{})
		if err != nil {
			return "", unsurfaced(err, v)
		}
		if out == nil {
			return "", nil
		}
		return value.Text(out)
	}
	return value.Text(v)
}

// unsurfaced makes an undefined value of its error again, so that it can travel on.
func unsurfaced(err error, _ value.Value) error {
	if e, ok := err.(*Error); ok && e.Kind == Undefined && e.Cause == nil {
		return &value.UndefinedError{Value: &value.Undefined{Msg: e.Msg, Pos: e.Pos}}
	}
	return err
}
