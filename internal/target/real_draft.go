package target

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// draft is a Draft on the machine this process runs on. From its beginning to its end it holds a lock on the file, by
// which others know that somebody still works on it: the kernel gives it up when the process dies.
type draft struct {
	*os.File
	sys       *Real
	dir, base string
	name      string
	exposed   bool
}

var _ Draft = (*draft)(nil)

// NewDraft begins a file in the folder dir ("" is TempDir) that is to become one with the name base.
func (r *Real) NewDraft(dir, base string) (Draft, error) {
	if dir == "" {
		dir = r.TempDir()
	}
	d := &draft{sys: r, dir: filepath.Clean(r.abs(dir)), base: base}
	d.name = filepath.Join(d.dir, draftName(base, ""))
	if d.unnamed() {
		return d, nil
	}
	if err := d.claim(d.create); err != nil {
		return nil, err
	}
	d.exposed = true
	return d, nil
}

// hasFdLinks reports whether /proc is there, through which a file without a name gets one.
var hasFdLinks = sync.OnceValue(func() bool {
	info, err := os.Stat("/proc/self/fd")
	return err == nil && info.IsDir()
})

// unnamed makes a file without a name. Where that can't be, the attempt to make one with a name tells why.
func (d *draft) unnamed() bool {
	if !hasFdLinks() {
		return false
	}
	fd := -1
	err := retry(func() (err error) {
		fd, err = unix.Open(d.dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
		return err
	})
	if err != nil {
		return false
	}
	d.File = os.NewFile(uintptr(fd), d.name)
	d.lock()
	return true
}

// create makes a file with a name.
func (d *draft) create(name string) error {
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		d.File = f
		d.lock()
		info, err := d.Stat()
		if err == nil && info.Nlink > 0 {
			return nil
		}
		_ = f.Close() // somebody took it for a dead one's before it was locked
	}
}

// lock waits for nobody but one who is just about to find out that the file is ours. Where files can't be locked nobody
// takes them for a dead one's.
func (d *draft) lock() {
	_ = retry(func() error { return unix.Flock(int(d.Fd()), unix.LOCK_EX) })
}

// claim has take make a file with a temporary name: the first one, from which the files of the dead are removed, or, when
// a living one has that, another.
func (d *draft) claim(take func(name string) error) error {
	err := take(d.name)
	if errors.Is(err, fs.ErrExist) {
		removeDead(d.dir)
		err = take(d.name)
	}
	for try := 0; errors.Is(err, fs.ErrExist) && try < 100; try++ {
		d.name = filepath.Join(d.dir, draftName(d.base, strings.ToLower(rand.Text()[:8])))
		err = take(d.name)
	}
	return err
}

// removeDead removes the drafts in a folder whose processes have been killed.
func removeDead(dir string) {
	f, err := os.Open(dir)
	if err != nil {
		return // it may be written to, but not read
	}
	names, _ := f.Readdirnames(-1) // those that could be read
	_ = f.Close()
	for _, name := range names {
		if strings.HasPrefix(name, draftPrefix) {
			removeIfDead(filepath.Join(dir, name))
		}
	}
}

// removeIfDead removes a draft that nobody works on. In a folder of all, others may have put there anything by that name:
// only a regular file is opened, which changes nothing.
func removeIfDead(name string) {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	const flags = unix.O_NOFOLLOW | unix.O_NONBLOCK
	f, err := os.OpenFile(name, os.O_RDWR|flags, 0) // NFS locks only what is open for writing
	if errors.Is(err, fs.ErrPermission) {
		f, err = os.OpenFile(name, os.O_RDONLY|flags, 0)
	}
	if err != nil {
		return
	}
	defer f.Close()
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return // somebody works on it
	}
	locked, err := f.Stat()
	if err != nil {
		return
	}
	if now, err := os.Lstat(name); err == nil && os.SameFile(now, locked) {
		_ = os.Remove(name) // what can't be removed stays, and the next name is taken
	}
}

// Stat tells what it is like.
func (d *draft) Stat() (Info, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Fstat(int(d.Fd()), &st) }); err != nil {
		return Info{}, d.failed("stat", err)
	}
	return infoOf(&st), nil
}

func (d *draft) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: d.name, Err: err}
}

// Chmod sets the permission bits.
func (d *draft) Chmod(mode uint32) error {
	return d.failed("chmod", retry(func() error { return unix.Fchmod(int(d.Fd()), mode&0o7777) }))
}

// Chown sets owner and group.
func (d *draft) Chown(uid, gid int) error {
	return d.failed("chown", retry(func() error { return unix.Fchown(int(d.Fd()), uid, gid) }))
}

// SetXattr writes an extended attribute.
func (d *draft) SetXattr(attr string, data []byte) error {
	return d.failed("setxattr", unix.Fsetxattr(int(d.Fd()), attr, data, 0))
}

// Flush closes a copy of the descriptor, at which a filesystem of the network sends what it has.
func (d *draft) Flush() error {
	fd, err := unix.FcntlInt(d.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.Close(fd)
	}
	return d.failed("close", err)
}

// TempName is the temporary name.
func (d *draft) TempName() string { return d.name }

// Expose gives the temporary name.
func (d *draft) Expose() error {
	if d.exposed {
		return nil
	}
	err := d.claim(d.link)
	d.exposed = err == nil
	return err
}

// Link gives it the name where it belongs.
func (d *draft) Link(dest string) error {
	if d.exposed {
		return errors.ErrUnsupported
	}
	return d.link(d.sys.abs(dest))
}

func (d *draft) link(name string) error {
	from := "/proc/self/fd/" + strconv.Itoa(int(d.Fd()))
	if err := unix.Linkat(unix.AT_FDCWD, from, unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW); err != nil {
		return &os.LinkError{Op: "link", Old: d.name, New: name, Err: err}
	}
	return nil
}

// Discard ends it.
func (d *draft) Discard() {
	info, err := d.Stat()
	if err != nil {
		return // it has ended
	}
	if d.exposed {
		if now, err := new(Real).Lstat(d.name); err == nil && now.Ino == info.Ino && now.Dev == info.Dev {
			_ = os.Remove(d.name) // else it has its place
		}
	}
	_ = d.Close()
}
