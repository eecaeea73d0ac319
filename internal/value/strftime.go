package value

import (
	"fmt"
	"strings"
	"time"
)

// Strftime is v.strftime(format) for a datetime or date, in the C locale.
func Strftime(v Value, format string) (string, error) {
	switch x := v.(type) {
	case DateTime:
		return FormatTime(x.Time, format, x.Aware), nil
	case Date:
		return FormatTime(x.Time, format, false), nil
	}
	return "", typeErrorf("a %s has no strftime", qualified(v))
}

// FormatTime writes t by the directives of C's strftime as glibc and Python have them, in the C locale; zone says
// whether %z and %Z give anything.
func FormatTime(t time.Time, format string, zone bool) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		start := i
		i++
		flag := byte(0)
		for i+1 < len(format) && strings.IndexByte("-_0^#", format[i]) >= 0 {
			flag = format[i]
			i++
		}
		width := 0
		for i+1 < len(format) && format[i] >= '0' && format[i] <= '9' && width < 1000 {
			width = width*10 + int(format[i]-'0')
			i++
		}
		s, numeric, ok := timeField(t, format[i], zone)
		if !ok {
			b.WriteString(format[start : i+1])
			continue
		}
		s = withFlag(s, flag, numeric)
		if n := width - len(s); n > 0 && flag != '-' {
			fill := " "
			if numeric && flag != '_' || flag == '0' {
				fill = "0"
			}
			s = strings.Repeat(fill, n) + s
		}
		b.WriteString(s)
	}
	return b.String()
}

func withFlag(s string, flag byte, numeric bool) string {
	switch {
	case flag == '-' && numeric:
		if s = strings.TrimLeft(s, "0 "); s == "" {
			s = "0"
		}
	case flag == '_' && numeric:
		for i := 0; i+1 < len(s) && s[i] == '0'; i++ {
			s = s[:i] + " " + s[i+1:]
		}
	case flag == '0' && numeric:
		s = strings.ReplaceAll(s, " ", "0")
	case flag == '^' || flag == '#':
		s = strings.ToUpper(s)
	}
	return s
}

func timeField(t time.Time, c byte, zone bool) (s string, numeric, ok bool) {
	two := func(n int) (string, bool, bool) { return fmt.Sprintf("%02d", n), true, true }
	text := func(layout string) (string, bool, bool) { return t.Format(layout), false, true }
	hour12 := (t.Hour()+11)%12 + 1
	switch c {
	case 'Y':
		return fmt.Sprintf("%d", t.Year()), true, true
	case 'C':
		return two(t.Year() / 100)
	case 'y':
		return two(t.Year() % 100)
	case 'm':
		return two(int(t.Month()))
	case 'd':
		return two(t.Day())
	case 'e':
		return fmt.Sprintf("%2d", t.Day()), true, true
	case 'H':
		return two(t.Hour())
	case 'k':
		return fmt.Sprintf("%2d", t.Hour()), true, true
	case 'I':
		return two(hour12)
	case 'l':
		return fmt.Sprintf("%2d", hour12), true, true
	case 'M':
		return two(t.Minute())
	case 'S':
		return two(t.Second())
	case 'f':
		return fmt.Sprintf("%06d", t.Nanosecond()/1000), false, true
	case 'j':
		return fmt.Sprintf("%03d", t.YearDay()), true, true
	case 'u':
		return fmt.Sprint((int(t.Weekday())+6)%7 + 1), true, true
	case 'w':
		return fmt.Sprint(int(t.Weekday())), true, true
	case 'U':
		return two((t.YearDay() + 6 - int(t.Weekday())) / 7)
	case 'W':
		return two((t.YearDay() + 6 - (int(t.Weekday())+6)%7) / 7)
	case 'V':
		_, week := t.ISOWeek()
		return two(week)
	case 'G':
		year, _ := t.ISOWeek()
		return fmt.Sprint(year), true, true
	case 'g':
		year, _ := t.ISOWeek()
		return two(year % 100)
	case 's':
		return fmt.Sprint(t.Unix()), true, true
	case 'a':
		return text("Mon")
	case 'A':
		return text("Monday")
	case 'b', 'h':
		return text("Jan")
	case 'B':
		return text("January")
	case 'p':
		return text("PM")
	case 'P':
		return text("pm")
	case 'c':
		return text("Mon Jan _2 15:04:05 2006")
	case 'x', 'D':
		return text("01/02/06")
	case 'X', 'T':
		return text("15:04:05")
	case 'r':
		return text("03:04:05 PM")
	case 'R':
		return text("15:04")
	case 'F':
		return text("2006-01-02")
	case 'n':
		return "\n", false, true
	case 't':
		return "\t", false, true
	case '%':
		return "%", false, true
	case 'z':
		if !zone {
			return "", false, true
		}
		return text("-0700")
	case 'Z':
		if !zone {
			return "", false, true
		}
		return text("MST")
	}
	return "", false, false
}
