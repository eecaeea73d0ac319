package conformance_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/shellwords"
)

// playbookOf gives the playbook and the inventories of a recorded command line; ok is false for one that is of another kind.
func playbookOf(words []string) (args []string, ok bool) {
	if words[0] != "ansible-playbook" {
		return nil, false
	}
	var books []string
	for i := 1; i < len(words); i++ {
		switch w := words[i]; {
		case w == "-i", w == "-e", w == "--limit", w == "--vault-password-file", w == "--vault-id", w == "--tags", w == "--skip-tags", w == "-l", w == "-t":
			args = append(args, w, words[i+1])
			i++
		case w == "--syntax-check": // the real one reads no templates then
			return nil, false
		case strings.HasPrefix(w, "-"):
		case strings.HasSuffix(w, ".yml"):
			books = append(books, w)
		default:
			return nil, false
		}
	}
	return append(args, books...), len(books) > 0 && slices.Contains(args, "-i") // a check without an inventory is refused
}

// TestPreflightIsCertain checks the playbooks that the real Ansible was recorded to run without a failure: nothing in them is
// told to be wrong, but what the native engine says that it does not carry out.
func TestPreflightIsCertain(t *testing.T) {
	checked := 0
	for _, area := range []string{"play", "actions"} {
		cmds, err := filepath.Glob(filepath.Join(testdata, area, "*/cmd"))
		if err != nil {
			t.Fatal(err)
		}
		for _, cmd := range cmds {
			testcase := filepath.Dir(cmd)
			words, err := shellwords.Split(strings.TrimSpace(read(t, cmd)))
			if err != nil {
				t.Fatal(err)
			}
			args, ok := playbookOf(words)
			stdout := read(t, testcase, "stdout")
			if strings.TrimSpace(read(t, testcase, "rc")) != "0" || strings.Contains(stdout, "...ignoring") || strings.Contains(stdout, "FAILED!") || !ok {
				continue
			}
			t.Run(area+"/"+filepath.Base(testcase), func(t *testing.T) {
				dir := filepath.Join(testcase, "in")
				if area == "play" {
					dir = playDir(t, testcase)
				} else {
					to := t.TempDir()
					if err := os.CopyFS(to, os.DirFS(dir)); err != nil && !os.IsNotExist(err) {
						t.Fatal(err)
					}
					dir = to
				}
				got := native(t, dir, append([]string{"kimai-ansible", "check-playbook", "--json"}, args...)...)
				var out struct {
					Findings []struct{ Severity, Message string }
				}
				if err := json.Unmarshal([]byte(got.stdout), &out); err != nil {
					t.Fatalf("%v\n%s", err, got.all())
				}
				checked++
				for _, f := range out.Findings {
					if f.Severity == "error" && !strings.Contains(f.Message, "not supported by the native engine") {
						t.Errorf("told to be wrong: %s", f.Message)
					}
				}
			})
		}
	}
	if checked < 60 {
		t.Errorf("%d playbooks were checked", checked)
	}
}
