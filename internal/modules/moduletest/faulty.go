package moduletest

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// A Harm is what happens to a module at one of its steps.
type Harm string

// The harms. A step is a call that changes something on the machine, or runs a program.
const (
	diskFull Harm = "the disk is full"  // from the step on there is no room for new files, folders and content
	ioError  Harm = "a step fails"      // the step alone fails with an I/O error
	crash    Harm = "the module panics" // in the middle of the step
	stopped  Harm = "the run is ended"  // the context is cancelled at the step, which itself succeeds
)

// faulty is a machine on which something happens at step number at.
type faulty struct {
	target.System
	s *faultState
}

type faultState struct {
	harm  Harm
	at    int // 0 is never
	steps int
	wrote int               // the steps that were no programs
	kinds []string          // what was done at each step
	stuck []string          // the files that could not be removed
	look  func(kind string) // is called before each step
	stop  context.CancelFunc
}

// step counts; allocates tells a step that needs room on the disk. The error is what the step fails with.
func (s *faultState) step(kind string, allocates bool) error {
	s.wrote++
	return s.happen(kind, allocates)
}

func (s *faultState) happen(kind string, allocates bool) error {
	s.steps++
	s.kinds = append(s.kinds, kind)
	if s.look != nil {
		s.look(kind)
	}
	if s.at == 0 || s.steps < s.at || s.steps > s.at && s.harm != diskFull {
		return nil
	}
	switch s.harm {
	case diskFull:
		if allocates {
			return syscall.ENOSPC
		}
	case ioError:
		return syscall.EIO
	case crash:
		panic("made to crash by the test")
	case stopped:
		s.stop()
	}
	return nil
}

// In keeps the fault.
func (f *faulty) In(dir string, env []string) target.System {
	return &faulty{f.System.In(dir, env), f.s}
}

func (f *faulty) file(name string, flag int, perm uint32, temp func() (target.File, error)) (target.File, error) {
	const writes = syscall.O_WRONLY | syscall.O_RDWR
	if temp == nil && flag&writes == 0 {
		return f.System.OpenFile(name, flag, perm)
	}
	if err := f.s.step("open", temp != nil || flag&syscall.O_CREAT != 0); err != nil {
		return nil, err
	}
	open := temp
	if open == nil {
		open = func() (target.File, error) { return f.System.OpenFile(name, flag, perm) }
	}
	file, err := open()
	if err != nil {
		return nil, err
	}
	return &faultyFile{file, f.s}, nil
}

// OpenFile is a step when it is for writing.
func (f *faulty) OpenFile(name string, flag int, perm uint32) (target.File, error) {
	return f.file(name, flag, perm, nil)
}

// CreateTemp is a step.
func (f *faulty) CreateTemp(dir, pattern string) (target.File, error) {
	return f.file("", 0, 0, func() (target.File, error) { return f.System.CreateTemp(dir, pattern) })
}

// NewDraft is a step.
func (f *faulty) NewDraft(dir, base string) (target.Draft, error) {
	if err := f.s.step("draft", true); err != nil {
		return nil, err
	}
	d, err := f.System.NewDraft(dir, base)
	if err != nil {
		return nil, err
	}
	return &faultyDraft{d, f.s}, nil
}

type faultyDraft struct {
	target.Draft
	s *faultState
}

func (d *faultyDraft) do(kind string, allocates bool, change func() error) error {
	if err := d.s.step(kind, allocates); err != nil {
		return err
	}
	return change()
}

// Write writes half of what it gets before the fault.
func (d *faultyDraft) Write(b []byte) (int, error) {
	if err := d.s.step("write", true); err != nil {
		n, _ := d.Draft.Write(b[:len(b)/2])
		return n, err
	}
	return d.Draft.Write(b)
}

// Flush is a step: some filesystems tell only then that there was no room.
func (d *faultyDraft) Flush() error { return d.do("flush", true, d.Draft.Flush) }

// Chmod is a step.
func (d *faultyDraft) Chmod(mode uint32) error {
	return d.do("chmod", false, func() error { return d.Draft.Chmod(mode) })
}

