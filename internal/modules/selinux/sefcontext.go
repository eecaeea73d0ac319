package selinux

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.sefcontext", Redirects: []string{"ansible.builtin.sefcontext"}, Check: module.Full, Diff: module.Full, Run: runSefcontext,
	Args: module.Args{
		{Name: "ignore_selinux_state", Type: module.Bool, Default: false, Help: "Work on the policy's store even where SELinux is disabled."},
		{Name: "target", Aliases: []string{"path"}, Required: true, Help: "The expression of paths."},
		{Name: "ftype", Default: "a", Choices: []string{"a", "b", "c", "d", "f", "l", "p", "s"}, Help: "The kind of files: all, block and character devices, directories, regular files, links, pipes, sockets."},
		{Name: "setype", Help: "The type of SELinux."},
		{Name: "substitute", Aliases: []string{"equal"}, Help: "The path whose labels hold below target too."},
		{Name: "seuser", Help: "The user of SELinux; system_u for a new expression."},
		{Name: "selevel", Aliases: []string{"serange"}, Help: "The level of SELinux; s0 for a new expression."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether it is there."},
		{Name: "reload", Type: module.Bool, Default: true, Help: "Load the policy afterwards."},
	},
	Rules: module.Rules{
		MutuallyExclusive: [][]string{{"setype", "substitute"}, {"substitute", "ftype"}, {"substitute", "seuser"}, {"substitute", "selevel"}},
		RequiredIf:        []module.RequiredIf{{Name: "state", Is: "present", Then: []string{"setype", "substitute"}, AnyOf: true}},
	},
	Doc: module.Doc{
		Short:    "Labels of files in SELinux's policy.",
		Notes:    []string{"Files that are there keep their labels until restorecon runs.", "By semanage of policycoreutils; Ansible's module needs Python libraries of the target."},
		Examples: "- community.general.sefcontext:\n    target: \"/srv/kimai/var(/.*)?\"\n    setype: httpd_sys_rw_content_t\n",
	},
})

// fileKinds are the kinds of files as semanage lists them.
var fileKinds = map[string]string{
	"a": "all files", "b": "block device", "c": "character device", "d": "directory", "f": "regular file", "l": "symbolic link", "p": "named pipe", "s": "socket",
}

// fileContexts are the labels in the policy.
type fileContexts struct {
	policyStore
	context string // of target and ftype, "" for none: user:role:type:level
	equal   string // the path that target is like
	diff    strings.Builder
	changed bool
}

func runSefcontext(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	f := &fileContexts{policyStore: policyStore{sys, p, "fcontext"}}
	r, err := f.run(ctx)
	return programs.Answer(r, err)
}

func (f *fileContexts) run(ctx context.Context) (module.Result, error) {
	r := module.Result{}
	if err := f.usable(); err != nil {
		return r, err
	}
	p := f.p
	for _, name := range []string{"target", "ftype", "setype", "substitute", "state"} {
		r.Set(name, p.Value(name))
	}
	absent := p.Str("state") == "absent"
	if err := f.read(ctx, absent); err != nil {
		return r, err
	}
	var err error
	switch {
	case absent:
		err = f.remove(ctx)
	case p.Has("substitute"):
		r.Set("seuser", p.Value("seuser")).Set("serange", p.Value("selevel"))
		err = f.likenTo(ctx, p.Str("substitute"))
	default:
		user, level := f.wanted()
		r.Set("seuser", user).Set("serange", level)
		err = f.label(ctx, user, level)
	}
	if err != nil {
		return module.Result{}, err
	}
	r.Changed = f.changed
	if p.Diff && f.diff.Len() > 0 {
		r.Diff = module.Diff{Prepared: f.diff.String()}.Value()
	}
	return r, nil
}

// read finds what the policy, or this machine's part of it, has for the target.
func (f *fileContexts) read(ctx context.Context, local bool) error {
	list, err := f.list(ctx, local)
	if err != nil {
		return err
	}
	spec, kind := f.p.Str("target"), fileKinds[f.p.Str("ftype")]
	for line := range strings.Lines(list) {
		if from, to, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			if from == spec {
				f.equal = to
			}
			continue
		}
		rest, ok := strings.CutPrefix(line, spec+" ")
		if !ok {
			continue
		}
		if c := columns(rest); len(c) == 2 && c[0] == kind {
			f.context = c[1]
		} else if len(c) == 1 && strings.HasPrefix(c[0], kind+" ") { // a long target or kind leaves one blank
			f.context = strings.TrimSpace(strings.TrimPrefix(c[0], kind+" "))
		}
	}
	return nil
}

func (f *fileContexts) note(what, of string, lines ...string) {
	f.changed = true
	f.diff.WriteString("# " + what + " to semanage file context " + of + "\n" + strings.Join(lines, "\n") + "\n")
}

// line shows a label in a diff.
func (f *fileContexts) line(sign, context string) string {
	return sign + f.p.Str("target") + "      " + f.p.Str("ftype") + "      " + context
}

// wanted are user and level: given, or as they are, or those of new expressions.
func (f *fileContexts) wanted() (user, level string) {
	user, level = "system_u", "s0"
	if parts := strings.SplitN(f.context, ":", 4); len(parts) == 4 {
		user, level = parts[0], parts[3]
	}
	if f.p.Has("seuser") {
		user = f.p.Str("seuser")
	}
	if f.p.Has("selevel") {
		level = f.p.Str("selevel")
	}
	return user, level
}

func (f *fileContexts) label(ctx context.Context, user, level string) error {
	want := user + ":object_r:" + f.p.Str("setype") + ":" + level
	if f.context == want {
		return nil
	}
	how := "-m"
	if f.context == "" {
		how = "-a"
		f.note("Addition", "mappings", f.line("+", want))
	} else {
		f.note("Change", "mappings", f.line("-", f.context), f.line("+", want))
	}
	return f.change(ctx, how, "-t", f.p.Str("setype"), "-s", user, "-r", level, "-f", f.p.Str("ftype"), f.p.Str("target"))
}

func (f *fileContexts) likenTo(ctx context.Context, path string) error {
	spec := f.p.Str("target")
	if f.equal == path {
		return nil
	}
	how := "-m"
	if f.equal == "" {
		how = "-a"
		f.note("Addition", "path substitutions", "+"+spec+" = "+path)
	} else {
		f.note("Change", "path substitutions", "-"+spec+" = "+f.equal, "+"+spec+" = "+path)
	}
	return f.change(ctx, how, "-e", path, spec)
}

func (f *fileContexts) remove(ctx context.Context) error {
	spec := f.p.Str("target")
	if f.context != "" && !f.p.Has("substitute") {
		f.note("Deletion", "mappings", f.line("-", f.context))
		if err := f.change(ctx, "-d", "-f", f.p.Str("ftype"), spec); err != nil {
			return err
		}
	}
	if f.equal == "" || f.p.Has("setype") || f.p.Has("substitute") && f.p.Str("substitute") != f.equal {
		return nil
	}
	f.note("Deletion", "path substitutions", "-"+spec+" = "+f.equal)
	return f.change(ctx, "-d", spec)
}
