package playbook

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Attr is one keyword as it was written.
type Attr struct {
	Keyword Keyword
	Pos     source.Pos  // of the key
	Value   value.Value // untemplated, with its marks
}

// Attrs are the keywords that stand on one play, role, block or task, in the order in which they were written. No keyword
// is in it twice.
type Attrs []Attr

// Get returns the value of a keyword, or nil when it was not written here.
func (a Attrs) Get(k Keyword) value.Value {
	for i := range a {
		if a[i].Keyword == k {
			return a[i].Value
		}
	}
	return nil
}

// Has reports whether the keyword was written here.
func (a Attrs) Has(k Keyword) bool { return a.Get(k) != nil }

// Pos returns where the keyword was written, or the zero Pos.
func (a Attrs) Pos(k Keyword) source.Pos {
	for i := range a {
		if a[i].Keyword == k {
			return a[i].Pos
		}
	}
	return source.Pos{}
}

// Vars returns the `vars` written here, or nil.
func (a Attrs) Vars() *value.Dict {
	d, _ := a.Get(Vars).(*value.Dict)
	return d
}

// set adds a keyword or replaces its value.
func (a *Attrs) set(k Keyword, pos source.Pos, v value.Value) {
	for i := range *a {
		if (*a)[i].Keyword == k {
			(*a)[i].Pos, (*a)[i].Value = pos, v
			return
		}
	}
	*a = append(*a, Attr{k, pos, v})
}
