package docker

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// wantVolumes tells apart what is bound to a place of the host, or is a volume with a name, and volumes without.
func (ct *container) wantVolumes() error {
	binds, anonymous, seen := []string{}, value.NewDict(), map[string]bool{}
	for _, s := range ct.p.Strs("volumes") {
		parts := strings.Split(s, ":")
		if len(parts) == 1 || len(parts) > 3 { // Ansible takes what has too many colons for a path too
			anonymous.SetStr(s, value.NewDict())
			continue
		}
		mode := "rw"
		if len(parts) == 3 {
			mode = parts[2]
		}
		if seen[parts[1]] {
			return refuse("The mount point %q appears twice in the volumes option", parts[1])
		}
		seen[parts[1]] = true
		for m := range strings.SplitSeq(mode, ",") {
			if !slices.Contains(volumeModes, m) {
				return refuse("Found invalid volumes mode: %s", m)
			}
		}
		from := parts[0]
		if strings.HasPrefix(from, "~") || strings.HasPrefix(from, ".") {
			from = module.ExpandUser(from, module.EnvOf(ct.sys))
			if !path.IsAbs(from) {
				from = path.Join(ct.sys.Dir(), from)
			}
			from = path.Clean(from)
		}
		binds = append(binds, from+":"+parts[1]+":"+mode)
	}
	if ct.p.Has("volumes") {
		ct.host.SetStr("Binds", strs(binds))
	}
	if ct.p.Has("volumes") {
		ct.body.SetStr("Volumes", anonymous)
	}
	ct.wanted("volumes", set, strs(keys(anonymous)), func(info *value.Dict) value.Value {
		if d := engine.Dict(info, "Config", "Volumes"); d != nil {
			return strs(keys(d))
		}
		return nil
	})
	ct.wanted("volume_binds", set, strs(binds), hostConfig("Binds"))
	return nil
}

// volumeModes are the words after the second colon.
var volumeModes = []string{"rw", "ro", "z", "Z", "consistent", "delegated", "cached", "rprivate", "private", "rshared", "shared", "rslave", "slave", "nocopy"}

// mountOnly are the suboptions of mounts that are for some types only.
var mountOnly = map[string]string{
	"propagation": "bind", "no_copy": "volume", "labels": "volume", "volume_driver": "volume", "volume_options": "volume", "tmpfs_size": "tmpfs", "tmpfs_mode": "tmpfs",
}

func (ct *container) wantMounts() error {
	if !ct.p.Has("mounts") {
		return nil
	}
	made, told, seen := value.NewList(), value.NewList(), map[string]bool{}
	for _, e := range ct.p.List("mounts") {
		m := value.NewDict() // as it is told: what is given
		for it := e.(*value.Dict).Iterate(); it.Next(); {
			if name, _, _ := it.Name(); it.Stored() != value.None {
				m.SetStr(name, it.Stored())
			}
		}
		kind, at := engine.Str(m, "type"), engine.Str(m, "target")
		if seen[at] {
			return refuse("The mount point %q appears twice in the mounts option", at)
		}
		seen[at] = true
		for it := m.Iterate(); it.Next(); {
			name, _, _ := it.Name()
			if only := mountOnly[name]; only != "" && only != kind {
				return refuse("%s cannot be specified for mount %q of type %q (needs type %q)", name, at, kind, only)
			}
		}
		if engine.Str(m, "source") == "" && kind != "tmpfs" && kind != "volume" {
			return refuse("source must be specified for mount %q of type %q", at, kind)
		}
		if s := engine.Str(m, "tmpfs_size"); s != "" {
			n, err := bytesOf(s)
			if err != nil {
				return refuse("Failed to convert tmpfs_size of mount %q to bytes: %v", at, err)
			}
			m.SetStr("tmpfs_size", value.NewInt(n))
		}
		if s := engine.Str(m, "tmpfs_mode"); s != "" {
			n, err := strconv.ParseInt(s, 8, 64)
			if err != nil {
				return refuse("tmp_fs mode of mount %q is not an octal string!", at)
			}
			m.SetStr("tmpfs_mode", value.NewInt(n))
		}
		told.Append(m)
		made.Append(mountBody(m))
	}
	ct.host.SetStr("Mounts", made)
	ct.wanted("mounts", dicts, told, func(info *value.Dict) value.Value {
		out := value.NewList()
		for _, e := range engine.List(info, "HostConfig", "Mounts") {
			out.Append(mountTold(e))
		}
		return out
	})
	return nil
}

// mountBody is a mount as the engine takes it.
func mountBody(m *value.Dict) *value.Dict {
	out := value.DictOf("Target", m.Stored("target"), "Source", orNone(engine.At(m, "source")), "Type", m.Stored("type"), "ReadOnly", orNone(engine.At(m, "read_only")))
	if v := engine.At(m, "consistency"); v != nil {
		out.SetStr("Consistency", v)
	}
	put := func(d *value.Dict, key, arg string) {
		if v := engine.At(m, arg); v != nil {
			d.SetStr(key, v)
		}
	}
	bind, vol, mem := value.NewDict(), value.NewDict(), value.NewDict()
	put(bind, "Propagation", "propagation")
	put(vol, "NoCopy", "no_copy")
	put(vol, "Labels", "labels")
	if m.Has("volume_driver") {
		driver := value.DictOf("Name", m.Stored("volume_driver"))
		put(driver, "Options", "volume_options")
		vol.SetStr("DriverConfig", driver)
	}
	put(mem, "Mode", "tmpfs_mode")
	put(mem, "SizeBytes", "tmpfs_size")
	for key, d := range map[string]*value.Dict{"BindOptions": bind, "VolumeOptions": vol, "TmpfsOptions": mem} {
		if d.Len() > 0 {
			out.SetStr(key, d)
		}
	}
	return out
}

// mountTold is a mount of a container in the words of the arguments.
func mountTold(e value.Value) *value.Dict {
	orEmpty := func(v value.Value) value.Value {
		if v == nil {
			return value.NewDict()
		}
		return v
	}
	return value.DictOf(
		"type", orNone(engine.At(e, "Type")), "source", orNone(engine.At(e, "Source")), "target", orNone(engine.At(e, "Target")),
		"read_only", value.Bool(engine.Bool(e, "ReadOnly")), "consistency", orNone(engine.At(e, "Consistency")),
		"propagation", orNone(engine.At(e, "BindOptions", "Propagation")), "no_copy", value.Bool(engine.Bool(e, "VolumeOptions", "NoCopy")),
		"labels", orEmpty(engine.At(e, "VolumeOptions", "Labels")), "volume_driver", orNone(engine.At(e, "VolumeOptions", "DriverConfig", "Name")),
		"volume_options", orEmpty(engine.At(e, "VolumeOptions", "DriverConfig", "Options")),
		"tmpfs_size", orNone(engine.At(e, "TmpfsOptions", "SizeBytes")), "tmpfs_mode", orNone(engine.At(e, "TmpfsOptions", "Mode")),
	)
}
