package locate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/source"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/locate"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/yaml"
)

const head = "$ANSIBLE_VAULT;1.2;AES256;dev"

func TestScan(t *testing.T) {
	block := "!vault |\n  " + head + "\n  00\n"
	for _, c := range []struct {
		name, text string
		kind       locate.Kind
		want       string // key:line:label:sure of each value, then the lines of strays
	}{
		{"whole", head + "\n00\n", locate.Document, ":1:dev:true"},
		{"inline", "a: 1\nb: " + block + "c: [" + `!vault "` + head + `\n00"]`, locate.Vars, "b:2:dev:true c[0]:5:dev:true"},
		{"in a document", "b: " + block, locate.Document, "b:1:dev:false"},
		{"untagged", `{"x": "` + head + `\n00"}`, locate.Vars, "x:1:dev:false"},
		{"in a comment", "# " + head + "\nb: " + block + "# " + head, locate.Vars, "b:2:dev:true 1 5"},
		{"in no YAML", "b: [\n" + head, locate.Unknown, "2"},
		{"only the tag", "say: use !vault\n", locate.Vars, ""},
		{"an empty tag", "a: !vault x\n", locate.Vars, "a:1:default:true"},
		{"nothing", "a: 1\n", locate.Vars, ""},
		{"no YAML that mentions it", "[ !vault", locate.Vars, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := locate.Scan(source.NewFile("f", c.text), c.kind)
			if err != nil {
				t.Fatal(err)
			}
			var parts []string
			if got != nil {
				for _, v := range got.Values {
					parts = append(parts, fmt.Sprintf("%s:%d:%s:%v", v.Key, v.Pos.Line, v.Label, v.Sure))
				}
				for _, s := range got.Strays {
					parts = append(parts, fmt.Sprint(s.Line))
				}
			}
			if have := strings.Join(parts, " "); have != c.want {
				t.Errorf("got %q, want %q", have, c.want)
			}
		})
	}
	if _, err := locate.Scan(source.NewFile("f", "b: [\n"+head), locate.Vars); err == nil {
		t.Error("a vars file that is no YAML is no error")
	}
}

func TestKindOf(t *testing.T) {
	for path, want := range map[string]locate.Kind{
		"/r/a.yml": locate.Vars, "/r/a.YAML": locate.Vars, "/r/a.json": locate.Vars, "/r/group_vars/all": locate.Vars, "/r/host_vars/x/y": locate.Vars,
		"/r/secret": locate.Unknown, "/r/README.md": locate.Document, "/r/x.j2": locate.Document,
	} {
		if got := locate.KindOf(path); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestEdit(t *testing.T) {
	const fresh = "$ANSIBLE_VAULT;1.1;AES256\n11\n22\n"
	for name, c := range map[string][2]string{
		"whole":                  {head + "\n00\n", fresh},
		"whole without an end":   {head + "\n00", strings.TrimSuffix(fresh, "\n")},
		"whole with CRLF":        {head + "\r\n00\r\n", strings.ReplaceAll(fresh, "\n", "\r\n")},
		"more lines than before": {"a: !vault |  # c\n     " + head + "\n     00\n\n# d\n", "a: !vault |  # c\n     $ANSIBLE_VAULT;1.1;AES256\n     11\n     22\n\n# d\n"},
		"fewer":                  {"a: !vault |-\n " + head + "\n 00\n 00\n 00\nb: 1", "a: !vault |-\n $ANSIBLE_VAULT;1.1;AES256\n 11\n 22\nb: 1"},
		"empty lines between":    {"a: !vault >+\n  " + head + "\n\n  00\n\n\nb: 1\n", "a: !vault >+\n  $ANSIBLE_VAULT;1.1;AES256\n\n  11\n\n  22\n\n\nb: 1\n"},
		"quoted":                 {"{a: !vault '" + head + "\n\n  00', b: 1}", `{a: !vault "$ANSIBLE_VAULT;1.1;AES256\n11\n22", b: 1}`},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := locate.Scan(source.NewFile("f", c[0]), locate.Vars)
			if err != nil || text == nil || len(text.Values) != 1 {
				t.Fatal(err)
			}
			if got := yaml.Apply(c[0], text.Edit(text.Values[0], []byte(fresh))); got != c[1] {
				t.Errorf("got\n%q\nwant\n%q", got, c[1])
			}
		})
	}
}
