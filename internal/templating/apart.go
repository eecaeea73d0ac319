package templating

import "strings"

// Ansible tells some failures of plugins apart from "The filter plugin failed": those that a plugin reports about another
// error that it caught. Which, is known from running it.

// apartFailures are the beginnings of such messages by the full name of the plugin; "" stands for all of them.
var apartFailures = map[string][]string{
	"ansible.builtin.comment":              {"Invalid style "},
	"ansible.builtin.difference":           {""},
	"ansible.builtin.attr":                 {"attribute name must be string"},
	"ansible.builtin.hash":                 {"unsupported hash type", "new() argument ", "unhashable type"},
	"ansible.builtin.intersect":            {""},
	"ansible.builtin.items2dict":           {"items2dict requires each dictionary", "items2dict requires a list of dictionaries"},
	"ansible.builtin.rekey_on_member":      {"Key "},
	"ansible.builtin.strftime":             {"Invalid value for epoch value"},
	"ansible.builtin.subelements":          {"could not find "},
	"ansible.builtin.symmetric_difference": {""},
	"ansible.builtin.to_uuid":              {"Invalid value "},
	"ansible.builtin.union":                {""},
	"ansible.builtin.version":              {"Version comparison failed: ", "Invalid version type "},
	"ansible.utils.cidr_merge":             {"cidr_merge: error in netaddr"},
	"ansible.utils.hwaddr":                 {"hwaddr: not a hardware address"},
	"ansible.utils.macaddr":                {"macaddr: not a hardware address"},
	"ansible.utils.ipcut":                  {"You must pass a valid IP address"},
	"ansible.utils.ipv6form":               {"You must pass a valid IP address"},
	"ansible.utils.usable_range":           {""},
	"community.general.from_csv":           {"Dialect "},
	"community.general.json_query":         {"JMESPathError in ", "Error in jmespath.search "},
}

// splitFailures are messages that are cut into an outer and an inner one, at the end of the text named.
var splitFailures = map[string]string{
	"ansible.builtin.unvault": "Unable to decrypt: ",
	"ansible.builtin.vault":   "Unable to encrypt: ",
}

// standsApart cuts the message of a failed plugin into what is told with its name and what is told apart, with a hint;
// inner is "" when nothing is.
func standsApart(name, msg string) (outer, inner, help string) {
	if cut, ok := splitFailures[name]; ok && strings.HasPrefix(msg, cut) {
		return strings.TrimSuffix(cut, ": "), msg[len(cut):], ""
	}
	for _, begin := range apartFailures[name] {
		if strings.HasPrefix(msg, begin) && !notApart(name, msg) {
			if name == "ansible.builtin.comment" {
				help = "Available styles: plain, erlang, c, cblock, xml"
			}
			return "", msg, help
		}
	}
	return msg, "", ""
}

// notApart are exceptions: messages that stand with the name all the same.
func notApart(name, msg string) bool {
	return name == "ansible.builtin.rekey_on_member" && strings.Contains(msg, "is not unique") ||
		name == "ansible.builtin.union" && msg == "unsupported operand type(s) for +: 'NoneType' and 'list'" ||
		strings.Contains(msg, "positional argument") || strings.Contains(msg, "unexpected keyword")
}
