package conformance_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
)

// The folder of the recordings and the root of the repository, as absolute paths: runs change the working directory.
var testdata, root = absolute("testdata"), absolute("../..")

func absolute(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		panic(err)
	}
	return path
}

// TestMain gives the runs the umask that the recordings were made with.
func TestMain(m *testing.M) {
	if os.Args[0] == server.Name { // a job of a recorded play: see async
		os.Exit(server.Main(modules.All(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	syscall.Umask(0o022)
	if temp := os.TempDir(); len(temp) > 60 || strings.ContainsAny(temp, " \t") { // plays as recorded have its name in command lines
		_ = os.Setenv("TMPDIR", "/tmp")
	}
	code := m.Run()
	os.RemoveAll(built) // "" is nothing
	os.Exit(code)
}
