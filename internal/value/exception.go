package value

import (
	"errors"
	"fmt"
)

// Exception is the error of a Python operation that can't be done. Class is Python's name of it ("TypeError",
// "ValueError", "KeyError", "IndexError", "ZeroDivisionError", "OverflowError", "MemoryError", "RecursionError",
// "AttributeError", "RuntimeError", "LookupError"), Msg the text that Python gives.
type Exception struct {
	Class string
	Msg   string
}

// Error gives Python's message without the class.
func (e *Exception) Error() string { return e.Msg }

// Raise gives an *Exception of the class, with a text made as by fmt.Sprintf.
func Raise(class, format string, args ...any) error {
	return &Exception{Class: class, Msg: fmt.Sprintf(format, args...)}
}

// ClassOf returns the Python class of an error, or "" for one that is not Python's.
func ClassOf(err error) string {
	var e *Exception
	if errors.As(err, &e) {
		return e.Class
	}
	var u *UnhashableError
	if errors.As(err, &u) {
		return "TypeError"
	}
	var undef *UndefinedError
	if errors.As(err, &undef) {
		return "UndefinedError"
	}
	return ""
}

func typeErrorf(format string, args ...any) error  { return Raise("TypeError", format, args...) }
func valueErrorf(format string, args ...any) error { return Raise("ValueError", format, args...) }

// maxDepth bounds how deep containers may be nested where an operation walks down; Python's own bound is near it.
const maxDepth = 990

var errTooDeep = &Exception{Class: "RecursionError", Msg: "maximum recursion depth exceeded"}

// Force returns what v stands for: the value behind a Deferred, else v. An Undefined is returned as it is.
func Force(v Value) (Value, error) {
	for i := 0; i < 16; i++ {
		d, ok := v.(Deferred)
		if !ok {
			return v, nil
		}
		r, err := d.Resolve()
		if err != nil {
			return nil, err
		}
		v = r
	}
	return nil, errTooDeep
}

// known is Force for an operation that can't work with an Undefined, which is its error.
func known(v Value) (Value, error) {
	switch v := v.(type) {
	case nil:
		return None, nil
	case *Undefined:
		return nil, &UndefinedError{Value: v}
	case Deferred:
		r, err := Force(v)
		if err != nil {
			return nil, err
		}
		return known(r)
	}
	return v, nil
}

// shown is known that lets pass what is undefined and can be shown.
func shown(v Value) (Value, error) {
	if u, ok := v.(*Undefined); ok && u.Shown {
		return v, nil
	}
	return known(v)
}

func known2(a, b Value) (Value, Value, error) {
	a, err := known(a)
	if err != nil {
		return nil, nil, err
	}
	b, err = known(b)
	return a, b, err
}
