package jinjatests_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/jinjatests"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// recorded is a line of testdata/tests.jsonl: what ansible-core made of a test; ../filters/testdata/record.py makes it.
type recorded struct {
	T string
	A json.RawMessage
	K json.RawMessage
	R *string
	E string
	W []string
}

func TestAsAnsible(t *testing.T) {
	file, err := os.Open("testdata/tests.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for lines := bufio.NewScanner(file); lines.Scan(); n++ {
		var c recorded
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if differs(c) != "" {
			continue
		}
		var warnings []string
		h := &filters.Host{Warn: func(msg string) { warnings = append(warnings, "[WARNING]: "+msg) }}
		got, err := call(t, c, h)
		switch {
		case err != nil && c.R != nil:
			t.Errorf("%s\n got error %v", lines.Text(), err)
		case err != nil && err.Error() != c.E:
			t.Errorf("%s\n got error %v", lines.Text(), err)
		case err == nil && c.R == nil:
			t.Errorf("%s\n got %s, want an error", lines.Text(), got)
		case err == nil && got != *c.R:
			t.Errorf("%s\n got %s", lines.Text(), got)
		}
		if strings.Join(warnings, "\n") != strings.Join(c.W, "\n") {
			t.Errorf("%s\n got warnings %q", lines.Text(), warnings)
		}
	}
	if n < 2000 {
		t.Errorf("only %d cases", n)
	}
}

// differs tells why a case is not compared, or "".
func differs(c recorded) string {
	if strings.Contains(c.E, "'str' object is not callable") {
		return "the text shows how ansible-core is written"
	}
	for _, path := range []string{"/etc/mtab", "/etc/passwd", "/dev/null", "/proc", "/bin", `[5`, "[null"} {
		if strings.Contains(string(c.A), path) && pathTests[c.T] {
			return "the answer depends on the machine, or shows how Python is written"
		}
	}
	return ""
}

var pathTests = map[string]bool{
	"directory": true, "is_dir": true, "exists": true, "file": true, "is_file": true, "link": true,
	"is_link": true, "link_exists": true, "mount": true, "is_mount": true, "vaulted_file": true, "same_file": true, "is_same_file": true,
}

func call(t *testing.T, c recorded, h *filters.Host) (string, error) {
	t.Helper()
	def := jinjatests.All.Lookup(c.T)
	if def == nil {
		t.Fatalf("no test %s", c.T)
	}
	a, err := value.FromJSON(c.A)
	if err != nil {
		t.Fatal(err)
	}
	args, _ := value.Elems(a)
	var kwargs *value.Dict
	if c.K != nil {
		k, err := value.FromJSON(c.K)
		if err != nil {
			t.Fatal(err)
		}
		kwargs = k.(*value.Dict)
	}
	v, err := def.Call(context.Background(), h, args, kwargs)
	if err != nil {
		return "", err
	}
	return value.Repr(v)
}
