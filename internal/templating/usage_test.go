package templating

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lookups"
)

// TestUsage holds the filters, tests and lookups against what public repositories use: all but a few in a thousand uses are
// covered. What belongs to one repository is its own plugin and does not count.
func TestUsage(t *testing.T) {
	f, err := os.Open("testdata/usage.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	uses, covered := map[string]int{}, map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		row := strings.Split(lines.Text(), "\t")
		kind, name, origin := strings.TrimPrefix(strings.TrimPrefix(row[0], "map-"), "select-"), row[1], row[2]
		n, err := strconv.Atoi(row[3])
		if err != nil {
			t.Fatal(err)
		}
		if origin == "repo-local" || origin != "jinja2" && origin != "ansible-core" && row[4] == "1" {
			continue
		}
		uses[kind] += n
		if known(kind, name) {
			covered[kind] += n
		} else {
			t.Logf("%s %s: %d uses in %s repositories are not covered", kind, name, n, row[4])
		}
	}
	for kind, n := range uses {
		share := float64(covered[kind]) / float64(n)
		t.Logf("%s: %.3f %% of %d uses are covered", kind, 100*share, n)
		if share < 0.995 {
			t.Errorf("%s: only %.2f %% of the uses are covered", kind, 100*share)
		}
	}
}

func known(kind, name string) bool {
	switch kind {
	case "filter":
		f, _ := findFilter(name)
		return f != nil
	case "test":
		f, _ := findTest(name)
		return f != nil
	}
	return lookups.Set[short(name)] != nil
}
