package fileattr

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// State gives Ansible's word for what is at path, which is not followed: absent, link, directory, hard (a file with more
// than one name) or file (anything else).
func State(sys target.System, path string) string {
	info, err := sys.Lstat(path)
	if err != nil {
		return "absent"
	}
	return stateOf(info)
}

func stateOf(info target.Info) string {
	switch {
	case info.IsLink():
		return "link"
	case info.IsDir():
		return "directory"
	case info.Nlink > 1:
		return "hard"
	}
	return "file"
}

// AddInfo puts what Ansible's results tell of the file at path into r: uid, gid, owner, group, mode, state, size, and
// secontext where SELinux is enabled. A link is told of itself, not of its target; a file that is not there and a link to
// nothing add nothing.
func AddInfo(sys target.System, path string, r *module.Result) {
	info, err := sys.Lstat(path)
	if err != nil {
		return
	}
	if info.IsLink() {
		if _, err := sys.Stat(path); err != nil {
			return
		}
	}
	r.Set("uid", info.UID).Set("gid", info.GID)
	r.Set("owner", UserName(sys, info.UID)).Set("group", GroupName(sys, info.GID))
	r.Set("mode", ModeText(info.Perm())).Set("state", stateOf(info))
	if sys.SELinux() {
		if c, err := Context(sys, path); err == nil {
			r.Set("secontext", strings.Join(c, ":"))
		}
	}
	r.Set("size", info.Size)
}

// UserName gives the name of an account, or its number as text.
func UserName(sys target.System, uid int) string {
	if u, ok, err := sys.UserByID(uid); ok && err == nil {
		return u.Name
	}
	return strconv.Itoa(uid)
}

// GroupName gives the name of a group, or its number as text.
func GroupName(sys target.System, gid int) string {
	if g, ok, err := sys.GroupByID(gid); ok && err == nil {
		return g.Name
	}
	return strconv.Itoa(gid)
}

// ErrnoText gives a system error as strerror(3) does: "No such file or directory".
func ErrnoText(err error) string {
	text := err.Error()
	var no syscall.Errno
	var pe *fs.PathError
	switch {
	case errors.As(err, &no):
		text = no.Error()
	case errors.As(err, &pe):
		text = pe.Err.Error()
	}
	if text != "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}

// PyError gives a system error as Python prints an OSError: "[Errno 2] No such file or directory: b'/x'". Two paths are
// joined with an arrow.
func PyError(err error, paths ...string) string {
	for i, p := range paths {
		paths[i] = "b'" + p + "'"
	}
	return pyError(err, paths)
}

// PyTextError is PyError for paths that Python's module has as texts: they are told without the b.
func PyTextError(err error, paths ...string) string {
	for i, p := range paths {
		paths[i] = "'" + p + "'"
	}
	return pyError(err, paths)
}

// PyTempName is a name such as Python's module gives to the temporary file that it puts beside another: for messages, as ours has
// no name.
func PyTempName(beside, prefix string) string {
	return path.Join(path.Dir(beside), prefix+strings.ToLower(rand.Text()[:8]))
}

func pyError(err error, paths []string) string {
	var b strings.Builder
	var no syscall.Errno
	if errors.As(err, &no) {
		fmt.Fprintf(&b, "[Errno %d] ", int(no))
	}
	b.WriteString(ErrnoText(err))
	for i, p := range paths {
		sep := ": "
		if i > 0 {
			sep = " -> "
		}
		b.WriteString(sep + p)
	}
	return b.String()
}
