package server_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestMain makes the test's program the agent where it is called by its name.
func TestMain(m *testing.M) {
	if os.Args[0] == server.Name {
		os.Exit(server.Main(modules.All(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestJobOutlivesItsStarter: a job has all that it is to do when it has started, so that who started it may end at once. It runs itself as
// the one that does.
func TestJobOutlivesItsStarter(t *testing.T) {
	if dir := os.Getenv("KIMAI_TEST_JOB"); dir != "" {
		sys, err := target.NewReal(dir)
		if err != nil {
			t.Fatal(err)
		}
		// more than a pipe holds
		args := value.DictOf("dest", value.NewStr(filepath.Join(dir, "f")), "content", value.NewStr(strings.Repeat("x", 300_000)))
		r := server.Run(context.Background(), modules.All(), sys, server.Call{Module: "copy", Args: args, Async: 600, AsyncDir: filepath.Join(dir, "jobs")})
		if r.Failed {
			t.Fatal(r.Msg)
		}
		os.Exit(0)
	}
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestJobOutlivesItsStarter$")
	cmd.Env = append(os.Environ(), "KIMAI_TEST_JOB="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for begin := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		files, _ := filepath.Glob(dir + "/jobs/j*")
		if len(files) == 1 {
			if text, _ := os.ReadFile(files[0]); strings.Contains(string(text), `"changed"`) {
				break
			}
		}
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("nothing came of the job: %q", files)
		}
	}
}
