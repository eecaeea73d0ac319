package files

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.copy", Check: module.Full, Diff: module.Full, FileArgs: true, Run: runCopy,
	Args: module.Args{
		{Name: "src", Type: module.Path, Help: "The file to copy; with remote_src on the target."},
		{Name: "content", NoLog: true, Help: "The content itself, in place of src."},
		{Name: "dest", Type: module.Path, Required: true, Help: "Where to; a directory if it ends in a slash."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of what is replaced."},
		{Name: "force", Type: module.Bool, Default: true, Help: "Replace a file that differs; false: only make a missing one."},
		{Name: "validate", Help: "A command that must succeed before the file is put in place; %s is the new file."},
		{Name: "directory_mode", Type: module.Raw, Help: "The mode of directories that are made."},
		{Name: "remote_src", Type: module.Bool, Default: false, Help: "src is on the target."},
		{Name: "follow", Type: module.Bool, Default: false, Help: "Write through a link at dest."},
		{Name: "local_follow", Type: module.Bool, Help: "Follow links below src."},
		{Name: "checksum", Help: "The SHA1 that the file must have."},
		{Name: "_original_basename", Help: "The name of the file on the control node."},
	},
	Doc: module.Doc{
		Short: "Copy files to a target, or on it.",
		Notes: []string{
			"This is the target's half. The action copy (and template) on the control node finds or makes the content and sends it along with the call (module.Content); the target takes it only if it needs it.",
			"The result's src is the path on the control node: there is no temporary copy on the target.",
		},
		Examples: `- ansible.builtin.copy:
    src: app.conf
    dest: /etc/app/app.conf
    mode: "0644"
- ansible.builtin.copy:
    content: "hello\n"
    dest: /etc/motd
`,
		Returns: []module.Return{
			{Name: "dest", Type: "str", When: "success", Help: "The file."},
			{Name: "src", Type: "str", When: "changed", Help: "Where the content came from."},
			{Name: "checksum", Type: "str", When: "success", Help: "SHA1 of the content."},
			{Name: "md5sum", Type: "str", When: "changed", Help: "MD5 of the content, where the system has it."},
			{Name: "backup_file", Type: "str", When: "changed and backup", Help: "The copy of what was replaced."},
		},
	},
	Rules: module.Rules{},
})

// copyRun is one call of the module copy.
type copyRun struct {
	sys   target.System
	p     *module.Params
	dest  string
	attrs fileattr.Attrs
	sent  *module.Content
	diff  value.Value // of contents; nil is none
	body  []byte      // the content, where the diff has read it already
	size  int64       // of the new content
	sum   string      // its SHA1, "" where nobody had to know it so far
	wrote *summer     // what was written; nil is nothing, or nobody asks
	// compared is the file whose content was compared with the new one, and same whether it is that.
	compared string
	same     bool
	called   bool // Ansible's action would have called its module
}

func runCopy(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	c := &copyRun{sys: sys, p: p, dest: p.Str("dest"), attrs: fileattr.Of(p), sent: p.Content}
	var r module.Result
	var err error
	switch {
	case c.sent != nil && !p.Bool("remote_src"):
		r, err = c.fromControlNode(ctx)
	case p.Bool("remote_src"):
		r, err = c.remote(ctx)
	default:
		r = module.Fail("copy was called without the content of src: only its action can do so")
	}
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return c.withSum(ctx, failed), nil
	}
	return r, err
}

// withSum adds what Ansible's action adds to a result of the module: the checksum and the diff of contents.
func (c *copyRun) withSum(ctx context.Context, r module.Result) module.Result {
	if c.sent == nil {
		return r
	}
	if r.Failed || !c.p.Unseen {
		sum, err := c.newSum(ctx)
		if err == nil && r.Get("checksum") == nil {
			r.Set("checksum", sum)
		}
		if err == nil && c.called {
			c.p.Show("checksum", value.NewStr(sum))
		}
	}
	if r.Diff == nil {
		r.Diff = c.diffOrEmpty()
	}
	return r
}

