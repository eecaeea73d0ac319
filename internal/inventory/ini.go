package inventory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// iniPlugin reads the INI format (Ansible documentation, "ansible.builtin.ini inventory").
var iniPlugin = plugin{
	name:   "ini",
	verify: func(path string, info fs.FileInfo) bool { return info != nil && filepath.Ext(path) != ".toml" },
	parse: func(_ context.Context, inv *Inventory, path string) error {
		f, err := inv.read(path)
		if err != nil {
			return err
		}
		r := &iniReader{inv: inv, f: f, group: inv.groupOf[Ungrouped], pending: map[string]*pendingGroup{}}
		if err := r.read(); err != nil {
			return r.wrap(err)
		}
		return nil
	},
}

var (
	iniSection = lazyregexp.New(`^\[([^:\]\s]+)(?::([\pL\pN_]+))?\]\s*(?:#.*)?$`)
	iniName    = lazyregexp.New(`^([^:\]\s]+)\s*(?:#.*)?$`)
)

// iniReader goes through the lines of an INI inventory.
type iniReader struct {
	inv   *Inventory
	f     *source.File
	line  int
	group *Group
	kind  string // of the section: "hosts", "children" or "vars"

	pending map[string]*pendingGroup
	order   []string
}

// pendingGroup is a group that a section names before it is declared.
type pendingGroup struct {
	line    int
	kind    string // "children" or "vars"
	parents []string
}

// lineError is an error that Ansible gives without or with its cause apart.
type lineError struct {
	msg   string
	cause bool // Ansible prints it as the cause of a bare "Failed to parse inventory."
}

func (e *lineError) Error() string { return e.msg }

func badLine(format string, args ...any) error {
	return &lineError{msg: fmt.Sprintf(format, args...)}
}

// wrap gives an error as Ansible words it, and as a finding at the line.
func (r *iniReader) wrap(err error) error {
	path := r.f.Name()
	e := &pluginError{msg: "Failed to parse inventory: " + err.Error()}
	e.chain = e.msg + "\nOrigin: " + path
	var l *lineError
	if errors.As(err, &l) && l.cause {
		e.chain = fmt.Sprintf("Failed to parse inventory.\nOrigin: %s\n\n<<< caused by >>>\n\n%s", path, err)
	}
	what := err.Error()
	if r.f.Sensitive() {
		what = "the line cannot be read as INI inventory"
		e.msg, e.chain = "Failed to parse inventory: "+what, what+"\nOrigin: "+path
	}
	e.finds = diag.Errorf(source.At(r.f, r.line, 1), "%s", what)
	return e
}

func (r *iniReader) read() error {
	r.kind = "hosts"
	for n := 1; n <= r.f.Lines(); n++ {
		r.line = n
		line := strings.TrimSpace(r.f.Line(n))
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		var m []string
		if line[0] == '[' {
			m = iniSection().FindStringSubmatch(line)
		}
		switch {
		case m != nil:
			if err := r.section(m[1], m[2]); err != nil {
				return err
			}
			continue
		case strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]"):
			return badLine("Invalid section entry: '%s'. Please make sure that there are no spaces in the section entry, and that there are no other invalid characters", line)
		}
		var err error
		switch r.kind {
		case "hosts":
			err = r.host(line)
		case "vars":
			err = r.variable(line)
		default:
			err = r.child(line)
		}
		if err != nil {
			return err
		}
	}
	return r.undeclared()
}

