package diag_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
)

func TestNearest(t *testing.T) {
	options := []string{"--ask-vault-pass", "--check", "--diff", "--force-handlers", "--limit", "--list-hosts", "--tags"}
	for _, c := range []struct {
		name string
		in   []string
		want string
	}{
		{"--chekc", options, "--check"}, // a far one that sorts first is no tie
		{"--limt", options, "--limit"},
		{"--lists-host", options, "--list-hosts"},
		{"--become", options, ""},
		{"dmeo", []string{"example", "demo"}, "demo"},
		{"demp", []string{"demos", "demo"}, "demo"},
		{"cat", []string{"car", "bat"}, "bat"}, // a tie goes to the first by name, in whatever order they come
		{"cat", []string{"bat", "car"}, "bat"},
		{"x", nil, ""},
	} {
		if got := diag.Nearest(c.name, c.in); got != c.want {
			t.Errorf("Nearest(%q, %q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}
