package vars

import (
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// hostMagic is what an inventory host says of itself. It has the strength of the inventory: facts and all above win.
func (s *Store) hostMagic(host string) *value.Dict {
	if d, ok := s.weak.Load(host); ok {
		return d.(*value.Dict)
	}
	age := s.age.Load()
	d := value.NewDict()
	if file, dir := s.inventory.SourceOf(host); file != "" {
		d.SetStr("inventory_file", value.NewStr(file))
		d.SetStr("inventory_dir", textOrNone(dir))
	}
	d.SetStr("inventory_hostname", value.NewStr(host))
	short, _, _ := strings.Cut(host, ".")
	d.SetStr("inventory_hostname_short", value.NewStr(short))
	d.SetStr("group_names", texts(s.inventory.GroupNames(host)))
	s.weak.Store(host, d)
	if s.age.Load() != age { // the inventory was changed meanwhile
		s.weak.Delete(host)
	}
	return d
}

func texts(list []string) *value.List {
	elems := make([]value.Value, len(list))
	for i, s := range list {
		elems[i] = value.NewStr(s)
	}
	return value.NewList(elems...)
}

// magicVar makes a magic variable. They stand above all levels, extra vars included.
// https://docs.ansible.com/ansible/latest/reference_appendices/special_variables.html
func (v *View) magicVar(name string) (value.Value, bool) {
	if v.magic != nil {
		if m := v.magic.Stored(name); m != nil {
			return m, true
		}
	}
	m := v.makeMagic(name)
	if m == nil {
		return nil, false
	}
	if v.magic == nil {
		v.magic = value.NewDict()
	}
	v.magic.SetStr(name, m)
	return m, true
}

func (v *View) makeMagic(name string) value.Value {
	switch name {
	case "hostvars":
		if v.others == nil {
			v.others = &HostVarsMap{s: v.s}
		}
		return v.others
	case "vars":
		if v.task == nil && v.host == "" {
			return nil
		}
		return v.dict()
	case "groups":
		return v.s.groupsVar()
	case "ansible_facts":
		if v.host == "" {
			return nil
		}
		return v.factsVar()
	case "ansible_failed_result":
		if v.task != nil && v.known != nil {
			return v.known.result
		}
		return nil
	case "ansible_failed_task":
		if v.task != nil && v.known != nil {
			return v.known.task
		}
		return nil
	}
	if m := v.runMagic(name); m != nil {
		return m
	}
	if v.play != nil {
		if m := v.playMagic(name); m != nil {
			return m
		}
	}
	if v.task != nil {
		return v.roleMagic(name)
	}
	return nil
}

// factsVar is the variable ansible_facts: unlike other magic ones it is of the level of facts, so that levels above it win.
func (v *View) factsVar() value.Value {
	for _, l := range v.layers {
		if l.level <= Facts {
			break
		}
		if found := l.d.Stored("ansible_facts"); found != nil {
			return found
		}
	}
	if v.known != nil && v.known.facts != nil {
		return v.known.facts
	}
	return value.NewDict()
}

var runNames = []string{
	"ansible_check_mode", "ansible_config_file", "ansible_diff_mode", "ansible_forks", "ansible_inventory_sources", "ansible_limit",
	"ansible_playbook_python", "ansible_run_tags", "ansible_skip_tags", "ansible_verbosity", "ansible_version",
}

// runMagic are the variables that tell of the run.
func (v *View) runMagic(name string) value.Value {
	s := &v.s.settings
	switch name {
	case "ansible_check_mode":
		return value.Bool(s.Check)
	case "ansible_diff_mode":
		return value.Bool(s.Diff)
	case "ansible_forks":
		return value.NewInt(int64(s.Forks))
	case "ansible_verbosity":
		return value.NewInt(int64(s.Verbosity))
	case "ansible_run_tags":
		return texts(s.RunTags)
	case "ansible_skip_tags":
		return texts(s.SkipTags)
	case "ansible_inventory_sources":
		return texts(s.InventorySources)
	case "ansible_limit":
		if s.Limit != "" {
			return value.NewStr(s.Limit)
		}
	case "ansible_config_file":
		return textOrNone(s.ConfigFile)
	case "ansible_playbook_python":
		if s.Python != "" {
			return value.NewStr(s.Python)
		}
	case "ansible_version":
		return versionVar(s.Version)
	}
	return nil
}

func textOrNone(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.NewStr(s)
}

// versionVar is ansible_version.
func versionVar(version string) value.Value {
	d := value.DictOf("string", value.NewStr(version), "full", value.NewStr(version))
	parts := strings.SplitN(version, ".", 3)
	for i, k := range []string{"major", "minor", "revision"} {
		n := int64(0)
		if i < len(parts) {
			n, _ = strconv.ParseInt(parts[i], 10, 64)
		}
		d.SetStr(k, value.NewInt(n))
	}
	return d
}

var playNames = []string{
	"ansible_play_batch", "ansible_play_hosts", "ansible_play_hosts_all", "ansible_play_name", "ansible_play_role_names",
	"ansible_dependent_role_names", "ansible_role_names", "role_names", "play_hosts", "playbook_dir",
}

// playMagic are the variables that tell of the play.
func (v *View) playMagic(name string) value.Value {
	p := v.play
	if name == "playbook_dir" {
		return value.NewStr(p.play.Folder())
	}
	if v.host == "" {
		return nil
	}
	switch name {
	case "ansible_play_hosts_all":
		return texts(p.all)
	case "ansible_play_hosts":
		return texts(p.alive(p.all))
	case "ansible_play_batch", "play_hosts":
		return texts(p.alive(p.batch))
	case "ansible_play_name":
		return value.NewStr(p.name)
	}
	switch name {
	case "ansible_play_role_names", "role_names", "ansible_dependent_role_names", "ansible_role_names":
	default:
		return nil
	}
	own, deps := p.play.RoleNames()
	for _, n := range p.included {
		own = appendOnce(own, n)
	}
	switch name {
	case "ansible_dependent_role_names":
		return texts(deps)
	case "ansible_role_names":
		all := append([]string(nil), deps...)
		for _, n := range own {
			all = appendOnce(all, n)
		}
		return texts(all)
	}
	return texts(own)
}

// alive are the hosts that have not failed.
func (p *playVars) alive(hosts []string) []string {
	if len(p.failed) == 0 {
		return hosts
	}
	out := make([]string, 0, len(hosts))
	for _, h := range hosts {
		if !p.failed[h] {
			out = append(out, h)
		}
	}
	return out
}

var roleNames = []string{"role_name", "ansible_role_name", "role_path", "ansible_collection_name", "ansible_parent_role_names", "ansible_parent_role_paths"}

// roleMagic are the variables that tell of the role of the task.
func (v *View) roleMagic(name string) value.Value {
	short, full, path, collection, parents, parentPaths, ok := v.task.RoleFacts()
	if !ok {
		return nil
	}
	switch name {
	case "role_name":
		return value.NewStr(short)
	case "ansible_role_name":
		return value.NewStr(full)
	case "role_path":
		return value.NewStr(path)
	case "ansible_collection_name":
		return textOrNone(collection)
	case "ansible_parent_role_names":
		if len(parents) > 0 {
			return texts(parents)
		}
	case "ansible_parent_role_paths":
		if len(parents) > 0 {
			return texts(parentPaths)
		}
	}
	return nil
}

// magicNames lists the magic variables that there are in the view; "vars" is not among them.
func (v *View) magicNames() []string {
	var names []string
	for _, list := range [][]string{{"groups", "ansible_facts"}, runNames, playNames, roleNames, {"hostvars", "ansible_failed_result", "ansible_failed_task"}} {
		for _, n := range list {
			if _, ok := v.magicVar(n); ok {
				names = append(names, n)
			}
		}
	}
	return names
}

// dict gives all variables as a mapping of what is stored.
func (v *View) dict() *value.Dict {
	d := value.NewDict()
	for _, n := range v.Names() {
		if stored, ok := v.Lookup(n); ok {
			d.SetStr(n, stored)
		}
	}
	return d
}

// groupsVar makes `groups` once for the inventory; AddedHost makes it anew.
func (s *Store) groupsVar() value.Value {
	s.groupsOnce.Lock()
	defer s.groupsOnce.Unlock()
	if s.groups == nil {
		names, hosts := s.inventory.GroupHosts()
		d := value.NewDict()
		for _, g := range names {
			d.SetStr(g, texts(hosts[g]))
		}
		s.groups = d
	}
	return s.groups
}

// InventoryChanged forgets what was kept of the inventory, after add_host, group_by or refresh_inventory.
func (s *Store) InventoryChanged() {
	s.groupsOnce.Lock()
	defer s.groupsOnce.Unlock()
	s.age.Add(1)
	s.groups = nil
	s.weak.Clear()
	if f, ok := s.inventory.(interface{ Forget() }); ok {
		f.Forget()
	}
}
