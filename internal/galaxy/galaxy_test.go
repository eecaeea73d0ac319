package galaxy_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/galaxy"
)

func TestRanges(t *testing.T) {
	for _, c := range []struct {
		text     string
		has, not []string
	}{
		{"*", []string{"0.0.1", "9.9.9"}, nil},
		{"", []string{"1.0.0"}, nil},
		{"1.2.3", []string{"1.2.3"}, []string{"1.2.4", "1.2.3-rc1"}},
		{"==1.2.3", []string{"1.2.3"}, []string{"1.2.4"}},
		{">=1,<2", []string{"1.0.0", "1.99.0"}, []string{"0.9.0", "2.0.0"}},
		{">1.0.0, !=1.5.0", []string{"1.5.1"}, []string{"1.0.0", "1.5.0"}},
		{"<=1.0.0-beta.2", []string{"1.0.0-alpha", "1.0.0-beta.1", "1.0.0-beta.2", "0.9.9"}, []string{"1.0.0-beta.11", "1.0.0"}},
	} {
		r, err := galaxy.ParseRange(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		for _, want := range []bool{true, false} {
			list := c.has
			if !want {
				list = c.not
			}
			for _, text := range list {
				v, err := galaxy.ParseVersion(text)
				if err != nil {
					t.Fatal(err)
				}
				if r.Has(v) != want {
					t.Errorf("%q has %s: %v, want %v", c.text, text, !want, want)
				}
			}
		}
	}
	for _, bad := range []string{"1.x", ">>1.0.0", "~1.0.0", "01.0.0", ">="} {
		if _, err := galaxy.ParseRange(bad); err == nil {
			t.Errorf("%q is a range", bad)
		}
	}
}

// member is an entry of an archive.
type member struct {
	name, text, link string
	kind             byte
}

func archive(t *testing.T, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, m := range members {
		if m.kind == 0 {
			m.kind = tar.TypeReg
		}
		h := &tar.Header{Name: m.name, Typeflag: m.kind, Size: int64(len(m.text)), Mode: 0o644, Linkname: m.link}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "a.tar.gz")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// collection makes the archive of a collection with one file, and more that its manifest does not name.
func collection(t *testing.T, name, version string, deps map[string]string, more ...member) string {
	t.Helper()
	const readme = "# a collection\n"
	files := fmt.Sprintf(`{"files": [{"name": ".", "ftype": "dir"}, {"name": "README.md", "ftype": "file", "chksum_sha256": %q}], "format": 1}`, sum([]byte(readme)))
	list, err := json.Marshal(deps)
	if err != nil {
		t.Fatal(err)
	}
	ns, short, _ := strings.Cut(name, ".")
	man := fmt.Sprintf(`{"collection_info": {"namespace": %q, "name": %q, "version": %q, "dependencies": %s}, "file_manifest_file": {"name": "FILES.json", "chksum_sha256": %q}}`,
		ns, short, version, list, sum([]byte(files)))
	return archive(t, append([]member{{name: "MANIFEST.json", text: man}, {name: "FILES.json", text: files}, {name: "README.md", text: readme}}, more...)...)
}

func TestArchivesThatLeadOutAreRefused(t *testing.T) {
	for name, m := range map[string]member{
		"parent":        {name: "../evil", text: "x"},
		"deep parent":   {name: "a/../../evil", text: "x"},
		"absolute":      {name: "/tmp/kimai-evil", text: "x"},
		"link out":      {name: "l", link: "../../evil", kind: tar.TypeSymlink},
		"absolute link": {name: "l", link: "/etc/passwd", kind: tar.TypeSymlink},
		"hard link":     {name: "l", link: "/etc/passwd", kind: tar.TypeLink},
		"device":        {name: "d", kind: tar.TypeChar},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := galaxy.OpenArchive(collection(t, "a.b", "1.0.0", nil, m)); err == nil {
				t.Error("a collection with it is read")
			}
			if _, err := galaxy.RoleRoot(archive(t, member{name: "r/meta/main.yml"}, m)); err == nil {
				t.Error("a role with it is read")
			}
		})
	}
}

