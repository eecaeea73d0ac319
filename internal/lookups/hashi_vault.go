package lookups

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv"
)

// The lookups of community.hashi_vault. What they give is marked secret, and told to the host, so that it is masked in all output.
// Sources: https://docs.ansible.com/ansible/latest/collections/community/hashi_vault/hashi_vault_lookup.html and
// …/vault_kv2_get_lookup.html; what they give and say was learned by running them against the same server.
var (
	_ = Set.Add(&Def{Name: "community.hashi_vault.hashi_vault", Run: runHashiVault, Options: append([]Option{
		{Name: "secret", Type: Str, Help: "The path to read, and the field of what is there: PATH[:FIELD]."},
		{
			Name: "return_format", Aliases: []string{"as"}, Type: Str, Default: value.NewStr("dict"), Choices: []string{"dict", "values", "raw"},
			Help: "Give the fields as a dict, their values alone, or the whole answer.",
		},
	}, hashiVaultOptions...)})
	_ = Set.Add(&Def{Name: "community.hashi_vault.vault_kv2_get", Run: runVaultKV2Get, Options: append([]Option{
		{
			Name: "engine_mount_point", Type: Str, Default: value.NewStr("secret"), Var: "ansible_hashi_vault_engine_mount_point",
			Help: "Where the secrets engine is mounted.",
		},
		{Name: "version", Type: Int, Help: "The version to read; the latest without it."},
	}, hashiVaultOptions...)})
)

// hashiVaultErr words a failure as the collection does, with what is known beyond that as the hint.
func hashiVaultErr(err error, refused, missing string) error {
	switch {
	case errors.Is(err, hcv.ErrRefused) && refused != "":
		return &Error{Msg: refused, Help: hint(err)}
	case errors.Is(err, hcv.ErrNone):
		return &Error{Msg: missing, Help: hint(err)}
	}
	return &Error{Msg: err.Error(), Help: hint(err)}
}

func hint(err error) string {
	var h interface{ HintText() string }
	if errors.As(err, &h) {
		return h.HintText()
	}
	return ""
}

