package files

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.find", Check: module.Full, Run: runFind,
	Args: module.Args{
		{Name: "paths", Aliases: []string{"name", "path"}, Type: module.List, Elements: module.Path, Required: true, Help: "The folders to look in."},
		{Name: "patterns", Aliases: []string{"pattern"}, Type: module.List, Default: []string{}, Help: "What the names match, globs or expressions; one of them is enough."},
		{Name: "excludes", Aliases: []string{"exclude"}, Type: module.List, Help: "What the names do not match."},
		{Name: "contains", Help: "An expression that a line of the file begins with."},
		{Name: "read_whole_file", Type: module.Bool, Default: false, Help: "Look for contains anywhere in the whole text."},
		{Name: "file_type", Default: "file", Choices: []string{"any", "directory", "file", "link"}, Help: "What is looked for."},
		{Name: "age", Help: "At least so old (\"2d\"), or at most (\"-2d\"): s, m, h, d, w."},
		{Name: "age_stamp", Default: "mtime", Choices: []string{"atime", "ctime", "mtime"}, Help: "The time that age looks at."},
		{Name: "size", Help: "At least so large (\"10m\"), or at most (\"-10m\"): b, k, m, g, t."},
		{Name: "recurse", Type: module.Bool, Default: false, Help: "Look in the folders below too."},
		{Name: "hidden", Type: module.Bool, Default: false, Help: "Take names that begin with a dot."},
		{Name: "mode", Type: module.Raw, Help: "The permission bits."},
		{Name: "exact_mode", Type: module.Bool, Default: true, Help: "These bits and no others; false: at least these."},
		{Name: "follow", Type: module.Bool, Default: false, Help: "Go through links to folders."},
		{Name: "get_checksum", Type: module.Bool, Default: false, Help: "Return the checksums of files."},
		{Name: "checksum_algorithm", Aliases: []string{"checksum", "checksum_algo"}, Default: "sha1", Choices: []string{"md5", "sha1", "sha224", "sha256", "sha384", "sha512"}, Help: "Which checksum."},
		{Name: "use_regex", Type: module.Bool, Default: false, Help: "patterns and excludes are expressions (Python's)."},
		{Name: "depth", Type: module.Int, Help: "How many levels of folders to look in."},
		{Name: "encoding", Help: "The encoding of the files for contains; see replace."},
		{Name: "limit", Type: module.Int, Help: "Stop after so many."},
	},
	Doc: module.Doc{
		Short:    "Find files by name, kind, age, size, mode and content.",
		Notes:    []string{"Names come in alphabetical order; Ansible's come in the order of the filesystem."},
		Examples: "- ansible.builtin.find:\n    paths: /var/backups/kimai\n    patterns: '*.sql.gz'\n    age: 4w\n  register: old\n",
		Returns: []module.Return{
			{Name: "files", Type: "list", When: "success", Help: "What was found, as stat tells it."},
			{Name: "matched", Type: "int", When: "success", Help: "How many."},
			{Name: "examined", Type: "int", When: "success", Help: "How many were looked at."},
			{Name: "skipped_paths", Type: "dict", When: "success", Help: "Paths that could not be looked in, and why."},
		},
	},
})

// finder is one call.
type finder struct {
	sys      target.System
	p        *module.Params
	filter   filter
	found    *value.List
	examined int
	skipped  *value.Dict // why a folder was not looked at
}

func runFind(_ context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f := &finder{sys: sys, p: p, found: value.NewList(), skipped: value.NewDict()}
	if _, text := p.Value("mode").(value.Str); p.Has("mode") && !text {
		return module.Fail("argument 'mode' is not a string and conversion is not allowed, value is of type %s", p.Value("mode").Type()), nil
	}
	if len(p.List("patterns")) == 0 {
		f.filter.patterns = []string{"*"}
		if p.Bool("use_regex") {
			f.filter.patterns = []string{".*"}
		}
		p.Show("patterns", module.V(f.filter.patterns))
	} else {
		f.filter.patterns = p.Strs("patterns")
	}
	if failed := f.filter.parse(p, sys); failed != nil {
		return *failed, nil
	}
	msg := "All paths examined"
	for _, dir := range p.Strs("paths") {
		err := f.in(dir)
		if err != nil {
			f.skipped.SetStr(dir, value.NewStr(err.Error()))
			p.Warn(fmt.Sprintf("Skipped '%s' path due to this access issue: %s\n", dir, err))
			msg = "Not all paths examined, check warnings for details"
		}
		if f.full() {
			msg = "Limit of matches reached"
			break
		}
	}
	r := module.Result{HasMsg: true, Msg: msg}
	r.Set("files", f.found).Set("matched", f.found.Len()).Set("examined", f.examined).Set("skipped_paths", f.skipped)
	return r, nil
}

