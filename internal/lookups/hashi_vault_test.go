package lookups_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv/hcvtest"
)

const (
	hashiVault = "community.hashi_vault.hashi_vault"
	kv2Get     = "community.hashi_vault.vault_kv2_get"
)

// vaultHost is a host that notes what it was told to mask.
type vaultHost struct {
	host
	opened []string
}

func (h *vaultHost) Opened(where string, _ value.Value) { h.opened = append(h.opened, where) }

// TestHashiVault runs the lookups against a real server. What they give and say is what those of the collection community.hashi_vault
// 4.2.1 gave and said of the same secrets.
func TestHashiVault(t *testing.T) {
	srv := hcvtest.Start(t)
	srv.Put(t, "hello", map[string]any{"value": "one"})
	srv.Put(t, "hello", map[string]any{"value": "two", "n": 5, "flag": true, "nil": nil, "list": []any{"a", map[string]any{"b": 1}}, "f": 1.5})
	srv.Put(t, "gone", map[string]any{"value": "x"})
	srv.Call(t, "DELETE", "secret/data/gone", nil)
	srv.Call(t, "POST", "sys/mounts/old", map[string]any{"type": "kv", "options": map[string]any{"version": "1"}})
	srv.Call(t, "POST", "old/hello", map[string]any{"value": "old one", "b": "x"})
	srv.Call(t, "POST", "old/tricky", map[string]any{"data": map[string]any{"a": "b"}, "metadata": map[string]any{"c": "d"}})
	srv.Call(t, "POST", "sys/auth/userpass", map[string]any{"type": "userpass"})
	srv.Call(t, "PUT", "sys/policies/acl/app", map[string]any{"policy": `path "secret/data/hello" { capabilities = ["read"] }`})
	srv.Call(t, "POST", "auth/userpass/users/anna", map[string]any{"password": "annas-password", "token_policies": "app"})
	srv.Call(t, "POST", "sys/auth/approle", map[string]any{"type": "approle"})
	srv.Call(t, "POST", "auth/approle/role/ci", map[string]any{"token_policies": "app"})
	role := srv.Call(t, "GET", "auth/approle/role/ci/role-id", nil)["data"].(map[string]any)["role_id"].(string)
	id := srv.Call(t, "POST", "auth/approle/role/ci/secret-id", nil)["data"].(map[string]any)["secret_id"].(string)
	poor := srv.Policy(t, "poor", `path "secret/data/none" { capabilities = ["read"] }`)

	const hello = `{"f":1.5,"flag":true,"list":["a",{"b":1}],"n":5,"nil":null,"value":"two"}`
	for _, c := range []struct {
		name, lookup, terms, options string // JSON
		want, fails, help            string
	}{
		{"a dict", hashiVault, `["secret/data/hello"]`, `{}`, `[` + hello + `]`, "", ""},
		{"a field", hashiVault, `["secret/data/hello:value"]`, `{}`, `["two"]`, "", ""},
		{"values", hashiVault, `["secret/data/hello"]`, `{"return_format":"values"}`, `[1.5,true,["a",{"b":1}],5,null,"two"]`, "", ""},
		{"values of a field", hashiVault, `["secret/data/hello:value"]`, `{"as":"values"}`, `[1.5,true,["a",{"b":1}],5,null,"two"]`, "", ""},
		{"a list", hashiVault, `["secret/data/hello:list"]`, `{}`, `[["a",{"b":1}]]`, "", ""},
		{"none", hashiVault, `["secret/data/hello:nil"]`, `{}`, `[null]`, "", ""},
		{"several", hashiVault, `["secret/data/hello:n","old/hello"]`, `{}`, `[5,{"b":"x","value":"old one"}]`, "", ""},
		{"version 1", hashiVault, `["old/hello:b"]`, `{}`, `["x"]`, "", ""},
		{"like version 2", hashiVault, `["old/tricky"]`, `{}`, `[{"a":"b"}]`, "", ""},
		{"options in the term", hashiVault, `["secret=secret/data/hello:value token=root-token-of-the-test"]`, `{"token":"x"}`, `["two"]`, "", ""},
		{"a slash", hashiVault, `["/secret/data/hello:value"]`, `{}`, `["two"]`, "", ""},
		{"no terms", hashiVault, `[]`, `{}`, `[]`, "", ""},
		{"any path", hashiVault, `["auth/token/lookup-self:policies"]`, `{}`, `[["root"]]`, "", ""},
		{"an unknown option", hashiVault, `["secret/data/hello:n"]`, `{"nope":1}`, `[5]`, "", ""},
		{"no path", hashiVault, `["secret/hello"]`, `{}`, "", "The secret 'secret/hello' doesn't seem to exist.", ""},
		{"deleted", hashiVault, `["secret/data/gone"]`, `{}`, "", "The secret 'secret/data/gone' doesn't seem to exist.", ""},
		{"no field", hashiVault, `["secret/data/hello:nofield"]`, `{}`, "", "The secret secret/data/hello does not contain the field 'nofield'. for hashi_vault lookup", ""},
		{"a wrong token", hashiVault, `["secret/data/hello"]`, `{"token":"bad"}`, "", "Forbidden: Permission Denied to secret 'secret/data/hello'.", "log in again"},
		{"a poor token", hashiVault, `["secret/data/hello"]`, `{"token":"` + poor + `"}`, "", "Forbidden: Permission Denied to secret 'secret/data/hello'.", `path "secret/data/hello" { capabilities = ["read"] }`},
		{"a wrong form", hashiVault, `["secret/data/hello"]`, `{"return_format":"x"}`, "", "Invalid value 'x' for config 'return_format'", ""},
		{"a wrong method", hashiVault, `["secret/data/hello"]`, `{"auth_method":"aws_iam"}`, "", "Invalid value 'aws_iam' for config 'auth_method'", ""},
		{"an option of AWS", hashiVault, `["secret/data/hello"]`, `{"aws_profile":"x"}`, "", "the option aws_profile is not supported", ""},
		{"an option of AWS in the term", hashiVault, `["secret/data/hello region=x"]`, `{}`, "", "the option region is not supported", ""},
		{"no user", hashiVault, `["secret/data/hello"]`, `{"auth_method":"userpass"}`, "", "to log in to HashiCorp Vault by userpass", ""},
		{"no secret", hashiVault, `["token=x"]`, `{}`, "", "No setting was provided for required configuration", ""},
		{"userpass", hashiVault, `["secret/data/hello:value"]`, `{"auth_method":"userpass","username":"anna","password":"annas-password"}`, `["two"]`, "", ""},
		{"a wrong password", hashiVault, `["secret/data/hello:value"]`, `{"auth_method":"userpass","username":"anna","password":"wrong"}`, "", "refuses the login at auth/userpass/login/anna: invalid username or password", ""},
		{"approle", kv2Get, `["hello"]`, `{"auth_method":"approle","role_id":"` + role + `","secret_id":"` + id + `"}`, `kv:` + hello, "", ""},
		{"kv2", kv2Get, `["hello"]`, `{}`, `kv:` + hello, "", ""},
		{"kv2 with slashes", kv2Get, `["/hello/"]`, `{"engine_mount_point":"secret/"}`, `kv:` + hello, "", ""},
		{"kv2, an older version", kv2Get, `["hello"]`, `{"version":1}`, `kv:{"value":"one"}`, "", ""},
		{"kv2, no version", kv2Get, `["hello"]`, `{"version":9}`, "", "Invalid or missing path ['hello'] with secret version '9'. Check the path or secret version.", ""},
		{"kv2, deleted", kv2Get, `["gone"]`, `{}`, "", "Invalid or missing path ['gone'] with secret version 'latest'. Check the path or secret version.", ""},
		{"kv2 on version 1", kv2Get, `["hello"]`, `{"engine_mount_point":"old"}`, "", "Invalid or missing path ['hello'] with secret version 'latest'. Check the path or secret version.", ""},
		{"kv2, a poor token", kv2Get, `["hello"]`, `{"token":"` + poor + `"}`, "", "Forbidden: Permission Denied to path ['hello'].", `path "secret/data/hello"`},
		{"kv2, a number", kv2Get, `["hello"]`, `{"version":"x"}`, "", "Config 'version'", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &vaultHost{host: host{dir: t.TempDir(), env: srv.Environ(hcvtest.Root)}}
			got, err := runVault(t, h, c.lookup, c.terms, c.options)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Fatalf("got %v, %v, want %q", got, err, c.fails)
				}
				var le *lookups.Error
				if c.help != "" && (!errors.As(err, &le) || !strings.Contains(le.Help, c.help)) {
					t.Errorf("the hint does not say %q: %+v", c.help, le)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want, ok := strings.CutPrefix(c.want, "kv:"); ok {
				checkKV2(t, got, want)
			} else if text := toJSON(t, value.NewList(got...)); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
			for _, v := range got {
				if _, ok := v.(value.Bool); !ok && v != value.None && !value.HasSecret(v) {
					t.Error("it is not marked secret")
				}
			}
			if len(h.opened) != len(got) && c.want[0] == '[' && !strings.Contains(c.name, "values") {
				t.Errorf("to be masked: %q", h.opened)
			}
		})
	}
	t.Run("raw", func(t *testing.T) {
		h := &vaultHost{host: host{dir: t.TempDir(), env: srv.Environ(hcvtest.Root)}}
		got, err := runVault(t, h, hashiVault, `["secret/data/hello:value"]`, `{"return_format":"raw"}`)
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]any
		if err := json.Unmarshal([]byte(toJSON(t, got[0])), &raw); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"auth", "data", "lease_duration", "lease_id", "renewable", "request_id", "warnings", "wrap_info"} {
			if _, ok := raw[key]; !ok {
				t.Errorf("no %s in %v", key, raw)
			}
		}
	})
	t.Run("where options come from", func(t *testing.T) { testVaultSources(t, srv) })
}

