package files

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "ansible.posix.acl", Redirects: []string{"ansible.builtin.acl"}, Check: module.Full, Run: runACL,
	Args: module.Args{
		{Name: "path", Aliases: []string{"name"}, Type: module.Path, Required: true, Help: "The file or folder."},
		{Name: "entry", Help: "A whole entry: ETYPE:ENTITY:PERMISSIONS, with \"default:\" in front of one for new files."},
		{Name: "entity", Default: "", Help: "The user or group."},
		{Name: "etype", Choices: []string{"group", "mask", "other", "user"}, Help: "The kind of entry."},
		{Name: "permissions", Help: "The permissions: r, w, x, X."},
		{Name: "state", Default: "query", Choices: []string{"absent", "present", "query"}, Help: "Whether the entry is there; query only tells."},
		{Name: "follow", Type: module.Bool, Default: true, Help: "Follow a link at path."},
		{Name: "default", Type: module.Bool, Default: false, Help: "The entry is for new files in the folder."},
		{Name: "recursive", Aliases: []string{"recurse"}, Type: module.Bool, Default: false, Help: "All that is below, too."},
		{Name: "use_nfsv4_acls", Type: module.Bool, Default: false, Help: "Not supported."},
		{Name: "recalculate_mask", Default: "default", Choices: []string{"default", "mask", "no_mask"}, Help: "Whether setfacl computes the mask."},
	},
	Doc: module.Doc{
		Short:    "Access control lists of files.",
		Notes:    []string{"The target's getfacl and setfacl do the work."},
		Examples: "- ansible.posix.acl:\n    path: /srv/kimai\n    entity: backup\n    etype: user\n    permissions: rX\n    recursive: true\n    state: present\n",
		Returns:  []module.Return{{Name: "acl", Type: "list", When: "success", Help: "The entries."}},
	},
})

// aclRun is one call.
type aclRun struct {
	sys       target.System
	p         *module.Params
	entry     string
	isDefault bool // of new files in the folder
}

func runACL(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	a := &aclRun{sys: sys, p: p}
	if err := a.read(); err != nil {
		return programs.Answer(module.Result{}, err)
	}
	changed, msg, err := a.run(ctx)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	acl, err := a.lines(ctx, "getfacl")
	r := module.Result{Changed: changed, HasMsg: true, Msg: msg}
	r.Set("acl", acl)
	return programs.Answer(r, err)
}

// read checks the arguments and makes the entry of them.
func (a *aclRun) read() error {
	p := a.p
	state := p.Str("state")
	etype, entity, perms := p.Str("etype"), p.Str("entity"), p.Str("permissions")
	isDefault := p.Bool("default")
	if p.Bool("use_nfsv4_acls") {
		return programs.Fail("use_nfsv4_acls is not supported by the native engine")
	}
	if _, err := a.sys.Stat(p.Str("path")); err != nil {
		return programs.Fail("Path not found or not accessible.")
	}
	if entry := p.Str("entry"); entry != "" {
		if etype != "" || entity != "" || p.Has("permissions") {
			return programs.Fail("'entry' MUST NOT be set when 'entity', 'etype' or 'permissions' are set.")
		}
		n := strings.Count(entry, ":")
		if n == 0 && state != "query" || n > 3 {
			return programs.Fail("'entry' MUST have 3 or 4 sections divided by ':' when 'state=%s'.", state)
		}
		parts := strings.Split(entry, ":")
		if strings.HasPrefix(strings.ToLower(parts[0]), "d") && len(parts) > 1 {
			isDefault, parts = true, parts[1:]
		}
		switch {
		case state == "query":
			return programs.Fail("'entry' MUST NOT be set when 'state=query'.")
		case state == "present" && len(parts) != 3:
			return programs.Fail("'entry' MUST have 3 or 4 sections divided by ':' when 'state=present'.")
		case state == "absent" && len(parts) != 2 && len(parts) != 3:
			return programs.Fail("'entry' MUST have 2 or 3 sections divided by ':' when 'state=absent'.")
		}
		kind, ok := map[byte]string{'u': "user", 'g': "group", 'm': "mask", 'o': "other"}[(strings.ToLower(parts[0]) + " ")[0]]
		if !ok {
			return programs.Fail("'entry' has no known type: %s", parts[0])
		}
		etype, entity, perms = kind, parts[1], ""
		if len(parts) > 2 {
			perms = parts[2]
		}
	}
	if state == "query" {
		a.isDefault = isDefault
		return nil
	}
	if state == "absent" && entity == "" && etype == "" {
		return programs.Fail("'entity' MUST be set when 'state=absent'.")
	}
	if etype == "" {
		return programs.Fail("'etype' MUST be set when 'state=%s'.", state)
	}
	a.entry = etype + ":" + entity
	if state == "present" && perms != "" {
		a.entry += ":" + perms
	}
	a.isDefault = isDefault
	return nil
}

// flags are the options that getfacl and setfacl share.
func (a *aclRun) flags(program string) []string {
	argv := []string{program}
	if program == "setfacl" {
		switch a.p.Str("recalculate_mask") {
		case "mask":
			argv = append(argv, "--mask")
		case "no_mask":
			argv = append(argv, "--no-mask")
		}
	}
	if a.p.Bool("recursive") {
		argv = append(argv, "--recursive")
	}
	if !a.p.Bool("follow") {
		argv = append(argv, "--physical")
	}
	if a.isDefault {
		argv = append(argv, "-d")
	}
	return argv
}

// run sets or removes the entry if that changes something.
func (a *aclRun) run(ctx context.Context) (changed bool, msg string, err error) {
	state := a.p.Str("state")
	if state == "query" {
		return false, "current acl", nil
	}
	how := []string{"-m", a.entry}
	if state == "absent" {
		how = []string{"-x", a.entry}
	}
	set := append(a.flags("setfacl"), how...)
	test := slices.Insert(slices.Clone(set), 1, "--test")
	lines, err := a.call(ctx, append(test, a.p.Str("path")))
	if err != nil {
		return false, "", err
	}
	for _, l := range lines {
		changed = changed || !strings.HasSuffix(l, "*,*")
	}
	if changed && !a.p.Check {
		if _, err := a.call(ctx, append(set, a.p.Str("path"))); err != nil {
			return false, "", err
		}
	}
	return changed, fmt.Sprintf("%s is %s", a.entry, state), nil
}

func (a *aclRun) lines(ctx context.Context, program string) ([]string, error) {
	argv := append(a.flags(program), "--omit-header", "--absolute-names")
	return a.call(ctx, append(argv, a.p.Str("path")))
}

// call runs a program and gives the lines that it writes.
func (a *aclRun) call(ctx context.Context, argv []string) ([]string, error) {
	out, err := programs.Run(ctx, a.sys, target.Command{Argv: argv, Env: programs.C})
	if err != nil {
		return nil, err
	}
	if out.RC != 0 {
		file, _ := programs.Find(a.sys, argv[0])
		r := module.Fail("%s", strings.TrimSpace(out.Stderr))
		r.Set("cmd", strings.Join(append([]string{file}, argv[1:]...), " ")).Set("rc", out.RC).Set("stdout", out.Stdout).Set("stderr", out.Stderr)
		return nil, &programs.Failed{Result: r}
	}
	lines := []string{}
	for l := range strings.Lines(out.Stdout) {
		lines = append(lines, strings.TrimRight(l, "\n"))
	}
	if n := len(lines); n > 0 && lines[n-1] == "" {
		lines = lines[:n-1]
	}
	return lines, nil
}
