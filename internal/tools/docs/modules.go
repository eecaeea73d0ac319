package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flosch/pongo2/v6"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
)

//go:embed module.md
var moduleTemplate string

//go:embed modules.md
var indexTemplate string

// argument is a row of a module's table of arguments.
type argument struct{ Name, Type, Default, Help string }

// modulePages gives a page for each native module and one that lists them.
func modulePages() (map[string]string, error) {
	pages := map[string]string{}
	page, err := parse(moduleTemplate)
	if err != nil {
		return nil, err
	}
	defs := modules.All().Defs()
	for _, d := range defs {
		text, err := page.Execute(pongo2.Context{
			"m": d, "check": d.Check.String(), "diff": d.Diff.String(), "arguments": arguments(d.Spec(), ""),
			"rules": rules(d.Rules), "examples": strings.TrimRight(d.Doc.Examples, "\n"), "returns": escaped(d.Doc.Returns),
		})
		if err != nil {
			return nil, fmt.Errorf("page of %s: %w", d.Name, err)
		}
		pages[reference+"/modules/"+d.Name+".md"] = tidy(text)
	}
	index, err := parse(indexTemplate)
	if err != nil {
		return nil, err
	}
	text, err := index.Execute(pongo2.Context{"modules": defs})
	pages[reference+"/modules/README.md"] = tidy(text)
	return pages, err
}

func parse(text string) (*pongo2.Template, error) {
	set := pongo2.NewSet("docs", pongo2.DefaultLoader)
	set.Options = &pongo2.Options{TrimBlocks: true, LStripBlocks: true}
	return set.FromString(text)
}

// tidy puts an empty line before each heading, since a template takes those after its tags away, and leaves at most one
// between two others.
func tidy(text string) string {
	text = strings.ReplaceAll(text, "\n## ", "\n\n## ")
	for strings.Contains(text, "\n\n\n") {
		text = strings.ReplaceAll(text, "\n\n\n", "\n\n")
	}
	return strings.TrimSpace(text) + "\n"
}

// arguments gives the rows for a spec; what belongs to another argument comes after it, with a dot between the names.
// Names that begin with an underscore are for other parts of the program.
func arguments(spec module.Args, within string) []argument {
	var rows []argument
	for _, a := range spec {
		if strings.HasPrefix(a.Name, "_") {
			continue
		}
		row := argument{Name: "`" + within + a.Name + "`", Type: kind(a), Help: cell(a.Help)}
		for _, alias := range a.Aliases {
			row.Name += ", `" + alias + "`"
		}
		switch {
		case a.Required:
			row.Default = "**needed**"
		case a.Default != nil:
			row.Default = "`" + asText(a.Default) + "`"
		}
		if len(a.Choices) > 0 {
			row.Help = strings.TrimSpace(row.Help + " One of `" + strings.Join(a.Choices, "`, `") + "`.")
		}
		rows = append(rows, row)
		rows = append(rows, arguments(a.Options, within+a.Name+".")...)
	}
	return rows
}

func kind(a module.Arg) string {
	switch {
	case a.Type != module.List:
		return a.Type.String()
	case a.Untyped:
		return "list"
	}
	return "list of " + a.Elements.String()
}

// asText writes a default as a playbook would.
func asText(v any) string {
	if s, ok := v.(string); ok {
		if s == "" {
			return `""`
		}
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

// rules tells the conditions over several arguments as sentences.
func rules(r module.Rules) []string {
	var list []string
	for _, group := range r.MutuallyExclusive {
		list = append(list, "At most one of "+names(group, "and")+".")
	}
	for _, group := range r.RequiredOneOf {
		list = append(list, "One of "+names(group, "or")+" is needed.")
	}
	for _, group := range r.RequiredTogether {
		list = append(list, names(group, "and")+" go together.")
	}
	for _, rule := range r.RequiredIf {
		need := names(rule.Then, "and")
		if rule.AnyOf {
			need = "one of " + names(rule.Then, "or")
		}
		list = append(list, fmt.Sprintf("With `%s: %s`, %s is needed.", rule.Name, asText(rule.Is), need))
	}
	for _, rule := range r.RequiredBy {
		list = append(list, fmt.Sprintf("`%s` needs %s.", rule.Name, names(rule.Needs, "and")))
	}
	return list
}

func names(group []string, word string) string {
	quoted := make([]string, len(group))
	for i, name := range group {
		quoted[i] = "`" + name + "`"
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " " + word + " " + quoted[len(quoted)-1]
}

func escaped(returns []module.Return) []module.Return {
	out := make([]module.Return, len(returns))
	for i, r := range returns {
		out[i] = module.Return{Name: r.Name, Type: r.Type, When: cell(r.When), Help: cell(r.Help)}
	}
	return out
}

// cell makes a text fit into a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(text), "\n", " "), "|", `\|`)
}
