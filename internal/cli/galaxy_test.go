package cli_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// ansibleGalaxy runs a command line in dir.
func ansibleGalaxy(t *testing.T, dir string, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = cli.Main(t.Context(), &cli.Env{
		Name: "ansible-galaxy", Args: args, Dir: dir, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errOut, Now: time.Now,
		Environ: append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1"}, env...),
	})
	return code, out.String(), errOut.String()
}

func roleTar(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, text := range map[string]string{"repo-1.0/meta/main.yml": "galaxy_info: {}\n", "repo-1.0/tasks/main.yml": "- debug:\n"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A role comes from a server's API version 1: the newest of its versions.
func TestGalaxyRoleFromServer(t *testing.T) {
	dir := needs.Folder(t)
	file := roleTar(t)
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/":
			fmt.Fprint(w, `{"available_versions": {"v1": "v1/"}}`)
		case "/api/v1/roles/":
			if r.URL.Query().Get("owner__username") != "me" || r.URL.Query().Get("name") != "web" {
				fmt.Fprint(w, `{"results": []}`)
				return
			}
			fmt.Fprintf(w, `{"results": [{"github_user": "me", "github_repo": "r", "summary_fields": {"versions": [{"name": "v1.9.0", "download_url": "%s/old"},
				{"name": "v1.10.0", "download_url": "%s/new"}]}}]}`, s.URL, s.URL)
		case "/new":
			_, _ = w.Write(file)
		default:
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	if code, out, errOut := ansibleGalaxy(t, dir, nil, "role", "install", "-p", "roles", "-s", s.URL, "me.web"); code != 0 || !strings.Contains(out, "- me.web (v1.10.0) was installed successfully") {
		t.Fatalf("exit code %d\n%s%s", code, out, errOut)
	}
	if _, err := os.Stat(filepath.Join(dir, "roles", "me.web", "tasks", "main.yml")); err != nil {
		t.Error(err)
	}
	if code, _, errOut := ansibleGalaxy(t, dir, nil, "role", "install", "-p", "roles", "-s", s.URL, "me.none"); code != 1 || !strings.Contains(errOut, "me.none was not found") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}

// A role and a collection come from git, at a tag.
func TestGalaxyGit(t *testing.T) {
	needs.Program(t, "git", "installing from a repository")
	dir := needs.Folder(t)
	repo := filepath.Join(dir, "repo")
	for name, text := range map[string]string{
		"meta/main.yml": "dependencies: []\n", "tasks/main.yml": "- debug: msg=one\n",
		"galaxy.yml": "{namespace: a, name: b, version: 1.0.0, readme: README.md, authors: [x]}\n", "README.md": "# b\n",
	} {
		path := filepath.Join(repo, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{"init -q", "add -A", "-c user.name=a -c user.email=a@example.org commit -qm one", "tag v1", "rm -q tasks/main.yml", "-c user.name=a -c user.email=a@example.org commit -qm two"} {
		cmd := exec.Command("git", strings.Fields(line)...)
		cmd.Dir, cmd.Env = repo, append(os.Environ(), "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", line, err, out)
		}
	}
	if code, out, errOut := ansibleGalaxy(t, dir, nil, "role", "install", "-p", "roles", "git+file://"+repo+",v1,web"); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, out, errOut)
	}
	if _, err := os.Stat(filepath.Join(dir, "roles", "web", "tasks", "main.yml")); err != nil {
		t.Error("not the tag:", err)
	}
	if code, out, errOut := ansibleGalaxy(t, dir, nil, "collection", "install", "-p", "cols", "git+file://"+repo+",v1"); code != 0 || !strings.Contains(out, "a.b:1.0.0 was installed successfully") {
		t.Fatalf("exit code %d\n%s%s", code, out, errOut)
	}
	if code, _, errOut := ansibleGalaxy(t, dir, nil, "role", "install", "-p", "roles", "git+file://"+repo+",--output=x,evil"); code != 1 || !strings.Contains(errOut, "are no repository and version") {
		t.Errorf("an option as a version: exit code %d\n%s", code, errOut)
	}
}

// What is not done is refused by its name, and nothing is installed.
func TestGalaxyRefuses(t *testing.T) {
	dir := needs.Folder(t)
	for _, args := range [][]string{
		{"collection", "install", "--keyring", "k", "a.b"},
		{"collection", "install", "--signature", "file:///s", "a.b"},
		{"collection", "publish", "x.tar.gz"},
		{"collection", "verify", "a.b"},
		{"role", "init", "--type", "apb", "x"},
		{"role", "import", "a", "b"},
		{"role", "search", "x"},
		{"role", "info", "x"},
	} {
		if code, _, errOut := ansibleGalaxy(t, dir, nil, args...); code != 5 || !strings.Contains(errOut, "not supported") {
			t.Errorf("%q: exit code %d, %s", args, code, errOut)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("it left %v", entries)
	}
}
