package conformance_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/tools/build"
)

// binary builds the program as it is shipped, once, and returns its path.
func binary(t *testing.T) string {
	t.Helper()
	path, err := buildOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// built is the folder of the binary, which TestMain removes.
var built string

var buildOnce = sync.OnceValues(func() (path string, err error) {
	if built, err = os.MkdirTemp("", "kimai-ansible-build-"); err != nil {
		return "", err
	}
	path = filepath.Join(built, "kimai-ansible")
	return path, build.Program(root, path)
})
