// Package machine tells tests what the machine they run on has. What is lacking is a skip of one line; under CI=true,
// where .ci/setup has installed everything, the same gap is a failure. It is for tests alone.
package machine

import (
	"os"
	"os/exec"
	"testing"
)

// CI reports whether the tests run in CI, where nothing may be left out.
func CI() bool { return os.Getenv("CI") == "true" }

// Need returns the path of a program. Without it the test is skipped, or fails in CI; why says what is left out, as in
// "the traces that look for secrets".
func Need(t testing.TB, program, why string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		Lacks(t, "no "+program+": "+why)
	}
	return path
}

// Lacks skips the test with a line that says what the machine lacks, or fails it in CI.
func Lacks(t testing.TB, what string) {
	t.Helper()
	if CI() {
		t.Fatal(what + " (CI=true: nothing may be left out)")
	}
	t.Skip("skipped, " + what)
}
