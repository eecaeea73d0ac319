package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The inventory that is measured has 5,000 hosts, each in a rack, a site and a region, with variables for each.
func TestInventoryThatIsMeasured(t *testing.T) {
	dir := t.TempDir()
	if err := writeInventory(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "hosts.ini"))
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]int{"ansible_host=": 5000, "[rack_": 500, "[site_": 50, "[region_": 5} {
		if got := strings.Count(string(text), what); got != want {
			t.Errorf("%d times %s, want %d", got, what, want)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "group_vars/*.yml")); len(files) != 1+5+50 {
		t.Errorf("%d files of variables", len(files))
	}
}
