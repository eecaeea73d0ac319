package jinjatests

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

var (
	_ = add("isabs(path)", func(c *filters.Call) (value.Value, error) {
		p, ok := c.First().(value.Str)
		if !ok {
			return nil, value.Raise("TypeError", "expected str, bytes or os.PathLike object, not %s", c.First().Type())
		}
		return value.Bool(strings.HasPrefix(p.String(), "/")), nil
	}, "abs", "is_abs")
	_ = add("isdir(path)", statTest(os.FileInfo.IsDir), "directory", "is_dir")
	_ = add("isfile(path)", statTest(func(i os.FileInfo) bool { return i.Mode().IsRegular() }), "file", "is_file")
	_ = add("exists(path)", statTest(func(os.FileInfo) bool { return true }), "exists")
	_ = add("islink(path)", lstatTest(func(_ string, i os.FileInfo) bool { return i.Mode()&os.ModeSymlink != 0 }), "link", "is_link")
	_ = add("lexists(path)", lstatTest(func(string, os.FileInfo) bool { return true }), "link_exists")
	_ = add("ismount(path)", lstatTest(isMount), "mount", "is_mount")
	_ = add("samefile(f1, f2)", sameFile, "same_file", "is_same_file")
	_ = add("is_vaulted_file(path)", vaultedFile, "vaulted_file")
)

// statTest tests what a path leads to on the control node; what is not there is false.
func statTest(f func(os.FileInfo) bool) filters.Func {
	return func(c *filters.Call) (value.Value, error) {
		info, err := stat(c.First())
		if err != nil {
			return value.False, typeErrorOnly(err)
		}
		return value.Bool(f(info)), nil
	}
}

func typeErrorOnly(err error) error {
	if value.ClassOf(err) != "" {
		return err
	}
	return nil
}

// stat takes a path or, as Python does, the number of an open file.
func stat(v value.Value) (os.FileInfo, error) {
	switch x := v.(type) {
	case value.Str:
		return os.Stat(x.String())
	case value.Int, value.Bool:
		// the numbers of open files are those of this process: none of a template's business
		return nil, syscall.EBADF
	}
	return nil, value.Raise("TypeError", "stat: path should be string, bytes, os.PathLike or integer, not %s", v.Type())
}

func lstatTest(f func(string, os.FileInfo) bool) filters.Func {
	return func(c *filters.Call) (value.Value, error) {
		p, ok := c.First().(value.Str)
		if !ok {
			return nil, value.Raise("TypeError", "lstat: path should be string, bytes or os.PathLike, not %s", c.First().Type())
		}
		info, err := os.Lstat(p.String())
		if err != nil {
			return value.False, nil
		}
		return value.Bool(f(p.String(), info)), nil
	}
}

// isMount is os.path.ismount: a folder on another device than the one above it, or the root.
func isMount(path string, info os.FileInfo) bool {
	above, err := os.Lstat(filepath.Join(path, ".."))
	if info.Mode()&os.ModeSymlink != 0 || err != nil {
		return false
	}
	if !info.IsDir() { // a file may be mounted too: its folder is what lies above
		if above, err = os.Lstat(filepath.Dir(path)); err != nil {
			return false
		}
	}
	a, ok1 := info.Sys().(*syscall.Stat_t)
	b, ok2 := above.Sys().(*syscall.Stat_t)
	return ok1 && ok2 && (a.Dev != b.Dev || a.Ino == b.Ino)
}

func sameFile(c *filters.Call) (value.Value, error) {
	var infos [2]os.FileInfo
	for i, name := range []string{"f1", "f2"} {
		info, err := stat(c.Get(name))
		var errno syscall.Errno
		if errors.As(err, &errno) {
			return nil, value.Raise("OSError", "%s: %s", pythonErrno(errno), repr(c.Get(name)))
		}
		if err != nil {
			return nil, err
		}
		infos[i] = info
	}
	return value.Bool(os.SameFile(infos[0], infos[1])), nil
}

// pythonErrno gives "[Errno 2] No such file or directory".
func pythonErrno(e syscall.Errno) string {
	text := e.Error()
	n := value.NewInt(int64(e)).String()
	return "[Errno " + n + "] " + strings.ToUpper(text[:1]) + text[1:]
}

func vaultedFile(c *filters.Call) (value.Value, error) {
	path, err := value.Text(c.First())
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	head := make([]byte, 64)
	n := 0
	if err == nil {
		defer f.Close()
		n, err = io.ReadFull(f, head)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
	}
	if err != nil {
		var errno syscall.Errno
		text := err.Error()
		if errors.As(err, &errno) {
			text = pythonErrno(errno) + ": b" + repr(value.NewStr(path))
		}
		return nil, fail("Cannot test if the file %s is a vault: %s", repr(c.First()), text)
	}
	return value.Bool(vaultfmt.IsEncrypted(head[:n])), nil
}
