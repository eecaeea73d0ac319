package conformance_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// skiplist reads testdata/FOLDER/skiplist.txt: lines "case: reason". The reason says what is not there yet or differs on purpose.
func skiplist(t *testing.T, folder string) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata, folder, "skiplist.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list := map[string]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, ok := strings.Cut(line, ": ")
		if !ok || reason == "" {
			t.Fatalf("skiplist: %q has no reason", line)
		}
		list[name] = reason
	}
	return list
}

// replay runs the cases of testdata/FOLDER, each under its name: what differences tells fails the case, unless the folder's
// skiplist.txt has a reason. A listed case that passes, and a name there that is no case, are errors.
func replay[C any](t *testing.T, folder string, cases []C, name func(C) string, differences func(*testing.T, C) []string) {
	t.Helper()
	skipped := skiplist(t, folder)
	for _, c := range cases {
		reason, listed := skipped[name(c)]
		delete(skipped, name(c))
		t.Run(name(c), func(t *testing.T) {
			diffs := differences(t, c)
			switch {
			case listed && len(diffs) == 0:
				t.Errorf("passes, but stands in skiplist.txt: %s", reason)
			case listed:
				t.Skip(reason)
			case len(diffs) != 0:
				t.Errorf("not as recorded:\n%s", strings.Join(diffs, "\n"))
			}
		})
	}
	for name := range skipped {
		t.Errorf("skiplist.txt names %q, which is no case", name)
	}
}

// caseOf is the name of the case that a file of the name cmd describes.
func caseOf(cmd string) string { return filepath.Base(filepath.Dir(cmd)) }
