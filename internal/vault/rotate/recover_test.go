package rotate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault/rotate"
)

// interrupted gives a tree of two files of which one was replaced when the disk failed, and the names of the new and the
// old one.
func interrupted(t *testing.T) (dir, fresh, stale string) {
	t.Helper()
	dir = folder(t)
	before := map[string]string{"a.yml": "k: 1\nv: !vault |\n" + indent(2, seal(t, "old", "", "1")), "b.yml": "k: 1\nv: !vault |\n" + indent(2, seal(t, "old", "", "2"))}
	write(t, dir, before)
	o := options(t, dir)
	var renames atomic.Int64
	o.Probe = func(call, path string) error {
		if call == "rename" && strings.HasSuffix(path, ".yml") {
			if renames.Add(1) > 1 {
				return syscall.EIO
			}
		}
		return nil
	}
	_, err := rotate.Run(context.Background(), o)
	var ie *rotate.InterruptedError
	if !errors.As(err, &ie) || !errors.Is(err, syscall.EIO) || !errors.Is(err, rotate.ErrPending) {
		t.Fatalf("got %v", err)
	}
	after := content(t, dir)
	fresh, stale = "a.yml", "b.yml"
	if after["a.yml"] == before["a.yml"] {
		fresh, stale = stale, fresh
	}
	if after[fresh] == before[fresh] || after[stale] != before[stale] {
		t.Fatal("not one of the two was replaced")
	}
	return dir, fresh, stale
}

// edit changes the k of a file, beside the vault.
func edit(t *testing.T, dir, name string) {
	t.Helper()
	text := content(t, dir)[name]
	write(t, dir, map[string]string{name: strings.Replace(text, "k: 1", "k: 2", 1)})
}

func password(t *testing.T, text string) string {
	t.Helper()
	_, v, _ := strings.Cut(text, "!vault |\n")
	for _, p := range []string{"old", "new"} {
		if opens(strings.ReplaceAll(v, "  ", ""), p, "1") == nil || opens(strings.ReplaceAll(v, "  ", ""), p, "2") == nil {
			return p
		}
	}
	return "?"
}

// Files that somebody has changed after the interruption are never overwritten.
func TestRecoverChanged(t *testing.T) {
	t.Run("one that is still old", func(t *testing.T) {
		dir, _, stale := interrupted(t)
		edit(t, dir, stale)
		before := content(t, dir)
		_, err := rotate.Resume(context.Background(), rotate.Recovery{Dir: dir})
		if !errors.Is(err, vault.ErrChanged) || !strings.Contains(err.Error(), stale+": was changed by somebody else") {
			t.Errorf("resume: %v", err)
		}
		same(t, content(t, dir), before)
		done, err := rotate.Abort(context.Background(), rotate.Recovery{Dir: dir})
		if err != nil || len(done.Left) != 1 || !strings.Contains(done.Left[0].Error(), stale) {
			t.Fatalf("abort: %v, %+v", err, done)
		}
		after := content(t, dir)
		if len(after) != 2 || after[stale] != before[stale] || password(t, after["a.yml"]) != "old" || password(t, after["b.yml"]) != "old" {
			t.Errorf("after the abort: %v", after)
		}
	})
	t.Run("one that is new", func(t *testing.T) {
		dir, fresh, stale := interrupted(t)
		saved := content(t, dir)[fresh]
		edit(t, dir, fresh)
		for name, f := range map[string]func(context.Context, rotate.Recovery) (*rotate.Recovered, error){"resume": rotate.Resume, "abort": rotate.Abort} {
			if _, err := f(context.Background(), rotate.Recovery{Dir: dir}); !errors.Is(err, vault.ErrChanged) || !strings.Contains(err.Error(), fresh) {
				t.Errorf("%s: %v", name, err)
			}
			if got := content(t, dir)[fresh]; got != strings.Replace(saved, "k: 1", "k: 2", 1) {
				t.Errorf("%s has overwritten %s", name, fresh)
			}
		}
		write(t, dir, map[string]string{fresh: saved})
		if _, err := rotate.Resume(context.Background(), rotate.Recovery{Dir: dir}); err != nil || password(t, content(t, dir)[stale]) != "new" {
			t.Errorf("when it is restored: %v", err)
		}
	})
	t.Run("one that is gone", func(t *testing.T) {
		dir, _, stale := interrupted(t)
		if err := os.Remove(filepath.Join(dir, stale)); err != nil {
			t.Fatal(err)
		}
		if _, err := rotate.Resume(context.Background(), rotate.Recovery{Dir: dir}); !errors.Is(err, vault.ErrChanged) {
			t.Errorf("resume: %v", err)
		}
		if _, err := rotate.Abort(context.Background(), rotate.Recovery{Dir: dir}); err != nil {
			t.Errorf("abort: %v", err)
		}
	})
}

// A rotation of a folder below, above or beside an interrupted one in the same tree is refused.
func TestPendingAround(t *testing.T) {
	dir, _, _ := interrupted(t)
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, filepath.Join(dir, "sub"), filepath.Dir(dir)} {
		if _, err := rotate.Run(context.Background(), options(t, d)); !errors.Is(err, rotate.ErrPending) {
			t.Errorf("%s: %v", d, err)
		}
	}
	if j, ok := rotate.Pending(filepath.Join(dir, "sub")); !ok || j != filepath.Join(dir, rotate.Folder) {
		t.Errorf("%s, %v", j, ok)
	}
}

