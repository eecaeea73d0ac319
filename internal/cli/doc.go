package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/doc"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/preflight"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

const docAbout = `Shows what modules, plugins and keywords of playbooks are there, and what they take: the line is that of ansible-doc.

EXAMPLES
   kimai-ansible doc apt                    a module, with what Ansible's has and this one lacks
   kimai-ansible doc -s template            a task with all arguments, to be filled in
   kimai-ansible doc -l community.crypto    all modules of a collection
   kimai-ansible doc -t filter combine      a filter; also test, lookup, callback, become, connection, inventory, strategy
   kimai-ansible doc -t keyword until       a keyword of playbooks`

// docRefused are the options of ansible-doc that mean things which are not there, with the reason.
var docRefused = map[string]string{
	"metadata-dump": "it is for Ansible's own use", "no-fail-on-errors": "it is for Ansible's own use", "list_files": "modules and plugins are no files",
	"module-path": "modules are built in", "roles-path": "roles are not documented", "entry-point": "roles are not documented",
}

// runDoc is ansible-doc, and `kimai-ansible doc`: it shows the documentation of what is built in.
// Source: https://docs.ansible.com/ansible/latest/cli/ansible-doc.html
func runDoc(_ context.Context, env *Env, args []string, dropIn bool) error {
	p, done, err := readDropIn(env, "ansible-doc", dropIn, args)
	if done || err != nil {
		return err
	}
	c := &docCommand{env: env, line: p, kind: orWord(p.str("type"), "module"), names: p.args}
	return tellError(env, dropIn, c.run())
}

type docCommand struct {
	env   *Env
	line  *parsedLine
	kind  string
	names []string
}

func (c *docCommand) run() error {
	for name, why := range docRefused {
		if c.line.has(name) {
			return optionsError("--%s is refused: %s", name, why)
		}
	}
	if !slices.Contains(doc.Kinds(), c.kind) {
		return optionsError("there is no documentation of the type %s here; there is of %s", c.kind, strings.Join(doc.Kinds(), ", "))
	}
	switch {
	case c.line.has("list"):
		return c.list()
	case c.line.has("snippet") && !slices.Contains([]string{"inventory", "lookup", "module"}, c.kind):
		return optionsError("Snippets are only available for the following plugin types: inventory, lookup, module")
	case len(c.names) == 0:
		return optionsError("Missing name(s), incorrect options passed for detailed documentation.")
	}
	pages := c.find()
	if c.line.has("json") {
		out := value.NewDict()
		for i, p := range pages {
			if p.Name != "" {
				out.SetStr(c.names[i], doc.JSON(p))
			}
		}
		return c.json(out)
	}
	for _, p := range pages {
		switch {
		case p.Name == "":
		case c.line.has("snippet"):
			fmt.Fprint(c.env.Stdout, doc.Snippet(p))
		default:
			fmt.Fprintln(c.env.Stdout, doc.Text(p))
		}
	}
	return nil
}

// find gives the pages of the names, an empty one for a name that has none, which is warned of.
func (c *docCommand) find() []doc.Page {
	out := make([]doc.Page, len(c.names))
	for i, name := range c.names {
		p, ok := doc.Find(c.kind, name)
		if ok {
			out[i] = p
			continue
		}
		text := name + " was not found"
		var names []string
		full := map[string]string{}
		for _, p := range doc.List(c.kind) {
			short := p.Name[strings.LastIndexByte(p.Name, '.')+1:]
			names, full[short] = append(names, p.Name, short), p.Name
		}
		near := diag.Nearest(name, names)
		if near == name { // its name without the collection is not enough
			near = full[name]
		}
		switch {
		case c.kind == "module" && preflight.Known(name):
			text = name + " is a module of Ansible that is not built in"
		case near != "":
			text += "; there is " + near
		}
		fmt.Fprintf(c.env.Stderr, "[WARNING]: %s\n", text)
	}
	return out
}

// list shows the names with a line for each: all, or those that a name, a collection or the beginning of one means.
func (c *docCommand) list() error {
	out := value.NewDict()
	for _, p := range doc.List(c.kind) {
		if !c.wanted(p) {
			continue
		}
		out.SetStr(p.Name, value.NewStr(p.Short))
	}
	if len(c.names) > 0 && out.Len() == 0 {
		return withCode(ExitError, (&diag.Error{Msg: fmt.Sprintf("nothing of the type %s is called %s", c.kind, strings.Join(c.names, ", "))}).
			Hint("-l -t %s alone lists all", c.kind))
	}
	if c.line.has("json") {
		return c.json(out)
	}
	if c.kind == "keyword" {
		text, err := yaml.Dump(out, yaml.DumpOptions{Unicode: true, Width: -1})
		fmt.Fprint(c.env.Stdout, text)
		return err
	}
	wide := 0
	for it := out.Iterate(); it.Next(); {
		name, _ := value.Text(it.Key())
		wide = max(wide, len(name))
	}
	for it := out.Iterate(); it.Next(); {
		name, _ := value.Text(it.Key())
		short, _ := value.Text(it.Stored())
		fmt.Fprintf(c.env.Stdout, "%-*s %s\n", wide, name, short)
	}
	return nil
}

func (c *docCommand) wanted(p doc.Page) bool {
	return len(c.names) == 0 || slices.ContainsFunc(c.names, func(n string) bool {
		return p.Name == n || strings.HasPrefix(p.Name, n+".") || p.Name == "ansible.builtin."+n
	})
}

func (c *docCommand) json(v value.Value) error {
	text, err := value.AppendJSON(nil, v, value.JSONOptions{Multiline: true, Indent: "    ", SortKeys: true, Unicode: true})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.env.Stdout, "%s\n", text)
	return err
}
