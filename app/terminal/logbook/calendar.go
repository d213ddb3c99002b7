package logbook

import "time"

// nextDay is the first moment of the day after a moment's, where it is: midnight, or
// when clocks are put forward at midnight, the moment after.
func nextDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return dayBegins(y, m, d+1, t.Location())
}

// DayBegins returns the first moment of a moment's day in that moment's time zone.
func DayBegins(of time.Time) time.Time { return startOfDay(of) }

// startOfDay is the first moment of a moment's day.
func startOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return dayBegins(y, m, d, t.Location())
}

// dayBegins finds the first moment with a date. time.Date does not say which it
// returns where clocks are changed at midnight.
func dayBegins(y int, m time.Month, d int, in *time.Location) time.Time {
	noon := time.Date(y, m, d, 12, 0, 0, 0, in)
	y, m, d = noon.Date()
	var first time.Time
	midnight := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	for _, near := range []time.Time{noon.Add(-36 * time.Hour), noon.Add(-12 * time.Hour), noon} {
		_, offset := near.Zone()
		at := midnight.Add(-time.Duration(offset) * time.Second).In(in)
		if same(at, y, m, d) && at.Hour() == 0 && at.Minute() == 0 && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	if !first.IsZero() {
		return first
	}
	start, _ := noon.ZoneBounds() // there is no midnight: the day begins where clocks were put forward
	return start.In(in)
}

func same(t time.Time, y int, m time.Month, d int) bool {
	yy, mm, dd := t.Date()
	return yy == y && mm == m && dd == d
}

// startOfHour is the full hour, on the clocks there, before a moment.
func startOfHour(t time.Time) time.Time {
	begin := t.Add(-sinceHour(t))
	if start, _ := t.ZoneBounds(); !start.IsZero() && begin.Before(start) {
		return start // clocks were changed since then, by part of an hour
	}
	return begin
}

// nextHour is the next full hour on the clocks there.
func nextHour(t time.Time) time.Time {
	next := t.Add(time.Hour - sinceHour(t))
	if _, end := t.ZoneBounds(); !end.IsZero() && next.After(end) {
		return end
	}
	return next
}

func sinceHour(t time.Time) time.Duration {
	return time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
}
