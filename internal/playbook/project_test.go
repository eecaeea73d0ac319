package playbook_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/diag"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// Projects with imports, includes, roles and collections, and what ansible-playbook 2.19 lists of them.
func TestProjectsListed(t *testing.T) {
	var projects []struct {
		Name  string
		Files map[string]string
		Runs  []struct {
			Args   []string
			Stdout string
			Exit   int
		}
	}
	readJSON(t, "testdata/projects.json", &projects)
	for _, p := range projects {
		dir := t.TempDir()
		writeFiles(t, dir, p.Files)
		plays, err := testLoader(dir).LoadPlaybook(context.Background(), "p.yml")
		if err != nil {
			t.Fatalf("%s: %s", p.Name, diag.Detail(err))
		}
		for _, run := range p.Runs {
			t.Run(p.Name+" "+strings.Join(run.Args, " "), func(t *testing.T) {
				var only, skip []string
				for i, a := range run.Args {
					switch a {
					case "--tags":
						only = []string{run.Args[i+1]}
					case "--skip-tags":
						skip = []string{run.Args[i+1]}
					}
				}
				list := playbook.Listing{
					Tasks: slices.Contains(run.Args, "--list-tasks"), Tags: slices.Contains(run.Args, "--list-tags"),
					Selection: playbook.NewSelection(only, skip),
					Head: func(p *playbook.Play) ([]string, string, error) {
						hosts, name := []string{p.HostsText()}, p.HostsText()
						if v := p.RawName(); v != nil {
							text, err := value.Text(v)
							return hosts, strings.ReplaceAll(text, "{{ z|default('q') }}", "q"), err
						}
						return hosts, name, nil
					},
				}
				got, err := list.Text("p.yml", plays)
				if err != nil {
					t.Fatal(err)
				}
				if normalTags(got) != normalTags(run.Stdout) {
					t.Errorf("got\n%s\nwant\n%s", got, run.Stdout)
				}
			})
		}
	}
}

var playTags = regexp.MustCompile(`TAGS: \[([^\]]*)\]`)

// normalTags sorts the tags of plays, which ansible-playbook prints in the order of a set.
func normalTags(s string) string {
	return playTags.ReplaceAllStringFunc(s, func(m string) string {
		m = strings.TrimSuffix(strings.TrimPrefix(m, "TAGS: ["), "]")
		sep := ","
		if strings.Contains(m, ", ") {
			sep = ", "
		}
		tags := strings.Split(m, sep)
		slices.Sort(tags)
		return "TAGS: [" + strings.Join(tags, sep) + "]"
	})
}
