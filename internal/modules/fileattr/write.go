package fileattr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Temp is a new content that waits beside the file it will replace. It is readable by its owner alone until Replace
// gives it the right mode.
type Temp struct {
	sys  target.System
	Path string // where it waits
	dest string
}

// NewTemp writes what r gives into a temporary file beside dest. On an error nothing is left behind.
func NewTemp(sys target.System, dest string, r io.Reader) (*Temp, error) {
	return NewTempIn(sys, dirOf(dest), dest, r)
}

// NewTempIn is NewTemp with the temporary file in another folder. If that is on another filesystem than dest, Replace
// copies the file beside dest first.
func NewTempIn(sys target.System, dir, dest string, r io.Reader) (*Temp, error) {
	f, err := sys.CreateTemp(dir, ".ansible_tmp*"+path.Base(dest))
	if err != nil {
		return nil, err
	}
	t := &Temp{sys: sys, Path: f.Name(), dest: dest}
	_, err = io.Copy(f, r)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		t.Discard()
		return nil, err
	}
	return t, nil
}

func dirOf(p string) string {
	if i := strings.LastIndexByte(p, '/'); i > 0 {
		return p[:i]
	} else if i == 0 {
		return "/"
	}
	return "."
}

// Discard removes the temporary file.
func (t *Temp) Discard() { _ = t.sys.Remove(t.Path) }

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
	if dirOf(t.Path) != dirOf(t.dest) {
		if err := t.bringNear(); err != nil {
			t.Discard()
			return err
		}
	}
	err := t.replace(keep, unsafe)
	if err != nil {
		t.Discard()
	}
	return err
}

// bringNear moves the temporary file beside dest when that is on another filesystem.
func (t *Temp) bringNear() error {
	here, err := t.sys.Stat(t.Path)
	if err != nil {
		return err
	}
	there, err := t.sys.Stat(dirOf(t.dest))
	if err != nil || here.Dev == there.Dev {
		return err
	}
	in, err := t.sys.Open(t.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	near, err := NewTemp(t.sys, t.dest, in)
	if err != nil {
		return err
	}
	t.Discard()
	t.Path = near.Path
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
		fresh, err := sys.Lstat(t.Path)
		if err != nil {
			return err
		}
		if fresh.UID != old.UID || fresh.GID != old.GID {
			if err := sys.Lchown(t.Path, old.UID, old.GID); err != nil && !errors.Is(err, syscall.EPERM) {
				return err
			}
		}
		if sys.SELinux() {
			if c, err := sys.Xattr(t.dest, selinuxAttr); err == nil {
				_ = sys.SetXattr(t.Path, selinuxAttr, c) // Ansible too goes on where the policy forbids it
			}
		}
		flags, _, _ = sys.Flags(t.dest)
	}
	if err := sys.Chmod(t.Path, mode); err != nil {
		return err
	}
	err = sys.Rename(t.Path, t.dest)
	if err != nil && unsafe && inPlace(err) {
		return t.overwrite()
	}
	if err != nil {
		return err
	}
	return t.keepFlags(flags)
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
	defer t.Discard()
	in, err := t.sys.Open(t.Path)
	if err != nil {
		return err
	}
	defer in.Close()
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
	line := strings.ReplaceAll(command, "%s", t.Path)
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
	if err := tmp.Replace(KeepNothing, false); err != nil {
		return "", err
	}
	if err := sys.Lchown(to, info.UID, info.GID); err != nil && !errors.Is(err, syscall.EPERM) {
		return "", err
	}
	if err := sys.Chmod(to, info.Perm()); err != nil {
		return "", err
	}
	return to, sys.Chtimes(to, info.Atime, info.Mtime)
}
