package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
)

// TestVaultKilled kills the program at every system call with which a file is replaced, and checks that the file is whole
// each time, old or new, with nothing beside it.
func TestVaultKilled(t *testing.T) {
	strace := needs.Program(t, "strace", "the kills at each call")
	bin := childProgram(t)
	for _, line := range []string{
		"kimai-ansible vault rekey --vault-password-file pw --new-vault-password-file pw2 v",
		"kimai-ansible vault decrypt --vault-password-file pw v",
		"ansible-vault rekey --vault-password-file pw --new-vault-password-file pw2 v",
	} {
		for _, call := range []string{"fchmod:1", "fchown:1", "fsync:1", "linkat:1", "rename:1", "renameat:1", "renameat2:1", "fsync:2"} {
			t.Run(line[:20]+call, func(t *testing.T) {
				t.Parallel()
				dir := vaultDir(t)
				name, when := call[:len(call)-2], call[len(call)-1:]
				cmd := exec.Command(strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace="+name, "-e", "inject="+name+":signal=KILL:when="+when, "sh", "-c", line)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "HOME="+dir)
				_ = cmd.Run() // killed, or not when it does without this call
				got, err := os.ReadFile(filepath.Join(dir, "v"))
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != "a: 1\nb: \"zwei\"\n" && !opensWith(t, bin, dir, "pw") && !opensWith(t, bin, dir, "pw2") {
					t.Errorf("the file is neither the old nor the new one: %q", got)
				}
				if (call == "fsync:1" || call == "fchmod:1") && !opensWith(t, bin, dir, "pw") {
					t.Error("the file was replaced before it was complete, or the kill did not come")
				}
				entries, err := os.ReadDir(dir)
				if err != nil {
					t.Fatal(err)
				}
				most := 4 // plain.yml, pw, pw2, v
				if call == "linkat:1" || call == "rename:1" || call == "renameat:1" || call == "renameat2:1" {
					most = 5 // between the two calls the new file has a name of its own
				}
				if len(entries) > most {
					t.Errorf("left behind: %v", entries)
				}
			})
		}
	}
}

func opensWith(t *testing.T, bin, dir, password string) bool {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "ansible-vault"), "view", "--vault-password-file", password, "v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir)
	out, err := cmd.Output()
	return err == nil && string(out) == "a: 1\nb: \"zwei\"\n"
}
