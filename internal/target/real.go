package target

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	oWRONLY = os.O_WRONLY
	oCREATE = os.O_CREATE
	oTRUNC  = os.O_TRUNC
)

// Real is the machine this process runs on. The zero value is not ready; use NewReal.
type Real struct {
	dir      string
	env      []string
	accounts *accountFiles
}

var _ System = (*Real)(nil)

// NewReal gives the machine this process runs on, seen from the directory dir ("" is the working directory of the
// process) and with the environment of the process.
func NewReal(dir string) (*Real, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	return &Real{dir: dir, env: os.Environ(), accounts: &accountFiles{}}, nil
}

// WithEnviron returns the same machine with environ, each "NAME=value", in place of the environment of the process.
func (r *Real) WithEnviron(environ []string) *Real {
	return &Real{dir: r.dir, env: environ, accounts: r.accounts}
}

// In returns the same machine seen from another directory and with a larger environment.
func (r *Real) In(dir string, env []string) System {
	n := &Real{dir: r.dir, env: r.env, accounts: r.accounts}
	if dir != "" {
		n.dir = r.abs(dir)
	}
	if len(env) > 0 {
		n.env = mergeEnv(r.env, env)
	}
	return n
}

// mergeEnv returns base with the variables of more set; base is not changed.
func mergeEnv(base, more []string) []string {
	out := append([]string(nil), base...)
	at := make(map[string]int, len(out))
	for i, e := range out {
		name, _, _ := strings.Cut(e, "=")
		at[name] = i
	}
	for _, e := range more {
		name, _, _ := strings.Cut(e, "=")
		if i, ok := at[name]; ok {
			out[i] = e
			continue
		}
		at[name] = len(out)
		out = append(out, e)
	}
	return out
}

func (r *Real) abs(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name // an empty name is not a file: the system says so itself
	}
	return strings.TrimSuffix(r.dir, "/") + "/" + name
}

// Now returns the time.
func (*Real) Now() time.Time { return time.Now() }

// Sleep waits.
func (*Real) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Dir returns the directory from which relative paths are taken.
func (r *Real) Dir() string { return r.dir }

// Open opens a file for reading.
func (r *Real) Open(name string) (File, error) {
	f, err := openRead(r.abs(name))
	if err != nil {
		return nil, err
	}
	return f, nil
}

