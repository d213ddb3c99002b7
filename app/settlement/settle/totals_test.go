package settle_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

func (w *world) totals(from, to time.Time, after uint64) protocol.DayTotals {
	w.t.Helper()
	q := protocol.TotalsQuery{From: protocol.At(from), To: protocol.At(to), After: after, Sent: protocol.At(w.clock())}
	raw, err := w.settler.Totals(w.t.Context(), peer(protocol.RoleTerminal, w.sale.Terminal), protocoltest.Sign(w.t, w.sale.Terminal.Key, q))
	if err != nil {
		w.t.Fatal(err)
	}
	signed, err := protocol.Parse[protocol.DayTotals](raw)
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := protocol.VerifyDayTotals(signed, w.sale.Settlement.Certificate, "T-0001", q, w.trust(), w.sale.Realm.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// Every payment, reversal and refund of the period is a line, with the sums.
func TestTotals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := w.clock()
	a, first := w.paid(1000)
	w.passFresh(time.Minute)
	b, second := w.paid(2000)
	b.says("reversal", protocol.ResultReversed)(b.reverse())
	w.passFresh(time.Minute)
	w.refunded(w.asked(first, 300, "key"), protocol.RefundMade, 300)

	d := w.totals(begin, begin.Add(time.Hour), 0)
	type line struct {
		kind      protocol.TotalsKind
		reference uint64
		request   protocol.Hash
		amount    protocol.Amount
	}
	want := []line{
		{protocol.TotalsPayment, first, a.request.Hash(), 1000},
		{protocol.TotalsPayment, second, b.request.Hash(), 2000},
		{protocol.TotalsReversal, second, b.request.Hash(), 2000},
		{protocol.TotalsRefund, first, a.request.Hash(), 300},
	}
	if len(d.Lines) != len(want) || d.More {
		t.Fatalf("%+v", d)
	}
	for i, l := range d.Lines {
		if (line{l.Kind, l.Reference, l.Request, l.Amount}) != want[i] {
			t.Errorf("line %d: %+v", i, l)
		}
	}
	if refund := d.Lines[3].Refund; refund == nil || !bytes.HasPrefix(refund[:], []byte("key\x00")) {
		t.Errorf("refund %x", refund)
	}
	if len(d.Sums) != 1 || (d.Sums[0] != protocol.TotalsSum{Currency: cny, PaidCount: 2, Paid: 3000, ReversedCount: 1, Reversed: 2000, RefundedCount: 1, Refunded: 300}) {
		t.Errorf("sums %+v", d.Sums)
	}
	// The period is half open, and by settlement's own times.
	if d := w.totals(begin.Add(time.Minute), begin.Add(2*time.Minute), 0); len(d.Lines) != 2 || d.Lines[0].Reference != second {
		t.Errorf("second minute: %+v", d.Lines)
	}
	if d := w.totals(begin.Add(time.Hour), begin.Add(2*time.Hour), 0); len(d.Lines) != 0 || len(d.Sums) != 0 {
		t.Errorf("nothing happened: %+v", d)
	}
}

// Many lines come in pages, with the sums of all on each.
func TestTotalsInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := w.clock()
	_, reference := w.paid(5000)
	for n := range 300 {
		w.refunded(w.asked(reference, 1, string(rune('A'+n/26))+string(rune('a'+n%26))), protocol.RefundMade, protocol.Amount(n+1))
	}
	first := w.totals(begin, begin.Add(time.Hour), 0)
	second := w.totals(begin, begin.Add(time.Hour), first.Next())
	if len(first.Lines) != protocol.MaxTotalsLines || !first.More || len(second.Lines) != 301-protocol.MaxTotalsLines || second.More {
		t.Fatalf("%d and %d lines", len(first.Lines), len(second.Lines))
	}
	if first.Sums[0] != second.Sums[0] || first.Sums[0].RefundedCount != 300 {
		t.Errorf("%+v, %+v", first.Sums, second.Sums)
	}
}

func TestAnchor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lodge := func(sequence uint64, head byte) ([]byte, error) {
		a := protocol.JournalAnchor{Sequence: sequence, Head: protocol.Hash{head}, At: protocol.At(w.clock())}
		return w.settler.Anchor(t.Context(), peer(protocol.RoleTerminal, w.sale.Terminal), protocoltest.Sign(t, w.sale.Terminal.Key, a))
	}
	first, err := lodge(10, 1)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := protocol.Parse[protocol.AnchorReceipt](first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := protocol.VerifyAnchorReceipt(signed, w.sale.Settlement.Certificate, "T-0001", protocol.JournalAnchor{Sequence: 10, Head: protocol.Hash{1}}, w.trust(), w.sale.Realm.Now); err != nil {
		t.Error(err)
	}
	w.passFresh(time.Minute)
	if again, err := lodge(10, 1); err != nil || !bytes.Equal(again, first) {
		t.Errorf("the same again: %v", err)
	}
	for name, anchor := range map[string]struct {
		sequence uint64
		head     byte
	}{"rewritten": {10, 2}, "rolled back": {9, 9}} {
		_, err := lodge(anchor.sequence, anchor.head)
		if p := new(problem.Problem); !errors.As(err, &p) || p.Code != problem.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(w.log.String(), "journal not anchored") {
		t.Error("nobody was told")
	}
	if _, err := lodge(11, 3); err != nil {
		t.Error(err)
	}
}