// Chown is a step.
func (d *faultyDraft) Chown(uid, gid int) error {
	return d.do("chown", false, func() error { return d.Draft.Chown(uid, gid) })
}

// Expose is a step. Like Link it needs no room but that of a name in a folder.
func (d *faultyDraft) Expose() error { return d.do("expose", false, d.Draft.Expose) }

// Link is a step.
func (d *faultyDraft) Link(dest string) error {
	return d.do("link", false, func() error { return d.Draft.Link(dest) })
}

type faultyFile struct {
	target.File
	s *faultState
}

// Write writes half of what it gets before the fault.
func (f *faultyFile) Write(b []byte) (n int, err error) {
	defer func() {
		if p := recover(); p != nil {
			_, _ = f.File.Write(b[:len(b)/2])
			_ = f.File.Close()
			panic(p)
		}
	}()
	if err := f.s.step("write", true); err != nil {
		n, _ := f.File.Write(b[:len(b)/2])
		return n, err
	}
	return f.File.Write(b)
}

// Close is a step: some filesystems tell only then that there was no room.
func (f *faultyFile) Close() error {
	if err := f.s.step("close", false); err != nil {
		_ = f.File.Close()
		return err
	}
	return f.File.Close()
}

func (f *faulty) do(kind string, allocates bool, change func() error) error {
	if err := f.s.step(kind, allocates); err != nil {
		return err
	}
	return change()
}

// Mkdir is a step.
func (f *faulty) Mkdir(name string, perm uint32) error {
	return f.do("mkdir", true, func() error { return f.System.Mkdir(name, perm) })
}

// Rename is a step.
func (f *faulty) Rename(from, to string) error {
	return f.do("rename", false, func() error { return f.System.Rename(from, to) })
}

// Symlink is a step.
func (f *faulty) Symlink(content, name string) error {
	return f.do("symlink", true, func() error { return f.System.Symlink(content, name) })
}

// Link is a step.
func (f *faulty) Link(from, to string) error {
	return f.do("link", true, func() error { return f.System.Link(from, to) })
}

// Chmod is a step.
func (f *faulty) Chmod(name string, mode uint32) error {
	return f.do("chmod", false, func() error { return f.System.Chmod(name, mode) })
}

// Lchown is a step.
func (f *faulty) Lchown(name string, uid, gid int) error {
	return f.do("lchown", false, func() error { return f.System.Lchown(name, uid, gid) })
}

// Chtimes is a step.
func (f *faulty) Chtimes(name string, atime, mtime time.Time) error {
	return f.do("chtimes", false, func() error { return f.System.Chtimes(name, atime, mtime) })
}

// SetFlags is a step.
func (f *faulty) SetFlags(name string, flags uint32) error {
	return f.do("setflags", false, func() error { return f.System.SetFlags(name, flags) })
}

// Remove is a step.
func (f *faulty) Remove(name string) error {
	err := f.do("remove", false, func() error { return f.System.Remove(name) })
	if errors.Is(err, syscall.EIO) {
		f.s.stuck = append(f.s.stuck, name)
	}
	return err
}

// RemoveAll is a step.
func (f *faulty) RemoveAll(name string) error {
	return f.do("removeall", false, func() error { return f.System.RemoveAll(name) })
}

// SetXattr is a step.
func (f *faulty) SetXattr(name, attr string, data []byte) error {
	return f.do("setxattr", true, func() error { return f.System.SetXattr(name, attr, data) })
}

// Lchtimes is a step.
func (f *faulty) Lchtimes(name string, atime, mtime time.Time) error {
	return f.do("lchtimes", false, func() error { return f.System.Lchtimes(name, atime, mtime) })
}

// Run is a step: a program that can't be started.
func (f *faulty) Run(ctx context.Context, c target.Command) (target.Exit, error) {
	if err := f.s.happen("run", false); err != nil {
		return target.Exit{}, err
	}
	return f.System.Run(ctx, c)
}
