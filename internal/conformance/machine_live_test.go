package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machineSetup gives the machine a repository of its own with one package, so that nothing is fetched.
const machineSetup = `set -e
mkdir -p /repo /b/p/DEBIAN /b/p/usr/share/hello-machine; echo hi > /b/p/usr/share/hello-machine/file
printf 'Package: hello-machine\nVersion: 1.0\nArchitecture: all\nMaintainer: m <m@example.com>\nDescription: test\n' > /b/p/DEBIAN/control
dpkg-deb --root-owner-group -b /b/p /repo/hello-machine_1.0_all.deb > /dev/null
cd /repo; apt-ftparchive packages . > Packages
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/repo ./' > /etc/apt/sources.list
cd "$1"
for run in 1 2; do ./ansible-playbook -i localhost, -c local play.yml; done
id kimai; systemctl is-active demo; cat /etc/hostname; crontab -u kimai -l
`

// TestLiveMachine runs the program inside of a machine whose first process is systemd. SYSTEMD_ROOT names its root: the folders
// of an overlay with colons between, as internal/modules/moduletest/record-machine.sh describes it.
func TestLiveMachine(t *testing.T) {
	if os.Getenv("KIMAI_TEST_ALL") == "" && os.Getenv("CI") != "true" {
		t.Skip("KIMAI_TEST_ALL=1 boots a machine")
	}
	lower := os.Getenv("SYSTEMD_ROOT")
	if os.Geteuid() != 0 || lower == "" {
		t.Skip("needs root rights and a root with systemd, which SYSTEMD_ROOT names")
	}
	dir := t.TempDir()
	for _, d := range []string{"up", "wk", "root", "in"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	mount := exec.Command("mount", "-t", "overlay", "overlay", "-o",
		"lowerdir="+lower+",upperdir="+filepath.Join(dir, "up")+",workdir="+filepath.Join(dir, "wk"), filepath.Join(dir, "root"))
	if out, err := mount.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", filepath.Join(dir, "root")).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	in := filepath.Join(dir, "in")
	for from, to := range map[string]string{binary(t): "ansible-playbook", filepath.Join("testdata", "machine", "play.yml"): "play.yml"} {
		if err := os.WriteFile(filepath.Join(in, to), []byte(read(t, from)), 0o755); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("../modules/moduletest/systemd-machine.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(script, "/bin/sh", "-c", machineSetup, "sh", in)
	cmd.Dir, cmd.Env = in, append(os.Environ(), "ANSIBLE_ORACLE_ROOT="+filepath.Join(dir, "root"))
	out, err := cmd.CombinedOutput()
	text := string(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	recaps := strings.Split(text, "PLAY RECAP")
	if len(recaps) != 3 || !strings.Contains(recaps[1], "failed=0") || strings.Contains(recaps[1], "changed=0 ") || !strings.Contains(recaps[2], "changed=0 ") || !strings.Contains(recaps[2], "failed=0") {
		t.Errorf("the first run changes, the second does not\n%s", text)
	}
	for _, want := range []string{"(kimai)", "4(adm)", "\nactive\n", "\nlive.example.com\n", "@daily /bin/true"} {
		if !strings.Contains(recaps[len(recaps)-1], want) {
			t.Errorf("%q is not in\n%s", want, recaps[len(recaps)-1])
		}
	}
}
