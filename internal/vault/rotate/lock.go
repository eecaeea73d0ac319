package rotate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

// Why a rotation does not begin.
var (
	ErrPending = errors.New("a rotation was interrupted")
	ErrRunning = errors.New("another rotation is running")
	ErrNothing = errors.New("there is no interrupted rotation")
)

// Pending looks for the journal of an interrupted rotation in dir and in the folders above it. dir is absolute.
func Pending(dir string) (journal string, found bool) {
	for {
		if j := filepath.Join(dir, Folder); isPending(j) {
			return j, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

// isPending reports whether a journal's folder has a plan in it. Without one, nothing was or nothing is left to do.
func isPending(dir string) bool {
	for _, name := range []string{planName, partName} {
		if info, err := os.Lstat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// acquire locks the folder, which it makes when create is set. The lock ends with the process, however that ends.
func (j *journal) acquire(create bool) error {
	for range 100 {
		if create {
			err := j.try("mkdir", j.dir, func() error { return os.Mkdir(j.dir, 0o700) })
			if err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
		if err := j.mine(); err != nil {
			return err
		}
		ok, err := j.flock()
		if ok || err != nil {
			return err
		}
	}
	return fmt.Errorf("locking %s: it goes away again and again", j.dir)
}

// mine refuses a folder that somebody else has put there.
func (j *journal) mine() error {
	info, err := os.Lstat(j.dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || ok && int(st.Uid) != os.Geteuid() && os.Geteuid() != 0 {
		d := &diag.Error{Msg: j.dir + " is not a folder of this user"}
		return d.Hint("who started the rotation has to end it")
	}
	return nil
}

// flock takes the lock file. false means that it was removed meanwhile, together with the folder.
func (j *journal) flock() (bool, error) {
	path := j.path(lockName)
	var f *os.File
	err := j.try("create", path, func() (err error) {
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			d := &diag.Error{Msg: "another rotation is running in " + j.root, Cause: ErrRunning}
			return false, d.Hint("wait until it has ended")
		}
		return false, fmt.Errorf("locking %s: %w", path, err)
	}
	there, err := os.Lstat(path)
	locked, serr := f.Stat()
	if err != nil || serr != nil || !os.SameFile(there, locked) {
		f.Close()
		return false, nil
	}
	j.lock = f
	return true, nil
}

func (j *journal) unlock() {
	if j.lock != nil {
		_ = unix.Flock(int(j.lock.Fd()), unix.LOCK_UN) // at once, also when a child that is just starting has the file as well
		j.lock.Close()
		j.lock = nil
	}
}
