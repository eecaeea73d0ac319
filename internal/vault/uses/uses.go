// Package uses finds who needs a variable: the inventory that it belongs to, variables that are made of it, roles and
// playbooks that name it. It reads files as text, so it sees names and does not evaluate anything: a name that is put
// together by a template is not found, and one that is also a word elsewhere is told once too often.
package uses

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// A Kind is what uses a variable.
type Kind string

// The kinds, in the order in which they are told.
const (
	Variable Kind = "variable" // another variable whose value names it
	Role     Kind = "role"
	Playbook Kind = "playbook" // a playbook that names it, or applies a role that does
	Template Kind = "template" // a template outside of roles
	Other    Kind = "file"
)

var order = []Kind{Variable, Role, Playbook, Template, Other}

// A Use is a place that needs the variable.
type Use struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"` // of the variable, role, or file
	File string `json:"file"` // as it is shown
	Line int    `json:"line"`
	Via  string `json:"via,omitempty"` // the variable or role through which it is needed, "" when it is named itself
}

// Inventory gives the inventory and the group or host that a variables file belongs to, from folders named group_vars and
// host_vars above it: path is as it is shown. ok is false for any other file.
func Inventory(path string) (inventory, kind, name string, ok bool) {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for i := len(parts) - 2; i >= 0; i-- {
		if kind, is := map[string]string{"group_vars": "group", "host_vars": "host"}[parts[i]]; is {
			inventory = strings.Join(parts[:i], "/")
			if inventory == "" {
				inventory = "."
			}
			return inventory, kind, strings.TrimSuffix(strings.TrimSuffix(parts[i+1], ".yml"), ".yaml"), true
		}
	}
	return "", "", "", false
}

// Find looks through the files of a tree for uses of the variable at a path such as db.password, which is set in the file
// with the shown name setIn. Variables that are made of it count as it. The variables of another inventory than that of
// setIn are not looked at: they have a value of their own.
func Find(t *tree.Tree, key yaml.Path, setIn string) []Use {
	f := &finder{roles: map[string]bool{}, known: map[string]bool{}}
	for _, file := range t.Files {
		if elsewhere(file.Name, setIn) {
			continue
		}
		if text := readable(file); text != nil {
			f.texts = append(f.texts, content{file: file, lines: bytes.Split(text, []byte("\n"))})
		}
	}
	f.search(key, "")
	f.playbooks()
	slices.SortStableFunc(f.uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Kind), slices.Index(order, b.Kind)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return f.uses
}

type content struct {
	file  tree.File
	lines [][]byte
}

type finder struct {
	texts []content
	uses  []Use
	roles map[string]bool // that use it
	known map[string]bool // variables that were followed
}

// elsewhere reports whether two files with variables belong to two different inventories. What stands beside playbooks
// belongs to all.
func elsewhere(a, b string) bool {
	one, _, _, aok := Inventory(a)
	two, _, _, bok := Inventory(b)
	shared := func(dir string) bool { return dir == "." || filepath.Base(dir) == "playbooks" }
	return aok && bok && one != two && !shared(one) && !shared(two)
}

// readable gives the text of a file that may name variables, nil for what is too large, binary or encrypted, and for
// documentation.
func readable(f tree.File) []byte {
	switch ext := strings.ToLower(filepath.Ext(f.Name)); {
	case f.Info.Size() > 1<<20, ext == ".md", ext == ".rst", ext == ".adoc":
		return nil
	}
	text, err := os.ReadFile(f.Path)
	if err != nil || bytes.IndexByte(text, 0) >= 0 || bytes.HasPrefix(text, []byte(vaultfmt.Header)) {
		return nil
	}
	return text
}

// pattern gives what names a variable, or a value within one: db.password, db['password'], or db as a whole.
func pattern(key yaml.Path) *regexp.Regexp {
	name := regexp.QuoteMeta(key[0].Key)
	if len(key) == 1 {
		return regexp.MustCompile(`\b` + name + `\b`)
	}
	step := regexp.QuoteMeta(key[1].Key)
	if key[1].Index >= 0 {
		step = fmt.Sprint(key[1].Index)
	}
	return regexp.MustCompile(`\b` + name + `(\s*\.\s*` + step + `\b|\s*\[\s*['"]?` + step + `['"]?\s*\]|\b\s*([^.\[\w\s]|\s[^.\[]|$))`)
}

