package lookups_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Most behaviour of the lookups is held by the recordings of package conformance; here is what they can't hold: the
// network, files that are written, passwords that are made by chance.

// host is the control node of a test.
type host struct {
	dir      string
	env      map[string]string
	vars     map[string]value.Value
	warnings []string
}

func (h *host) Variable(name string) (value.Value, bool, error) {
	v, ok := h.vars[name]
	return v, ok, nil
}
func (h *host) Variables() []string                          { return nil }
func (h *host) Search() []string                             { return []string{h.dir} }
func (h *host) Dir() string                                  { return h.dir }
func (h *host) Getenv(name string) (string, bool)            { v, ok := h.env[name]; return v, ok }
func (h *host) Environ() []string                            { return nil }
func (h *host) Render(lookups.Template) (value.Value, error) { return value.None, nil }
func (h *host) Opened(string, value.Value)                   {}
func (h *host) Warn(text string)                             { h.warnings = append(h.warnings, text) }

func (h *host) Deprecated(text string) { h.warnings = append(h.warnings, text) }

func (h *host) Setting(lookups.Query) (lookups.Setting, bool, error) {
	return lookups.Setting{}, false, nil
}

func (h *host) Hosts(string) (hosts []string, known bool, err error) {
	return []string{"a", "b"}, true, nil
}

func (h *host) Read(name string) (content []byte, secret bool, _ error) {
	b, err := os.ReadFile(name)
	return b, strings.HasSuffix(name, ".vault"), err
}

var _ lookups.Host = (*host)(nil)

func run(h *host, name string, terms []value.Value, kwargs *value.Dict) ([]value.Value, error) {
	if kwargs == nil {
		kwargs = value.NewDict()
	}
	def := lookups.Set[name]
	c, err := lookups.NewCall(def, name, h, terms, kwargs)
	if err != nil {
		return nil, err
	}
	return def.Run(context.Background(), c)
}

func str(s string) value.Value { return value.NewStr(s) }

