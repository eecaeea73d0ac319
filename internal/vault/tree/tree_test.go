package tree_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
)

func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		name, text, _ := strings.Cut(name, "=")
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if to, ok := strings.CutPrefix(text, "->"); ok {
			if err := os.Symlink(to, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, ",", "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@b"}, args...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v: %s", args, err, out)
	}
}

func names(tr *tree.Tree) string {
	var out []string
	for _, f := range tr.Files {
		out = append(out, f.Name)
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	dir := folder(t, "a.yml", "g/all/vault.yml", "g/web/vault.yml", "g/web/x.txt", "h/vault.yml", ".mark/y", "link=->a.yml", "gone=->nowhere")
	for _, c := range []struct {
		name  string
		paths []string
		o     tree.Options
		want  string
	}{
		{"everything", nil, tree.Options{}, "a.yml g/all/vault.yml g/web/vault.yml g/web/x.txt h/vault.yml"},
		{"a folder and a file, twice", []string{"g/web", "a.yml", "g/web/x.txt"}, tree.Options{}, "a.yml g/web/vault.yml g/web/x.txt"},
		{"a glob", []string{"g/*/vault.yml"}, tree.Options{}, "g/all/vault.yml g/web/vault.yml"},
		{"a glob over folders", []string{"**/vault.yml"}, tree.Options{}, "g/all/vault.yml g/web/vault.yml h/vault.yml"},
		{"a glob that fits folders", []string{"g/w*"}, tree.Options{}, "g/web/vault.yml g/web/x.txt"},
		{"without a name", nil, tree.Options{Exclude: []string{"vault.yml"}}, "a.yml g/web/x.txt"},
		{"without a folder", nil, tree.Options{Exclude: []string{"g/web"}}, "a.yml g/all/vault.yml h/vault.yml"},
		{"without a pattern", nil, tree.Options{Exclude: []string{"**/*.yml"}}, "g/web/x.txt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Dir, c.o.Paths, c.o.Marker = dir, c.paths, ".mark"
			tr, err := tree.Find(context.Background(), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if got := names(tr); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if tr.Root != dir {
				t.Errorf("root %s", tr.Root)
			}
			if marked := len(tr.Marked) == 1; marked != (c.paths == nil) && c.name != "a glob over folders" {
				t.Errorf("marked %q", tr.Marked)
			}
		})
	}
}

func TestFindWithGit(t *testing.T) {
	needs.Program(t, "git", "what a real git ignores")
	dir := folder(t, "a.yml", "sub/ignored.yml", "sub/tracked.yml", "sub/b.yml", "out/x.yml", "gone.yml", "info.yml", "inner/.git/HEAD",
		".gitignore=ignored.yml,tracked.yml,/out/", "link=->sub/ignored.yml")
	git(t, dir, "init", "-q")
	git(t, dir, "add", "-f", "a.yml", "sub/tracked.yml", "gone.yml")
	if err := os.WriteFile(filepath.Join(dir, ".git/info/exclude"), []byte("info.yml\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "gone.yml")); err != nil {
		t.Fatal(err)
	}
	all := tree.Options{Dir: dir, Environ: os.Environ()}
	for _, c := range []struct {
		name  string
		paths []string
		all   bool
		want  string
	}{
		{"what is tracked stays, what is ignored goes", nil, false, ".gitignore a.yml sub/b.yml sub/tracked.yml"},
		{"a folder", []string{"sub"}, false, "sub/b.yml sub/tracked.yml"},
		{"an ignored file that is named", []string{"sub/ignored.yml"}, false, "sub/ignored.yml"},
		{"an ignored folder that is named", []string{"out"}, false, "out/x.yml"},
		{"told otherwise", []string{"sub", "out"}, true, "out/x.yml sub/b.yml sub/ignored.yml sub/tracked.yml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := all
			o.Paths, o.IncludeIgnored = c.paths, c.all
			tr, err := tree.Find(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if c.paths == nil {
				want += " sub/ignored.yml" // the tracked link leads there
				got := strings.Fields(names(tr))
				slices.Sort(got)
				fields := strings.Fields(want)
				slices.Sort(fields)
				if !slices.Equal(got, fields) {
					t.Errorf("got %q, want %q", got, fields)
				}
				return
			}
			if got := names(tr); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if tr.Root != dir {
				t.Errorf("root %s", tr.Root)
			}
		})
	}
	sub := all
	sub.Dir = filepath.Join(dir, "sub")
	tr, err := tree.Find(context.Background(), sub)
	if err != nil || tr.Root != dir || names(tr) != "b.yml tracked.yml" {
		t.Errorf("from a folder within: %v, %+v", err, tr)
	}
}

func TestFindRefuses(t *testing.T) {
	outside := folder(t, "secret.yml")
	dir := folder(t, "a/x.yml", "b/y.yml", "a/out=->"+outside+"/secret.yml", "a/dir=->"+outside, "b/side=->../a/x.yml")
	for _, c := range []struct {
		name  string
		paths []string
		want  []string
	}{
		{"a link out of the tree", []string{"a"}, []string{"a/out: is a symbolic link out of the tree, to " + outside + "/secret.yml", "a/dir: is a symbolic link out of the tree, to " + outside}},
		{"a link out of the paths", []string{"b"}, []string{"b/side: is a symbolic link out of the tree"}},
		{"nothing there", []string{"nosuch"}, []string{"nosuch: cannot be read: no such file or directory"}},
		{"nothing fits", []string{"b/*.txt"}, []string{"b/*.txt: fits no file"}},
		{"two trees", []string{"b/y.yml", outside}, []string{"is in another tree"}},
		{"no pattern", []string{"b/[a"}, []string{"is no pattern"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := tree.Find(context.Background(), tree.Options{Dir: dir, Paths: c.paths})
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %s", err, want)
				}
			}
		})
	}
	if _, err := tree.Find(context.Background(), tree.Options{Dir: dir, Exclude: []string{"out", "a/dir"}}); err != nil {
		t.Errorf("links that are left out: %v", err)
	}
}