// assigned is a line that sets a variable.
var assigned = lazyregexp.New(`^\s*(?:-\s+)?['"]?([A-Za-z_]\w*)['"]?\s*[:=]`)

// expression is a line in which words are names of variables: with a template, or behind a keyword that is one.
var expression = lazyregexp.New(`\{\{|\{%|^\s*(?:-\s+)?(?:when|that|var|until|failed_when|changed_when|loop|with_\w+):`)

// names reports whether a word in a line is the name of a variable rather than one of prose.
func names(word string, line []byte) bool {
	return strings.ContainsAny(word, "_0123456789") || expression().Match(line)
}

// search looks for a name, and for the variables that are made of it.
func (f *finder) search(key yaml.Path, via string) {
	name := pattern(key)
	var next []string
	for _, c := range f.texts {
		for i, line := range c.lines {
			at := name.FindIndex(line)
			if at == nil || bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) || !names(key[0].Key, line) {
				continue
			}
			u := Use{File: c.file.Name, Line: i + 1, Via: via}
			m := assigned().FindSubmatch(line)
			if m != nil && at[0] <= bytes.Index(line, m[1]) {
				continue // it is set here
			}
			if m != nil && holdsVariables(c.file.Name) && bytes.Contains(line, []byte("{{")) && bytes.HasPrefix(line, m[1]) {
				u.Kind, u.Name = Variable, string(m[1])
				if !f.known[u.Name] {
					f.known[u.Name] = true
					next = append(next, u.Name)
				}
				if kind, role := f.place(c.file.Name); kind == Role {
					f.uses = append(f.uses, Use{Kind: Role, Name: role, File: u.File, Line: u.Line, Via: via})
				}
			} else {
				u.Kind, u.Name = f.place(c.file.Name)
			}
			f.uses = append(f.uses, u)
		}
	}
	for _, v := range next {
		f.search(yaml.Path{{Key: v, Index: -1}}, v)
	}
}

// holdsVariables reports whether a file sets variables.
func holdsVariables(name string) bool {
	parts := strings.Split(filepath.ToSlash(name), "/")
	for _, dir := range parts[:len(parts)-1] {
		switch dir {
		case "group_vars", "host_vars", "vars", "defaults", "inventory", "inventories":
			return true
		}
	}
	return false
}

// place says what a file belongs to.
func (f *finder) place(name string) (Kind, string) {
	parts := strings.Split(filepath.ToSlash(name), "/")
	for i, dir := range parts[:len(parts)-1] {
		if dir == "roles" && i+2 < len(parts) {
			f.roles[parts[i+1]] = true
			return Role, parts[i+1]
		}
	}
	switch filepath.Ext(name) {
	case ".j2":
		return Template, name
	case ".yml", ".yaml":
		return Playbook, name
	}
	return Other, name
}

// playbooks adds those that apply a role which uses the variable.
func (f *finder) playbooks() {
	if len(f.roles) == 0 {
		return
	}
	for _, c := range f.texts {
		kind, _ := (&finder{roles: map[string]bool{}}).place(c.file.Name)
		if kind != Playbook || holdsVariables(c.file.Name) || !bytes.Contains(bytes.Join(c.lines, []byte("\n")), []byte("hosts:")) {
			continue
		}
		for i, line := range c.lines {
			m := roleLine().FindSubmatch(line)
			if m != nil && f.roles[string(m[1])] {
				f.uses = append(f.uses, Use{Kind: Playbook, Name: c.file.Name, File: c.file.Name, Line: i + 1, Via: string(m[1])})
			}
		}
	}
}

// roleLine is a line of a play that applies a role: an element of roles, or the name of include_role and import_role.
var roleLine = lazyregexp.New(`^\s*(?:-\s+)?(?:\{?\s*(?:role|name):\s*)?["']?([A-Za-z_][\w.-]*)["']?\s*(?:[,}#].*)?$`)
