package merge_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/merge"
	"github.com/seed-6d8ad27c/kimai-ansible/vaultfmt"
)

var (
	sealedMu sync.Mutex
	sealed   = map[[3]string]string{}
)

// seal gives a vault, the same one for the same arguments; nth tells several of the same plaintext apart.
func seal(t *testing.T, password, plaintext, nth string) string {
	t.Helper()
	sealedMu.Lock()
	defer sealedMu.Unlock()
	key := [3]string{password, plaintext, nth}
	if sealed[key] == "" {
		e, err := vaultfmt.Encrypt([]byte(plaintext), []byte(password), "")
		if err != nil {
			t.Fatal(err)
		}
		text, err := e.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		sealed[key] = string(text)
	}
	return sealed[key]
}

// expand replaces {PASSWORD:PLAINTEXT} by a !vault value and {{PASSWORD:PLAINTEXT}} by a whole vault. An x behind the
// password is another ciphertext of the same.
func expand(t *testing.T, text string) string {
	if rest, ok := strings.CutPrefix(text, "{{"); ok {
		password, plaintext, _ := strings.Cut(strings.TrimSuffix(rest, "}}"), ":")
		return seal(t, strings.TrimSuffix(password, "x"), plaintext, password)
	}
	for {
		before, rest, ok := strings.Cut(text, "{")
		if !ok {
			return text
		}
		value, after, _ := strings.Cut(rest, "}")
		password, plaintext, _ := strings.Cut(value, ":")
		vault := seal(t, strings.TrimSuffix(password, "x"), plaintext, password)
		text = before + "!vault |\n  " + strings.ReplaceAll(strings.TrimSuffix(vault, "\n"), "\n", "\n  ") + after
	}
}

