package office

import "time"

// Span is the unit of time that a chart or a filter goes by.
type Span string

// The spans.
const (
	Day   Span = "day"
	Week  Span = "week" // from Monday (ISO 8601)
	Month Span = "month"
)

// Spans lists them, shortest first.
func Spans() []Span { return []Span{Day, Week, Month} }

// Of is the span that a moment lies in: from its first instant to that of the next one, in the moment's own time zone. A day
// on which the clocks change has 23 or 25 hours.
func (s Span) Of(t time.Time) (from, to time.Time) {
	year, month, day := t.Date()
	switch s {
	case Week:
		day -= (int(t.Weekday()) + 6) % 7
		return date(t, year, month, day), date(t, year, month, day+7)
	case Month:
		return date(t, year, month, 1), date(t, year, month+1, 1)
	}
	return date(t, year, month, day), date(t, year, month, day+1)
}

// Step is the start of the span that lies n spans after the one of a moment.
func (s Span) Step(t time.Time, n int) time.Time {
	from, _ := s.Of(t)
	year, month, day := from.Date()
	switch s {
	case Week:
		return date(t, year, month, day+7*n)
	case Month:
		return date(t, year, month+time.Month(n), 1)
	}
	return date(t, year, month, day+n)
}

func date(t time.Time, year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
}

// Weeks are the weeks, from Monday, that a month's days lie in: four to six rows of seven days, some of its neighbours'.
func Weeks(month time.Time) (weeks [][7]time.Time) {
	from, to := Month.Of(month)
	monday, _ := Week.Of(from)
	year, m, day := monday.Date()
	for {
		var week [7]time.Time
		for i := range week {
			week[i] = date(month, year, m, day+i)
		}
		if !week[0].Before(to) {
			return weeks
		}
		weeks = append(weeks, week)
		day += 7
	}
}
