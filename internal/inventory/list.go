package inventory

import (
	"bufio"
	"io"
	"slices"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// Lister shows an inventory as ansible-inventory does.
// Source: https://docs.ansible.com/ansible/latest/cli/ansible-inventory.html
type Lister struct {
	Inventory   *Inventory
	PlaybookDir string      // as in Layers
	BaseDir     string      // that folder if somebody named it: variables of groups come from there too
	Export      bool        // variables stand where they were defined, not merged into those of each host
	Extra       *value.Dict // of the command line: they win on each host
	// Merge lays a variable over a weaker one of the same name; nil: it replaces it.
	Merge func(weak, strong value.Value) value.Value
	// Hosts are those that are shown, nil for all.
	Hosts map[*Host]bool
	// Shown is told the merged variables of each host before they are shown.
	Shown func(*value.Dict)
	// Mask gives what is shown in place of a value, if it is changed; nil: every value is shown.
	Mask func(v value.Value) (shown value.Value, changed bool, err error)

	plain bool // texts that are no templates are not told from others
}

type replacer = func(value.Value) (value.Value, bool, error)

func (l *Lister) shows(h *Host) bool { return l.Hosts == nil || l.Hosts[h] }

// HostVars gives the variables of a host: all that it has, or with Export its own. The error is that of a file that can't be read.
func (l *Lister) HostVars(h *Host) (*value.Dict, error) {
	dir := l.PlaybookDir
	if l.Export {
		dir = l.BaseDir
	}
	layers, err := l.Inventory.Layers(h, dir)
	if err != nil {
		return nil, err
	}
	d := value.NewDict()
	for _, layer := range layers {
		if !l.Export || layer.Level >= HostInventory {
			l.lay(d, layer.Vars)
		}
	}
	if !l.Export {
		l.lay(d, l.Extra)
		if l.Shown != nil {
			l.Shown(d)
		}
	}
	dropMagic(d)
	return d, nil
}

func dropMagic(d *value.Dict) {
	for _, name := range magicNames {
		_, _ = d.Delete(value.NewStr(name)) // a text can be a key
	}
}

// magicNames are those of variables that Ansible makes by itself and does not show, whoever has set them.
var magicNames = strings.Fields(`ansible_async_path ansible_collection_name ansible_config_file ansible_dependent_role_names
	ansible_diff_mode ansible_facts ansible_forks ansible_inventory_sources ansible_limit ansible_play_batch ansible_play_hosts
	ansible_play_hosts_all ansible_play_role_names ansible_playbook_python ansible_role_name ansible_role_names ansible_run_tags
	ansible_skip_tags ansible_verbosity ansible_version inventory_dir inventory_file inventory_hostname inventory_hostname_short
	groups group_names hostvars playbook_dir play_hosts role_names role_uuid role_path`)

// lay lays variables over d.
func (l *Lister) lay(d, over *value.Dict) {
	if over == nil {
		return
	}
	for it := over.Iterate(); it.Next(); {
		key, v := it.Key(), it.Stored()
		name, ok := key.(value.Str)
		if !ok {
			name = value.NewStr(plainText(key))
		}
		if l.Merge != nil && d.Has(name.String()) {
			v = l.Merge(d.Stored(name.String()), v)
		}
		_ = d.Set(name, v) // a text can be a key
	}
}

// GroupVars gives the variables of a group that its own sources and group_vars set, and its priority where it has one.
func (l *Lister) GroupVars(g *Group) (*value.Dict, error) {
	w := &layers{inv: l.Inventory, playbookDir: l.BaseDir}
	w.own(GroupsInventory, []*Group{g})
	w.groupFiles(GroupFilesInventory, GroupFilesPlaybook, []*Group{g})
	if w.err != nil {
		return nil, w.err
	}
	d := value.NewDict()
	for _, layer := range w.out {
		l.lay(d, layer.Vars)
	}
	if g.priority != 1 {
		d.SetStr("ansible_group_priority", value.NewInt(int64(g.priority)))
	}
	dropMagic(d)
	return d, nil
}

// jsonOptions are those of ansible-inventory's output.
var jsonOptions = value.JSONOptions{Multiline: true, Indent: "    ", SortKeys: true, Unicode: true}

// marked gives what stands for a value in JSON: vaulted texts and those that are no templates are told from others.
func (l *Lister) marked(v value.Value) (value.Value, bool, error) {
	if l.Mask != nil {
		if masked, changed, err := l.Mask(v); err != nil || changed {
			return masked, changed, err
		}
	}
	switch v := v.(type) {
	case yaml.Ciphertexter:
		return value.DictOf("__ansible_vault", value.NewStr(v.Ciphertext())), true, nil
	case value.Str:
		if !l.plain && value.OriginOf(v).IsValid() && !value.IsTrusted(v) {
			return value.DictOf("__ansible_unsafe", value.NewStr(v.String())), true, nil
		}
	case value.Date, value.DateTime:
		text, err := value.Text(v)
		return value.NewStr(strings.Replace(text, " ", "T", 1)), true, err
	}
	return v, false, nil
}

// JSON writes what `ansible-inventory --list` prints: the groups with their hosts and children, as they hang below "all",
// and under _meta the variables of every host. Host by host, so that it needs no more memory than the largest takes.
func (l *Lister) JSON(w io.Writer) error {
	groups := l.Inventory.groupOf[All].Descendants()
	names := []string{"_meta"}
	entries := make(map[string]*value.Dict, len(groups))
	for _, g := range groups {
		e, err := l.groupEntry(g)
		if err != nil {
			return err
		}
		if e.Len() > 0 {
			names = append(names, g.name)
			entries[g.name] = e
		}
	}
	sort.Strings(names)
	out := bufio.NewWriter(w)
	out.WriteString("{")
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n    " + jsonText(name) + ": ")
		var err error
		if name == "_meta" {
			err = l.jsonMeta(out)
		} else {
			err = l.jsonValue(out, entries[name], "    ")
		}
		if err != nil {
			return err
		}
	}
	out.WriteString("\n}\n")
	return out.Flush()
}

