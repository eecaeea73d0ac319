package conformance_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
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
	syscall.Umask(0o022)
	code := m.Run()
	os.RemoveAll(built) // "" is nothing
	os.Exit(code)
}
