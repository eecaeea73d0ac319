package modules_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/core"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/more"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestSpecs looks at every module's definition: what is told of it, its arguments, its defaults.
func TestSpecs(t *testing.T) {
	if len(modules.All().Defs()) < 11 {
		t.Fatalf("only %d modules", len(modules.All().Defs()))
	}
	for _, d := range modules.All().Defs() {
		t.Run(d.Name, func(t *testing.T) {
			if d.Doc.Short == "" || !strings.HasSuffix(d.Doc.Short, ".") {
				t.Errorf("what it does: %q", d.Doc.Short)
			}
			if !strings.Contains(d.Doc.Examples, d.Name+":") {
				t.Errorf("no example with its full name: %q", d.Doc.Examples)
			}
			for _, r := range d.Doc.Returns {
				if r.Name == "" || r.Type == "" || r.When == "" || r.Help == "" {
					t.Errorf("result key %+v", r)
				}
			}
			checkArgs(t, d.Name, d.Spec())
			checkRules(t, d.Name, d.Spec(), d.Rules)
		})
	}
}

func checkArgs(t *testing.T, where string, args module.Args) {
	t.Helper()
	seen := map[string]bool{}
	for _, a := range args {
		for _, name := range append([]string{a.Name}, a.Aliases...) {
			if seen[name] {
				t.Errorf("%s: %s is there twice", where, name)
			}
			seen[name] = true
		}
		if a.Help == "" || !strings.HasSuffix(a.Help, ".") {
			t.Errorf("%s: the help of %s is %q", where, a.Name, a.Help)
		}
		if a.Required && a.Default != nil {
			t.Errorf("%s: %s is required and has a default", where, a.Name)
		}
		if (strings.Contains(a.Name, "passphrase") || strings.Contains(a.Name, "password")) && !a.NoLog && !a.ShowLog {
			t.Errorf("%s: %s looks like a secret: NoLog or ShowLog", where, a.Name)
		}
		if a.Default != nil {
			one := &module.Def{Name: "a.b.c", Run: noRun, Args: module.Args{{Name: a.Name, Type: a.Type, Elements: a.Elements, Untyped: a.Untyped, Choices: a.Choices, Options: a.Options}}}
			v := module.Validate(one, "c", value.DictOf(a.Name, module.V(a.Default)), module.Env{})
			if v.Problem != "" {
				t.Errorf("%s: the default of %s: %s", where, a.Name, v.Problem)
			}
		}
		if a.Options != nil {
			checkArgs(t, where+"."+a.Name, a.Options)
			checkRules(t, where+"."+a.Name, a.Options, a.Rules)
		}
	}
}

func noRun(context.Context, target.System, *module.Params) (module.Result, error) {
	return module.Result{}, nil
}

func checkRules(t *testing.T, where string, args module.Args, r module.Rules) {
	t.Helper()
	var names []string
	for _, groups := range [][][]string{r.MutuallyExclusive, r.RequiredOneOf, r.RequiredTogether} {
		for _, g := range groups {
			names = append(names, g...)
		}
	}
	for _, x := range r.RequiredIf {
		names = append(append(names, x.Name), x.Then...)
	}
	for _, x := range r.RequiredBy {
		names = append(append(names, x.Name), x.Needs...)
	}
	for _, n := range names {
		if args.Find(n) == nil {
			t.Errorf("%s: a rule names %s, which is no argument", where, n)
		}
	}
}

func TestFind(t *testing.T) {
	for name, want := range map[string]string{
		"file": "ansible.builtin.file", "ansible.builtin.file": "ansible.builtin.file", "ansible.legacy.file": "ansible.builtin.file",
		"openssl_csr": "community.crypto.openssl_csr", "community.crypto.openssl_csr": "community.crypto.openssl_csr",
		"openssl_certificate": "community.crypto.x509_certificate",
	} {
		if d := modules.Find(name); d == nil || d.Name != want {
			t.Errorf("%s: %v", name, d)
		}
	}
	for _, name := range []string{"", "nosuch", "ansible.builtin.openssl", "ansible.posix.file", "x509_certificate "} {
		if d := modules.Find(name); d != nil {
			t.Errorf("%q is %s", name, d.Name)
		}
	}
}

// TestPartFor: a call goes where its module is, and where the libraries are that it needs.
func TestPartFor(t *testing.T) {
	for _, c := range []struct {
		module string
		args   *value.Dict
		want   module.Part
	}{
		{"command", nil, module.Core},
		{"ansible.legacy.copy", value.NewDict(), module.Core},
		{"nosuch", nil, module.Core},
		{"get_url", nil, module.More},
		{"openssl_privatekey", value.NewDict(), module.More},
		{"community.crypto.openssl_certificate", nil, module.More},
		{"apt", value.DictOf("name", value.NewStr("vim")), module.Core},
		{"apt", value.DictOf("deb", value.NewStr("/srv/a.deb")), module.Core},
		{"apt", value.DictOf("deb", value.NewStr("https://h/a.deb")), module.More},
		{"ansible.builtin.apt_key", value.DictOf("url", value.NewStr("https://h/k"), "state", value.NewStr("present")), module.More},
		{"authorized_key", value.DictOf("key", value.NewStr("ssh-ed25519 AAAA x")), module.Core},
		{"authorized_key", value.DictOf("key", value.NewStr("https://h/u.keys")), module.More},
		{"yum_repository", value.DictOf("baseurl", value.NewStr("https://h/")), module.Core},
		{"zypper_repository", value.DictOf("repo", value.NewStr("https://h/")), module.Core},
		{"zypper_repository", value.DictOf("repo", value.NewStr("https://h/x.repo")), module.More},
		{"user", value.DictOf("name", value.NewStr("u"), "ssh_key_passphrase", value.NewStr("")), module.Core},
		{"user", value.DictOf("name", value.NewStr("u"), "ssh_key_passphrase", value.NewStr("secret")), module.More},
	} {
		if got := modules.PartFor(c.module, c.args); got != c.want {
			t.Errorf("%s %v: %s", c.module, c.args, got)
		}
	}
}

// TestParts: every module is in a part, and a module of the core that wants more is there too.
func TestParts(t *testing.T) {
	for _, d := range modules.All().Defs() {
		inCore, inMore := core.Families.Find(d.Name) != nil, more.Families.Find(d.Name) != nil
		wants := slices.ContainsFunc(d.Args, func(a module.Arg) bool { return a.More != nil })
		if !inCore && !inMore || wants && !inMore {
			t.Errorf("%s: in the core %v, in the other part %v, wants it %v", d.Name, inCore, inMore, wants)
		}
	}
	if modules.Sum(module.Core) == modules.Sum(module.More) {
		t.Error("the parts have the same modules")
	}
}
