package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.lvg", Redirects: []string{"ansible.builtin.lvg"}, Check: module.Full, Run: runLvg,
	Args: module.Args{
		{Name: "vg", Required: true, Help: "The volume group."},
		{Name: "pvs", Type: module.List, Elements: module.Str, Help: "The devices that it lies on; they become physical volumes."},
		{Name: "pesize", Default: "4", Help: "The size of an extent of a new group, in megabytes or with a unit of k, m, g."},
		{Name: "pv_options", Default: "", Help: "Further options for pvcreate."},
		{Name: "pvresize", Type: module.Bool, Default: false, Help: "Resize the physical volumes to their devices."},
		{Name: "vg_options", Default: "", Help: "Further options for vgcreate."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present", "active", "inactive"}, Help: "Whether it is there, and its logical volumes are active."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Remove it with the logical volumes in it."},
		{Name: "reset_vg_uuid", Type: module.Bool, Default: false, Help: "Give the group another UUID, at each run."},
		{Name: "reset_pv_uuid", Type: module.Bool, Default: false, Help: "Give the physical volumes other UUIDs, at each run."},
		{Name: "remove_extra_pvs", Type: module.Bool, Default: true, Help: "Take physical volumes that are not named out of the group."},
	},
	Rules: module.Rules{RequiredIf: []module.RequiredIf{{Name: "reset_pv_uuid", Is: true, Then: []string{"pvs"}}}},
	Doc: module.Doc{
		Short:    "Volume groups of LVM.",
		Notes:    []string{"The size of the extents of a group that is there is not changed."},
		Examples: "- community.general.lvg:\n    vg: data\n    pvs: [/dev/sdb, /dev/sdc]\n",
	},
})

// lvgRun is one call.
type lvgRun struct {
	lvm
	p       *module.Params
	vg      string
	devices []string
	changed bool
}

func runLvg(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	l := &lvgRun{lvm: lvm{sys}, p: p, vg: p.Str("vg")}
	err := l.run(ctx)
	return programs.Answer(module.Result{Changed: err == nil && l.changed}, err)
}

func (l *lvgRun) run(ctx context.Context) error {
	out, err := l.must(ctx, "Failed executing vgs command.", "vgs", "--noheadings", "-o", "vg_name,pv_count,lv_count", "--separator", ";")
	if err != nil {
		return err
	}
	there, filled := false, false
	for _, row := range rows(out.Stdout, 3) {
		if row[0] == l.vg {
			there, filled = true, amount(row[2]) > 0
		}
	}
	if l.p.Str("state") == "absent" {
		return l.remove(ctx, there, filled)
	}
	if !there && len(l.p.Strs("pvs")) == 0 {
		return programs.Fail("No physical volumes given.")
	}
	for _, d := range l.p.Strs("pvs") {
		if _, err := l.sys.Stat(d); err != nil {
			return programs.Fail("Device %s not found.", d)
		}
		if d = l.sys.Realpath(d); !slices.Contains(l.devices, d) {
			l.devices = append(l.devices, d)
		}
	}
	current, err := l.physical(ctx)
	if err != nil {
		return err
	}
	if !there {
		return l.create(ctx)
	}
	return l.change(ctx, current)
}

// do makes a change, unless it is check mode.
func (l *lvgRun) do(ctx context.Context, msg string, argv ...string) error {
	l.changed = true
	if l.p.Check {
		return nil
	}
	_, err := l.must(ctx, msg, argv...)
	return err
}

func (l *lvgRun) remove(ctx context.Context, there, filled bool) error {
	switch {
	case !there:
		return nil
	case filled && !l.p.Bool("force"):
		return programs.Fail("Refuse to remove non-empty volume group %s without force=true", l.vg)
	}
	return l.do(ctx, "Failed to remove volume group "+l.vg, "vgremove", "--force", l.vg)
}

// physical gives the physical volumes of the group. A device of another group is a failure.
func (l *lvgRun) physical(ctx context.Context) (current []string, err error) {
	out, err := l.must(ctx, "Failed executing pvs command.", "pvs", "--noheadings", "-o", "pv_name,vg_name", "--separator", ";")
	if err != nil {
		return nil, err
	}
	for _, row := range rows(out.Stdout, 2) {
		device := l.sys.Realpath(row[0])
		switch {
		case row[1] == l.vg:
			current = append(current, device)
		case row[1] != "" && slices.Contains(l.devices, device):
			return nil, programs.Fail("Device %s is already in %s volume group.", row[0], row[1])
		}
	}
	return current, nil
}

// words splits an argument of options.
func (l *lvgRun) words(arg string) ([]string, error) {
	w, err := shellwords.Split(l.p.Str(arg))
	if err != nil {
		return nil, programs.Fail("%s: %v", arg, err)
	}
	return w, nil
}

func (l *lvgRun) create(ctx context.Context) error {
	options, err := l.words("vg_options")
	if err != nil {
		return err
	}
	if state := l.p.Str("state"); state != "present" && !strings.Contains(l.p.Str("vg_options"), "autoactivation") {
		auto, err := l.autoactivation(ctx, "vgcreate")
		if err != nil {
			return err
		}
		if auto {
			options = append(options, "--setautoactivation", yes(state == "active"))
		}
	}
	if err := l.prepare(ctx, l.devices); err != nil {
		return err
	}
	argv := slices.Concat([]string{"vgcreate"}, options, []string{"-s", l.p.Str("pesize"), l.vg}, l.devices)
	return l.do(ctx, "Creating volume group '"+l.vg+"' failed", argv...)
}

