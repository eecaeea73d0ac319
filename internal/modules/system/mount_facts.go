package system

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.mount_facts", Check: module.Full, Run: runMountFacts,
	Args: module.Args{
		{Name: "devices", Type: module.List, Elements: module.Str, Help: "Patterns of the devices and remote filesystems that are wanted."},
		{Name: "fstypes", Type: module.List, Elements: module.Str, Help: "Patterns of the types of filesystems that are wanted."},
		{Name: "sources", Type: module.List, Elements: module.Str, Help: "Where to look: files, mount, and the groups all, static and dynamic."},
		{Name: "mount_binary", Type: module.Raw, Default: "mount", Help: "The program of the source mount, also asked where no file of the group dynamic is there; null for none."},
		{Name: "timeout", Type: module.Float, Help: "Seconds that a filesystem or a program may take."},
		{Name: "on_timeout", Default: "error", Choices: []string{"error", "warn", "ignore"}, Help: "What to do when it takes longer."},
		{Name: "include_aggregate_mounts", Type: module.Bool, Help: "Return aggregate_mounts: every definition, in place of the first for each mount point; unset warns where there are several."},
	},
	Doc: module.Doc{
		Short:    "The mounts of a machine, as facts.",
		Examples: "- ansible.builtin.mount_facts:\n    sources: [dynamic]\n    devices: \"[!/]*\"\n    timeout: 10\n    on_timeout: warn\n",
		Returns: []module.Return{
			{Name: "ansible_facts", Type: "dict", When: "success", Help: "mount_points: the mounts by their places; aggregate_mounts: a list of all."},
		},
	},
})

var (
	dynamicMounts = []string{"/etc/mtab", "/proc/mounts", "/etc/mnttab"}
	staticMounts  = []string{"/etc/fstab", "/etc/vfstab", "/etc/filesystems"}
)

// mountFacts is one call of mount_facts.
type mountFacts struct {
	sys     target.System
	p       *module.Params
	timeout time.Duration // of one program or filesystem, 0 is none
	took    string        // the timeout as messages tell it
	binary  *string       // the program mount, nil is none
	uuids   map[string]string
}

func runMountFacts(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	m := &mountFacts{sys: sys, p: p}
	sources, err := m.read()
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	points, all := value.NewDict(), value.NewList()
	var repeats []string
	lists, err := m.lists(ctx, sources)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	for _, l := range lists {
		seen, twice := map[string]bool{}, false
		names := value.NewList()
		for _, e := range l.mounts {
			if !m.wanted(e) {
				continue
			}
			d, err := m.facts(ctx, l.source, e)
			if err != nil {
				return programs.Answer(module.Result{}, err)
			}
			names.Append(value.NewStr(e.mount))
			twice = twice || seen[e.mount]
			seen[e.mount] = true
			all.Append(d)
			if points.Stored(e.mount) == nil {
				points.SetStr(e.mount, d)
			}
		}
		if twice {
			text, err := value.Repr(names)
			if err != nil {
				return module.Result{}, err
			}
			repeats = append(repeats, fmt.Sprintf("%s (%s)", l.source, text))
		}
	}
	if len(repeats) > 0 && !p.Has("include_aggregate_mounts") {
		p.Warn("mount_facts: ignoring repeat mounts in the following sources: " + strings.Join(repeats, ", ") +
			". You can disable this warning by configuring the 'include_aggregate_mounts' option as True or False.")
	}
	if !p.Bool("include_aggregate_mounts") {
		all = value.NewList()
	}
	var r module.Result
	r.Set("ansible_facts", value.DictOf("mount_points", points, "aggregate_mounts", all))
	return r, nil
}

// read checks the arguments and gives the sources without the names of groups.
func (m *mountFacts) read() ([]string, error) {
	p := m.p
	if p.Has("timeout") {
		m.took, _ = value.Repr(p.Value("timeout")) // of a float it can't fail
		if p.Float("timeout") <= 0 {
			return nil, programs.Fail("argument 'timeout' must be a positive number or null, not %s", m.took)
		}
		m.timeout = max(1, time.Duration(p.Float("timeout")*float64(time.Second)))
	}
	switch v := p.Value("mount_binary").(type) {
	case value.Str:
		name := v.String()
		m.binary = &name
	default:
		if v != value.None {
			text, err := value.Repr(v)
			if err != nil {
				return nil, err
			}
			return nil, programs.Fail("argument 'mount_binary' must be a string or null, not %s", text)
		}
	}
	given := p.Strs("sources")
	if slices.Contains(given, "") {
		return nil, programs.Fail("sources contains an empty string")
	}
	if repeated(given) {
		text, err := value.Repr(p.Value("sources"))
		if err != nil {
			return nil, err
		}
		p.Warn("mount_facts option 'sources' contains duplicate entries, repeat sources will be ignored: " + text)
	}
	if len(given) == 0 {
		given = []string{"all"}
	}
	var out []string
	for _, s := range given {
		switch s {
		case "all":
			out = append(append(out, dynamicMounts...), staticMounts...)
		case "dynamic":
			out = append(out, dynamicMounts...)
		case "static":
			out = append(out, staticMounts...)
		default:
			out = append(out, s)
		}
	}
	if slices.Contains(out, "mount") && m.binary == nil {
		return nil, programs.Fail("sources contains mount, but mount_binary is null")
	}
	return out, nil
}

func repeated(list []string) bool {
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			return true
		}
	}
	return false
}

// mountList is what one source tells.
type mountList struct {
	source string
	mounts []mountEntry
}

// lists asks the sources, each once: a file that is known by another name already is left out. Where files of the group
// dynamic are wanted and none is there, the program mount is asked.
func (m *mountFacts) lists(ctx context.Context, sources []string) ([]mountList, error) {
	var out []mountList
	done := map[string]bool{}
	wantsDynamic, hasDynamic := false, false
	for _, s := range sources {
		if s == "mount" {
			continue
		}
		dynamic := slices.Contains(dynamicMounts, s)
		wantsDynamic = wantsDynamic || dynamic
		if real := m.sys.Realpath(s); !done[real] {
			done[real] = true
			b, err := target.ReadFile(m.sys, s)
			if err == nil && len(b) > 0 {
				l := mountList{s, parseMountFile(string(b))}
				out = append(out, l)
				hasDynamic = hasDynamic || dynamic && len(l.mounts) > 0
			}
		}
	}
	at := slices.Index(sources, "mount")
	if at < 0 && (!wantsDynamic || hasDynamic || m.binary == nil) {
		return out, nil
	}
	text, err := m.askMount(ctx)
	if err != nil {
		return nil, err
	}
	before := len(out) // the place of what mount tells among the lists
	if at >= 0 {
		before = 0
		for before < len(out) && slices.Index(sources, out[before].source) < at {
			before++
		}
	}
	return slices.Insert(out, before, mountList{"mount", parseMountOutput(text)}), nil
}
