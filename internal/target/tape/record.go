package tape

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// Recorder is a machine that notes on a tape what is asked of it. What it does not write down itself (which files a
// program changes) it learns when such a file is looked at next: a file that is not as it was last seen was changed by the
// last program.
type Recorder struct {
	target.System
	s *state
}

type state struct {
	tape  *Tape
	known map[string]*File
	temps []string // names of temporary files, each followed by the one that it will have when the tape is played
	made  int
}

var _ target.System = (*Recorder)(nil)

// Record gives a Recorder in front of a machine, and its tape.
func Record(sys target.System) (*Recorder, *Tape) {
	t := &Tape{
		Now: sys.Now().UTC().Truncate(time.Second), Dir: sys.Dir(), Env: sys.Environ(), UID: sys.Getuid(), Files: map[string]*File{},
		Programs: map[string]string{}, SELinux: sys.SELinux(),
		Kernel: target.KernelState{Filesystems: map[string]target.Filesystem{}, Routes: map[string]target.Route{}},
	}
	return &Recorder{sys, &state{tape: t, known: map[string]*File{}}}, t
}

// In keeps the tape.
func (r *Recorder) In(dir string, env []string) target.System {
	return &Recorder{r.System.In(dir, env), r.s}
}

func (r *Recorder) abs(name string) string {
	if strings.HasPrefix(name, "/") {
		return path.Clean(name)
	}
	return path.Join(r.Dir(), name)
}

// put notes how a file is now.
func (r *Recorder) put(name string, f *File) {
	old, seen := r.s.known[name]
	if f != nil && old != nil && f.Text == nil && f.Base64 == nil && f.Mode == old.Mode && f.Mtime == old.Mtime {
		f.Text, f.Base64, f.Size = old.Text, old.Base64, old.Size // its content is not known to be different
	}
	if seen && reflect.DeepEqual(old, f) {
		return
	}
	r.s.known[name] = f
	if !seen && f == nil {
		return // it was not there before either
	}
	into := r.s.tape.Files
	if n := len(r.s.tape.Runs); n > 0 {
		run := &r.s.tape.Runs[n-1]
		if run.Files == nil {
			run.Files = map[string]*File{}
		}
		into = run.Files
	}
	into[name] = f
}

// note notes a file and the links on the way to it. content reads it, too; follow is whether a link at the end is followed.
// It returns the path behind the links.
func (r *Recorder) note(name string, content, follow bool) string {
	rest, at, hops := strings.Split(r.abs(name), "/"), "/", 0
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		last := strings.Join(rest, "") == ""
		f := r.look(next, content && last)
		r.put(next, f)
		if f == nil || f.Link == "" || last && !follow || hops > 40 {
			at = next
			continue
		}
		hops++
		if strings.HasPrefix(f.Link, "/") {
			at = "/"
		}
		rest = append(strings.Split(f.Link, "/"), rest...)
	}
	return at
}

// look asks the machine. Links that the kernel makes up in /proc do not lead where they say: the root folder of the first
// process is a folder, or a link to "/" when it is that of all.
func (r *Recorder) look(name string, content bool) *File {
	info, err := r.System.Lstat(name)
	if err != nil {
		return nil
	}
	f := &File{Mode: info.Mode, UID: info.UID, GID: info.GID}
	if !strings.HasPrefix(name, "/proc/") && !strings.HasPrefix(name, "/sys/") && !info.IsDir() {
		f.Mtime = info.Mtime.Unix()
	}
	if name == "/var/lib/apt/lists" { // the one folder whose time a module asks for, before and after a program
		f.Mtime, f.Nanos = info.Mtime.Unix(), int64(info.Mtime.Nanosecond())
	}
	switch {
	case name == "/proc/1/root":
		one, err1 := r.System.Stat(name + "/.")
		root, err2 := r.System.Stat("/")
		if err1 != nil || err2 != nil {
			return nil
		}
		f.Mode, f.Link = one.Mode, ""
		if one.Ino == root.Ino && one.Dev == root.Dev {
			f.Mode, f.Link = 0o120777, "/"
		}
	case info.IsLink():
		f.Link, _ = r.System.Readlink(name)
	case content && info.IsRegular():
		if b, err := target.ReadFile(r.System, name); err == nil {
			f.setContent(b)
		}
	case info.IsRegular() && !strings.HasPrefix(name, "/proc/") && !strings.HasPrefix(name, "/sys/"):
		f.Size = info.Size
	}
	return f
}

