package hcv_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/hcv/hcvtest"
)

func getenv(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

func open(t *testing.T, environ map[string]string) (*hcv.Client, error) {
	t.Helper()
	config, err := hcv.FromEnviron(getenv(environ), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c, err := hcv.Open(t.Context(), config)
	if err == nil {
		t.Cleanup(c.Close)
	}
	return c, err
}

func mustOpen(t *testing.T, environ map[string]string) *hcv.Client {
	t.Helper()
	c, err := open(t, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(t *testing.T, c *hcv.Client, ref string) (string, error) {
	t.Helper()
	r, err := hcv.ParseRef(ref)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Get(t.Context(), r)
	return s.Reveal(), err
}

func with(m map[string]string, kv ...string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	for i := 0; i < len(kv); i += 2 {
		out[kv[i]] = kv[i+1]
	}
	return out
}

// wantError checks that an error says all of the texts, in itself or in its hint.
func wantError(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, text := range texts {
		if !strings.Contains(diag.Detail(err), text) {
			t.Errorf("the error does not say %q:\n%s", text, diag.Detail(err))
		}
	}
}

func TestParseRef(t *testing.T) {
	for _, c := range []struct{ text, want, fault string }{
		{"secret/data/ansible#password", "secret/data/ansible#password", ""},
		{"/secret/data/ansible/#password", "secret/data/ansible#password", ""},
		{"secret/data/a?version=3&namespace=team/a#pw", "secret/data/a?namespace=team%2Fa&version=3#pw", ""},
		{"secret/data/ansible", "", "does not say which key"},
		{"secret/data/ansible#", "", "does not say which key"},
		{"ansible#password", "", "is no path of a secret"},
		{"secret/a?version=0#p", "", "is no number from 1 on"},
		{"secret/a?adress=x#p", "", "has no parameter"},
		{"secret/a?address=https://evil#p", "", "has no parameter"},
		{"secret/a?%zz#p", "", "cannot be read"},
	} {
		t.Run(c.text, func(t *testing.T) {
			ref, err := hcv.ParseRef(c.text)
			if c.fault != "" {
				wantError(t, err, c.fault)
				return
			}
			if err != nil || ref.String() != c.want {
				t.Errorf("got %q, %v, want %q", ref, err, c.want)
			}
		})
	}
}

// TestServer runs against a real server; its parts share one.
func TestServer(t *testing.T) {
	srv := hcvtest.Start(t)
	for _, part := range []struct {
		name string
		run  func(*testing.T, *hcvtest.Server)
	}{
		{"values", testValues},
		{"errors", testErrors},
		{"logins", testLogins},
		{"namespaces", testNamespaces},
		{"retries", testRetries},
		{"sink", testSink},
		{"sink refused", testSinkRefused},
		{"race", testRace},
		{"sealed", testSealed}, // the last: nobody unseals it
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, srv) })
	}
}

func testValues(t *testing.T, srv *hcvtest.Server) {
	srv.Put(t, "ansible", map[string]any{"password": "first", "port": 8200})
	srv.Put(t, "ansible", map[string]any{"password": "second", "port": 8200})
	srv.Put(t, "data/nested", map[string]any{"p": "nested"})
	srv.Call(t, "POST", "sys/mounts/old", map[string]any{"type": "kv", "options": map[string]any{"version": "1"}})
	srv.Call(t, "POST", "old/ansible", map[string]any{"password": "of version 1"})
	srv.Call(t, "POST", "old/data/ansible", map[string]any{"password": "a folder that is called data"})
	c := mustOpen(t, srv.Environ(hcvtest.Root))
	for ref, want := range map[string]string{
		"secret/data/ansible#password":           "second",
		"secret/ansible#password":                "second",
		"secret/data/ansible?version=1#password": "first",
		"secret/data/ansible#port":               "8200",
		"secret/data/data/nested#p":              "nested",
		"old/ansible#password":                   "of version 1",
		"old/data/ansible#password":              "a folder that is called data",
	} {
		if got, err := get(t, c, ref); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", ref, got, err, want)
		}
	}
}