func (r *iniReader) section(name, kind string) error {
	switch kind {
	case "":
		kind = "hosts"
	case "hosts", "children", "vars":
	default:
		return badLine("Section [%s:%s] has unknown type: %s", name, kind, kind)
	}
	r.kind = kind
	if kind == "vars" && r.inv.groupOf[name] == nil && r.pending[name] == nil {
		r.wait(name, &pendingGroup{line: r.line, kind: "vars"}) // it must be declared further down
	}
	g, err := r.inv.AddGroup(name)
	if err != nil {
		return err
	}
	r.group = g
	if p := r.pending[name]; p != nil && kind != "vars" {
		delete(r.pending, name)
		for _, parent := range p.parents {
			if err := r.inv.groupOf[parent].addChild(g); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *iniReader) wait(name string, p *pendingGroup) {
	r.pending[name] = p
	r.order = append(r.order, name)
}

// undeclared refuses the first group that is named and never declared.
func (r *iniReader) undeclared() error {
	for _, name := range r.order {
		p := r.pending[name]
		if p == nil {
			continue
		}
		r.line = p.line
		if p.kind == "vars" {
			return badLine("Section [%s:vars] not valid for undefined group '%s'.", name, name)
		}
		return badLine("Section [%s:children] includes undefined group '%s'.", p.parents[len(p.parents)-1], name)
	}
	return nil
}

func (r *iniReader) child(line string) error {
	m := iniName().FindStringSubmatch(line)
	if m == nil {
		return badLine("Expected group name, got: %s", line)
	}
	name := m[1]
	if g := r.inv.groupOf[name]; g != nil {
		return r.group.addChild(g)
	}
	p := r.pending[name]
	if p == nil {
		p = &pendingGroup{line: r.line, kind: "children"}
		r.wait(name, p)
	}
	p.parents = append(p.parents, r.group.name)
	return nil
}

func (r *iniReader) marks() value.Marks {
	return value.Marks{Origin: source.At(r.f, r.line, 0), Trusted: true, Secret: r.f.Sensitive()}
}

func (r *iniReader) variable(line string) error {
	key, text, ok := strings.Cut(line, "=")
	if !ok {
		return badLine("Expected key=value, got: %s", line)
	}
	v, err := iniValue(strings.TrimSpace(text), r.marks())
	if err != nil {
		return err
	}
	return r.inv.setGroupVar(r.group, value.WithMarks(value.NewStr(strings.TrimSpace(key)), r.marks()), v)
}

// host reads a line of a host or a range of them with its variables.
func (r *iniReader) host(line string) error {
	words, err := splitWords(line)
	if err != nil {
		return &lineError{msg: fmt.Sprintf("Error parsing host definition '%s': %s", line, err), cause: true}
	}
	if len(words) == 0 {
		return nil
	}
	names, port, err := expandHosts(words[0])
	if err != nil {
		return err
	}
	vars := value.NewDict()
	for _, w := range words[1:] {
		key, text, ok := strings.Cut(w, "=")
		if !ok {
			return badLine("Expected key=value host variable assignment, got: %s", w)
		}
		v, err := iniValue(text, r.marks())
		if err != nil {
			return err
		}
		_ = vars.Set(value.WithMarks(value.NewStr(key), r.marks()), v) // a text can be a key
	}
	for _, name := range names {
		h, err := r.inv.AddHost(name, r.group, port)
		if err != nil {
			return err
		}
		for it := vars.Iterate(); it.Next(); {
			r.inv.setHostVar(h, it.Key(), it.Stored())
		}
	}
	return nil
}

// expandHosts gives the hosts and the port of a host pattern of an INI or YAML inventory.
func expandHosts(pattern string) ([]string, int, error) {
	switch {
	case strings.HasSuffix(strings.TrimSpace(pattern), ":"):
		return nil, 0, badLine("Invalid host pattern '%s' supplied, ending in ':' is not allowed, this character is reserved to provide a port.", pattern)
	case pattern == "---":
		return nil, 0, badLine("Invalid host pattern '---' supplied, '---' is normally a sign this is a YAML file.")
	}
	name, port, _ := splitPort(pattern)
	if !strings.Contains(name, "[") {
		return []string{name}, port, nil
	}
	names, err := expandRange(name)
	if err != nil {
		switch text := err.Error(); {
		case strings.HasPrefix(text, "invalid literal"), strings.HasPrefix(text, "range()"), strings.HasPrefix(text, "slice step"):
			return nil, 0, &lineError{msg: text, cause: true}
		}
		return nil, 0, err
	}
	return names, port, nil
}
