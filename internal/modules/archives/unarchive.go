package archives

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.unarchive", Check: module.Partial, Diff: module.Partial, FileArgs: true, Run: runUnarchive,
	Args: module.Args{
		{Name: "src", Type: module.Path, Required: true, Help: "The archive; with remote_src on the target, or its address."},
		{Name: "dest", Type: module.Path, Required: true, Help: "The folder to unpack it in; it has to be there."},
		{Name: "remote_src", Type: module.Bool, Default: false, Help: "src is on the target."},
		{Name: "creates", Type: module.Path, Help: "Do nothing when this is there."},
		{Name: "list_files", Type: module.Bool, Default: false, Help: "Return the names of what is in the archive."},
		{Name: "keep_newer", Type: module.Bool, Default: false, Help: "Leave files alone that are newer than those in the archive."},
		{Name: "exclude", Type: module.List, Default: []string{}, Help: "What is not unpacked."},
		{Name: "include", Type: module.List, Default: []string{}, Help: "What alone is unpacked."},
		{Name: "extra_opts", Type: module.List, Default: []string{}, Help: "Further options for tar or unzip."},
		{Name: "validate_certs", Type: module.Bool, Default: true, Help: "Check the certificate of the server that src is on."},
		{Name: "io_buffer_size", Type: module.Int, Default: 65536, Help: "How many bytes are read at once to compare a file in a ZIP archive."},
		{Name: "copy", Type: module.Bool, Default: true, Help: "false is remote_src."},
		{Name: "decrypt", Type: module.Bool, Default: true, Help: "Open a vaulted archive: on the control node alone."},
	},
	Rules: module.Rules{MutuallyExclusive: [][]string{{"include", "exclude"}}},
	Doc: module.Doc{
		Short: "Unpack an archive.",
		Notes: []string{
			"This is the target's half. The action unarchive sends an archive of the control node along with the call (module.Content), which is then kept in a temporary file until it is unpacked.",
			"The target's tar and unzip do the work: what they can unpack, this can.",
		},
		Examples: `- ansible.builtin.unarchive:
    src: kimai.tar.gz
    dest: /opt/kimai
    owner: www-data
`,
		Returns: []module.Return{
			{Name: "handler", Type: "str", When: "success", Help: "TgzArchive, TarArchive or ZipArchive."},
			{Name: "files", Type: "list", When: "list_files", Help: "What is in the archive."},
			{Name: "extract_results", Type: "dict", When: "it was unpacked", Help: "How the program ended."},
		},
	},
})

// unarchive is one call.
type unarchive struct {
	sys       target.System
	p         *module.Params
	src, dest string
	names     []string // what is in the archive, less what is left out
}

// handler is a kind of archive.
type handler interface {
	name() string
	// list gives the names of what is in the archive; why is why it is none of this kind, or can't be read.
	list(ctx context.Context) (names []string, why string, err error)
	// differs reports whether the files are not there as in the archive; prepared is the diff.
	differs(ctx context.Context) (changed bool, prepared string, err error)
	// command is what unpacks it.
	command() []string
}

func runUnarchive(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	u := &unarchive{sys: sys, p: p, src: p.Str("src"), dest: strings.TrimRight(p.Str("dest"), "/")}
	if u.dest == "" {
		u.dest = "/"
	}
	if f := p.Str("creates"); f != "" {
		if _, err := sys.Stat(f); err == nil {
			return module.Result{Skipped: true, HasMsg: true, Msg: "skipped, since " + f + " exists"}, nil
		}
	}
	if info, err := sys.Stat(u.dest); err != nil || !info.IsDir() {
		return module.Fail("dest '%s' must be an existing dir", p.Str("dest")), nil
	}
	if !path.IsAbs(u.dest) {
		u.dest = path.Join(sys.Dir(), u.dest)
		p.Warn(fmt.Sprintf("Relative destination path '%s' was resolved to absolute path '%s'.", p.Str("dest"), u.dest))
	}
	tmp, failed, err := u.bring(ctx)
	if failed != nil || err != nil {
		if failed == nil {
			failed = &module.Result{}
		}
		return *failed, err
	}
	if tmp != nil {
		defer tmp.Discard()
		if u.src, err = tmp.Expose(); err != nil { // programs read it
			return module.Result{}, err
		}
		p.Show("src", value.NewStr(u.src))
	}
	if !path.IsAbs(u.src) {
		u.src = path.Join(sys.Dir(), u.src)
	}
	r, err := u.run(ctx)
	return programs.Answer(fileattr.Answer(sys, r, err))
}

// bring gets the archive to the target when it is not there: what the action sent, or what is behind an address.
func (u *unarchive) bring(ctx context.Context) (*fileattr.Temp, *module.Result, error) {
	fail := func(format string, args ...any) (*fileattr.Temp, *module.Result, error) {
		r := module.Fail(format, args...)
		return nil, &r, nil
	}
	var body io.ReadCloser
	switch {
	case u.p.Content != nil:
		var err error
		if body, err = u.p.OpenContent(ctx); err != nil {
			return nil, nil, err
		}
	case strings.Contains(u.src, "://"):
		client := fetch.New(u.sys)
		client.Agent, client.NoVerify = "ansible-httpget", !u.p.Bool("validate_certs")
		resp, err := client.Do(ctx, fetch.Request{URL: u.src})
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil {
			msg, _ := fetch.Explain(err)
			return fail("Failure downloading %s, %s", u.src, msg)
		}
		if body = resp.Body; resp.Failed() {
			_ = body.Close()
			return fail("Failure downloading %s, %s", u.src, resp.Message())
		}
	default:
		info, err := u.sys.Stat(u.src)
		switch {
		case err != nil:
			return fail("Source '%s' does not exist", u.src)
		case info.IsRegular() && info.Size == 0:
			return fail("Invalid archive '%s', the file is 0 bytes", u.src)
		case !u.sys.Access(u.src, 4):
			return fail("Source '%s' not readable", u.src)
		}
		return nil, nil, nil
	}
	defer body.Close()
	name := path.Base(u.src)
	if u.p.Content != nil && u.p.Content.Label != "" {
		name = path.Base(u.p.Content.Label)
	}
	dir := u.sys.TempDir()
	tmp, err := fileattr.NewTempIn(u.sys, dir, path.Join(dir, name), body)
	return tmp, nil, err
}

