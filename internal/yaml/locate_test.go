package yaml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

func TestScalars(t *testing.T) {
	text := "\ufeff# comment\n" +
		"a: &x !vault |  # why\n" +
		"  $ANSIBLE_VAULT;1.1;AES256\n" +
		"  6162\n" +
		"\n" +
		"# after\n" +
		"b:\n" +
		"- !vault   |\n" +
		"      6364\n" +
		"- {k.d: !vault \"65\", 'q': [plain text, ~]}\n" +
		"- c: two\n" +
		"   lines\n" +
		"  e:\n" +
		"f: !!str\n" +
		"---\n" +
		"- !vault |2\n" +
		"    67\n"
	f := source.NewFile("f.yml", text)
	got := ""
	scalars, err := yaml.Scalars(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scalars {
		got += fmt.Sprintf("%d %s %s %s style %d indent %d flow %v: %q\n", s.Doc, s.Path, s.Tag, s.Pos, s.Style, s.Indent, s.InFlow, text[s.Start:s.End])
	}
	want := `0 a !vault f.yml:2:4 style 3 indent 2 flow false: "&x !vault |  # why\n  $ANSIBLE_VAULT;1.1;AES256\n  6162"
0 b[0] !vault f.yml:8:3 style 3 indent 6 flow false: "!vault   |\n      6364"
0 b[1]."k.d" !vault f.yml:10:9 style 2 indent 2 flow true: "!vault \"65\""
0 b[1].q[0]  f.yml:10:28 style 0 indent 2 flow true: "plain text"
0 b[1].q[1]  f.yml:10:40 style 0 indent 2 flow true: "~"
0 b[2].c  f.yml:11:6 style 0 indent 4 flow false: "two\n   lines"
0 b[2].e  f.yml:13:5 style 0 indent 4 flow false: ""
0 f !!str f.yml:14:4 style 0 indent 2 flow false: "!!str"
1 [0] !vault f.yml:16:3 style 3 indent 2 flow false: "!vault |2\n    67"
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReplace(t *testing.T) {
	const cipher = "$ANSIBLE_VAULT;1.1;AES256\n3132\n3334\n"
	tests := []struct{ name, text, tag, value, want string }{
		{"literal keeps its header", "a: !vault | # c\n   x\nb: 1\n", "!vault", cipher, "a: !vault | # c\n   $ANSIBLE_VAULT;1.1;AES256\n   3132\n   3334\nb: 1\n"},
		{"windows", "a: !vault |\r\n  x\r\nb: 1\r\n", "!vault", cipher, "a: !vault |\r\n  $ANSIBLE_VAULT;1.1;AES256\r\n  3132\r\n  3334\r\nb: 1\r\n"},
		{"plain becomes vault", "x:\n  a: secret  # c\n", "!vault", cipher, "x:\n  a: !vault |  # c\n    $ANSIBLE_VAULT;1.1;AES256\n    3132\n    3334\n"},
		{"in brackets", "a: [!vault 'x', b]\n", "!vault", cipher, "a: [!vault \"$ANSIBLE_VAULT;1.1;AES256\\n3132\\n3334\\n\", b]\n"},
		{"vault becomes text", "a: !vault |\n  x\nb: 1\n", "", "it's: a", "a: \"it's: a\"\nb: 1\n"},
		{"vault becomes plain", "a: &k !vault |\n  x\n", "", "hello world", "a: &k hello world\n"},
		{"number as text", "a: x", "", "12", "a: \"12\""},
		{"no value", "a:\nb:\n", "", "x", "a: x\nb:\n"},
		{"lines without a last break", "a: x\n", "", "one\ntwo", "a: |-\n  one\n  two\n"},
		{"lines with two", "a: x\nb: y\n", "", "one\n\n", "a: \"one\\n\\n\"\nb: y\n"},
		{"leading blank", "a: x\n", "", " one\ntwo\n", "a: \" one\\ntwo\\n\"\n"},
		{"a comment below", "a: x\n  # why\nb: y\n", "!vault", cipher, "a: !vault \"$ANSIBLE_VAULT;1.1;AES256\\n3132\\n3334\\n\"\n  # why\nb: y\n"},
		{"a comment below, further left", "a:\n  b: x\n  # why\n", "!vault", cipher, "a:\n  b: !vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    3132\n    3334\n  # why\n"},
		{"empty", "a: x\n", "", "", "a: \"\"\n"},
		{"no line end at the end", "a: !vault |\n  x", "!vault", cipher, "a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n  3334"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := source.NewFile("f.yml", tt.text)
			scalars, err := yaml.Scalars(f)
			if err != nil {
				t.Fatal(err)
			}
			s := scalars[0]
			got := yaml.Apply(tt.text, s.Replace(f, tt.tag, tt.value))
			if got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// replaceAll replaces the scalars of text one at a time, and checks that nothing else changes.
func replaceAll(t *testing.T, text string) {
	t.Helper()
	f := source.NewFile("f.yml", text)
	scalars, err := yaml.Scalars(f)
	if err != nil {
		return
	}
	for i, s := range scalars {
		if s.Start > s.Text || s.Text > s.End && s.Text != s.Body || s.End > len(text) {
			t.Fatalf("%q: %s: offsets %d %d %d %d", text, s.Path, s.Start, s.Text, s.Body, s.End)
		}
		for _, v := range []string{"NeW", "two\nlines\n", "a: b\n c"} {
			changed := yaml.Apply(text, s.Replace(f, "", v))
			again, err := yaml.Scalars(source.NewFile("f.yml", changed))
			if err != nil && (strings.Contains(text, "\n\t") || strings.Contains(text, "\r\t")) {
				continue // a line of a tab is fine below a plain scalar and nowhere else
			}
			if err != nil {
				t.Fatalf("%q: with %s replaced: %q: %v", text, s.Path, changed, err)
			}
			if len(again) != len(scalars) {
				t.Fatalf("%q: with %s replaced: %q has %d scalars, not %d", text, s.Path, changed, len(again), len(scalars))
			}
			for j := range again {
				want := scalars[j].Value
				if j == i {
					want = v
				}
				moved := !again[j].Path.Equal(scalars[j].Path) && !strings.Contains(text, "*") // an alias may be a key
				if again[j].Value != want || moved {
					t.Fatalf("%q: with %s replaced: %q: %s is %q, want %q", text, s.Path, changed, again[j].Path, again[j].Value, want)
				}
			}
		}
	}
}

func TestReplaceEverywhere(t *testing.T) {
	for _, name := range []string{"testdata/scalars.jsonl", "testdata/documents.jsonl"} {
		for _, r := range recordings(t, name) {
			if r.Error == "" {
				replaceAll(t, r.Text)
			}
		}
	}
}

// FuzzReplace: a value that is replaced changes nothing else.
func FuzzReplace(f *testing.F) {
	for _, r := range recordings(&testing.T{}, "testdata/documents.jsonl") {
		f.Add(r.Text)
	}
	f.Fuzz(func(t *testing.T, text string) { replaceAll(t, text) })
}

func TestPaths(t *testing.T) {
	for text, want := range map[string]yaml.Path{
		".":                       {},
		"a":                       {{"a", -1}},
		"a.b[0].c":                {{"a", -1}, {"b", -1}, {"", 0}, {"c", -1}},
		`a."key.with.dots"[2][3]`: {{"a", -1}, {"key.with.dots", -1}, {"", 2}, {"", 3}},
		`[1].""`:                  {{"", 1}, {"", -1}},
		`"say \"x\"".ü.a-b_c/d`:   {{`say "x"`, -1}, {"ü", -1}, {"a-b_c/d", -1}},
		`"[0]"."a b"."'"`:         {{"[0]", -1}, {"a b", -1}, {"'", -1}},
	} {
		got, err := yaml.ParsePath(text)
		if err != nil || !got.Equal(want) {
			t.Errorf("ParsePath(%s) = %v, %v; want %v", text, got, err, want)
		}
		if got.String() != text {
			t.Errorf("String() = %s, want %s", got, text)
		}
	}
	if p, err := yaml.ParsePath("a.'b.c'"); err != nil || p.String() != `a."b.c"` {
		t.Errorf("single quotes: %v, %v", p, err)
	}
	for _, text := range []string{"", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", `"a`, "a b", `a"b"`, "a[0]b", "a.[0]", "'a"} {
		if p, err := yaml.ParsePath(text); err == nil {
			t.Errorf("ParsePath(%s) = %v, want an error", text, p)
		}
	}
}

func TestScalarsSeeWhatLoadSees(t *testing.T) {
	f := source.NewFile("f.yml", "a: {b: [x, 'y']}\n")
	scalars, err := yaml.Scalars(f)
	if err != nil {
		t.Fatal(err)
	}
	v, err := yaml.Load(f, yaml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list := v.(*value.Dict).Stored("a").(*value.Dict).Stored("b").(*value.List).Stored()
	for i, e := range list {
		if got := value.OriginOf(e); got != scalars[i].Pos {
			t.Errorf("element %d: origin %v, scalar at %v", i, got, scalars[i].Pos)
		}
	}
}
