package templating

import (
	"context"
	"errors"
	"strings"
	"sync"
	"unicode"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// pluginError is the failure of a filter, test or lookup.
type pluginError struct {
	kind    Kind
	name    string // as messages have it
	err     error
	secrets []string // that it was given
}

func (e *pluginError) Error() string {
	return "The " + string(e.kind) + " plugin '" + e.name + "' failed: " + e.text()
}

// text is what the plugin says, without secrets.
func (e *pluginError) text() string { return mask(e.err.Error(), e.secrets) }

func (e *pluginError) Unwrap() error { return e.err }

// link is the failure as a link of the chain that is told.
func (e *pluginError) link(pos source.Pos) error {
	if alone, ok := e.err.(interface{ Apart() bool }); ok && alone.Apart() {
		help := ""
		if h, ok := e.err.(interface{ HintText() string }); ok {
			help = h.HintText()
		}
		return &Error{
			Msg: "The " + string(e.kind) + " plugin '" + e.name + "' failed", Pos: pos, Kind: e.kind,
			Cause: &Error{Msg: e.text(), Help: help},
		}
	}
	outer, inner, help := standsApart(e.name, e.text())
	link := &Error{Msg: "The " + string(e.kind) + " plugin '" + e.name + "' failed", Pos: pos, Kind: e.kind}
	if outer != "" {
		link.Msg += ": " + outer
	}
	if inner != "" {
		cause := &Error{Msg: inner, Help: help}
		if help != "" {
			cause.Pos = nowhere
		}
		link.Cause = cause
	}
	return link
}

// short is the name of a plugin of ansible.builtin without its collection.
func short(name string) string {
	for _, p := range []string{"ansible.builtin.", "ansible.legacy."} {
		if s, ok := strings.CutPrefix(name, p); ok {
			return s
		}
	}
	return name
}

// full is the name of a plugin with its collection.
func full(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	return "ansible.builtin." + name
}

var filterFuncs, testFuncs sync.Map // name -> *jinja.Func, nil for one that does not exist

// findFilter finds a filter: Ansible's own come before Jinja2's of the same name.
func findFilter(name string) (*jinja.Func, error) {
	if f, ok := filterFuncs.Load(name); ok {
		return f.(*jinja.Func), nil
	}
	f := jinja.Filters.Get(short(name))
	switch d := filters.All.Lookup(name); {
	case d != nil:
		f = pluginFunc(d, name)
	case short(name) == "pprint":
		f = pprint
	case short(name) == "default" || short(name) == "d":
		f = defaultTo
	}
	f = calledBy(f, name)
	filterFuncs.Store(name, f)
	return f, nil
}

// calledBy gives f under the name that the template has, which messages tell: one of several that a filter or test of Jinja2 has.
func calledBy(f *jinja.Func, name string) *jinja.Func {
	if f == nil || strings.Contains(f.Name, ".") || f.Name == short(name) || !unicode.IsLetter(rune(short(name)[0])) {
		return f
	}
	return f.As(short(name))
}

// unknownName says that a filter or test does not exist.
func unknownName(e *jinja.UnknownNameError) string {
	return "No " + e.Kind + " named '" + e.Name + "'."
}

// NearestPlugin gives the name of the filter (kind "filter") or test that is nearest to name, or "".
func NearestPlugin(kind, name string) string {
	var names []string
	if kind == "filter" {
		names = jinja.Filters.Names()
		for _, n := range filters.All.Names() {
			names = append(names, short(n))
		}
	} else {
		names = testNames()
	}
	return diag.Nearest(short(name), names)
}

// pluginResult sees what every filter, test and function gives. A failure gets the name of the plugin; an undefined value that the
// plugin met on the way is what it gives.
func pluginResult(c *jinja.Call, v value.Value, err error) (value.Value, error) {
	if c.IsFilter() || c.IsTest() {
		if u := met(c); u != nil {
			return maskedUndefined(u, callSecrets(c)), nil
		}
	}
	if err == nil {
		if v == nil {
			return value.None, nil
		}
		if c.IsFilter() { // Ansible walks over what a filter gives at once
			switch v.(type) {
			case *jinja.Generator, *value.View, *value.Range:
				var elems []value.Value
				if elems, err = value.Elems(v); err == nil {
					v = value.NewList(elems...)
				}
			}
		}
	}
	if err == nil {
		if u, ok := v.(*value.Undefined); ok && c.Func.Undefined {
			return maskedUndefined(u, callSecrets(c)), nil
		}
		if c.IsFilter() && !handsOn(c.Func) {
			if u := undefinedInside(v); u != nil {
				return u, nil
			}
		}
		return v, nil
	}
	if u := undefinedIn(err); u != nil {
		return maskedUndefined(u, callSecrets(c)), nil
	}
	if !c.IsFilter() && !c.IsTest() {
		return nil, err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	var link *Error
	var inner *pluginError
	var tripped *value.UndefinedError
	switch {
	case errors.As(err, &tripped):
		return tripped.Value, nil
	case errors.As(err, &link) || errors.As(err, &inner):
		return captured(err), nil
	}
	kind := Filter
	if c.IsTest() {
		kind = Test
	}
	var late *jinja.UnknownNameError
	if errors.As(err, &late) {
		return nil, &pluginError{kind, full(c.Func.Name), errors.New(unknownName(late)), callSecrets(c)}
	}
	var runtime *jinja.RuntimeError
	if errors.As(err, &runtime) {
		err = runtime.Cause
	}
	return captured(&pluginError{kind, full(c.Func.Name), err, callSecrets(c)}), nil
}

// captured makes a failure a value that travels on and surfaces where it is used: so Ansible finds what fails in the other
// operand of an operator first, and does not see at all what nobody uses.
func captured(err error) *value.Undefined { return &value.Undefined{Msg: err.Error(), Err: err} }

// failedCall makes the failure of a call a value, unless the template may not go on.
func failedCall(err error) *value.Undefined {
	var limit *jinja.LimitError
	if errors.As(err, &limit) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	var u *value.UndefinedError
	if errors.As(err, &u) {
		return u.Value
	}
	return captured(err)
}
