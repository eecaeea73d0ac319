package jinjatests

import (
	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

var _ = All.Add(filters.Def{Name: "ansible.builtin.vault_encrypted", Sig: "vault_encrypted(value)", Deferred: true, Func: vaultEncrypted})

// vaultEncrypted is true for a value that came from !vault; a text that is a vault is none to ansible-core 2.19.
func vaultEncrypted(c *filters.Call) (value.Value, error) {
	v := c.First()
	if _, ok := v.(yaml.Ciphertexter); ok || value.MarksOf(v).Vault != "" {
		return value.True, nil
	}
	if u, ok := v.(*value.Undefined); ok {
		return nil, &value.UndefinedError{Value: u}
	}
	return value.False, nil
}