// A role's link into the role, and a file below that link, stays in the role.
func TestRoleWithLinks(t *testing.T) {
	file := archive(t, member{name: "r/meta/main.yml"}, member{name: "r/d", kind: tar.TypeDir},
		member{name: "r/l", link: "d", kind: tar.TypeSymlink}, member{name: "r/l/f", text: "x"})
	dest := filepath.Join(t.TempDir(), "role")
	if err := galaxy.InstallRoleArchive(file, "r", dest, "1", time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dest, "d", "f")); err != nil || string(text) != "x" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestManifestIsHeld(t *testing.T) {
	dir := t.TempDir()
	open := func(file string) *galaxy.Archive {
		a, err := galaxy.OpenArchive(file)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := open(collection(t, "a.b", "1.0.0", nil, member{name: "unlisted", text: "x"}))
	if err := a.Install(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a", "b", "unlisted")); err == nil {
		t.Error("a file that the manifest does not name was installed")
	}
	if got := galaxy.Installed(dir)["a.b"]; got != "1.0.0" {
		t.Errorf("installed is %q", got)
	}
	var wrong *galaxy.ChecksumError
	bad := open(collection(t, "a.b", "2.0.0", nil, member{name: "./README.md", text: "tampered"}))
	if err := bad.Install(dir); err == nil {
		t.Error("a second file of the same name was installed")
	}
	file := archive(t, member{name: "MANIFEST.json", text: `{"file_manifest_file": {"chksum_sha256": "00"}}`}, member{name: "FILES.json", text: "{}"})
	if _, err := galaxy.OpenArchive(file); !errors.As(err, &wrong) {
		t.Errorf("a list of files with a wrong sum: %v", err)
	}
	if got := galaxy.Installed(dir)["a.b"]; got != "1.0.0" {
		t.Errorf("after a failure %q is installed", got)
	}
}

// server is a Galaxy server with the releases that it is given: name -> version -> dependencies.
func server(t *testing.T, releases map[string]map[string]map[string]string, tamper string) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	reply := func(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
	mux.HandleFunc("/api/{$}", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"available_versions": map[string]string{"v3": "v3/", "v1": "v1/"}})
	})
	for name, versions := range releases {
		ns, short, _ := strings.Cut(name, ".")
		base := "/api/v3/collections/" + ns + "/" + short + "/versions/"
		var list []map[string]string
		for v, deps := range versions {
			list = append(list, map[string]string{"version": v})
			text, err := os.ReadFile(collection(t, name, v, deps))
			if err != nil {
				t.Fatal(err)
			}
			sha := sum(text)
			if tamper == name {
				text = append(text, 0)
			}
			mux.HandleFunc("/files/"+name+"-"+v, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
			mux.HandleFunc(base+v+"/", func(w http.ResponseWriter, _ *http.Request) {
				reply(w, map[string]any{"download_url": s.URL + "/files/" + name + "-" + v, "artifact": map[string]string{"sha256": sha}, "metadata": map[string]any{"dependencies": deps}})
			})
		}
		slices.SortFunc(list, func(a, b map[string]string) int { return strings.Compare(a["version"], b["version"]) })
		mux.HandleFunc(base+"{$}", func(w http.ResponseWriter, r *http.Request) { // a page for each
			at := 0
			_, _ = fmt.Sscan(r.URL.Query().Get("offset"), &at)
			var next any
			if at+1 < len(list) {
				next = fmt.Sprintf("%s?offset=%d", base, at+1)
			}
			reply(w, map[string]any{"data": list[at : at+1], "links": map[string]any{"next": next}})
		})
	}
	return s
}

func TestResolve(t *testing.T) {
	s := server(t, map[string]map[string]map[string]string{
		"a.app": {"1.0.0": {"a.lib": ">=1,<2"}, "2.0.0": {"a.lib": ">=2"}, "3.0.0-rc1": nil},
		"a.lib": {"1.0.0": nil, "1.5.0": nil, "2.0.0": nil},
		"a.bad": {"1.0.0": {"a.lib": ">=9"}},
	}, "")
	for name, c := range map[string]struct {
		wanted []string
		pre    bool
		want   string
	}{
		"newest":           {wanted: []string{"a.app *"}, want: "a.app:2.0.0 a.lib:2.0.0"},
		"pre":              {wanted: []string{"a.app *"}, pre: true, want: "a.app:3.0.0-rc1"},
		"exact pre":        {wanted: []string{"a.app 3.0.0-rc1"}, want: "a.app:3.0.0-rc1"},
		"range":            {wanted: []string{"a.app <2"}, want: "a.app:1.0.0 a.lib:1.5.0"},
		"older for others": {wanted: []string{"a.app *", "a.lib <2"}, want: "a.app:1.0.0 a.lib:1.5.0"},
		"conflict":         {wanted: []string{"a.app 2.0.0", "a.lib <2"}},
		"nowhere":          {wanted: []string{"a.none *"}},
		"dependency":       {wanted: []string{"a.bad *"}},
	} {
		t.Run(name, func(t *testing.T) {
			client := galaxy.NewClient(t.TempDir(), time.Second, false, nil)
			r := &galaxy.Resolver{Servers: []*galaxy.Server{client.NewServer("one", s.URL, "")}, Pre: c.pre}
			var wanted []galaxy.Wanted
			for _, w := range c.wanted {
				n, text, _ := strings.Cut(w, " ")
				rng, err := galaxy.ParseRange(text)
				if err != nil {
					t.Fatal(err)
				}
				wanted = append(wanted, galaxy.Wanted{Name: n, Range: rng, By: "user"})
			}
			chosen, err := r.Resolve(t.Context(), wanted)
			if c.want == "" {
				var conflict *galaxy.ConflictError
				if !errors.As(err, &conflict) {
					t.Errorf("no conflict: %v, %v", chosen, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, rel := range chosen {
				got = append(got, rel.Name+":"+rel.Version)
			}
			slices.Sort(got)
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

func TestFetchHoldsTheSum(t *testing.T) {
	releases := map[string]map[string]map[string]string{"a.good": {"1.0.0": nil}, "a.bad": {"1.0.0": nil}}
	s := server(t, releases, "a.bad")
	client := galaxy.NewClient(t.TempDir(), time.Second, false, nil)
	g := client.NewServer("one", s.URL+"/api/", "")
	for name, good := range map[string]bool{"a.good": true, "a.bad": false} {
		r, err := g.Release(t.Context(), name, "1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Fetch(t.Context()); (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The token goes to the server that it is for, and not where the archive lies.
func TestTokenStaysWithItsServer(t *testing.T) {
	seen := ""
	files := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Get("Authorization") }))
	defer files.Close()
	asked := ""
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Get("Authorization")
		if r.URL.Path == "/" {
			fmt.Fprint(w, `{"available_versions": {"v3": "v3/"}}`)
			return
		}
		fmt.Fprintf(w, `{"download_url": "%s/x", "artifact": {"sha256": "00"}}`, files.URL)
	}))
	defer api.Close()
	client := galaxy.NewClient(t.TempDir(), time.Second, false, nil)
	r, err := client.NewServer("one", api.URL, "s3cret").Release(t.Context(), "a.b", "1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Fetch(t.Context()); err == nil {
		t.Error("a wrong sum was taken")
	}
	if asked != "Token s3cret" || seen != "" {
		t.Errorf("the server was told %q, the other %q", asked, seen)
	}
}
