package preflight

import (
	_ "embed"
	"sort"
	"strings"
	"sync"
)

// knownText names the modules and actions of ansible-core 2.19 and of the collections in the package ansible 12, one a
// line, sorted; `ansible-doc -t module -l` lists them.
//
//go:embed known_modules.txt
var knownText string

// redirectedText are names that ansible-core 2.19 takes for modules of other names, one a line, sorted: names without a collection,
// and full names with the one that they lead to. retired.py records them; `ansible-doc -t module NAME` finds those modules.
//
//go:embed redirected_modules.txt
var redirectedText string

// redirectedModules are the names, with what they lead to where that is told.
var redirectedModules = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(redirectedText) {
		name, to, _ := strings.Cut(strings.TrimSpace(line), " ")
		all[name] = to
	}
	return all
})

// Redirected reports whether a name, with a collection or without, means a module of another name.
func Redirected(name string) bool {
	_, found := redirectedModules()[name]
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

// Redirect gives the full name of the module that a name means which Redirected knows, "" where it means none or more than one
// collection has a module of that name.
func Redirect(name string) string {
	full, known := redirectedModules()[name]
	if !known || full != "" {
		return full
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
