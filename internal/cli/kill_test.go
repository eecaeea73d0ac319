package cli

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/tools/build"
)

// victims are runs of the program that are killed, each in a tree of its own.
type victims struct {
	*testing.T
	files map[string]string // of a tree, by their names in it
	// program is the real one; "" is this test's binary, which does as well for a few kills and need not be built
	program string
}

// tree makes a tree in the folder parent, "" is that for temporary files.
func (v *victims) tree(parent string) string {
	dir, err := os.MkdirTemp(parent, "kimai-kill-")
	if err != nil {
		v.Error(err)
		return ""
	}
	for name, text := range v.files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			v.Error(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			v.Error(err)
		}
	}
	return dir
}

// command is the program with a tree as its home.
func (v *victims) command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(v.program, args...)
	if v.program == "" {
		cmd = exec.Command(os.Args[0], append([]string{"-test.run=^TestVaultChild$", "--"}, args...)...)
	}
	cmd.Env = append(os.Environ(), "KIMAI_TEST_CHILD=kimai-ansible", "HOME="+dir)
	return cmd
}

var madeProgram atomic.Bool

// built makes the real program, once for all tests.
var built = sync.OnceValues(func() (string, error) {
	madeProgram.Store(true)
	dir, err := os.MkdirTemp("/tmp", "kimai-built-")
	if err != nil {
		return "", err
	}
	for _, name := range []string{"ansible-vault", "ansible-playbook"} {
		err = errors.Join(err, os.Symlink("kimai-ansible", filepath.Join(dir, name)))
	}
	return dir, errors.Join(err, build.Program("../..", filepath.Join(dir, "kimai-ansible")))
})

// builtProgram gives a folder with the real program in it, under all its names.
func builtProgram(t *testing.T) string {
	t.Helper()
	dir, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// builtKimai is the real program.
func builtKimai(t *testing.T) string { return filepath.Join(builtProgram(t), "kimai-ansible") }

// TestMain takes away what built has made.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == server.Name { // a run sends its own program to hosts
		os.Exit(server.Main(modules.All(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	code := m.Run()
	if madeProgram.Load() {
		if dir, err := built(); err == nil {
			os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}
