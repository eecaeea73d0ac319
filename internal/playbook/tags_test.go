package playbook_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
)

// given is the option with a value; the recordings have "" where it was not given.
func given(tags string) []string {
	if tags == "" {
		return nil
	}
	return []string{tags}
}

// Recorded: which of these tasks ansible-playbook 2.19 lists for --tags and --skip-tags.
func TestSelectionRecorded(t *testing.T) {
	var rec struct {
		Sets  []string
		Cases []struct {
			Tags, Skip string
			Run        []int
		}
	}
	readJSON(t, "testdata/tags.json", &rec)
	for _, c := range rec.Cases {
		sel := playbook.NewSelection(given(c.Tags), given(c.Skip))
		for i, set := range rec.Sets {
			var tags []string
			if set != "" {
				tags = strings.Split(set, ",")
			}
			if got, want := sel.Runs(tags), slices.Contains(c.Run, i); got != want {
				t.Errorf("--tags %q --skip-tags %q on [%s]: got %v, want %v", c.Tags, c.Skip, set, got, want)
			}
		}
	}
}
