package doc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/doc"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// A thing that nobody explains is a hole in the documentation.
func TestEverythingIsExplained(t *testing.T) {
	for _, kind := range doc.Kinds() {
		pages := doc.List(kind)
		if len(pages) == 0 {
			t.Errorf("there is nothing of the kind %s", kind)
		}
		for _, p := range pages {
			if len(p.Short) < 8 {
				t.Errorf("%s %s: no line in summaries.txt", kind, p.Name)
			}
			if text := doc.Text(p); !strings.Contains(text, p.Name) {
				t.Errorf("%s %s: its page does not name it", kind, p.Name)
			}
			if found, ok := doc.Find(kind, p.Name); !ok || found.Name != p.Name {
				t.Errorf("%s %s is not found by its own name", kind, p.Name)
			}
		}
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct{ kind, name, want string }{
		{"module", "apt", "ansible.builtin.apt"},
		{"module", "ansible.legacy.copy", "ansible.builtin.copy"},
		{"module", "template", "ansible.builtin.template"},
		{"module", "openssl_privatekey", "community.crypto.openssl_privatekey"},
		{"module", "ansible.builtin.systemd_service", "ansible.builtin.systemd"},
		{"filter", "d", "ansible.builtin.default"},
		{"filter", "ansible.netcommon.ipaddr", "ansible.utils.ipaddr"},
		{"test", "success", "ansible.builtin.succeeded"},
		{"callback", "timer", "ansible.posix.timer"},
		{"keyword", "when", "when"},
		{"lookup", "ansible.builtin.env", "ansible.builtin.env"},
		{"lookup", "nothing", ""},
		{"nothing", "env", ""},
	} {
		if p, _ := doc.Find(c.kind, c.name); p.Name != c.want {
			t.Errorf("%s %s is %q, want %q", c.kind, c.name, p.Name, c.want)
		}
	}
}

func TestMissing(t *testing.T) {
	d := &module.Def{Name: "ansible.builtin.group", Args: module.Args{{Name: "name"}, {Name: "gid"}}}
	if got := doc.Missing(d); !slices.Contains(got, "state") || slices.Contains(got, "name") {
		t.Errorf("got %q: state is missing, name is not", got)
	}
	if got := doc.Missing(&module.Def{Name: "kimai.ansible.nothing"}); got != nil {
		t.Errorf("got %q of a module that Ansible does not have", got)
	}
	text := doc.Text(doc.Page{Kind: "module", Name: d.Name, Module: d, Missing: []string{"state"}})
	if !strings.Contains(text, "NOT HERE") || !strings.Contains(text, "  * state\n") {
		t.Errorf("what is missing is not told:\n%s", text)
	}
}

// Each module and action is in the list of what Ansible's takes, so that what is missing is known of all.
func TestAnsibleKnowsAll(t *testing.T) {
	for _, p := range doc.List("module") {
		if !doc.Listed(p.Name) {
			t.Errorf("%s has no line in ansible.tsv: .ci/record doc", p.Name)
		}
	}
}

func TestJSON(t *testing.T) {
	p, _ := doc.Find("module", "group")
	v, err := value.AppendJSON(nil, doc.JSON(p), value.JSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"collection": "ansible.builtin"`, `"module": "group"`, `"choices": ["absent", "present"]`, `"check_mode": {"support": "full"}`, `"return": {"gid"`} {
		if !strings.Contains(string(v), want) {
			t.Errorf("%s is not in %s", want, v)
		}
	}
}

func TestSnippet(t *testing.T) {
	p, _ := doc.Find("module", "group_by")
	want := "- name: Put the host into a group that is named by a value\n  group_by:\n" +
		"      key:                   # (required) The name of the group.\n" +
		"      parents:               # Groups that the group belongs to.\n"
	if got := doc.Snippet(p); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
