package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// The largest that the agent's program may be, in bytes.
const (
	maxSize   = 12_000_000
	maxPacked = 4_000_000
)

// TestSize builds the agents, which takes a while.
func TestSize(t *testing.T) {
	needs.Long(t, "builds the agents")
	dir := t.TempDir()
	t.Chdir(filepath.Join("..", "..", ".."))
	if err := build(dir); err != nil {
		t.Fatal(err)
	}
	for _, arch := range archs {
		f, err := os.Open(filepath.Join(dir, "kimai-agent-linux-"+arch+".gz"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		info, _ := f.Stat()
		t.Logf("%s: %d bytes, %d compressed", arch, len(plain), info.Size())
		if len(plain) > maxSize || info.Size() > maxPacked {
			t.Errorf("the agent for %s has %d bytes, %d compressed; at most %d and %d", arch, len(plain), info.Size(), maxSize, maxPacked)
		}
		if strings.Contains(string(plain), "Show that a host is reached and modules run on it") {
			t.Error("the documentation of modules is linked in")
		}
	}
}

func TestStrip(t *testing.T) {
	const text = "package x\n\nvar _ = Set.Add(module.Def{Name: \"a\", Args: module.Args{{Name: \"n\", Help: \"long\" +\n\t\"er\", Default: \"x\"}},\n\tDoc: module.Doc{Short: \"s\"}, Run: run})\n"
	const want = "package x\n\nvar _ = Set.Add(module.Def{Name: \"a\", Args: module.Args{{Name: \"n\", Help: \"\", Default: \"x\"}},\n\tDoc: module.Doc{}, Run: run})\n"
	got, err := strip("x.go", []byte(text))
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}
