package rotate_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/tree"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

// seal gives the text of a vault. Each is made once: what costs is its key.
func seal(t testing.TB, password, label, plaintext string) string {
	t.Helper()
	sealedMu.Lock()
	defer sealedMu.Unlock()
	key := [3]string{password, label, plaintext}
	if text, ok := sealedTexts[key]; ok {
		return text
	}
	e, err := vaultfmt.Encrypt([]byte(plaintext), []byte(password), label)
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	sealedTexts[key] = string(text)
	return string(text)
}

var (
	sealedMu    sync.Mutex
	sealedTexts = map[[3]string]string{}
)

// unseal opens a vault with a password, and says what its label is.
func unseal(t testing.TB, text, password string) (plaintext, label string) {
	t.Helper()
	e, err := vaultfmt.ParseLenient([]byte(text))
	if err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	p, err := e.Decrypt([]byte(password))
	if err != nil {
		t.Fatalf("%s: %v", password, err)
	}
	return string(p), e.Label
}

// indent puts blanks before each line.
func indent(n int, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.Repeat(" ", n) + line)
	}
	return b.String()
}

func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o640); err != nil { // whatever the umask is
			t.Fatal(err)
		}
	}
}

// content gives all files below dir by their names.
func content(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func same(t testing.TB, got, want map[string]string) {
	t.Helper()
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s was left behind", name)
		}
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is %q, want %q", name, got[name], text)
		}
	}
}

func folder(t testing.TB) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func secret(id, password string) *vault.Secret { return vault.NewSecret(id, "test", password) }

// options gives those of the rotation of a folder from the password old to the password new.
func options(t testing.TB, dir string) rotate.Options {
	t.Helper()
	found, err := tree.Find(context.Background(), tree.Options{Dir: dir, Marker: rotate.Folder})
	if err != nil {
		t.Fatal(err)
	}
	return rotate.Options{Tree: found, Pairs: []rotate.Pair{{From: secret("default", "old"), To: secret("default", "new")}}}
}

func lines(r *rotate.Report) string {
	var b strings.Builder
	for _, v := range r.Values {
		fmt.Fprintf(&b, "%s:%d:%d %s %s %s->%s\n", v.File, v.Line, v.Column, v.Key, v.Status, v.ID, v.NewID)
	}
	return b.String()
}

