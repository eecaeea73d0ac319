package module_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// FuzzValidate: no arguments panic, and a secret is never shown.
func FuzzValidate(f *testing.F) {
	for _, s := range []string{"a=1 b='x, y'", `{"a": [1, None, "\n"]}`, "{'a': (1, True)}", "~/x$HOME", "1.5G", "nan", "1e400", "{"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, s, secret string) {
		args := value.NewDict()
		for _, a := range specTests["spectest"].Args {
			args.SetStr(a.Name, value.NewStr(s))
		}
		args.SetStr("secret", value.NewStr(secret))
		got := module.Validate(specTests["spectest"], "spectest", args, module.Env{})
		if shown, _ := value.Text(got.ModuleArgs.Stored("secret")); secret != "" && shown != module.Hidden {
			t.Errorf("secret %q is shown as %q", secret, shown)
		}
	})
}
