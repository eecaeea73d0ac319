package templating

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Omit is the value of the variable `omit`: an argument, element or entry that has it is left out.
type Omit struct{}

// Type returns "Omit".
func (*Omit) Type() string { return "Omit" }

// Repr gives what Ansible prints for it.
func (*Omit) Repr() string { return "<<Omit>>" }

// OmitValue is the value of `omit`.
var OmitValue = &Omit{}

// Finalize evaluates v wholly: nothing in the result is lazy, undefined or to be evaluated any more; elements that are
// `omit` are left out. A v that is itself `omit` is an error.
func (s *Scope) Finalize(v value.Value) (value.Value, error) {
	out, keep, err := s.FinalizeArg(v)
	if err != nil {
		return nil, err
	}
	if !keep {
		return nil, &Error{Msg: "Template result was omitted.", Pos: value.OriginOf(v)}
	}
	return out, nil
}

// FinalizeArg is Finalize for an argument, which is left out (keep is false) when it is `omit`.
func (s *Scope) FinalizeArg(v value.Value) (out value.Value, keep bool, err error) {
	r, err := s.Resolve(v)
	if err != nil {
		return nil, false, surface(err, value.OriginOf(v))
	}
	return s.settle(r, value.OriginOf(v))
}

// settle makes a resolved value final.
func (s *Scope) settle(v value.Value, pos source.Pos) (out value.Value, keep bool, err error) {
	switch v := v.(type) {
	case *value.Undefined:
		return nil, false, surface(&value.UndefinedError{Value: v}, pos)
	case *Omit:
		return nil, false, nil
	case *value.List:
		elems, err := s.settleAll(v.Len(), v.At, pos)
		if err != nil {
			return nil, false, err
		}
		return value.WithMarks(value.NewList(elems...), value.MarksOf(v)), true, nil
	case value.Tuple:
		elems, err := s.settleAll(v.Len(), func(i int) (value.Value, error) { return v.At(i), nil }, pos)
		if err != nil {
			return nil, false, err
		}
		return value.WithMarks(value.NewList(elems...), value.MarksOf(v)), true, nil
	case *value.Dict:
		d, err := s.settleDict(v, pos)
		return d, true, err
	case value.Deferred:
		r, err := v.Resolve()
		if err != nil {
			return nil, false, surface(err, pos)
		}
		return s.settle(r, pos)
	case value.Iterabler:
		all, err := collect(v)
		if err != nil {
			return nil, false, surface(err, pos)
		}
		return s.settle(value.NewList(all...), pos)
	}
	return v, true, nil
}

func (s *Scope) settleAll(n int, at func(int) (value.Value, error), pos source.Pos) ([]value.Value, error) {
	out := make([]value.Value, 0, n)
	for i := range n {
		e, err := at(i)
		if err != nil {
			return nil, surface(err, pos)
		}
		e, keep, err := s.settle(e, originOr(e, pos))
		if err != nil {
			return nil, err
		}
		if keep {
			out = append(out, e)
		}
	}
	return out, nil
}

func (s *Scope) settleDict(d *value.Dict, pos source.Pos) (value.Value, error) {
	out := value.NewDict()
	for it := d.Iterate(); it.Next(); {
		e, err := it.Value()
		if err != nil {
			return nil, surface(err, pos)
		}
		e, keep, err := s.settle(e, originOr(e, pos))
		if err != nil {
			return nil, err
		}
		if !keep {
			continue
		}
		if err := out.Set(it.Key(), e); err != nil {
			return nil, err
		}
	}
	return value.WithMarks(out, value.MarksOf(d)), nil
}

func originOr(v value.Value, pos source.Pos) source.Pos {
	if p := value.OriginOf(v); p.IsValid() {
		return p
	}
	return pos
}

// surface makes the error of a value that can't be had one with a place.
func surface(err error, pos source.Pos) error {
	u, ok := err.(*value.UndefinedError)
	if !ok {
		return err
	}
	if u.Value.Err != nil {
		return u.Value.Err
	}
	if u.Value.Pos.IsValid() {
		pos = u.Value.Pos
	}
	return &Error{Msg: u.Value.Msg, Pos: pos}
}

func collect(v value.Iterabler) ([]value.Value, error) {
	var all []value.Value
	it := v.Iter()
	for {
		e, ok := it.Next()
		if !ok {
			return all, it.Err()
		}
		all = append(all, e)
	}
}
