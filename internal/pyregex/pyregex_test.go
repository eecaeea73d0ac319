package pyregex_test

import (
	"bufio"
	"encoding/json"
	"os"
	"reflect"
	"testing"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/pyregex"
)

// recorded is a line of testdata/regex.jsonl, made by testdata/record.py with the real Python.
type recorded struct {
	P   string
	F   int
	S   string
	M   [][]*string
	R   *string
	Out *string
	E   string
	Esc *string
}

func TestAsPython(t *testing.T) {
	file, err := os.Open("testdata/regex.jsonl")
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
		if c.Esc != nil {
			if got := pyregex.Escape(c.S); got != *c.Esc {
				t.Errorf("escape %q: got %q, want %q", c.S, got, *c.Esc)
			}
			continue
		}
		got, err := run(c)
		switch {
		case err != nil && err.Error() != c.E:
			t.Errorf("%s\n got error %q, want %q", lines.Text(), err, c.E)
		case err == nil && c.E != "":
			t.Errorf("%s\n got %v, want error %q", lines.Text(), got, c.E)
		case err != nil:
		case c.R != nil && got != *c.Out:
			t.Errorf("%s\n got %q", lines.Text(), got)
		case c.R == nil && !reflect.DeepEqual(got, c.M):
			text, _ := json.Marshal(got)
			t.Errorf("%s\n got %s", lines.Text(), text)
		}
	}
	if n < 2000 {
		t.Errorf("only %d cases", n)
	}
}

func run(c recorded) (any, error) {
	var flags pyregex.Flags
	for bit, f := range map[int]pyregex.Flags{2: pyregex.IgnoreCase, 8: pyregex.Multiline, 16: pyregex.DotAll} {
		if c.F&bit != 0 {
			flags |= f
		}
	}
	re, err := pyregex.Compile(c.P, flags)
	if err != nil {
		return nil, err
	}
	if c.R != nil {
		s, _, err := re.Replace(c.S, *c.R, 0)
		return s, err
	}
	all, err := re.All(c.S, 0)
	out := [][]*string{}
	for _, m := range all {
		groups := []*string{}
		for i := range re.Groups() + 1 {
			if s, ok := m.Group(i); ok {
				groups = append(groups, &s)
			} else {
				groups = append(groups, nil)
			}
		}
		out = append(out, groups)
	}
	return out, err
}

func TestBytesThatAreNotUTF8Stay(t *testing.T) {
	re, err := pyregex.Compile("b", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got, _, _ := re.Replace("a\xffb\xfe", "X", 0); got != "a\xffX\xfe" {
		t.Errorf("got %q", got)
	}
}
