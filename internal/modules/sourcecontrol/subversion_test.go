package sourcecontrol_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/agent/server"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/needs"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestSubversionLive works on a real repository; what is on the tapes needs none.
func TestSubversionLive(t *testing.T) {
	for _, p := range []string{"svn", "svnadmin"} {
		needs.Program(t, p, "a real repository of Subversion")
	}
	dir := needs.Folder(t)
	repo := "file://" + filepath.Join(dir, "repo")
	setup := exec.Command("sh", "-ec", "svnadmin create repo; mkdir imp; echo one > imp/a; svn import -q -m one imp $0; svn co -q $0 w; echo two > w/a; svn ci -q -m two w", repo)
	setup.Dir = dir
	if out, err := setup.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sys, err := target.NewReal(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		revision, want string
		changed        bool
	}{{"1", "one\n", true}, {"HEAD", "two\n", true}, {"HEAD", "two\n", false}} {
		args := value.DictOf("repo", value.NewStr(repo), "dest", value.NewStr(filepath.Join(dir, "co")), "revision", value.NewStr(step.revision))
		r := server.RunDef(context.Background(), sys, modules.Find("subversion"), server.Call{Module: "subversion", Args: args})
		if r.Failed || r.Changed != step.changed {
			t.Fatalf("%s: changed %v, failed %v: %s", step.revision, r.Changed, r.Failed, r.Msg)
		}
		if b, err := os.ReadFile(filepath.Join(dir, "co", "a")); err != nil || string(b) != step.want {
			t.Errorf("%s: %q, %v", step.revision, b, err)
		}
	}
}
