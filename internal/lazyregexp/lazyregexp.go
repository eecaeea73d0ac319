// Package lazyregexp holds regular expressions that are compiled when they are first used. Compiling all that a program
// may need takes longer than most of its commands: one that is only asked for its version should not pay for it.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New gives a regular expression that is compiled at the first call. One that does not compile panics then.
func New(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