func (f *finder) full() bool {
	return f.p.Has("limit") && int64(f.found.Len()) >= f.p.Int("limit")
}

// in looks in one of the paths.
func (f *finder) in(dir string) error {
	if info, err := f.sys.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("'%s' is not a directory", dir)
	}
	return f.walk(dir, strings.TrimRight(dir, "/"), 1)
}

// walk looks at what is in a folder and then in the folders in it. level is 1 at the top.
func (f *finder) walk(dir, shown string, level int64) error {
	names, err := f.sys.ReadDir(dir)
	if err != nil { // the others are looked at all the same
		f.skipped.SetStr(dir, value.NewStr(strings.Replace(fileattr.PyError(err, dir), "b'", "'", 1)))
		return nil
	}
	f.examined += len(names)
	if depth := f.p.Int("depth"); depth != 0 && f.p.Bool("recurse") && level > depth {
		return nil
	}
	var dirs []string
	for _, name := range names {
		full := shown + "/" + name
		info, err := f.sys.Lstat(full)
		if err != nil {
			continue
		}
		below := info
		if info.IsLink() && f.p.Bool("follow") {
			below, _ = f.sys.Stat(full)
		}
		if below.IsDir() {
			dirs = append(dirs, full)
		}
		if err := f.look(full, name, info); err != nil {
			return err
		}
		if f.full() {
			return nil
		}
	}
	if !f.p.Bool("recurse") {
		return nil
	}
	for _, d := range dirs {
		if err := f.walk(d, d, level+1); err != nil || f.full() {
			return err
		}
	}
	return nil
}

// look takes a file if all is as it is asked for.
func (f *finder) look(full, name string, info target.Info) error {
	if strings.HasPrefix(name, ".") && !f.p.Bool("hidden") {
		return nil
	}
	kind := f.p.Str("file_type")
	switch {
	case kind == "directory" && !info.IsDir(), kind == "file" && !info.IsRegular(), kind == "link" && !info.IsLink():
		return nil
	}
	ok, err := f.filter.takes(name, info, kind)
	if err != nil || !ok {
		return err
	}
	if kind == "file" && f.p.Str("contains") != "" {
		if ok, err := f.filter.contains(f.sys, full, f.p); err != nil || !ok {
			return err
		}
	}
	r := &module.Result{}
	r.Set("path", full)
	statBits(r, info)
	for _, k := range []string{"blocks", "block_size", "device_type"} {
		r.Values.DeleteStr(k)
	}
	r.Set("pw_name", "").Set("gr_name", "")
	if u, ok, err := f.sys.UserByID(info.UID); ok && err == nil {
		r.Set("pw_name", u.Name)
	}
	if g, ok, err := f.sys.GroupByID(info.GID); ok && err == nil {
		r.Set("gr_name", g.Name)
	}
	if f.p.Bool("get_checksum") && info.IsRegular() {
		if s, err := sums(f.sys, full, f.p.Str("checksum_algorithm")); err == nil {
			r.Set("checksum", s[0])
		}
	}
	f.found.Append(r.Values)
	return nil
}

var (
	ageText  = lazyregexp.New(`^(-?\d+)(s|m|h|d|w)?$`)
	sizeText = lazyregexp.New(`^(-?\d+)(b|k|m|g|t)?$`)
)

// number reads "2d" with the factor of its unit; ok is false when it is not one.
func number(text string, re *regexp.Regexp, factor map[string]int64) (n int64, ok bool) {
	m := re.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if unit, has := factor[m[2]]; has {
		n *= unit
	}
	return n, err == nil
}

// parse reads the arguments that say which files are taken.
func (f *filter) parse(p *module.Params, sys target.System) *module.Result {
	fail := func(format string, args ...any) *module.Result {
		r := module.Fail(format, args...)
		return &r
	}
	f.now, f.stamp, f.umask = sys.Now(), p.Str("age_stamp"), sys.Umask()
	f.excludes, f.regex = p.Strs("excludes"), p.Bool("use_regex")
	if p.Has("limit") && p.Int("limit") == 0 {
		return fail("limit cannot be 0 (use None for unlimited)")
	}
	if p.Has("mode") {
		f.mode, f.exact = p.Value("mode"), p.Bool("exact_mode")
	}
	if p.Has("age") {
		n, ok := number(p.Str("age"), ageText(), map[string]int64{"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400})
		if !ok {
			r := module.Fail("failed to process age").With("age", p.Str("age"))
			return &r
		}
		age := time.Duration(n) * time.Second
		f.age = &age
	}
	if p.Has("size") {
		n, ok := number(p.Str("size"), sizeText(), map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40})
		if !ok {
			r := module.Fail("failed to process size").With("size", p.Str("size"))
			return &r
		}
		f.size = &n
	}
	return nil
}
