package users

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// findGroup finds a group by name or number.
func (a *account) findGroup(name string) (target.Group, error) {
	g, there, err := a.sys.GroupByName(name)
	if err == nil && !there {
		if gid, aerr := strconv.Atoi(name); aerr == nil {
			g, there, err = a.sys.GroupByID(gid)
		}
	}
	if err == nil && !there {
		err = programs.Fail("Group %s does not exist", name)
	}
	return g, err
}

// addArgs are the arguments of useradd.
func (a *account) addArgs() ([]string, error) {
	local := a.p.Bool("local")
	argv := []string{}
	if a.p.Has("uid") {
		argv = append(argv, "-u", a.number("uid"))
		if a.p.Bool("non_unique") && !local {
			argv = append(argv, "-o")
		}
	}
	if a.p.Has("seuser") {
		argv = append(argv, "-Z", a.p.Str("seuser"))
	}
	groupArgs, err := a.addGroups()
	if err != nil {
		return nil, err
	}
	argv = append(argv, groupArgs...)
	for _, o := range [][2]string{{"comment", "-c"}, {"home", "-d"}, {"shell", "-s"}} {
		if a.p.Has(o[0]) {
			argv = append(argv, o[1], a.p.Str(o[0]))
		}
	}
	if a.p.Has("expires") && !local {
		argv = append(argv, "-e", a.expires())
	}
	if a.p.Has("password") {
		argv = append(argv, "-p", a.password())
	}
	if a.p.Has("password_expire_account_disable") {
		argv = append(argv, "-f", a.number("password_expire_account_disable"))
	}
	if a.p.Bool("create_home") {
		if !local {
			argv = append(argv, "-m")
		}
		if a.p.Has("skeleton") {
			argv = append(argv, "-k", a.p.Str("skeleton"))
		}
		if a.p.Has("umask") {
			argv = append(argv, "-K", "UMASK="+a.p.Str("umask"))
		}
	} else {
		argv = append(argv, "-M")
	}
	if a.p.Bool("system") {
		argv = append(argv, "-r")
	}
	for _, k := range [][2]string{{"uid_min", "UID_MIN="}, {"uid_max", "UID_MAX="}} {
		if a.p.Has(k[0]) {
			argv = append(argv, "-K", k[1]+a.number(k[0]))
		}
	}
	return argv, nil
}

// addGroups are the arguments for the groups of a new account. A group of the account's name that is there already is not
// made again.
func (a *account) addGroups() ([]string, error) {
	var argv []string
	if a.p.Has("group") {
		if _, err := a.findGroup(a.p.Str("group")); err != nil {
			return nil, err
		}
		argv = append(argv, "-g", a.p.Str("group"))
	} else if _, there, err := a.sys.GroupByName(a.name); err != nil {
		return nil, err
	} else if there {
		no := "-N"
		if a.p.Bool("local") {
			no = "-n"
		}
		argv = append(argv, no)
	}
	list, err := a.groups()
	if err != nil {
		return nil, err
	}
	if len(list) > 0 && !a.p.Bool("local") {
		argv = append(argv, "-G", strings.Join(list, ","))
	}
	return argv, nil
}

// groups are the further groups that are wanted, by their names.
func (a *account) groups() ([]string, error) {
	var out []string
	for _, name := range a.p.Strs("groups") {
		if name == "" {
			continue
		}
		g, err := a.findGroup(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(out, g.Name) {
			out = append(out, g.Name)
		}
	}
	return out, nil
}

// memberOf lists the groups that name the account as a member.
func (a *account) memberOf() []string {
	var out []string
	text, err := target.ReadFile(a.sys, "/etc/group")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), ":")
		if len(f) > 3 && slices.Contains(strings.Split(f[3], ","), a.name) {
			out = append(out, f[0])
		}
	}
	return out
}

// modArgs are the arguments of usermod; nil when nothing is to be changed.
func (a *account) modArgs(old target.User) ([]string, error) {
	var argv []string
	local := a.p.Bool("local")
	if a.p.Has("uid") && a.p.Int("uid") != int64(old.UID) {
		argv = append(argv, "-u", a.number("uid"))
		if a.p.Bool("non_unique") && !local {
			argv = append(argv, "-o")
		}
	}
	groupArgs, err := a.modGroups(old)
	if err != nil {
		return nil, err
	}
	argv = append(argv, groupArgs...)
	if a.p.Has("comment") && a.p.Str("comment") != old.Gecos {
		argv = append(argv, "-c", a.p.Str("comment"))
	}
	if a.p.Has("home") && a.p.Str("home") != old.Home {
		argv = append(argv, "-d", a.p.Str("home"))
		if a.p.Bool("move_home") {
			argv = append(argv, "-m")
		}
	}
	if a.p.Has("shell") && a.p.Str("shell") != old.Shell {
		argv = append(argv, "-s", a.p.Str("shell"))
	}
	shadow := a.shadow()
	if a.p.Has("expires") && !local && !shadow.expiresOn(a.p.Float("expires")) {
		argv = append(argv, "-e", a.expires())
	}
	return append(argv, a.modPassword(shadow)...), nil
}

func (a *account) modGroups(old target.User) ([]string, error) {
	var argv []string
	if a.p.Has("group") {
		g, err := a.findGroup(a.p.Str("group"))
		if err != nil {
			return nil, err
		}
		if g.GID != old.GID {
			argv = append(argv, "-g", strconv.Itoa(g.GID))
		}
	}
	if !a.p.Has("groups") || a.p.Bool("local") {
		return argv, nil
	}
	want, err := a.groups()
	if err != nil {
		return nil, err
	}
	if primary, there, err := a.sys.GroupByID(old.GID); err == nil && there {
		want = slices.DeleteFunc(want, func(n string) bool { return n == primary.Name })
	}
	have := a.memberOf()
	if a.p.Bool("append") {
		want = slices.DeleteFunc(want, func(n string) bool { return slices.Contains(have, n) })
		if len(want) > 0 {
			argv = append(argv, "-a", "-G", strings.Join(want, ","))
		}
		return argv, nil
	}
	if !sameSet(have, want) {
		argv = append(argv, "-G", strings.Join(want, ","))
	}
	return argv, nil
}

func sameSet(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			return false
		}
	}
	return true
}

// expires is the day for useradd and usermod, "" for never.
func (a *account) expires() string {
	t := a.p.Float("expires")
	if t < 0 {
		return ""
	}
	return time.Unix(int64(t), 0).UTC().Format("2006-01-02")
}
