package facts

import (
	"fmt"
	"strconv"
	"time"
)

var _ = Set.Add(Collector{Name: "date_time", Min: true, Run: dateTime})

func dateTime(g *Gathering) {
	now := g.Sys.Now().In(g.zone())
	utc := now.UTC()
	micro := fmt.Sprintf("%06d", now.Nanosecond()/1000)
	dst := dstName(now)
	epoch := strconv.FormatInt(now.Unix(), 10)
	g.set("date_time", dict(
		"year", now.Format("2006"), "month", now.Format("01"), "weekday", now.Format("Monday"), "weekday_number", strconv.Itoa(int(now.Weekday())),
		"weeknumber", weekNumber(now), "day", now.Format("02"), "hour", now.Format("15"), "minute", now.Format("04"), "second", now.Format("05"),
		"epoch", epoch, "epoch_int", epoch, "date", now.Format("2006-01-02"), "time", now.Format("15:04:05"),
		"iso8601_micro", utc.Format("2006-01-02T15:04:05.")+micro+"Z", "iso8601", utc.Format("2006-01-02T15:04:05Z"),
		"iso8601_basic", now.Format("20060102T150405")+micro, "iso8601_basic_short", now.Format("20060102T150405"),
		"tz", zoneName(now), "tz_dst", dst, "tz_offset", now.Format("-0700"),
	))
}

// zone is the time zone of the machine: $TZ, else that of /etc/localtime, else UTC.
func (g *Gathering) zone() *time.Location {
	if tz := g.Sys.Getenv("TZ"); tz != "" {
		if loc := g.loadZone(tz); loc != nil {
			return loc
		}
	}
	if b := g.read("/etc/localtime"); b != "" {
		if loc, err := time.LoadLocationFromTZData("localtime", []byte(b)); err == nil {
			return loc
		}
	}
	return time.UTC
}

func (g *Gathering) loadZone(name string) *time.Location {
	if name[0] == ':' {
		name = name[1:]
	}
	file := name
	if name == "" {
		return time.UTC
	}
	if name[0] != '/' {
		file = "/usr/share/zoneinfo/" + name
	}
	if loc, err := time.LoadLocationFromTZData(name, []byte(g.read(file))); err == nil {
		return loc
	}
	return nil
}

func zoneName(t time.Time) string {
	name, _ := t.Zone()
	return name
}

// dstName is the zone's abbreviation in daylight saving time of this year, or that of now in a zone without.
func dstName(t time.Time) string {
	for m := time.January; m <= time.December; m++ {
		if u := time.Date(t.Year(), m, 1, 12, 0, 0, 0, t.Location()); u.IsDST() {
			return zoneName(u)
		}
	}
	return zoneName(t)
}

// weekNumber counts weeks from the first Monday of the year, as strftime's %W.
func weekNumber(t time.Time) string {
	monday := (int(t.Weekday()) + 6) % 7
	return fmt.Sprintf("%02d", (t.YearDay()-1+7-monday)/7)
}
