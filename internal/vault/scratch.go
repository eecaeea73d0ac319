package vault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Scratch is a private folder in memory, where an editor works on plaintext.
type Scratch struct{ dir string }

// ErrNoMemory is the error of NewScratch when there is no storage in memory.
var ErrNoMemory = errors.New("no file system in memory that can be written to")

const scratchPrefix = "kimai-ansible-vault-"

// ScratchRoots gives the folders where storage in memory is looked for: $XDG_RUNTIME_DIR, /run/user/UID, /dev/shm.
func ScratchRoots(lookup func(string) (string, bool)) []string {
	var roots []string
	if dir, ok := lookup("XDG_RUNTIME_DIR"); ok && filepath.IsAbs(dir) {
		roots = append(roots, dir)
	}
	return append(roots, fmt.Sprintf("/run/user/%d", os.Geteuid()), "/dev/shm")
}

// NewScratch makes a folder with mode 0700 on the first of the roots that is a tmpfs or ramfs. It first takes away what
// dead processes left in any of them. The error is [ErrNoMemory] when no root will do.
func NewScratch(roots []string) (*Scratch, error) {
	var why []error
	for _, root := range roots {
		if err := inMemory(root); err != nil {
			why = append(why, err)
			continue
		}
		sweep(root)
		dir, err := os.MkdirTemp(root, fmt.Sprintf("%s%d-%s-", scratchPrefix, os.Getpid(), startTime(os.Getpid())))
		if err != nil {
			why = append(why, err)
			continue
		}
		if err := os.Chmod(dir, 0o700); err != nil { // whatever the umask
			os.Remove(dir)
			return nil, err
		}
		return &Scratch{dir: dir}, nil
	}
	return nil, fmt.Errorf("%w: %w", ErrNoMemory, errors.Join(why...))
}

// Dir returns the folder.
func (s *Scratch) Dir() string { return s.dir }

// WriteFile makes a file of the name, mode 0600, and returns its path.
func (s *Scratch) WriteFile(name string, data []byte) (string, error) {
	path := filepath.Join(s.dir, name)
	return path, os.WriteFile(path, data, 0o600)
}

// Remove overwrites the files in the folder and takes it away. It may be called more than once.
func (s *Scratch) Remove() error { return removeTree(s.dir) }

func removeTree(dir string) error {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			wipe(path)
		}
		return nil
	})
	return os.RemoveAll(dir)
}

// wipe overwrites a file in memory: the pages of a tmpfs are freed by removing it, but not cleared.
func wipe(path string) {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return
	}
	zeros := make([]byte, min(info.Size(), 1<<16))
	for left := info.Size(); left > 0; {
		n, err := f.Write(zeros[:min(left, int64(len(zeros)))])
		if err != nil || n == 0 {
			return
		}
		left -= int64(n)
	}
}

// inMemory checks the kind of file system with statfs(2).
func inMemory(dir string) error {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	switch int64(st.Type) {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return nil
	}
	return fmt.Errorf("%s is on a disk (file system type %#x)", dir, st.Type)
}

// sweep removes the folders of this user whose process does not live any more. The start time tells a process from
// another one that has got the same number since.
func sweep(root string) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return
	}
	for _, e := range entries {
		rest, ok := strings.CutPrefix(e.Name(), scratchPrefix)
		if !ok || !e.IsDir() {
			continue
		}
		parts := strings.SplitN(rest, "-", 3)
		info, err := e.Info()
		if err != nil || len(parts) != 3 {
			continue
		}
		st, ok := info.Sys().(*syscall.Stat_t)
		pid, err := strconv.Atoi(parts[0])
		if !ok || err != nil || int(st.Uid) != os.Geteuid() || startTime(pid) == parts[1] {
			continue
		}
		_ = removeTree(filepath.Join(root, e.Name()))
	}
}

// startTime gives when a process began, in ticks since the boot (field 22 of /proc/PID/stat), "0" when there is none.
func startTime(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "0"
	}
	_, after, ok := strings.Cut(string(stat), ") ") // a name with a bracket and a blank only shifts the fields: no match
	if i := strings.LastIndex(string(stat), ") "); ok && i >= 0 {
		after = string(stat)[i+2:]
	}
	fields := strings.Fields(after)
	if len(fields) < 20 {
		return "0"
	}
	return fields[19]
}
