package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Replacement is the new content of a file, written so that at every instant the old or the new file is there, whole.
type Replacement struct {
	// Path is the file; a symbolic link is followed and stays. It need not exist.
	Path string
	Data []byte
	// Mode is the mode of a file that did not exist, 0600 when it is 0. A file that exists keeps its own, less the bits
	// in Drop.
	Mode fs.FileMode
	Drop fs.FileMode
	// Verify is handed what was written, read back from the disk, before it takes the place of the old file; nil
	// compares bytes only.
	Verify func(written []byte) error
	Probe  Probe
	// Swept says that the caller has called [Sweep], once for many files.
	Swept bool
}

// ErrChanged is the error of Write when the file is no longer what the caller read.
var ErrChanged = errors.New("the file was changed by somebody else meanwhile")

// Write puts the new content in place: a file beside the old one gets the content, mode, owner and extended attributes,
// reaches the disk, is read back and verified, and takes the old one's name; then the folder reaches the disk. If old is
// not nil, the file must still hold these bytes right before ([ErrChanged]).
//
// Until it has a name the new file has none at all where the file system can do that (O_TMPFILE), so that a kill leaves
// nothing behind. After an error the old file is unchanged.
func (r Replacement) Write(old []byte) (err error) {
	path, err := filepath.EvalSymlinks(r.Path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, lerr := os.Lstat(r.Path); lerr == nil {
			return fmt.Errorf("%s is a symbolic link to a file that does not exist", r.Path)
		}
		path, err = r.Path, nil
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		info = nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	}
	if !r.Swept {
		Sweep([]string{path}, time.Minute) // the number may be that of a process in another container
	}
	f, err := newSibling(path, r.Probe)
	if err != nil {
		return err
	}
	defer f.remove()
	if err := r.fill(f, path, info); err != nil {
		return fmt.Errorf("writing %s: %w", r.Path, err)
	}
	if old != nil {
		if err := r.Probe.Ask("read", path); err != nil {
			return fmt.Errorf("writing %s: %w", r.Path, err)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, old) {
			return fmt.Errorf("writing %s: %w", r.Path, ErrChanged)
		}
	}
	if err := f.rename(path); err != nil {
		return fmt.Errorf("writing %s: %w", r.Path, err)
	}
	return SyncDir(filepath.Dir(path), r.Probe)
}

// fill writes the content and everything else that belongs to the file, and checks it.
func (r Replacement) fill(f *sibling, path string, info fs.FileInfo) error {
	mode := r.Mode
	if mode == 0 {
		mode = 0o600
	}
	if err := f.try("write", func() error { _, err := f.Write(r.Data); return err }); err != nil {
		return err
	}
	if info != nil {
		mode = info.Mode() &^ r.Drop
		if err := f.try("chown", func() error { return keepOwner(f.File, info) }); err != nil {
			return err
		}
		if err := f.try("setxattr", func() error { return copyXattrs(path, f.File) }); err != nil {
			return err
		}
	}
	// after the owner: a change of owner drops set-id bits
	if err := f.try("chmod", func() error { return f.Chmod(mode) }); err != nil {
		return err
	}
	if err := f.try("fsync", f.Sync); err != nil {
		return err
	}
	written := make([]byte, len(r.Data)+1)
	n, err := 0, r.Probe.Ask("pread", path)
	if err == nil {
		n, err = f.ReadAt(written, 0)
	}
	if n != len(r.Data) || !bytes.Equal(written[:n], r.Data) {
		return fmt.Errorf("what was written reads back differently: %w", errors.Join(err, unix.EIO))
	}
	if r.Verify != nil {
		if err := r.Verify(written[:n]); err != nil {
			return fmt.Errorf("verifying what was written: %w", err)
		}
	}
	return nil
}

