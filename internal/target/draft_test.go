package target_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

func newDraft(t *testing.T, sys target.System, dir, base, text string) target.Draft {
	t.Helper()
	d, err := sys.NewDraft(dir, base)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(d, text); err != nil {
		t.Fatal(err)
	}
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	return d
}

func namesIn(t *testing.T, sys target.System, dir string) string {
	t.Helper()
	names, err := sys.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

// TestDraft: a file without a name gets its place, a name for a moment, or none, on both kinds of machine.
func TestDraft(t *testing.T) {
	real, err := target.NewReal(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	memory := target.NewMemory()
	if err := memory.Mkdir("/d", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, sys := range map[string]target.System{"real": real, "memory": memory.In("/d", nil)} {
		t.Run(name, func(t *testing.T) {
			dir := sys.Dir()
			f := filepath.Join(dir, "f")
			d := newDraft(t, sys, dir, "f", "one")
			if got := namesIn(t, sys, dir); got != "" {
				t.Errorf("it shows as %s", got)
			}
			if err := d.Chmod(0o4640); err != nil {
				t.Error(err)
			}
			if info, err := d.Stat(); err != nil || info.Perm() != 0o4640 || info.Size != 3 {
				t.Errorf("%+v, %v", info, err)
			}
			if err := d.Link(f); err != nil {
				t.Error(err)
			}
			d.Discard()
			d.Discard()
			if b, err := target.ReadFile(sys, f); err != nil || string(b) != "one" || namesIn(t, sys, dir) != "f" {
				t.Errorf("%q, %v, %s", b, err, namesIn(t, sys, dir))
			}

			d = newDraft(t, sys, dir, "f", "two")
			if err := d.Link(f); !errors.Is(err, fs.ErrExist) {
				t.Errorf("linked over a file: %v", err)
			}
			if err := d.Expose(); err != nil {
				t.Fatal(err)
			}
			if got := namesIn(t, sys, dir); got != ".ansible_tmp-f f" || d.TempName() != filepath.Join(dir, ".ansible_tmp-f") {
				t.Errorf("exposed: %s, %s", got, d.TempName())
			}
			if err := d.Link(filepath.Join(dir, "g")); err == nil && name == "real" {
				t.Error("an exposed file was linked")
			}
			if err := sys.Rename(d.TempName(), f); err != nil {
				t.Fatal(err)
			}
			d.Discard()
			if b, err := target.ReadFile(sys, f); err != nil || string(b) != "two" {
				t.Errorf("%q, %v", b, err)
			}

			d = newDraft(t, sys, dir, "h", "three")
			if err := d.Expose(); err != nil {
				t.Fatal(err)
			}
			d.Discard()
			if got := namesIn(t, sys, dir); strings.Contains(got, "h") {
				t.Errorf("left: %s", got)
			}

			d = newDraft(t, sys, ".", "i", "four") // relative to the machine's folder, which need not be the process's
			if err := d.Link("i"); err != nil {
				t.Error(err)
			}
			d.Discard()
			if b, err := target.ReadFile(sys, filepath.Join(dir, "i")); err != nil || string(b) != "four" {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
	if _, err := real.NewDraft(filepath.Join(real.Dir(), "none"), "f"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), ".ansible_tmp-f") {
		t.Errorf("in no folder: %v", err)
	}
}

// TestDraftOfTheDead: what a killed process left is removed by the next one that wants the name; what a living one has, what is
// no regular file, and what is not ours stays.
func TestDraftOfTheDead(t *testing.T) {
	dir := t.TempDir()
	real, err := target.NewReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	stays := map[string]bool{".ansible_tmpabcdefgh": true, ".ansible_tmp12345f": true, "f": true}
	for name := range stays {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".ansible_tmp-f", ".ansible_tmp-f2", ".ansible_tmp-abcdefgh-g"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	other, err := os.OpenFile(filepath.Join(dir, ".ansible_tmp-living"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := unix.Flock(int(other.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, ".ansible_tmp-pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("f", filepath.Join(dir, ".ansible_tmp-link")); err != nil {
		t.Fatal(err)
	}
	stays[".ansible_tmp-living"], stays[".ansible_tmp-pipe"], stays[".ansible_tmp-link"] = true, true, true
	one, two := newDraft(t, real, dir, "f", "one"), newDraft(t, real, dir, "f", "two")
	defer one.Discard()
	defer two.Discard()
	for _, d := range []target.Draft{one, two} {
		if err := d.Expose(); err != nil {
			t.Fatal(err)
		}
		stays[filepath.Base(d.TempName())] = true
	}
	if filepath.Base(one.TempName()) != ".ansible_tmp-f" || one.TempName() == two.TempName() {
		t.Errorf("%s and %s", one.TempName(), two.TempName())
	}
	names, _ := real.ReadDir(dir)
	for _, name := range names {
		if !stays[name] {
			t.Errorf("%s stays", name)
		}
		delete(stays, name)
	}
	for name := range stays {
		t.Errorf("%s is gone", name)
	}
	long := newDraft(t, real, dir, strings.Repeat("x", 240)+".conf", "")
	defer long.Discard()
	if err := long.Expose(); err != nil || !strings.HasSuffix(long.TempName(), ".conf") {
		t.Errorf("a long name: %v", err)
	}
}