// openRead is os.Open without the five calls by which that finds out that a regular file can't be waited for.
func openRead(name string) (*os.File, error) {
	fd := -1
	err := retry(func() (err error) {
		fd, err = unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&typeMask != typeReg {
		_ = unix.SetNonblock(fd, true) // a pipe can be waited for
	}
	return os.NewFile(uintptr(fd), name), nil
}

// OpenFile opens a file as open(2) does.
func (r *Real) OpenFile(name string, flag int, perm uint32) (File, error) {
	f, err := os.OpenFile(r.abs(name), flag, fs.FileMode(perm&0o777))
	if err != nil {
		return nil, err
	}
	return f, nil
}

// CreateTemp makes a new file that only its owner can read.
func (r *Real) CreateTemp(dir, pattern string) (File, error) {
	if dir == "" {
		dir = r.TempDir()
	}
	f, err := os.CreateTemp(filepath.Clean(r.abs(dir)), pattern)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// TempDir is $TMPDIR or /tmp.
func (r *Real) TempDir() string {
	if d := r.Getenv("TMPDIR"); d != "" {
		return d
	}
	return "/tmp"
}

func infoOf(st *unix.Stat_t) Info {
	at := func(t unix.Timespec) time.Time { return time.Unix(int64(t.Sec), int64(t.Nsec)) } //nolint:unconvert // 32 bit
	return Info{
		Mode: st.Mode, Size: st.Size, UID: int(st.Uid), GID: int(st.Gid),
		Dev: uint64(st.Dev), Ino: st.Ino, Nlink: uint64(st.Nlink), Rdev: uint64(st.Rdev), //nolint:unconvert // differs by CPU
		Blocks: st.Blocks, BlockSize: int64(st.Blksize), //nolint:unconvert // differs by CPU
		Atime: at(st.Atim), Mtime: at(st.Mtim), Ctime: at(st.Ctim),
	}
}

// Stat follows symbolic links.
func (r *Real) Stat(name string) (Info, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Stat(r.abs(name), &st) }); err != nil {
		return Info{}, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return infoOf(&st), nil
}

// Lstat does not follow a symbolic link.
func (r *Real) Lstat(name string) (Info, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Lstat(r.abs(name), &st) }); err != nil {
		return Info{}, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return infoOf(&st), nil
}

func retry(f func() error) error {
	for {
		if err := f(); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// Access asks for the rights of the process.
func (r *Real) Access(name string, bits uint32) bool { return unix.Access(r.abs(name), bits) == nil }

// ReadDir returns the sorted names in a directory.
func (r *Real) ReadDir(name string) ([]string, error) {
	f, err := os.Open(r.abs(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	sort.Strings(names)
	return names, err
}

// Readlink returns what a symbolic link says.
func (r *Real) Readlink(name string) (string, error) { return os.Readlink(r.abs(name)) }

// Realpath resolves the symbolic links of a path as far as it exists.
func (r *Real) Realpath(name string) string { return realpath(r, r.abs(name)) }

// Mkdir makes a directory.
func (r *Real) Mkdir(name string, perm uint32) error {
	return os.Mkdir(r.abs(name), fs.FileMode(perm&0o777))
}

// Remove removes a file or an empty directory.
func (r *Real) Remove(name string) error { return os.Remove(r.abs(name)) }

// RemoveAll removes a tree.
func (r *Real) RemoveAll(name string) error { return os.RemoveAll(r.abs(name)) }

// Rename renames a file and replaces what has the new name.
func (r *Real) Rename(from, to string) error { return os.Rename(r.abs(from), r.abs(to)) }

// Symlink makes a symbolic link that says content.
func (r *Real) Symlink(content, name string) error { return os.Symlink(content, r.abs(name)) }

// Link makes a hard link.
func (r *Real) Link(from, to string) error { return os.Link(r.abs(from), r.abs(to)) }

// Chmod sets the permission bits.
func (r *Real) Chmod(name string, mode uint32) error {
	if err := retry(func() error { return unix.Chmod(r.abs(name), mode&0o7777) }); err != nil {
		return &fs.PathError{Op: "chmod", Path: name, Err: err}
	}
	return nil
}

// Lchown sets owner and group.
func (r *Real) Lchown(name string, uid, gid int) error { return os.Lchown(r.abs(name), uid, gid) }

// Chtimes sets the times of a file.
func (r *Real) Chtimes(name string, atime, mtime time.Time) error {
	return r.utimes(name, atime, mtime, 0)
}

// Lchtimes sets the times of a link itself.
func (r *Real) Lchtimes(name string, atime, mtime time.Time) error {
	return r.utimes(name, atime, mtime, unix.AT_SYMLINK_NOFOLLOW)
}

func (r *Real) utimes(name string, atime, mtime time.Time, flags int) error {
	ts := make([]unix.Timespec, 2)
	for i, t := range []time.Time{atime, mtime} {
		var err error
		if ts[i], err = unix.TimeToTimespec(t); err != nil {
			return &fs.PathError{Op: "chtimes", Path: name, Err: err}
		}
	}
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, r.abs(name), ts, flags); err != nil {
		return &fs.PathError{Op: "chtimes", Path: name, Err: err}
	}
	return nil
}

// umaskOnce reads the umask of the process, which the kernel only tells by setting it (or in /proc since Linux 4.7).
var umaskOnce = sync.OnceValue(func() uint32 {
	if b, err := os.ReadFile("/proc/self/status"); err == nil {
		for line := range strings.Lines(string(b)) {
			if text, ok := strings.CutPrefix(line, "Umask:"); ok {
				var m uint32
				for _, c := range strings.TrimSpace(text) {
					m = m*8 + uint32(c-'0')
				}
				return m
			}
		}
	}
	old := syscall.Umask(0o077)
	syscall.Umask(old)
	return uint32(old)
})

// Umask returns the mask of the process.
func (*Real) Umask() uint32 { return umaskOnce() }

// Environ returns the environment.
func (r *Real) Environ() []string { return r.env }

// Getenv returns a variable of the environment.
func (r *Real) Getenv(name string) string { return getenv(r.env, name) }

func getenv(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if k, v, _ := strings.Cut(env[i], "="); k == name {
			return v
		}
	}
	return ""
}

// Getuid returns the effective user.
func (*Real) Getuid() int { return os.Geteuid() }

// Getgid returns the effective group.
func (*Real) Getgid() int { return os.Getegid() }