// handlers are the kinds of archives that it may be, by how it begins. What begins as a ZIP archive may be a tar whose first name
// does.
func (u *unarchive) handlers() ([]handler, error) {
	f, err := u.sys.Open(u.src)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 4)
	n, _ := io.ReadFull(f, head) // a folder can't be read, which tar will tell
	plain := &tarArchive{unarchive: u, kind: "TarArchive"}
	switch head = head[:n]; {
	case strings.HasPrefix(string(head), "PK"):
		return []handler{&zipArchive{unarchive: u}, plain}, nil
	case strings.HasPrefix(string(head), "\x1f\x8b"):
		return []handler{&tarArchive{unarchive: u, kind: "TgzArchive", option: "-z"}}, nil
	}
	return []handler{plain}, nil
}

// open finds the kind of the archive and reads what is in it.
func (u *unarchive) open(ctx context.Context) (handler, error) {
	list, err := u.handlers()
	if err != nil {
		return nil, err
	}
	var reasons []string
	for _, h := range list {
		names, why, err := h.list(ctx)
		if err != nil {
			return nil, err
		}
		if why == "" {
			u.names = names
			return h, nil
		}
		reasons = append(reasons, why)
	}
	return nil, programs.Fail("Failed to find handler for \"%s\". Make sure the required command to extract the file is installed.\n%s", u.src, strings.Join(reasons, "\n"))
}

func (u *unarchive) run(ctx context.Context) (module.Result, error) {
	h, err := u.open(ctx)
	if err != nil {
		return module.Result{}, err
	}
	if _, isTar := h.(*tarArchive); isTar && u.p.Check {
		return module.Result{Skipped: true, HasMsg: true, Msg: "remote module (ansible.legacy.unarchive) does not support check mode when using gtar"}, nil
	}
	changed, prepared, err := h.differs(ctx)
	if err != nil {
		return module.Result{}, err
	}
	r := module.Result{Changed: changed}
	r.Set("handler", h.name()).Set("dest", u.p.Str("dest")).Set("src", u.src)
	if prepared != "" {
		r.Diff = module.Diff{Prepared: prepared}.Value()
	}
	if changed && !u.p.Check {
		ok, err := u.extract(ctx, h, &r)
		if err != nil || !ok {
			return r, err
		}
	}
	if !u.p.Check {
		did, err := u.attributes()
		if err != nil {
			return r, err
		}
		r.Changed = r.Changed || did
	}
	if u.p.Bool("list_files") {
		r.Set("files", u.names)
	}
	fileattr.AddInfo(u.sys, u.dest, &r)
	return r, nil
}

// extract unpacks; ok is false when the program has failed, which r tells then.
func (u *unarchive) extract(ctx context.Context, h handler, r *module.Result) (ok bool, err error) {
	argv := h.command()
	exit, err := u.sys.Run(ctx, target.Command{Argv: argv, Dir: u.dest, Env: programs.C})
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return false, fileattr.CommandError(strings.Join(argv, " "), err)
	}
	out := value.DictOf("cmd", module.V(argv), "rc", module.V(exit.Code), "out", module.V(string(exit.Stdout)), "err", module.V(string(exit.Stderr)))
	r.Set("extract_results", out)
	if exit.Code == 0 {
		return true, nil
	}
	r.Failed, r.Changed, r.HasMsg, r.Diff = true, false, true, nil
	r.Msg = fmt.Sprintf("failed to unpack %s to %s", u.src, u.p.Str("dest"))
	fileattr.AddInfo(u.sys, u.dest, r)
	return false, nil
}

// attributes sets owner, group, mode and the like of all that is in the archive.
func (u *unarchive) attributes() (changed bool, err error) {
	a := fileattr.Of(u.p)
	for _, name := range u.names {
		file := u.dest + "/" + name
		if _, err := u.sys.Lstat(file); err != nil {
			continue
		}
		did, err := a.Apply(u.sys, file, false, nil)
		if err != nil {
			return changed, err
		}
		changed = changed || did
	}
	return changed, nil
}

// leftOut reports whether a name is excluded, or not included.
func (u *unarchive) leftOut(name string) (bool, error) {
	match := func(patterns []string) (bool, error) {
		for _, p := range patterns {
			if m, err := pyregex.FullMatch(pyregex.Glob(p), 0, name); err != nil || m != nil {
				return m != nil, err
			}
		}
		return false, nil
	}
	if in := u.p.Strs("include"); len(in) > 0 {
		ok, err := match(in)
		return !ok, err
	}
	return match(u.p.Strs("exclude"))
}
