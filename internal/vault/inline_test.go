package vault_test

import (
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// inlineText writes a vault as a block literal's lines, indented.
func inlineText(text, indent, eol string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(indent + strings.TrimSuffix(line, "\n") + eol)
	}
	return b.String()
}

func read1(t *testing.T, text string) *vault.Inline {
	t.Helper()
	in, err := vault.ReadInline(source.NewFile("f.yml", text))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// Whatever surrounds a vault, it is found and opened, and after it is replaced by another, all else is as it was.
func TestInlineShapes(t *testing.T) {
	sealed := seal(t, "hello", "pw", "")
	tests := []struct{ name, before, after string }{
		{"block", "# c\na: !vault |\n" + inlineText(sealed, "    ", "\n"), "b: 'x' # d\n"},
		{"ten blanks", "a: !vault |\n" + inlineText(sealed, "          ", "\n"), ""},
		{"Windows", "a: !vault |\r\n" + inlineText(sealed, "  ", "\r\n"), "b: 1\r\n"},
		{"anchor and comment", "a: &x !vault |  # why\n" + inlineText(sealed, "  ", "\n"), "\n\n# end\nb: *x\n"},
		{"no line end", "a: !vault |\n" + strings.TrimSuffix(inlineText(sealed, "  ", "\n"), "\n"), ""},
		{"strip", "a: !vault |-\n" + inlineText(sealed, "  ", "\n"), "b: [1,   2]\n"},
		{"in a list", "l:\n  - x\n  - !vault |\n" + inlineText(sealed, "      ", "\n"), "  - \"y\"\n"},
		{"in brackets", "a: {k: !vault \"" + strings.ReplaceAll(sealed, "\n", "\\n") + "\"", ", z: 1}\n"},
		{"old tag", "a: !vault-encrypted |\n" + inlineText(sealed, "  ", "\n"), ""},
		{"second document", "x: 1\n---\na: !vault |\n" + inlineText(sealed, "  ", "\n"), "...\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := tt.before + tt.after
			in := read1(t, text)
			vaults := in.Vaults()
			if len(vaults) != 1 || !vault.HasInline([]byte(text)) {
				t.Fatalf("%d vaults", len(vaults))
			}
			v := vaults[0]
			plaintext, secret, err := ring("default=pw").OpenScalar(v)
			if err != nil || string(plaintext) != "hello" {
				t.Fatalf("%q, %v", plaintext, err)
			}
			fresh := seal(t, "other", "pw", "prod")
			if !strings.HasSuffix(v.Value, "\n") {
				fresh = strings.TrimSuffix(fresh, "\n")
			}
			changed := yaml.Apply(text, vault.Replace(v, in.File, v.Tag, fresh))
			if !strings.HasSuffix(changed, tt.after) {
				t.Errorf("what follows changed: %q", changed)
			}
			now := vault.Sealed{Doc: v.Doc, Path: v.Path, Plaintext: []byte("other"), Secret: secret}
			if err := in.Verify([]byte(changed), []vault.Sealed{now}, nil); err != nil {
				t.Error(err)
			}
			// and back: the very bytes
			again := read1(t, changed)
			back := yaml.Apply(changed, vault.Replace(again.Vaults()[0], again.File, v.Tag, v.Value))
			if back != text {
				t.Errorf("not the same bytes again:\n%q\n%q", back, text)
			}
		})
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	sealed := seal(t, "hello", "pw", "")
	text := "a: !vault |\n" + inlineText(sealed, "  ", "\n") + "b: 1\n"
	in := read1(t, text)
	path := in.Vaults()[0].Path
	pw := ring("default=pw").Secrets()[0]
	want := []vault.Sealed{{Path: path, Plaintext: []byte("hello"), Secret: pw}}
	tests := []struct {
		name, changed string
		want          []vault.Sealed
		err           string
	}{
		{"fine", text, want, ""},
		{"other value", strings.Replace(text, "b: 1", "b: 2", 1), want, "the value of b would change as well"},
		{"lost", strings.Replace(text, "b: 1\n", "", 1), want, "the value of b would be lost"},
		{"more", text + "c: 3\n", want, "the value of c would change as well"},
		{"other plaintext", text, []vault.Sealed{{Path: path, Plaintext: []byte("x"), Secret: pw}}, "it decrypts to something else"},
		{"other password", text, []vault.Sealed{{Path: path, Plaintext: []byte("hello"), Secret: ring("a=no").Secrets()[0]}}, "MAC mismatch"},
		{"no vault", "a: hello\nb: 1\n", want, "it is no vault"},
		{"not there", "b: 1\n", want, "the value of a would be missing"},
		{"no YAML", "a: [\n", want, "f.yml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := in.Verify([]byte(tt.changed), tt.want, nil)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("got %v, want %q", err, tt.err)
			}
		})
	}
}

