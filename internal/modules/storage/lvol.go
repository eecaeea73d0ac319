package storage

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var _ = Set.Add(module.Def{
	Name: "community.general.lvol", Redirects: []string{"ansible.builtin.lvol"}, Check: module.Full, Run: runLvol,
	Args: module.Args{
		{Name: "vg", Required: true, Help: "The volume group."},
		{Name: "lv", Help: "The logical volume; of a snapshot, its origin."},
		{Name: "size", Help: "The size, in megabytes or with a unit of b, s, k, m, g, t, p, e; as a percentage of VG, PVS, FREE or ORIGIN (\"50%VG\"); with + or - in front by how much it is resized."},
		{Name: "opts", Help: "Further options for lvcreate."},
		{Name: "state", Default: "present", Choices: []string{"absent", "present"}, Help: "Whether it is there."},
		{Name: "force", Type: module.Bool, Default: false, Help: "Allow it to be shrunk or removed."},
		{Name: "shrink", Type: module.Bool, Default: true, Help: "Shrink it when it is larger than the size."},
		{Name: "active", Type: module.Bool, Default: true, Help: "Whether it is active."},
		{Name: "snapshot", Help: "The snapshot of lv."},
		{Name: "pvs", Type: module.List, Elements: module.Str, Help: "The physical volumes it may lie on."},
		{Name: "resizefs", Type: module.Bool, Default: false, Help: "Resize the filesystem with it."},
		{Name: "thinpool", Help: "The thin pool; with lv the one that lv lies in."},
	},
	Rules: module.Rules{RequiredOneOf: [][]string{{"lv", "thinpool"}}},
	Doc: module.Doc{
		Short:    "Logical volumes of LVM.",
		Notes:    []string{"With a + or - in the size, or a percentage of FREE, each run resizes it again."},
		Examples: "- community.general.lvol:\n    vg: data\n    lv: kimai\n    size: 20g\n",
		Returns: []module.Return{
			{Name: "vg", Type: "str", When: "it was there", Help: "The volume group."},
			{Name: "lv", Type: "str", When: "it was there", Help: "The logical volume."},
			{Name: "size", Type: "float", When: "it was there", Help: "Its size as it was, in the unit of the argument size."},
		},
	},
})

// lvolRun is one call.
type lvolRun struct {
	lvm
	p    *module.Params
	vg   string
	size lvSize
}

// logicalVolume is one that is there. Sizes are in the unit of the call.
type logicalVolume struct {
	name   string
	size   float64
	active bool
	thin   bool
}

// volumeGroup is the group, with sizes in the unit of the call.
type volumeGroup struct{ size, free, extent float64 }

func runLvol(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	l := &lvolRun{lvm: lvm{sys}, p: p, vg: p.Str("vg")}
	r, err := l.run(ctx)
	return programs.Answer(r, err)
}

func (l *lvolRun) run(ctx context.Context) (module.Result, error) {
	if l.p.Has("size") {
		size, problem := parseLVSize(l.p.Str("size"))
		if problem != "" {
			return module.Fail("%s", problem), nil
		}
		l.size = size
	}
	absent := l.p.Str("state") == "absent"
	group, volumes, gone, err := l.survey(ctx)
	if err != nil {
		return module.Result{}, err
	}
	if gone != nil {
		if absent {
			r := module.Result{}
			return *r.Set("stdout", "Volume group "+l.vg+" does not exist."), nil
		}
		return module.Result{}, l.failed("Volume group "+l.vg+" does not exist.", *gone)
	}
	name, err := l.subject(volumes)
	if err != nil {
		return module.Result{}, err
	}
	lv := find(volumes, name)
	switch {
	case lv == nil && absent:
		return module.Result{HasMsg: true}, nil
	case lv == nil:
		return l.create(ctx, volumes)
	case absent:
		return l.remove(ctx, lv)
	}
	return l.change(ctx, group, lv)
}