func (c *copyRun) diffOrEmpty() value.Value {
	if c.diff != nil {
		return value.NewList(c.diff)
	}
	return value.NewList()
}

// fromControlNode does what action and module do together in Ansible: look at dest, compare checksums, and then either
// write the content or only set attributes, as the module file does.
func (c *copyRun) fromControlNode(ctx context.Context) (module.Result, error) {
	c.size = c.sent.Size
	if c.sent.Dynamic && strings.HasSuffix(c.dest, "/") {
		return c.asAction(module.Fail("can not use content with a dir as dest")), nil
	}
	dest, info, err := c.lookAt(c.dest)
	if err != nil {
		return module.Fail("Failed to get information on remote file (%s): %s", c.dest, fileattr.ErrnoText(err)), nil
	}
	if info != nil && info.IsDir() {
		if c.sent.Dynamic {
			r := c.asAction(module.Fail("can not use content with a dir as dest"))
			r.Diff = value.NewList()
			return r, nil
		}
		if dest, info, err = c.lookAt(path.Join(c.dest, c.basename())); err != nil {
			return module.Fail("Failed to get information on remote file (%s): %s", dest, fileattr.ErrnoText(err)), nil
		}
	} else if strings.HasSuffix(c.dest, "/") {
		dest, info = c.dest+c.basename(), nil
	}
	if info != nil && !c.p.Bool("force") {
		r := module.Result{}
		r.Set("dest", dest).Set("src", c.source())
		return c.asAction(r), nil
	}
	if has, err := c.has(ctx, dest, info); err != nil || has {
		if err != nil {
			return module.Result{}, err
		}
		return c.attributesOnly(ctx, dest)
	}
	if c.p.Diff {
		if c.diff, err = c.contentDiff(ctx, dest, info); err != nil {
			return module.Result{}, err
		}
	}
	if c.p.Check {
		return c.asAction(module.Result{Changed: true, Diff: c.diffOrEmpty()}), nil
	}
	c.showModuleArgs()
	return c.write(ctx)
}

// showModuleArgs shows the arguments as Ansible's action hands them to the module.
func (c *copyRun) showModuleArgs() {
	c.called = true
	if b := c.basename(); b != "" {
		c.p.Show("_original_basename", value.NewStr(b))
	}
	c.p.Show("src", value.NewStr(c.source()))
	c.p.Show("content", value.None)
}

// asAction gives a result the arguments that Ansible shows when the module was never called: those of the task.
func (c *copyRun) asAction(r module.Result) module.Result {
	args := c.p.Given().Copy()
	switch {
	case c.sent == nil:
	case c.sent.Dynamic:
		args.SetStr("content", value.NewStr(module.Hidden))
	default:
		args.SetStr("src", value.NewStr(c.sent.Label))
	}
	r.ModuleArgs = args
	return r
}

// basename is the name of the file when dest is a directory.
func (c *copyRun) basename() string {
	if b := c.p.Str("_original_basename"); b != "" {
		return b
	}
	if c.sent.Dynamic {
		return ""
	}
	return path.Base(c.sent.Label)
}

// source is the result's src: the path on the control node.
func (c *copyRun) source() string { return c.sent.Label }

// lookAt tells what is at dest: nil for nothing. With follow a link is followed.
func (c *copyRun) lookAt(dest string) (string, *target.Info, error) {
	look := c.sys.Lstat
	if c.p.Bool("follow") {
		look = c.sys.Stat
	}
	info, err := look(dest)
	if errors.Is(err, fs.ErrNotExist) {
		return dest, nil, nil
	}
	return dest, &info, err
}

// has reports whether dest is a regular file with the content already.
func (c *copyRun) has(ctx context.Context, dest string, info *target.Info) (bool, error) {
	if info == nil || !info.IsRegular() || info.Size != c.size {
		return false, nil
	}
	return c.equal(ctx, dest)
}

// equal compares a file with the new content, once.
func (c *copyRun) equal(ctx context.Context, name string) (bool, error) {
	if name == c.compared {
		return c.same, nil
	}
	want, err := c.newSum(ctx)
	if err != nil {
		return false, err
	}
	got, err := sums(c.sys, name, "sha1")
	c.compared, c.same = name, err == nil && got[0] == want
	return c.same, nil
}

