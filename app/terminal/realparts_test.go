//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// One sale with every part real: a code in front of a camera, a finger on a serial
// line, two tokens, TLS, two files that are synced. The money moves once; journal,
// receipt and logs say the same.
func TestSaleOnRealParts(t *testing.T) {
	s := openShop(t)
	c := s.openCounter(t, nil)
	for _, w := range []*wallet{s.owner, s.other} { // template in the certificate; template deposited
		before := s.books()
		request := c.begin()
		c.hold(w, request, nil)
		c.touch(1, w.print(t))
		v := c.ended(sale.Paid, sale.ReasonNone)
		c.quiet()
		s.wantMoved(t, before, map[*wallet]int64{w: int64(sum)})

		receipt, err := protocol.ParseOutcomeText(v.Receipt)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := s.journal.Last(1)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%d entries: %v", len(entries), err)
		}
		last := entries[0]
		outcome, err := protocol.VerifyOutcome(receipt, s.desk.Settlement, request.Hash(), last.Payment, w.Trust, time.Now())
		if err != nil || outcome.Result != protocol.ResultPaid || outcome.Amount != sum || outcome.Currency != yuan || outcome.Reference != v.Reference {
			t.Errorf("receipt says %+v: %v", outcome, err)
		}
		if !slices.Equal(last.Outcome, receipt.Bytes()) || last.Ending != sale.Paid || last.Event != sale.EventAcknowledged || last.Request != request.Hash() {
			t.Errorf("journal says %+v", last)
		}
		numbers, _ := stepsIn(t, s.said.String(), request.Hash().String())
		if want := []int{3, 8, 9, 10, 11, 12, 13, 15}; !slices.Equal(numbers, want) {
			t.Errorf("the terminal's steps are %v, want %v", numbers, want)
		}
		theirs, _ := stepsIn(t, s.ledger.Log.String(), request.Hash().String())
		if want := []int{13, 14, 15}; !slices.Equal(theirs, want) {
			t.Errorf("settlement's steps are %v, want %v", theirs, want)
		}
		if text := string(w.account); strings.Contains(s.said.String(), text) || strings.Contains(s.ledger.Log.String(), text) {
			t.Error("a log holds an account number")
		}
	}
	s.prove()
	if records, _, err := s.journal.Verify(t.Context()); err != nil || records == 0 {
		t.Errorf("journal: %d records, %v", records, err)
	}
}

// wantMoved compares the books with what they were: only these amounts were paid,
// all to the shop. It returns what they are now.
func (s *shop) wantMoved(tb testing.TB, before map[string]int64, paid map[*wallet]int64) (after map[string]int64) {
	tb.Helper()
	after = s.books()
	total := int64(0)
	for _, w := range []*wallet{s.owner, s.other} {
		total += paid[w]
		if moved := before[string(w.account)] - after[string(w.account)]; moved != paid[w] {
			tb.Errorf("%s paid %d, want %d", w.Subject, moved, paid[w])
		}
	}
	if moved := after[merchant] - before[merchant]; moved != total {
		tb.Errorf("the shop was credited %d, want %d", moved, total)
	}
	return after
}