// keepOwner gives f the owner and group of info. Who may not do that and has another owner is refused, since a secret
// would change hands.
func keepOwner(f *os.File, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	if m, ok := mine.Sys().(*syscall.Stat_t); ok && m.Uid == st.Uid && m.Gid == st.Gid {
		return nil
	}
	if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil {
		return fmt.Errorf("keeping owner %d and group %d: %w", st.Uid, st.Gid, err)
	}
	return nil
}

// copyXattrs copies extended attributes (access lists, SELinux labels, user attributes). A file system without them is
// fine; an attribute that may not be written is an error, unless the system sets it itself.
func copyXattrs(from string, to *os.File) error {
	size, err := unix.Listxattr(from, nil)
	if err != nil || size == 0 {
		return ignoreUnsupported(err)
	}
	names := make([]byte, size)
	if size, err = unix.Listxattr(from, names); err != nil {
		return ignoreUnsupported(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names[:size]), "\x00"), "\x00") {
		n, err := unix.Getxattr(from, name, nil)
		if err != nil {
			continue // may be listed and not be readable, "trusted." for one
		}
		val := make([]byte, n)
		if n, err = unix.Getxattr(from, name, val); err != nil {
			return fmt.Errorf("reading the extended attribute %s: %w", name, err)
		}
		if err := unix.Fsetxattr(int(to.Fd()), name, val[:n], 0); err != nil && !strings.HasPrefix(name, "security.") {
			return fmt.Errorf("keeping the extended attribute %s: %w", name, err)
		}
	}
	return nil
}

func ignoreUnsupported(err error) error {
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return err
}

// A sibling is the new file while it is written.
type sibling struct {
	*os.File
	name  string // "" as long as it has none
	dir   string
	base  string
	probe Probe
}

// try makes a call unless the probe has it fail.
func (s *sibling) try(call string, f func() error) error {
	if err := s.probe.Ask(call, filepath.Join(s.dir, s.base)); err != nil {
		return err
	}
	return f()
}

// newSibling makes a file in the folder of path, without a name if possible.
func newSibling(path string, probe Probe) (*sibling, error) {
	s := &sibling{dir: filepath.Dir(path), base: filepath.Base(path), probe: probe}
	if err := probe.Ask("open", path); err != nil {
		return nil, err
	}
	fd, err := unix.Open(s.dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err == nil {
		s.File = os.NewFile(uintptr(fd), path)
		return s, nil
	}
	f, err := os.CreateTemp(s.dir, fmt.Sprintf("%s%d-*", s.prefix(), os.Getpid()))
	if err != nil {
		return nil, err
	}
	s.File, s.name = f, f.Name()
	return s, nil
}

// prefix is how the name of a new file begins, before the number of the process.
func (s *sibling) prefix() string { return siblingPrefix(s.base) }

// rename gives the file its final name.
func (s *sibling) rename(path string) error {
	for n := 0; s.name == ""; n++ {
		name := filepath.Join(s.dir, fmt.Sprintf("%s%d-%d", s.prefix(), os.Getpid(), n))
		err := s.try("link", func() error {
			return unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(int(s.Fd())), unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
		})
		switch {
		case err == nil:
			s.name = name
		case errors.Is(err, unix.EEXIST) && n < 1000:
		default:
			return err
		}
	}
	if err := s.try("rename", func() error { return os.Rename(s.name, path) }); err != nil {
		return err
	}
	s.name = ""
	return nil
}

// remove closes the file and takes its name away if it still has one.
func (s *sibling) remove() {
	s.Close()
	if s.name != "" {
		os.Remove(s.name)
	}
}

// SyncDir makes a change of names in a folder reach the disk. File systems that can't are fine.
func SyncDir(dir string, probe Probe) error {
	if err := probe.Ask("fsync", dir); err != nil {
		return fmt.Errorf("making the change in %s reach the disk: %w", dir, err)
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil // may be searched but not read
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return fmt.Errorf("making the change in %s reach the disk: %w", dir, err)
	}
	return nil
}
