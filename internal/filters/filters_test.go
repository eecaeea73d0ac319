package filters_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/filters"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// recorded is a line of testdata/filters.jsonl: what ansible-core made of a call; testdata/record.py makes it.
type recorded struct {
	F string
	A json.RawMessage
	K json.RawMessage
	R *string
	E string
	W []string
}

// testHost is the world in which the cases were recorded.
func testHost(warnings *[]string) *filters.Host {
	env := map[string]string{"HOME": "/home/tester", "USER": "tester"}
	return &filters.Host{
		Getenv:    func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Zone:      time.UTC,
		Warn:      func(msg string) { *warnings = append(*warnings, "[WARNING]: "+msg) },
		Deprecate: func(msg string) { *warnings = append(*warnings, "[DEPRECATION WARNING]: "+msg) },
	}
}

func TestAsAnsible(t *testing.T) {
	file, err := os.Open("testdata/filters.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for ; lines.Scan(); n++ {
		var c recorded
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		check(t, lines.Text(), c)
	}
	if n < 1500 {
		t.Errorf("only %d cases", n)
	}
}

func check(t *testing.T, line string, c recorded) {
	t.Helper()
	if reason := differs(c); reason != "" {
		return
	}
	var warnings []string
	got, err := call(t, c, testHost(&warnings))
	switch {
	case err != nil && c.R != nil:
		t.Errorf("%s\n got error %v", line, err)
	case err != nil && err.Error() != c.E:
		t.Errorf("%s\n got error %v", line, err)
	case err == nil && c.R == nil:
		t.Errorf("%s\n got %s, want an error", line, got)
	case err == nil && got != *c.R:
		t.Errorf("%s\n got %s", line, got)
	}
	if strings.Join(warnings, "\n") != strings.Join(c.W, "\n") {
		t.Errorf("%s\n got warnings %q", line, warnings)
	}
}

// differs tells why a case is not compared, or "".
func differs(c recorded) string {
	switch {
	case strings.HasPrefix(c.E, "while parsing") || strings.HasPrefix(c.E, "expected a single document"):
		return "PyYAML names two places, a diag.Error one"
	case strings.Contains(c.E, "not enough values to unpack"):
		return "the text is of Python's own making"
	case strings.HasSuffix(c.E, "unhexlify error: Non-hexadecimal digit found"):
		return "ours says where"
	case strings.Contains(c.E, "tag '!unsafe'") || strings.Contains(c.E, "tag '!vault'"):
		return "the YAML reader knows these tags and has words of its own"
	case c.F == "b64decode" && c.R != nil && strings.Contains(*c.R, "?'"):
		return "the recording can't show a byte that is not UTF-8"
	case c.F == "union" && strings.Contains(c.E, "iterable") || strings.Contains(c.E, "can only concatenate list"):
		return "the text shows how ansible-core is written"
	case strings.HasPrefix(c.E, "unsupported operand type(s) for +: 'NoneType' and 'str'") || strings.Contains(c.E, "_query() missing 1 required"):
		return "netaddr's user crashes; ours names the unknown query"
	case strings.HasPrefix(c.E, "cannot access local variable") || strings.HasPrefix(c.E, "failed to detect a valid IP address from -"):
		return "netaddr's user crashes"
	case strings.HasPrefix(c.E, "JMESPathError") && (strings.HasSuffix(c.E, `received: "int"`) || strings.HasSuffix(c.E, `received: "unknown"`)):
		return "Ansible's library does not know numbers with tags"
	case c.F == "ansible.utils.ip4_hex" && (strings.HasPrefix(c.E, "invalid literal") || strings.HasSuffix(c.E, ";  is invalid")),
		c.F == "ansible.utils.ipsubnet" && (strings.Contains(string(c.A), "::") || strings.Contains(string(c.A), "null")):
		return "networks of two families mixed, which is nonsense"
	case c.F == "from_json" && strings.HasPrefix(c.E, "Name is"):
		return "an internal complaint"
	}
	return ""
}

func call(t *testing.T, c recorded, h *filters.Host) (string, error) {
	t.Helper()
	def := filters.All.Lookup(c.F)
	if def == nil {
		return "", fmt.Errorf("no filter %s", c.F)
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
	if u, ok := v.(*value.Undefined); ok {
		return "", &value.UndefinedError{Value: u}
	}
	return value.Repr(listed(c.F, v))
}

// listed turns tuples into lists, as the results of templates are, and sorts what has no order.
func listed(filter string, v value.Value) value.Value {
	switch x := v.(type) {
	case value.Tuple:
		return listed("", value.NewList(x.Elems()...))
	case *value.List:
		out := value.NewList()
		for _, e := range x.Stored() {
			out.Append(listed("", e))
		}
		return out
	}
	return v
}
