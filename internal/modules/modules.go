// Package modules has the modules of all families. A module is a file in the room of its family and adds itself to the
// family's set; nothing else has to know of it. In which program on a target it runs follows from the room: the packages core and more list
// the families of each.
package modules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/core"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/more"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var all = func() module.Union {
	sets := slices.Clone(core.Families)
	for _, s := range more.Families {
		if !slices.Contains(sets, s) {
			sets = append(sets, s)
		}
	}
	return sets
}()

// All returns the sets of all families.
func All() module.Union { return all }

// Find returns the module that a task means by name (short, ansible.builtin, ansible.legacy or a collection's full
// name), or nil.
func Find(name string) *module.Def { return all.Find(name) }

// PartFor tells in which part a call runs: by its module, as the task wrote it, and its arguments. A module that is not there is looked for
// in the core, which says so.
func PartFor(name string, args *value.Dict) module.Part {
	if d := core.Families.Find(name); d != nil && d.WantsMore(args) || d == nil && more.Families.Find(name) != nil {
		return module.More
	}
	return module.Core
}

// Sum names the modules of a part with their arguments: two programs that give the same text take the same calls.
func Sum(p module.Part) string { return sums[p]() }

var sums = map[module.Part]func() string{
	module.Core: sync.OnceValue(func() string { return sum(core.Families) }), module.More: sync.OnceValue(func() string { return sum(more.Families) }),
}

func sum(sets module.Union) string {
	var b []byte
	for _, d := range sets.Defs() {
		b = appendWords(b, d.Name, strings.Join(d.Redirects, " "), strconv.FormatBool(d.FileArgs), d.Check.String(), d.Diff.String())
		b = appendArgs(b, d.Args, 1)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

func appendArgs(b []byte, args module.Args, depth int) []byte {
	for _, a := range args {
		fallback := ""
		if a.Default != nil {
			fallback = fmt.Sprint(a.Default)
		}
		b = appendWords(b, strconv.Itoa(depth), a.Name, strings.Join(a.Aliases, " "), a.Type.String(), a.Elements.String(), fallback,
			strings.Join(a.Choices, " "), strconv.FormatBool(a.Required), strconv.FormatBool(a.NoLog))
		b = appendArgs(b, a.Options, depth+1)
	}
	return b
}

func appendWords(b []byte, words ...string) []byte {
	for _, w := range words {
		b = append(append(b, w...), 0)
	}
	return append(b, '\n')
}
