package files

import (
	"context"
	"path"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// fileDef is also what copy uses for a file whose content is right already.
var fileDef = Set.Add(module.Def{
	Name: "ansible.builtin.file", Check: module.Full, Diff: module.Full, FileArgs: true, Run: runFile,
	Args: module.Args{
		{Name: "path", Aliases: []string{"dest", "name"}, Type: module.Path, Required: true, Help: "The file."},
		{Name: "state", Choices: []string{"absent", "directory", "file", "hard", "link", "touch"}, Help: "What is wanted; file changes attributes but makes nothing. Default: what is there, else file, or directory with recurse."},
		{Name: "src", Type: module.Path, Help: "What a link (state link or hard) points to; of link, relative to the link's folder."},
		{Name: "recurse", Type: module.Bool, Default: false, Help: "Set the attributes of all that is in the directory too; needs state directory."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Make a link although its target is missing or a file is in its place."},
		{Name: "follow", Type: module.Bool, Default: true, Help: "Set the attributes of a link's target, not of the link."},
		{Name: "modification_time", Help: "preserve, now, or a time. Default: now for touch, else preserve."},
		{Name: "modification_time_format", Default: "%Y%m%d%H%M.%S", Help: "How modification_time is written."},
		{Name: "access_time", Help: "preserve, now, or a time. Default: now for touch, else preserve."},
		{Name: "access_time_format", Default: "%Y%m%d%H%M.%S", Help: "How access_time is written."},
		{Name: "_original_basename", Help: "For copy: the name of the file on the control node."},
		{Name: "_diff_peek", Help: "Of ansible-core's own actions; without effect here."},
	},
	Doc: module.Doc{
		Short: "Make and remove files, directories, links and set their attributes.",
		Examples: `- ansible.builtin.file:
    path: /etc/app
    state: directory
    owner: root
    mode: "0755"
- ansible.builtin.file:
    path: /etc/app/current
    src: /opt/app/1.2
    state: link
- ansible.builtin.file:
    path: /tmp/old
    state: absent
`,
		Returns: []module.Return{
			{Name: "path", Type: "str", When: "state absent, directory, file", Help: "The file."},
			{Name: "dest", Type: "str", When: "state hard, link, touch", Help: "The file."},
			{Name: "src", Type: "str", When: "state hard, link", Help: "What the link points to."},
		},
	},
})

// fileRun is one call of the module file.
type fileRun struct {
	sys    target.System
	p      *module.Params
	path   string
	prev   string // what is there
	src    string
	follow bool
	force  bool
	attrs  fileattr.Attrs
	diff   *fileattr.Change
}

func runFile(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f := &fileRun{
		sys: sys, p: p, path: p.Str("path"), src: p.Str("src"), follow: p.Bool("follow"), force: p.Bool("force"),
		attrs: fileattr.Of(p),
	}
	f.prev = fileattr.State(sys, f.path)
	state := p.Str("state")
	switch {
	case state != "":
	case f.prev != "absent":
		state = f.prev
	case p.Bool("recurse"):
		state = "directory"
	default:
		state = "file"
	}
	p.Show("state", value.NewStr(state)) // Ansible shows what it made of it
	if p.Bool("recurse") && state != "directory" {
		return f.fail("recurse option requires state to be 'directory'"), nil
	}
	if p.Has("src") && state != "link" && state != "hard" {
		return f.fail("src option requires state to be 'link' or 'hard'"), nil
	}
	if state != "link" && state != "absent" {
		f.intoDirectory()
	}
	r, err := f.run(state)
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return failed, nil
	}
	return r, err
}

// intoDirectory makes an existing directory mean the file in it that is named like the source.
func (f *fileRun) intoDirectory() {
	base := f.p.Str("_original_basename")
	if base == "" && f.src != "" {
		base = path.Base(f.src)
	}
	if base == "" || f.prev != "directory" && f.prev != "link" {
		return
	}
	if info, err := f.sys.Stat(f.path); err == nil && info.IsDir() {
		f.path = path.Join(f.path, base)
		f.prev = fileattr.State(f.sys, f.path)
		f.p.Show("path", value.NewStr(f.path))
	}
}

func (f *fileRun) run(state string) (module.Result, error) {
	switch state {
	case "absent":
		return f.absent()
	case "directory":
		return f.directory()
	case "touch":
		return f.touch()
	case "link":
		return f.link()
	case "hard":
		return f.hard()
	}
	return f.file()
}

// fail gives a failed result that tells of the file.
func (f *fileRun) fail(msg string) module.Result {
	return (&fileattr.Failure{Msg: msg, Path: f.path}).Result(f.sys)
}

// begin starts the diff: what was there and what is wanted.
func (f *fileRun) begin(state string) {
	f.diff = fileattr.NewChange(f.path)
	if f.prev == state {
		return
	}
	f.diff.Note("state", f.prev, state)
	if state == "absent" && f.prev == "directory" {
		dirs, files := f.content(f.path)
		f.diff.Before.SetStr("path_content", value.DictOf("directories", module.V(dirs), "files", module.V(files)))
	}
}

// content lists what is below a directory; links count as what they point to.
func (f *fileRun) content(dir string) (dirs, files []string) {
	dirs, files = []string{}, []string{}
	names, _ := f.sys.ReadDir(dir)
	var below []string
	for _, n := range names {
		p := path.Join(dir, n)
		if info, err := f.sys.Stat(p); err == nil && info.IsDir() {
			dirs = append(dirs, p)
			if l, err := f.sys.Lstat(p); err == nil && !l.IsLink() {
				below = append(below, p)
			}
			continue
		}
		files = append(files, p)
	}
	for _, p := range below {
		d, fl := f.content(p)
		dirs, files = append(dirs, d...), append(files, fl...)
	}
	return dirs, files
}

// done gives the result; key is "path" or "dest".
func (f *fileRun) done(key string, changed bool) module.Result {
	r := module.Result{Changed: changed}
	r.Set(key, f.path)
	fileattr.AddInfo(f.sys, f.path, &r)
	if f.p.Diff && f.diff != nil {
		r.Diff = f.diff.Value()
	}
	return r
}

// attrPath is the file whose attributes are meant: a link's target with follow.
func (f *fileRun) attrPath() string {
	if info, err := f.sys.Lstat(f.path); f.follow && err == nil && info.IsLink() {
		return f.sys.Realpath(f.path)
	}
	return f.path
}

// setAttrs sets attributes and times of the file at p.
func (f *fileRun) setAttrs(p string, times *times, c *fileattr.Change) (bool, error) {
	changed, err := f.attrs.Apply(f.sys, p, f.p.Check, c)
	if err != nil {
		return changed, err
	}
	did, err := times.apply(f.sys, p, f.p.Check, c)
	return changed || did, err
}

func (f *fileRun) absent() (module.Result, error) {
	if f.prev == "absent" {
		return module.Result{}.With("path", f.path).With("state", "absent"), nil
	}
	f.begin("absent")
	switch {
	case f.p.Check:
	case f.prev == "directory":
		if err := f.removeTree(); err != nil {
			return module.Fail("rmtree failed: %s", strings.Replace(fileattr.PyError(err, f.path), "b'", "'", 1)), nil
		}
	default:
		if err := f.sys.Remove(f.path); err != nil {
			r := f.fail("Unlinking failed.")
			r.Cause = fileattr.PyError(err, f.path)
			return r, nil
		}
	}
	r := f.done("path", true)
	if r.Get("state") == nil {
		r.Set("state", "absent")
	}
	return r, nil
}

// removeTree removes a folder, not one that a link with a slash behind it leads to.
func (f *fileRun) removeTree() error {
	if info, err := f.sys.Lstat(strings.TrimRight(f.path, "/")); err == nil && info.IsLink() {
		return syscall.ENOTDIR
	}
	return f.sys.RemoveAll(f.path)
}

func (f *fileRun) file() (module.Result, error) {
	if f.prev != "file" && f.prev != "hard" && f.follow && f.prev == "link" {
		f.path = f.sys.Realpath(f.path)
		f.prev = fileattr.State(f.sys, f.path)
	}
	if f.prev != "file" && f.prev != "hard" {
		r := f.fail("file (" + f.path + ") is " + f.prev + ", cannot continue")
		return *r.Set("state", f.prev), nil
	}
	f.begin("file")
	t, err := f.times("preserve")
	if err != nil {
		return module.Result{}, err
	}
	changed, err := f.setAttrs(f.path, t, f.diff)
	return f.done("path", changed), err
}

func (f *fileRun) touch() (module.Result, error) {
	t, err := f.times("now")
	if err != nil {
		return module.Result{}, err
	}
	f.begin("touch")
	if f.prev == "absent" {
		if f.p.Check {
			return module.Result{Changed: true}.With("dest", f.path), nil
		}
		if err := target.WriteFile(f.sys, f.path, nil, 0o666); err != nil {
			r := f.fail("Error, could not touch target.")
			r.Cause = fileattr.PyError(err, f.path)
			return r, nil
		}
	}
	changed, err := f.setAttrs(f.attrPath(), t, f.diff)
	if err != nil && f.prev == "absent" {
		failed, _ := fileattr.ResultOf(f.sys, err)
		_ = f.sys.Remove(f.path) // nothing is left of what did not come out as wanted
		return failed, nil
	}
	return f.done("dest", changed || f.prev == "absent"), err
}
