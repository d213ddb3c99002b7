package logbook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/app/terminal/logbook/store"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// ErrTooMany says that takings were asked for in more columns than anybody looks at.
var ErrTooMany = errors.New("too many hours or days")

// columnsMost bounds takings: eleven years by hour.
const columnsMost = 100_000

// Day returns the bounds of a moment's day in the shop's time zone.
func (b *Book) Day(of time.Time) (from, to time.Time) {
	of = of.In(b.options.Location)
	return startOfDay(of), nextDay(of)
}

// Takings returns what each hour or day in from ≤ t < to brought, also those that
// brought nothing. A zero bound is the hour or day in which the log begins or ends.
// Error: ErrTooMany.
func (b *Book) Takings(ctx context.Context, from, to time.Time, by Unit) (list []Takings, err error) {
	err = b.view(ctx, func(x *index, v store.View) error {
		list = nil
		from, to, any, err := b.span(x, v, from, to, by)
		if err != nil || !any {
			return err
		}
		if list, err = columns(from, to, by); err != nil || len(list) == 0 {
			return err
		}
		return b.fill(ctx, x, v, list)
	})
	return list, err
}

// span puts the log's own bounds where there are none.
func (b *Book) span(x *index, v store.View, from, to time.Time, by Unit) (_, _ time.Time, any bool, err error) {
	if !from.IsZero() && !to.IsZero() {
		return from.In(b.options.Location), to.In(b.options.Location), true, nil
	}
	var least, most int64
	for _, in := range x.blocks {
		s, known := x.known(in)
		if !known {
			rows, err := x.rowsOf(v, in)
			if err != nil {
				return from, to, false, err
			}
			s = x.summarise(rows)
		}
		if s.Used > 0 {
			if !any || s.MinAt < least {
				least = s.MinAt
			}
			if !any || s.MaxAt > most {
				most = s.MaxAt
			}
			any = true
		}
	}
	first, last := startOfHour, nextHour
	if by == ByDay {
		first, last = startOfDay, nextDay
	}
	if from.IsZero() {
		from = first(timeOf(least, b.options.Location))
	}
	if to.IsZero() {
		to = last(timeOf(most, b.options.Location))
	}
	return from.In(b.options.Location), to.In(b.options.Location), any, nil
}

// columns are the hours or days in from ≤ t < to, the first and the last cut there.
func columns(from, to time.Time, by Unit) (list []Takings, err error) {
	next := nextHour
	if by == ByDay {
		next = nextDay
	}
	for at := from; at.Before(to); {
		end := next(at)
		if end.After(to) {
			end = to
		}
		if len(list) == columnsMost {
			return nil, fmt.Errorf("%w: more than %d", ErrTooMany, columnsMost)
		}
		list = append(list, Takings{From: at, To: end, Rails: map[sale.Rail]protocol.Sum{}})
		at = end
	}
	return list, nil
}

// fill adds up what was paid and given back.
func (b *Book) fill(ctx context.Context, x *index, v store.View, list []Takings) error {
	f := x.compile(Query{From: list[0].From, To: list[len(list)-1].To, Endings: []sale.Ending{sale.Paid, sale.Refunded}})
	bounds := make([]int64, len(list)) // where each ends
	for n, t := range list {
		bounds[n] = nanos(t.To)
	}
	var chosen selection
	currency, column := uint16(0), 0
	for _, in := range slices.Backward(x.blocks) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s, known := x.known(in); known && f.judge(s) == nothing {
			continue
		}
		rows, err := x.rowsOf(v, in)
		if err != nil {
			return err
		}
		chosen.choose(&f, in, rows)
		for _, n := range slices.Backward(chosen.rows) {
			worth := x.worth(rows, int(n))
			if worth == 0 {
				continue
			}
			if currency == 0 {
				currency = rows.u16(colCurrency, int(n))
			}
			if rows.u16(colCurrency, int(n)) != currency {
				continue
			}
			at := rows.i64(colAt, int(n))
			if column >= len(bounds) || at >= bounds[column] || column > 0 && at < bounds[column-1] {
				column, _ = slices.BinarySearch(bounds, at+1)
			}
			if column == len(list) {
				continue
			}
			list[column].Rails[sale.Rail(x.Rails.word(uint16(rows.u8(colRail, int(n)))))] += protocol.Sum(worth)
			if worth > 0 {
				list[column].Count++
			}
		}
	}
	return nil
}

// Refusals counts the sales of from ≤ t < to that were refused or ran out of time, by
// reason.
func (b *Book) Refusals(ctx context.Context, from, to time.Time) (reasons map[sale.Reason]int, err error) {
	err = b.view(ctx, func(x *index, v store.View) error {
		f := x.compile(Query{From: from, To: to, Endings: []sale.Ending{sale.Refused, sale.Expired}})
		counts := make([]int, len(x.Reasons.Words)+2)
		var chosen selection
		for _, in := range x.blocks {
			if err := ctx.Err(); err != nil {
				return err
			}
			if s, known := x.known(in); known && f.judge(s) == nothing {
				continue
			}
			rows, err := x.rowsOf(v, in)
			if err != nil {
				return err
			}
			chosen.choose(&f, in, rows)
			for _, n := range chosen.rows {
				if rows.u8(colFlags, int(n))&flagRefund == 0 {
					counts[min(int(rows.u16(colReason, int(n))), len(counts)-1)]++
				}
			}
		}
		reasons = map[sale.Reason]int{}
		for id, n := range counts {
			if n > 0 {
				reasons[sale.Reason(x.Reasons.word(uint16(id)))] += n
			}
		}
		return nil
	})
	return reasons, err
}
