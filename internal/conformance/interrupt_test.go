package conformance_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// interrupted runs a playbook as a process of its own, sends it so many signals, and gives what came out. The play's task
// writes the ids of its processes into the file pids.
func interrupted(t *testing.T, play string, signals int) (stdout, stderr string, code int, pids []string) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "ansible-playbook")
	if err := os.Symlink(binary(t), program); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"play.yml": play, "hosts.yml": "all: {hosts: {h1: {ansible_connection: local}}}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errOut bytes.Buffer
	cmd := exec.Command(program, "-i", "hosts.yml", "play.yml")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, environ(dir), &out, &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait := func() []string {
		for range 3000 {
			if text, _ := os.ReadFile(filepath.Join(dir, "pids")); strings.HasSuffix(string(text), "\n") {
				return strings.Fields(string(text))
			}
			time.Sleep(20 * time.Millisecond)
		}
		_ = cmd.Process.Kill()
		t.Fatalf("the task did not begin:\n%s%s", out.String(), errOut.String())
		return nil
	}
	pids = wait()
	for i := range signals {
		if i > 0 {
			time.Sleep(200 * time.Millisecond)
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Wait()
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode(), pids
}

// TestInterrupt ends runs with Ctrl-C: what runs is ended, nothing more is told, and no process stays.
func TestInterrupt(t *testing.T) {
	const head = "- hosts: all\n  gather_facts: false\n  tasks:\n    - {name: first, command: \"true\", notify: h}\n    - {name: long, shell: \""
	const tail = "}\n    - {name: never, debug: {msg: never}}\n  handlers:\n    - {name: h, debug: {msg: never}}\n"
	for name, c := range map[string]struct {
		script  string
		signals int
	}{
		"once":                           {script: "sleep 300 & echo $$ $! > pids; wait\"", signals: 1},
		"twice, what runs does not mind": {script: "trap '' TERM INT; sleep 300 & echo $$ $! > pids; wait; sleep 300\"", signals: 2},
		"a job that is waited for":       {script: "sleep 300 & echo $$ $! > pids; wait\", async: 100, poll: 1", signals: 1},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, code, pids := interrupted(t, head+c.script+tail, c.signals)
			if code != 99 {
				t.Errorf("exit code %d", code)
			}
			for _, not := range []string{"fatal:", "never", "RECAP"} {
				if strings.Contains(stdout, not) {
					t.Errorf("%q is told:\n%s", not, stdout)
				}
			}
			if !strings.Contains(stdout, "TASK [long]") || c.signals == 1 && stderr != "[ERROR]: User interrupted execution\n" {
				t.Errorf("got\n%s--- stderr\n%s", stdout, stderr)
			}
			for _, pid := range pids {
				alive := true
				for range 1500 {
					if _, err := os.Stat("/proc/" + pid); err != nil {
						alive = false
						break
					}
					if stat, _ := os.ReadFile("/proc/" + pid + "/stat"); strings.Contains(string(stat), ") Z ") {
						alive = false // dead, and nobody of ours is left to wait for it
						break
					}
					time.Sleep(20 * time.Millisecond)
				}
				if alive {
					t.Errorf("process %s is still there", pid)
				}
			}
		})
	}
}
