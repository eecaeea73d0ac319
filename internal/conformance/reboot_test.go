package conformance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// elapsed is how long a reboot took: the real Ansible waits longer between two looks.
var elapsed = regexp.MustCompile(`"elapsed": [0-9]+`)

// TestReboot has a machine reboot that a stub of docker stands for: what is told, and how shutdown was called, is as recorded.
func TestReboot(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	testcase := filepath.Join(testdata, "reboot")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(testcase, "in"))); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "ansible-playbook")
	if err := os.Symlink(binary(t), program); err != nil {
		t.Fatal(err)
	}
	got := process(t, dir, "env", "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"), program, "-i", "hosts", "play.yml", "-v")
	want := recorded(t, testcase)
	for _, s := range []*string{&got.stdout, &got.stderr} {
		*s = elapsed.ReplaceAllString(normalise(dir, *s), `"elapsed": @N@`)
	}
	if got.code != want.code {
		t.Errorf("exit code %s", firstDifference(strconv.Itoa(got.code), strconv.Itoa(want.code)))
	}
	if got.stdout != want.stdout {
		t.Errorf("stdout %s", firstDifference(got.stdout, want.stdout))
	}
	if got.stderr != want.stderr {
		t.Errorf("stderr %s", firstDifference(got.stderr, want.stderr))
	}
	if log := read(t, dir, "log"); log != read(t, testcase, "log") {
		t.Errorf("shutdown %s", firstDifference(log, read(t, testcase, "log")))
	}
}