// A journal that was tampered with or cut off is refused, and writes to no file.
func TestJournalRefused(t *testing.T) {
	for name, spoil := range map[string]func(lines []string) []string{
		"cut off":         func(l []string) []string { return l[:len(l)-1] },
		"cut in a line":   func(l []string) []string { l[len(l)-1] = l[len(l)-1][:20]; return l },
		"an entry less":   func(l []string) []string { return append(l[:1:1], l[2:]...) },
		"another version": func(l []string) []string { l[0] = strings.Replace(l[0], "rotate 1", "rotate 9", 1); return l },
		"another entry":   func(l []string) []string { l[1] = strings.Replace(l[1], `.yml`, `.xml`, 1); return l },
		"empty":           func([]string) []string { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir, _, _ := interrupted(t)
			plan := filepath.Join(dir, rotate.Folder, "plan")
			data, err := os.ReadFile(plan)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(plan, []byte(strings.Join(spoil(strings.SplitAfter(strings.TrimSuffix(string(data), "\n"), "\n")), "")), 0o600); err != nil {
				t.Fatal(err)
			}
			before := content(t, dir)
			for end, f := range map[string]func(context.Context, rotate.Recovery) (*rotate.Recovered, error){"resume": rotate.Resume, "abort": rotate.Abort} {
				if _, err := f(context.Background(), rotate.Recovery{Dir: dir}); err == nil || !strings.Contains(err.Error(), "the journal ") {
					t.Errorf("%s: %v", end, err)
				}
			}
			same(t, content(t, dir), before)
		})
	}
}

// A journal that somebody has planted, whole in itself, can't have files written out of the tree.
func TestPlantedJournal(t *testing.T) {
	outside := folder(t)
	write(t, outside, map[string]string{"victim": "old content"})
	dir, _, _ := interrupted(t)
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	plan := filepath.Join(dir, rotate.Folder, "plan")
	data, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	for _, path := range []string{"../" + filepath.Base(outside) + "/victim", outside + "/victim", "link/victim"} {
		var e map[string]any
		if err := json.Unmarshal(lines[1], &e); err != nil {
			t.Fatal(err)
		}
		e["path"] = `"` + path + `"`
		entry, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		planted := rotate.PlanOf(lines[0], append(entry, '\n'))
		if err := os.WriteFile(plan, planted, 0o600); err != nil {
			t.Fatal(err)
		}
		for end, f := range map[string]func(context.Context, rotate.Recovery) (*rotate.Recovered, error){"resume": rotate.Resume, "abort": rotate.Abort} {
			if _, err := f(context.Background(), rotate.Recovery{Dir: dir}); err == nil || !strings.Contains(err.Error(), "names a file out of the tree") {
				t.Errorf("%s, %s: %v", path, end, err)
			}
		}
	}
	same(t, content(t, outside), map[string]string{"victim": "old content"})
}

// Mode, owner, access list and extended attributes stay.
func TestAttributesStay(t *testing.T) {
	dir := folder(t)
	write(t, dir, map[string]string{"f": seal(t, "old", "", "x")})
	path := filepath.Join(dir, "f")
	// an access list as acl(5) has it on the disk: version 2, then tag, permissions and id of each entry
	acl := []byte{2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 4, 0, 57, 48, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255, 16, 0, 4, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255}
	attrs := map[string][]byte{"user.note": []byte("kept"), "system.posix_acl_access": acl}
	for name, val := range attrs {
		if err := unix.Setxattr(path, name, val, 0); err != nil {
			t.Logf("skipped, %s can't be set here: %v", name, err)
			delete(attrs, name)
		}
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 1234, 4321); err != nil {
			t.Fatal(err)
		}
	}
	var was, is unix.Stat_t
	if err := unix.Stat(path, &was); err != nil {
		t.Fatal(err)
	}
	if _, err := rotate.Run(context.Background(), options(t, dir)); err != nil {
		t.Fatal(err)
	}
	if err := unix.Stat(path, &is); err != nil {
		t.Fatal(err)
	}
	if was.Ino == is.Ino || was.Mode != is.Mode || was.Uid != is.Uid || was.Gid != is.Gid {
		t.Errorf("was %+v, is %+v", was, is)
	}
	for name, val := range attrs {
		buf := make([]byte, 200)
		if n, err := unix.Getxattr(path, name, buf); err != nil || !bytes.Equal(buf[:n], val) {
			t.Errorf("%s is %v, %v", name, buf[:max(n, 0)], err)
		}
	}
}

// Who is not root can't keep the owner of another one's file: it is refused before anything is written.
func TestOwnerRefused(t *testing.T) {
	needs.Root(t) // who can make files of two users
	const nobody = 65534
	dir := faultTree(t)
	for path, uid := range map[string]int{"": nobody, "tree": nobody, "tree/g": nobody, "pw": nobody, "tree/w": 0, "tree/g/f.yml": nobody} {
		if err := errors.Join(os.Chown(filepath.Join(dir, path), uid, uid), os.Chmod(filepath.Join(dir, path), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "pw"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := content(t, dir)
	self, err := os.Open(os.Args[0]) // its folder is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	cmd := exec.Command("/proc/self/fd/3")
	cmd.ExtraFiles = []*os.File{self}
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), childDir+"="+dir, childCall+"=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, _ := cmd.CombinedOutput()
	if !bytes.Contains(out, []byte("w: belongs to user 0 and group 0, which this user can't keep")) {
		t.Errorf("got %s", out)
	}
	same(t, content(t, dir), before)
}
