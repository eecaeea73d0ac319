package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/galaxy"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// roleInfo tells what is known of installed roles.
func (g *galaxyCommand) roleInfo() error {
	if !g.line.has("offline") {
		return withCode(ExitOptions, (&diag.Error{Msg: "role info without --offline is not supported: no server is asked"}).Hint("add --offline: what is installed is told"))
	}
	told := ""
	for _, name := range g.line.args {
		text, err := g.roleText(name)
		if err != nil { // as with Ansible, what was found before it is not told then
			told = fmt.Sprintf("- the role %s was not found", name)
			continue
		}
		told += text
	}
	g.say("%s", told)
	return nil
}

var errNoRole = errors.New("no such role")

// roleText tells an installed role.
func (g *galaxyCommand) roleText(name string) (string, error) {
	paths := g.rolePaths()
	known, ok := roleKnown(paths, name)
	if !ok {
		return "", errNoRole
	}
	var quoted []string
	for _, p := range paths {
		quoted = append(quoted, pythonQuote(p))
	}
	known.SetStr("path", value.NewStr("("+strings.Join(quoted, ", ")+")"))
	var b strings.Builder
	description := ""
	if info, ok := known.Stored("galaxy_info").(*value.Dict); ok {
		if d := info.Stored("description"); d != nil {
			description, _ = value.Text(d)
		}
	}
	fmt.Fprintf(&b, "\nRole: %s\n\tdescription: %s", name, description)
	infoLines(&b, known, "\t")
	return b.String(), nil
}

// roleKnown is what the role of that name in the first of the folders that has one tells of itself.
func roleKnown(paths []string, name string) (*value.Dict, bool) {
	for _, p := range paths {
		dir := filepath.Join(p, name)
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return galaxy.RoleInfo(dir), true
		}
	}
	return nil, false
}

// infoLines writes what is known, in the order of its names.
func infoLines(b *strings.Builder, d *value.Dict, indent string) {
	var names []string
	for _, k := range d.Keys() {
		if name, err := value.Text(k); err == nil && name != "description" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		v := d.Stored(name)
		if inner, ok := v.(*value.Dict); ok {
			fmt.Fprintf(b, "\n%s%s:", indent, name)
			infoLines(b, inner, indent+"\t")
			continue
		}
		text, _ := value.Text(v)
		fmt.Fprintf(b, "\n%s%s: %s", indent, name, text)
	}
}
