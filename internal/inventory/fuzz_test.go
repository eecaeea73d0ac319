package inventory_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/inventory"
)

// FuzzINI: any text is an inventory or a warning.
func FuzzINI(f *testing.F) {
	names, _ := filepath.Glob("testdata/cases/*/h")
	for _, n := range names {
		text, err := os.ReadFile(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(dir, "fuzz.ini")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		inv, err := inventory.Load(context.Background(), []string{path}, inventory.Options{Warn: func(inventory.Warning) {}})
		if err != nil {
			t.Fatal(err)
		}
		if len(inv.Hosts()) < 1000 {
			if err := (&inventory.Lister{Inventory: inv}).JSON(io.Discard); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Fatalf("%d bytes took %v", len(text), took)
		}
	})
}

// FuzzPattern: any pattern selects hosts or gives a diag.Error.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{"all", "web:&db:!x", "~www[1-2]", "web[0:1]", "www*[1]", "w[!a-c]*", "@lim", "2001:db8::1", "[::1]:22"} {
		f.Add(p)
	}
	wd, err := os.Getwd()
	if err != nil {
		f.Fatal(err)
	}
	inv, err := inventory.Load(context.Background(), []string{"cases/patterns/h"}, inventory.Options{Dir: filepath.Join(wd, "testdata")})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, p string) {
		hosts, err := inv.Match(inventory.Limit{}, p)
		var d *diag.Error
		if err != nil && !errors.As(err, &d) {
			t.Fatalf("%T: %v", err, err)
		}
		seen := map[*inventory.Host]bool{}
		for _, h := range hosts {
			if seen[h] {
				t.Fatalf("%q selects %s twice", p, h.Name())
			}
			seen[h] = true
		}
	})
}