// survey asks for the group and its volumes; gone is how vgs has failed.
func (l *lvolRun) survey(ctx context.Context) (group volumeGroup, volumes []logicalVolume, gone *programs.Out, err error) {
	unit := l.size.unit
	if unit == "" {
		unit = "m"
	}
	out, err := l.call(ctx, "vgs", "--noheadings", "--nosuffix", "-o", "vg_name,size,free,vg_extent_size", "--units", unit, "--separator", ";", l.vg)
	if err != nil {
		return group, nil, nil, err
	}
	if out.RC != 0 {
		return group, nil, &out, nil
	}
	for _, row := range rows(out.Stdout, 4) {
		group = volumeGroup{amount(row[1]), amount(row[2]), amount(row[3])}
	}
	out, err = l.call(ctx, "lvs", "-a", "--noheadings", "--nosuffix", "-o", "lv_name,size,lv_attr", "--units", unit, "--separator", ";", l.vg)
	if err != nil {
		return group, nil, nil, err
	}
	if out.RC != 0 {
		return group, nil, &out, nil
	}
	for _, row := range rows(out.Stdout, 3) {
		attr := row[2] + "     "
		volumes = append(volumes, logicalVolume{strings.Trim(row[0], "[]"), amount(row[1]), attr[4] == 'a', attr[0] == 'V'})
	}
	return group, volumes, nil, nil
}

func find(volumes []logicalVolume, name string) *logicalVolume {
	i := slices.IndexFunc(volumes, func(v logicalVolume) bool { return v.name == name })
	if i < 0 {
		return nil
	}
	return &volumes[i]
}

