package runner

import (
	"fmt"
	"slices"
	"testing"
)

func TestBatches(t *testing.T) {
	hosts := []string{"a", "b", "c", "d", "e"}
	for name, c := range map[string]struct {
		serial []share
		want   string
	}{
		"none":                     {nil, "[[a b c d e]]"},
		"number":                   {[]share{{2, false}}, "[[a b] [c d] [e]]"},
		"zero is all":              {[]share{{0, false}}, "[[a b c d e]]"},
		"less than none is all":    {[]share{{-1, false}}, "[[a b c d e]]"},
		"more than there are":      {[]share{{9, false}}, "[[a b c d e]]"},
		"per cent, rounded down":   {[]share{{50, true}}, "[[a b] [c d] [e]]"},
		"per cent, at least one":   {[]share{{1, true}}, "[[a] [b] [c] [d] [e]]"},
		"list, the last one holds": {[]share{{1, false}, {40, true}}, "[[a] [b c] [d e]]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint((&keywords{serial: c.serial}).batches(hosts)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	hosts := []string{"b", "c", "a"}
	for ordering, want := range map[string]string{
		"inventory": "[b c a]", "reverse_inventory": "[a c b]", "sorted": "[a b c]", "reverse_sorted": "[c b a]",
	} {
		if got := fmt.Sprint((&keywords{ordering: ordering}).order(hosts)); got != want {
			t.Errorf("%s: got %s, want %s", ordering, got, want)
		}
	}
	seen := map[string]bool{}
	for range 200 {
		shuffled := (&keywords{ordering: "shuffle"}).order(hosts)
		seen[fmt.Sprint(shuffled)] = true
		if slices.Sort(shuffled); fmt.Sprint(shuffled) != "[a b c]" {
			t.Fatalf("shuffle changes the hosts: %v", shuffled)
		}
	}
	if len(seen) < 2 {
		t.Error("shuffle gives one order alone")
	}
	if fmt.Sprint(hosts) != "[b c a]" {
		t.Error("the hosts that were given are changed")
	}
}
