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

var knownModules = sync.OnceValue(func() []string { return strings.Fields(knownText) })

// Known reports whether Ansible has a module of that full name, whether or not it is built in here.
func Known(full string) bool {
	all := knownModules()
	at := sort.SearchStrings(all, full)
	return at < len(all) && all[at] == full
}
