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
