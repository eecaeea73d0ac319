package playbook_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/playbook"
)

// The cases are recorded from ansible-core 2.19: what it makes of a text, with and without the free-form rule.
func TestParseParams(t *testing.T) {
	var cases []struct {
		In      string      `json:"in"`
		KV, Raw [][2]string // ordered
		Err     string
	}
	readJSON(t, "testdata/freeform.json", &cases)
	if len(cases) < 1000 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		for _, raw := range []bool{false, true} {
			params, err := playbook.ParseParams(c.In, raw)
			if (err != nil) != (c.Err != "") {
				t.Errorf("%q: error %v, want %q", c.In, err, c.Err)
				continue
			}
			var got [][2]string
			for _, p := range params {
				got = append(got, [2]string{p.Key, p.Value})
			}
			want := c.KV
			if raw {
				want = c.Raw
			}
			if err == nil && !slices.Equal(got, want) {
				t.Errorf("%q (raw %v):\n got %q\nwant %q", c.In, raw, got, want)
			}
		}
	}
}

func FuzzParseParams(f *testing.F) {
	for _, s := range []string{"", "a=b", `a="x y" {{ c }}`, "\\", "{{", "a\n b=\\x4"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, raw := range []bool{false, true} {
			_, _ = playbook.ParseParams(text, raw) // must not panic
		}
	})
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
