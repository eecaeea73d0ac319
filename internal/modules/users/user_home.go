package users

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// makeHome makes a new home folder where the one that it is in is not there either; useradd makes the last part alone.
func (a *account) makeHome() (made bool, err error) {
	home := a.p.Str("home")
	if _, err := a.sys.Stat(path.Dir(home)); err == nil || !a.p.Bool("create_home") || !a.p.Has("home") {
		return false, nil
	}
	if err := a.makeParents(home); err != nil {
		return false, err
	}
	return true, a.copySkeleton(home, target.User{UID: a.sys.Getuid(), GID: -1})
}

// makeParents makes the folders that a home folder is in.
func (a *account) makeParents(home string) error {
	var missing []string
	for dir := path.Dir(home); dir != "/" && dir != "."; dir = path.Dir(dir) {
		if _, err := a.sys.Stat(dir); err == nil {
			break
		}
		missing = append(missing, dir)
	}
	slices.Reverse(missing)
	for _, dir := range missing {
		if err := a.sys.Mkdir(dir, 0o777); err != nil {
			return a.osError(err, dir)
		}
	}
	return nil
}

// ownHome gives the account a home folder that was there before it.
func (a *account) ownHome(dir string, u target.User) error {
	if err := a.sys.Lchown(dir, u.UID, u.GID); err != nil {
		return a.osError(err, dir)
	}
	names, err := a.sys.ReadDir(dir)
	if err != nil {
		return nil //nolint:nilerr // is no folder
	}
	for _, n := range names {
		if err := a.ownHome(path.Join(dir, n), u); err != nil {
			return err
		}
	}
	return nil
}

func (a *account) osError(err error, name string) error {
	return programs.Fail("%s", fileattr.PyTextError(err, name))
}

// ensureHome makes the home folder of an account that is there already, as a copy of the skeleton.
func (a *account) ensureHome(u target.User) error {
	if !a.p.Bool("create_home") {
		return nil
	}
	if _, err := a.sys.Stat(u.Home); err == nil {
		return nil
	}
	a.changed = true
	if a.p.Check {
		return nil
	}
	if err := a.makeParents(u.Home); err != nil {
		return err
	}
	return a.copySkeleton(u.Home, u)
}

// copySkeleton makes a home folder.
func (a *account) copySkeleton(home string, u target.User) error {
	skeleton := "/etc/skel"
	if a.p.Has("skeleton") {
		skeleton = a.p.Str("skeleton")
	}
	if err := a.copyTree(skeleton, home, u); err != nil {
		return err
	}
	if err := a.sys.Chmod(home, a.homeMode()); err != nil {
		return a.osError(err, home)
	}
	return nil
}

// homeMode is what the umask of the call, HOME_MODE or UMASK of login.defs leave of 0777.
func (a *account) homeMode() uint32 {
	if a.p.Has("umask") {
		if m, err := strconv.ParseUint(a.p.Str("umask"), 8, 12); err == nil {
			return 0o777 &^ uint32(m)
		}
	}
	text, _ := target.ReadFile(a.sys, "/etc/login.defs")
	mode := uint32(0o777 &^ 0o022)
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, err := strconv.ParseUint(f[1], 8, 12)
		switch {
		case err != nil:
		case f[0] == "HOME_MODE":
			return uint32(n)
		case f[0] == "UMASK":
			mode = 0o777 &^ uint32(n)
		}
	}
	return mode
}

// copyTree copies a folder for an account; without it an empty folder is made.
func (a *account) copyTree(from, to string, u target.User) error {
	info, err := a.sys.Lstat(from)
	switch {
	case err != nil || info.IsDir():
		if err := a.sys.Mkdir(to, 0o755); err != nil {
			return a.osError(err, to)
		}
		names, _ := a.sys.ReadDir(from) // a skeleton that is not there is an empty one
		for _, n := range names {
			if err := a.copyTree(path.Join(from, n), path.Join(to, n), u); err != nil {
				return err
			}
		}
		if info.IsDir() {
			_ = a.sys.Chmod(to, info.Perm()) // the mode of a folder is not worth a failure
		}
	case info.IsLink():
		content, err := a.sys.Readlink(from)
		if err == nil {
			err = a.sys.Symlink(content, to)
		}
		if err != nil {
			return a.osError(err, to)
		}
	default:
		if err := a.copyFile(from, to, info); err != nil {
			return a.osError(err, to)
		}
	}
	if err := a.sys.Lchown(to, u.UID, u.GID); err != nil {
		return a.osError(err, to)
	}
	return nil
}

func (a *account) copyFile(from, to string, info target.Info) error {
	in, err := a.sys.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	tmp, err := fileattr.NewTemp(a.sys, to, in)
	if err == nil {
		err = tmp.PlaceAs(info.Perm()&^a.sys.Umask(), -1, -1)
	}
	if err == nil {
		err = a.sys.Chtimes(to, info.Atime, info.Mtime)
	}
	return err
}

// localAfter does what luseradd and lusermod can't: further groups and the day on which the account ends.
func (a *account) localAfter(ctx context.Context, old target.User) error {
	if !a.p.Bool("local") {
		return nil
	}
	var calls [][]string
	if a.p.Has("expires") && !a.shadow().expiresOn(a.p.Float("expires")) {
		days := "-1"
		if t := a.p.Float("expires"); t >= 0 {
			days = strconv.FormatInt(int64(t)/86400, 10)
		}
		calls = append(calls, []string{"lchage", "-E", days, a.name})
	}
	if a.p.Has("groups") {
		want, err := a.groups()
		if err != nil {
			return err
		}
		have := a.memberOf()
		for _, g := range want {
			if !slices.Contains(have, g) {
				calls = append(calls, []string{"lgroupmod", "-M", a.name, g})
			}
		}
		for _, g := range have {
			if !slices.Contains(want, g) && !a.p.Bool("append") && old.Name != "" {
				calls = append(calls, []string{"lgroupmod", "-m", a.name, g})
			}
		}
	}
	for _, argv := range calls {
		a.changed = true
		if a.p.Check {
			continue
		}
		out, err := programs.Call(ctx, a.sys, argv...)
		if err != nil {
			return err
		}
		if out.RC != 0 {
			return a.failed(out)
		}
	}
	return nil
}
