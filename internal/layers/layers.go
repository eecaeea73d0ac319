// Package layers holds the import rules of the house as data: what each room may import of ours, and which rooms may
// import an outside module. Its test holds the code against them. docs/style.md draws the same tree for readers.
package layers

// Floor are the rooms that every room may import.
var Floor = []string{"source", "diag", "secret", "value", "lazyregexp"}

// Rooms says what each room below internal may import of ours besides the floor. A room stands for itself and the
// folders below it; "a/b" is a room of its own. "*" is everything.
var Rooms = map[string][]string{
	"source": {}, "diag": {}, "secret": {}, "value": {}, "lazyregexp": {}, // the floor itself: see FloorOrder

	"yaml": {}, "term": {}, "config": {}, "target": {}, "become": {}, "connection": {}, "connection/ssh": {"connection"}, "connection/all": {"connection", "connection/ssh"},
	"jinja":              {},
	"crypt":              {}, // hashes of passwords, for filters and modules
	"pyregex":            {}, // Python's regular expressions, for what has them in its arguments
	"modules/moduletest": {"agent/server", "connection", "module", "target"},
	"jmespath":           {}, // the language of the filter json_query
	"filters":            {"jinja", "yaml", "vaultfmt", "pyregex", "crypt", "jmespath"},
	"jinjatests":         {"jinja", "yaml", "vaultfmt", "filters", "pyregex"},
	"lookups":            {"jinja", "yaml", "vaultfmt", "filters", "vault/hcv", "pyregex", "crypt"},
	"templating":         {"jinja", "yaml", "filters", "jinjatests", "lookups"},
	"vault":              {"vaultfmt", "yaml", "vault/hcv"},
	"vault/hcv":          {}, // a room of its own: lookups ask HashiCorp Vault too, and know nothing of Ansible Vault's passwords
	"inventory":          {"yaml", "templating"},
	"galaxy":             {"yaml"},
	"vars":               {"inventory", "templating", "yaml", "vault"},
	"playbook":           {"yaml"},
	"module":             {"target"},
	"facts":              {"target"},
	"modules":            {"module", "target", "facts", "pyregex", "crypt"},
	"agent/wire":         {"module"},
	"agent/server":       {"agent/wire", "module", "target"},
	"agent/program":      {"agent/wire", "module"},
	"agent/client":       {"agent/wire", "agent/server", "agent/program", "connection", "become", "module", "modules", "target"},
	"result":             {"module"},
	"event":              {"result"},
	"callback":           {"event", "result", "term", "yaml"},
	"actions":            {"templating", "vars", "yaml", "module", "result", "pyregex"},
	"strategy":           {"playbook", "inventory", "result"},
	"executor":           {"playbook", "vars", "templating", "actions", "module", "modules", "connection", "become", "agent/client", "result", "event"},
	"runner":             {"playbook", "inventory", "vars", "strategy", "executor", "templating", "actions", "module", "result", "event", "record"},
	"record":             {"result"},
	"preflight":          {"playbook", "inventory", "vars", "vault", "templating", "module", "modules", "actions"},
	"ansibleengine":      {"event", "result"},
	"doc": {
		"module", "modules", "actions", "filters", "jinjatests", "jinja", "lookups", "become", "callback", "connection/all", "inventory",
		"playbook", "runner",
	},
	"cli":    {"*"},
	"layers": {}, "conformance": {"*"}, "tools": {"*"},
	"needs": {}, // what tests ask of a machine: for the packages whose names end in "test"
}

// FloorOrder says what a room of the floor may import of the floor: only what stands before it.
var FloorOrder = []string{"lazyregexp", "source", "secret", "diag", "value"}

// Top says what the packages outside of internal may import of ours; "" is the root with the embedded kit.
var Top = map[string][]string{
	"":                     {},
	"vaultfmt":             {},
	"cmd/kimai-ansible":    {"internal/cli"},
	"cmd/kimai-agent":      {"internal/agent/server", "internal/modules/core"},
	"cmd/kimai-agent-more": {"internal/agent/server", "internal/modules/more"},
	"bench/meter":          {},
	"bench/delay":          {},
	"bench/limit":          {},
	"bench/fleet":          {"bench/meter"},
	"bench/ssh":            {"bench/meter", "bench/delay", "bench/limit", "bench/fleet"},
	"bench/soak":           {"bench/meter", "bench/fleet"},
}

// Outside says which rooms may import an outside module, by the beginning of its path. What is not named is for tests
// and tools alone.
var Outside = map[string][]string{
	"golang.org/x/crypto":               {"vaultfmt", "vault", "crypt", "filters", "connection/ssh", "modules", "modules/moduletest", "bench/fleet", "bench/limit"},
	"golang.org/x/sys":                  {"term", "connection", "target", "vault", "cli", "modules", "facts", "agent/server", "bench/fleet", "bench/meter"},
	"golang.org/x/text":                 {"filters", "jinja"},
	"golang.org/x/term":                 {"term"},
	"github.com/urfave/cli/v2":          {"cli"},
	"go.yaml.in/yaml/":                  {"yaml"},
	"github.com/dlclark/regexp2/v2":     {"pyregex", "modules"},
	"github.com/pmezard/go-difflib":     {"callback"},
	"github.com/BurntSushi/toml":        {"inventory"},
	"github.com/mattn/go-runewidth":     {"callback"},
	"github.com/hashicorp/vault/api":    {"vault/hcv"},
	"github.com/zeebo/xxh3":             {"agent/wire"},
	"github.com/bmatcuk/doublestar/v4":  {"vault"},
	"github.com/ccojocar/zxcvbn-go":     {"vault"},
	"github.com/kevinburke/ssh_config":  {"connection/ssh"},
	"github.com/flosch/pongo2/v6":       {"cli", "callback", "tools"},
	"github.com/apenella/go-ansible/v2": {"ansibleengine"},
}
