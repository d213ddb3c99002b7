package logbook

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"countersign/app/terminal/logbook/store"
	"countersign/app/terminal/sale"
)

// Events returns the newest entries that belong to no sale: staff, alerts, the drawer,
// reports, receipts. See EventPage.
func (b *Book) Events(ctx context.Context, q Query) ([]sale.Entry, error) {
	p, err := b.EventPage(ctx, q)
	var list []sale.Entry
	for _, e := range p.Events {
		list = append(list, e.Entry)
	}
	return list, err
}

// EventPage returns entries that belong to no sale, newest first. Of the query From,
// To, Cashier, who did it or whom it is about, Text, Before, a record's number, and
// Limit count; a word of Text must be part of the event's name or of either name, or
// the number of the sale that it is about.
func (b *Book) EventPage(ctx context.Context, q Query) (p Events, err error) {
	limit := q.Limit
	if limit <= 0 {
		limit = pageRows
	}
	var records []uint64
	err = b.view(ctx, func(x *index, v store.View) error {
		p, records = Events{}, nil
		f := x.compileEvents(q)
		for n := int64(x.Events / blockEvents); n >= 0; n-- {
			if err := ctx.Err(); err != nil {
				return err
			}
			events, err := x.look(v, x.events, tableEvents, uint64(n), eventsSize)
			if err != nil || events == nil {
				if err != nil {
					return err
				}
				continue
			}
			last := int(min(x.Events-uint64(n)*blockEvents, blockEvents)) - 1
			for i := last; i >= 0; i-- {
				if !f.fits(events, i) {
					continue
				}
				p.Count++
				record := binary.LittleEndian.Uint64(events[evRecord+8*i:])
				if len(records) <= limit && (q.Before == 0 || record < q.Before) {
					records = append(records, record)
				}
			}
		}
		return nil
	})
	if err != nil {
		return p, err
	}
	if len(records) > limit {
		records, p.More = records[:limit], true
	}
	entries, err := b.source.Records(ctx, records)
	for n, e := range entries {
		e.At = e.At.In(b.options.Location)
		p.Events = append(p.Events, Event{records[n], e})
	}
	return p, err
}

// eventFilter is a question about events in the index's numbers.
type eventFilter struct {
	filter
	who   *uint16
	words []eventWord
}

type eventWord struct {
	number       uint64
	kinds, names idSet
}

func (x *index) compileEvents(q Query) eventFilter {
	f := eventFilter{filter: x.compile(Query{From: q.From, To: q.To})}
	if q.Cashier != "" {
		id, there := x.Cashiers.find(string(q.Cashier))
		f.who, f.none = &id, f.none || !there
	}
	for text := range strings.FieldsSeq(strings.ToLower(q.Text)) {
		holds := func(of string) bool { return strings.Contains(strings.ToLower(of), text) }
		w := eventWord{kinds: x.Kinds.matching(holds), names: x.Cashiers.matching(holds)}
		if n, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 10, 64); err == nil {
			w.number = n
		}
		f.words = append(f.words, w)
	}
	return f
}

// fits says whether an event of a block is asked for.
func (f *eventFilter) fits(b []byte, n int) bool {
	le := binary.LittleEndian
	if at := int64(le.Uint64(b[evAt+8*n:])); f.none || at < f.from || at >= f.to {
		return false
	}
	kind, by, member := le.Uint16(b[evKind+2*n:]), le.Uint16(b[evCashier+2*n:]), le.Uint16(b[evMember+2*n:])
	if f.who != nil && by != *f.who && member != *f.who {
		return false
	}
	return !slices.ContainsFunc(f.words, func(w eventWord) bool {
		return !w.kinds.has(kind) && !w.names.has(by) && !w.names.has(member) && (w.number == 0 || le.Uint64(b[evAbout+8*n:]) != w.number)
	})
}
