package builtin

import (
	"regexp"
	"sync"
)

// expression gives a regular expression that is compiled when it is first used: a program that is only asked for its version
// does not pay for it.
func expression(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
