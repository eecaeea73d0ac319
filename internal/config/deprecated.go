package config

import (
	"fmt"
	"strings"
)

// deprecated are the settings that ansible-core 2.19 will drop, as `ansible-config list` tells: why, what to take in their place, and
// the version that has them no more. In the order in which they are told.
var deprecated = []struct{ name, why, instead, until string }{
	{"ANSIBLE_CONNECTION_PATH", "This setting has no effect.", "none", "2.22"},
	{"DEFAULT_ALLOW_UNSAFE_LOOKUPS", "This option is no longer used in the Ansible Core code base.", "Lookup plugins are responsible for tagging strings containing templates to allow evaluation as a template.", "2.23"},
	{"DEFAULT_JINJA2_EXTENSIONS", "Jinja2 extensions have been deprecated", "Ansible-supported Jinja plugins (tests, filters, lookups)", "2.23"},
	{"DEFAULT_JINJA2_NATIVE", "This option is no longer used in the Ansible Core code base.", "Jinja2 native mode is now the default and only option.", "2.23"},
	{"DEFAULT_LIBVIRT_LXC_NOSECLABEL", "This option was moved to the plugin itself", "Use the option from the plugin itself.", "2.22"},
	{"DEFAULT_MANAGED_STR", "The `ansible_managed` variable can be set just like any other variable, or a different variable can be used.", "Set the `ansible_managed` variable, or use any custom variable in templates.", "2.23"},
	{"DEFAULT_NULL_REPRESENTATION", "This option is no longer used in the Ansible Core code base.", "There is no alternative at the moment. A different mechanism would have to be implemented in the current code base.", "2.23"},
	{"DEFAULT_UNDEFINED_VAR_BEHAVIOR", "This option is no longer used in the Ansible Core code base.", "There is no alternative at the moment. A different mechanism would have to be implemented in the current code base.", "2.23"},
	{"PARAMIKO_HOST_KEY_AUTO_ADD", "This option was moved to the plugin itself", "Use the option from the plugin itself.", "2.20"},
	{"PARAMIKO_LOOK_FOR_KEYS", "This option was moved to the plugin itself", "Use the option from the plugin itself.", "2.20"},
	{"STRING_TYPE_FILTERS", "This option has no effect.", "None; native types returned from filters are always preserved.", "2.23"},
}

// Deprecated returns what is to be said of settings that somebody has set and that ansible-core will drop.
func (s *Settings) Deprecated() []string {
	var told []string
	for _, d := range deprecated {
		if Known(d.name) && s.Origin(d.name).Kind != "default" {
			told = append(told, fmt.Sprintf("%s option. Reason: %s\nAlternatives: %s. This feature will be removed from ansible-core version %s.\n", d.name, d.why, strings.TrimSuffix(d.instead, "."), d.until))
		}
	}
	return told
}
