package value

import (
	"fmt"
	"strings"
	"time"
)

// NewDateTime gives an aware datetime in the zone of t, cut to microseconds.
func NewDateTime(t time.Time) DateTime {
	return DateTime{Time: t.Truncate(time.Microsecond), Aware: true}
}

// NewNaiveDateTime gives a datetime without a zone from the calendar fields that t shows, cut to microseconds.
func NewNaiveDateTime(t time.Time) DateTime {
	return DateTime{Time: time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(),
		t.Nanosecond()/1000*1000, time.UTC)}
}

// NewDate gives the date that t shows.
func NewDate(t time.Time) Date {
	return Date{Time: time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)}
}

// ISO gives datetime.isoformat(sep).
func (d DateTime) ISO(sep string) string {
	s := fmt.Sprintf("%04d-%02d-%02d%s%02d:%02d:%02d", d.Time.Year(), d.Time.Month(), d.Time.Day(), sep,
		d.Time.Hour(), d.Time.Minute(), d.Time.Second())
	if us := d.Time.Nanosecond() / 1000; us != 0 {
		s += fmt.Sprintf(".%06d", us)
	}
	if d.Aware {
		_, off := d.Time.Zone()
		s += zoneText(off)
	}
	return s
}

func zoneText(off int) string {
	sign := '+'
	if off < 0 {
		sign, off = '-', -off
	}
	s := fmt.Sprintf("%c%02d:%02d", sign, off/3600, off/60%60)
	if off%60 != 0 {
		s += fmt.Sprintf(":%02d", off%60)
	}
	return s
}

func (d DateTime) repr() string {
	t := d.Time
	s := fmt.Sprintf("datetime.datetime(%d, %d, %d, %d, %d", t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute())
	us := t.Nanosecond() / 1000
	if t.Second() != 0 || us != 0 {
		s += fmt.Sprintf(", %d", t.Second())
	}
	if us != 0 {
		s += fmt.Sprintf(", %d", us)
	}
	if d.Aware {
		if _, off := t.Zone(); off == 0 {
			s += ", tzinfo=datetime.timezone.utc"
		} else {
			s += ", tzinfo=datetime.timezone(" + TimeDelta(time.Duration(off)*time.Second).repr() + ")"
		}
	}
	return s + ")"
}

// parts splits a timedelta as Python does: only the days may be negative.
func (d TimeDelta) parts() (days, seconds, micros int64) {
	us := int64(time.Duration(d) / time.Microsecond)
	const day = 86400 * 1000000
	days = us / day
	if us %= day; us < 0 {
		us += day
		days--
	}
	return days, us / 1000000, us % 1000000
}

// String gives Python's str() of a timedelta: "1 day, 2:03:04.000005".
func (d TimeDelta) String() string {
	days, s, us := d.parts()
	var b strings.Builder
	if days != 0 {
		plural := "s"
		if days == 1 || days == -1 {
			plural = ""
		}
		fmt.Fprintf(&b, "%d day%s, ", days, plural)
	}
	fmt.Fprintf(&b, "%d:%02d:%02d", s/3600, s/60%60, s%60)
	if us != 0 {
		fmt.Fprintf(&b, ".%06d", us)
	}
	return b.String()
}

func (d TimeDelta) repr() string {
	days, s, us := d.parts()
	var parts []string
	for _, f := range []struct {
		name string
		n    int64
	}{{"days", days}, {"seconds", s}, {"microseconds", us}} {
		if f.n != 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", f.name, f.n))
		}
	}
	if parts == nil {
		parts = []string{"0"}
	}
	return "datetime.timedelta(" + strings.Join(parts, ", ") + ")"
}
