package storepage

import (
	"context"
	"fmt"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/takings"
	"countersign/protocol"
)

// facts are what a page is about, in no language.
type facts struct {
	merchant   ledger.Account
	now        time.Time
	location   *time.Location
	periods    [4]period
	hours      [2][24]takings.Sums // yesterday, today
	unresolved []unresolved
	more       bool // there are other unresolved sales
	terminals  []terminal
}

// period is what was taken in a time.
type period struct {
	key       string // "today"
	days      int
	all       takings.Sums
	rails     map[takings.Rail]takings.Sums
	terminals map[protocol.ID]takings.Sums
}

// gather looks everything up that a merchant's page shows.
func (s *Server) gather(ctx context.Context, merchant ledger.AccountID) (facts, error) {
	f := facts{now: s.o.Clock().In(s.o.Location), location: s.o.Location}
	if err := s.o.Takings.Refresh(ctx); err != nil {
		return f, err
	}
	err := s.o.Ledger.View(ctx, func(r ledger.Snapshot) (err error) {
		if f.merchant, err = r.Account(merchant); err != nil {
			return err
		}
		if f.unresolved, f.more, err = s.findUnresolved(r, f.merchant, f.now); err != nil {
			return err
		}
		f.terminals, err = s.findTerminals(r, f.merchant, f.now)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("gather for the store page: %w", err)
	}
	f.sum(s.o.Takings)
	return f, nil
}

// dayOf is the beginning of a time's day where the shop is.
func dayOf(at time.Time) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, at.Location())
}

func hourOf(at time.Time) time.Time {
	return at.Truncate(time.Minute).Add(-time.Duration(at.Minute()) * time.Minute)
}

// sum adds up by period, rail, terminal and hour.
func (f *facts) sum(book *takings.Book) {
	today := dayOf(f.now)
	tomorrow, yesterday := today.AddDate(0, 0, 1), today.AddDate(0, 0, -1)
	begins := [4]time.Time{today, yesterday, today.AddDate(0, 0, -6), today.AddDate(0, 0, -29)}
	ends := [4]time.Time{tomorrow, today, tomorrow, tomorrow}
	for n, key := range [4]string{"today", "yesterday", "days7", "days30"} {
		f.periods[n] = period{key: key, days: [4]int{1, 1, 7, 30}[n], rails: map[takings.Rail]takings.Sums{}, terminals: map[protocol.ID]takings.Sums{}}
	}
	for _, line := range book.Between(f.merchant.ID, begins[3], tomorrow, dayOf) {
		for n := range f.periods {
			if line.From.Before(begins[n]) || !line.From.Before(ends[n]) {
				continue
			}
			p := &f.periods[n]
			p.all = p.all.Plus(line.Sums)
			p.rails[line.Rail] = p.rails[line.Rail].Plus(line.Sums)
			p.terminals[line.Terminal] = p.terminals[line.Terminal].Plus(line.Sums)
		}
	}
	for n, from := range [2]time.Time{yesterday, today} {
		for _, line := range book.Between(f.merchant.ID, from, from.AddDate(0, 0, 1), hourOf) {
			hour := &f.hours[n][line.From.Hour()]
			*hour = hour.Plus(line.Sums)
		}
	}
}
