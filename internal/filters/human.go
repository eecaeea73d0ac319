package filters

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.human_readable", Func: humanReadable, Sig: "human_readable(size, isbits=False, unit=None)"})
	_ = All.Add(Def{Name: "ansible.builtin.human_to_bytes", Func: humanToBytes, Sig: "human_to_bytes(size, default_unit=None, isbits=False)"})
)

// sizeUnits are the units from the largest on, each 1024 times the next.
const sizeUnits = "YZEPTGMKB"

func unitSize(unit byte) value.Value {
	v, _ := value.Binary("**", value.NewInt(1024), value.NewInt(int64(8-strings.IndexByte(sizeUnits, unit))))
	return v
}

func humanReadable(c *Call) (value.Value, error) {
	bits, err := c.Truth("isbits")
	if err != nil {
		return nil, err
	}
	bad := func(err error) error { return fail("human_readable() failed on bad input: %s", err) }
	unit := byte('B')
	if c.IsNone("unit") {
		for i := range sizeUnits {
			unit = sizeUnits[i]
			enough, err := value.Order(">=", c.First(), unitSize(unit))
			if err != nil {
				return nil, bad(err)
			}
			if enough {
				break
			}
		}
	} else {
		name, ok := strOf(c.Get("unit"))
		if !ok {
			return nil, fail("human_readable() can't interpret the input: '%s' object has no attribute 'upper'", c.Get("unit").Type())
		}
		if up := strings.ToUpper(name); len(up) == 1 && strings.Contains(sizeUnits, up) {
			unit = up[0]
		}
	}
	n, err := value.Binary("/", c.First(), unitSize(unit))
	if err != nil {
		return nil, bad(err)
	}
	number, err := value.FormatSpec(n, ".2f")
	if err != nil {
		return nil, bad(err)
	}
	suffix := "Bytes"
	switch {
	case unit == 'B' && bits:
		suffix = "bits"
	case unit != 'B' && bits:
		suffix = string(unit) + "b"
	case unit != 'B':
		suffix = string(unit) + "B"
	}
	return str(number + " " + suffix), nil
}

var humanSize = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]*\.?[0-9]+)(?:\s*([A-Za-z]+))?\s*$`) })

func humanToBytes(c *Call) (value.Value, error) {
	isbits, err := c.Truth("isbits")
	if err != nil {
		return nil, err
	}
	text, err := value.Text(c.First())
	if err != nil {
		return nil, fail("human_to_bytes() can't interpret the input: %s", err)
	}
	bad := func(format string, args ...any) error {
		text := fmt.Sprintf("human_to_bytes() can't interpret the input: human_to_bytes() "+format, args...)
		return fail("%s", strings.TrimRight(text, " "))
	}
	shown := text
	if value.HasSecret(c.First()) {
		shown = "a secret value"
	}
	m := humanSize().FindStringSubmatch(text)
	if m == nil {
		return nil, bad("can't interpret following string: %s", shown)
	}
	number, err := value.ParseFloat(m[1])
	if err != nil {
		return nil, bad("can't interpret following number: %s (original input string: %s)", m[1], shown)
	}
	unit := m[2]
	if unit == "" && !c.IsNone("default_unit") {
		if unit, err = c.Text("default_unit"); err != nil {
			return nil, err
		}
	}
	if unit == "" {
		return rounded(number)
	}
	key := strings.ToUpper(unit)[0]
	if !strings.Contains(sizeUnits, string(key)) {
		return nil, bad("failed to convert %s (unit = %s). The suffix must be one of Y, Z, E, P, T, G, M, K, B", shown, unit)
	}
	if err := checkUnit(unit, key, isbits); err != "" {
		return nil, bad("failed to convert %s. Value is not a valid string (expect %s)", shown, err)
	}
	v, err := value.Binary("*", value.NewFloat(number), unitSize(key))
	if err != nil {
		return nil, err
	}
	return rounded(v.(value.Float).Float64())
}

// checkUnit gives what was expected in place of a unit of more than one letter, or "".
func checkUnit(unit string, key byte, isbits bool) string {
	if len(unit) == 1 {
		return ""
	}
	letter, word := "B", "byte"
	if isbits {
		letter, word = "b", "bit"
	}
	expect := string(key) + letter
	if key == 'B' {
		if strings.ToLower(unit) == word {
			return ""
		}
		return letter + " or " + word
	}
	if unit != expect {
		return expect + " or " + string(key)
	}
	return ""
}

// rounded is int(round(f)).
func rounded(f float64) (value.Value, error) {
	s, err := value.FormatSpec(value.NewFloat(f), ".0f")
	if err != nil {
		return nil, err
	}
	return value.ParseInt(s, 10)
}