// changing notes how files are before a call changes them, and changed how they are after it, which is no program's doing.
func (r *Recorder) changing(names ...string) {
	for _, n := range names {
		r.note(path.Dir(r.abs(n)), false, true)
		r.note(n, true, false)
	}
}

func (r *Recorder) changed(names ...string) {
	for _, n := range names {
		real := path.Join(r.note(path.Dir(r.abs(n)), false, true), path.Base(n))
		r.s.known[real] = r.look(real, true)
	}
}

// Open notes the content.
func (r *Recorder) Open(name string) (target.File, error) {
	r.note(name, true, true)
	return r.System.Open(name)
}

// OpenFile notes the content before it is changed.
func (r *Recorder) OpenFile(name string, flag int, perm uint32) (target.File, error) {
	if flag&(os.O_WRONLY|os.O_RDWR) == 0 {
		return r.Open(name)
	}
	r.changing(name)
	f, err := r.System.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &file{f, r, name}, nil
}

// CreateTemp keeps an eye on the new file.
func (r *Recorder) CreateTemp(dir, pattern string) (target.File, error) {
	f, err := r.System.CreateTemp(dir, pattern)
	if err != nil {
		return nil, err
	}
	r.s.made++
	before, after, _ := strings.Cut(pattern, "*")
	r.s.temps = append(r.s.temps, f.Name(), path.Join(path.Dir(f.Name()), before+strconv.Itoa(r.s.made)+after))
	return &file{f, r, f.Name()}, nil
}

// NewDraft keeps an eye on the new file.
func (r *Recorder) NewDraft(dir, base string) (target.Draft, error) {
	d, err := r.System.NewDraft(dir, base)
	if err != nil {
		return nil, err
	}
	return &draft{d, r}, nil
}

type draft struct {
	target.Draft
	r *Recorder
}

// Expose notes the new name.
func (d *draft) Expose() error {
	err := d.Draft.Expose()
	d.r.changed(d.TempName())
	return err
}

// Link notes what was there before.
func (d *draft) Link(dest string) error {
	return d.r.change(func() error { return d.Draft.Link(dest) }, dest)
}

// Discard notes that the temporary name is gone.
func (d *draft) Discard() {
	d.Draft.Discard()
	d.r.changed(d.TempName())
}

// file is a file that is being written.
type file struct {
	target.File
	r    *Recorder
	name string
}

// Close knows what was written.
func (f *file) Close() error {
	err := f.File.Close()
	f.r.changed(f.name)
	return err
}

// Stat notes the file.
func (r *Recorder) Stat(name string) (target.Info, error) {
	r.note(name, false, true)
	return r.System.Stat(name)
}

// Lstat notes the file.
func (r *Recorder) Lstat(name string) (target.Info, error) {
	r.note(name, false, false)
	return r.System.Lstat(name)
}

// Access notes the file.
func (r *Recorder) Access(name string, bits uint32) bool {
	r.note(name, false, true)
	return r.System.Access(name, bits)
}

// ReadDir notes what is in the folder.
func (r *Recorder) ReadDir(name string) ([]string, error) {
	dir := r.note(name, false, true)
	names, err := r.System.ReadDir(name)
	for _, n := range names {
		r.note(path.Join(dir, n), false, false)
	}
	there := map[string]bool{}
	for _, n := range names {
		there[n] = true
	}
	for p, f := range r.s.known {
		if f != nil && path.Dir(p) == dir && !there[path.Base(p)] {
			r.put(p, nil)
		}
	}
	return names, err
}

// Readlink notes the link.
func (r *Recorder) Readlink(name string) (string, error) {
	r.note(name, false, false)
	return r.System.Readlink(name)
}