// runHashiVault reads any path; what looks like version 2 of the key/value engine is unwrapped.
func runHashiVault(ctx context.Context, c *Call) ([]value.Value, error) {
	var out []value.Value
	for _, t := range c.Terms {
		term, err := text(t)
		if err != nil {
			return nil, err
		}
		one := *c // a term has options of its own
		one.options, one.given = map[string]value.Value{}, map[string]bool{}
		for name, v := range c.options {
			one.options[name], one.given[name] = v, c.given[name]
		}
		if err := one.hashiVaultTerm(term); err != nil {
			return nil, err
		}
		got, err := one.readHashiVault(ctx)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

// hashiVaultTerm reads a term: the path, and options as NAME=value.
func (c *Call) hashiVaultTerm(term string) error {
	for i, word := range strings.Fields(term) {
		name, v, ok := strings.Cut(word, "=")
		if !ok && i == 0 {
			name, v, ok = "secret", word, true
		}
		if !ok {
			return fmt.Errorf("hashi_vault lookup plugin needs key=value pairs, but received %s", term)
		}
		if c.unsupported(name) {
			return c.refuse(name)
		}
		for _, o := range c.def.Options {
			if contains(o.Aliases, name) {
				name = o.Name
			}
		}
		if err := c.setNamed(name, value.NewStr(v)); err != nil {
			return err
		}
	}
	if c.str("secret") == "" {
		return fmt.Errorf("No setting was provided for required configuration of the lookup %s: secret", c.Name) //nolint:staticcheck // Ansible's words
	}
	return nil
}

func (c *Call) readHashiVault(ctx context.Context) ([]value.Value, error) {
	path, field := c.str("secret"), ""
	if i := strings.LastIndexByte(path, ':'); i >= 0 {
		path, field = path[:i], path[i+1:]
	}
	client, err := c.hashiVault(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	answer, found, err := client.Raw(ctx, "", strings.Trim(path, "/"), nil)
	missing := fmt.Sprintf("The secret '%s' doesn't seem to exist.", path)
	if err == nil && !found {
		err = hcv.ErrNone
	}
	if err != nil {
		return nil, hashiVaultErr(err, fmt.Sprintf("Forbidden: Permission Denied to secret '%s'.", path), missing)
	}
	raw, err := c.hashiVaultSecret(path, answer)
	if err != nil {
		return nil, err
	}
	data := dictAt(raw, "data")
	if inner := dictAt(data, "data"); inner != nil && data.Has("metadata") { // version 2 of key/value
		data = inner
	}
	switch {
	case c.str("return_format") == "raw":
		return []value.Value{raw}, nil
	case data == nil:
		return nil, &Error{Msg: missing}
	case c.str("return_format") == "values":
		return values(data)
	case field == "":
		return []value.Value{data}, nil
	}
	v, ok, err := data.GetStr(field)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &Error{Msg: fmt.Sprintf("The secret %s does not contain the field '%s'. for hashi_vault lookup", path, field)}
	}
	return []value.Value{v}, nil
}

func values(d *value.Dict) ([]value.Value, error) {
	var out []value.Value
	for it := d.Iterate(); it.Next(); {
		v, err := it.Value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// runVaultKV2Get reads secrets of version 2 of the key/value engine.
func runVaultKV2Get(ctx context.Context, c *Call) ([]value.Value, error) {
	if len(c.Terms) == 0 {
		return nil, nil
	}
	client, err := c.hashiVault(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var out []value.Value
	for _, t := range c.Terms {
		term, err := text(t)
		if err != nil {
			return nil, err
		}
		one, err := c.readKV2(ctx, client, term)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (c *Call) readKV2(ctx context.Context, client *hcv.Client, term string) (value.Value, error) {
	version, params := "latest", map[string][]string(nil)
	if c.option("version") != value.None {
		version = fmt.Sprint(c.int("version"))
		params = map[string][]string{"version": {version}}
	}
	path := strings.Trim(c.str("engine_mount_point"), "/") + "/data/" + strings.Trim(term, "/")
	answer, found, err := client.Raw(ctx, "", path, params)
	if err == nil && !found {
		err = hcv.ErrNone
	}
	missing := fmt.Sprintf("Invalid or missing path ['%s'] with secret version '%s'. Check the path or secret version.", term, version)
	if err != nil {
		return nil, hashiVaultErr(err, fmt.Sprintf("Forbidden: Permission Denied to path ['%s'].", term), missing)
	}
	raw, err := c.hashiVaultSecret(path, answer)
	if err != nil {
		return nil, err
	}
	data := dictAt(raw, "data")
	secret, metadata := dictAt(data, "data"), dictAt(data, "metadata")
	if secret == nil || metadata == nil {
		return nil, &Error{Msg: missing, Help: "the engine at " + c.str("engine_mount_point") + " may be version 1: the lookup community.hashi_vault.hashi_vault reads it"}
	}
	d := value.NewDict()
	d.SetStr("raw", raw)
	d.SetStr("data", data)
	d.SetStr("metadata", metadata)
	d.SetStr("secret", secret)
	return d, nil
}

// hashiVaultSecret makes a value of an answer: the data in it is marked secret, and told to the host.
func (c *Call) hashiVaultSecret(path string, answer []byte) (*value.Dict, error) {
	v, err := value.FromJSON(answer)
	if err != nil {
		return nil, fmt.Errorf("the answer of HashiCorp Vault is no JSON")
	}
	raw, ok := v.(*value.Dict)
	if !ok {
		return nil, fmt.Errorf("the answer of HashiCorp Vault is no mapping")
	}
	data := dictAt(raw, "data")
	if data == nil {
		return raw, nil
	}
	holder, key := raw, "data"
	if data.Has("metadata") && dictAt(data, "data") != nil { // the versions and times are no secrets
		holder, key = data, "data"
	}
	hidden := secretly(dictAt(holder, key))
	holder.SetStr(key, hidden)
	c.Opened(path, hidden)
	return raw, nil
}

// secretly marks a value of JSON as secret, and all that is in it.
func secretly(v value.Value) value.Value {
	switch d := v.(type) {
	case *value.Dict:
		out := value.NewDict()
		for it := d.Iterate(); it.Next(); {
			name, _ := value.Text(it.Key())
			out.SetStr(name, secretly(it.Stored()))
		}
		return value.WithMarks(out, value.Marks{Secret: true})
	case *value.List:
		var elems []value.Value
		for _, e := range d.Stored() {
			elems = append(elems, secretly(e))
		}
		return value.WithMarks(value.NewList(elems...), value.Marks{Secret: true})
	}
	return value.WithMarks(v, value.Marks{Secret: true})
}

func dictAt(d *value.Dict, key string) *value.Dict {
	if d == nil {
		return nil
	}
	v, _, _ := d.GetStr(key)
	inner, _ := v.(*value.Dict)
	return inner
}
