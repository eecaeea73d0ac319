package cli

import (
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/config"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// setting gives a setting of the run, or of a plugin, for the lookup config.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/config_lookup.html
func (r *run) setting(q lookups.Query) (lookups.Setting, bool, error) {
	name := q.Name
	if q.PluginType != "" {
		plugin := q.PluginType + "/" + strings.TrimPrefix(q.PluginName, "ansible.builtin.") + "/"
		if !hasPlugin(plugin) {
			return lookups.Setting{}, false, fmt.Errorf("Unable to load %s plugin '%s'.", q.PluginType, q.PluginName) //nolint:staticcheck // Ansible's words
		}
		name = plugin + name
	} else if name == "CONFIG_FILE" {
		return lookups.Setting{Value: textOrNone(r.settings.File())}, true, nil
	}
	d, ok := config.Lookup(name)
	if !ok || q.PluginType == "" && strings.Contains(name, "/") {
		return lookups.Setting{}, false, nil
	}
	return lookups.Setting{Value: settingValue(r.settings, d), Origin: r.settings.Origin(name).String()}, true, nil
}

// hasPlugin reports whether settings are known whose names begin with "TYPE/PLUGIN/".
func hasPlugin(prefix string) bool {
	for _, n := range config.Names() {
		if strings.HasPrefix(n, prefix) {
			return true
		}
	}
	return false
}

func textOrNone(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.NewStr(s)
}

// settingValue gives a setting with its type.
func settingValue(s *config.Settings, d config.Def) value.Value {
	if d.Default == config.None && s.Origin(d.Name).Kind == "default" {
		return value.None
	}
	switch d.Type {
	case config.Bool:
		return value.Bool(s.Bool(d.Name))
	case config.Int:
		return value.NewInt(int64(s.Int(d.Name)))
	case config.Float:
		return value.NewFloat(s.Float(d.Name))
	case config.List:
		return texts(s.List(d.Name))
	case config.Path:
		return textOrNone(s.Path(d.Name))
	case config.PathSpec, config.PathList:
		return texts(s.Paths(d.Name))
	}
	return value.NewStr(s.String(d.Name))
}

func texts(list []string) value.Value {
	out := value.NewList()
	for _, s := range list {
		out.Append(value.NewStr(s))
	}
	return out
}
