package filters

import (
	"math"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

var (
	_ = All.Add(Def{Name: "ansible.builtin.to_datetime", Func: toDatetime, Sig: "to_datetime(string, format='%Y-%m-%d %H:%M:%S')"})
	_ = All.Add(Def{Name: "ansible.builtin.strftime", Func: strftime, Sig: "strftime(string_format, second=None, utc=False)"})
)

func toDatetime(c *Call) (value.Value, error) {
	var args [2]string
	for i, name := range []string{"string", "format"} {
		s, ok := strOf(c.Get(name))
		if !ok {
			kind := c.Get(name).Type()
			if c.IsNone(name) {
				kind = "None"
			}
			return nil, value.Raise("TypeError", "strptime() argument %d must be str, not %s", i+1, kind)
		}
		args[i] = s
	}
	d, err := strptime(args[0], args[1])
	if err != nil {
		return nil, err
	}
	return d, nil
}

func strftime(c *Call) (value.Value, error) {
	t := c.Host.now()
	if !c.IsNone("second") {
		second, err := seconds(c.Get("second"))
		if err != nil {
			shown, _ := value.Text(c.Get("second"))
			if value.HasSecret(c.Get("second")) {
				shown = "a secret value"
			}
			return nil, fail("Invalid value for epoch value (%s)", shown)
		}
		t = time.Unix(int64(math.Floor(second)), 0)
	}
	format, ok := strOf(c.First())
	if !ok {
		return nil, value.Raise("TypeError", "strftime() argument 1 must be str, not %s", c.First().Type())
	}
	utc, err := c.Truth("utc")
	if err != nil {
		return nil, err
	}
	if utc {
		t = t.UTC()
	} else {
		t = t.In(c.Host.zone())
	}
	return str(value.FormatTime(t, format, true)), nil
}

func seconds(v value.Value) (float64, error) {
	if s, ok := strOf(v); ok {
		return value.ParseFloat(s)
	}
	return value.AsFloat(v)
}