// groupEntry is what is told of a group: hosts, children, and with Export its variables.
func (l *Lister) groupEntry(g *Group) (*value.Dict, error) {
	e := value.NewDict()
	hosts, children := value.NewList(), value.NewList()
	if g.name != All {
		for _, h := range g.hosts {
			if l.shows(h) {
				hosts.Append(value.NewStr(h.name))
			}
		}
	}
	for _, c := range g.children {
		children.Append(value.NewStr(c.name))
	}
	if hosts.Len() > 0 {
		e.SetStr("hosts", hosts)
	}
	if children.Len() > 0 {
		e.SetStr("children", children)
	}
	if l.Export {
		vars, err := l.GroupVars(g)
		if err != nil {
			return nil, err
		}
		if vars.Len() > 0 {
			e.SetStr("vars", vars)
		}
	}
	return e, nil
}

// jsonMeta writes the variables of the hosts, sorted by name, those without any left out.
func (l *Lister) jsonMeta(out *bufio.Writer) error {
	hosts := l.Inventory.groupOf[All].Hosts()
	sort.SliceStable(hosts, func(i, j int) bool { return hosts[i].name < hosts[j].name })
	out.WriteString("{\n        \"hostvars\": {")
	some := false
	for _, h := range hosts {
		if !l.shows(h) {
			continue
		}
		vars, err := l.HostVars(h)
		if err != nil {
			return err
		}
		if vars.Len() == 0 {
			continue
		}
		if some {
			out.WriteByte(',')
		}
		some = true
		out.WriteString("\n            " + jsonText(h.name) + ": ")
		if err := l.jsonValue(out, vars, "            "); err != nil {
			return err
		}
	}
	if some {
		out.WriteString("\n        ")
	}
	out.WriteString("},\n        \"profile\": \"inventory_legacy\"\n    }")
	return nil
}

func jsonText(s string) string {
	b, _ := value.AppendJSON(nil, value.NewStr(s), value.JSONOptions{Unicode: true})
	return string(b)
}

// jsonValue writes a value whose first line stands behind indent.
func (l *Lister) jsonValue(out *bufio.Writer, v value.Value, indent string) error {
	v, _, err := each(v, l.marked)
	if err != nil {
		return err
	}
	text, err := value.AppendJSON(nil, v, jsonOptions)
	if err != nil {
		return err
	}
	_, err = strings.NewReplacer("\n", "\n"+indent).WriteString(out, string(text))
	return err
}