// testVaultSources looks at the order: argument, variable, ANSIBLE_HASHI_VAULT_*, VAULT_*, the token file.
func testVaultSources(t *testing.T, srv *hcvtest.Server) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte(hcvtest.Root), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		options string
		vars    map[string]string
		env     map[string]string
		good    bool
	}{
		{"the token file", `{}`, nil, map[string]string{"VAULT_TOKEN": ""}, true},
		{"VAULT_TOKEN before the file", `{}`, nil, map[string]string{"VAULT_TOKEN": "bad"}, false},
		{"ANSIBLE_HASHI_VAULT_TOKEN before VAULT_TOKEN", `{}`, nil, map[string]string{"VAULT_TOKEN": "bad", "ANSIBLE_HASHI_VAULT_TOKEN": hcvtest.Root}, true},
		{"a variable before them", `{}`, map[string]string{"ansible_hashi_vault_token": hcvtest.Root}, map[string]string{"ANSIBLE_HASHI_VAULT_TOKEN": "bad"}, true},
		{"an argument before all", `{"token":"` + hcvtest.Root + `"}`, map[string]string{"ansible_hashi_vault_token": "bad"}, nil, true},
		{"the address in a variable", `{}`, map[string]string{"ansible_hashi_vault_url": srv.Addr}, map[string]string{"VAULT_ADDR": "https://127.0.0.1:1"}, true},
		{"the address in the other variable", `{}`, map[string]string{"ansible_hashi_vault_addr": srv.Addr}, map[string]string{"VAULT_ADDR": "https://127.0.0.1:1"}, true},
		{"another token file", `{"token_path":"` + home + `","token_file":"none"}`, nil, map[string]string{"VAULT_TOKEN": ""}, false},
		{"no authority", `{}`, nil, map[string]string{"VAULT_CACERT": "", "VAULT_MAX_RETRIES": "0"}, false},
		{"the authority as an argument", `{"cacert":"` + srv.CACert + `"}`, nil, map[string]string{"VAULT_CACERT": ""}, true},
		{"not verified", `{"validate_certs":false}`, nil, map[string]string{"VAULT_CACERT": ""}, true},
		{"verified", `{"validate_certs":true,"retries":0}`, nil, map[string]string{"VAULT_CACERT": "", "VAULT_SKIP_VERIFY": "1"}, false},
		{"a proxy that is not there", `{"proxies":{"https":"http://127.0.0.1:1"},"retries":0,"timeout":5}`, nil, nil, false},
		{"a proxy for another scheme", `{"proxies":"{\"http\":\"http://127.0.0.1:1\"}"}`, nil, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &vaultHost{host: host{dir: home, env: srv.Environ(hcvtest.Root), vars: map[string]value.Value{}}}
			h.env["HOME"] = home
			for k, v := range c.env {
				h.env[k] = v
			}
			for k, v := range c.vars {
				h.vars[k] = value.NewStr(v)
			}
			got, err := runVault(t, h, kv2Get, `["hello"]`, c.options)
			if (err == nil) != c.good {
				t.Errorf("got %v, %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), hcvtest.Root) {
				t.Errorf("the token is in %v", err)
			}
		})
	}
}

