package files

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"sort"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.assemble", Check: module.Full, Diff: module.Full, FileArgs: true, Run: runAssemble,
	Args: module.Args{
		{Name: "src", Type: module.Path, Required: true, Help: "The folder with the fragments, on the target."},
		{Name: "dest", Type: module.Path, Required: true, Help: "The file that is made of them."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of what is replaced."},
		{Name: "delimiter", Help: "What stands between two fragments."},
		{Name: "remote_src", Type: module.Bool, Default: true, Help: "false is the action's matter: fragments on the control node."},
		{Name: "regexp", Help: "An expression (Python's) for the names of fragments."},
		{Name: "ignore_hidden", Type: module.Bool, Default: false, Help: "Leave out names that begin with a dot."},
		{Name: "validate", Help: "A command that must succeed before the file is put in place; %s is the new file."},
		{Name: "decrypt", Type: module.Bool, Default: true, Help: "Open vaulted fragments: on the control node alone."},
	},
	Doc: module.Doc{
		Short: "Make one file of the files in a folder.",
		Notes: []string{"This is the target's half. The action assemble calls it as it is when remote_src is true, which is the default, and else joins the fragments itself and calls copy."},
		Examples: `- ansible.builtin.assemble:
    src: /etc/app/conf.d
    dest: /etc/app/app.conf
    delimiter: "# ---"
    mode: "0644"
`,
		Returns: []module.Return{
			{Name: "checksum", Type: "str", When: "success", Help: "SHA1 of the content."},
			{Name: "md5sum", Type: "str", When: "success", Help: "MD5 of the content."},
			{Name: "backup_file", Type: "str", When: "changed and backup", Help: "The copy of what was replaced."},
			{Name: "validation", Type: "dict", When: "validate", Help: "How the command ended."},
		},
	},
})

func runAssemble(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	src, dest := p.Str("src"), p.Str("dest")
	info, err := sys.Stat(src)
	switch {
	case err != nil:
		return module.Fail("Source (%s) does not exist", src), nil
	case !info.IsDir():
		return module.Fail("Source (%s) is not a directory", src), nil
	}
	var matching *pyregex.Regexp
	if p.Has("regexp") {
		if matching, err = pyregex.Compile(p.Str("regexp"), 0); err != nil {
			return module.Fail("Invalid Regexp (%s) in \"%s\"", err, p.Str("regexp")), nil
		}
	}
	if v := p.Str("validate"); v != "" && !strings.Contains(v, "%s") {
		return module.Fail("validate must contain %%s: %s", v), nil
	}
	content, err := joined(sys, p, matching)
	if err != nil {
		return fileattr.Answer(sys, module.Result{}, err)
	}
	if info, err := sys.Stat(dest); err == nil && info.IsDir() {
		return module.Fail("attempted to take checksum of directory: %s", dest), nil
	}
	r, err := assemble(ctx, sys, p, content)
	return fileattr.Answer(sys, r, err)
}

// joined gives the fragments in the order of their names, with the delimiter on lines of its own between them.
func joined(sys target.System, p *module.Params, matching *pyregex.Regexp) (string, error) {
	names, err := sys.ReadDir(p.Str("src"))
	if err != nil {
		return "", &fileattr.Failure{Msg: strings.Replace(fileattr.PyError(err, p.Str("src")), "b'", "'", 1), Raised: true}
	}
	sort.Strings(names)
	delimiter := p.Str("delimiter")
	if p.Has("delimiter") {
		delimiter = unescaped(delimiter)
	}
	var b strings.Builder
	last := ""
	for _, name := range names {
		if strings.HasPrefix(name, ".") && p.Bool("ignore_hidden") {
			continue
		}
		if matching != nil {
			if m, err := matching.Search(name); err != nil {
				return "", err
			} else if m == nil {
				continue
			}
		}
		file := path.Join(p.Str("src"), name)
		if info, err := sys.Stat(file); err != nil || !info.IsRegular() {
			continue
		}
		text, err := target.ReadFile(sys, file)
		if err != nil {
			return "", err
		}
		if b.Len() > 0 && !strings.HasSuffix(last, "\n") {
			b.WriteString("\n")
		}
		if delimiter != "" && b.Len() > 0 {
			b.WriteString(ended(delimiter))
		}
		last = string(text)
		b.WriteString(last)
	}
	return b.String(), nil
}

// unescaped reads the escapes of a delimiter as Python's codec unicode_escape does: \n, \t and the like.
func unescaped(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\a`, "\a", `\b`, "\b", `\f`, "\f", `\v`, "\v", `\0`, "\x00", `\'`, `'`, `\"`, `"`).Replace(s)
}

// assemble puts the content in place and gives the result.
func assemble(ctx context.Context, sys target.System, p *module.Params, content string) (module.Result, error) {
	dest := p.Str("dest")
	r := module.Result{HasMsg: true, Msg: "OK"}
	sum := sumsOf(content)
	r.Set("src", p.Str("src")).Set("dest", dest).Set("checksum", sum[1]).Set("md5sum", sum[0])
	old, err := target.ReadFile(sys, dest)
	exists := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	if !exists || string(old) != content {
		r.Changed = true
		validation, err := assembled(ctx, sys, p, content, &r)
		if err != nil {
			return r, err
		}
		if validation != nil {
			r.Set("validation", validation)
		}
	}
	if did, err := fileattr.Of(p).Apply(sys, dest, p.Check, nil); err != nil {
		return r, err
	} else if did {
		r.Changed = true
	}
	fileattr.AddInfo(sys, dest, &r)
	return r, nil
}

// assembled validates the content, keeps a backup and replaces the file; in check mode nothing of it.
func assembled(ctx context.Context, sys target.System, p *module.Params, content string, r *module.Result) (*value.Dict, error) {
	if p.Check {
		return nil, nil
	}
	dest := p.Str("dest")
	tmp, err := fileattr.NewTemp(sys, dest, strings.NewReader(content))
	if err != nil {
		return nil, fileattr.NoTemp(sys, err, dest)
	}
	out, err := tmp.ValidateOutput(ctx, p.Str("validate"))
	if err != nil {
		tmp.Discard()
		return nil, validateFailure(err)
	}
	if p.Bool("backup") {
		name, err := fileattr.Backup(sys, dest)
		if err != nil {
			tmp.Discard()
			return nil, err
		}
		if name != "" {
			r.Set("backup_file", name)
		}
	}
	if err := tmp.Replace(fileattr.KeepDest, p.Bool("unsafe_writes")); err != nil {
		return nil, &fileattr.Failure{Msg: "Could not replace file: " + fileattr.PyError(err, dest)}
	}
	if p.Str("validate") == "" {
		return nil, nil
	}
	return value.DictOf("rc", module.V(out.Code), "stdout", module.V(string(out.Stdout)), "stderr", module.V(string(out.Stderr))), nil
}