func reprOf(t *testing.T, vs []value.Value) string {
	t.Helper()
	r, err := value.Repr(value.NewList(vs...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAllOfBuiltin names the lookups of ansible.builtin.
func TestAllOfBuiltin(t *testing.T) {
	want := "config csvfile dict env file fileglob first_found indexed_items ini inventory_hostnames items lines list nested password pipe " +
		"random_choice sequence subelements template together unvault url varnames vars"
	builtin := slices.DeleteFunc(lookups.Set.Names(), func(name string) bool { return strings.Contains(name, ".") })
	if got := strings.Join(builtin, " "); got != want {
		t.Errorf("got %s", got)
	}
	for _, name := range lookups.Set.Names() {
		for _, o := range lookups.Set[name].Options {
			if o.Help == "" {
				t.Errorf("%s: the option %s has no help", name, o.Name)
			}
		}
	}
}

func TestURL(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch r.URL.Path {
		case "/lines":
			_, _ = w.Write([]byte("one\r\ntwo\n{{ x }}\n"))
		case "/echo":
			_, _ = w.Write([]byte(r.Header.Get("User-Agent") + "|" + r.Header.Get("X-Own") + "|" + r.Header.Get("Cache-Control") + "|" + user + ":" + password))
		case "/login":
			if user != "u" || password != "p" {
				w.Header().Set("WWW-Authenticate", "Basic")
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			_, _ = w.Write([]byte("in"))
		case "/moved":
			http.Redirect(w, r, "/lines", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	h := &host{dir: t.TempDir(), env: map[string]string{"ANSIBLE_LOOKUP_URL_AGENT": "from-env"}}
	for _, c := range []struct {
		name, path string
		kwargs     *value.Dict
		want, err  string
	}{
		{"lines", "/lines", nil, "['one', 'two', '{{ x }}']", ""},
		{"one text", "/lines", value.DictOf("split_lines", value.False), `['one\r\ntwo\n{{ x }}\n']`, ""},
		{"headers", "/echo", value.DictOf("headers", value.DictOf("X-Own", str("own")), "force", value.True), "['from-env|own|no-cache|:']", ""},
		{"agent", "/echo", value.DictOf("http_agent", str("mine")), "['mine|||:']", ""},
		{"basic auth at once", "/echo", value.DictOf("username", str("u"), "password", str("p"), "force_basic_auth", value.True), "['from-env|||u:p']", ""},
		{"basic auth when asked", "/login", value.DictOf("username", str("u"), "password", str("p")), "['in']", ""},
		{"redirect", "/moved", nil, "['one', 'two', '{{ x }}']", ""},
		{"no redirect", "/moved", value.DictOf("follow_redirects", str("none")), "", "HTTP Error 302: Found"},
		{"not found", "/nope", nil, "", "Received HTTP error for " + server.URL + "/nope : HTTP Error 404: Not Found"},
		{"bad option", "/lines", value.DictOf("follow_redirects", str("x")), "", "Invalid value 'x' for config 'follow_redirects'"},
		{"unsupported", "/lines", value.DictOf("use_gssapi", value.True), "", "use_gssapi is not supported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := run(h, "url", []value.Value{str(server.URL + c.path)}, c.kwargs)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Fatalf("got error %v, want %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := reprOf(t, out); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			for _, v := range out {
				if value.IsTrusted(v) {
					t.Error("what the network gives is trusted")
				}
			}
		})
	}
	server.Close()
	if _, err := run(h, "url", []value.Value{str(server.URL)}, nil); err == nil || !strings.Contains(err.Error(), "<urlopen error [Errno 111] Connection refused>") {
		t.Errorf("got %v", err)
	}
}

func TestPassword(t *testing.T) {
	h := &host{dir: t.TempDir(), env: map[string]string{}}
	one := func(term string, kwargs *value.Dict) string {
		t.Helper()
		out, err := run(h, "password", []value.Value{str(term)}, kwargs)
		if err != nil {
			t.Fatal(err)
		}
		return out[0].(value.Str).String()
	}
	first := one("sub/dir/pw length=12 chars=digits", nil)
	if len(first) != 12 || strings.Trim(first, "0123456789") != "" {
		t.Errorf("got %q", first)
	}
	if again := one("sub/dir/pw length=30", nil); again != first {
		t.Errorf("the password changed to %q", again)
	}
	path := filepath.Join(h.dir, "sub/dir/pw")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	hash := one("sub/dir/pw encrypt=md5_crypt", nil)
	content, _ := os.ReadFile(path)
	if !strings.HasPrefix(hash, "$1$") || !strings.HasPrefix(string(content), first+" salt="+strings.Split(hash, "$")[2]) {
		t.Errorf("%q, %q", hash, content)
	}
	if again := one("sub/dir/pw", value.DictOf("encrypt", str("md5_crypt"))); again != hash {
		t.Errorf("the hash changed from %q to %q", hash, again)
	}
	if p := one("/dev/null", nil); len(p) != 20 || p == one("/dev/null", nil) {
		t.Errorf("got %q twice", p)
	}
	if left, _ := filepath.Glob(filepath.Join(h.dir, "sub/dir/.*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestPasswordOfManyHosts: hosts that ask for the same file at the same time get the same password.
func TestPasswordOfManyHosts(t *testing.T) {
	h := &host{dir: t.TempDir(), env: map[string]string{}}
	var mu sync.Mutex
	got := map[string]bool{}
	var group sync.WaitGroup
	for range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			out, err := run(h, "password", []value.Value{str("shared")}, nil)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			got[out[0].(value.Str).String()] = true
			mu.Unlock()
		}()
	}
	group.Wait()
	if len(got) != 1 {
		t.Errorf("got %d passwords", len(got))
	}
}

// TestSecretFiles: what comes out of a vaulted file is secret.
func TestSecretFiles(t *testing.T) {
	h := &host{dir: t.TempDir(), env: map[string]string{}}
	for name, text := range map[string]string{"a.vault": "x", "b.vault": "[global]\nk=v\n", "c.vault": "k;v\n"} {
		if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		lookup, term string
		kwargs       *value.Dict
	}{
		{"file", "a.vault", nil},
		{"unvault", "a.vault", nil},
		{"ini", "k", value.DictOf("file", str("b.vault"))},
		{"csvfile", "k", value.DictOf("file", str("c.vault"), "delimiter", str(";"))},
	} {
		out, err := run(h, c.lookup, []value.Value{str(c.term)}, c.kwargs)
		if err != nil || len(out) != 1 || !value.IsSecret(out[0]) {
			t.Errorf("%s: %v, %v", c.lookup, out, err)
		}
	}
}

func TestInventoryHostnames(t *testing.T) {
	out, err := run(&host{}, "inventory_hostnames", []value.Value{str("all")}, nil)
	if err != nil || reprOf(t, out) != "['a', 'b']" {
		t.Errorf("%v, %v", out, err)
	}
}

// TestNetrc takes user and password from ~/.netrc.
func TestNetrc(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		_, _ = w.Write([]byte(user + ":" + password))
	}))
	defer server.Close()
	home := t.TempDir()
	netrc := "machine other login x password y\nmachine 127.0.0.1 login u password p\ndefault login d password e\n"
	if err := os.WriteFile(filepath.Join(home, ".netrc"), []byte(netrc), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &host{env: map[string]string{"HOME": home}}
	for _, c := range []struct {
		kwargs *value.Dict
		want   string
	}{{nil, "['u:p']"}, {value.DictOf("use_netrc", value.False), "[':']"}} {
		out, err := run(h, "url", []value.Value{str(server.URL)}, c.kwargs)
		if err != nil || reprOf(t, out) != c.want {
			t.Errorf("%v, %v, want %s", out, err, c.want)
		}
	}
}
