package archives

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.archive", Redirects: []string{"ansible.builtin.archive"}, Check: module.Full, FileArgs: true, Run: runArchive,
	Args: module.Args{
		{Name: "path", Type: module.List, Elements: module.Path, Required: true, Help: "The files and folders; patterns with * and ? too."},
		{Name: "format", Default: "gz", Choices: []string{"bz2", "gz", "tar", "xz", "zip"}, Help: "How it is packed; with gz, bz2 and xz a single file is compressed alone."},
		{Name: "dest", Type: module.Path, Help: "The archive; by default the name of the single file with the format behind it."},
		{Name: "exclude_path", Type: module.List, Elements: module.Path, Default: []string{}, Help: "Which of path, after its patterns, are left out."},
		{Name: "exclusion_patterns", Type: module.List, Elements: module.Path, Help: "Patterns of what is left out: of names in the archive, with zip of whole paths."},
		{Name: "force_archive", Type: module.Bool, Default: false, Help: "Put a single file into an archive too."},
		{Name: "remove", Type: module.Bool, Default: false, Help: "Remove the files and folders when they are packed."},
	},
	Doc: module.Doc{
		Short: "Pack files into an archive.",
		Notes: []string{
			"The formats bz2 and xz need the programs bzip2 and xz on the target.",
			"The archive takes its place when it is whole. What is told as changed goes by what is in it: of a tar the names, owners, modes, times and content, of a ZIP archive and a compressed file names and content.",
			"In check mode an archive of several files counts as changed, and a compressed file when it is not there.",
		},
		Examples: "- community.general.archive:\n    path: /var/www/kimai/var/data\n    dest: /var/backups/kimai-data.tgz\n    mode: \"0600\"\n",
		Returns: []module.Return{
			{Name: "archived", Type: "list", When: "success", Help: "What is in the archive, by its path on the target."},
			{Name: "arcroot", Type: "str", When: "always", Help: "The folder that names in the archive are relative to."},
			{Name: "dest_state", Type: "str", When: "success", Help: "absent, archive, compress (a single file), or incomplete."},
			{Name: "missing", Type: "list", When: "success", Help: "What is not there."},
			{Name: "expanded_paths", Type: "list", When: "always", Help: "What path means."},
			{Name: "expanded_exclude_paths", Type: "list", When: "always", Help: "What exclude_path means."},
		},
	},
})

// archive is one call.
type archive struct {
	sys      target.System
	p        *module.Params
	format   string
	dest     string
	sources  sources
	archived []string
	state    string // of dest
}

func runArchive(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	a := &archive{sys: sys, p: p, format: p.Str("format"), dest: p.Str("dest"), sources: findSources(sys, p)}
	r, err := a.run(ctx)
	return programs.Answer(fileattr.Answer(sys, r, err))
}

// refuse gives the failure of a call that can't be carried out.
func (a *archive) refuse() *module.Result {
	s := a.sources
	r := module.Result{}
	switch {
	case len(s.targets) == 0:
		r = module.Fail("Error, no source paths were found")
		r.Set("expanded_paths", strings.Join(s.expanded, ", ")).Set("expanded_exclude_paths", strings.Join(s.excluded, ", "))
	case a.dest == "" && s.many:
		r = module.Fail("Error, must specify \"dest\" when archiving multiple files or trees").With("dest", "None")
	case a.p.Bool("remove") && a.insideSources():
		r = module.Fail("Error, created archive can not be contained in source paths when remove=true")
	default:
		return nil
	}
	return a.about(&r)
}

// about adds to a failure what was to be packed.
func (a *archive) about(r *module.Result) *module.Result {
	all := strings.Join(a.p.Strs("path"), ", ")
	fileattr.AddInfo(a.sys, all, r.Set("path", all))
	return r
}

// insideSources reports whether the archive lies in a folder that would be removed.
func (a *archive) insideSources() bool {
	for _, t := range a.sources.targets {
		if info, err := a.sys.Stat(t); err == nil && info.IsDir() && strings.HasPrefix(a.dest, strings.TrimRight(t, "/")+"/") {
			return true
		}
	}
	return false
}

