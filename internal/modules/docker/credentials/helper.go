package credentials

import (
	"context"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/docker/engine"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// errNoLogin is what helpers write where they know of no login.
const errNoLogin = "credentials not found in native keychain"

// RefusedError is a helper that ends with an error. What it wrote to say what is wrong is in it: that has no password.
type RefusedError struct{ Helper, Text string }

// Error tells it as Ansible's modules do.
func (e *RefusedError) Error() string {
	return fmt.Sprintf(`Credentials store %s exited with "%s".`, e.Helper, e.Text)
}

// ask runs a helper. One that refuses is a *RefusedError.
func ask(ctx context.Context, sys target.System, helper, verb, input string) (string, error) {
	file, err := sys.LookPath(helper)
	if err != nil {
		return "", fmt.Errorf("%s not installed or not available in PATH", helper)
	}
	exit, err := sys.Run(ctx, target.Command{Argv: []string{file, verb}, Stdin: strings.NewReader(input)})
	if err != nil {
		return "", err
	}
	if exit.Code != 0 {
		return "", &RefusedError{helper, strings.TrimSpace(string(exit.Stdout))}
	}
	return string(exit.Stdout), nil
}

// get asks a helper for the login at a registry, nil where it knows of none.
func get(ctx context.Context, sys target.System, helper, registry string) (*Login, error) {
	out, err := ask(ctx, sys, helper, "get", registry)
	if err != nil {
		if strings.Contains(err.Error(), errNoLogin) {
			return nil, nil
		}
		return nil, err
	}
	v, err := value.FromJSON([]byte(out))
	if err != nil {
		return nil, fmt.Errorf("%s get: what it wrote is no JSON", helper)
	}
	l := &Login{Username: engine.Str(v, "Username"), Password: engine.Str(v, "Secret")}
	if l.Username == "<token>" {
		l.Token, l.Password = l.Password, ""
	}
	return l, nil
}

// Store gives a helper a login to keep.
func Store(ctx context.Context, sys target.System, helper, registry string, l Login) error {
	d := value.DictOf("ServerURL", value.NewStr(registry), "Username", value.NewStr(l.Username), "Secret", value.NewStr(l.Password))
	b, err := value.AppendJSON(nil, d, value.JSONOptions{})
	if err != nil {
		return err
	}
	_, err = ask(ctx, sys, helper, "store", string(b))
	return err
}

// Erase has a helper forget a login.
func Erase(ctx context.Context, sys target.System, helper, registry string) error {
	_, err := ask(ctx, sys, helper, "erase", registry)
	return err
}
