// Package hcv reads and writes secrets in HashiCorp Vault: passwords of vaults (`prod@hcv:secret/data/ansible#password`), the
// place where a rotation keeps a new one, and what the lookups of community.hashi_vault ask for. It is the only room that knows
// HashiCorp's client library.
//
// The way: [FromEnviron] makes a [Config] of the usual VAULT_* variables, [Open] logs in, a [Ref] names a value. Both
// versions of the key/value engine are read; only version 2, which keeps old versions, is written ([Sink]).
//
// Source: HashiCorp's pages "KV secrets engine" (API, versions 1 and 2), "Vault commands: environment variables" and
// "Auth methods"; the names ANSIBLE_HASHI_VAULT_* are those of the collection community.hashi_vault.
package hcv

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
)

// Scheme begins the source of a vault password that is kept in HashiCorp Vault.
const Scheme = "hcv:"

// A Ref names a value: PATH[?version=N][&namespace=NS]#KEY.
type Ref struct {
	Path      string // as in the API ("secret/data/ansible") or as the vault program takes it ("secret/ansible")
	Key       string // the field of the secret
	Version   int    // 0 is the latest; only version 2 of the engine has versions
	Namespace string // "" is that of the Config
}

// ParseRef reads what stands after "hcv:". What is wrong with it is a *diag.Error.
func ParseRef(text string) (Ref, error) {
	ref, params, err := parseRef(text)
	if err != nil {
		return ref, err
	}
	for name := range params {
		return ref, wrongRef("an address in HashiCorp Vault has no parameter %q", name).Hint("there are version and namespace; the server is that of VAULT_ADDR")
	}
	return ref, nil
}

// parseRef gives the parameters that it does not know.
func parseRef(text string) (Ref, url.Values, error) {
	rest, key, ok := cutLast(text, "#")
	if !ok || key == "" {
		return Ref{}, nil, wrongRef("%q does not say which key of the secret is the password", text).Hint("it is written as hcv:secret/data/ansible#password")
	}
	path, query, _ := strings.Cut(rest, "?")
	path = strings.Trim(path, "/")
	if path == "" || !strings.Contains(path, "/") {
		return Ref{}, nil, wrongRef("%q is no path of a secret: it has a mount and a name, as in secret/data/ansible", path)
	}
	ref := Ref{Path: path, Key: key}
	params, err := url.ParseQuery(query)
	if err != nil {
		return Ref{}, nil, wrongRef("the parameters %q cannot be read: %w", query, err)
	}
	ref.Namespace = params.Get("namespace")
	if v := params.Get("version"); v != "" {
		if ref.Version, err = strconv.Atoi(v); err != nil || ref.Version < 1 {
			return Ref{}, nil, wrongRef("the version %q is no number from 1 on", v)
		}
	}
	params.Del("namespace")
	params.Del("version")
	return ref, params, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func wrongRef(format string, args ...any) *diag.Error {
	return diag.Errorf(source.Pos{}, format, args...)
}

// String gives the reference as it is written, without "hcv:".
func (r Ref) String() string { return r.with(url.Values{}) }

func (r Ref) with(params url.Values) string {
	if r.Version > 0 {
		params.Set("version", strconv.Itoa(r.Version))
	}
	if r.Namespace != "" {
		params.Set("namespace", r.Namespace)
	}
	text := r.Path
	if len(params) > 0 {
		text += "?" + params.Encode()
	}
	return text + "#" + r.Key
}
