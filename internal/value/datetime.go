package value

import "time"

// DateTime is Python's datetime.datetime. When it is not Aware it has no time zone and Time is kept in UTC.
type DateTime struct {
	Time  time.Time
	Aware bool
	m     *Marks
}

// Type returns "datetime".
func (DateTime) Type() string { return "datetime" }

// Date is Python's datetime.date: midnight UTC of the day.
type Date struct {
	Time time.Time
	m    *Marks
}

// Type returns "date".
func (Date) Type() string { return "date" }

// TimeDelta is Python's datetime.timedelta, in steps of a microsecond.
type TimeDelta time.Duration

// Type returns "timedelta".
func (TimeDelta) Type() string { return "timedelta" }