// YAML writes what `ansible-inventory --list --yaml` prints: the groups as they hang below "all". A host's variables stand
// where it is met first.
func (l *Lister) YAML(w io.Writer) error {
	all, err := l.tree(l.Inventory.groupOf[All], &met{map[*Host]bool{}, map[*Group]bool{}})
	if err != nil {
		return err
	}
	out := value.NewDict()
	if all.Len() > 0 {
		out.SetStr(All, all)
	}
	return l.dump(w, out)
}

// met has the hosts and groups that were shown already, groups with whether there was anything in them.
type met struct {
	hosts  map[*Host]bool
	groups map[*Group]bool
}

// tree is a group with what hangs below it; what is empty is left out, and of a group that was met before there is the name alone.
func (l *Lister) tree(g *Group, seen *met) (*value.Dict, error) {
	entry, children, hosts := value.NewDict(), value.NewDict(), value.NewDict()
	for _, c := range g.children {
		if full, again := seen.groups[c]; again {
			if full {
				children.SetStr(c.name, value.NewDict())
			}
			continue
		}
		below, err := l.tree(c, seen)
		if err != nil {
			return nil, err
		}
		if seen.groups[c] = below.Len() > 0; seen.groups[c] {
			children.SetStr(c.name, below)
		}
	}
	if g.name != All {
		for _, h := range g.hosts {
			if !l.shows(h) {
				continue
			}
			vars := value.NewDict()
			if !seen.hosts[h] {
				seen.hosts[h] = true
				var err error
				if vars, err = l.HostVars(h); err != nil {
					return nil, err
				}
			}
			hosts.SetStr(h.name, vars)
		}
	}
	if children.Len() > 0 {
		entry.SetStr("children", children)
	}
	if hosts.Len() > 0 {
		entry.SetStr("hosts", hosts)
	}
	if l.Export {
		vars, err := l.GroupVars(g)
		if err != nil {
			return nil, err
		}
		if vars.Len() > 0 {
			entry.SetStr("vars", vars)
		}
	}
	return entry, nil
}

func (l *Lister) dump(w io.Writer, v value.Value) error {
	if l.Mask != nil {
		masked, _, err := each(v, l.Mask)
		if err != nil {
			return err
		}
		v = masked
	}
	text, err := yaml.Dump(v, yaml.DumpOptions{SortKeys: true, Unicode: true})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

// each gives v with f applied to it and to all that is in it; what f leaves alone is not copied, and changed is false.
func each(v value.Value, f replacer) (out value.Value, changed bool, err error) {
	v, changed, err = f(v)
	if err != nil || changed {
		return v, changed, err
	}
	switch v := v.(type) {
	case *value.Dict:
		copied := v
		for it := v.Iterate(); it.Next(); {
			e, did, err := each(it.Stored(), f)
			if err != nil {
				return nil, false, err
			}
			if did && !changed {
				copied, changed = v.Copy(), true
			}
			if did {
				_ = copied.Set(it.Key(), e) // it was a key already
			}
		}
		return copied, changed, nil
	case *value.List:
		elems := slices.Clone(v.Stored())
		for i, stored := range elems {
			e, did, err := each(stored, f)
			if err != nil {
				return nil, false, err
			}
			elems[i], changed = e, changed || did
		}
		if changed {
			return value.NewList(elems...), true, nil
		}
	}
	return v, false, nil
}

// HostJSON writes what `ansible-inventory --host` prints, and HostYAML the same in YAML.
func (l *Lister) HostJSON(w io.Writer, h *Host) error {
	vars, err := l.HostVars(h)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	one := *l
	one.plain = true
	if err := one.jsonValue(out, vars, ""); err != nil {
		return err
	}
	out.WriteByte('\n')
	return out.Flush()
}

// HostYAML writes the variables of a host in YAML.
func (l *Lister) HostYAML(w io.Writer, h *Host) error {
	vars, err := l.HostVars(h)
	if err != nil {
		return err
	}
	return l.dump(w, vars)
}
