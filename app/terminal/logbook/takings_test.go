package logbook

import (
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"
	_ "time/tzdata" // of the same year everywhere

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	in, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// Guarantee 4: days and hours follow each other without gaps wherever clocks are
// changed, and each has the length and the name that clocks there give it.
func TestCalendar(t *testing.T) {
	for _, test := range []struct {
		zone  string
		day   string // as the clocks there have it
		hours time.Duration
		names int // hours of the clock that begin in it
	}{
		{"Europe/Berlin", "2026-03-29", 23 * time.Hour, 23},
		{"Europe/Berlin", "2026-10-25", 25 * time.Hour, 25},
		{"Europe/Berlin", "2026-11-22", 24 * time.Hour, 24},
		{"Asia/Shanghai", "2026-11-22", 24 * time.Hour, 24},
		{"America/Sao_Paulo", "2018-11-04", 23 * time.Hour, 23}, // no midnight
		{"America/Sao_Paulo", "2018-02-17", 25 * time.Hour, 25}, // 23 o'clock twice
		{"Asia/Beirut", "2022-03-27", 23 * time.Hour, 23},       // no midnight
		{"America/Havana", "2026-11-01", 25 * time.Hour, 25},    // midnight twice
		{"Australia/Lord_Howe", "2026-10-04", 23*time.Hour + 30*time.Minute, 24},
		{"Australia/Lord_Howe", "2026-04-05", 24*time.Hour + 30*time.Minute, 25},
		{"Asia/Kathmandu", "2026-11-22", 24 * time.Hour, 24},
		{"Pacific/Apia", "2011-12-29", 24 * time.Hour, 24}, // the next day there was the 31st
	} {
		in := zone(t, test.zone)
		noon, err := time.ParseInLocation("2006-01-02 15:04", test.day+" 12:00", in)
		if err != nil {
			t.Fatal(err)
		}
		from, to := startOfDay(noon), nextDay(noon)
		if to.Sub(from) != test.hours || from.Format(time.DateOnly) != test.day || to.Add(-1).Format(time.DateOnly) != test.day ||
			from.Add(-1).Format(time.DateOnly) == test.day || to.Format(time.DateOnly) == test.day {
			t.Errorf("%s %s: from %v to %v, %v", test.zone, test.day, from, to, to.Sub(from))
		}
		list, err := columns(from, to, ByHour)
		if err != nil || len(list) != test.names {
			t.Errorf("%s %s: %d hours, want %d, %v", test.zone, test.day, len(list), test.names, err)
		}
		for n, c := range list {
			if !c.From.Before(c.To) || n > 0 && !c.From.Equal(list[n-1].To) || c.From.Format("15") != c.To.Add(-1).Format("15") ||
				!startOfHour(c.To.Add(-1)).Equal(c.From) {
				t.Errorf("%s %s: hour from %v to %v", test.zone, test.day, c.From, c.To)
			}
		}
		days, err := columns(startOfDay(noon.AddDate(0, 0, -20)), nextDay(noon.AddDate(0, 0, 20)), ByDay)
		if err != nil || len(days) < 40 {
			t.Errorf("%s: %d days, %v", test.zone, len(days), err)
		}
		for n, d := range days {
			if n > 0 && (!d.From.Equal(days[n-1].To) || d.From.Format(time.DateOnly) == days[n-1].From.Format(time.DateOnly)) ||
				d.From.Format(time.DateOnly) != d.To.Add(-1).Format(time.DateOnly) {
				t.Errorf("%s: day from %v to %v", test.zone, d.From, d.To)
			}
		}
	}
}

// Takings, refusals and the sums of Find say the same, and every sale is in one
// column, also on days with a change of clocks.
func TestTakings(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	life := newStreet(8)
	life.now = time.Date(2026, 3, 27, 20, 0, 0, 0, time.UTC)
	from := &records{}
	entries := life.sales(4_000)
	from.add(t, entries...)
	b := openNew(t, from)
	b.options.Location = berlin
	refused := map[sale.Reason]int{}
	s := scan(entries)
	for _, r := range s.list {
		if !r.Refund && (r.Ending == sale.Refused || r.Ending == sale.Expired) {
			refused[r.Reason]++
		}
	}
	if have, err := b.Refusals(t.Context(), time.Time{}, time.Time{}); err != nil || !maps.Equal(have, refused) || len(refused) < 4 {
		t.Errorf("refusals %v, want %v, %v", have, refused, err)
	}
	short := false
	for _, by := range []Unit{ByHour, ByDay} {
		list, err := b.Takings(t.Context(), time.Time{}, time.Time{}, by)
		if err != nil || len(list) < 3 {
			t.Fatalf("%d columns, %v", len(list), err)
		}
		total, count := protocol.Sum(0), 0
		for _, c := range list {
			want := map[sale.Rail]protocol.Sum{}
			paid := 0
			for _, r := range s.list {
				if r.worth() != 0 && r.Currency == 156 && !r.At.Before(c.From) && r.At.Before(c.To) {
					want[r.Rail] += r.worth()
					if r.worth() > 0 {
						paid++
					}
				}
			}
			if !maps.Equal(want, c.Rails) || paid != c.Count {
				t.Fatalf("%v to %v: %v %d, want %v %d", c.From, c.To, c.Rails, c.Count, want, paid)
			}
			p, err := b.Find(t.Context(), Query{From: c.From, To: c.To})
			if err != nil {
				t.Fatal(err)
			}
			sum := protocol.Sum(0)
			for _, v := range c.Rails {
				sum += v
			}
			if p.Sums[156] != sum {
				t.Errorf("%v to %v: %d, found %d", c.From, c.To, sum, p.Sums[156])
			}
			total, count = total+sum, count+c.Count
			short = short || by == ByDay && c.To.Sub(c.From) == 23*time.Hour
		}
		if whole := everything(t, b); total != whole.Sums[156] || count == 0 {
			t.Errorf("all columns come to %d, the log to %d", total, whole.Sums[156])
		}
	}
	if !short {
		t.Error("no day of 23 hours was among them")
	}
	day, next := b.Day(time.Date(2026, 4, 15, 23, 30, 0, 0, time.UTC))
	if fmt.Sprint(day, next) != fmt.Sprint(time.Date(2026, 4, 16, 0, 0, 0, 0, berlin), time.Date(2026, 4, 17, 0, 0, 0, 0, berlin)) {
		t.Errorf("day is %v to %v", day, next)
	}
	if list, err := b.Takings(t.Context(), day, next, ByHour); err != nil || len(list) != 24 || list[3].Count != 0 {
		t.Errorf("a day without sales: %v, %v", list, err)
	}
	if _, err := b.Takings(t.Context(), time.Date(1990, 1, 1, 0, 0, 0, 0, berlin), next, ByHour); !errors.Is(err, ErrTooMany) {
		t.Errorf("too many: %v", err)
	}
}
