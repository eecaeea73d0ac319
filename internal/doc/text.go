package doc

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// width is how many columns a page takes.
const width = 79

// Text writes a page for a terminal.
func Text(p Page) string {
	var b strings.Builder
	fmt.Fprintf(&b, "> %s %s\n\n", strings.ToUpper(p.Kind), p.Name)
	paragraph(&b, "  ", p.Short)
	if p.Kind == "keyword" {
		for _, kv := range KeywordFacts(p.Keyword) {
			fmt.Fprintf(&b, "\n  %s: %s", kv[0], kv[1])
		}
		return b.String() + "\n"
	}
	if len(p.Aliases) > 0 {
		paragraph(&b, "  ", "Also: "+strings.Join(p.Aliases, ", ")+".")
	}
	if p.Signature != "" {
		paragraph(&b, "  ", "Parameters: "+p.Signature)
	}
	if p.Module != nil {
		moduleText(&b, p)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func moduleText(b *strings.Builder, p Page) {
	d := p.Module
	if d.Doc.Long != "" {
		b.WriteString("\n")
		paragraph(b, "  ", d.Doc.Long)
	}
	if spec := visible(d.Spec()); len(spec) > 0 {
		b.WriteString("\nOPTIONS (= is needed):\n\n")
		options(b, "", spec)
	}
	for i, rule := range Rules(d.Rules) {
		if i == 0 {
			b.WriteString("\nRULES:\n")
		}
		item(b, rule)
	}
	if p.Kind == "module" {
		fmt.Fprintf(b, "\nATTRIBUTES:\n  check_mode: %s\n  diff_mode: %s\n", d.Check, d.Diff)
		if p.Action {
			b.WriteString("  action: a part of it runs on the control node\n")
		}
	}
	if len(p.Missing) > 0 {
		b.WriteString("\nNOT HERE (Ansible has it; a task that uses it is refused):\n")
		item(b, strings.Join(p.Missing, ", "))
	}
	for i, note := range d.Doc.Notes {
		if i == 0 {
			b.WriteString("\nNOTES:\n")
		}
		item(b, note)
	}
	if d.Doc.Examples != "" {
		b.WriteString("\nEXAMPLES:\n\n" + strings.TrimRight(d.Doc.Examples, "\n") + "\n")
	}
	for i, r := range d.Doc.Returns {
		if i == 0 {
			b.WriteString("\nRETURN VALUES:\n\n")
		}
		fmt.Fprintf(b, "- %s\n", r.Name)
		paragraph(b, "        ", r.Help)
		fmt.Fprintf(b, "        returned: %s\n        type: %s\n", r.When, r.Type)
	}
}

// options writes the arguments of one level.
func options(b *strings.Builder, indent string, spec module.Args) {
	for i, a := range spec {
		mark := "-"
		if a.Required {
			mark = "="
		}
		if i > 0 && indent == "" {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "%s%s %s\n", indent, mark, a.Name)
		in := indent + "        "
		paragraph(b, in, a.Help)
		for _, kv := range argumentFacts(a) {
			paragraph(b, in, kv[0]+": "+kv[1])
		}
		if sub := visible(a.Options); len(sub) > 0 {
			fmt.Fprintf(b, "%soptions:\n\n", in)
			options(b, in, sub)
		}
	}
}

// argumentFacts are what a page tells of an argument besides its help.
func argumentFacts(a module.Arg) [][2]string {
	var out [][2]string
	add := func(k, v string) {
		if v != "" {
			out = append(out, [2]string{k, v})
		}
	}
	if len(a.Aliases) > 0 {
		add("aliases", "["+strings.Join(a.Aliases, ", ")+"]")
	}
	if len(a.Choices) > 0 {
		add("choices", "["+strings.Join(a.Choices, ", ")+"]")
	}
	if a.Default != nil {
		add("default", DefaultText(a.Default))
	}
	add("type", a.Type.String())
	if a.Type == module.List && !a.Untyped {
		add("elements", elements(a).String())
	}
	return out
}

func elements(a module.Arg) module.Type {
	if a.Options != nil {
		return module.Dict
	}
	return a.Elements
}

// visible leaves out the arguments that are for other parts of the program.
func visible(spec module.Args) module.Args {
	var out module.Args
	for _, a := range spec {
		if !strings.HasPrefix(a.Name, "_") {
			out = append(out, a)
		}
	}
	return out
}

// DefaultText writes a default as a playbook would.
func DefaultText(v any) string {
	if s, ok := v.(value.Value); ok {
		if b, err := value.AppendJSON(nil, s, value.JSONOptions{}); err == nil {
			var plain any
			if json.Unmarshal(b, &plain) == nil {
				v = plain
			}
		}
	}
	if s, ok := v.(string); ok && s != "" && !strings.ContainsAny(s, "\n\t") {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func item(b *strings.Builder, text string) {
	var in strings.Builder
	paragraph(&in, "    ", text)
	b.WriteString("  * " + strings.TrimPrefix(in.String(), "    "))
}

// paragraph writes a text in lines that fit, each behind indent.
func paragraph(b *strings.Builder, indent, text string) {
	for _, part := range strings.Split(text, "\n") {
		line := indent
		for _, w := range strings.Fields(part) {
			if line != indent && len(line)+1+len(w) > width {
				b.WriteString(line + "\n")
				line = indent
			}
			if line != indent {
				line += " "
			}
			line += w
		}
		if line != indent {
			b.WriteString(line + "\n")
		}
	}
}

// KeywordFacts are what there is to know of a keyword: names and texts.
func KeywordFacts(k playbook.Keyword) [][2]string {
	var on []string
	for p, name := range keywordPlaces {
		if k.AllowedOn(p) {
			on = append(on, name)
		}
	}
	sort.Strings(on)
	out := [][2]string{{"applies_to", strings.Join(on, ", ")}, {"template", keywordMoments[k.Moment()]}, {"type", keywordTypes[k.Type()]}}
	if d := k.Default(); d != nil {
		out = append(out, [2]string{"default", DefaultText(d)})
	}
	if k.Inherited() {
		out = append(out, [2]string{"inherited", "by what is within"})
	}
	return out
}

var keywordPlaces = map[playbook.Place]string{
	playbook.OnPlay: "Play", playbook.OnRole: "Role", playbook.OnBlock: "Block", playbook.OnTask: "Task", playbook.OnHandler: "Handler",
}

var keywordMoments = map[playbook.Moment]string{
	playbook.Never: "never", playbook.AtStart: "when the play starts", playbook.BeforeTask: "before the task's loop",
	playbook.EachItem: "for each item", playbook.Implicit: "an expression without braces",
}

var keywordTypes = map[playbook.ValueType]string{
	playbook.AnyType: "any", playbook.StringType: "str", playbook.BoolType: "bool", playbook.IntType: "int", playbook.FloatType: "float",
	playbook.PercentType: "percent", playbook.ListType: "list", playbook.DictType: "dict", playbook.ConditionType: "list of expressions",
	playbook.ClassType: "dict with keys of its own", playbook.TasksType: "list of tasks",
}