func yes(b bool) string {
	if b {
		return "y"
	}
	return "n"
}

// autoactivation reports whether the program knows of it: since LVM 2.03.12.
func (l *lvgRun) autoactivation(ctx context.Context, program string) (bool, error) {
	out, err := l.call(ctx, program, "--help")
	return strings.Contains(out.Stdout+out.Stderr, "autoactivation"), err
}

// prepare makes physical volumes of devices.
func (l *lvgRun) prepare(ctx context.Context, devices []string) error {
	options, err := l.words("pv_options")
	if err != nil {
		return err
	}
	for _, d := range devices {
		if err := l.do(ctx, "Creating physical volume '"+d+"' failed", slices.Concat([]string{"pvcreate"}, options, []string{"-f", d})...); err != nil {
			return err
		}
	}
	return nil
}

// change gives a group that is there its state and its devices.
func (l *lvgRun) change(ctx context.Context, current []string) error {
	state := l.p.Str("state")
	if state == "inactive" { // a new UUID needs that
		if err := l.activate(ctx, false); err != nil {
			return err
		}
	}
	if l.p.Bool("reset_vg_uuid") {
		if err := l.do(ctx, "Failed to reset volume group "+l.vg+" UUID", "vgchange", "-u", l.vg); err != nil {
			return err
		}
	}
	if err := l.physicals(ctx, current); err != nil {
		return err
	}
	if state == "active" {
		return l.activate(ctx, true)
	}
	return nil
}

// physicals gives the group its physical volumes.
func (l *lvgRun) physicals(ctx context.Context, current []string) error {
	var added, extra []string
	for _, d := range l.devices {
		switch {
		case !slices.Contains(current, d):
			added = append(added, d)
			continue
		case l.p.Bool("pvresize"):
			if err := l.pvresize(ctx, d); err != nil {
				return err
			}
		}
		if l.p.Bool("reset_pv_uuid") {
			if err := l.do(ctx, "Failed to reset physical volume "+d+" UUID", "pvchange", "-u", d); err != nil {
				return err
			}
		}
	}
	for _, d := range current {
		if len(l.devices) > 0 && l.p.Bool("remove_extra_pvs") && !slices.Contains(l.devices, d) {
			extra = append(extra, d)
		}
	}
	if len(added) > 0 {
		if err := l.prepare(ctx, added); err != nil {
			return err
		}
		msg := fmt.Sprintf("Unable to extend %s by %s.", l.vg, strings.Join(added, " "))
		if err := l.do(ctx, msg, append([]string{"vgextend", l.vg}, added...)...); err != nil {
			return err
		}
	}
	if len(extra) == 0 {
		return nil
	}
	msg := fmt.Sprintf("Unable to reduce %s by %s.", l.vg, strings.Join(extra, " "))
	return l.do(ctx, msg, append([]string{"vgreduce", "--force", l.vg}, extra...)...)
}

// pvresize lets a physical volume have all of its device.
func (l *lvgRun) pvresize(ctx context.Context, device string) error {
	out, err := l.must(ctx, "Failed executing pvs command.", "pvs", "--noheadings", "--nosuffix", "--units", "b", "-o", "dev_size,pv_size,pe_start,vg_extent_size", "--separator", ";", device)
	if err != nil {
		return err
	}
	for _, row := range rows(out.Stdout, 4) {
		dev, size, start, extent := amount(row[0]), amount(row[1]), amount(row[2]), amount(row[3])
		if extent > 0 && dev-start-size >= extent {
			return l.do(ctx, "Failed executing pvresize command.", "pvresize", device)
		}
	}
	return nil
}

// activate makes the group's logical volumes active or inactive, now and at the next start.
func (l *lvgRun) activate(ctx context.Context, active bool) error {
	out, err := l.must(ctx, "Failed executing lvs command.", "lvs", "--noheadings", "-o", "lv_attr", l.vg)
	if err != nil {
		return err
	}
	now, later := false, false // to be changed
	for attr := range strings.FieldsSeq(out.Stdout) {
		now = now || len(attr) > 4 && (attr[4] == 'a') != active
	}
	auto, err := l.autoactivation(ctx, "vgchange")
	if err != nil {
		return err
	}
	if auto {
		out, err := l.must(ctx, "Failed executing vgs command.", "vgs", "--noheadings", "-o", "autoactivation", l.vg)
		if err != nil {
			return err
		}
		later = (strings.TrimSpace(out.Stdout) == "enabled") != active
	}
	msg := "Failed to deactivate"
	if active {
		msg = "Failed to activate"
	}
	if later {
		if err := l.do(ctx, msg+" volume group "+l.vg, "vgchange", "--setautoactivation", yes(active), l.vg); err != nil {
			return err
		}
	}
	if !now {
		return nil
	}
	return l.do(ctx, msg+" volume group "+l.vg, "vgchange", "--activate", yes(active), l.vg)
}