// newSum gives the SHA1 of the new content. One that the control node has not made yet is asked for: a large file is not read for nothing.
func (c *copyRun) newSum(ctx context.Context) (string, error) {
	var err error
	if c.sum == "" {
		c.sum, err = c.sent.Checksum(ctx)
	}
	return c.sum, err
}

// attributesOnly sets the attributes of a file whose content is right, by the module file, as Ansible's action does.
func (c *copyRun) attributesOnly(ctx context.Context, dest string) (module.Result, error) {
	shown := c.dest         // as the task has it
	if c.p.Bool("follow") { // else it is no link
		if info, err := c.sys.Lstat(dest); err == nil && info.IsLink() {
			if dest == shown {
				shown = c.sys.Realpath(dest)
			}
			dest = c.sys.Realpath(dest)
		}
	}
	args := value.DictOf("path", value.NewStr(dest), "state", value.NewStr("file"))
	if b := c.basename(); b != "" {
		args.SetStr("_original_basename", value.NewStr(b))
	}
	for _, a := range module.FileArgs {
		if c.p.Has(a.Name) {
			args.SetStr(a.Name, c.p.Value(a.Name))
		}
	}
	v := module.Validate(fileDef, "ansible.legacy.file", args, module.EnvOf(c.sys))
	v.Params.Check, v.Params.Diff = c.p.Check, c.p.Diff
	r, err := runFile(ctx, c.sys, v.Params)
	if err != nil {
		return r, err
	}
	r.ModuleArgs = v.ModuleArgs.Copy()
	r.ModuleArgs.SetStr("dest", value.NewStr(shown))
	if shown := v.Params.Shown(); shown != nil {
		for it := shown.Iterate(); it.Next(); {
			_ = r.ModuleArgs.Set(it.Key(), it.Stored())
		}
	}
	if !r.Failed {
		if p := r.Get("path"); p != nil {
			r.Set("dest", p)
		}
	}
	return c.withSum(ctx, r), nil
}

// write does what Ansible's module copy does with a file that its action has sent.
func (c *copyRun) write(ctx context.Context) (module.Result, error) {
	dest, err := c.place(c.basename())
	if err != nil {
		return module.Result{}, err
	}
	changed, before, err := c.needed(ctx, dest)
	if err != nil {
		return module.Result{}, err
	}
	r := module.Result{Changed: changed}
	r.Set("dest", dest).Set("src", c.source())
	if changed {
		content := io.NopCloser(bytes.NewReader(c.body))
		if c.body == nil {
			if content, err = c.p.OpenContent(ctx); err != nil {
				return module.Result{}, err
			}
		}
		defer content.Close()
		var body io.Reader = content
		if !c.p.Unseen {
			c.wrote = newSummer("md5", "sha1")
			body = summed{content, c.wrote}
		}
		if err := c.replace(ctx, dest, before, body, fileattr.KeepDest, &r); err != nil {
			return module.Result{}, err
		}
	}
	did, err := c.attrs.Apply(c.sys, dest, false, nil)
	if err != nil {
		return module.Result{}, err
	}
	r.Changed = r.Changed || did
	c.finish(&r, dest)
	return c.withSum(ctx, r), nil
}

// finish sets checksums and what is told of the file.
func (c *copyRun) finish(r *module.Result, dest string) {
	if c.p.Unseen {
		return
	}
	if c.wrote != nil && !c.p.Check {
		s := c.wrote.sums()
		r.Set("md5sum", s[0]).Set("checksum", s[1])
		c.sum = s[1]
	} else if s, err := sums(c.sys, dest, "md5", "sha1"); err == nil {
		r.Set("md5sum", s[0]).Set("checksum", s[1])
	}
	fileattr.AddInfo(c.sys, dest, r)
}

