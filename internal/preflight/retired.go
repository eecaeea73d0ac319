package preflight

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// retiredText tells the modules that collections of the package ansible 12 have removed or will remove, one a line: the full
// name, "removed" or "deprecated", the collection's version or a date, further names that lead to it, and what is to be used in its
// place; tabs between them, "-" for nothing. retired.py records it.
//
//go:embed retired_modules.txt
var retiredText string

// Retired is a module that its collection has removed or will remove.
type Retired struct {
	Name    string // the full name
	Gone    bool   // it was removed
	When    string // the version of the collection, or the date, at which it goes or went
	Instead string // what is to be used in its place, "" where the collection names nothing
}

var retiredModules = sync.OnceValue(func() map[string]Retired {
	all := map[string]Retired{}
	for line := range strings.Lines(retiredText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		r := Retired{Name: f[0], Gone: f[1] == "removed", When: f[2]}
		if f[4] != "-" {
			r.Instead = f[4]
		}
		all[r.Name] = r
		if f[3] == "-" {
			continue
		}
		for alias := range strings.SplitSeq(f[3], ",") {
			all[alias] = r
		}
	}
	return all
})

// FindRetired finds the module that a name means, with a collection or without one; ok is false when it is none that goes or went.
func FindRetired(name string) (r Retired, ok bool) {
	r, ok = retiredModules()[name]
	return r, ok
}

// Text is what ansible-core 2.19 says of it, but for the reason that the collection gives: of that what is to be used alone.
func (r Retired) Text() string {
	ns, rest, _ := strings.Cut(r.Name, ".")
	collection, _, _ := strings.Cut(rest, ".")
	said, tense := r.Name+" has been deprecated.", "will be"
	if r.Gone {
		said, tense = fmt.Sprintf("The '%s' module has been removed.", r.Name), "was"
	}
	if r.Instead != "" {
		said += " Use " + r.Instead + " instead."
	}
	at := "version " + r.When
	if strings.Contains(r.When, "-") { // a date
		at = "in a release after " + r.When
	}
	return fmt.Sprintf("%s This feature %s removed from collection '%s.%s' %s.", said, tense, ns, collection, at)
}
