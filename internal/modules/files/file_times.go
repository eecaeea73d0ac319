package files

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/seed-6d8ad27c/kimai-ansible/internal/modules/fileattr"
	"github.com/seed-6d8ad27c/kimai-ansible/internal/target"
)

// times are the times that a file shall have.
type times struct{ access, modification wantTime }

// wantTime is one of them: kept, the present, or a fixed one.
type wantTime struct {
	keep, now bool
	at        time.Time
}

// times reads the arguments for times; missing is what an argument means that is not given.
func (f *fileRun) times(missing string) (*times, error) {
	var t times
	for _, x := range []struct {
		name string
		into *wantTime
	}{{"modification_time", &t.modification}, {"access_time", &t.access}} {
		text := missing
		if f.p.Has(x.name) {
			text = f.p.Str(x.name)
		}
		switch text {
		case "preserve":
			x.into.keep = true
		case "now":
			x.into.now = true
		default:
			layout := f.p.Str(x.name + "_format")
			at, err := strptime(text, layout)
			if err != nil {
				return nil, &fileattr.Failure{Msg: fmt.Sprintf("Error while obtaining timestamp for time %s using format %s: %v", text, layout, err)}
			}
			x.into.at = at
		}
	}
	return &t, nil
}

// apply sets the times of a file and reports whether they differ from what it had.
func (t *times) apply(sys target.System, path string, check bool, c *fileattr.Change) (bool, error) {
	if t.access.keep && t.modification.keep {
		return false, nil
	}
	fail := func(err error) error {
		return &fileattr.Failure{Msg: "Error while updating modification or access time: " + fileattr.PyError(err, path), Path: path}
	}
	info, err := sys.Stat(path)
	if err != nil {
		if check {
			return true, nil
		}
		return false, fail(err)
	}
	now := sys.Now()
	pick := func(w wantTime, old time.Time) time.Time {
		switch {
		case w.keep:
			return old
		case w.now:
			return now
		}
		return w.at
	}
	atime, mtime := pick(t.access, info.Atime), pick(t.modification, info.Mtime)
	changed := false
	if !mtime.Equal(info.Mtime) {
		c.Note("mtime", seconds(info.Mtime), seconds(mtime))
		changed = true
	}
	if !atime.Equal(info.Atime) {
		c.Note("atime", seconds(info.Atime), seconds(atime))
		changed = true
	}
	if changed && !check {
		if err := sys.Chtimes(path, atime, mtime); err != nil {
			return false, fail(err)
		}
	}
	return changed, nil
}

// seconds gives a time as Python's os.stat does: a float of seconds since 1970.
func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// strptime reads a time in the target's zone as Python's time.strptime does, for the directives that are numbers, names
// of months and days, AM and PM.
func strptime(text, layout string) (time.Time, error) {
	bad := fmt.Errorf("time data '%s' does not match format '%s'", text, layout)
	p := clock{rest: text, year: 1900, month: 1, day: 1}
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' {
			if layout[i] == ' ' {
				p.rest = strings.TrimLeft(p.rest, " \t\n")
				continue
			}
			if p.rest == "" || p.rest[0] != layout[i] {
				return time.Time{}, bad
			}
			p.rest = p.rest[1:]
			continue
		}
		if i++; i >= len(layout) {
			return time.Time{}, fmt.Errorf("stray %% in format '%s'", layout)
		}
		ok, known := p.directive(layout[i])
		if !known {
			return time.Time{}, fmt.Errorf("'%c' is a bad directive in format '%s'", layout[i], layout)
		}
		if !ok {
			return time.Time{}, bad
		}
	}
	if p.rest != "" {
		return time.Time{}, fmt.Errorf("unconverted data remains: %s", p.rest)
	}
	if p.pm != "" {
		p.hour %= 12
		if p.pm == "pm" {
			p.hour += 12
		}
	}
	if p.yday > 0 {
		return time.Date(p.year, 1, p.yday, p.hour, p.minute, p.second, 0, time.Local), nil
	}
	t := time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, 0, time.Local)
	if t.Day() != p.day {
		return time.Time{}, fmt.Errorf("day is out of range for month")
	}
	return t, nil
}

// clock is a time while it is being read.
type clock struct {
	rest                                         string
	year, month, day, hour, minute, second, yday int
	pm                                           string
}

func (c *clock) directive(d byte) (ok, known bool) {
	num := func(into *int, width, low, high int) (bool, bool) {
		n := 0
		for n < len(c.rest) && n < width && c.rest[n] >= '0' && c.rest[n] <= '9' {
			n++
		}
		v, err := strconv.Atoi(c.rest[:n])
		if err != nil || v < low || v > high {
			return false, true
		}
		c.rest, *into = c.rest[n:], v
		return true, true
	}
	var ignored int
	switch d {
	case 'Y':
		if len(c.rest) < 4 {
			return false, true
		}
		return num(&c.year, 4, 0, 9999)
	case 'y':
		ok, _ := num(&c.year, 2, 0, 99)
		if c.year += 1900; c.year < 1969 {
			c.year += 100
		}
		return ok, true
	case 'm':
		return num(&c.month, 2, 1, 12)
	case 'd':
		return num(&c.day, 2, 1, 31)
	case 'H':
		return num(&c.hour, 2, 0, 23)
	case 'I':
		return num(&c.hour, 2, 1, 12)
	case 'M':
		return num(&c.minute, 2, 0, 59)
	case 'S':
		return num(&c.second, 2, 0, 61)
	case 'j':
		return num(&c.yday, 3, 1, 366)
	case 'f':
		return num(&ignored, 6, 0, 999999)
	case 'p':
		for _, w := range []string{"am", "pm"} {
			if len(c.rest) >= 2 && strings.EqualFold(c.rest[:2], w) {
				c.rest, c.pm = c.rest[2:], w
				return true, true
			}
		}
		return false, true
	case 'b', 'h', 'B':
		return c.name(d == 'B', 12, func(i int) string { return time.Month(i + 1).String() }, &c.month), true
	case 'a', 'A':
		return c.name(d == 'A', 7, func(i int) string { return time.Weekday(i).String() }, &ignored), true
	case '%':
		ok := strings.HasPrefix(c.rest, "%")
		c.rest = strings.TrimPrefix(c.rest, "%")
		return ok, true
	}
	return false, false
}

// name reads the name of a month or day, whole or its first three letters.
func (c *clock) name(whole bool, n int, of func(int) string, into *int) bool {
	for i := range n {
		w := of(i)
		if !whole {
			w = w[:3]
		}
		if len(c.rest) >= len(w) && strings.EqualFold(c.rest[:len(w)], w) {
			c.rest, *into = c.rest[len(w):], i+1
			return true
		}
	}
	return false
}
