package value

import (
	"time"
)

var dateTimeMethods, dateMethods, deltaMethods map[string]*methodDef

func makeTimeMethods() {
	at := func(v Value) time.Time {
		switch x := v.(type) {
		case DateTime:
			return x.Time
		case Date:
			return x.Time
		}
		return time.Time{}
	}
	isoCalendar := func(v Value, _ []Value) (Value, error) {
		y, w := at(v).ISOWeek()
		return NewTuple(NewInt(int64(y)), NewInt(int64(w)), NewInt(int64((at(v).Weekday()+6)%7+1))), nil
	}
	common := func() map[string]*methodDef {
		return map[string]*methodDef{
			"weekday":     method(noArgs, "", func(v Value, _ []Value) (Value, error) { return NewInt(int64((at(v).Weekday() + 6) % 7)), nil }),
			"isoweekday":  method(noArgs, "", func(v Value, _ []Value) (Value, error) { return NewInt(int64((at(v).Weekday()+6)%7 + 1)), nil }),
			"isocalendar": method(noArgs, "", isoCalendar),
			"toordinal": method(noArgs, "", func(v Value, _ []Value) (Value, error) {
				return NewInt(NewDate(at(v)).Time.Unix()/86400 + 719163), nil
			}),
			"ctime": method(noArgs, "", func(v Value, _ []Value) (Value, error) { return NewStr(at(v).Format("Mon Jan _2 15:04:05 2006")), nil }),
			"strftime": method(withKeyword, "format", func(v Value, a []Value) (Value, error) {
				f, ok := a[0].(Str)
				if !ok {
					return nil, typeErrorf("strftime() argument 1 must be str, not %s", qualified(a[0]))
				}
				s, err := Strftime(v, f.s)
				return NewStr(s), err
			}),
		}
	}
	dateMethods = common()
	dateMethods["isoformat"] = method(noArgs, "", func(v Value, _ []Value) (Value, error) { return TextStr(v) })
	dateMethods["replace"] = method(withKeyword, "year? month? day?", timeReplace)
	named(dateMethods)

	dateTimeMethods = common()
	dateTimeMethods["isoformat"] = method(withKeyword, "sep? timespec?", dateTimeISO)
	dateTimeMethods["date"] = method(noArgs, "", func(v Value, _ []Value) (Value, error) { return NewDate(at(v)), nil })
	dateTimeMethods["timestamp"] = method(noArgs, "", func(v Value, _ []Value) (Value, error) {
		d := v.(DateTime)
		t := d.Time
		if !d.Aware { // a naive datetime is in local time
			t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.Local)
		}
		return NewFloat(float64(t.UnixMicro()) / 1e6), nil
	})
	dateTimeMethods["utcoffset"] = method(noArgs, "", func(v Value, _ []Value) (Value, error) {
		if !v.(DateTime).Aware {
			return None, nil
		}
		_, off := at(v).Zone()
		return TimeDelta(time.Duration(off) * time.Second), nil
	})
	dateTimeMethods["replace"] = method(withKeyword, "year? month? day? hour? minute? second? microsecond?", timeReplace)
	named(dateTimeMethods)

	deltaMethods = named(map[string]*methodDef{
		"total_seconds": method(noArgs, "", func(v Value, _ []Value) (Value, error) {
			return NewFloat(float64(time.Duration(v.(TimeDelta))/time.Microsecond) / 1e6), nil
		}),
	})
}

func timeMethods(v Value) map[string]*methodDef {
	switch v.(type) {
	case DateTime:
		return dateTimeMethods
	case Date:
		return dateMethods
	}
	return deltaMethods
}

func dateTimeISO(v Value, a []Value) (Value, error) {
	sep := "T"
	if a[0] != nil {
		s, ok := a[0].(Str)
		if !ok || s.Len() != 1 {
			return nil, typeErrorf("isoformat() argument 1 must be a unicode character, not %s", qualified(a[0]))
		}
		sep = s.s
	}
	d := v.(DateTime)
	if a[1] == nil {
		return NewStr(d.ISO(sep)), nil
	}
	spec, _ := Text(a[1])
	layout, ok := map[string]string{
		"auto": "", "hours": "15", "minutes": "15:04", "seconds": "15:04:05",
		"milliseconds": "15:04:05.000", "microseconds": "15:04:05.000000",
	}[spec]
	switch {
	case !ok:
		return nil, valueErrorf("Unknown timespec value")
	case layout == "":
		return NewStr(d.ISO(sep)), nil
	}
	s := d.Time.Format("2006-01-02") + sep + d.Time.Format(layout)
	if d.Aware {
		_, off := d.Time.Zone()
		s += zoneText(off)
	}
	return NewStr(s), nil
}

func timeReplace(v Value, a []Value) (Value, error) {
	var t time.Time
	switch x := v.(type) {
	case DateTime:
		t = x.Time
	case Date:
		t = x.Time
	}
	f := []int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1000}
	for i, arg := range a {
		if arg != nil {
			n, err := asIndex(arg)
			if err != nil {
				return nil, err
			}
			f[i] = n
		}
	}
	r := time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], f[6]*1000, t.Location())
	if f[0] < 1 || f[0] > 9999 || r.Year() != f[0] || int(r.Month()) != f[1] || r.Day() != f[2] || f[3] > 23 || f[4] > 59 || f[5] > 59 {
		return nil, valueErrorf("a field of the date is out of range")
	}
	if d, ok := v.(DateTime); ok {
		return DateTime{Time: r, Aware: d.Aware}, nil
	}
	return Date{Time: r}, nil
}

func timeAttr(v Value, name string) (Value, bool) {
	var t time.Time
	clock := true
	switch x := v.(type) {
	case TimeDelta:
		days, s, us := x.parts()
		n, ok := map[string]int64{"days": days, "seconds": s, "microseconds": us}[name]
		return NewInt(n), ok
	case DateTime:
		t = x.Time
		if name == "tzinfo" && !x.Aware {
			return None, true
		}
	case Date:
		t, clock = x.Time, false
	}
	n := 0
	switch name {
	case "year":
		n = t.Year()
	case "month":
		n = int(t.Month())
	case "day":
		n = t.Day()
	default:
		if !clock {
			return nil, false
		}
		switch name {
		case "hour":
			n = t.Hour()
		case "minute":
			n = t.Minute()
		case "second":
			n = t.Second()
		case "microsecond":
			n = t.Nanosecond() / 1000
		default:
			return nil, false
		}
	}
	return Derive(NewInt(int64(n)), v), true
}
