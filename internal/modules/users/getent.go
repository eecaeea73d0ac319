package users

import (
	"context"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/programs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var _ = Set.Add(module.Def{
	Name: "ansible.builtin.getent", Check: module.Full, Run: runGetent,
	Args: module.Args{
		{Name: "database", Required: true, Help: "The database: passwd, group, hosts, services and so on."},
		{Name: "key", ShowLog: true, Help: "The entry; without it all are read."},
		{Name: "service", Help: "The source to ask, in place of those in nsswitch.conf."},
		{Name: "split", Help: "The character between the fields."},
		{Name: "fail_key", Type: module.Bool, Default: true, Help: "Fail when the key is not there."},
	},
	Doc: module.Doc{
		Short:    "Read entries of the system's databases as facts.",
		Examples: "- ansible.builtin.getent:\n    database: passwd\n    key: www-data\n",
		Returns:  []module.Return{{Name: "ansible_facts", Type: "dict", When: "success", Help: "getent_DATABASE: the fields of each entry by its key."}},
	},
})

// getentProblems are what the exit codes of getent(1) mean.
var getentProblems = map[int]string{
	1: "Missing arguments, or database unknown.",
	2: "One or more supplied key could not be found in the database.",
	3: "Enumeration not supported on this database.",
}

func runGetent(ctx context.Context, sys target.System, p *module.Params) (module.Result, error) {
	argv := []string{"getent", p.Str("database")}
	if p.Has("key") {
		argv = append(argv, p.Str("key"))
	}
	if p.Has("service") {
		argv = append(argv, "-s", p.Str("service"))
	}
	out, err := programs.Call(ctx, sys, argv...)
	if err != nil {
		return programs.Answer(module.Result{}, err)
	}
	entries := value.NewDict()
	facts := value.DictOf("getent_"+p.Str("database"), entries)
	r := module.Result{}.With("ansible_facts", facts)
	switch {
	case out.RC == 0:
		splitEntries(entries, out.Stdout, p)
		return r, nil
	case out.RC == 2 && !p.Bool("fail_key"):
		entries.SetStr(p.Str("key"), value.None)
		r.Msg, r.HasMsg = getentProblems[2], true
		return r, nil
	case getentProblems[out.RC] != "":
		return module.Fail("%s", getentProblems[out.RC]), nil
	}
	return module.Fail("Unexpected failure!"), nil
}

// splitEntries cuts lines into the key and the other fields. Without a character the databases of accounts are cut at
// colons, others at blanks. A key that comes again keeps all its entries, as lists of their own.
func splitEntries(entries *value.Dict, text string, p *module.Params) {
	split := p.Str("split")
	if !p.Has("split") && colons[p.Str("database")] {
		split = ":"
	}
	seen := map[string]int{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		var f []string
		if split == "" {
			f = strings.Fields(line)
		} else {
			f = strings.Split(line, split)
		}
		if len(f) == 0 {
			continue
		}
		fields := module.V(append([]string{}, f[1:]...))
		switch seen[f[0]]++; seen[f[0]] {
		case 1:
			entries.SetStr(f[0], fields)
		case 2:
			entries.SetStr(f[0], value.NewList(entries.Stored(f[0]), fields))
		default:
			entries.Stored(f[0]).(*value.List).Append(fields)
		}
	}
}

var colons = map[string]bool{"passwd": true, "shadow": true, "group": true, "gshadow": true}
