// Package doc is the documentation of what is built in: modules, actions, filters, tests, lookups and the other kinds of
// plugins, and the keywords of playbooks. It is made of their definitions; what a definition does not say stands in a line of
// summaries.txt. It writes pages as text, as JSON in the shape of ansible-doc, and snippets of tasks; where they go is the
// command's business.
package doc

import (
	_ "embed"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/actions"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/become"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/callback"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/all"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/builtin"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinja/eval"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinjatests"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
)

// Page is the documentation of one thing.
type Page struct {
	Kind      string      // "module", "filter", ...
	Name      string      // the full name
	Aliases   []string    // further full names
	Short     string      // one line
	Signature string      // of a filter or a test: its parameters as Python would write them
	Module    *module.Def // of a module or an action: arguments, notes, examples; of a lookup its options
	Missing   []string    // arguments of Ansible's module that are refused here
	Action    bool        // the control node has a part in it
	Keyword   playbook.Keyword
}

// collectors give the pages of each kind, in the order in which kinds are told.
var collectors = []struct {
	kind string
	list func() []Page
}{
	{"become", becomes},
	{"callback", callbacks},
	{"connection", connections},
	{"filter", func() []Page { return functions("filter", &builtin.Filters, &filters.All) }},
	{"inventory", func() []Page { return named("inventory", inventory.Plugins()) }},
	{"keyword", keywords},
	{"lookup", lookupPages},
	{"module", modulePages},
	{"strategy", func() []Page { return named("strategy", runner.Strategies()) }},
	{"test", func() []Page { return functions("test", &builtin.Tests, &jinjatests.All) }},
}

// Kinds are the kinds of things that have pages.
func Kinds() []string {
	var out []string
	for _, c := range collectors {
		out = append(out, c.kind)
	}
	return out
}

// List gives the pages of a kind, sorted by name; none for another kind.
func List(kind string) []Page {
	for _, c := range collectors {
		if c.kind == kind {
			pages := c.list()
			sort.Slice(pages, func(i, j int) bool { return pages[i].Name < pages[j].Name })
			return pages
		}
	}
	return nil
}

// Find gives the page of a name: full, short, or an alias.
func Find(kind, name string) (Page, bool) {
	pages := List(kind)
	if kind == "module" { // short names and redirects are found as tasks find them
		if d := actions.Set.Find(name); d != nil {
			name = d.Name
		} else if d := modules.Find(name); d != nil {
			name = d.Name
		}
	}
	short := strings.TrimPrefix(strings.TrimPrefix(name, "ansible.legacy."), "ansible.builtin.")
	for _, want := range []string{name, "ansible.builtin." + short, "ansible.posix." + short, "community.general." + short} {
		for _, p := range pages {
			if p.Name == want || slices.Contains(p.Aliases, want) {
				return p, true
			}
		}
	}
	return Page{}, false
}

//go:embed summaries.txt
var summaryText string

// summaries are the lines of summaries.txt, by "kind name".
var summaries = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(summaryText) {
		if key, text, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			out[key] = text
		}
	}
	return out
})

func summary(kind, name string) string {
	text := summaries()[kind+" "+strings.TrimPrefix(name, "ansible.builtin.")]
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// named gives pages for things that are known by their names alone.
func named(kind string, names []string) []Page {
	var out []Page
	for _, n := range names {
		if !strings.Contains(n, ".") {
			n = "ansible.builtin." + n
		}
		out = append(out, Page{Kind: kind, Name: n, Short: summary(kind, n)})
	}
	return out
}

func becomes() []Page {
	var names []string
	for _, m := range become.Set {
		names = append(names, m.Name)
	}
	return named("become", names)
}

func callbacks() []Page { return named("callback", callback.Set.Names()) }

func connections() []Page { return named("connection", all.Set().Names()) }

// functions gives the filters or tests of Jinja and of Ansible. Ansible's come first where both have one of a name.
func functions(kind string, jinja *eval.Set, ansible *filters.Set) []Page {
	var out []Page
	seen := map[string]bool{}
	for _, n := range ansible.Names() {
		d := ansible.Lookup(n)
		seen[n] = true
		if d.Name == n {
			out = append(out, Page{Kind: kind, Name: n, Aliases: d.Aliases, Short: summary(kind, n), Signature: parameters(d.Sig)})
		}
	}
	byFunc := map[*eval.Func]int{}
	for _, n := range jinja.Names() {
		full, f := "ansible.builtin."+n, jinja.Get(n)
		at, again := byFunc[f]
		switch {
		case seen[full]:
		case again:
			out[at].Aliases = append(out[at].Aliases, full)
		case f.Name == n || jinja.Get(f.Name) != f:
			byFunc[f] = len(out)
			out = append(out, Page{Kind: kind, Name: full, Short: summary(kind, n), Signature: parameters(f.Sig)})
		}
	}
	for _, n := range jinja.Names() { // aliases that come before their name in the alphabet
		f := jinja.Get(n)
		if at, ok := byFunc[f]; ok && f.Name != n && !seen["ansible.builtin."+n] && !slices.Contains(out[at].Aliases, "ansible.builtin."+n) {
			out[at].Aliases = append(out[at].Aliases, "ansible.builtin."+n)
		}
	}
	return out
}

// parameters is a signature as users see it: without its name, and what is not theirs.
func parameters(sig string) string {
	_, list, ok := strings.Cut(sig, "(")
	if !ok {
		return ""
	}
	var out []string
	for _, p := range strings.Split(strings.TrimSuffix(list, ")"), ", ") {
		if p != "" && !strings.HasPrefix(p, "!") {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

func lookupPages() []Page {
	out := named("lookup", lookups.Set.Names())
	for i := range out {
		d := lookups.Set[strings.TrimPrefix(out[i].Name, "ansible.builtin.")]
		def := &module.Def{Name: out[i].Name}
		for _, o := range d.Options {
			a := module.Arg{Name: o.Name, Aliases: o.Aliases, Choices: o.Choices, Help: o.Help, Type: lookupTypes[o.Type]}
			if o.Default != nil {
				a.Default = o.Default
			}
			def.Args = append(def.Args, a)
		}
		out[i].Module = def
	}
	return out
}

var lookupTypes = map[lookups.OptionType]module.Type{
	lookups.Raw: module.Raw, lookups.Str: module.Str, lookups.Int: module.Int, lookups.Float: module.Float,
	lookups.Bool: module.Bool, lookups.List: module.List, lookups.Dict: module.Dict,
}

func modulePages() []Page {
	var out []Page
	for _, d := range append(modules.All().Defs(), actions.Set.Pages()...) {
		a := actions.Set[d.Name]
		if a != nil && a.Also != nil {
			whole := *d
			whole.Args = append(slices.Clone(d.Args), a.Also...)
			d = &whole
		}
		out = append(out, Page{
			Kind: "module", Name: d.Name, Aliases: d.Redirects, Short: d.Doc.Short, Module: d, Missing: Missing(d),
			Action: a != nil,
		})
	}
	return out
}

func keywords() []Page {
	var out []Page
	for _, k := range playbook.Keywords() {
		out = append(out, Page{Kind: "keyword", Name: k.String(), Short: summary("keyword", k.String()), Keyword: k})
	}
	return out
}