func (a *archive) run(ctx context.Context) (module.Result, error) {
	if r := a.refuse(); r != nil {
		return *r, nil
	}
	if a.dest == "" {
		a.dest = a.sources.targets[0] + "." + a.format
	}
	r := module.Result{}
	a.state = "absent"
	_, err := a.sys.Stat(a.dest)
	there := err == nil
	switch {
	case len(a.sources.found) == 0:
		if there {
			a.state = "compress"
			if archiveName().MatchString(a.dest) {
				a.state = "archive"
			}
		}
	case a.p.Check:
		r.Changed = a.sources.many || !there
	default:
		if failed, err := a.make(ctx, &r); failed != nil || err != nil {
			if failed == nil {
				failed = &module.Result{}
			}
			return *failed, err
		}
		there = true
	}
	if there {
		did, err := fileattr.Of(a.p).Apply(a.sys, a.dest, a.p.Check, nil)
		if err != nil {
			return r, err
		}
		r.Changed = r.Changed || did
	}
	a.tell(&r)
	return r, nil
}

// archiveName is how the name of what is an archive, and no compressed file, ends.
var archiveName = lazyregexp.New(`\.(zip|tar|tar\.(gz|bz2|xz)|tgz|tbz2)$`)

// make packs and removes; a failure is a Result.
func (a *archive) make(ctx context.Context, r *module.Result) (*module.Result, error) {
	if info, err := a.sys.Stat(a.dest); err == nil && info.IsDir() {
		return nil, &fileattr.Failure{Msg: fileattr.PyError(syscall.EISDIR), Raised: true}
	}
	if _, err := a.sys.Stat(path.Dir(a.dest)); errors.Is(err, fs.ErrNotExist) {
		why := fileattr.PyError(err) + ": '" + a.dest + "'"
		if !a.single() {
			return nil, &fileattr.Failure{Msg: why, Raised: true}
		}
		return a.notWritten(why), nil
	}
	changed, failed, err := a.pack(ctx)
	if failed != nil || err != nil {
		return failed, err
	}
	r.Changed = changed
	a.state = "archive"
	switch {
	case a.single():
		a.state = "compress"
	case len(a.sources.missing) > 0:
		a.state = "incomplete"
	}
	if a.p.Bool("remove") {
		return a.remove(), nil
	}
	return nil, nil
}

// single reports whether one file is compressed alone.
func (a *archive) single() bool { return !a.sources.many && a.format != "zip" && a.format != "tar" }

// notWritten is the failure of a single file.
func (a *archive) notWritten(why string) *module.Result {
	r := module.Fail("Unable to write to compressed file: %s", why)
	return a.about(r.Set("dest", a.dest))
}

// remove removes what was packed. Of a link, the link is removed.
func (a *archive) remove() *module.Result {
	var left []string
	for _, t := range a.sources.found {
		t = strings.TrimRight(t, "/")
		if info, err := a.sys.Stat(a.dest); err == nil {
			if same, err := a.sys.Stat(t); err == nil && same.Dev == info.Dev && same.Ino == info.Ino {
				continue
			}
		}
		if err := a.sys.RemoveAll(t); err != nil {
			left = append(left, t)
		}
	}
	if len(left) == 0 {
		return nil
	}
	r := module.Fail("Error deleting some source files: ")
	fileattr.AddInfo(a.sys, a.dest, r.Set("dest", a.dest).Set("files", left))
	return &r
}

func (a *archive) tell(r *module.Result) {
	s := a.sources
	r.Set("archived", orEmpty(a.archived)).Set("dest", a.dest).Set("dest_state", a.state).Set("arcroot", s.root)
	r.Set("missing", orEmpty(s.missing)).Set("expanded_paths", orEmpty(s.expanded)).Set("expanded_exclude_paths", orEmpty(s.excluded))
	fileattr.AddInfo(a.sys, a.dest, r)
}

// orEmpty gives a list that is shown as one even when nothing is in it.
func orEmpty(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}
