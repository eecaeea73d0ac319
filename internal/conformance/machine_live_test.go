package conformance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// machineSetup adds a package of its own to the machine's repository, so that nothing is fetched, and runs each play twice.
const machineSetup = `set -e
mkdir -p /b/p/DEBIAN /b/p/usr/share/hello-machine; echo hi > /b/p/usr/share/hello-machine/file
printf 'Package: hello-machine\nVersion: 1.0\nArchitecture: all\nMaintainer: m <m@example.com>\nDescription: test\n' > /b/p/DEBIAN/control
dpkg-deb --root-owner-group -b /b/p /repo/hello-machine_1.0_all.deb > /dev/null
cd /repo; apt-ftparchive packages . > Packages
cd "$1"
run() { ./ansible-playbook -i localhost, -c local "$@"; }
run play.yml; run play.yml
id kimai; systemctl is-active demo; cat /etc/hostname; crontab -u kimai -l; cat /proc/sys/net/ipv4/ip_default_ttl; grep scratch /proc/mounts
echo ==== NGINX
run nginx.yml; run nginx.yml; run nginx.yml -e release=second
page() { bash -c 'exec 3<>/dev/tcp/127.0.0.1/18080; printf "GET / HTTP/1.0\r\n\r\n" >&3; cat <&3'; }
for i in $(seq 50); do page | grep -q "X-Release: second" && break; sleep 0.1; done # a reload begins new workers, and tells before they serve
page
systemctl is-active nginx; systemctl is-enabled nginx
`

// machineRoot is the root of the machine: that which SYSTEMD_ROOT names, or one that .ci/systemd-root makes in the cache, once.
func machineRoot(t *testing.T) string {
	t.Helper()
	if root := os.Getenv("SYSTEMD_ROOT"); root != "" {
		return root
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(cache, "kimai-ansible", "systemd")
	if out, err := exec.Command("../../.ci/systemd-root", base).CombinedOutput(); err != nil {
		t.Fatalf("making the machine's root: %v\n%s", err, out)
	}
	return base
}

// machineNeeds tells what is missing for the test, "" when nothing is.
func machineNeeds() string {
	if os.Geteuid() != 0 {
		return "root rights"
	}
	needs := []string{"unshare", "nsenter", "setpriv"}
	if os.Getenv("SYSTEMD_ROOT") == "" {
		needs = append(needs, "debootstrap")
	}
	for _, name := range needs {
		if _, err := exec.LookPath(name); err != nil {
			return "the program " + name
		}
	}
	return ""
}

// TestLiveMachine runs the program inside of a machine whose first process is systemd, in a network of its own.
func TestLiveMachine(t *testing.T) {
	needs.Long(t, "boots a machine")
	lacks := machineNeeds()
	needs.That(t, lacks == "", lacks)
	lower := machineRoot(t)
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
	files := map[string]string{binary(t): "ansible-playbook"}
	for _, f := range []string{"play.yml", "nginx.yml", "site.conf.j2"} {
		files[filepath.Join("testdata", "machine", f)] = f
	}
	for from, to := range files {
		if err := os.WriteFile(filepath.Join(in, to), []byte(read(t, from)), 0o755); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	script, err := filepath.Abs("../modules/moduletest/systemd-machine.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "-n", script, "/bin/sh", "-c", machineSetup, "sh", in)
	cmd.Dir, cmd.Env = in, append(os.Environ(), "ANSIBLE_ORACLE_ROOT="+filepath.Join(dir, "root"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	system, nginx, _ := strings.Cut(string(out), "==== NGINX")
	recaps(t, system, true, false)
	recaps(t, nginx, true, false, true)
	for text, wants := range map[string][]string{
		system: {"(kimai)", "4(adm)", "\nactive\n", "\nlive.example.com\n", "@daily /bin/true", "\n63\n", "/srv/scratch tmpfs"},
		nginx:  {"HTTP/1.1 200 OK", "X-Release: second", "page of localhost, second", "\nactive\nenabled\n"},
	} {
		for _, want := range wants {
			if !strings.Contains(text[strings.LastIndex(text, "PLAY RECAP"):], want) {
				t.Errorf("%q is not in\n%s", want, text)
			}
		}
	}
}

// recaps checks the ends of runs: none fails, and each changes something or nothing.
func recaps(t *testing.T, text string, changes ...bool) {
	t.Helper()
	parts := strings.Split(text, "PLAY RECAP")
	if len(parts) != len(changes)+1 {
		t.Fatalf("%d runs, want %d\n%s", len(parts)-1, len(changes), text)
	}
	for i, change := range changes {
		line, _, _ := strings.Cut(parts[i+1][strings.Index(parts[i+1], "localhost"):], "\n")
		if strings.Contains(line, "changed=0 ") == change || !strings.Contains(line, "failed=0") || !strings.Contains(line, "unreachable=0") {
			t.Errorf("run %d: %s\n%s", i+1, line, text)
		}
	}
}
