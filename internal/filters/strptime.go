package filters

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/value"
)

// directives are what Python's strptime reads for each directive in the C locale.
var directives = map[byte]string{
	'a': `(?P<a>sun|mon|tue|wed|thu|fri|sat)`,
	'A': `(?P<A>sunday|monday|tuesday|wednesday|thursday|friday|saturday)`,
	'b': `(?P<b>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`,
	'B': `(?P<B>january|february|march|april|may|june|july|august|september|october|november|december)`,
	'd': `(?P<d>3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9])`, 'f': `(?P<f>[0-9]{1,6})`,
	'H': `(?P<H>2[0-3]|[0-1]\d|\d)`, 'I': `(?P<I>1[0-2]|0[1-9]|[1-9]| [1-9])`, 'G': `(?P<G>\d\d\d\d)`,
	'j': `(?P<j>36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9])`,
	'm': `(?P<m>1[0-2]|0[1-9]|[1-9])`, 'M': `(?P<M>[0-5]\d|\d)`, 'S': `(?P<S>6[0-1]|[0-5]\d|\d)`,
	'U': `(?P<U>5[0-3]|[0-4]\d|\d)`, 'W': `(?P<W>5[0-3]|[0-4]\d|\d)`, 'V': `(?P<V>5[0-3]|0[1-9]|[1-4]\d|\d)`,
	'w': `(?P<w>[0-6])`, 'u': `(?P<u>[1-7])`, 'y': `(?P<y>\d\d)`, 'Y': `(?P<Y>\d\d\d\d)`, 'p': `(?P<p>am|pm)`,
	'z': `(?P<z>[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|Z)`, 'Z': `(?P<Z>utc|gmt)`, '%': `%`,
}

// composed are the directives that stand for several others.
var composed = strings.NewReplacer("%%", "%%", "%c", "%a %b %d %H:%M:%S %Y", "%x", "%m/%d/%y", "%X", "%H:%M:%S")

