package filters_test

import (
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinjatests"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// TestSignatures reads every signature, which a program reads at the first call: a mistake panics.
func TestSignatures(t *testing.T) {
	for what, set := range map[string]*filters.Set{"filter": &filters.All, "test": &jinjatests.All} {
		if len(set.Names()) < 20 {
			t.Errorf("%d %ss", len(set.Names()), what)
		}
		for _, name := range set.Names() {
			if s := value.ParseSignature(set.Lookup(name).Sig); s.Name() == "" {
				t.Errorf("%s %s has no signature", what, name)
			}
		}
	}
}
