package yaml_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

// outline writes every value with its type and place, as the recorder's "org" run of ansible-core prints them.
func outline(b *strings.Builder, indent, label string, v value.Value) {
	m := value.MarksOf(v)
	place := "-"
	if m.Origin.IsValid() {
		place = fmt.Sprintf("%d:%d", m.Origin.Line, m.Origin.Col)
	}
	flags := ""
	if m.Trusted {
		flags += " T"
	}
	if m.Secret {
		flags += " S"
	}
	fmt.Fprintf(b, "%s%s %s %s%s\n", indent, label, v.Type(), place, flags)
	indent += "  "
	switch v := v.(type) {
	case *value.List:
		for _, e := range v.Stored() {
			outline(b, indent, "-", e)
		}
	case value.Tuple:
		for _, e := range v.Elems() {
			outline(b, indent, "-", e)
		}
	case *value.Set:
		for _, e := range v.Members() {
			outline(b, indent, "-", e)
		}
	case *value.Dict:
		for it := v.Iterate(); it.Next(); {
			outline(b, indent, "key", it.Key())
			outline(b, indent, "val", it.Stored())
		}
	}
}

const marked = `---
a: 1
b: !!str 12
c: &x
  k: v
  l: [1, 2.5, ~, yes, 2001-01-01, 2001-01-01 10:00:00]
d: *x
e: !unsafe
  f: "{{ x }}"
  g: [a, {h: i}]
h: !unsafe "zz"
j: !!omap [a: 1]
k: !!binary aGVsbG8=
l: |
  foo
n: {<<: *x, k: own}
p: &anc val
q: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  6162
r: !unsafe 12
s: !unsafe "12"
`

// The places are those that ansible-core 2.19 reports for the same text.
const markedOutline = `doc dict 2:1
  key str 2:1 T
  val int 2:4
  key str 3:1 T
  val str 3:4 T
  key str 4:1 T
  val dict 4:4
    key str 5:3 T
    val str 5:6 T
    key str 6:3 T
    val list 6:6
      - int 6:7
      - float 6:10
      - NoneType -
      - bool -
      - date 6:23
      - datetime 6:35
  key str 7:1 T
  val dict 4:4
    key str 5:3 T
    val str 5:6 T
    key str 6:3 T
    val list 6:6
      - int 6:7
      - float 6:10
      - NoneType -
      - bool -
      - date 6:23
      - datetime 6:35
  key str 8:1 T
  val dict 8:4
    key str 9:3
    val str 9:6
    key str 10:3
    val list 10:6
      - str 10:7
      - dict 10:10
        key str 10:11
        val str 10:14
  key str 11:1 T
  val str 11:4
  key str 12:1 T
  val list 12:4
    - tuple 12:4
      - str 12:12 T
      - int 12:15
  key str 13:1 T
  val bytes 13:4
  key str 14:1 T
  val str 14:4 T
  key str 16:1 T
  val dict 16:4
    key str 5:3 T
    val str 16:16 T
    key str 6:3 T
    val list 6:6
      - int 6:7
      - float 6:10
      - NoneType -
      - bool -
      - date 6:23
      - datetime 6:35
  key str 17:1 T
  val str 17:4 T
  key str 18:1 T
  val str 18:4 S
  key str 21:1 T
  val int 21:4
  key str 22:1 T
  val int 22:4
`

func TestMarks(t *testing.T) {
	open := func(text string, pos source.Pos) (value.Value, error) {
		if want := "$ANSIBLE_VAULT;1.1;AES256\n6162\n"; text != want {
			t.Errorf("the Vault hook got %q, want %q", text, want)
		}
		return value.NewMarkedStr("secret", value.Marks{Origin: pos, Secret: true}), nil
	}
	v, err := yaml.Load(source.NewFile("f.yml", marked), yaml.Options{Trusted: true, Vault: open})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	outline(&b, "", "doc", v)
	if got := b.String(); got != markedOutline {
		t.Errorf("got\n%s", got)
	}
}

