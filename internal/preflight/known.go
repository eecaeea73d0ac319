package preflight

import (
	_ "embed"
	"slices"
	"sort"
	"strings"
	"sync"
)

// knownText names the modules and actions of ansible-core 2.19 and of the collections in the package ansible 12, one a
// line, sorted; `ansible-doc -t module -l` lists them.
//
//go:embed known_modules.txt
var knownText string

// redirectedText are the names without a collection that ansible-core 2.19 takes for modules of collections, one a line, sorted:
// those that `ansible-doc -t module NAME` finds.
//
//go:embed redirected_modules.txt
var redirectedText string

var redirectedModules = sync.OnceValue(func() []string { return strings.Fields(redirectedText) })

// Redirected reports whether a name without a collection means a module of a collection.
func Redirected(name string) bool {
	_, found := slices.BinarySearch(redirectedModules(), name)
	return found
}

var knownModules = sync.OnceValue(func() []string { return strings.Fields(knownText) })

// Known reports whether Ansible has a module of that full name, whether or not it is built in here.
func Known(full string) bool {
	all := knownModules()
	at := sort.SearchStrings(all, full)
	return at < len(all) && all[at] == full
}

// KnownCollection reports whether Ansible has a module whose full name begins with prefix: "NAMESPACE." or "NAMESPACE.NAME.".
func KnownCollection(prefix string) bool {
	all := knownModules()
	at := sort.SearchStrings(all, prefix)
	return at < len(all) && strings.HasPrefix(all[at], prefix)
}

// Redirect gives the full name of the module that a name without a collection means, "" where it means none or more than one
// collection has a module of that name.
func Redirect(name string) string {
	full := ""
	if !Redirected(name) {
		return ""
	}
	for _, m := range knownModules() {
		if strings.HasSuffix(m, "."+name) {
			if full != "" {
				return ""
			}
			full = m
		}
	}
	return full
}
