package doc

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// JSON gives a page as a value in the shape that `ansible-doc -j` has, with the texts of this program.
func JSON(p Page) value.Value {
	if p.Kind == "keyword" {
		d := value.DictOf("description", value.NewStr(p.Short))
		for _, kv := range KeywordFacts(p.Keyword) {
			d.SetStr(kv[0], value.NewStr(kv[1]))
		}
		return d
	}
	collection, short := "ansible.builtin", p.Name
	if i := strings.LastIndexByte(p.Name, '.'); i > 0 {
		collection, short = p.Name[:i], p.Name[i+1:]
	}
	about := value.DictOf("collection", value.NewStr(collection), "short_description", value.NewStr(p.Short), "plugin_name", value.NewStr(p.Name),
		p.Kind, value.NewStr(short), "description", module.V(descriptions(p)))
	out := value.DictOf("doc", about, "examples", value.None, "metadata", value.None, "return", value.None)
	if p.Aliases != nil {
		about.SetStr("aliases", module.V(p.Aliases))
	}
	if p.Signature != "" {
		about.SetStr("signature", value.NewStr(p.Signature))
	}
	d := p.Module
	if d == nil {
		return out
	}
	about.SetStr("options", optionsJSON(d.Spec()))
	if p.Kind != "module" {
		return out
	}
	about.SetStr("has_action", value.Bool(p.Action))
	about.SetStr("attributes", value.DictOf("check_mode", value.DictOf("support", value.NewStr(d.Check.String())),
		"diff_mode", value.DictOf("support", value.NewStr(d.Diff.String()))))
	if d.Doc.Notes != nil {
		about.SetStr("notes", module.V(d.Doc.Notes))
	}
	if p.Missing != nil {
		about.SetStr("unsupported_options", module.V(p.Missing))
	}
	out.SetStr("examples", value.NewStr(d.Doc.Examples))
	if len(d.Doc.Returns) > 0 {
		returns := value.NewDict()
		for _, r := range d.Doc.Returns {
			returns.SetStr(r.Name, value.DictOf("description", value.NewStr(r.Help), "returned", value.NewStr(r.When), "type", value.NewStr(r.Type)))
		}
		out.SetStr("return", returns)
	}
	return out
}

func descriptions(p Page) []string {
	out := []string{p.Short}
	if p.Module == nil {
		return out
	}
	if p.Module.Doc.Long != "" {
		out = append(out, p.Module.Doc.Long)
	}
	return append(out, Rules(p.Module.Rules)...)
}

func optionsJSON(spec module.Args) value.Value {
	out := value.NewDict()
	for _, a := range visible(spec) {
		d := value.DictOf("description", module.V([]string{a.Help}), "type", value.NewStr(a.Type.String()))
		if a.Required {
			d.SetStr("required", value.True)
		}
		if a.Aliases != nil {
			d.SetStr("aliases", module.V(a.Aliases))
		}
		if a.Choices != nil {
			d.SetStr("choices", module.V(a.Choices))
		}
		if a.Default != nil {
			d.SetStr("default", module.V(a.Default))
		}
		if a.Type == module.List && !a.Untyped {
			d.SetStr("elements", value.NewStr(elements(a).String()))
		}
		if a.Options != nil {
			d.SetStr("suboptions", optionsJSON(a.Options))
		}
		out.SetStr(a.Name, d)
	}
	return out
}

// Snippet gives a task that has all arguments of a module, to be filled in; of a lookup, a use of it.
func Snippet(p Page) string {
	var b strings.Builder
	short := strings.TrimPrefix(p.Name, "ansible.builtin.")
	if p.Kind == "lookup" {
		fmt.Fprintf(&b, "# %s\nlookup('%s', term", p.Short, short)
		if p.Module != nil {
			for _, a := range visible(p.Module.Args) {
				fmt.Fprintf(&b, ", %s=%s", a.Name, DefaultText(a.Default))
			}
		}
		return b.String() + ")\n"
	}
	fmt.Fprintf(&b, "- name: %s\n  %s:\n", strings.TrimSuffix(p.Short, "."), short)
	if p.Module == nil {
		return b.String()
	}
	for _, a := range visible(p.Module.Spec()) {
		text := a.Help
		if a.Required {
			text = "(required) " + text
		}
		if len(a.Choices) > 0 {
			text += " One of " + strings.Join(a.Choices, ", ") + "."
		}
		head := fmt.Sprintf("      %-22s ", a.Name+":")
		var lines strings.Builder
		paragraph(&lines, strings.Repeat(" ", 29)+"# ", text)
		fmt.Fprintf(&b, "%s%s", head, strings.TrimPrefix(lines.String(), strings.Repeat(" ", 29)))
	}
	return b.String()
}
