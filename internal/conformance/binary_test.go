package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// binary builds the program as it is shipped, once, and returns its path.
func binary(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kimai-ansible-build-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "kimai-ansible")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/kimai-ansible")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", &buildError{string(out)}
	}
	return path, nil
})

// built is the folder of the binary, which TestMain removes.
var built string

type buildError struct{ output string }

func (e *buildError) Error() string { return "go build: " + e.output }