func TestMerge(t *testing.T) {
	needs.Program(t, "git", "the merges of a real git")
	for _, c := range []struct {
		name, base, ours, theirs string
		want                     string // expanded; "" is not compared
		opened                   string // what it is decrypted, where that is not compared
		conflict                 string
	}{
		{"only theirs", "a: {o:1}\n", "a: {o:1}\n", "a: {o:2}\n", "a: {o:2}\n", "", ""},
		{"only ours", "a: {o:1}\n", "a: {o:2}\n", "a: {o:1}\n", "a: {o:2}\n", "", ""},
		{"neighbours", "a: {o:1}\nb: {o:2}\n", "a: {o:3}\nb: {o:2}\n", "a: {o:1}\nb: {o:4}\n", "a: {o:3}\nb: {o:4}\n", "", ""},
		{"the same on both sides, encrypted twice", "a: {o:1}\n", "a: {o:2}\n", "a: {ox:2}\n", "a: {o:2}\n", "", ""},
		{"encrypted anew without a change", "a: {o:1}\nb: 1\n", "a: {ox:1}\nb: 1\n", "a: {o:3}\nb: 1\n", "a: {o:3}\nb: 1\n", "", ""},
		{"rotated and changed", "a: {o:1}\nb: {o:2}\n", "a: {n:1}\nb: {n:2}\n", "a: {o:3}\nb: {o:2}\n", "", "a: n:3\nb: n:2\n", ""},
		{"changed and rotated", "a: {o:1}\nb: {o:2}\n", "a: {o:3}\nb: {o:2}\n", "a: {n:1}\nb: {n:2}\n", "", "a: n:3\nb: n:2\n", ""},
		{"rotated and added", "a: {o:1}\n\nz: 1\n", "a: {n:1}\n\nz: 1\n", "a: {o:1}\n\nz: 1\nb: {o:9}\n", "", "a: n:1\n\nz: 1\nb: n:9\n", ""},
		{"rotated and removed", "a: {o:1}\n\nz: 1\n", "a: {n:1}\n\nz: 1\n", "\nz: 1\n", "\nz: 1\n", "", ""},
		{"added on both sides", "z: 1\n", "z: 1\na: {o:1}\n", "z: 1\na: {ox:1}\n", "z: 1\na: {o:1}\n", "", ""},
		{"changed on both sides", "a: {o:1}\n", "a: {o:2}\n", "a: {o:3}\n", "", "<<<<<<< ours\na: o:2\n=======\na: o:3\n>>>>>>> theirs\n", "f:1: the value of a was changed on both sides"},
		{"of several lines", "a: {o:1\n2\n3\n}\n", "a: {o:x\n2\n3\n}\n", "a: {o:1\n2\ny\n}\n", "", "a: o:x\n2\ny\n\n", ""},
		{"whole", "{{o:1\n2\n3\n}}", "{{o:x\n2\n3\n}}", "{{o:1\n2\ny\n}}", "", "o:x\n2\ny\n", ""},
		{"whole, rotated and changed", "{{o:1\n2\n}}", "{{n:1\n2\n}}", "{{o:1\n3\n}}", "", "n:1\n3\n", ""},
		{"whole, encrypted and changed", "1\n2\n", "{{o:1\n2\n}}", "1\n3\n", "", "o:1\n3\n", ""},
		{"whole, the same", "{{o:1\n2\n}}", "{{o:1\n3\n}}", "{{ox:1\n3\n}}", "{{o:1\n3\n}}", "", ""},
		{"whole, conflict", "{{o:1\n}}", "{{o:2\n}}", "{{o:3\n}}", "", "o:<<<<<<< ours\n2\n=======\n3\n>>>>>>> theirs\n", "conflict within the encrypted file"},
		{"whole, nobody opens it", "{{o:1\n}}", "{{lost:2\n}}", "{{o:3\n}}", "{{lost:2\n}}", "", "a version can't be opened, so ours was kept"},
		{"nobody opens it, but one side changed", "{{lost:1\n}}", "{{lost:2\n}}", "{{lost:1\n}}", "{{lost:2\n}}", "", ""},
		{"binary", "{{o:\x001}}", "{{o:\x002}}", "{{o:\x003}}", "{{o:\x002}}", "", "conflict"},
		{"plain", "1\n2\n3\n", "x\n2\n3\n", "1\n2\ny\n", "x\n2\ny\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := &merge.Merger{
				Ring: vault.NewKeyring([]*vault.Secret{vault.NewSecret("default", "", "o"), vault.NewSecret("default", "", "n")}), Environ: os.Environ(), Dir: t.TempDir(),
			}
			r, err := m.Merge(context.Background(), merge.Versions{
				Name: "f", Base: []byte(expand(t, c.base)), Ours: []byte(expand(t, c.ours)), Theirs: []byte(expand(t, c.theirs)),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(r.Conflicts, "\n"); c.conflict == "" && got != "" || !strings.Contains(got, c.conflict) {
				t.Errorf("conflicts %q, want %q", got, c.conflict)
			}
			if want := expand(t, c.want); c.want != "" && string(r.Text) != want {
				t.Errorf("got\n%s\nwant\n%s", r.Text, want)
			}
			if got := opened(t, string(r.Text)); c.opened != "" && got != c.opened {
				t.Errorf("got\n%s\nwant\n%s", got, c.opened)
			}
		})
	}
}

// opened replaces each vault by its password and plaintext.
func opened(t *testing.T, text string) string {
	open := func(vault string) string {
		e, err := vaultfmt.ParseLenient([]byte(vault))
		if err != nil {
			t.Fatalf("%v in %q", err, vault)
		}
		for _, password := range []string{"o", "n", "lost"} {
			if p, err := e.Decrypt([]byte(password)); err == nil {
				return password + ":" + string(p)
			}
		}
		return "?"
	}
	if strings.HasPrefix(text, vaultfmt.Header) {
		return open(text)
	}
	var out strings.Builder
	lines := strings.SplitAfter(text, "\n")
	for i := 0; i < len(lines); i++ {
		before, ok := strings.CutSuffix(lines[i], "!vault |\n")
		out.WriteString(before)
		if !ok {
			continue
		}
		var v strings.Builder
		for ; i+1 < len(lines) && strings.HasPrefix(lines[i+1], "  "); i++ {
			v.WriteString(lines[i+1][2:])
		}
		out.WriteString(open(v.String()) + "\n")
	}
	return out.String()
}
