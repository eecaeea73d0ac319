package tracer_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/conformance/tracer"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

const canary = "canary/3f9c'é%secret"

// nameEnv makes this test's program write the secret into a file without a name, and name it then.
const nameEnv = "TRACER_TEST_NAME"

func TestMain(m *testing.M) {
	if name := os.Getenv(nameEnv); name != "" {
		if err := writeUnnamed(name); err != nil {
			panic(err)
		}
		return
	}
	m.Run()
}

func writeUnnamed(name string) error {
	sys, err := target.NewReal("")
	if err != nil {
		return err
	}
	text, err := target.ReadFile(sys, "secret")
	if err != nil {
		return err
	}
	d, err := sys.NewDraft(sys.Dir(), "x")
	if err != nil {
		return err
	}
	defer d.Discard()
	if _, err := d.Write(text); err != nil {
		return err
	}
	return d.Link(filepath.Join(sys.Dir(), name))
}

// A command that leaks on every way shows that each is seen; a clean one, that nothing else is.
func TestEveryLeakIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   []tracer.Finding
	}{
		"clean":                   {`read -r S < secret; printf fine > out; mv out done`, nil},
		"to a file":               {`sed "" secret > out`, []tracer.Finding{{Where: "written to @DIR@/out"}}},
		"copied to a file":        {`cat secret > out`, []tracer.Finding{{Where: "copied to @DIR@/out"}}},
		"to stdout":               {`cat secret`, []tracer.Finding{{Where: "written to pipe"}}},
		"through a pipe":          {`cat secret | cat >/dev/null`, []tracer.Finding{{Where: "written to pipe"}, {Where: "written to /dev/null"}}},
		"base64":                  {`printf xy > out; base64 -w0 secret >> out`, []tracer.Finding{{Where: "written to @DIR@/out"}}},
		"hexadecimal":             {`od -An -v -tx1 secret | tr -d ' \n' > out`, []tracer.Finding{{Where: "written to @DIR@/out"}}},
		"argument":                {`/bin/true "$(cat secret)"`, []tracer.Finding{{Where: "written to pipe"}, {Where: "argument of /bin/true"}}},
		"environment":             {`read -r S < secret; export S; /bin/true`, []tracer.Finding{{Where: "environment of /bin/true"}}},
		"name of a file":          {`read -r S < secret; ln -s "$S" x`, []tracer.Finding{{Where: "argument of ln"}, {Where: "symlinkat"}}},
		"where it may be":         {`cat secret > allowed`, nil},
		"renamed to where it may": {`sed "" secret > tmp; mv tmp allowed`, nil},
		"named where it may be":   {nameEnv + "=allowed " + os.Args[0], nil},
		"named elsewhere":         {nameEnv + "=away " + os.Args[0], []tracer.Finding{{Where: "written to @DIR@/#INODE"}}},
		"renamed to elsewhere":    {`sed "" secret > tmp; mv tmp away`, []tracer.Finding{{Where: "written to @DIR@/tmp"}}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{"secret": canary, "other": "nothing"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			trace := tracer.Run(t, dir, []string{"PATH=" + os.Getenv("PATH")}, "sh", "-c", c.script)
			found, written := trace.Find([]string{canary}, func(path string) bool { return path == filepath.Join(dir, "allowed") })
			got := map[string]bool{}
			for _, f := range found {
				got[describe(dir, f)] = true
			}
			for _, w := range c.want {
				if !got[w.Where] {
					t.Errorf("not found: %s", w.Where)
				}
				delete(got, w.Where)
			}
			for g := range got {
				t.Errorf("found: %s", g)
			}
			if wantWritten := slices.Contains([]string{"where it may be", "renamed to where it may", "named where it may be"}, name); (written > 0) != wantWritten {
				t.Errorf("%d writes to where it may be", written)
			}
		})
	}
}

// describe is a finding without what differs from run to run.
func describe(dir string, f tracer.Finding) string {
	where := strings.ReplaceAll(f.Where, dir, "@DIR@")
	if before, _, ok := strings.Cut(where, " pipe:"); ok {
		return before + " pipe"
	}
	return inode.ReplaceAllString(where, "/#INODE")
}

var inode = regexp.MustCompile(`/#\d+$`)