// checkKV2 looks at the four parts of what vault_kv2_get gives.
func checkKV2(t *testing.T, got []value.Value, secret string) {
	t.Helper()
	var d struct {
		Raw struct {
			Data json.RawMessage `json:"data"`
		} `json:"raw"`
		Data struct {
			Data     json.RawMessage `json:"data"`
			Metadata json.RawMessage `json:"metadata"`
		} `json:"data"`
		Metadata json.RawMessage `json:"metadata"`
		Secret   json.RawMessage `json:"secret"`
	}
	if len(got) != 1 {
		t.Fatalf("%d values", len(got))
	}
	if err := json.Unmarshal([]byte(toJSON(t, got[0])), &d); err != nil {
		t.Fatal(err)
	}
	if string(d.Secret) != secret || string(d.Data.Data) != secret || !strings.Contains(string(d.Raw.Data), secret) {
		t.Errorf("secret %s, data.data %s, raw.data %s, want %s", d.Secret, d.Data.Data, d.Raw.Data, secret)
	}
	if string(d.Metadata) != string(d.Data.Metadata) || !strings.Contains(string(d.Metadata), `"version"`) {
		t.Errorf("metadata %s, in data %s", d.Metadata, d.Data.Metadata)
	}
}

func runVault(t *testing.T, h lookups.Host, name, terms, options string) ([]value.Value, error) {
	t.Helper()
	list, err := value.FromJSON([]byte(terms))
	if err != nil {
		t.Fatal(err)
	}
	kwargs, err := value.FromJSON([]byte(options))
	if err != nil {
		t.Fatal(err)
	}
	elems, err := value.Elems(list)
	if err != nil {
		t.Fatal(err)
	}
	def := lookups.Set[name]
	c, err := lookups.NewCall(def, name, h, elems, kwargs.(*value.Dict))
	if err != nil {
		return nil, err
	}
	return def.Run(t.Context(), c)
}

func toJSON(t *testing.T, v value.Value) string {
	t.Helper()
	text, err := value.AppendJSON(nil, v, value.JSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var any any
	if err := json.Unmarshal(text, &any); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(any) // without blanks
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
