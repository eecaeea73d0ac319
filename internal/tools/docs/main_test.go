package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/doc"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
)

func TestPagesAreNotStale(t *testing.T) {
	want, err := all()
	if err != nil {
		t.Fatal(err)
	}
	got, err := onDisk("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s is stale: go tool task docs", path)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s is of nothing that is there: go tool task docs", path)
		}
	}
}

func TestPagesHoldWhatIsThere(t *testing.T) {
	pages, err := all()
	if err != nil {
		t.Fatal(err)
	}
	file := pages["docs/reference/modules/ansible.builtin.file.md"]
	for _, want := range []string{"# ansible.builtin.file\n", "| `path`, `dest`, `name` | path | **needed** |", "| `unsafe_writes` | bool | `false` |", "Check mode: full."} {
		if !strings.Contains(file, want) {
			t.Errorf("the page of file lacks %q", want)
		}
	}
	if strings.Contains(file, "_diff_peek") {
		t.Error("the page of file tells an argument that is not for users")
	}
	if template := pages["docs/reference/modules/ansible.builtin.template.md"]; !strings.Contains(template, "| `lstrip_blocks` |") ||
		!strings.Contains(template, "runs on the control node") {
		t.Error("the page of template is not that of the action")
	}
	for _, want := range []string{"\n## kimai-ansible apply\n", "\n## kimai-ansible vault rekey\n", "--vault-password-file"} {
		if !strings.Contains(pages["docs/reference/cli.md"], want) {
			t.Errorf("the page of commands lacks %q", want)
		}
	}
}

// An argument that nobody explains is a hole in the reference.
func TestEveryArgumentHasHelp(t *testing.T) {
	for _, p := range doc.List("module") {
		d := p.Module
		if d.Doc.Short == "" || d.Doc.Examples == "" {
			t.Errorf("%s has no documentation, or no example", d.Name)
		}
		var check func(spec module.Args, within string)
		check = func(spec module.Args, within string) {
			for _, a := range spec {
				if a.Help == "" {
					t.Errorf("%s: argument %s%s has no help", d.Name, within, a.Name)
				}
				check(a.Options, within+a.Name+".")
			}
		}
		check(d.Spec(), "")
	}
}

func TestSubcommands(t *testing.T) {
	got := subcommands("NAME:\n   x\n\nCOMMANDS:\n   create          make\n   encrypt_string, encrypt-string  a value\n      with more text\n\nOPTIONS:\n   --help\n")
	if want := []string{"create", "encrypt_string"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