// Realpath notes the links.
func (r *Recorder) Realpath(name string) string {
	r.note(name, false, true)
	return r.System.Realpath(name)
}

func (r *Recorder) change(do func() error, names ...string) error {
	r.changing(names...)
	err := do()
	r.changed(names...)
	return err
}

// Mkdir notes what was there before.
func (r *Recorder) Mkdir(name string, perm uint32) error {
	return r.change(func() error { return r.System.Mkdir(name, perm) }, name)
}

// Remove notes what was there before.
func (r *Recorder) Remove(name string) error {
	return r.change(func() error { return r.System.Remove(name) }, name)
}

// RemoveAll notes what was there before.
func (r *Recorder) RemoveAll(name string) error {
	return r.change(func() error { return r.System.RemoveAll(name) }, name)
}

// Rename notes what was there before.
func (r *Recorder) Rename(from, to string) error {
	return r.change(func() error { return r.System.Rename(from, to) }, from, to)
}

// Symlink notes what was there before.
func (r *Recorder) Symlink(content, name string) error {
	return r.change(func() error { return r.System.Symlink(content, name) }, name)
}

// Link notes what was there before.
func (r *Recorder) Link(from, to string) error {
	return r.change(func() error { return r.System.Link(from, to) }, from, to)
}

// Chmod notes what was there before.
func (r *Recorder) Chmod(name string, mode uint32) error {
	return r.change(func() error { return r.System.Chmod(name, mode) }, name)
}

// Lchown notes what was there before.
func (r *Recorder) Lchown(name string, uid, gid int) error {
	return r.change(func() error { return r.System.Lchown(name, uid, gid) }, name)
}

// Chtimes notes what was there before.
func (r *Recorder) Chtimes(name string, atime, mtime time.Time) error {
	return r.change(func() error { return r.System.Chtimes(name, atime, mtime) }, name)
}

// LookPath notes where a program is.
func (r *Recorder) LookPath(name string, extra ...string) (string, error) {
	p, err := r.System.LookPath(name, extra...)
	if err == nil {
		r.s.tape.Programs[path.Base(name)] = p
	}
	return p, err
}

// Run notes the program, and what it wrote.
func (r *Recorder) Run(ctx context.Context, c target.Command) (target.Exit, error) {
	var stdin []byte
	if c.Stdin != nil {
		var err error
		if stdin, err = io.ReadAll(c.Stdin); err != nil {
			return target.Exit{}, err
		}
		c.Stdin = bytes.NewReader(stdin)
	}
	exit, err := r.System.Run(ctx, c)
	c.Argv = slices.Clone(c.Argv)
	for i := range c.Argv {
		c.Argv[i] = strings.NewReplacer(r.s.temps...).Replace(c.Argv[i])
	}
	if errors.Is(err, fs.ErrNotExist) || len(c.Argv) == 0 {
		return exit, err
	}
	if _, known := r.s.tape.Programs[path.Base(c.Argv[0])]; !known {
		r.s.tape.Programs[path.Base(c.Argv[0])] = c.Argv[0]
	}
	r.s.tape.Runs = append(r.s.tape.Runs, Run{
		Argv: c.Argv, Stdin: string(stdin), Code: exit.Code, Stdout: string(exit.Stdout), Stderr: string(exit.Stderr), Absent: err != nil,
	})
	return exit, err
}

// UserByName notes the accounts.
func (r *Recorder) UserByName(name string) (target.User, bool, error) {
	r.note("/etc/passwd", true, true)
	return r.System.UserByName(name)
}

// UserByID notes the accounts.
func (r *Recorder) UserByID(uid int) (target.User, bool, error) {
	r.note("/etc/passwd", true, true)
	return r.System.UserByID(uid)
}

// GroupByName notes the groups.
func (r *Recorder) GroupByName(name string) (target.Group, bool, error) {
	r.note("/etc/group", true, true)
	return r.System.GroupByName(name)
}

// GroupByID notes the groups.
func (r *Recorder) GroupByID(gid int) (target.Group, bool, error) {
	r.note("/etc/group", true, true)
	return r.System.GroupByID(gid)
}
