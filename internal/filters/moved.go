package filters

// moved maps the short names that left ansible.builtin to where they are now.
var moved = map[string]string{
	"json_query": "community.general.json_query",
	"random_mac": "community.general.random_mac",
}
