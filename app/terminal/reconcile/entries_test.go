package reconcile

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/app/terminal/sale"
)

// shelf is a journal in memory that counts what is read of it.
type shelf struct {
	entries []sale.Entry
	open    []sale.Entry
	read    int
	broken  bool
}

func (s *shelf) Head() (uint64, [32]byte)                   { return uint64(len(s.entries)), [32]byte{} }
func (s *shelf) Open(context.Context) ([]sale.Entry, error) { return s.open, nil }
func (s *shelf) Since(ctx context.Context, from uint64, visit func(uint64, sale.Entry) error) error {
	for n := from; n <= uint64(len(s.entries)); n++ {
		if s.broken {
			return errBroken
		}
		s.read++
		if err := visit(n, s.entries[n-1]); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// A day's comparison reads that day and the one before it, and what is open however old.
func TestEntriesOfThePeriodOnly(t *testing.T) {
	const days, each = 40, 10_000
	s := &shelf{open: []sale.Entry{{Sale: 1, Event: sale.EventUnknown, At: noon.Time().AddDate(0, 0, -days)}}}
	for day := range days {
		for n := range each {
			s.entries = append(s.entries, sale.Entry{Sale: uint64(len(s.entries) + 1), At: noon.Time().AddDate(0, 0, day-days+1).Add(time.Duration(n) * time.Second)})
		}
	}
	for name, c := range map[string]struct {
		from       time.Time
		last, most int
	}{
		"today":            {noon.Time(), 2 * each, 5 * each},
		"after everything": {noon.Time().AddDate(1, 0, 0), 0, stretch},
		"ten days ago":     {noon.Time().AddDate(0, 0, -10), 12 * each, 26 * each},
		"all":              {noon.Time().AddDate(0, 0, -days), days * each, 2*days*each + 20*stretch},
	} {
		s.read = 0
		entries, err := Entries(t.Context(), s, c.from)
		if err != nil {
			t.Fatal(err)
		}
		have, first := 0, sale.Entry{}
		if err := entries(func(e sale.Entry) error {
			if have == 0 {
				first = e
			}
			have++
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if first.Event != sale.EventUnknown || have < 1+c.last-each || s.read > c.most {
			t.Errorf("%s: %d entries of %d records read, the first is %+v", name, have, s.read, first)
		}
	}
	s.broken = true
	if _, err := Entries(t.Context(), s, noon.Time()); !errors.Is(err, errBroken) {
		t.Errorf("a journal that cannot be read: %v", err)
	}
	empty, err := Entries(t.Context(), &shelf{}, noon.Time())
	if err != nil || empty(func(sale.Entry) error { return errBroken }) != nil {
		t.Errorf("an empty one: %v", err)
	}
}
