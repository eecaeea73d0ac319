package templating

import (
	"errors"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// newUndefined makes the undefined value of what was looked for in vain, with Ansible's message. It has no place: it
// gets that of the text in which it surfaces first.
func newUndefined(m jinja.Missing) *value.Undefined {
	u := &value.Undefined{Name: m.Name, Msg: m.Msg, At: m.Pos}
	if m.Kind == jinja.MissingItem && m.Name == "" && !value.HasSecret(m.Key) {
		u.Name, _ = value.Text(m.Key)
	}
	switch m.Kind {
	case jinja.MissingElse:
		u.Msg = "Error rendering template: " + m.Msg
	case jinja.MissingAttr, jinja.MissingItem:
		if some, err := value.Truth(m.Key); err == nil && !some {
			return u // a key that counts as false, such as 0, is told in Jinja2's words
		}
		what, err := value.Repr(m.Key)
		if err != nil || value.HasSecret(m.Key) {
			what = "(secret)"
		}
		if name, ok := m.Key.(value.Str); ok && (unsafeAttr[name.String()] || typeName(m.Obj) == "function" && unsafeFunctionAttr[name.String()]) {
			u.Msg = "access to attribute " + what + " of '" + typeName(m.Obj) + "' object is unsafe."
			return u
		}
		if typeName(m.Obj) == "HostVars" {
			u.Msg = "hostvars[" + what + "]"
			return u
		}
		u.Msg = "object of type '" + typeName(m.Obj) + "' has no attribute " + what
	}
	return u
}

// unsafeAttr are the attributes that every Python object has, or most have, and that templates may not reach.
var unsafeAttr = map[string]bool{
	"__class__": true, "__dict__": true, "__doc__": true, "__module__": true, "__init__": true, "__new__": true,
	"__repr__": true, "__str__": true, "__hash__": true, "__eq__": true, "__ne__": true, "__lt__": true, "__le__": true,
	"__gt__": true, "__ge__": true, "__getattribute__": true, "__setattr__": true, "__delattr__": true, "__dir__": true,
	"__sizeof__": true, "__reduce__": true, "__reduce_ex__": true, "__subclasshook__": true, "__init_subclass__": true,
	"__format__": true, "__len__": true, "__getitem__": true, "__iter__": true, "__contains__": true, "__add__": true,
	"__mul__": true, "__setitem__": true, "__delitem__": true, "__call__": true, "__bool__": true,
}

// unsafeFunctionAttr are those that functions have besides.
var unsafeFunctionAttr = map[string]bool{
	"__globals__": true, "__code__": true, "__closure__": true, "__defaults__": true, "__kwdefaults__": true, "__name__": true,
	"__qualname__": true, "__annotations__": true, "__get__": true, "__builtins__": true,
}

// typeName is the Python type of a value as users are told.
func typeName(v value.Value) string {
	switch v := v.(type) {
	case interface{ PythonType() string }:
		return v.PythonType()
	}
	return v.Type()
}

// placed gives an undefined value the place pos unless it has one.
func placed(u *value.Undefined, pos source.Pos) *value.Undefined {
	if u.Pos.IsValid() || !pos.IsValid() {
		return u
	}
	c := *u
	c.Pos = pos
	return &c
}

// told words the failure of a call that stands behind u, with the place of the template in which it failed. That of a plugin is
// told where it surfaces.
func told(u *value.Undefined, what string, pos source.Pos) *value.Undefined {
	var link *Error
	var failed *pluginError
	if u.Err == nil || errors.As(u.Err, &link) && link.Pos.IsValid() || errors.As(u.Err, &failed) {
		return u
	}
	c := *u
	c.Err = renderError(what, u.Err, pos)
	return &c
}

// undefinedIn returns the undefined value that err is about, if it is about mere absence.
func undefinedIn(err error) *value.Undefined {
	var link *Error
	if errors.As(err, &link) {
		return nil
	}
	var u *value.UndefinedError
	if errors.As(err, &u) && u.Value.Err == nil {
		return u.Value
	}
	return nil
}

// failureIn returns the value that stands for the failure of a filter, test or lookup, if err is about one: it travels on into the
// template that uses the variable, and is told with the place there.
func failureIn(err error) *value.Undefined {
	var link *Error
	if errors.As(err, &link) {
		return nil
	}
	var u *value.UndefinedError
	var failed *pluginError
	if errors.As(err, &u) && errors.As(u.Value.Err, &failed) {
		return u.Value
	}
	return nil
}

// markerIn returns the value that err is about, if it is one that travels: undefined, or in the place of a failure.
func markerIn(err error) *value.Undefined {
	if u := undefinedIn(err); u != nil {
		return u
	}
	return failureIn(err)
}

// surface makes the error of a value that can't be had one with a place.
func surface(err error, pos source.Pos) error {
	var link *Error
	if errors.As(err, &link) {
		if link.Pos.IsValid() {
			return link
		}
		there := *link
		there.Pos = pos
		return &there
	}
	var failed *pluginError
	if errors.As(err, &failed) {
		return failed.link(pos)
	}
	var u *value.UndefinedError
	if !errors.As(err, &u) {
		return err
	}
	if u.Value.Err != nil {
		return surface(u.Value.Err, pos)
	}
	if u.Value.Pos.IsValid() {
		pos = u.Value.Pos
	}
	return &Error{Msg: u.Value.Msg, Pos: pos, Kind: Undefined, At: u.Value.At, Missing: missingVariable(u.Value)}
}