var blanks = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\s+`) })

// formatRegexp gives the regular expression for a format.
func formatRegexp(format string) (*regexp.Regexp, error) {
	shown, _ := value.Repr(value.NewStr(format))
	var b strings.Builder
	b.WriteString(`(?i)^`)
	seen := map[byte]bool{}
	text := composed.Replace(format)
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			end := strings.IndexByte(text[i:], '%')
			if end < 0 {
				end = len(text) - i
			}
			b.WriteString(blanks().ReplaceAllString(regexp.QuoteMeta(text[i:i+end]), `\s+`))
			i += end - 1
			continue
		}
		if i++; i >= len(text) {
			return nil, value.Raise("ValueError", "stray %%%% in format %s", shown)
		}
		d, ok := directives[text[i]]
		if !ok {
			return nil, value.Raise("ValueError", "'%c' is a bad directive in format %s", text[i], shown)
		}
		if seen[text[i]] && text[i] != '%' {
			return nil, value.Raise("ValueError", "the directive %%%c stands twice in format %s", text[i], shown)
		}
		seen[text[i]] = true
		b.WriteString(d)
	}
	return regexp.Compile(b.String())
}

// strptime is datetime.strptime in the C locale.
func strptime(text, format string) (value.DateTime, error) {
	re, err := formatRegexp(format)
	if err != nil {
		return value.DateTime{}, err
	}
	m := re.FindStringSubmatch(text)
	if m == nil {
		a, _ := value.Repr(value.NewStr(text))
		b, _ := value.Repr(value.NewStr(format))
		return value.DateTime{}, value.Raise("ValueError", "time data %s does not match format %s", a, b)
	}
	if rest := text[len(m[0]):]; rest != "" {
		return value.DateTime{}, value.Raise("ValueError", "unconverted data remains: %s", rest)
	}
	f := fields{}
	for i, name := range re.SubexpNames() {
		if name != "" {
			f[name[0]] = strings.ToLower(m[i])
		}
	}
	return f.datetime()
}

// fields are what was read, by directive, in lower case.
type fields map[byte]string

func (f fields) has(c byte) bool { _, ok := f[c]; return ok }

func (f fields) number(c byte, none int) int {
	if !f.has(c) {
		return none
	}
	n, _ := strconv.Atoi(strings.TrimSpace(f[c]))
	return n
}

func (f fields) year() int {
	if f.has('y') {
		n := f.number('y', 0)
		if n <= 68 {
			return 2000 + n
		}
		return 1900 + n
	}
	return f.number('Y', 1900)
}

const monthNames = "janfebmaraprmayjunjulaugsepoctnovdec"

func (f fields) month() int {
	for _, c := range []byte{'b', 'B'} {
		if f.has(c) {
			return strings.Index(monthNames, f[c][:3])/3 + 1
		}
	}
	return f.number('m', 1)
}

// weekday gives 0 for Monday to 6, or -1.
func (f fields) weekday() int {
	switch {
	case f.has('w'):
		return (f.number('w', 0) + 6) % 7
	case f.has('u'):
		return f.number('u', 1) - 1
	}
	for _, c := range []byte{'a', 'A'} {
		if f.has(c) {
			return strings.Index("montuewedthufrisatsun", f[c][:3]) / 3
		}
	}
	return -1
}

func (f fields) hour() int {
	if !f.has('I') {
		return f.number('H', 0)
	}
	h := f.number('I', 0) % 12
	if f['p'] == "pm" {
		h += 12
	}
	return h
}

func (f fields) date() (time.Time, error) {
	year, month, day := f.year(), f.month(), f.number('d', 1)
	date := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	wd := f.weekday()
	switch {
	case f.has('V') || f.has('G'):
		if !f.has('V') || !f.has('G') || wd < 0 {
			return time.Time{}, value.Raise("ValueError", "ISO year directive '%%G' must be used with the ISO week directive '%%V' and a weekday directive ('%%A', '%%a', '%%w', or '%%u').")
		}
		jan4 := date(f.number('G', 0), 1, 4)
		monday := jan4.AddDate(0, 0, -(int(jan4.Weekday())+6)%7)
		return monday.AddDate(0, 0, 7*(f.number('V', 1)-1)+wd), nil
	case f.has('j'):
		d := date(year, 1, 1).AddDate(0, 0, f.number('j', 1)-1)
		if d.Year() != year {
			return d, value.Raise("ValueError", "day of year out of range")
		}
		return d, nil
	case (f.has('U') || f.has('W')) && wd >= 0 && f.has('Y'):
		first := date(year, 1, 1)
		if f.has('W') { // weeks from Monday: the days before the first Monday are in week 0
			start := (int(first.Weekday()) + 6) % 7
			return first.AddDate(0, 0, 7*f.number('W', 0)+wd-start-weekShift(start)), nil
		}
		start := int(first.Weekday())
		return first.AddDate(0, 0, 7*f.number('U', 0)+(wd+1)%7-start-weekShift(start)), nil
	}
	d := date(year, month, day)
	if int(d.Month()) != month {
		return d, value.Raise("ValueError", "day is out of range for month")
	}
	return d, nil
}

// weekShift is 7 when the year begins on the first day of a week, for then there is no week 0.
func weekShift(start int) int {
	if start == 0 {
		return 7
	}
	return 0
}

func (f fields) datetime() (value.DateTime, error) {
	d, err := f.date()
	if err != nil {
		return value.DateTime{}, err
	}
	micros := 0
	if f.has('f') {
		micros, _ = strconv.Atoi((f['f'] + "000000")[:6])
	}
	sec := f.number('S', 0)
	if sec > 59 {
		return value.DateTime{}, value.Raise("ValueError", "second must be in 0..59")
	}
	zone := time.UTC
	if f.has('z') {
		zone = parseZone(f['z'])
	}
	t := time.Date(d.Year(), d.Month(), d.Day(), f.hour(), f.number('M', 0), sec, micros*1000, zone)
	if f.has('z') {
		return value.NewDateTime(t), nil
	}
	return value.NewNaiveDateTime(t), nil
}

func parseZone(z string) *time.Location {
	if z == "z" {
		return time.UTC
	}
	digits := strings.ReplaceAll(z[1:], ":", "")
	var h, m, s int
	_, _ = fmt.Sscanf(digits, "%2d%2d%2d", &h, &m, &s)
	off := h*3600 + m*60 + s
	if z[0] == '-' {
		off = -off
	}
	return time.FixedZone("", off)
}
