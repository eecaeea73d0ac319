package system

import (
	"context"
	"path"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.posix.mount", Redirects: []string{"ansible.builtin.mount"}, Check: module.Full, Run: runMount,
	Args: module.Args{
		{Name: "path", Aliases: []string{"name"}, Type: module.Path, Required: true, Help: "The mount point."},
		{Name: "src", Type: module.Path, Help: "What is mounted: a device, a share."},
		{Name: "fstype", Help: "The kind of filesystem."},
		{Name: "opts", Help: "The options, as in fstab."},
		{Name: "opts_no_log", Type: module.Bool, Default: false, Help: "The options are secret."},
		{Name: "dump", Default: "0", Help: "The fifth field of fstab."},
		{Name: "passno", Default: "0", Help: "The sixth field of fstab."},
		{Name: "state", Required: true, Choices: []string{"absent", "absent_from_fstab", "mounted", "present", "unmounted", "remounted", "ephemeral"}, Help: "present and absent_from_fstab are about fstab alone, unmounted, remounted and ephemeral about now alone, mounted and absent about both."},
		{Name: "fstab", Help: "The file. Default: /etc/fstab."},
		{Name: "boot", Type: module.Bool, Default: true, Help: "false adds noauto to the options."},
		{Name: "backup", Type: module.Bool, Default: false, Help: "Keep a copy of fstab as it was."},
	},
	Rules: module.Rules{RequiredIf: []module.RequiredIf{
		{Name: "state", Is: "mounted", Then: []string{"src", "fstype"}},
		{Name: "state", Is: "present", Then: []string{"src", "fstype"}},
		{Name: "state", Is: "ephemeral", Then: []string{"src", "fstype"}},
	}},
	Doc: module.Doc{
		Short:    "Filesystems in fstab, and what is mounted.",
		Examples: "- ansible.posix.mount:\n    path: /srv/backup\n    src: nas:/backup\n    fstype: nfs\n    opts: ro,noauto\n    state: present\n",
	},
})

// fsEntry is an entry of fstab(5), not escaped.
type fsEntry struct{ src, path, fstype, opts, dump, passno string }

// mountRun is one call.
type mountRun struct {
	sys    target.System
	p      *module.Params
	want   fsEntry
	fstab  string
	backup string
	before *fstabText // what fstab was, when it was changed
}

func runMount(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	m := &mountRun{sys: sys, p: p, fstab: p.Str("fstab")}
	if m.fstab == "" {
		m.fstab = "/etc/fstab"
	}
	m.want = fsEntry{p.Str("src"), p.Str("path"), p.Str("fstype"), p.Str("opts"), p.Str("dump"), p.Str("passno")}
	if !p.Has("opts") {
		m.want.opts = "defaults"
	}
	switch {
	case !p.Bool("boot"):
		m.want.opts += ",noauto"
	case hasOption(m.want.opts, "noauto"):
		p.Warn("Ignore the 'boot' due to 'opts' contains 'noauto'.")
	}
	changed, err := m.run(ctx)
	if failed, ok := fileattr.ResultOf(sys, err); ok {
		return failed, nil
	}
	return programs.Answer(m.result(changed), err)
}

func hasOption(opts, name string) bool {
	for o := range strings.SplitSeq(opts, ",") {
		if o == name {
			return true
		}
	}
	return false
}

func (m *mountRun) result(changed bool) module.Result {
	r := module.Result{Changed: changed}
	opts, boot := m.want.opts, "yes"
	if m.p.Bool("opts_no_log") {
		opts = module.Hidden
		m.p.Show("opts", value.NewStr(opts))
	}
	if !m.p.Bool("boot") {
		boot = "no"
	}
	r.Set("name", m.want.path).Set("opts", opts).Set("dump", m.want.dump).Set("passno", m.want.passno)
	r.Set("fstab", m.fstab).Set("boot", boot).Set("backup_file", m.backup)
	if m.p.Has("src") {
		r.Set("src", m.want.src)
	}
	if m.p.Has("fstype") {
		r.Set("fstype", m.want.fstype)
	}
	return r
}

func (m *mountRun) run(ctx context.Context) (bool, error) {
	switch m.p.Str("state") {
	case "present":
		return m.edit(m.put)
	case "absent_from_fstab":
		return m.edit(m.drop)
	case "absent":
		return m.absent(ctx)
	case "unmounted":
		if !m.mounted() {
			return false, nil
		}
		return true, m.unmount(ctx)
	case "remounted":
		if m.p.Check {
			return true, nil
		}
		return true, m.remount(ctx)
	case "ephemeral":
		return m.ephemeral(ctx)
	}
	return m.mountNow(ctx)
}

