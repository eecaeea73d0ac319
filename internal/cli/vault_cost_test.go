package cli

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestVaultViewCost holds `vault view FILE` to at most 1.2 times the processor time of one key derivation with the
// standard library and of --version. Minima of many runs are compared, so that other work on the machine counts little.
func TestVaultViewCost(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	dir := vaultDir(t)
	program := filepath.Join(selfProgram(t), "kimai-ansible") // with the race detector where the derivation has it
	run := func(args ...string) time.Duration {
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir)
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	derive := func() time.Duration {
		before := processorTime(t)
		if _, err := pbkdf2.Key(sha256.New, "secret", make([]byte, 32), 10000, 80); err != nil {
			t.Fatal(err)
		}
		return processorTime(t) - before
	}
	version, view, kdf := time.Hour, time.Hour, time.Hour
	for range 25 {
		version = min(version, run("--version"))
		view = min(view, run("vault", "view", "--vault-password-file", "pw", "v"))
		kdf = min(kdf, derive())
	}
	most := (kdf + version) * 6 / 5
	t.Logf("vault view %v, --version %v, one derivation %v: at most %v", view, version, kdf, most)
	if view > most {
		t.Errorf("vault view takes %v, more than %v", view, most)
	}
}

func processorTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
