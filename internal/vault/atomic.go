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
	f, err := newSibling(path)
	if err != nil {
		return err
	}
	defer f.remove()
	if err := r.fill(f, path, info); err != nil {
		return fmt.Errorf("writing %s: %w", r.Path, err)
	}
	if old != nil {
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, old) {
			return fmt.Errorf("writing %s: %w", r.Path, ErrChanged)
		}
	}
	if err := f.rename(path); err != nil {
		return fmt.Errorf("writing %s: %w", r.Path, err)
	}
	return syncDir(filepath.Dir(path))
}

// fill writes the content and everything else that belongs to the file, and checks it.
func (r Replacement) fill(f *sibling, path string, info fs.FileInfo) error {
	mode := r.Mode
	if mode == 0 {
		mode = 0o600
	}
	if _, err := f.Write(r.Data); err != nil {
		return err
	}
	if info != nil {
		mode = info.Mode() &^ r.Drop
		if err := keepOwner(f.File, info); err != nil {
			return err
		}
		if err := copyXattrs(path, f.File); err != nil {
			return err
		}
	}
	if err := f.Chmod(mode); err != nil { // after the owner: a change of owner drops set-id bits
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	written := make([]byte, len(r.Data)+1)
	n, err := f.ReadAt(written, 0)
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
	name string // "" as long as it has none
	dir  string
	base string
}

// newSibling makes a file in the folder of path, without a name if possible.
func newSibling(path string) (*sibling, error) {
	s := &sibling{dir: filepath.Dir(path), base: filepath.Base(path)}
	s.sweep()
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
func (s *sibling) prefix() string { return "." + s.base + ".kimai-" }

// sweep takes away what a killed process left of the same file: a name with the number of a process that does not live,
// older than a minute, since the number may be one of another container.
func (s *sibling) sweep() {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), s.prefix())
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(number)
		info, ierr := e.Info()
		if err != nil || ierr != nil || !info.Mode().IsRegular() || time.Since(info.ModTime()) < time.Minute || startTime(pid) != "0" {
			continue
		}
		_ = os.Remove(filepath.Join(s.dir, e.Name()))
	}
}

// rename gives the file its final name.
func (s *sibling) rename(path string) error {
	for n := 0; s.name == ""; n++ {
		name := filepath.Join(s.dir, fmt.Sprintf("%s%d-%d", s.prefix(), os.Getpid(), n))
		err := unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(int(s.Fd())), unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW)
		switch {
		case err == nil:
			s.name = name
		case errors.Is(err, unix.EEXIST) && n < 1000:
		default:
			return err
		}
	}
	if err := os.Rename(s.name, path); err != nil {
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

// syncDir makes a change of names in a folder reach the disk. File systems that can't are fine.
func syncDir(dir string) error {
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
