// Package builtin holds the filters, tests and global functions that Jinja2 3.1 brings along.
//
// What each does: https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters, #builtin-tests and
// #builtin-globals.
package builtin

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The sets; each file adds what it holds.
var (
	Filters eval.Set
	Tests   eval.Set
	globals eval.Set
)

// Global returns a global function.
func Global(name string) (value.Value, bool) {
	if f := globals.Get(name); f != nil {
		return f, true
	}
	return nil, false
}

// GlobalNames lists the global functions.
func GlobalNames() []string { return globals.Names() }

type run = func(c *eval.Call) (value.Value, error)

// filter adds a filter that does not keep its call.
func filter(name, sig string, f run, aliases ...string) bool {
	Filters.Add(&eval.Func{Name: name, Sig: sig, Brief: true, Run: f}, aliases...)
	return true
}

// lazyFilter adds a filter that keeps its call.
func lazyFilter(name, sig string, f run) bool {
	Filters.Add(&eval.Func{Name: name, Sig: sig, Run: f})
	return true
}

// markupFilter adds a filter that sees Markup as it is and does not keep its call.
func markupFilter(name, sig string, f run, aliases ...string) bool {
	Filters.Add(&eval.Func{Name: name, Sig: sig, Markup: true, Brief: true, Run: f}, aliases...)
	return true
}

// quick gives the filter or test in the set a shortcut for the usual cases.
func quick(set *eval.Set, name string, f func(v value.Value, args []value.Value) (value.Value, bool)) bool {
	set.Get(name).Quick = f
	return true
}

func argumentError(format string, args ...any) error {
	return value.Raise("FilterArgumentError", format, args...)
}

// softStr gives the text of the value and whether it is Markup.
func softStr(v value.Value) (s value.Str, markup bool, err error) {
	if m, ok := v.(eval.Markup); ok {
		return m.Text, true, nil
	}
	s, err = value.TextStr(v)
	return s, false, err
}

// wrap gives s as Markup when it was made of one.
func wrap(s value.Value, markup bool) value.Value {
	if t, ok := s.(value.Str); ok && markup {
		return eval.Markup{Text: t}
	}
	return s
}

func str(s string) value.Value { return value.NewStr(s) }

func list(vs []value.Value) value.Value { return value.NewList(vs...) }
