package layers_test

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/layers"
)

const module = "github.com/seed-6d8ad27c/kimai-ansible"

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room gives the room that a package of ours is in: "executor", "agent/client", or with inner false its path at the top.
func room(path string) (name string, inner bool) {
	rel := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	in, ok := strings.CutPrefix(rel, "internal/")
	if !ok {
		return rel, false
	}
	best := ""
	for r := range layers.Rooms {
		if (in == r || strings.HasPrefix(in, r+"/")) && len(r) > len(best) {
			best = r
		}
	}
	if best == "" {
		return in, true
	}
	return best, true
}

func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
}

func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name, inner := room(p.ImportPath)
		seen[name] = true
		for _, imp := range p.Imports {
			if within(imp, module) {
				checkOurs(t, p.ImportPath, name, inner, imp)
			} else if strings.Contains(strings.Split(imp, "/")[0], ".") {
				checkOutside(t, p.ImportPath, name, imp)
			}
		}
	}
	for _, want := range []string{"cli", "vaultfmt", "executor"} {
		if !seen[want] {
			t.Errorf("the test saw no package of %q: it checks nothing", want)
		}
	}
}

func checkOurs(t *testing.T, path, name string, inner bool, imp string) {
	t.Helper()
	to, toInner := room(imp)
	if to == name && toInner == inner {
		return
	}
	if !inner {
		allowed, ok := layers.Top[name]
		if !ok || !slices.Contains(allowed, strings.TrimPrefix(imp, module+"/")) {
			t.Errorf("%s may not import %s", path, imp)
		}
		return
	}
	allowed, ok := layers.Rooms[name]
	if !ok {
		t.Errorf("%s is in no room: give it a line in layers.Rooms", path)
		return
	}
	if from := slices.Index(layers.FloorOrder, name); from >= 0 {
		if at := slices.Index(layers.FloorOrder, to); at < 0 || at >= from {
			t.Errorf("%s may not import %s: it stands above it on the floor", path, imp)
		}
		return
	}
	if to == "needs" { // "*" doesn't give it: nothing of it may reach the program
		if name != "conformance" && !strings.HasSuffix(path, "test") {
			t.Errorf("%s may not import %s: that is for tests", path, imp)
		}
		return
	}
	if slices.Contains(allowed, "*") || toInner && slices.Contains(layers.Floor, to) || slices.Contains(allowed, to) {
		return
	}
	t.Errorf("%s may not import %s", path, imp)
}

func checkOutside(t *testing.T, path, name, imp string) {
	t.Helper()
	for prefix, rooms := range layers.Outside {
		if within(imp, prefix) {
			if !slices.Contains(rooms, name) {
				t.Errorf("%s may not import %s: that is for %v", path, imp, rooms)
			}
			return
		}
	}
	if name != "tools" && name != "conformance" {
		t.Errorf("%s imports %s, an outside module with no line in layers.Outside", path, imp)
	}
}
