package yaml

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/lazyregexp"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// timestampForm is YAML 1.1's timestamp (https://yaml.org/type/timestamp.html) as PyYAML constructs it.
var timestampForm = lazyregexp.New(`^([0-9]{4})-([0-9][0-9]?)-([0-9][0-9]?)` +
	`(?:(?:[Tt]|[ \t]+)([0-9][0-9]?):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9][0-9]?)(?::([0-9]{2}))?))?)?$`)

// isTimestamp tells whether a plain scalar is a timestamp: a date needs two digits for month and day, a date with a time
// does not.
func isTimestamp(s string) bool {
	if len(s) < 8 || !isDigit(s[0]) || !isDigit(s[1]) || !isDigit(s[2]) || !isDigit(s[3]) || s[4] != '-' {
		return false
	}
	m := timestampForm().FindStringSubmatch(s)
	return m != nil && (m[4] != "" || len(s) == len("2001-01-01"))
}

// parseTimestamp makes a date or a datetime of the text of a !!timestamp scalar. Digits after the sixth of a fraction are
// dropped.
func parseTimestamp(text string) (value.Value, error) {
	m := timestampForm().FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("no timestamp: %s", pyQuote(text))
	}
	num := func(i int) int {
		n, _ := strconv.Atoi(m[i])
		return n
	}
	year, month, day := num(1), num(2), num(3)
	switch {
	case year < 1:
		return nil, fmt.Errorf("year %d is out of range", year)
	case month < 1 || month > 12:
		return nil, fmt.Errorf("month must be in 1..12")
	case day < 1 || day > daysIn(year, month):
		return nil, fmt.Errorf("day is out of range for month")
	}
	if m[4] == "" {
		return value.Date{Time: time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)}, nil
	}
	switch {
	case num(4) > 23:
		return nil, fmt.Errorf("hour must be in 0..23")
	case num(5) > 59:
		return nil, fmt.Errorf("minute must be in 0..59")
	case num(6) > 59:
		return nil, fmt.Errorf("second must be in 0..59")
	}
	micro := 0
	if fraction := m[7]; fraction != "" {
		fraction = fraction[:min(6, len(fraction))]
		micro, _ = strconv.Atoi(fraction + strings.Repeat("0", 6-len(fraction)))
	}
	zone := time.UTC
	if m[9] != "" {
		offset := num(10)*3600 + num(11)*60
		if offset >= 24*3600 {
			return nil, fmt.Errorf("offset must be strictly between -24 and 24 hours")
		}
		if m[9] == "-" {
			offset = -offset
		}
		zone = time.FixedZone("", offset)
	}
	t := time.Date(year, time.Month(month), day, num(4), num(5), num(6), micro*1000, zone)
	return value.DateTime{Time: t, Aware: m[8] != ""}, nil
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
