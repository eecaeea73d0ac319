package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/program"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/module"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// The largest that a program may be, in bytes.
var bounds = map[module.Part]struct{ plain, packed int64 }{
	module.Core: {7_000_000, 2_600_000}, // it is sent to every host, and its checksum made at each contact
	module.More: {12_000_000, 4_000_000},
}

// TestSize builds the agents, which takes a while.
func TestSize(t *testing.T) {
	needs.Long(t, "builds the agents")
	dir := t.TempDir()
	t.Chdir(filepath.Join("..", "..", ".."))
	if err := build(dir); err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		for _, arch := range archs {
			plain, packed := unpacked(t, filepath.Join(dir, program.NameOf(part)+"-linux-"+arch+".gz"))
			t.Logf("%s, %s: %d bytes, %d compressed", part, arch, len(plain), packed)
			if most := bounds[part]; int64(len(plain)) > most.plain || packed > most.packed {
				t.Errorf("the program of the part %s for %s has %d bytes, %d compressed; at most %d and %d", part, arch, len(plain), packed, most.plain, most.packed)
			}
			if strings.Contains(string(plain), "Show that a host is reached and modules run on it") {
				t.Error("the documentation of modules is linked in")
			}
		}
	}
}

// unpacked gives a program, and the size of its file.
func unpacked(t *testing.T, name string) (plain []byte, packed int64) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	return plain, int64(len(b))
}

// TestCoreIsSmall: nothing that is large and that few modules need comes into the core by a back door.
func TestCoreIsSmall(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", ".."))
	deps := func(command string) []string {
		out, err := exec.Command("go", "list", "-deps", "./cmd/"+command).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(out))
	}
	more := deps(program.NameOf(module.More))
	core := deps(program.NameOf(module.Core))
	for _, large := range []string{"crypto/tls", "crypto/x509", "crypto/ecdsa", "crypto/rsa", "golang.org/x/crypto/ssh", "archive/zip", "github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fetch"} {
		if slices.Contains(core, large) {
			t.Errorf("%s is linked into the core", large)
		}
		if !slices.Contains(more, large) {
			t.Errorf("%s is not even linked into the other program: it need not be watched", large)
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
