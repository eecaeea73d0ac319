package preflight

import (
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// lack is a value of an argument that Ansible's module takes and ours refuses.
type lack struct {
	arg     string
	refuses func(v value.Value) bool // v is nil when the argument is not given
	why     string
}

// lacks are the values that modules refuse, by the modules' full names. A test holds the names of arguments against a
// list of Ansible's: there ours lack none.
var lacks = map[string][]lack{
	"ansible.builtin.assemble": {{"remote_src", func(v value.Value) bool {
		if v == nil {
			return true
		}
		yes, err := module.ToBool(v)
		return err == nil && yes
	}, "fragments on the target are not read: say remote_src: false for those of the control node"}},
	"ansible.builtin.apt":                 {{"deb", holds("://"), "an address is not fetched: get_url does that"}},
	"ansible.builtin.apt_repository":      {{"repo", begins("ppa:"), "a PPA is not looked up: give the deb line"}},
	"ansible.builtin.deb822_repository":   {{"signed_by", holds("://"), "a key is not fetched: get_url does that"}},
	"community.crypto.x509_certificate":   {{"provider", is("acme"), "certificates are made by selfsigned and ownca"}},
	"community.crypto.openssl_privatekey": {{"type", is("DSA", "Ed448", "X448"), "keys of this type are not made"}},
}

func holds(part string) func(value.Value) bool {
	return func(v value.Value) bool { s, ok := v.(value.Str); return ok && strings.Contains(s.String(), part) }
}

func begins(start string) func(value.Value) bool {
	return func(v value.Value) bool { s, ok := v.(value.Str); return ok && strings.HasPrefix(s.String(), start) }
}

func is(words ...string) func(value.Value) bool {
	return func(v value.Value) bool { s, ok := v.(value.Str); return ok && contains(words, s.String()) }
}

// lacking warns of a task that its module will refuse: Ansible's takes the value, ours does not.
func (c *checker) lacking(t *playbook.Task) {
	full := t.Action
	if !strings.Contains(full, ".") || strings.HasPrefix(full, "ansible.legacy.") {
		full = "ansible.builtin." + playbook.BuiltinName(full)
	}
	for _, l := range lacks[full] {
		given := t.Args.Stored(l.arg)
		if given == nil && (freeForm(t) || t.ArgsTemplate != nil || t.Inherited(playbook.ModuleDefaults) != nil) || !l.refuses(given) {
			continue
		}
		pos := value.OriginOf(given)
		if !pos.IsValid() {
			pos = t.ActionPos
		}
		c.found.Warnings.Add(diag.Errorf(pos, "%s: %s: the task%s fails if it runs: %s", t.Action, l.arg, named(t), l.why).
			Hint("the real ansible-playbook can do it: --engine ansible"))
	}
}