func TestReplaceKeepsComment(t *testing.T) {
	text := "a: !vault | # why\n" + inlineText(seal(t, "x", "pw", ""), "  ", "\n") + "b: 1\n"
	in := read1(t, text)
	for plain, want := range map[string]string{
		"secret":   "a: secret # why\nb: 1\n",
		"a # b":    "a: \"a # b\" # why\nb: 1\n",
		"one\ntwo": "a: |- # why\n  one\n  two\nb: 1\n",
	} {
		if got := yaml.Apply(text, vault.Replace(in.Vaults()[0], in.File, "", plain)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestInsert(t *testing.T) {
	tests := []struct{ name, text, path, want string }{
		{"root", "a: 1\n", "k", "a: 1\nk: V\n"},
		{"empty file", "", "k", "k: V\n"},
		{"only a comment", "# c\n", "k", "# c\nk: V\n"},
		{"no line end", "a: 1", "k", "a: 1\nk: V\n"},
		{"mapping", "a:\n  b: 1 # c\nz: 1\n", "a.k", "a:\n  b: 1 # c\n  k: V\nz: 1\n"},
		{"deep", "a:\n    b:\n        c: 1\n    d: 2\nz: 1\n", "a.k", "a:\n    b:\n        c: 1\n    d: 2\n    k: V\nz: 1\n"},
		{"in a list", "l:\n  - a: 1\n    b: 2\n  - c: 3\n", "l[0].k", "l:\n  - a: 1\n    b: 2\n    k: V\n  - c: 3\n"},
		{"block literal", "a:\n  b: |\n    x\n    y\nz: 1\n", "a.k", "a:\n  b: |\n    x\n    y\n  k: V\nz: 1\n"},
		{"Windows", "a: 1\r\n", "k", "a: 1\r\nk: V\r\n"},
		{"odd key", "a: 1\n", `"x: y"`, "a: 1\n\"x: y\": V\n"},
		{"key like a word", "a: 1\n", "yes", "a: 1\n\"yes\": V\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path, err := yaml.ParsePath(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			in := read1(t, tt.text)
			edit, err := in.Insert(path, func(int) string { return "V\n" })
			if err != nil {
				t.Fatal(err)
			}
			got := yaml.Apply(tt.text, edit)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if err := in.Verify([]byte(got), nil, []vault.Sealed{{Path: path, Plaintext: []byte("V")}}); err != nil {
				t.Error(err)
			}
		})
	}
	for text, path := range map[string]string{"a: {b: 1}\n": "a.k", "a: 1\n": "x.k", "a: [1]\n": "a[1]", "a: 2\n": "a.k"} {
		p, err := yaml.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := read1(t, text).Insert(p, func(int) string { return "V\n" }); err == nil {
			t.Errorf("%s in %q: no error", path, text)
		}
	}
}

func TestFind(t *testing.T) {
	in := read1(t, "db:\n  password: x\n  \"a.b\": y\nlist: [1, 2]\n")
	for path, want := range map[string]string{"db.password": "x", `db."a.b"`: "y", "list[1]": "2"} {
		p, err := yaml.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := in.Find(p); err != nil || s.Value != want {
			t.Errorf("%s: %q, %v", path, s.Value, err)
		}
	}
	for path, want := range map[string]string{"db": "db is no single value", "db.nix": "there is no value at db.nix", "list[9]": "there is no value at list[9]"} {
		p, err := yaml.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Find(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
