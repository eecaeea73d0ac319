package rotate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
)

// fileScheme begins the address of a FileSink.
const fileScheme = "file:"

// A FileSink keeps a password in a file with mode 0600. Until all files of the tree have it, it is beside that, in
// NAME.new; then it takes the name, and the password before it is kept in NAME.1, NAME.2 and so on.
type FileSink struct {
	path  string
	probe vault.Probe
}

var _ Sink = (*FileSink)(nil)

// NewFileSink gives the sink of a file, by its absolute path; it need not exist. A symbolic link is followed. It is
// refused when a staged password of another rotation is beside it.
func NewFileSink(path string, probe vault.Probe) (*FileSink, error) {
	s, err := openFileSink(path, probe)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(s.staged()); err == nil {
		return nil, s.wrong("%s is there already", s.staged()).Hint("a rotation that did not end may have left it; look whether its password opens anything, and remove it")
	}
	if info, err := os.Stat(s.path); err == nil && !info.Mode().IsRegular() {
		return nil, s.wrong("is not a regular file")
	}
	if err := unix.Access(filepath.Dir(s.path), unix.W_OK|unix.X_OK); err != nil {
		return nil, s.wrong("cannot be written: %w", err)
	}
	return s, nil
}

// OpenFileSink gives the sink for an address; ok is false for an address of another kind of sink.
func OpenFileSink(address string, probe vault.Probe) (s *FileSink, ok bool, err error) {
	path, ok := strings.CutPrefix(address, fileScheme)
	if !ok {
		return nil, false, nil
	}
	s, err = openFileSink(path, probe)
	return s, true, err
}

func openFileSink(path string, probe vault.Probe) (*FileSink, error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	} else if _, lerr := os.Lstat(path); lerr == nil || !errors.Is(err, fs.ErrNotExist) {
		return nil, diag.Errorf(source.At(source.NewFile(path, ""), 0, 0), "cannot be used: %w", tree.WithoutPath(err))
	}
	return &FileSink{path: path, probe: probe}, nil
}

func (s *FileSink) wrong(format string, args ...any) *diag.Error {
	return diag.Errorf(source.At(source.NewFile(s.path, ""), 0, 0), format, args...)
}

func (s *FileSink) staged() string { return s.path + ".new" }

func (s *FileSink) try(call, path string, f func() error) error {
	err := s.probe.Ask(call, path)
	if err == nil {
		err = f()
	}
	if err != nil {
		return s.wrong("%s %s: %w", call, path, tree.WithoutPath(err))
	}
	return nil
}

// Address gives "file:" and the path.
func (s *FileSink) Address() string { return fileScheme + s.path }

// Stage writes the password to NAME.new.
func (s *FileSink) Stage(_ context.Context, password []byte) error {
	var f *os.File
	err := s.try("create", s.staged(), func() (err error) {
		f, err = os.OpenFile(s.staged(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
	if err != nil {
		return err
	}
	defer f.Close()
	line := append(append([]byte(nil), password...), '\n')
	defer clear(line)
	err = s.try("write", s.staged(), func() error { _, err := f.Write(line); return err })
	if err == nil {
		err = s.try("chmod", s.staged(), func() error { return f.Chmod(0o600) }) // whatever the umask
	}
	if err == nil {
		err = s.try("fsync", s.staged(), f.Sync)
	}
	if err == nil {
		err = vault.SyncDir(filepath.Dir(s.path), s.probe)
	}
	if err != nil {
		os.Remove(s.staged())
	}
	return err
}

// in reports whether a file holds the password.
func (s *FileSink) in(path string, opens func([]byte) bool) (bool, error) {
	var data []byte
	err := s.probe.Ask("read", path)
	if err == nil {
		data, err = os.ReadFile(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the password file %s: %w", path, tree.WithoutPath(err))
	}
	defer clear(data)
	password := vault.NewSecret("", "", string(data)).Reveal()
	defer clear(password)
	return opens(password), nil
}

// Has looks at NAME.new and NAME.
func (s *FileSink) Has(_ context.Context, opens func([]byte) bool) (bool, error) {
	ok, err := s.in(s.staged(), opens)
	if ok || err != nil {
		return ok, err
	}
	return s.in(s.path, opens)
}

// Publish gives NAME.new the name NAME, and what was there before the first free of NAME.1, NAME.2, ….
func (s *FileSink) Publish(_ context.Context, opens func([]byte) bool) (string, error) {
	staged, err := s.in(s.staged(), opens)
	if err != nil {
		return "", err
	}
	if !staged {
		published, err := s.in(s.path, opens)
		if err == nil && !published {
			err = s.wrong("the new password is neither here nor in %s", s.staged())
		}
		return s.path + " (mode 0600) has the new password", err
	}
	was, err := s.keep()
	if err != nil {
		return "", err
	}
	if err := s.try("rename", s.path, func() error { return os.Rename(s.staged(), s.path) }); err != nil {
		return "", err
	}
	if err := vault.SyncDir(filepath.Dir(s.path), s.probe); err != nil {
		return "", err
	}
	if was == "" {
		return s.path + " (mode 0600) has the new password", nil
	}
	return fmt.Sprintf("%s (mode 0600) has the new password, %s the old one, which still opens the history and backups", s.path, was), nil
}

// keep gives the present file a second name; "" when there is none.
func (s *FileSink) keep() (string, error) {
	info, err := os.Lstat(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	for n := 1; err == nil; n++ {
		name := fmt.Sprintf("%s.%d", s.path, n)
		there, lerr := os.Lstat(name)
		switch {
		case lerr == nil && os.SameFile(there, info):
			return name, nil // done before a kill
		case lerr == nil:
			continue
		}
		return name, s.try("link", name, func() error { return os.Link(s.path, name) })
	}
	return "", s.wrong("cannot be read: %w", tree.WithoutPath(err))
}

// Withdraw removes NAME.new, and when the new password was published already, gives the one before it its name back.
func (s *FileSink) Withdraw(_ context.Context, opens func([]byte) bool) error {
	staged, err := s.in(s.staged(), func(p []byte) bool { return len(p) == 0 || opens(p) }) // empty: a kill came in Stage
	if err != nil {
		return err
	}
	if staged {
		if err := s.try("unlink", s.staged(), func() error { return os.Remove(s.staged()) }); err != nil {
			return err
		}
		return s.unkeep()
	}
	published, err := s.in(s.path, opens)
	if err != nil || !published {
		return err
	}
	was := s.last()
	if was == "" {
		return s.try("unlink", s.path, func() error { return os.Remove(s.path) })
	}
	return s.try("rename", s.path, func() error { return os.Rename(was, s.path) })
}

// last gives the second name of the password before, "" when there is none.
func (s *FileSink) last() string {
	last := ""
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s.%d", s.path, n)
		if _, err := os.Lstat(name); err != nil {
			return last
		}
		last = name
	}
}

// unkeep takes the second name away that keep has given, when a kill came before the rename.
func (s *FileSink) unkeep() error {
	last := s.last()
	there, err := os.Lstat(last)
	now, nerr := os.Lstat(s.path)
	if last == "" || err != nil || nerr != nil || !os.SameFile(there, now) {
		return nil
	}
	return s.try("unlink", last, func() error { return os.Remove(last) })
}
