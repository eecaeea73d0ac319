package conformance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/connection/ssh/sshtest"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// TestLiveReboot reboots a machine with systemd over SSH, and finds it again.
func TestLiveReboot(t *testing.T) {
	needs.Long(t, "boots a machine")
	lacks := machineNeeds()
	needs.That(t, lacks == "", lacks)
	sshd := sshtest.Program(t)
	dir := t.TempDir()
	for _, d := range []string{"up", "wk", "root", "sshd"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	withLibraries(t, filepath.Join(dir, "sshd"), sshd)
	more, _ := filepath.Glob("/usr/lib/openssh/sshd-*") // what OpenSSH 9.8 and later start for a session
	withLibraries(t, filepath.Join(dir, "sshd"), more...)
	root := filepath.Join(dir, "root")
	shell(t, fmt.Sprintf("mount -t overlay overlay -o lowerdir=%s:%s,upperdir=%s,workdir=%s %s", machineRoot(t), dir+"/sshd", dir+"/up", dir+"/wk", root))
	t.Cleanup(func() { shell(t, "umount "+root) })
	sshtest.WriteKey(t, filepath.Join(dir, "host"), "")
	sshtest.WriteKey(t, filepath.Join(dir, "id"), "")
	for _, f := range []string{"reboot.sh", "reboot.yml"} {
		if err := os.WriteFile(filepath.Join(dir, f), []byte(read(t, filepath.Join("testdata", "machine", f))), 0o755); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "ansible-playbook")
	if err := os.Symlink(binary(t), program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "-n", "-p", "-f", "--kill-child", "-m", "--mount-proc", "bash", "./reboot.sh", root,
		program, "-i", "127.0.0.1,", "reboot.yml", "-u", "root", "-e", "ansible_port=2222", "--private-key", "id",
		"--ssh-common-args", "-o StrictHostKeyChecking=no -o UserKnownHostsFile=none")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir, "ANSIBLE_NOCOLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "ok=7    changed=2    unreachable=0    failed=0") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// withLibraries copies programs, and the libraries that they need, below a folder.
func withLibraries(t *testing.T, to string, programs ...string) {
	t.Helper()
	for _, p := range programs {
		shell(t, `for f in "$0" $(ldd "$0" | awk '$3 ~ /^\// {print $3}'); do d=$f; case $d in /lib/*) d=/usr$d ;; esac; install -D "$f" "$1$d"; done`, p, to)
	}
}

func shell(t *testing.T, line string, args ...string) {
	t.Helper()
	if out, err := exec.Command("/bin/sh", append([]string{"-ec", line}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
}
