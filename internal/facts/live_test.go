package facts_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

var inside = flag.Bool("inside", false, "compare the facts of this machine with those of the real Ansible on it")

// TestLive compares with ansible-core 2.19 on its root, where both see the kernel of this machine; without such a root, under
// CI, with the ansible of this machine.
func TestLive(t *testing.T) {
	needs.Long(t, "compares with the real Ansible")
	root := os.Getenv("ANSIBLE_ORACLE_ROOT")
	if cache, err := os.UserCacheDir(); root == "" && err == nil {
		root = filepath.Join(cache, "kimai-ansible", "debian13")
	}
	needs.Root(t)
	if _, err := os.Stat(filepath.Join(root, "usr/bin/ansible")); err != nil {
		if needs.CI() {
			compareInside(t)
			return
		}
		t.Skip("needs the root that .ci/ansible-2.19 up makes")
	}
	script, err := filepath.Abs("../../.ci/ansible-2.19")
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "facts.test"), binary, 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	cmd := exec.Command(script, "./facts.test", "-test.run", "TestInside$", "-test.v", "-inside")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "ANSIBLE_ORACLE_ROOT="+root)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

// TestInside is what TestLive runs.
func TestInside(t *testing.T) {
	if !*inside {
		t.Skip("is run by TestLive")
	}
	compareInside(t)
}

// compareInside compares the facts of this machine with those of the ansible that is on it.
func compareInside(t *testing.T) {
	t.Helper()
	subset := "all"
	if _, err := exec.LookPath("ip"); err != nil {
		subset = "all,!network" // of which Ansible finds nothing without that program
	}
	start := time.Now()
	want := ansibleFacts(t, subset, "/etc/ansible/facts.d")
	took := time.Since(start)
	sys, err := target.NewReal("")
	if err != nil {
		t.Fatal(err)
	}
	start = time.Now()
	got := gather(t, sys, want)
	ours := time.Since(start)
	if env, ok := got["env"].(map[string]any); ok {
		maps.DeleteFunc(env, func(k string, _ any) bool { return strings.HasPrefix(k, "ANSIBLE_") }) // the real one has those of the test
	}
	if older(t) {
		forget(want.Facts)
		forget(got)
	}
	same, total := compare(t, want.Facts, got)
	t.Logf("%d of %d facts are equal; %v with the real ansible, %v here", same, total, took.Round(time.Millisecond), ours.Round(time.Millisecond))
	if total < 100 || float64(same) < 0.99*float64(total) {
		t.Errorf("%d of %d", same, total)
	}
}

// older reports whether the ansible of this machine is older than 2.19.
func older(t *testing.T) bool {
	t.Helper()
	out, err := exec.Command("ansible", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(out), "ansible [core %d.%d", &major, &minor); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return major == 2 && minor < 19
}

// forget takes away what older releases of ansible-core lack, or tell as another type.
func forget(facts map[string]any) {
	delete(facts, "flags")
	delete(facts, "locally_reachable_ips")
	devices, _ := facts["devices"].(map[string]any)
	for _, d := range devices {
		if d, ok := d.(map[string]any); ok {
			delete(d, "sectors")
		}
	}
	mounts, _ := facts["mounts"].([]any)
	for _, m := range mounts {
		if m, ok := m.(map[string]any); ok {
			delete(m, "dump")
			delete(m, "passno")
		}
	}
}
