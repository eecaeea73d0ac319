package vault_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWriteKeepsModeAndAttributes(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "f", "old", 0o664)
	attr := unix.Setxattr(path, "user.note", []byte("kept"), 0) == nil
	if err := (vault.Replacement{Path: path, Data: []byte("new")}).Write([]byte("old")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o664 || read(t, path) != "new" {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if attr {
		buf := make([]byte, 16)
		if n, err := unix.Getxattr(path, "user.note", buf); err != nil || string(buf[:n]) != "kept" {
			t.Errorf("the extended attribute is lost: %v", err)
		}
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("files %q", got)
	}
}

func TestWriteOwner(t *testing.T) {
	needs.Root(t) // who can give files away
	path := write(t, t.TempDir(), "f", "old", 0o640)
	if err := os.Chown(path, 1234, 4321); err != nil {
		t.Fatal(err)
	}
	if err := (vault.Replacement{Path: path, Data: []byte("new")}).Write(nil); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil || st.Uid != 1234 || st.Gid != 4321 || st.Mode&0o777 != 0o640 {
		t.Errorf("%d:%d %o, %v", st.Uid, st.Gid, st.Mode, err)
	}
}

func TestWriteNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := (vault.Replacement{Path: path, Data: []byte("new")}).Write(nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestWriteFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "f", "old", 0o600)
	link := filepath.Join(dir, "link")
	if err := os.Symlink("f", link); err != nil {
		t.Fatal(err)
	}
	if err := (vault.Replacement{Path: link, Data: []byte("new")}).Write([]byte("old")); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(link); err != nil || target != "f" || read(t, filepath.Join(dir, "f")) != "new" {
		t.Errorf("the link became something else: %v", err)
	}
}

func TestWriteRefusals(t *testing.T) {
	bad := errors.New("bad")
	tests := []struct {
		name string
		make func(t *testing.T, dir string) vault.Replacement
		old  []byte
		is   error
	}{
		{"verification fails", func(t *testing.T, dir string) vault.Replacement {
			return vault.Replacement{Path: write(t, dir, "f", "old", 0o600), Data: []byte("new"), Verify: func([]byte) error { return bad }}
		}, []byte("old"), bad},
		{"changed meanwhile", func(t *testing.T, dir string) vault.Replacement {
			return vault.Replacement{Path: write(t, dir, "f", "newer", 0o600), Data: []byte("new")}
		}, []byte("old"), vault.ErrChanged},
		{"link to nothing", func(t *testing.T, dir string) vault.Replacement {
			if err := os.Symlink("nosuch", filepath.Join(dir, "l")); err != nil {
				t.Fatal(err)
			}
			return vault.Replacement{Path: filepath.Join(dir, "l"), Data: []byte("new")}
		}, nil, nil},
		{"folder", func(_ *testing.T, dir string) vault.Replacement {
			return vault.Replacement{Path: dir, Data: []byte("new")}
		}, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			r := tt.make(t, dir)
			before := names(t, dir)
			err := r.Write(tt.old)
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v", err)
			}
			if after := names(t, dir); len(after) != len(before) {
				t.Errorf("files %q", after)
			}
			if b, err := os.ReadFile(filepath.Join(dir, "f")); err == nil && string(b) == "new" {
				t.Error("the file was replaced")
			}
		})
	}
}

func TestWriteSweeps(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "f", "old", 0o600)
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{".f.kimai-999999999-0", ".f.kimai-" + strconv.Itoa(os.Getpid()) + "-7", ".g.kimai-999999999-0"} {
		if err := os.Chtimes(write(t, dir, name, "x", 0o600), old, old); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, ".f.kimai-999999998-0", "young", 0o600)
	if err := (vault.Replacement{Path: path, Data: []byte("new")}).Write(nil); err != nil {
		t.Fatal(err)
	}
	want := []string{".f.kimai-" + strconv.Itoa(os.Getpid()) + "-7", ".f.kimai-999999998-0", ".g.kimai-999999999-0", "f"}
	slices.Sort(want)
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
}

// TestWriteFullDisk runs itself as a child, for which files can't grow beyond 1000 bytes.
func TestWriteFullDisk(t *testing.T) {
	if path := os.Getenv("KIMAI_TEST_FULL"); path != "" {
		// a Go program gets EFBIG for the write: the runtime ignores SIGXFSZ unless it is asked for
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1000, Max: 1000}); err != nil {
			os.Exit(8)
		}
		err := (vault.Replacement{Path: path, Data: make([]byte, 100000)}).Write([]byte("old"))
		if errors.Is(err, unix.EFBIG) {
			os.Exit(7)
		}
		os.Exit(9)
	}
	dir := t.TempDir()
	path := write(t, dir, "f", "old", 0o600)
	cmd := exec.Command(os.Args[0], "-test.run=^TestWriteFullDisk$")
	cmd.Env = append(os.Environ(), "KIMAI_TEST_FULL="+path)
	err := cmd.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("ended with %v", err)
	}
	if read(t, path) != "old" || len(names(t, dir)) != 1 {
		t.Errorf("files %q", names(t, dir))
	}
}
