package conformance_test

import (
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/executor"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/runner"
)

// docs/compat.md names each keyword that is refused.
func TestCompatNamesWhatIsRefused(t *testing.T) {
	page := read(t, root, "docs", "compat.md")
	_, table, ok := strings.Cut(page, "\n## Not there yet\n")
	if !ok {
		t.Fatal("docs/compat.md has no part \"Not there yet\"")
	}
	refused := append(executor.RefusedKeywords(), runner.RefusedKeywords()...)
	if len(refused) == 0 {
		t.Error("no keyword is refused any more: take this test out")
	}
	for _, k := range refused {
		if !strings.Contains(table, "`"+k.String()+"`") {
			t.Errorf("the keyword %s is refused, and docs/compat.md does not say so", k)
		}
	}
}