func (m *mountRun) absent(ctx context.Context) (bool, error) {
	changed, err := m.edit(m.drop)
	if err != nil || m.p.Check || !changed {
		return changed, err
	}
	if m.mounted() {
		if err := m.unmount(ctx); err != nil {
			return changed, err
		}
	}
	if _, err := m.sys.Lstat(m.want.path); err == nil {
		if err := m.sys.Remove(m.want.path); err != nil {
			return changed, programs.Fail("Error rmdir %s: %s", m.want.path, fileattr.PyError(err, m.want.path))
		}
	}
	return changed, nil
}

// mountNow is the state mounted.
func (m *mountRun) mountNow(ctx context.Context) (bool, error) {
	made, err := m.makePoint()
	if err != nil {
		return false, err
	}
	changed, err := m.edit(m.put)
	if err == nil && m.mounted() {
		if changed && !m.p.Check {
			err = m.remount(ctx)
		}
		return changed, err
	}
	if err == nil && !m.p.Check {
		args := []string{"mount"}
		if m.p.Str("fstab") != "" && m.fstab != "/etc/fstab" {
			args = append(args, "-T", m.fstab)
		}
		err = m.call(ctx, "mounting", append(args, m.want.path)...)
	}
	if err != nil {
		m.restore()
		for i := len(made) - 1; i >= 0; i-- { // what was made for it
			_ = m.sys.Remove(made[i])
		}
	}
	return true, err
}

func (m *mountRun) ephemeral(ctx context.Context) (bool, error) {
	if m.mounted() {
		if src := m.mountedSource(); src != m.want.src && m.sys.Realpath(src) != m.sys.Realpath(m.want.src) {
			return false, programs.Fail("Ephemeral mount point is already mounted with a different source than the specified one. Failing in order to prevent an unwanted unmount or override operation. Try replacing this command with a \"state: unmounted\" followed by a \"state: ephemeral\", or use a different destination path.")
		}
		if m.p.Check {
			return true, nil
		}
		return true, m.call(ctx, "remounting", "mount", "-o", "remount,"+m.want.opts, m.want.path)
	}
	if m.p.Check {
		return true, nil
	}
	if _, err := m.makePoint(); err != nil {
		return false, err
	}
	return true, m.call(ctx, "mounting", "mount", "-t", m.want.fstype, "-o", m.want.opts, m.want.src, m.want.path)
}

// makePoint makes the mount point, and tells what it has made.
func (m *mountRun) makePoint() (made []string, err error) {
	if m.p.Check || m.want.path == "none" {
		return nil, nil
	}
	var missing []string
	for dir := m.want.path; ; dir = path.Dir(dir) {
		if _, err := m.sys.Stat(dir); err == nil || dir == "/" || dir == "." {
			break
		}
		missing = append(missing, dir)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := m.sys.Mkdir(missing[i], 0o777); err != nil {
			return made, programs.Fail("Error making dir %s: %s", m.want.path, fileattr.PyError(err, missing[i]))
		}
		made = append(made, missing[i])
	}
	return made, nil
}

func (m *mountRun) unmount(ctx context.Context) error {
	if m.p.Check {
		return nil
	}
	return m.call(ctx, "unmounting", "umount", m.want.path)
}

// remount has the kernel take other options; where that is not possible it unmounts and mounts.
func (m *mountRun) remount(ctx context.Context) error {
	args := []string{"mount", "-o", "remount"}
	if m.p.Has("opts") {
		args[2] += "," + m.want.opts
	}
	if err := m.call(ctx, "remounting", append(args, m.want.path)...); err == nil || ctx.Err() != nil {
		return err
	}
	if err := m.call(ctx, "remounting", "umount", m.want.path); err != nil {
		return err
	}
	args = []string{"mount"}
	if m.fstab != "/etc/fstab" {
		args = append(args, "-T", m.fstab)
	}
	return m.call(ctx, "remounting", append(args, m.want.path)...)
}

// call runs mount(8) or umount(8).
func (m *mountRun) call(ctx context.Context, doing string, argv ...string) error {
	out, err := programs.Run(ctx, m.sys, target.Command{Argv: argv, Env: programs.C})
	if err == nil && out.RC != 0 {
		err = programs.Fail("Error %s %s: %s", doing, m.want.path, out.Stdout+out.Stderr)
	}
	return err
}

// mounted reports whether something is mounted at the path.
func (m *mountRun) mounted() bool { return m.mountedSource() != "" }

// mountedSource is what is mounted at the path, "" for nothing.
//
// Source: proc_pid_mountinfo(5).
func (m *mountRun) mountedSource() string {
	b, err := target.ReadFile(m.sys, "/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	at, src := m.sys.Realpath(m.want.path), ""
	for line := range strings.Lines(string(b)) {
		head, tail, _ := strings.Cut(line, " - ")
		f, t := strings.Fields(head), strings.Fields(tail)
		if len(f) < 5 || len(t) < 2 || unescapeFstab(f[4]) != at {
			continue
		}
		src = unescapeFstab(t[1])
		if f[3] != "/" && strings.HasPrefix(f[3], "/") && hasOption(m.want.opts, "bind") {
			src = m.want.src // of a bind mount the kernel tells the device
		}
	}
	return src
}
