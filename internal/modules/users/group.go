package users

import (
	"context"
	"strconv"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.group", Check: module.Full, Run: runGroup,
	Args: module.Args{
		{Name: "name", Required: true, Help: "The group."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether it is to be there."},
		{Name: "gid", Type: module.Int, Help: "Its number."},
		{Name: "system", Type: module.Bool, Default: false, Help: "A new group gets a number of the system's range."},
		{Name: "local", Type: module.Bool, Default: false, Help: "Work on the local files by lgroupadd and the like, past a central directory."},
		{Name: "non_unique", Type: module.Bool, Default: false, Help: "Another group may have the number, too."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Remove the group even if it is the primary one of a user."},
		{Name: "gid_min", Type: module.Int, Help: "The lowest number for a new group, in place of that in login.defs."},
		{Name: "gid_max", Type: module.Int, Help: "The highest number for a new group."},
	},
	Rules: module.Rules{RequiredIf: []module.RequiredIf{{Name: "non_unique", Is: true, Then: []string{"gid"}}}},
	Doc: module.Doc{
		Short:    "Add, change or remove a group.",
		Notes:    []string{"Drives groupadd, groupmod and groupdel, or addgroup and delgroup where there is only BusyBox."},
		Examples: "- ansible.builtin.group:\n    name: kimai\n    system: true\n",
		Returns: []module.Return{
			{Name: "gid", Type: "int", When: "the group is there", Help: "Its number."},
			{Name: "name", Type: "str", When: "always", Help: "The group."},
		},
	},
})

// group is one call.
type group struct {
	sys  target.System
	p    *module.Params
	name string
}

func runGroup(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	g := &group{sys, p, p.Str("name")}
	return programs.Answer(g.run(ctx))
}

func (g *group) run(ctx context.Context) (module.Result, error) {
	old, there, err := g.find()
	if err != nil {
		return module.Result{}, err
	}
	if err := g.checkLocal(there); err != nil {
		return module.Result{}, err
	}
	var argv []string
	switch {
	case g.p.Str("state") == "absent" && there:
		argv = g.delete()
	case g.p.Str("state") == "absent":
	case !there:
		argv = g.add()
	default:
		argv = g.modify(old)
	}
	if g.p.Check && argv != nil && (g.p.Str("state") == "absent" || !there) {
		return module.Result{Changed: true}, nil
	}
	var r module.Result
	if argv != nil && !g.p.Check {
		out, err := programs.Call(ctx, g.sys, argv...)
		if err != nil {
			return r, err
		}
		if out.RC != 0 {
			return module.Fail("%s", out.Stderr).With("name", g.name), nil
		}
		if out.Stdout != "" {
			r.Set("stdout", out.Stdout)
		}
		if out.Stderr != "" {
			r.Set("stderr", out.Stderr)
		}
	}
	r.Changed = argv != nil
	r.Set("name", g.name).Set("state", g.p.Str("state"))
	if now, there, err := g.find(); err == nil && there {
		r.Set("system", g.p.Bool("system")).Set("gid", now.GID)
	}
	return r, nil
}

// checkLocal refuses what the programs for the local files can't do, or would not notice.
func (g *group) checkLocal(there bool) error {
	if !g.p.Bool("local") || g.p.Str("state") == "absent" {
		return nil
	}
	for _, name := range []string{"gid_min", "gid_max"} {
		if g.p.Has(name) && !there {
			return programs.Fail("'%s' can not be used with 'local'", name)
		}
	}
	if !g.p.Has("gid") || g.p.Bool("non_unique") {
		return nil
	}
	if other, there, err := g.sys.GroupByID(int(g.p.Int("gid"))); err == nil && there && other.Name != g.name {
		return programs.Fail("GID '%d' already exists with group '%s'", g.p.Int("gid"), other.Name)
	}
	return nil
}

func (g *group) find() (target.Group, bool, error) { return g.sys.GroupByName(g.name) }

// local gives the name of a program, for the local files alone with an "l" in front.
func (g *group) local(name string) string {
	if g.p.Bool("local") {
		return "l" + name
	}
	return name
}

func (g *group) add() []string {
	if !g.p.Bool("local") && !programs.Has(g.sys, "groupadd") && programs.Has(g.sys, "addgroup") {
		return g.busyBoxAdd()
	}
	argv := []string{g.local("groupadd")}
	if g.p.Has("gid") {
		argv = append(argv, "-g", g.number("gid"))
		if g.p.Bool("non_unique") {
			argv = append(argv, "-o")
		}
	}
	if g.p.Bool("system") {
		argv = append(argv, "-r")
	}
	for _, k := range []string{"gid_min", "gid_max"} {
		if g.p.Has(k) {
			argv = append(argv, "-K", map[string]string{"gid_min": "GID_MIN=", "gid_max": "GID_MAX="}[k]+g.number(k))
		}
	}
	return append(argv, g.name)
}

func (g *group) busyBoxAdd() []string {
	argv := []string{"addgroup"}
	if g.p.Has("gid") {
		argv = append(argv, "-g", g.number("gid"))
	}
	if g.p.Bool("system") {
		argv = append(argv, "-S")
	}
	return append(argv, g.name)
}

func (g *group) delete() []string {
	if !g.p.Bool("local") && !programs.Has(g.sys, "groupdel") && programs.Has(g.sys, "delgroup") {
		return []string{"delgroup", g.name}
	}
	argv := []string{g.local("groupdel")}
	if g.p.Bool("force") && !g.p.Bool("local") {
		argv = append(argv, "-f")
	}
	return append(argv, g.name)
}

func (g *group) modify(old target.Group) []string {
	if !g.p.Has("gid") || int64(old.GID) == g.p.Int("gid") {
		return nil
	}
	argv := []string{g.local("groupmod"), "-g", g.number("gid")}
	if g.p.Bool("non_unique") {
		argv = append(argv, "-o")
	}
	return append(argv, g.name)
}

func (g *group) number(name string) string { return strconv.FormatInt(g.p.Int(name), 10) }
