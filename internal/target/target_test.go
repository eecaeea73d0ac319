package target_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// both runs a test on the real machine and on one in memory: what a test of decisions sees must be what happens.
func both(t *testing.T, test func(t *testing.T, sys target.System)) {
	t.Run("real", func(t *testing.T) {
		syscall.Umask(0o022)
		sys, err := target.NewReal(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		test(t, sys)
	})
	t.Run("memory", func(t *testing.T) {
		m := target.NewMemory()
		if err := m.Mkdir("/work", 0o755); err != nil {
			t.Fatal(err)
		}
		test(t, m.In("/work", nil))
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func TestFiles(t *testing.T) {
	both(t, func(t *testing.T, sys target.System) {
		must(t, target.WriteFile(sys, "f", []byte("hello"), 0o666))
		b, err := target.ReadFile(sys, "f")
		if err != nil || string(b) != "hello" {
			t.Errorf("%q, %v", b, err)
		}
		info, err := sys.Stat("f")
		must(t, err)
		if info.Perm() != 0o644 || info.Size != 5 || !info.IsRegular() || info.Nlink != 1 {
			t.Errorf("%+v", info)
		}
		must(t, sys.Chmod("f", 0o4711))
		if info, _ = sys.Stat("f"); info.Perm() != 0o4711 {
			t.Errorf("mode %o", info.Perm())
		}
		_, err = sys.OpenFile("f", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		wantErr(t, "exclusive", err, fs.ErrExist)
		_, err = sys.Open("no")
		wantErr(t, "open", err, fs.ErrNotExist)
		_, err = sys.Lstat("f/x")
		wantErr(t, "below a file", err, syscall.ENOTDIR)
		_, err = sys.Lstat("")
		wantErr(t, "no name", err, fs.ErrNotExist)
		at := time.Unix(1600000000, 5000)
		must(t, sys.Chtimes("f", at, at.Add(time.Hour)))
		if info, _ = sys.Stat("f"); !info.Atime.Equal(at) || !info.Mtime.Equal(at.Add(time.Hour)) {
			t.Errorf("times %v %v", info.Atime, info.Mtime)
		}
		tmp, err := sys.CreateTemp(".", "a*b")
		must(t, err)
		_, err = tmp.Write([]byte("new"))
		must(t, err)
		must(t, tmp.Close())
		if !strings.HasPrefix(tmp.Name(), sys.Dir()+"/a") || !strings.HasSuffix(tmp.Name(), "b") {
			t.Errorf("temporary file %s", tmp.Name())
		}
		if info, _ = sys.Stat(tmp.Name()); info.Perm() != 0o600 {
			t.Errorf("mode %o", info.Perm())
		}
		must(t, sys.Rename(tmp.Name(), "f"))
		if b, _ = target.ReadFile(sys, "f"); string(b) != "new" {
			t.Errorf("got %q", b)
		}
	})
}

func TestDirectories(t *testing.T) {
	both(t, func(t *testing.T, sys target.System) {
		must(t, sys.Mkdir("d", 0o777))
		wantErr(t, "mkdir twice", sys.Mkdir("d", 0o777), fs.ErrExist)
		wantErr(t, "mkdir in nothing", sys.Mkdir("no/d", 0o777), fs.ErrNotExist)
		must(t, target.WriteFile(sys, "d/b", nil, 0o600))
		must(t, target.WriteFile(sys, "d/a", nil, 0o600))
		names, err := sys.ReadDir("d")
		if err != nil || strings.Join(names, " ") != "a b" {
			t.Errorf("%v, %v", names, err)
		}
		_, err = sys.ReadDir("d/a")
		wantErr(t, "readdir of a file", err, syscall.ENOTDIR)
		wantErr(t, "remove a full one", sys.Remove("d"), syscall.ENOTEMPTY)
		_, err = target.ReadFile(sys, "d")
		wantErr(t, "read of a directory", err, syscall.EISDIR)
		wantErr(t, "write to a directory", target.WriteFile(sys, "d", nil, 0o600), syscall.EISDIR)
		must(t, sys.RemoveAll("d"))
		_, err = sys.Stat("d")
		wantErr(t, "stat", err, fs.ErrNotExist)
		must(t, sys.RemoveAll("d"))
		wantErr(t, "remove nothing", sys.Remove("d"), fs.ErrNotExist)
	})
}

func TestLinks(t *testing.T) {
	both(t, func(t *testing.T, sys target.System) {
		must(t, sys.Mkdir("d", 0o755))
		must(t, target.WriteFile(sys, "d/f", []byte("x"), 0o644))
		must(t, sys.Symlink("d", "l"))
		must(t, sys.Symlink("nowhere", "broken"))
		must(t, sys.Symlink("loop", "loop"))
		if b, err := target.ReadFile(sys, "l/f"); err != nil || string(b) != "x" {
			t.Errorf("%q, %v", b, err)
		}
		if to, err := sys.Readlink("l"); err != nil || to != "d" {
			t.Errorf("%q, %v", to, err)
		}
		if got := sys.Realpath("l/f"); got != sys.Realpath(".")+"/d/f" {
			t.Errorf("realpath %s", got)
		}
		if got := sys.Realpath("broken"); got != sys.Realpath(".")+"/nowhere" {
			t.Errorf("realpath %s", got)
		}
		_, err := sys.Stat("broken")
		wantErr(t, "broken", err, fs.ErrNotExist)
		_, err = sys.Stat("loop")
		wantErr(t, "loop", err, syscall.ELOOP)
		if info, err := sys.Lstat("l"); err != nil || !info.IsLink() || info.Size != 1 {
			t.Errorf("%+v, %v", info, err)
		}
		if info, err := sys.Lstat("l/"); err != nil || !info.IsDir() {
			t.Errorf("with a slash: %+v, %v", info, err)
		}
		must(t, sys.Link("d/f", "h"))
		if info, _ := sys.Stat("d/f"); info.Nlink != 2 {
			t.Errorf("%d links", info.Nlink)
		}
		wantErr(t, "link over a file", sys.Link("d/f", "h"), fs.ErrExist)
		must(t, sys.Remove("l"))
		if _, err := sys.Stat("d/f"); err != nil {
			t.Error(err)
		}
	})
}

func TestRenameRules(t *testing.T) {
	both(t, func(t *testing.T, sys target.System) {
		must(t, sys.Mkdir("d", 0o755))
		must(t, sys.Mkdir("full", 0o755))
		must(t, target.WriteFile(sys, "full/x", nil, 0o644))
		must(t, target.WriteFile(sys, "f", nil, 0o644))
		if err := sys.Rename("f", "d"); !errors.Is(err, syscall.EISDIR) && !errors.Is(err, fs.ErrExist) {
			t.Errorf("file onto directory: %v", err)
		}
		wantErr(t, "directory onto file", sys.Rename("d", "f"), syscall.ENOTDIR)
		if err := sys.Rename("d", "full"); !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrExist) {
			t.Errorf("directory onto a full one: %v", err)
		}
		wantErr(t, "nothing", sys.Rename("no", "f"), fs.ErrNotExist)
	})
}

func TestAccounts(t *testing.T) {
	both(t, func(t *testing.T, sys target.System) {
		u, ok, err := sys.UserByName("root")
		if err != nil || !ok || u.UID != 0 || u.Home != "/root" {
			t.Errorf("%+v %v %v", u, ok, err)
		}
		if g, ok, _ := sys.GroupByID(0); !ok || g.Name != "root" {
			t.Errorf("%+v %v", g, ok)
		}
		if _, ok, err := sys.UserByName("no such: user"); ok || err != nil {
			t.Errorf("%v %v", ok, err)
		}
		if _, ok, err := sys.UserByID(123456789); ok || err != nil {
			t.Errorf("%v %v", ok, err)
		}
	})
}

func TestRun(t *testing.T) {
	sys, err := target.NewReal(t.TempDir())
	must(t, err)
	ctx := context.Background()
	exit, err := sys.Run(ctx, target.Command{Argv: []string{"sh", "-c", `cat; echo "$X"; pwd -P; echo err >&2; exit 3`}, Env: []string{"X=y"}, Stdin: strings.NewReader("in\n")})
	if err != nil || exit.Code != 3 || string(exit.Stdout) != "in\ny\n"+sys.Realpath(".")+"\n" || string(exit.Stderr) != "err\n" {
		t.Errorf("%d %q %q %v", exit.Code, exit.Stdout, exit.Stderr, err)
	}
	exit, err = sys.Run(ctx, target.Command{Argv: []string{"sh", "-c", "kill -9 $$"}})
	if err != nil || exit.Code != -9 {
		t.Errorf("%d %v", exit.Code, err)
	}
	_, err = sys.WithEnviron([]string{"PATH=/usr/bin:/bin"}).Run(ctx, target.Command{Argv: []string{"no-such-program"}})
	wantErr(t, "no program", err, fs.ErrNotExist)
	must(t, target.WriteFile(sys, "f", []byte("x"), 0o644))
	_, err = sys.Run(ctx, target.Command{Argv: []string{"./f"}})
	wantErr(t, "not executable", err, fs.ErrPermission)
	mask := uint32(0o077)
	exit, err = sys.Run(ctx, target.Command{Argv: []string{"sh", "-c", "umask; echo $1", "sh", "a b"}, Umask: &mask})
	if err != nil || string(exit.Stdout) != "0077\na b\n" {
		t.Errorf("%q %v", exit.Stdout, err)
	}
}

// TestCancelKillsTheGroup: the program and what it started are gone, and output held open by a child does not hang.
func TestCancelKillsTheGroup(t *testing.T) {
	sys, err := target.NewReal(t.TempDir())
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	file := filepath.Join(needs.Folder(t), "pid")
	var cancelled time.Time
	go func() {
		for begin := time.Now(); time.Since(begin) < 30*time.Second; time.Sleep(time.Millisecond) {
			if _, err := os.Stat(file); err == nil {
				break
			}
		}
		cancelled = time.Now()
		cancel()
	}()
	exit, err := sys.Run(ctx, target.Command{Argv: []string{"sh", "-c", "sleep 60 & echo $!; : > " + file + "; wait"}})
	wantErr(t, "cancelled", err, context.Canceled)
	if d := time.Since(cancelled); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
	for range 3000 {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(exit.Stdout)) + "/stat")
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("the child %s lives", exit.Stdout)
}

func TestViewsShareTheMachine(t *testing.T) {
	m := target.NewMemory()
	v := m.In("/tmp", []string{"A=1"})
	must(t, target.WriteFile(v, "f", []byte("x"), 0o644))
	if b, err := target.ReadFile(m, "/tmp/f"); err != nil || string(b) != "x" {
		t.Errorf("%q %v", b, err)
	}
	if v.Getenv("A") != "1" || m.Getenv("A") != "" {
		t.Error("the environment leaks")
	}
	if got := strings.Join(m.Changes(), "; "); got != "open /tmp/f; write /tmp/f" {
		t.Errorf("changes: %s", got)
	}
	m.SetFault(func(op, _ string) error {
		if op == "write" {
			return syscall.ENOSPC
		}
		return nil
	})
	wantErr(t, "fault", target.WriteFile(m, "/tmp/g", []byte("x"), 0o644), syscall.ENOSPC)
}

// TestCancelOfAStubbornOne: a program that ignores SIGTERM is killed, and nobody writes to what is given of its output any more.
func TestCancelOfAStubbornOne(t *testing.T) {
	t.Parallel()
	sys, err := target.NewReal(t.TempDir())
	must(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	exit, err := sys.Run(ctx, target.Command{Argv: []string{"sh", "-c", "trap '' TERM; while echo x; do sleep 0.01; done"}})
	wantErr(t, "cancelled", err, context.DeadlineExceeded)
	for i, b := range exit.Stdout {
		if b != "x\n"[i%2] {
			t.Fatalf("got %q", exit.Stdout)
		}
	}
}
