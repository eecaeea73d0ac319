package files

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// remote copies a file or directory that is on the target already.
func (c *copyRun) remote(ctx context.Context) (module.Result, error) {
	src := c.p.Str("src")
	if src == "" {
		return c.asAction(module.Fail("src (or content) is required")), nil
	}
	info, err := c.sys.Stat(src)
	if err != nil {
		return module.Fail("Source %s not found", src), nil
	}
	if !c.sys.Access(src, 4) {
		return module.Fail("Source %s not readable", src), nil
	}
	if c.p.Str("mode") == "preserve" {
		c.attrs.Mode = module.V(int(info.Perm()))
		c.p.Show("mode", module.V(fileattr.ModeText(info.Perm())))
	}
	if info.IsDir() {
		return c.remoteDir(ctx, src)
	}
	s, err := sums(c.sys, src, "sha1", "md5")
	if err != nil {
		return module.Result{}, err
	}
	c.size, c.sum = info.Size, s[0]
	if want := c.p.Str("checksum"); want != "" && want != c.sum {
		return module.Fail("Copied file does not match the expected checksum. Transfer failed.").
			With("checksum", c.sum).With("expected_checksum", want), nil
	}
	dest, err := c.place(path.Base(src))
	if err != nil {
		return module.Result{}, err
	}
	return c.remoteFile(ctx, src, dest, s[1])
}

func (c *copyRun) remoteFile(ctx context.Context, src, dest, md5 string) (module.Result, error) {
	r := module.Result{}
	r.Set("dest", dest).Set("src", src).Set("checksum", c.sum).Set("md5sum", md5)
	if _, err := c.sys.Stat(dest); err == nil && !c.p.Bool("force") {
		r = module.Result{Msg: "file already exists", HasMsg: true}
		r.Set("dest", dest).Set("src", src)
		fileattr.AddInfo(c.sys, dest, &r)
		return r, nil
	}
	changed, before, err := c.needed(ctx, dest)
	if err != nil {
		return module.Result{}, err
	}
	r.Changed = changed
	if changed {
		f, err := c.sys.Open(src)
		if err != nil {
			return module.Result{}, err
		}
		defer f.Close()
		// ansible-core keeps nothing of the file that is replaced: it gets src's mode, a new one that of new files, both src's times
		if err := c.replace(ctx, dest, before, f, fileattr.KeepNothing, &r); err != nil {
			return module.Result{}, err
		}
		if err := c.likeSource(src, dest, before != nil); err != nil {
			return module.Result{}, err
		}
	}
	did, err := c.attrs.Apply(c.sys, dest, c.p.Check, nil)
	if err != nil {
		return module.Result{}, err
	}
	if _, err := c.sys.Lstat(dest); err == nil {
		r.Changed = r.Changed || did
	}
	fileattr.AddInfo(c.sys, dest, &r)
	return r, nil
}

// likeSource gives the copy of a file on the target its times and, where it took another file's place, its mode.
func (c *copyRun) likeSource(src, dest string, mode bool) error {
	if c.p.Check {
		return nil
	}
	info, err := c.sys.Stat(src)
	if err == nil && mode {
		err = c.sys.Chmod(dest, info.Perm())
	}
	if err == nil {
		err = c.sys.Chtimes(dest, info.Atime, info.Mtime)
	}
	if err != nil {
		return &fileattr.Failure{Msg: "failed to copy: " + src + " to " + dest + ": " + fileattr.PyError(err, dest)}
	}
	return nil
}

// remoteDir copies a directory: what is in it if src ends in a slash, else itself.
func (c *copyRun) remoteDir(ctx context.Context, src string) (module.Result, error) {
	dest := c.dest
	info, err := c.sys.Stat(dest)
	exists := err == nil
	base := path.Base(src)
	if strings.HasSuffix(src, "/") {
		base = ""
	}
	switch {
	case exists && !info.IsDir():
		return module.Raise(fmt.Sprintf("Could not replace '%[1]s' with b'%[2]s': [Errno 20] Not a directory: b'%[2]s' -> b'%[1]s'", dest, src)), nil
	case exists && !c.p.Bool("force"):
		r := module.Result{HasMsg: true, Msg: "file already exists"}
		r.Set("src", src).Set("dest", strings.TrimRight(dest, "/")+"/"+base)
		fileattr.AddInfo(c.sys, dest, &r)
		return r, nil
	case !exists && strings.HasSuffix(dest, "/"):
		if c.p.Check {
			return module.Result{HasMsg: true, Msg: "dest directory " + strings.TrimRight(dest, "/") + " would be created", Changed: true}.With("src", src), nil
		}
		if err := c.makeDirs(dest); err != nil {
			return module.Result{}, err
		}
		exists = true
	case !exists:
		if _, err := c.sys.Stat(path.Dir(dest)); err != nil {
			return module.Fail("Destination directory %s does not exist", path.Dir(dest)), nil
		}
	}
	to := path.Join(dest, base)
	if exists {
		dest = strings.TrimRight(dest, "/") + "/" + base
	}
	w := &treeCopy{c: c, ctx: ctx}
	if err := w.dir(strings.TrimRight(src, "/"), strings.TrimRight(to, "/"), 0); err != nil {
		return module.Result{}, err
	}
	r := module.Result{Changed: w.changed}
	r.Set("dest", dest).Set("src", src).Set("checksum", nil).Set("md5sum", nil)
	did, err := c.attrs.Apply(c.sys, dest, c.p.Check, nil)
	if err != nil {
		return module.Result{}, err
	}
	r.Changed = r.Changed || did
	fileattr.AddInfo(c.sys, dest, &r)
	return r, nil
}

