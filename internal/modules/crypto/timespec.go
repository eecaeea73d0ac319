package crypto

import (
	"fmt"
	"strconv"
	"time"
)

// parseTime reads "+32w1d2h" relative to now, or "20300101000000Z".
func parseTime(s, arg string, now time.Time) (time.Time, error) {
	bad := refusef("The time spec \"%s\" for %s is invalid", s, arg)
	if s != "" && (s[0] == '+' || s[0] == '-') {
		d, err := parseOffset(s[1:])
		if err != nil {
			return time.Time{}, bad
		}
		if s[0] == '-' {
			d = -d
		}
		return now.Add(d).UTC().Truncate(time.Second), nil
	}
	for _, layout := range []string{"20060102150405Z", "200601021504Z", "20060102150405-0700", "200601021504-0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, bad
}

// timeUnits are the units of relative times, in the order in which they stand.
var timeUnits = map[byte]time.Duration{
	'w': 7 * 24 * time.Hour, 'd': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second,
}

// maxOffset keeps the sum of a relative time within what a duration holds: about 200 years.
const maxOffset = 200 * 365 * 24 * time.Hour

func parseOffset(s string) (time.Duration, error) {
	var sum time.Duration
	for s != "" {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		count, err := strconv.ParseInt(s[:n], 10, 64)
		if err != nil || n == len(s) {
			return 0, fmt.Errorf("a number and a unit are needed")
		}
		unit, ok := timeUnits[s[n]|0x20]
		if !ok || count > int64(maxOffset/unit) {
			return 0, fmt.Errorf("unit or number out of range")
		}
		if sum += time.Duration(count) * unit; sum > maxOffset {
			return 0, fmt.Errorf("out of range")
		}
		s = s[n+1:]
	}
	return sum, nil
}
