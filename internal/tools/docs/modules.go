package main

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/flosch/pongo2/v6"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/doc"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

//go:embed module.md
var moduleTemplate string

//go:embed modules.md
var indexTemplate string

// argument is a row of a module's table of arguments.
type argument struct{ Name, Type, Default, Help string }

// modulePages gives a page for each native module, and each action that has no module, and one that lists them.
func modulePages() (map[string]string, error) {
	pages := map[string]string{}
	page, err := parse(moduleTemplate)
	if err != nil {
		return nil, err
	}
	list := doc.List("module")
	for _, p := range list {
		d, half := p.Module, ""
		if p.Action {
			half = " A part of it runs on the control node."
		}
		text, err := page.Execute(pongo2.Context{
			"m": d, "check": d.Check.String(), "diff": d.Diff.String(), "arguments": arguments(d.Spec(), ""),
			"rules": doc.Rules(d.Rules), "missing": quoted(p.Missing), "action": half, "examples": strings.TrimRight(d.Doc.Examples, "\n"), "returns": escaped(d.Doc.Returns),
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
	text, err := index.Execute(pongo2.Context{"modules": list})
	pages[reference+"/modules/README.md"] = tidy(text)
	return pages, err
}

func parse(text string) (*pongo2.Template, error) {
	set := pongo2.NewSet("docs", pongo2.DefaultLoader)
	set.Options = &pongo2.Options{TrimBlocks: true, LStripBlocks: true}
	return set.FromString(text)
}

// tidy puts an empty line before each heading and list, since a template takes those after its tags away, and leaves at most
// one between two others.
func tidy(text string) string {
	for _, begin := range []string{"## ", "Not here: "} {
		text = strings.ReplaceAll(text, "\n"+begin, "\n\n"+begin)
	}
	text = strings.ReplaceAll(text, "|\n- ", "|\n\n- ")
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
			row.Default = "`" + doc.DefaultText(a.Default) + "`"
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

func quoted(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
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
