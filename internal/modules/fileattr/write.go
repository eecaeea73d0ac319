package fileattr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Temp is a new content that waits for its place. It is readable by its owner alone until Replace gives it the right mode,
// and has no name before that where the filesystem can do without (see target.Draft).
type Temp struct {
	sys   target.System
	draft target.Draft
	dir   string // where it waits
	dest  string
}

// NewTemp writes what r gives into a temporary file beside dest. On an error nothing is left behind.
func NewTemp(sys target.System, dest string, r io.Reader) (*Temp, error) {
	return NewTempIn(sys, dirOf(dest), dest, r)
}

// NewTempIn is NewTemp with the temporary file in another folder. If that is on another filesystem than dest, Replace
// copies the file beside dest first.
func NewTempIn(sys target.System, dir, dest string, r io.Reader) (*Temp, error) {
	d, err := sys.NewDraft(dir, path.Base(dest))
	if err != nil {
		return nil, err
	}
	t := &Temp{sys: sys, draft: d, dir: dir, dest: dest}
	_, err = io.Copy(d, r)
	if err == nil {
		err = d.Flush()
	}
	if err != nil {
		t.Discard()
		return nil, err
	}
	return t, nil
}

// TempName is a name for a temporary file beside dest as ansible-core gives it, for messages.
func TempName(dest string) string {
	return fmt.Sprintf("%s/.ansible_tmp%08x%s", strings.TrimRight(dirOf(dest), "/"), rand.Uint32(), path.Base(dest))
}

// NoTemp is the failure of NewTemp as ansible-core tells it, which names the file that it would have made.
func NoTemp(sys target.System, err error, dest string) *Failure {
	dir := dirOf(dest)
	tmp := TempName(dest)
	_, gone := sys.Stat(dir)
	msg := PyError(err, dest)
	switch {
	case errors.Is(err, syscall.ENOENT) && gone != nil:
		msg = fmt.Sprintf("Could not replace '%s' with '%s': %s", dest, tmp, PyError(err, tmp, dest))
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOENT):
		msg = fmt.Sprintf("The destination directory '%s' is not writable by the current user: %s", dir, PyError(err, tmp))
	}
	return &Failure{Msg: msg, Raised: true}
}

// Name is the temporary name that it has or, before Expose, would have.
func (t *Temp) Name() string { return t.draft.TempName() }

// Expose gives it the temporary name, by which programs can read and write it, and returns that.
func (t *Temp) Expose() (string, error) {
	err := t.draft.Expose()
	return t.draft.TempName(), err
}

// Write adds to the content. Flush comes after the last of it.
func (t *Temp) Write(b []byte) (int, error) { return t.draft.Write(b) }

// Flush hands what was written to the filesystem: some tell only then that there is no room.
func (t *Temp) Flush() error { return t.draft.Flush() }

// Content gives the content from its beginning. It is one reader for all.
func (t *Temp) Content() (io.Reader, error) {
	_, err := t.draft.Seek(0, io.SeekStart)
	return t.draft, err
}

func dirOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i > 0 {
		return p[:i]
	} else if i == 0 {
		return "/"
	}
	return "."
}

// Discard removes the temporary file. After Replace it does nothing.
func (t *Temp) Discard() { t.draft.Discard() }

// Keep says what a file that replaces another one keeps of it.
type Keep int

// KeepDest keeps mode, owner, group, SELinux context and attributes of the file that is replaced; KeepNothing gives the
// defaults of a new file.
const (
	KeepDest Keep = iota
	KeepNothing
)

// Replace puts the temporary file in dest's place: readers see the old or the new content, never a part. What
// ansible-core keeps of a replaced file is kept. Where a file can't be renamed onto (a mount point) and unsafe is set,
// dest is written in place. The temporary file is gone afterwards, also on an error.
func (t *Temp) Replace(keep Keep, unsafe bool) error {
	defer t.Discard()
	if t.dir != dirOf(t.dest) {
		if err := t.bringNear(); err != nil {
			return err
		}
	}
	return t.replace(keep, unsafe)
}

// bringNear moves the temporary file beside dest when that is on another filesystem.
func (t *Temp) bringNear() error {
	here, err := t.draft.Stat()
	if err != nil {
		return err
	}
	there, err := t.sys.Stat(dirOf(t.dest))
	if err != nil || here.Dev == there.Dev {
		return err
	}
	in, err := t.Content()
	if err != nil {
		return err
	}
	near, err := NewTemp(t.sys, t.dest, in)
	if err != nil {
		return err
	}
	t.Discard()
	*t = *near
	return nil
}

func (t *Temp) replace(keep Keep, unsafe bool) error {
	sys := t.sys
	mode := 0o666 &^ sys.Umask()
	var flags uint32
	old, err := sys.Stat(t.dest)
	exists := err == nil
	if exists && keep == KeepDest {
		mode = old.Perm()
		if err := t.keepOwner(old); err != nil {
			return err
		}
		flags, _, _ = sys.Flags(t.dest)
	}
	if err := t.draft.Chmod(mode); err != nil {
		return err
	}
	err = t.place(exists)
	if err != nil && unsafe && inPlace(err) {
		return t.overwrite()
	}
	if err != nil {
		return err
	}
	return t.keepFlags(flags)
}