func TestRun(t *testing.T) {
	dir := folder(t)
	block := func(n int, text string) string { return "!vault |\n" + indent(n, text) }
	before := map[string]string{
		"whole":         seal(t, "old", "", "bytes \x00\xff\n"),
		"g/vars.yml":    "a: 1\nb: " + block(2, seal(t, "old", "dev", "one")) + "l:\n- " + block(4, seal(t, "old", "", "two")) + "# end\n",
		"other.yml":     "x: " + block(2, seal(t, "third", "third", "x")),
		"done.yml":      "y: " + block(2, seal(t, "new", "", "y")),
		"plain.yml":     "z: !unsafe 1\n",
		"readme.md":     "Write `!vault |`:\n\n    a: !vault |\n" + indent(6, seal(t, "nobody", "", "q")),
		"comment.yml":   "# old: !vault |\n" + strings.ReplaceAll("#"+indent(4, seal(t, "old", "", "c")), "\n", "\n#") + "\nk: v\n",
		"untagged.json": `{"pw": {"__ansible_vault": ` + strings.ReplaceAll(`"`+seal(t, "old", "", "json")+`"`, "\n", `\n`) + `}}`,
		"example.yml":   "text: |\n" + indent(2, seal(t, "nobody", "", "q")),
		"nested.yml":    seal(t, "old", "prod", "in: "+block(2, seal(t, "old", "", "deep"))+"out: 1\n"),
		"zero.bin":      "\x00!vault $ANSIBLE_VAULT;1.1",
	}
	write(t, dir, before)
	o := options(t, dir)
	o.Others = []*vault.Secret{secret("third", "third")}

	o.DryRun = true
	dry, err := rotate.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	same(t, content(t, dir), before)

	o.DryRun = false
	wet, err := rotate.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if lines(dry) != lines(wet) {
		t.Errorf("the dry run told\n%s, the real one\n%s", lines(dry), lines(wet))
	}
	const want = `comment.yml:2:6  stray ->
done.yml:1:4 y already default->
example.yml:1:7 text stray default->
g/vars.yml:2:4 b rotated dev->dev
g/vars.yml:10:3 l[0] rotated default->default
nested.yml:1:1  rotated prod->prod
nested.yml:1:5 in rotated default->default
other.yml:1:4 x other third->
readme.md:3:8 "Write ` + "`!vault |`" + `".a stray default->
untagged.json:1:28 pw.__ansible_vault rotated default->default
whole:1:1  rotated default->default
`
	if got := lines(wet); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	after := content(t, dir)
	for _, name := range []string{"other.yml", "done.yml", "plain.yml", "readme.md", "comment.yml", "example.yml", "zero.bin"} {
		if after[name] != before[name] {
			t.Errorf("%s was changed", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("files %v", after)
	}
	if p, _ := unseal(t, after["whole"], "new"); p != "bytes \x00\xff\n" {
		t.Errorf("whole: %q", p)
	}
	vars := after["g/vars.yml"]
	one, rest, _ := strings.Cut(strings.TrimPrefix(vars, "a: 1\nb: !vault |\n"), "l:\n- !vault |\n")
	two, end, _ := strings.Cut(rest, "# end\n")
	p1, l1 := unseal(t, strings.ReplaceAll(one, "  ", ""), "new")
	p2, l2 := unseal(t, strings.ReplaceAll(two, "  ", ""), "new")
	if p1 != "one" || l1 != "dev" || p2 != "two" || l2 != "" || end != "" {
		t.Errorf("%q %q %q %q in %s", p1, l1, p2, l2, vars)
	}
	plain, l := unseal(t, after["nested.yml"], "new")
	inner := strings.TrimSuffix(strings.TrimPrefix(plain, "in: !vault |\n"), "out: 1\n")
	if p, _ := unseal(t, strings.ReplaceAll(inner, "  ", ""), "new"); p != "deep" || l != "prod" {
		t.Errorf("nested %q", plain)
	}
	js := strings.TrimSuffix(strings.TrimPrefix(after["untagged.json"], `{"pw": {"__ansible_vault": "`), `"}}`)
	if p, _ := unseal(t, strings.ReplaceAll(js, `\n`, "\n"), "new"); p != "json" {
		t.Errorf("json %q", after["untagged.json"])
	}
	if info, err := os.Stat(filepath.Join(dir, "whole")); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v", info.Mode())
	}

	again, err := rotate.Run(context.Background(), o)
	if err != nil || again.Changed != 0 || again.Count(rotate.Rotated) != 0 {
		t.Errorf("again: %v, %s", err, lines(again))
	}
	same(t, content(t, dir), after)
}

// Every value gets a salt of its own, also when its plaintext and password are those of another.
func TestFreshSalts(t *testing.T) {
	dir := folder(t)
	files := map[string]string{}
	for i := range 6 {
		files[fmt.Sprint(i)] = seal(t, "old", "", "the same")
	}
	write(t, dir, files)
	if _, err := rotate.Run(context.Background(), options(t, dir)); err != nil {
		t.Fatal(err)
	}
	salts := map[string]bool{}
	for _, text := range content(t, dir) {
		e, err := vaultfmt.Parse([]byte(text))
		if err != nil || len(e.Salt) != vaultfmt.SaltSize {
			t.Fatal(err)
		}
		salts[string(e.Salt)] = true
	}
	if len(salts) != 6 {
		t.Errorf("%d salts for 6 values", len(salts))
	}
}

func TestLabels(t *testing.T) {
	for _, c := range []struct {
		name, old, label, to string
		want                 string
		status               rotate.Status
	}{
		{"each keeps its own", "dev", "", "new", "$ANSIBLE_VAULT;1.2;AES256;dev", rotate.Rotated},
		{"1.1 stays 1.1", "", "", "new", "$ANSIBLE_VAULT;1.1;AES256", rotate.Rotated},
		{"a new one", "dev", "prod", "new", "$ANSIBLE_VAULT;1.2;AES256;prod", rotate.Rotated},
		{"from 1.1 to 1.2", "", "prod", "new", "$ANSIBLE_VAULT;1.2;AES256;prod", rotate.Rotated},
		{"default is 1.1", "dev", "default", "new", "$ANSIBLE_VAULT;1.1;AES256", rotate.Rotated},
		{"a new id for the same password", "dev", "prod", "old", "$ANSIBLE_VAULT;1.2;AES256;prod", rotate.Rotated},
		{"nothing to do", "prod", "prod", "old", "$ANSIBLE_VAULT;1.2;AES256;prod", rotate.Already},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t)
			write(t, dir, map[string]string{"f": seal(t, "old", c.old, "x")})
			o := options(t, dir)
			o.Pairs[0].Label, o.Pairs[0].To = c.label, secret("prod", c.to)
			r, err := rotate.Run(context.Background(), o)
			if err != nil || len(r.Values) != 1 || r.Values[0].Status != c.status {
				t.Fatalf("%v, %+v", err, r)
			}
			text := content(t, dir)["f"]
			if got, _, _ := strings.Cut(text, "\n"); got != c.want {
				t.Errorf("header %s, want %s", got, c.want)
			}
			if p, _ := unseal(t, text, c.to); p != "x" {
				t.Errorf("plaintext %q", p)
			}
		})
	}
}

