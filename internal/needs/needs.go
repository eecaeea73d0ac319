// Package needs is how tests ask for what the machine they run on may lack: a program, a right, a server. What is lacking is a
// skip of one line; under CI=true, where .ci/setup has installed everything, the same gap is a failure. It is for tests alone.
package needs

import (
	"os"
	"os/exec"
)

// T is what is used of a test.
type T interface {
	Helper()
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// CI reports whether the tests run in CI, where nothing may be left out.
func CI() bool { return os.Getenv("CI") == "true" }

// All reports whether everything is to be tested, also what takes long and starts servers: in CI, and where KIMAI_TEST_ALL is set.
func All() bool { return CI() || os.Getenv("KIMAI_TEST_ALL") != "" }

// Long skips the test unless everything is to be tested. what says what it does, as in "boots a machine".
func Long(t T, what string) {
	t.Helper()
	if !All() {
		t.Skipf("skipped, KIMAI_TEST_ALL=1 %s", what)
	}
}

// Program returns the path of a program. Without it the test is skipped, or fails in CI; why says what is left out, as in
// "the traces that look for secrets".
func Program(t T, program, why string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	That(t, err == nil, program+": "+why)
	return path
}

// Root is That for the rights of root.
func Root(t T) {
	t.Helper()
	That(t, os.Geteuid() == 0, "root rights")
}

// That skips the test with a line that says what the machine lacks unless has is true, or fails it in CI.
func That(t T, has bool, what string) {
	t.Helper()
	switch {
	case has:
	case CI():
		t.Fatalf("this test needs %s (CI=true: nothing may be left out)", what)
	default:
		t.Skipf("skipped, this test needs %s", what)
	}
}

// Folder is a folder that goes with the test, as its TempDir does, with a short name that has no blanks, wherever $TMPDIR is: for sockets, and
// for what stands in a command line as it is.
func Folder(t interface {
	T
	Cleanup(f func())
},
) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "kimai-")
	if err == nil {
		err = os.Chmod(dir, 0o755) //nolint:gosec // as TempDir's, whatever the umask is
	}
	if err != nil {
		t.Fatalf("a folder for the test: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
