package facts

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// SubsetError is a name that is no subset.
type SubsetError struct{ Name string }

// Error is Ansible's message, with all names that there are.
func (e *SubsetError) Error() string {
	return fmt.Sprintf("Bad subset '%s' given to Ansible. gather_subset options allowed: all, %s", e.Name, strings.Join(Names(), ", "))
}

// Names returns the names of all subsets but all and min, sorted.
func Names() []string {
	var out []string
	for _, c := range Set.list {
		out = append(append(out, c.Name), c.Also...)
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// Select returns the collectors that a gather_subset asks for, as ansible-core 2.19 does: "all" stands for every name,
// "min" for the names of the collectors of that subset, which is always in; a name with "!" takes itself away, and with
// the name of a collector its further names too. "!min" takes away the collectors' names alone, so that one with further
// names stays in "all,!min". What is asked for by name wins over what is taken away. No name at all means all; an unknown
// one is a *SubsetError, but with "!" it is nothing.
func Select(subset []string) ([]*Collector, error) {
	named, not := map[string]bool{}, map[string]bool{}
	all, noAll, noMin := len(subset) == 0, false, false
	for _, s := range subset {
		switch s {
		case "all":
			all = true
		case "!all":
			noAll = true
		case "!min":
			noMin = true
		case "min":
		default:
			if name, ok := strings.CutPrefix(s, "!"); ok {
				not[name] = true
			} else if !slices.Contains(Names(), s) {
				return nil, &SubsetError{s}
			} else {
				named[s] = true
			}
		}
	}
	var out []*Collector
	for _, c := range Set.list {
		rest := !not[c.Name] && (c.Min && !noMin || all && !noAll && !(c.Min && noMin))
		for _, n := range c.Also {
			rest = rest || all && !noAll && !not[c.Name] && !not[n]
		}
		if rest || named[c.Name] || slices.ContainsFunc(c.Also, func(n string) bool { return named[n] }) {
			out = append(out, c)
		}
	}
	return out, nil
}
