package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv"
)

// stageHCV begins the warning about a password that HashiCorp Vault did not give.
const stageHCV = "Error getting vault password from HashiCorp Vault"

// fromHCV reads the password from HashiCorp Vault, "hcv:PATH#KEY".
func (l *Loader) fromHCV(ctx context.Context, spec Spec) (*Secret, error) {
	fail := func(err error) (*Secret, error) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &LoadError{Spec: spec, Msg: err.Error(), Cause: err, stage: stageHCV}
	}
	ref, err := hcv.ParseRef(strings.TrimPrefix(spec.Source, hcv.Scheme))
	if err != nil {
		return fail(err)
	}
	client, err := l.HashiVault(ctx)
	if err != nil {
		return fail(err)
	}
	password, err := client.Get(ctx, ref)
	if err != nil {
		return fail(err)
	}
	return l.secret(spec, spec.Source, password.Reveal(), stageHCV, fmt.Sprintf("the key %q of %s in HashiCorp Vault is empty", ref.Key, ref.Path))
}

// HashiVault gives the client for HashiCorp Vault that the variables VAULT_* of Environ describe. It logs in at the first call;
// [Loader.Close] gives the login back.
func (l *Loader) HashiVault(ctx context.Context) (*hcv.Client, error) {
	if l.client != nil {
		return l.client, nil
	}
	home, _ := l.lookup("HOME")
	if home == "" {
		home, _ = os.UserHomeDir() // "" without one: then there is no ~/.vault-token
	}
	config, err := hcv.FromEnviron(l.lookup, home)
	if err != nil {
		return nil, &diag.Error{Msg: err.Error(), Cause: err}
	}
	client, err := hcv.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	l.client = client
	return client, nil
}

// Close gives back what was borrowed to get the secrets: a login at HashiCorp Vault. The secrets stay good.
func (l *Loader) Close() {
	if l.client != nil {
		l.client.Close()
		l.client = nil
	}
}

// lookup gives a variable of Environ; the last one wins, as in a shell.
func (l *Loader) lookup(name string) (string, bool) {
	for i := len(l.Environ) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(l.Environ[i], "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}

// HintText tells what the user may do about it, or "".
func (e *LoadError) HintText() string {
	var d *diag.Error
	if errors.As(e.Cause, &d) {
		return d.HintText()
	}
	return ""
}
