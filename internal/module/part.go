package module

import "github.com/seed-6d8ad27c/kimai-ansible/internal/value"

// Part is one of the programs that modules run in on a target. There are two, so that a play which needs no more than most do neither
// sends nor starts what a few modules bring along.
type Part int

// The parts.
const (
	Core Part = iota // what nearly every play needs
	More             // what needs large libraries, above all those for TLS and keys, or is needed seldom
)

// String gives the part's name.
func (p Part) String() string { return [...]string{"core", "more"}[p] }

// WantsMore reports whether a call with these arguments is one for More although the module is in Core: see Arg.More.
func (d *Def) WantsMore(args *value.Dict) bool {
	if args == nil {
		return false
	}
	for _, a := range d.Args {
		if a.More == nil {
			continue
		}
		for _, name := range append([]string{a.Name}, a.Aliases...) {
			if v := args.Stored(name); v != nil && a.More(v) {
				return true
			}
		}
	}
	return false
}

// IsGiven reports whether an argument has a value that is not empty: see Arg.More.
func IsGiven(v value.Value) bool {
	text, err := value.Text(v)
	return v != value.None && (err != nil || text != "")
}