// TestAliasUnderUnsafe: a value that is anchored outside of !unsafe and one that is anchored inside keep what they are.
func TestAliasUnderUnsafe(t *testing.T) {
	v, err := yaml.Load(source.NewFile("f.yml", "a: !unsafe [&x one]\nb: *x\nc: &y two\nd: !unsafe [*y]\n"), yaml.Options{Trusted: true})
	if err != nil {
		t.Fatal(err)
	}
	d := v.(*value.Dict)
	if value.IsTrusted(d.Stored("b")) {
		t.Error("an alias of what stands below !unsafe is trusted")
	}
	if value.IsTrusted(d.Stored("d").(*value.List).Stored()[0]) {
		t.Error("an alias below !unsafe is trusted")
	}
}

func TestSecretAndUntrusted(t *testing.T) {
	f := source.NewSensitiveFile("v.yml", "a: [b, 1]")
	v, err := yaml.Load(f, yaml.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	outline(&b, "", "doc", v)
	want := "doc dict 1:1 S\n  key str 1:1 S\n  val list 1:4 S\n    - str 1:5 S\n    - int 1:8 S\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

// TestNothingOfASecretFile: whatever is wrong with a text that came out of a vault, its words are not repeated.
func TestNothingOfASecretFile(t *testing.T) {
	for _, r := range recordedErrors(t) {
		text := strings.NewReplacer("b", "CANARY", "c", "CANARY", "'x'", "'CANARY'", "foo", "CANARY", "x", "CANARY").Replace(r.Text)
		f := source.NewSensitiveFile("f.yml", text)
		_, err := yaml.Load(f, yaml.Options{Warn: func(w yaml.Warning) error { return errors.New(w.Msg + w.Help + w.Pos.Excerpt()) }})
		if err == nil {
			continue
		}
		var p *yaml.ParserError
		said := diag.Detail(err)
		if errors.As(err, &p) {
			said += p.Message
		}
		if strings.Contains(said, "CANARY") {
			t.Errorf("Load(%q) says\n%s", text, said)
		}
	}
}

func TestWarnings(t *testing.T) {
	text := "a: 1\nb: 2\na: 3\nc:\n  <<: {x: 1, y: 2}\n  x: 3\n1: a\n1.0: b\nd: !!pairs [a: 1]\n"
	want := []string{
		"f.yml:9:4 Use of the YAML `!!pairs` tag is deprecated. Use a standard mapping instead.",
		"f.yml:3:1 Found duplicate mapping key 'a'. Using last defined value only.",
		"f.yml:8:1 Found duplicate mapping key 1.0. Using last defined value only.",
		"f.yml:6:3 Found duplicate mapping key 'x'. Using last defined value only.",
	}
	var got []string
	_, err := yaml.Load(source.NewFile("f.yml", text), yaml.Options{Warn: func(w yaml.Warning) error {
		got = append(got, w.Pos.String()+" "+w.Msg+" "+w.Help)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	stop := errors.New("duplicates are refused")
	if _, err := yaml.Load(source.NewFile("f.yml", text), yaml.Options{Warn: func(yaml.Warning) error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("an error of Warn does not end the loading: %v", err)
	}
}

func TestVaultErrors(t *testing.T) {
	cause := errors.New("no secret opens it")
	hook := func(string, source.Pos) (value.Value, error) { return nil, cause }
	_, err := yaml.Load(source.NewFile("f.yml", "a:\n  b: !vault |\n    x\n"), yaml.Options{Vault: hook})
	if !errors.Is(err, cause) || err.Error() != "f.yml:2:6: no secret opens it" {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]string{
		"a: !vault [x]": "f.yml:1:4: invalid YAML: the '!vault' tag requires a string value",
		"a: !vault ''":  "f.yml:1:4: invalid YAML: the '!vault' tag requires a string value",
		"a: !vaul x":    "f.yml:1:4: invalid YAML: could not determine a constructor for the tag '!vaul'",
	} {
		_, err := yaml.Load(source.NewFile("f.yml", text), yaml.Options{Vault: hook})
		if err == nil || err.Error() != want {
			t.Errorf("Load(%q): got %v, want %s", text, err, want)
		}
	}
	if _, err := yaml.Load(source.NewFile("f.yml", "a: !vault x"), yaml.Options{}); err == nil {
		t.Error("!vault without a hook is read")
	}
}

// TestBombs: texts whose aliases multiply end with an error, soon.
func TestBombs(t *testing.T) {
	lists, merges, lines := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n", "a0: &a0 {a: 1, b: 2, c: 3}\n", "b0: &b0 x\n"
	for i := 1; i < 30; i++ {
		lists += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10))
		merges += fmt.Sprintf("a%d: &a%d {<<: [%s]}\n", i, i, strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10))
		lines += fmt.Sprintf("b%d: &b%d {x: *b%d, y: *b%d}\n", i, i, i-1, i-1)
	}
	deep := strings.Repeat("[", 100000)
	for name, text := range map[string]string{"lists": lists, "merges": merges, "dicts": lines, "deep": deep, "deep mapping": strings.Repeat("{a: ", 100000)} {
		if _, err := yaml.Load(source.NewFile("f.yml", text), yaml.Options{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestJSONFirst(t *testing.T) {
	tests := []struct{ text, want string }{
		{
			`{"a": 1e3, "b": [true, null, "2001-01-01", 12345678901234567890, -0, -0.0, NaN, -Infinity, 1E400]}`,
			`["dict",[[["str","a"],["float","1000"]],[["str","b"],["list",[["bool","True"],["none"],["str","2001-01-01"],["int","12345678901234567890"],["int","0"],["float","-0"],["float","NaN"],["float","-Inf"],["float","+Inf"]]]]]]`,
		},
		{`{"a": 1e3,}`, `["dict",[[["str","a"],["str","1e3"]]]]`},
		{`{"a": 012}`, `["dict",[[["str","a"],["int","10"]]]]`},
		{`{"a": 1, "a": 2}`, `["dict",[[["str","a"],["int","2"]]]]`},
		{` 12 `, `["int","12"]`},
		{"\"\\ud83d\\ude00 \\/ \\u0000\"", `["str","😀 / \u0000"]`},
		{`{"a": "` + "\t" + `"}`, `["dict",[[["str","a"],["str","\t"]]]]`},
		{`{"h": {"__ansible_type": "x"}}`, `["dict",[[["str","h"],["dict",[[["str","__ansible_type"],["str","x"]]]]]]]`},
	}
	for _, tt := range tests {
		v, err := yaml.Load(source.NewFile("f.json", tt.text), yaml.Options{JSONFirst: true})
		if err != nil {
			t.Errorf("Load(%s): %v", tt.text, err)
			continue
		}
		if got := asJSON(typed(t, v)); got != tt.want {
			t.Errorf("Load(%s)\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestJSONMarks(t *testing.T) {
	text := `{"u": {"__ansible_unsafe": "{{ x }}"}, "v": {"__ansible_vault": "cipher"}, "t": "{{ x }}"}`
	open := func(text string, pos source.Pos) (value.Value, error) {
		return value.NewMarkedStr(text+"!", value.Marks{Origin: pos, Secret: true}), nil
	}
	v, err := yaml.Load(source.NewFile("f.json", text), yaml.Options{JSONFirst: true, Trusted: true, Vault: open})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	outline(&b, "", "doc", v)
	want := "doc dict 0:0\n  key str -\n  val str 0:0\n  key str -\n  val str 0:0 S\n  key str -\n  val str 0:0 T\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	if s := v.(*value.Dict).Stored("v").(value.Str).String(); s != "cipher!" {
		t.Errorf("the Vault hook gave %q", s)
	}
}