func testErrors(t *testing.T, srv *hcvtest.Server) {
	srv.Put(t, "app", map[string]any{"password": "secret-canary", "list": []string{"a"}})
	srv.Put(t, "gone", map[string]any{"password": "x"})
	srv.Call(t, "DELETE", "secret/data/gone", nil)
	root := srv.Environ(hcvtest.Root)
	poor := srv.Environ(srv.Policy(t, "poor", `path "secret/data/other" { capabilities = ["read"] }`))
	for _, c := range []struct {
		name    string
		environ map[string]string
		ref     string
		want    []string
		cause   error
	}{
		{"refused", poor, "secret/data/app#password", []string{"403 permission denied", srv.Addr, "secret/data/app", `path "secret/data/app" { capabilities = ["read"] }`}, hcv.ErrRefused},
		{"refused, short path", poor, "secret/data/app#password", []string{`path "secret/data/app"`}, hcv.ErrRefused},
		{"wrong token", with(root, "VAULT_TOKEN", "hvs.nonsense"), "secret/data/app#password", []string{"403"}, hcv.ErrRefused},
		{"no secret", root, "secret/data/ap#password", []string{"no secret at secret/data/ap (404)", "vault kv list secret/"}, hcv.ErrNone},
		{"deleted", root, "secret/data/gone#password", []string{"is deleted in version 1", "vault kv undelete -versions=1 secret/gone"}, hcv.ErrNone},
		{"no version", root, "secret/data/app?version=9#password", []string{"no version 9"}, hcv.ErrNone},
		{"wrong key", root, "secret/data/app#pasword", []string{`has no key "pasword"`, `did you mean "password"?`}, hcv.ErrNone},
		{"far key", root, "secret/data/app#zzz", []string{`has no key "zzz"`, "its keys are list, password"}, hcv.ErrNone},
		{"no text", root, "secret/data/app#list", []string{"something else than a text"}, nil},
		{"no version in 1", root, "old/ansible?version=2#password", []string{"has no versions"}, nil},
		{"no address", with(root, "VAULT_ADDR", ""), "a/b#c", []string{"VAULT_ADDR"}, nil},
		{"no token", with(root, "VAULT_TOKEN", ""), "a/b#c", []string{"there is no token", "VAULT_TOKEN", ".vault-token", "approle"}, nil},
		{"unknown authority", with(root, "VAULT_CACERT", "", "VAULT_MAX_RETRIES", "0"), "secret/data/app#password", []string{"cannot be reached", "VAULT_CACERT"}, nil},
		{"wrong name", with(root, "VAULT_TLS_SERVER_NAME", "vault.example.com", "VAULT_MAX_RETRIES", "0"), "secret/data/app#password", []string{"VAULT_TLS_SERVER_NAME"}, nil},
		{"no server", with(root, "VAULT_ADDR", "https://127.0.0.1:1", "VAULT_MAX_RETRIES", "0"), "a/b#c", []string{"cannot be reached", "connection refused", "VAULT_ADDR"}, nil},
		{"certificate that is not there", with(root, "VAULT_CACERT", "/nowhere/ca.pem"), "a/b#c", []string{"/nowhere/ca.pem"}, nil},
		{"method", with(root, "ANSIBLE_HASHI_VAULT_AUTH_METHOD", "aprole"), "a/b#c", []string{`did you mean "approle"?`}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, err := open(t, c.environ)
			if err == nil {
				_, err = get(t, client, c.ref)
			}
			wantError(t, err, c.want...)
			if c.cause != nil && !errors.Is(err, c.cause) {
				t.Errorf("the cause is not %v: %v", c.cause, err)
			}
			for _, canary := range []string{"secret-canary", hcvtest.Root, "hvs.nonsense"} {
				if strings.Contains(diag.Detail(err), canary) {
					t.Errorf("the error has the secret %q: %s", canary, diag.Detail(err))
				}
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		client := mustOpen(t, root)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := client.Get(ctx, hcv.Ref{Path: "secret/data/app", Key: "password"}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("variables", func(t *testing.T) {
		for name, v := range map[string]string{"VAULT_SKIP_VERIFY": "perhaps", "VAULT_MAX_RETRIES": "many", "VAULT_CLIENT_TIMEOUT": "soon"} {
			if _, err := hcv.FromEnviron(getenv(map[string]string{name: v}), ""); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s=%s: %v", name, v, err)
			}
		}
	})
}

const readApp = `path "secret/data/app" { capabilities = ["read"] }`

func testLogins(t *testing.T, srv *hcvtest.Server) {
	srv.Call(t, "PUT", "sys/policies/acl/app", map[string]any{"policy": readApp})
	base := with(srv.Environ(""), "VAULT_TOKEN", "")
	try := func(t *testing.T, environ map[string]string) {
		t.Helper()
		c := mustOpen(t, environ)
		if got, err := get(t, c, "secret/data/app#password"); got != "secret-canary" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	t.Run("token file", func(t *testing.T) {
		home := t.TempDir()
		if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte(hcvtest.Root+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := hcv.FromEnviron(getenv(base), home)
		if err != nil {
			t.Fatal(err)
		}
		c, err := hcv.Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := get(t, c, "secret/data/app#password"); got != "secret-canary" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("approle", func(t *testing.T) {
		srv.Call(t, "POST", "sys/auth/approle", map[string]any{"type": "approle"})
		srv.Call(t, "POST", "auth/approle/role/ci", map[string]any{"token_policies": "app", "secret_id_num_uses": 1})
		role := srv.Call(t, "GET", "auth/approle/role/ci/role-id", nil)["data"].(map[string]any)["role_id"].(string)
		id := srv.Call(t, "POST", "auth/approle/role/ci/secret-id", nil)["data"].(map[string]any)["secret_id"].(string)
		environ := with(base, "ANSIBLE_HASHI_VAULT_AUTH_METHOD", "approle", "ANSIBLE_HASHI_VAULT_ROLE_ID", role, "ANSIBLE_HASHI_VAULT_SECRET_ID", id)
		try(t, environ)
		_, err := open(t, environ) // the secret id was good for one use
		wantError(t, err, "refuses the login at auth/approle/login", "ANSIBLE_HASHI_VAULT_MOUNT_POINT")
		if strings.Contains(diag.Detail(err), id) {
			t.Error("the error has the secret id")
		}
	})
	t.Run("userpass", func(t *testing.T) {
		srv.Call(t, "POST", "sys/auth/people", map[string]any{"type": "userpass"})
		srv.Call(t, "POST", "auth/people/users/anna", map[string]any{"password": "annas-password", "token_policies": "app"})
		try(t, with(base, "ANSIBLE_HASHI_VAULT_AUTH_METHOD", "userpass", "ANSIBLE_HASHI_VAULT_MOUNT_POINT", "people",
			"ANSIBLE_HASHI_VAULT_USERNAME", "anna", "ANSIBLE_HASHI_VAULT_PASSWORD", "annas-password"))
	})
	key, jwt := makeJWT(t, "ci-job")
	t.Run("jwt", func(t *testing.T) {
		srv.Call(t, "POST", "sys/auth/jwt", map[string]any{"type": "jwt"})
		srv.Call(t, "POST", "auth/jwt/config", map[string]any{"jwt_validation_pubkeys": []string{key}})
		srv.Call(t, "POST", "auth/jwt/role/ci", map[string]any{
			"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"kimai"}, "token_policies": []string{"app"},
		})
		environ := with(base, "ANSIBLE_HASHI_VAULT_AUTH_METHOD", "jwt", "ANSIBLE_HASHI_VAULT_ROLE_ID", "ci")
		try(t, with(environ, "ANSIBLE_HASHI_VAULT_JWT", jwt))
		file := filepath.Join(t.TempDir(), "jwt")
		if err := os.WriteFile(file, []byte(jwt+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		try(t, with(environ, "KIMAI_HASHI_VAULT_JWT_FILE", file))
		_, err := open(t, with(environ, "ANSIBLE_HASHI_VAULT_JWT", jwt[:len(jwt)-4]+"AAAA"))
		wantError(t, err, "refuses the login at auth/jwt/login")
		if _, err = open(t, environ); err == nil {
			t.Error("a login without a JSON Web Token succeeded")
		}
	})
	// The server at hand is built without the method kubernetes, whose login has the same form as that of jwt: a JWT of the
	// service account and a role. So jwt stands in for it at its place.
	t.Run("kubernetes", func(t *testing.T) {
		srv.Call(t, "POST", "sys/auth/kubernetes", map[string]any{"type": "jwt"})
		srv.Call(t, "POST", "auth/kubernetes/config", map[string]any{"jwt_validation_pubkeys": []string{key}})
		srv.Call(t, "POST", "auth/kubernetes/role/pod", map[string]any{
			"role_type": "jwt", "user_claim": "sub", "bound_audiences": []string{"kimai"}, "token_policies": []string{"app"},
		})
		file := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(file, []byte(jwt), 0o600); err != nil {
			t.Fatal(err)
		}
		environ := with(base, "ANSIBLE_HASHI_VAULT_AUTH_METHOD", "kubernetes", "ANSIBLE_HASHI_VAULT_ROLE_ID", "pod")
		try(t, with(environ, "KIMAI_HASHI_VAULT_JWT_FILE", file))
		_, err := open(t, environ)
		wantError(t, err, hcv.ServiceAccountToken)
	})
	t.Run("a login is given back", func(t *testing.T) {
		config, _ := hcv.FromEnviron(getenv(with(base, "ANSIBLE_HASHI_VAULT_AUTH_METHOD", "userpass", "ANSIBLE_HASHI_VAULT_MOUNT_POINT", "people",
			"ANSIBLE_HASHI_VAULT_USERNAME", "anna", "ANSIBLE_HASHI_VAULT_PASSWORD", "annas-password")), "")
		c, err := hcv.Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if _, err := get(t, c, "secret/data/app#password"); !errors.Is(err, hcv.ErrRefused) {
			t.Errorf("the token is still good: %v", err)
		}
	})
}

// makeJWT gives a public key in PEM, and a token that its private key has signed.
func makeJWT(t *testing.T, subject string) (public, token string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := json.Marshal(map[string]any{"sub": subject, "aud": "kimai", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Add(-time.Minute).Unix()})
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), signed + "." + b64(sig)
}

// front is a server before the real one, which sees and may answer every request. It speaks plain HTTP.
func front(t *testing.T, srv *hcvtest.Server, see func(w http.ResponseWriter, r *http.Request) (done bool)) string {
	t.Helper()
	proxy := srv.Proxy(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !see(w, r) {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func testNamespaces(t *testing.T, srv *hcvtest.Server) {
	var seen atomic.Value
	url := front(t, srv, func(_ http.ResponseWriter, r *http.Request) bool {
		seen.Store(r.Header.Get("X-Vault-Namespace"))
		r.Header.Del("X-Vault-Namespace") // the server at hand has only one
		return false
	})
	environ := with(srv.Environ(hcvtest.Root), "VAULT_ADDR", url)
	for _, c := range []struct{ variable, ref, want string }{
		{"", "secret/data/app#password", ""},
		{"team-a", "secret/data/app#password", "team-a"},
		{"team-a", "secret/data/app?namespace=team-b#password", "team-b"},
	} {
		client := mustOpen(t, with(environ, "VAULT_NAMESPACE", c.variable))
		if _, err := get(t, client, c.ref); err != nil {
			t.Error(err)
		}
		if got, _ := seen.Load().(string); strings.Trim(got, "/") != c.want {
			t.Errorf("%v: asked in the namespace %q", c, got)
		}
	}
}

func testRetries(t *testing.T, srv *hcvtest.Server) {
	for _, status := range []int{429, 500, 502, 503} {
		var calls atomic.Int32
		url := front(t, srv, func(w http.ResponseWriter, _ *http.Request) bool {
			if calls.Add(1) > 2 {
				return false
			}
			w.WriteHeader(status)
			return true
		})
		client := mustOpen(t, with(srv.Environ(hcvtest.Root), "VAULT_ADDR", url))
		start := time.Now()
		if got, err := get(t, client, "secret/data/app#password"); got != "secret-canary" || err != nil {
			t.Errorf("%d: got %q, %v", status, got, err)
		}
		if d := time.Since(start); d < 600*time.Millisecond { // 200 ms, then 400 ms
			t.Errorf("%d: there was hardly a pause before the retries: %v", status, d)
		}
		calls.Store(0)
		client = mustOpen(t, with(srv.Environ(hcvtest.Root), "VAULT_ADDR", url, "VAULT_MAX_RETRIES", "0"))
		_, err := get(t, client, "secret/data/app#password")
		wantError(t, err, fmt.Sprint(status))
	}
}

func testSealed(t *testing.T, srv *hcvtest.Server) {
	srv.Call(t, "PUT", "sys/seal", nil)
	client := mustOpen(t, with(srv.Environ(hcvtest.Root), "VAULT_MAX_RETRIES", "0"))
	_, err := get(t, client, "secret/data/app#password")
	wantError(t, err, srv.Addr+" is sealed", "vault operator unseal")
}
