package ansiblehelp_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/cli/ansiblehelp"
)

func TestOf(t *testing.T) {
	if text, ok := ansiblehelp.Of("ansible-vault encrypt_string"); !ok || text == "" {
		t.Error("ansible-vault encrypt_string has no text")
	}
	if _, ok := ansiblehelp.Of("ansible-vault lose"); ok {
		t.Error("ansible-vault lose has a text")
	}
}

func TestOutline(t *testing.T) {
	const head = "usage: x [-h]\n         [file]\n"
	for _, c := range []struct{ name, text, want string }{
		{"no help", "changed: [a]\n", "changed: [a]\n"},
		{"usage alone", head + "x: error: no\n", head + "x: error: no\n"},
		{
			"words differ", head + "\nIt does a thing\nor two.\n\npositional arguments:\n  file   what\n         it reads\n\noptions:\n  -h, --help  this\n  -o OUT\n              there\n\nThe end.\n",
			head + "\npositional arguments:\n  file\noptions:\n  -h, --help\n  -o OUT\n",
		},
		{"a section's words", head + "\nActions:\n  one of these\n\n  --list  x\n", head + "\nActions:\n  --list\n"},
		{"one argument", head + "\npositional arguments:\n  file    what it is\n\noptions:\n  -h  x\n", head + "\npositional arguments:\n  file\noptions:\n  -h\n"},
		{"behind an error", head + "x: error: no\n \n" + head + "\noptions:\n  -h  this\n", head + "x: error: no\n \n" + head + "\noptions:\n  -h\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ansiblehelp.Outline(c.text)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if again := ansiblehelp.Outline(got); again != got {
				t.Errorf("of an outline: %q", again)
			}
		})
	}
}
