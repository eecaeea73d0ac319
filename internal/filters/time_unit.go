package filters

import (
	"math"
	"strings"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// The filters that make a number of a text such as "1h 30m".
// Source: https://docs.ansible.com/ansible/latest/collections/community/general/to_time_unit_filter.html
func init() {
	All.Add(Def{Name: "community.general.to_time_unit", Sig: "to_time_unit(human_time, unit='ms', **kwargs)", Func: func(c *Call) (value.Value, error) {
		unit, err := c.Text("unit")
		if err != nil {
			return nil, err
		}
		return timeUnit(c, unit)
	}})
	for name, unit := range map[string]string{
		"milliseconds": "ms", "seconds": "s", "minutes": "m", "hours": "h", "days": "d", "weeks": "w", "months": "mo", "years": "y",
	} {
		All.Add(Def{Name: "community.general.to_" + name, Sig: "to_" + name + "(human_time, **kwargs)", Func: func(c *Call) (value.Value, error) {
			return timeUnit(c, unit)
		}})
	}
}

// longUnits are the words for the units, without the s of the plural.
var longUnits = map[string]string{
	"millisecond": "ms", "msec": "ms", "msecond": "ms", "sec": "s", "second": "s", "hour": "h", "min": "m", "minute": "m",
	"day": "d", "week": "w", "month": "mo", "year": "y",
}

var durationPart = lazyregexp.New(`^([-+]?[0-9]+)(ms|mo|s|m|h|d|w|y|[a-z]+)$`)

func timeUnit(c *Call, unit string) (value.Value, error) {
	day := 24 * 3600 * 1000.0
	factor := map[string]float64{"ms": 1, "s": 1000, "m": 60_000, "h": 3600_000, "d": day, "w": 7 * day, "mo": 30 * day, "y": 365 * day}
	if c.Extra != nil {
		for it := c.Extra.Iterate(); it.Next(); {
			name, _ := strOf(it.Key())
			v, err := it.Value()
			if err != nil {
				return nil, err
			}
			short := map[string]string{"year": "y", "month": "mo"}[name]
			if short == "" {
				return nil, fail("to_time_unit() got unknown keyword arguments: %s", name)
			}
			days, err := toFloat(v)
			if err != nil {
				return nil, err
			}
			factor[short] = days * day
		}
	}
	if _, ok := factor[unit]; !ok {
		short := longUnits[strings.TrimSuffix(unit, "s")]
		if short == "" {
			return nil, fail("to_time_unit() can not convert to the following unit: %s. Available units (singular or plural): "+
				"millisecond, msec, msecond, sec, second, hour, min, minute, day, week, month, year. Available short units: ms, s, m, h, d, w, mo, y", unit)
		}
		unit = short
	}
	text, ok := strOf(c.First())
	if !ok {
		return nil, value.Raise("AttributeError", "'%s' object has no attribute 'split'", c.First().Type())
	}
	sum := 0.0
	for _, part := range strings.Fields(text) {
		m := durationPart().FindStringSubmatch(part)
		by := 0.0
		if m != nil {
			by = factor[m[2]]
			if by == 0 {
				by = factor[longUnits[strings.TrimSuffix(m[2], "s")]]
			}
		}
		if by == 0 {
			return nil, fail("to_time_unit() can not interpret following string: %s", shownText(c.First()))
		}
		n, err := value.ParseFloat(m[1])
		if err != nil {
			return nil, err
		}
		sum += n * by
	}
	to := factor[unit]
	if unit == "y" {
		to = 12 * factor["mo"] // a year in the result is twelve months
	}
	return value.NewFloat(math.Round(sum/to*1e12) / 1e12), nil
}

func toFloat(v value.Value) (float64, error) {
	switch v := v.(type) {
	case value.Float:
		return v.Float64(), nil
	case value.Str:
		return value.ParseFloat(v.String())
	}
	n, err := toInt(v)
	return float64(n), err
}
