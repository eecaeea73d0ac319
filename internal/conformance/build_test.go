package conformance_test

import (
	"bytes"
	"debug/elf"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/tools/build"
)

// The program as it is shipped is static, knows nothing of the machine that built it, and comes out the same again.
func TestBuildIsStaticAndReproducible(t *testing.T) {
	path := binary(t)
	text := read(t, path)
	if runtime.GOOS == "linux" {
		file, err := elf.NewFile(bytes.NewReader([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range file.Progs {
			if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
				t.Errorf("the binary is not static: it has a segment %s", p.Type)
			}
		}
	}
	env, err := exec.Command("go", "env", "GOROOT", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range append(strings.Fields(string(env)), root) {
		if strings.Contains(text, of+"/") {
			t.Errorf("the binary holds the path %s of the machine that built it", of)
		}
	}
	needs.Long(t, "builds a second time, in another folder")
	// from a copy of the sources at another path, so that nothing of the first build's path can hide in its cache
	again := filepath.Join(t.TempDir(), "again")
	tree := filepath.Join(t.TempDir(), "elsewhere")
	if out, err := exec.Command("cp", "-R", root, tree).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := build.Program(tree, again); err != nil {
		t.Fatal(err)
	}
	if read(t, again) != text {
		t.Error("a second build differs from the first")
	}
}
