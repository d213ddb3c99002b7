package journal

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"countersign/app/terminal/sale"
)

// A sale and its refunds are found by either of its names, whichever the refund
// used, and others with longer or shorter numbers are not.
func TestSold(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "journal.db"))
	paid := func(number, reference uint64) sale.Entry {
		return sale.Entry{Sale: number, Event: sale.EventOutcome, At: morning, Amount: 7800, Currency: 156,
			Ending: sale.Paid, Reference: reference, Outcome: []byte("signed")}
	}
	refund := func(number, of, reference uint64, event sale.Event) sale.Entry {
		return sale.Entry{Sale: number, Event: event, At: morning, Amount: 100, Currency: 156,
			Refund: &sale.RefundOf{Sale: of, Reference: reference, Approver: "A-01"}}
	}
	for _, e := range []sale.Entry{
		entry(12, sale.EventKeyed), paid(12, 77), paid(1, 7), paid(2, 777), paid(120, 12),
		refund(121, 12, 77, sale.EventRefundAsked), refund(122, 0, 77, sale.EventRefundAsked), refund(121, 12, 77, sale.EventRefundEnded),
		refund(123, 1, 7, sale.EventRefundAsked), refund(124, 0, 999, sale.EventRefundAsked),
	} {
		if err := j.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	all := func(number, reference uint64) (sale.Sold, error) { // the plain way
		return sale.Gather(func(visit func(sale.Entry) error) error {
			return j.All(func(_ uint64, e sale.Entry) error { return visit(e) })
		}, number, reference)
	}
	for _, test := range []struct {
		number, reference, sale uint64
		refunds                 []uint64
	}{
		{12, 0, 12, []uint64{121, 122}},
		{0, 77, 12, []uint64{121, 122}},
		{12, 77, 12, []uint64{121, 122}},
		{1, 0, 1, []uint64{123}},
		{2, 0, 2, nil},
		{0, 999, 0, []uint64{124}},
		{3, 0, 0, nil},
		{0, 0, 0, nil},
	} {
		s, err := j.Sold(t.Context(), test.number, test.reference)
		if err != nil || s.Sale.Sale != test.sale || len(s.Refunds) != len(test.refunds) {
			t.Errorf("%d, %d: %+v, %v", test.number, test.reference, s, err)
			continue
		}
		for n, e := range s.Refunds {
			if e.Sale != test.refunds[n] {
				t.Errorf("%d, %d: refund %d", test.number, test.reference, e.Sale)
			}
		}
		if plain, err := all(test.number, test.reference); err != nil || plain.Sale.Sale != s.Sale.Sale || plain.Left() != s.Left() {
			t.Errorf("%d, %d: the plain way finds %+v, %v", test.number, test.reference, plain, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Sold(ended, 1, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}