// lv is the argument without the group, which may stand before it.
func (l *lvolRun) lv() string {
	name := l.p.Str("lv")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// subject is the name of what the call is about.
func (l *lvolRun) subject(volumes []logicalVolume) (string, error) {
	snapshot, pool := l.p.Str("snapshot"), l.p.Str("thinpool")
	switch {
	case snapshot == "" && l.size.whole == "ORIGIN":
		return "", programs.Fail("Percentage of ORIGIN supported only for snapshot volumes")
	case snapshot != "" && pool != "":
		return "", programs.Fail("Snapshots of thin pool LVs are not supported.")
	case snapshot != "":
		if find(volumes, l.lv()) == nil {
			return "", programs.Fail("Snapshot origin LV %s does not exist in volume group %s.", l.lv(), l.vg)
		}
		return snapshot, nil
	case pool != "" && l.lv() != "":
		if find(volumes, pool) == nil {
			return "", programs.Fail("Thin pool LV %s does not exist in volume group %s.", pool, l.vg)
		}
		if l.size.percent {
			return "", programs.Fail("Thin volume sizing with percentage not supported.")
		}
	case pool != "":
		return pool, nil
	}
	return l.lv(), nil
}

// tested adds what makes a program of LVM try only.
func (l *lvolRun) tested(argv ...string) []string {
	if l.p.Check {
		argv = append(argv, "--test")
	}
	return argv
}

func (l *lvolRun) create(ctx context.Context, volumes []logicalVolume) (module.Result, error) {
	snapshot, pool := l.p.Str("snapshot"), l.p.Str("thinpool")
	origin := find(volumes, l.lv())
	thinSnapshot := snapshot != "" && origin != nil && origin.thin
	switch {
	case l.size.sign != "":
		return module.Fail("Bad size specification of '%s' for creating LV", l.p.Str("size")), nil
	case !l.p.Has("size") && !thinSnapshot:
		return module.Fail("No size given."), nil
	}
	argv := append(l.tested("lvcreate"), "--yes")
	var size []string
	if l.p.Has("size") {
		size = []string{l.size.option(), l.size.text}
	}
	switch {
	case snapshot != "":
		argv = slices.Concat(argv, size, []string{"-s", "-n", snapshot})
	case pool != "" && l.lv() != "":
		argv = append(argv, "-n", l.lv(), "-V", l.size.text, "-T")
	case pool != "":
		argv = append(slices.Concat(argv, size), "-T")
	default:
		argv = slices.Concat(argv, []string{"-n", l.lv()}, size)
	}
	more, err := shellwords.Split(l.p.Str("opts"))
	if err != nil {
		return module.Fail("opts: %v", err), nil
	}
	argv = append(argv, more...)
	switch {
	case snapshot != "":
		argv = append(argv, l.vg+"/"+l.lv())
	case pool != "":
		argv = append(argv, l.vg+"/"+pool)
	default:
		argv = append(argv, l.vg)
	}
	shown := l.p.Str("lv")
	if !l.p.Has("lv") {
		shown = "None"
	}
	_, err = l.must(ctx, "Creating logical volume '"+shown+"' failed", append(argv, l.p.Strs("pvs")...)...)
	return module.Result{Changed: err == nil, HasMsg: true}, err
}

func (l *lvolRun) remove(ctx context.Context, lv *logicalVolume) (module.Result, error) {
	if !l.p.Bool("force") {
		return module.Fail("Sorry, no removal of logical volume %s without force=true.", lv.name), nil
	}
	argv := append(l.tested("lvremove"), "--force", l.vg+"/"+lv.name)
	_, err := l.must(ctx, "Failed to remove logical volume "+lv.name, argv...)
	return module.Result{Changed: err == nil}, err
}

// change resizes it, and makes it active or inactive.
func (l *lvolRun) change(ctx context.Context, group volumeGroup, lv *logicalVolume) (module.Result, error) {
	r := module.Result{}
	tool, err := l.resizer(group, lv)
	if err != nil {
		return r, err
	}
	if tool != nil {
		if r.Changed, err = l.resize(ctx, tool, lv); err != nil {
			return module.Result{}, err
		}
	}
	if want := l.p.Bool("active"); want != lv.active {
		r.Changed = true
		option, msg := "-ay", "Failed to activate logical volume "
		if !want {
			option, msg = "-an", "Failed to deactivate logical volume "
		}
		if !l.p.Check {
			if _, err := l.must(ctx, msg+lv.name, "lvchange", option, l.vg+"/"+lv.name); err != nil {
				return module.Result{}, err
			}
		}
	}
	r.Set("vg", l.vg).Set("lv", lv.name).Set("size", lv.size)
	return r, nil
}

// resizer is the program that gives the volume its size, nil when it has it.
func (l *lvolRun) resizer(group volumeGroup, lv *logicalVolume) ([]string, error) {
	if !l.p.Has("size") {
		return nil, nil
	}
	want := l.size.number
	if l.size.percent {
		want = l.size.of(group, lv)
	}
	grow, shrinks := want > lv.size, want < lv.size
	switch {
	case l.size.percent:
		shrinks = want+group.extent < lv.size // by more than an extent
	case l.size.sign != "":
		grow, shrinks = l.size.sign == "+", l.size.sign == "-"
	}
	switch {
	case grow && l.size.percent && (group.free <= 0 || group.free < want-lv.size):
		return nil, programs.Fail("Logical Volume %s could not be extended. Not enough free space left (%s%s required / %s%s available)",
			lv.name, pyFloat(want-lv.size), "m", pyFloat(group.free), "m")
	case grow:
		return []string{"lvextend"}, nil
	case !shrinks || !l.p.Bool("shrink"):
		return nil, nil
	case want < 1 && l.size.percent || want == 0:
		return nil, programs.Fail("Sorry, no shrinking of %s to 0 permitted.", lv.name)
	case !l.p.Bool("force"):
		return nil, programs.Fail("Sorry, no shrinking of %s without force=true.", lv.name)
	}
	return []string{"lvreduce", "--force"}, nil
}

// of is how much the percentage is, in whole extents.
func (s lvSize) of(group volumeGroup, lv *logicalVolume) float64 {
	whole := group.size
	switch s.whole {
	case "FREE":
		whole = group.free
	case "ORIGIN":
		whole = lv.size
	}
	want := s.number * whole / 100
	switch s.sign {
	case "+":
		want += lv.size
	case "-":
		want = lv.size - want
	}
	if group.extent > 0 {
		want -= math.Mod(want, group.extent)
	}
	return want
}

// resize runs the program; one that finds nothing to do has changed nothing.
func (l *lvolRun) resize(ctx context.Context, tool []string, lv *logicalVolume) (changed bool, err error) {
	if l.p.Bool("resizefs") {
		tool = append(tool, "--resizefs")
	}
	argv := append(l.tested(tool...), l.size.option(), l.size.sign+l.size.text, l.vg+"/"+lv.name)
	out, err := l.call(ctx, append(argv, l.p.Strs("pvs")...)...)
	switch {
	case err != nil:
		return false, err
	case out.RC == 0:
		return true, nil
	case strings.Contains(out.Stderr, "matches existing size"), strings.Contains(out.Stderr, "not larger than existing size"):
		return false, nil
	}
	return false, l.failed("Unable to resize "+lv.name+" to "+l.size.text, out)
}