// place gives the file that dest means, makes the directories that a trailing slash asks for, and follows links.
func (c *copyRun) place(base string) (string, error) {
	dest := c.dest
	if strings.HasSuffix(dest, "/") {
		if _, err := c.sys.Stat(dest); err != nil && !c.p.Check {
			if err := c.makeDirs(dest); err != nil {
				return "", err
			}
		}
		dest += base
	} else if info, err := c.sys.Stat(dest); err == nil && info.IsDir() && base != "" {
		dest = path.Join(dest, base)
	}
	if info, err := c.sys.Lstat(dest); err == nil && info.IsLink() && c.p.Bool("follow") {
		if _, err := c.sys.Stat(dest); err == nil {
			dest = c.sys.Realpath(dest)
		}
	}
	return dest, nil
}

// makeDirs makes a directory and those above it, with directory_mode.
func (c *copyRun) makeDirs(dir string) error {
	dir = strings.TrimRight(dir, "/")
	if info, err := c.sys.Stat(dir); dir == "" || err == nil && info.IsDir() {
		return nil
	}
	if err := c.makeDirs(path.Dir(dir)); err != nil {
		return err
	}
	if err := c.sys.Mkdir(dir, 0o777); err != nil {
		return &fileattr.Failure{Msg: "Could not make directory " + dir + ": " + fileattr.PyError(err, dir)}
	}
	a := c.attrs
	a.Mode = nil
	if c.p.Has("directory_mode") {
		a.Mode = c.p.Value("directory_mode")
	}
	_, err := a.Apply(c.sys, dir, false, nil)
	return err
}

// needed reports whether the content at dest has to be written, and what is there. A link that is not followed always
// gives way to a file.
func (c *copyRun) needed(ctx context.Context, dest string) (bool, *target.Info, error) {
	link, err := c.sys.Lstat(dest)
	info, serr := c.sys.Stat(dest)
	if serr == nil {
		if link.IsLink() || info.IsRegular() && info.Size != c.size {
			return true, &info, nil
		}
		same, err := c.equal(ctx, dest)
		return !same, &info, err
	}
	dir := path.Dir(dest)
	if _, err := c.sys.Stat(dir); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return false, nil, &fileattr.Failure{Msg: "Destination directory " + dir + " is not accessible"}
		}
		return false, nil, &fileattr.Failure{Msg: "Destination directory " + dir + " does not exist"}
	}
	if err == nil {
		return true, nil, nil // a link to nothing
	}
	return true, nil, nil
}

// replace writes the new content beside dest, checks it, and puts it in place.
func (c *copyRun) replace(ctx context.Context, dest string, before *target.Info, content io.Reader, keep fileattr.Keep, r *module.Result) error {
	if !c.sys.Access(path.Dir(dest), 2) && !c.attrs.UnsafeWrites {
		return &fileattr.Failure{Msg: "Destination " + path.Dir(dest) + " not writable"}
	}
	if c.p.Check {
		return nil
	}
	if c.p.Bool("backup") && before != nil {
		name, err := fileattr.Backup(c.sys, dest)
		if err != nil {
			return &fileattr.Failure{Msg: "Could not make backup of " + dest + " to " + name + ": " + fileattr.PyError(err, dest)}
		}
		r.Set("backup_file", name)
	}
	tmp, err := fileattr.NewTemp(c.sys, dest, content)
	if err != nil {
		var no syscall.Errno
		if errors.As(err, &no) {
			return fileattr.NoTemp(c.sys, err, dest)
		}
		return err
	}
	if err := tmp.Validate(ctx, c.p.Str("validate")); err != nil {
		tmp.Discard()
		return err
	}
	if info, err := c.sys.Lstat(dest); err == nil && info.IsLink() {
		keep = fileattr.KeepNothing // the file takes the link's place
	}
	if err := tmp.Replace(keep, c.attrs.UnsafeWrites); err != nil {
		return &fileattr.Failure{Msg: "failed to copy: " + c.srcText() + " to " + dest + ": " + fileattr.PyError(err, dest)}
	}
	return nil
}

func (c *copyRun) srcText() string {
	if c.sent != nil {
		return c.sent.Label
	}
	return c.p.Str("src")
}
