package target

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestHostsNames(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hosts")
	text := "# 10.0.0.9 web\n127.0.0.1\tlocalhost\n127.0.1.1 web.example.org web # the name\n::1 localhost web\n\n127.0.1.1 other\nbroken\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"web": {"web.example.org", "web", "other"}, "WEB": {"web.example.org", "web", "other"}, "localhost": {"localhost"}, "none": nil, "9": nil,
	} {
		if got := hostsNames(file, name); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := hostsNames(file+"x", "web"); got != nil {
		t.Errorf("without a file: %q", got)
	}
}

// TestLinkNames: the interfaces have the names that the kernel shows in /sys.
func TestLinkNames(t *testing.T) {
	links, err := os.ReadDir("/sys/class/net")
	if err != nil {
		t.Fatal(err)
	}
	names, err := linkNames()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range links {
		index, err := os.ReadFile("/sys/class/net/" + l.Name() + "/ifindex")
		if err != nil {
			continue // bonding_masters is no interface
		}
		if !slices.Contains(slices.Collect(maps.Values(names)), l.Name()) {
			t.Errorf("%s (%s) is not in %v", l.Name(), index, names)
		}
	}
}
