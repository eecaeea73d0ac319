package target

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// UserByName finds an account by its name.
func (r *Real) UserByName(name string) (User, bool, error) {
	return account(r, "passwd", name, func(u User) bool { return u.Name == name }, parseUser)
}

// UserByID finds an account by its number.
func (r *Real) UserByID(uid int) (User, bool, error) {
	return account(r, "passwd", strconv.Itoa(uid), func(u User) bool { return u.UID == uid }, parseUser)
}

// GroupByName finds a group by its name.
func (r *Real) GroupByName(name string) (Group, bool, error) {
	return account(r, "group", name, func(g Group) bool { return g.Name == name }, parseGroup)
}

// GroupByID finds a group by its number.
func (r *Real) GroupByID(gid int) (Group, bool, error) {
	return account(r, "group", strconv.Itoa(gid), func(g Group) bool { return g.GID == gid }, parseGroup)
}

// account looks a key up in /etc/passwd or /etc/group, and then asks getent(1), which knows the other sources of
// nsswitch.conf (LDAP, systemd); the file comes first because it needs no process.
func account[T any](r *Real, db, key string, match func(T) bool, parse func(string) (T, bool)) (T, bool, error) {
	var zero T
	if key == "" || strings.ContainsAny(key, ":\n") {
		return zero, false, nil
	}
	find := func(text string) (T, bool) {
		for line := range strings.Lines(text) {
			if !strings.Contains(line, key) {
				continue
			}
			if v, ok := parse(strings.TrimSuffix(line, "\n")); ok && match(v) {
				return v, true
			}
		}
		return zero, false
	}
	text, err := r.accounts.read(db)
	if err != nil {
		return zero, false, err
	}
	if v, ok := find(text); ok {
		return v, true, nil
	}
	if !nssHasMore(db) {
		return zero, false, nil
	}
	exit, err := r.Run(context.Background(), Command{Argv: []string{"getent", db, key}})
	if err != nil {
		return zero, false, nil //nolint:nilerr // a system without getent has no other sources
	}
	v, ok := find(string(exit.Stdout))
	return v, ok, nil
}

// nssHasMore reports whether nsswitch.conf names a source besides the files.
func nssHasMore(db string) bool {
	text, err := os.ReadFile("/etc/nsswitch.conf")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		name, sources, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) != db {
			continue
		}
		for _, s := range strings.Fields(sources) {
			if s != "files" && s != "compat" && !strings.HasPrefix(s, "[") {
				return true
			}
		}
	}
	return false
}

// accountFiles are /etc/passwd and /etc/group as they were read last: a loop over a thousand files asks for their owners.
type accountFiles struct {
	mu    sync.Mutex
	files map[string]accountFile
}

// accountFile is a file that may be used as long as what is there is the same.
type accountFile struct {
	text string
	is   Info
}

// settled is how old the last change of a file must have been when it was read. Another one in the same moment, as clocks of
// filesystems go, could not be seen.
const settled = 2 * time.Second

// read gives the text of a file in /etc, "" when there is none.
func (a *accountFiles) read(db string) (string, error) {
	name := "/etc/" + db
	var there Real
	is, err := there.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	is.Atime = time.Time{} // reading changes it
	a.mu.Lock()
	defer a.mu.Unlock()
	if f, ok := a.files[db]; ok && f.is == is {
		return f.text, nil
	}
	begun := time.Now()
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if begun.Sub(is.Ctime) > settled {
		if a.files == nil {
			a.files = map[string]accountFile{}
		}
		a.files[db] = accountFile{string(text), is}
	}
	return string(text), nil
}

func parseUser(line string) (User, bool) {
	f := strings.Split(line, ":")
	if len(f) < 7 {
		return User{}, false
	}
	uid, err1 := strconv.Atoi(f[2])
	gid, err2 := strconv.Atoi(f[3])
	return User{Name: f[0], UID: uid, GID: gid, Gecos: f[4], Home: f[5], Shell: f[6]}, err1 == nil && err2 == nil
}

func parseGroup(line string) (Group, bool) {
	f := strings.Split(line, ":")
	if len(f) < 4 {
		return Group{}, false
	}
	gid, err := strconv.Atoi(f[2])
	g := Group{Name: f[0], GID: gid}
	if f[3] != "" {
		g.Members = strings.Split(f[3], ",")
	}
	return g, err == nil
}
