package vault_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/vault"
)

// memory gives a folder on a tmpfs, or skips the test.
func memory(t *testing.T) string {
	t.Helper()
	var st unix.Statfs_t
	err := unix.Statfs("/dev/shm", &st)
	needs.That(t, err == nil && int64(st.Type) == unix.TMPFS_MAGIC, "a tmpfs at /dev/shm")
	dir, err := os.MkdirTemp("/dev/shm", "kimai-ansible-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func editor(root, command string, environ ...string) *vault.Editor {
	return &vault.Editor{Command: command, Environ: append(os.Environ(), environ...), Dir: "/", Roots: []string{root}}
}

func TestEdit(t *testing.T) {
	root := memory(t)
	script := write(t, needs.Folder(t), "ed", "#!/bin/sh\nfor f; do :; done\nstat -c '%a %n' \"$(dirname \"$f\")\" \"$f\"\necho \"$TMPDIR\"; echo more >> \"$f\"; exit 1\n", 0o700)
	var out bytes.Buffer
	var warned []string
	e := editor(root, script+" 'a b'")
	e.Stdout, e.Warn = &out, func(s string) { warned = append(warned, s) }
	got, err := e.Edit(context.Background(), "/x/vault.yml", []byte("text\n"))
	if err != nil || string(got) != "text\nmore\n" {
		t.Fatalf("%q, %v", got, err)
	}
	lines := strings.Split(out.String(), "\n")
	if len(lines) < 3 || !strings.HasPrefix(lines[0], "700 "+root) || !strings.HasPrefix(lines[1], "600 "+root) ||
		!strings.HasSuffix(lines[1], "/vault.yml") || !strings.HasPrefix(lines[2], root) {
		t.Errorf("the editor saw %q", lines)
	}
	if len(names(t, root)) != 0 {
		t.Errorf("left behind: %q", names(t, root))
	}
	if len(warned) != 1 {
		t.Errorf("warnings %q", warned)
	}
}

func TestEditRefusals(t *testing.T) {
	root := memory(t)
	disk := t.TempDir()
	var st unix.Statfs_t
	onDisk := unix.Statfs(disk, &st) == nil && int64(st.Type) != unix.TMPFS_MAGIC
	t.Run("no memory", func(t *testing.T) {
		if !onDisk {
			t.Skip("the temporary folder is in memory")
		}
		if _, err := editor(disk, "true").Edit(context.Background(), "f", nil); !errors.Is(err, vault.ErrNoMemory) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no editor", func(t *testing.T) {
		var ee *vault.EditorError
		if _, err := editor(root, "./nosuch").Edit(context.Background(), "f", nil); !errors.As(err, &ee) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("open quote", func(t *testing.T) {
		if _, err := editor(root, "vi 'x").Edit(context.Background(), "f", nil); err == nil {
			t.Error("no error")
		}
	})
	t.Run("file removed", func(t *testing.T) {
		var gone *vault.NoFileError
		if _, err := editor(root, "rm").Edit(context.Background(), "f", nil); !errors.As(err, &gone) {
			t.Errorf("got %v", err)
		}
	})
	if len(names(t, root)) != 0 {
		t.Errorf("left behind: %q", names(t, root))
	}
}

func TestKnownEditors(t *testing.T) {
	root, bin := memory(t), needs.Folder(t)
	for _, name := range []string{"vim", "vim.basic", "nvim", "nano", "emacs", "gedit"} {
		write(t, bin, name, "#!/bin/sh\nprintf '%s\\n' \"$*\"\n", 0o700)
	}
	if err := os.Symlink("vim.basic", filepath.Join(bin, "vi")); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ command, want string }{
		{"vim", "-n -i NONE --cmd silent! set noswapfile|silent! set nobackup|"},
		{"vi", "-n -i NONE"},
		{"nvim", "-n -i NONE"},
		{"nano", "--ignorercfiles"},
		{"emacs", "make-backup-files nil"},
	}
	for _, tt := range tests {
		t.Run(tt.command, func(t *testing.T) {
			var out bytes.Buffer
			e := editor(root, filepath.Join(bin, tt.command)+" -own")
			e.Stdout, e.Warn = &out, func(s string) { t.Error("warned:", s) }
			if _, err := e.Edit(context.Background(), "f", nil); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), tt.want) || !strings.Contains(out.String(), "-own") {
				t.Errorf("arguments %q", out.String())
			}
		})
	}
}

func TestSweep(t *testing.T) {
	root := memory(t)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	leftover := filepath.Join(root, "kimai-ansible-vault-"+itoa(dead.Process.Pid)+"-12345-x")
	if err := os.Mkdir(leftover, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, leftover, "secret", "plaintext", 0o600)
	alive, err := vault.NewScratch([]string{root})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alive.WriteFile("f", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got := names(t, root); !slices.Equal(got, []string{filepath.Base(alive.Dir())}) {
		t.Errorf("there are %q", got)
	}
	if err := alive.Remove(); err != nil || len(names(t, root)) != 0 {
		t.Errorf("%v, %q", err, names(t, root))
	}
}

// TestEditSignals runs itself as a child, which is sent each signal while its editor sleeps.
func TestEditSignals(t *testing.T) {
	if root := os.Getenv("KIMAI_TEST_EDIT"); root != "" {
		_, err := editor(root, os.Getenv("KIMAI_TEST_EDITOR")).Edit(context.Background(), "f", []byte("plaintext"))
		var se *vault.SignalError
		if errors.As(err, &se) {
			os.Exit(7)
		}
		os.Exit(8)
	}
	root := memory(t)
	sleeper := write(t, needs.Folder(t), "sleeper", "#!/bin/sh\nexec sleep 60\n", 0o700)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGALRM} {
		t.Run(s.String(), func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestEditSignals$")
			cmd.Env = append(os.Environ(), "KIMAI_TEST_EDIT="+root, "KIMAI_TEST_EDITOR="+sleeper)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for range 1500 { // until the editor has its file
				if m, _ := filepath.Glob(root + "/*/f"); len(m) == 1 {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			time.Sleep(100 * time.Millisecond)
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 7 {
				t.Errorf("ended with %v", err)
			}
			if got := names(t, root); len(got) != 0 {
				t.Errorf("left behind: %q", got)
			}
		})
	}
}

func TestSplitWords(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{`vim -u 'my rc'`, []string{"vim", "-u", "my rc"}},
		{`a "b \"c\" \x" d\ e ''`, []string{"a", `b "c" \x`, "d e", ""}},
		{"  ", nil},
	}
	for _, tt := range tests {
		if got, err := vault.SplitWords(tt.text); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, %v", tt.text, got, err)
		}
	}
	for _, bad := range []string{`'x`, `"x`, `x\`} {
		if _, err := vault.SplitWords(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestGenerate(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		p, err := vault.Generate(32)
		if err != nil || len(p) != 32 || seen[string(p)] || strings.Trim(string(p), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Fatalf("%q, %v", p, err)
		}
		seen[string(p)] = true
	}
	if _, err := vault.Generate(7); err == nil {
		t.Error("a short length is taken")
	}
}