// treeCopy copies a tree on the target.
type treeCopy struct {
	c       *copyRun
	ctx     context.Context //nolint:containedctx // of one call
	changed bool
}

func (w *treeCopy) dir(src, dest string, depth int) error {
	c := w.c
	if depth > maxDepth {
		return &fileattr.Failure{Msg: "too many levels of directories below " + src}
	}
	made := false
	if _, err := c.sys.Stat(dest); err != nil {
		w.changed, made = true, true
		if !c.p.Check {
			if err := w.makeDir(src, dest); err != nil {
				return err
			}
		}
	}
	names, err := c.sys.ReadDir(src)
	if err != nil {
		return &fileattr.Failure{Msg: "could not read " + src + ": " + fileattr.PyError(err, src)}
	}
	for _, n := range names {
		if err := w.entry(path.Join(src, n), path.Join(dest, n), made, depth); err != nil {
			return err
		}
	}
	return w.owner(dest, made)
}

// makeDir makes a directory like src; those above it that are missing get the mode of new ones.
func (w *treeCopy) makeDir(src, dest string) error {
	info, err := w.c.sys.Stat(src)
	if err != nil {
		return err
	}
	if err := w.c.makeDirs(path.Dir(dest)); err != nil {
		return err
	}
	err = w.c.sys.Mkdir(dest, 0o700)
	if err == nil {
		err = w.c.sys.Chmod(dest, info.Perm())
	}
	if err != nil {
		return &fileattr.Failure{Msg: "Could not make directory " + dest + ": " + fileattr.PyError(err, dest)}
	}
	return nil
}

// owner sets owner and group of what was copied or was there already. The mode is that of the directory dest alone.
func (w *treeCopy) owner(dest string, made bool) error {
	if _, err := w.c.sys.Lstat(dest); err != nil && w.c.p.Check {
		return nil
	}
	a := w.c.attrs
	a.Mode = nil
	did, err := a.Apply(w.c.sys, dest, w.c.p.Check, nil)
	w.changed = w.changed || did || made
	return err
}

// entry copies one thing. With local_follow a link is copied as what it points to, with local_follow=false as a link. Without the
// argument ansible-core copies links into folders that it makes; in a folder that was there already it passes them over, and takes
// them for what they point to where something of that name is there.
func (w *treeCopy) entry(src, dest string, fresh bool, depth int) error {
	c := w.c
	info, err := c.sys.Lstat(src)
	if err != nil {
		return err
	}
	if info.IsLink() && !c.p.Bool("local_follow") {
		_, gone := c.sys.Stat(dest)
		_, broken := c.sys.Stat(src)
		switch {
		case fresh || c.p.Has("local_follow") && broken == nil:
			return w.link(src, dest)
		case gone != nil:
			w.changed = true
			return nil
		}
	}
	if info, err = c.sys.Stat(src); err != nil {
		return &fileattr.Failure{Msg: "could not read " + src + ": " + fileattr.PyError(err, src)}
	}
	if info.IsDir() {
		return w.dir(src, dest, depth+1)
	}
	return w.file(src, dest, info, fresh)
}

func (w *treeCopy) link(src, dest string) error {
	want, err := w.c.sys.Readlink(src)
	if err != nil {
		return err
	}
	if got, err := w.c.sys.Readlink(dest); err == nil && got == want {
		return nil
	}
	w.changed = true
	if w.c.p.Check {
		return nil
	}
	if _, err := w.c.sys.Lstat(dest); err == nil {
		if err := w.c.sys.Remove(dest); err != nil {
			return &fileattr.Failure{Msg: "could not replace " + dest + ": " + fileattr.PyError(err, dest)}
		}
	}
	if err := w.c.sys.Symlink(want, dest); err != nil {
		return &fileattr.Failure{Msg: "could not make link " + dest + ": " + fileattr.PyError(err, dest)}
	}
	return w.owner(dest, true)
}

// file copies a file with its mode and, into a folder that the copy has made, its times.
func (w *treeCopy) file(src, dest string, info target.Info, fresh bool) error {
	c := w.c
	s, err := sums(c.sys, src, "sha1")
	if err != nil {
		return &fileattr.Failure{Msg: "could not read " + src + ": " + fileattr.PyError(err, src)}
	}
	if got, err := sums(c.sys, dest, "sha1"); err == nil && (got[0] == s[0] || !c.p.Bool("force")) {
		return w.owner(dest, false)
	}
	w.changed = true
	if c.p.Check {
		return nil
	}
	f, err := c.sys.Open(src)
	if err != nil {
		return err
	}
	defer f.Close()
	tmp, err := fileattr.NewTemp(c.sys, dest, f)
	if err == nil {
		err = tmp.Replace(fileattr.KeepNothing, c.attrs.UnsafeWrites)
	}
	if err == nil {
		err = c.sys.Chmod(dest, info.Perm())
	}
	if err == nil && fresh {
		err = c.sys.Chtimes(dest, info.Atime, info.Mtime)
	}
	if err != nil {
		return &fileattr.Failure{Msg: "failed to copy: " + src + " to " + dest + ": " + fileattr.PyError(err, dest)}
	}
	return w.owner(dest, true)
}
