package lookups

import (
	"context"
	"fmt"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(&Def{Name: "config", Run: runConfig, Options: []Option{
	{Name: "on_missing", Type: Str, Default: value.NewStr("error"), Choices: []string{"error", "warn", "skip"}, Help: "What to do about a setting that does not exist."},
	{Name: "plugin_type", Type: Str, Choices: []string{"become", "cache", "callback", "cliconf", "connection", "httpapi", "inventory", "lookup", "netconf", "shell", "vars"}, Help: "The type of the plugin whose setting it is."},
	{Name: "plugin_name", Type: Str, Help: "The plugin whose setting it is."},
	{Name: "show_origin", Type: Bool, Default: value.False, Help: "Give pairs of the value and where it comes from."},
}})

// runConfig gives settings of the run.
// Source: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/config_lookup.html
func runConfig(_ context.Context, c *Call) ([]value.Value, error) {
	kind, plugin := c.str("plugin_type"), c.str("plugin_name")
	if (kind == "") != (plugin == "") {
		return nil, fmt.Errorf("Both plugin_type and plugin_name are required, cannot use one without the other.") //nolint:staticcheck // Ansible's words
	}
	var out []value.Value
	for _, t := range c.Terms {
		name, ok := t.(value.Str)
		if !ok {
			return nil, fmt.Errorf("Invalid setting identifier, %s is not a <class 'str'>, its a <class '%s'>.", shown(t), t.Type()) //nolint:staticcheck // Ansible's words
		}
		s, ok, err := c.Setting(Query{Name: name.String(), PluginType: kind, PluginName: plugin})
		if err != nil {
			return nil, err
		}
		if !ok {
			missing := fmt.Sprintf("No config definition exists for '%s'.", name)
			if kind != "" {
				missing = fmt.Sprintf("No config definition exists for '%s' for '%s' %s plugin.", name, plugin, kind)
			}
			switch c.str("on_missing") {
			case "error":
				return nil, fmt.Errorf("%s", missing)
			case "warn":
				c.Warn(fmt.Sprintf("Skipping %s: %s", name, missing))
			}
			continue
		}
		if c.bool("show_origin") {
			out = append(out, value.NewTuple(s.Value, value.NewStr(s.Origin)))
		} else {
			out = append(out, s.Value)
		}
	}
	return out, nil
}
