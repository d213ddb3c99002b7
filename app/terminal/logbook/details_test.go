package logbook

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/app/terminal/sale"
)

func checkDetails(t *testing.T, b *Book, s scanned, entries []sale.Entry, r *rand.Rand) {
	t.Helper()
	var problems Problems
	for _, row := range s.list {
		switch row.State {
		case Unknown:
			problems.Unknown++
		case Reversal:
			problems.Reversals++
		case Uncleared:
			problems.Uncleared++
		case Uncredited:
			problems.Uncredited++
		}
	}
	if p, err := b.Problems(t.Context()); err != nil || p != problems || !p.Any() {
		t.Errorf("problems %+v, want %+v, %v", p, problems, err)
	}
	refunds := map[uint64]int{}
	byReference := map[uint64]uint64{}
	for _, row := range s.list {
		if !row.Refund && row.Reference != 0 {
			byReference[row.Reference] = row.Sale
		}
	}
	for _, row := range s.list {
		if row.Refund {
			of := row.Of
			if of == 0 {
				of = byReference[entries[s.steps[row.Sale][0]-1].Refund.Reference]
			}
			refunds[of]++
		}
	}
	gathered := 0
	for range 60 {
		row := s.list[r.IntN(len(s.list))]
		if row.Refund {
			continue
		}
		d, err := b.Sale(t.Context(), row.Sale)
		if err != nil {
			t.Fatal(err)
		}
		steps := s.steps[row.Sale]
		if d.Row != *row || len(d.Steps) != len(steps) || len(d.Refunds) != refunds[row.Sale] {
			t.Fatalf("sale %d: %+v\nwant %+v, records %v, %d refunds", row.Sale, d, row, steps, refunds[row.Sale])
		}
		for n, step := range d.Steps {
			e := entries[steps[n]-1]
			if step.Record != steps[n] || step.Event != e.Event || !step.At.Equal(e.At) {
				t.Fatalf("sale %d: step %+v, want record %d", row.Sale, step, steps[n])
			}
			if n > 0 && step.Took != max(e.At.Sub(entries[steps[n-1]-1].At), 0) {
				t.Errorf("sale %d: step %+v", row.Sale, step)
			}
		}
		if d.Entry.Sale != row.Sale || d.Entry.Ending != row.Ending {
			t.Errorf("sale %d: last entry is %+v", row.Sale, d.Entry)
		}
		gathered += checkSold(t, b, entries, row.Sale, 0) + checkSold(t, b, entries, 0, row.Reference)
	}
	if gathered == 0 {
		t.Error("no sale with a refund was looked at")
	}
}

// checkSold holds what the journal learns from the index against all records.
func checkSold(t *testing.T, b *Book, entries []sale.Entry, number, reference uint64) (refunds int) {
	t.Helper()
	list, err := b.RecordsOf(t.Context(), number, reference)
	if err != nil {
		t.Fatal(err)
	}
	gather := func(of func(func(sale.Entry) error) error) sale.Sold {
		s, err := sale.Gather(of, number, reference)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	have := gather(func(visit func(sale.Entry) error) error {
		for _, n := range list {
			if err := visit(entries[n-1]); err != nil {
				return err
			}
		}
		return nil
	})
	want := gather(func(visit func(sale.Entry) error) error {
		for _, e := range entries {
			if e.Training {
				continue
			}
			if err := visit(e); err != nil {
				return err
			}
		}
		return nil
	})
	// The journal asks again when it has learnt the other name.
	if want.Sale.Sale != 0 && have.Sale.Sale == want.Sale.Sale && (want.Sale.Sale != number || want.Sale.Reference != reference) && (number == 0 || reference == 0) {
		return checkSold(t, b, entries, want.Sale.Sale, want.Sale.Reference)
	}
	if !reflect.DeepEqual(have, want) {
		t.Fatalf("sale %d, reference %d:\nhave %+v\nwant %+v", number, reference, have, want)
	}
	return len(have.Refunds)
}

func checkEvents(t *testing.T, b *Book, s scanned) {
	t.Helper()
	var have []Event
	for before := uint64(0); ; {
		p, err := b.EventPage(t.Context(), Query{Before: before, Limit: 300})
		if err != nil {
			t.Fatal(err)
		}
		if p.Count != len(s.events) {
			t.Fatalf("%d events, want %d", p.Count, len(s.events))
		}
		have = append(have, p.Events...)
		if !p.More {
			break
		}
		before = have[len(have)-1].Record
	}
	slices.Reverse(have)
	for n, e := range have {
		want := s.events[n]
		if want.Entry.At = want.Entry.At.In(shanghai); e.Record != want.Record || !reflect.DeepEqual(e.Entry, want.Entry) {
			t.Fatalf("event %+v, want %+v", e, want)
		}
	}
	for _, q := range []Query{{Text: "shift"}, {Text: "drawer"}, {Cashier: "anna"}, {Text: "alert-raised"}, {From: s.events[len(s.events)/2].Entry.At}} {
		want := 0
		for _, e := range s.events {
			by, member := e.Entry.Cashier, e.Entry.Cashier
			if e.Entry.Staff != nil {
				by, member = e.Entry.Staff.By, e.Entry.Staff.Member
			}
			if strings.Contains(string(e.Entry.Event), q.Text) && (q.Cashier == "" || by == q.Cashier || member == q.Cashier) && !e.Entry.At.Before(q.From) {
				want++
			}
		}
		if p, err := b.EventPage(t.Context(), q); err != nil || p.Count != want || want == 0 {
			t.Errorf("events %+v: %d, want %d, %v", q, p.Count, want, err)
		}
	}
}