func TestOnlyIDAndPairs(t *testing.T) {
	dir := folder(t)
	write(t, dir, map[string]string{
		"dev": seal(t, "d", "dev", "1"), "prod": seal(t, "p", "prod", "2"), "stage": seal(t, "s", "stage", "3"), "none": seal(t, "d", "", "4"),
	})
	o := options(t, dir)
	o.Pairs = []rotate.Pair{{From: secret("dev", "d"), To: secret("dev", "d2")}, {From: secret("prod", "p"), To: secret("prod", "p2")}}
	o.OnlyIDs = []string{"dev", "prod"}
	r, err := rotate.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(r); got != "dev:1:1  rotated dev->dev\nnone:1:1  other default->\nprod:1:1  rotated prod->prod\nstage:1:1  other stage->\n" {
		t.Error(got)
	}
	after := content(t, dir)
	for name, password := range map[string]string{"dev": "d2", "prod": "p2", "stage": "s", "none": "d"} {
		unseal(t, after[name], password)
	}
}

func TestRefused(t *testing.T) {
	bad := strings.Replace(seal(t, "old", "", "x"), "\n", "\nzz", 1)
	before := map[string]string{
		"a.yml":      "k:\n  p: !vault |\n" + indent(4, seal(t, "nobody", "prod", "1")) + "  q: !vault |\n" + indent(4, seal(t, "old", "", "2")),
		"b":          seal(t, "nobody", "", "3"),
		"broken":     bad,
		"c.yml":      "x: [\n" + seal(t, "old", "", "4"),
		"d.yml":      "x: !vault nonsense\n",
		"fine":       seal(t, "old", "", "5"),
		"not-yaml.x": "x: [\n" + indent(2, seal(t, "old", "", "6")),
	}
	dir := folder(t)
	write(t, dir, before)
	_, err := rotate.Run(context.Background(), options(t, dir))
	var list diag.List
	if !errors.As(err, &list) || len(list) != 5 {
		t.Fatalf("got %v", err)
	}
	for i, want := range []string{
		`a.yml:2:6: cannot decrypt the value of "k.p": no password for vault id "prod"`,
		`b:1:1: cannot decrypt the vault: wrong password for vault id "default"`, `broken:1:1: cannot read the vault: malformed`,
		`c.yml:1:4: invalid YAML`, `d.yml:1:4: the value of "x" is not encrypted`,
	} {
		if !strings.Contains(list[i].Error(), want) {
			t.Errorf("%d is %s", i, list[i])
		}
	}
	same(t, content(t, dir), before)

	o := options(t, dir)
	o.SkipUnreadable = true
	r, err := rotate.Run(context.Background(), o)
	if err != nil || r.Count(rotate.Unreadable) != 5 || r.Count(rotate.Rotated) != 2 {
		t.Errorf("%v, %s", err, lines(r))
	}
	for _, v := range r.Values {
		if v.Status == rotate.Unreadable && v.Why == "" {
			t.Errorf("no reason for %s", v.File)
		}
	}
	after := content(t, dir)
	unseal(t, after["fine"], "new")
	for _, name := range []string{"b", "broken", "c.yml", "d.yml", "not-yaml.x"} {
		if after[name] != before[name] {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestHardLinks(t *testing.T) {
	dir := folder(t)
	write(t, dir, map[string]string{"sub/a": seal(t, "old", "", "x"), "b": seal(t, "old", "", "y")})
	outside := filepath.Join(t.TempDir(), "c")
	if err := errors.Join(os.Link(filepath.Join(dir, "sub/a"), filepath.Join(dir, "z")), os.Link(filepath.Join(dir, "b"), outside)); err != nil {
		t.Fatal(err)
	}
	before := content(t, dir)
	_, err := rotate.Run(context.Background(), options(t, dir))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"sub/a: has several names (hard links), of which only one would be replaced: z", "z: has several names", ": sub/a", "b: has several names (hard links), of which only one would be replaced: 1 more out of"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %s", err, want)
		}
	}
	same(t, content(t, dir), before)
}

// Files that somebody changes between the plan and the first replacement are refused before anything is written.
func TestChangedSincePlan(t *testing.T) {
	dir := folder(t)
	before := map[string]string{"a": seal(t, "old", "", "x"), "b.yml": "k: 1\nv: !vault |\n" + indent(2, seal(t, "old", "", "y"))}
	write(t, dir, before)
	o := options(t, dir)
	o.Progress = func(p rotate.Progress) {
		if p.Phase == rotate.Rotating && p.Done == 1 {
			before["b.yml"] = strings.Replace(before["b.yml"], "k: 1", "k: 2", 1)
			write(t, dir, map[string]string{"b.yml": before["b.yml"]})
		}
	}
	_, err := rotate.Run(context.Background(), o)
	if !errors.Is(err, vault.ErrChanged) || !strings.Contains(err.Error(), "b.yml: was changed by somebody else") || errors.Is(err, rotate.ErrPending) {
		t.Errorf("got %v", err)
	}
	same(t, content(t, dir), before)
}

func TestCancelled(t *testing.T) {
	dir := folder(t)
	before := map[string]string{"a": seal(t, "old", "", "x"), "b": seal(t, "old", "", "y"), "c": seal(t, "old", "", "z")}
	write(t, dir, before)
	ctx, cancel := context.WithCancel(context.Background())
	o := options(t, dir)
	o.Progress = func(p rotate.Progress) {
		if p.Phase == rotate.Rotating {
			cancel()
		}
	}
	if _, err := rotate.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	same(t, content(t, dir), before)
}

// One rotation at a time: beside one that runs, another is refused, and so are --resume and --abort.
func TestRunning(t *testing.T) {
	dir := folder(t)
	write(t, dir, map[string]string{"a": seal(t, "old", "", "x"), "sub/b": seal(t, "old", "", "y")})
	o := options(t, dir)
	tried := false
	o.Progress = func(p rotate.Progress) {
		if p.Phase != rotate.Rotating || tried {
			return
		}
		tried = true
		inner := options(t, dir)
		if _, err := rotate.Run(context.Background(), inner); !errors.Is(err, rotate.ErrRunning) {
			t.Errorf("beside it: %v", err)
		}
		sub := options(t, filepath.Join(dir, "sub"))
		if _, err := rotate.Run(context.Background(), sub); !errors.Is(err, rotate.ErrRunning) {
			t.Errorf("below it: %v", err)
		}
		for name, f := range map[string]func(context.Context, rotate.Recovery) (*rotate.Recovered, error){"resume": rotate.Resume, "abort": rotate.Abort} {
			if _, err := f(context.Background(), rotate.Recovery{Dir: dir}); !errors.Is(err, rotate.ErrRunning) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if _, err := rotate.Run(context.Background(), o); err != nil || !tried {
		t.Errorf("%v, %v", err, tried)
	}
	for name, f := range map[string]func(context.Context, rotate.Recovery) (*rotate.Recovered, error){"resume": rotate.Resume, "abort": rotate.Abort} {
		if _, err := f(context.Background(), rotate.Recovery{Dir: dir}); !errors.Is(err, rotate.ErrNothing) {
			t.Errorf("%s afterwards: %v", name, err)
		}
	}
}

func TestMatch(t *testing.T) {
	specs := func(text string) []vault.Spec {
		var out []vault.Spec
		for s := range strings.FieldsSeq(text) {
			out = append(out, vault.ParseSpec(s, "default"))
		}
		return out
	}
	for _, c := range []struct{ from, to, want, err string }{
		{"dev@a prod@b", "prod@c dev@d", "[1 0]", ""},
		{"dev@a", "prod@b", "[0]", ""},
		{"a", "b", "[0]", ""},
		{"dev@a prod@b", "c", "[0 0]", ""},
		{"dev@a prod@b", "x@c y@d", "[0 1]", ""},
		{"dev@a prod@b", "prod@c x@d", "[1 0]", ""},
		{"dev@a prod@b", "prod@c", "", "there is no new password for dev@a"},
		{"dev@a", "dev@b prod@c", "", "not clear what the new password prod@c is for"},
		{"dev@a stage@s prod@b", "x@c y@d", "", "not clear what the new password x@c is for"},
	} {
		got, err := rotate.Match(specs(c.from), specs(c.to), true)
		switch {
		case c.err == "" && (err != nil || fmt.Sprint(got) != c.want):
			t.Errorf("%s to %s: %v, %v", c.from, c.to, got, err)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
	if got, err := rotate.Match(specs("dev@a prod@b"), specs("prod@c"), false); err != nil || fmt.Sprint(got) != "[-1 0]" {
		t.Errorf("not all: %v, %v", got, err)
	}
}

// No plaintext and no password is in the journal.
func TestJournalIsCiphertext(t *testing.T) {
	dir := folder(t)
	write(t, dir, map[string]string{
		"f.yml": "public: PublicCanary\nk: !vault | # CommentCanary\n" + indent(2, seal(t, "OldCanary", "", "InlineCanary")),
		"w":     seal(t, "OldCanary", "", "WholeCanary"),
	})
	o := options(t, dir)
	o.Pairs[0] = rotate.Pair{From: secret("default", "OldCanary"), To: secret("default", "NewCanary")}
	o.Progress = func(p rotate.Progress) {
		if p.Phase != rotate.Replacing {
			return
		}
		all := content(t, filepath.Join(dir, rotate.Folder))
		if len(all["plan"]) < 1000 {
			t.Errorf("no journal: %v", all)
		}
		for name, text := range all {
			if bytes.Contains(decodeAll(text), []byte("Canary")) {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
	if _, err := rotate.Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
}