// PlaceAs is Replace with the permission bits mode and an owner and group, -1 for those of this process, in place of what is
// kept. Where it may not be given away it stays this process's.
func (t *Temp) PlaceAs(mode uint32, uid, gid int) error {
	defer t.Discard()
	_, err := t.sys.Lstat(t.dest)
	exists := err == nil
	if uid >= 0 || gid >= 0 {
		if err := t.giveTo(uid, gid); err != nil {
			return err
		}
	}
	if err := t.draft.Chmod(mode); err != nil {
		return err
	}
	return t.place(exists)
}

// giveTo changes the owner. The file gets its name first: without CAP_FOWNER nobody can link to one that is no more his
// (fs.protected_hardlinks).
func (t *Temp) giveTo(uid, gid int) error {
	if err := t.draft.Expose(); err != nil {
		return err
	}
	if err := t.draft.Chown(uid, gid); err != nil && !errors.Is(err, syscall.EPERM) {
		return err
	}
	return nil
}

// place puts it in dest's place in one step. A file that replaces another needs a name of its own for a moment.
func (t *Temp) place(exists bool) error {
	if !exists && t.draft.Link(t.dest) == nil {
		return nil
	}
	if err := t.draft.Expose(); err != nil {
		return err
	}
	return t.sys.Rename(t.draft.TempName(), t.dest)
}

// keepOwner gives it the owner, the group and the SELinux context of the file that it replaces.
func (t *Temp) keepOwner(old target.Info) error {
	fresh, err := t.draft.Stat()
	if err != nil {
		return err
	}
	if fresh.UID != old.UID || fresh.GID != old.GID {
		if err := t.giveTo(old.UID, old.GID); err != nil {
			return err
		}
	}
	if t.sys.SELinux() {
		if c, err := t.sys.Xattr(t.dest, selinuxAttr); err == nil {
			_ = t.draft.SetXattr(selinuxAttr, c) // Ansible too goes on where the policy forbids it
		}
	}
	return nil
}

// keepFlags sets the attributes again that the old file had and the new one, which is another inode, lacks.
func (t *Temp) keepFlags(old uint32) error {
	if old&settable == 0 {
		return nil
	}
	now, _, err := t.sys.Flags(t.dest)
	if err != nil || now&settable == old&settable {
		return nil //nolint:nilerr // a filesystem without attributes has none to keep
	}
	return t.sys.SetFlags(t.dest, now|old&settable)
}

// inPlace tells the errors of rename that writing in place gets around.
func inPlace(err error) bool {
	for _, no := range []syscall.Errno{syscall.EPERM, syscall.EXDEV, syscall.EACCES, syscall.ETXTBSY, syscall.EBUSY} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// overwrite copies the content into dest, which is not atomic.
func (t *Temp) overwrite() error {
	in, err := t.Content()
	if err != nil {
		return err
	}
	out, err := t.sys.OpenFile(t.dest, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	return err
}

// Validate runs the command of the argument validate on the temporary file, whose path takes the place of "%s". The
// error is a *Failure.
func (t *Temp) Validate(ctx context.Context, command string) error {
	_, err := t.ValidateOutput(ctx, command)
	return err
}

// ValidateOutput is Validate that also gives how the command ended.
func (t *Temp) ValidateOutput(ctx context.Context, command string) (target.Exit, error) {
	if command == "" {
		return target.Exit{}, nil
	}
	if !strings.Contains(command, "%s") {
		return target.Exit{}, &Failure{Msg: "validate must contain %s: " + command}
	}
	name, err := t.Expose()
	if err != nil {
		return target.Exit{}, err
	}
	line := strings.ReplaceAll(command, "%s", name)
	argv, err := shellwords.Split(line)
	if err != nil {
		return target.Exit{}, &Failure{Msg: fmt.Sprintf("validate %q: %v", command, err)}
	}
	exit, err := t.sys.Run(ctx, target.Command{Argv: argv})
	if ctx.Err() != nil {
		return exit, ctx.Err()
	}
	if err != nil {
		return exit, CommandError(line, err)
	}
	if exit.Code != 0 {
		v := value.DictOf("exit_status", module.V(exit.Code))
		v.SetStr("stdout", value.NewStr(string(exit.Stdout)))
		v.SetStr("stderr", value.NewStr(string(exit.Stderr)))
		return exit, &Failure{Msg: "failed to validate", Values: v}
	}
	return exit, nil
}

// CommandError gives the failure of a program that could not be started, in Ansible's words.
func CommandError(cmd string, err error) *Failure {
	rc := 257
	var no syscall.Errno
	if errors.As(err, &no) {
		rc = int(no)
	}
	v := value.DictOf("cmd", value.NewStr(cmd), "rc", module.V(rc), "stdout", value.NewStr(""), "stderr", value.NewStr(""))
	return &Failure{Msg: "Error executing command.", Values: v}
}

// Backup copies the file at name to NAME.PID.DATE@TIME~ with mode, owner and times, and returns the copy's path, or ""
// when there is no such file.
func Backup(sys target.System, name string) (string, error) {
	info, err := sys.Stat(name)
	if err != nil {
		return "", nil //nolint:nilerr // nothing to back up
	}
	to := fmt.Sprintf("%s.%d.%s~", name, os.Getpid(), sys.Now().Format("2006-01-02@15:04:05"))
	in, err := sys.Open(name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	tmp, err := NewTemp(sys, to, in)
	if err != nil {
		return "", err
	}
	if err := tmp.PlaceAs(info.Perm(), info.UID, info.GID); err != nil {
		return "", err
	}
	return to, sys.Chtimes(to, info.Atime, info.Mtime)
}
