package report

import (
	"context"
	"crypto"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"countersign/app/terminal/reconcile"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// A whole day, by every rail: what is in a Z, and that what was signed reads back the same.
func TestDay(t *testing.T) {
	s := newShop(t).open()
	defer s.close()
	s.shift(20_000)
	of := func(n uint64, rail sale.Rail) *sale.RefundOf {
		return &sale.RefundOf{Sale: n, Reference: n, Rail: rail}
	}
	tax := []sale.TaxLine{{Rate: 0, Net: 50}, {Rate: 1300, Net: 885, Tax: 115}}
	s.add(
		sale.Entry{Sale: 1, Event: sale.EventKeyed, Amount: 1100}, sale.Entry{Sale: 1, Event: sale.EventSubmission, Amount: 1100},
		sale.Entry{Sale: 1, Event: sale.EventOutcome, Amount: 1100, Tip: 50, Tax: tax, Ending: sale.Paid},
		sale.Entry{Sale: 1, Event: sale.EventAcknowledged, Amount: 1100, Tip: 50, Tax: tax, Ending: sale.Paid},
		sale.Entry{Sale: 2, Event: sale.EventTapPay, Amount: 300, Tap: &sale.TapOf{}},
		sale.Entry{Sale: 2, Event: sale.EventTapResult, Amount: 300, Tap: &sale.TapOf{}, Ending: sale.Paid},
		sale.Entry{Sale: 2, Event: sale.EventTapUncleared, Amount: 300, Tap: &sale.TapOf{}, Ending: sale.Uncredited},
		sale.Entry{Sale: 3, Event: sale.EventCashSold, Amount: 2000, Tax: []sale.TaxLine{{Rate: 1300, Net: 1770, Tax: 230}}, Ending: sale.Paid, Cash: &sale.CashOf{Given: 2000}},
		sale.Entry{Sale: 4, Event: sale.EventOutcome, Amount: 900, Ending: sale.Refused, Reason: sale.ReasonFunds},
		sale.Entry{Sale: 5, Event: sale.EventEnded, Amount: 900, Ending: sale.Cancelled},
		sale.Entry{Sale: 6, Event: sale.EventReversal, Amount: 900, Ending: sale.Refused, Reason: sale.ReasonFingerPoor},
		sale.Entry{Sale: 6, Event: sale.EventEnded, Amount: 900, Ending: sale.Refused, Reason: sale.ReasonFingerPoor},
		sale.Entry{Sale: 7, Event: sale.EventTapAbandoned, Amount: 900, Tap: &sale.TapOf{}, Ending: sale.GivenUp, Reason: sale.ReasonTapTorn},
		sale.Entry{Sale: 7, Event: sale.EventEnded, Amount: 900, Tap: &sale.TapOf{}, Ending: sale.GivenUp, Reason: sale.ReasonTapTorn},
		sale.Entry{Sale: 8, Event: sale.EventSubmission, Amount: 990},
		sale.Entry{Sale: 8, Event: sale.EventUnknown, Amount: 990, Unknown: morning},
		sale.Entry{Sale: 9, Event: sale.EventRefundSent, Amount: 100, Refund: of(1, sale.RailScan)},
		sale.Entry{Sale: 9, Event: sale.EventRefundOutcome, Amount: 100, Refund: of(1, sale.RailScan), Ending: sale.Refunded},
		sale.Entry{Sale: 10, Event: sale.EventRefundOutcome, Amount: 100, Refund: of(1, sale.RailScan), Ending: sale.Refused, Reason: sale.ReasonExceeds},
		sale.Entry{Sale: 11, Event: sale.EventCashRefunded, Amount: 500, Refund: of(3, sale.RailCash), Cash: &sale.CashOf{}, Ending: sale.Refunded},
		sale.Entry{Sale: 12, Event: sale.EventRefundUnknown, Amount: 70, Refund: of(2, sale.RailTap), Unknown: morning},
		sale.Entry{Sale: 13, Event: sale.EventCashSold, Amount: 10, Currency: 978, Ending: sale.Paid, Cash: &sale.CashOf{Given: 10}},
		sale.Entry{Sale: 14, Event: sale.EventCashSold, Amount: 10, Ending: sale.Paid, Cash: &sale.CashOf{Given: 10}, Training: true},
		sale.Entry{Event: sale.EventCashIn, Amount: 1000, Cash: &sale.CashOf{Reason: "coins"}}, sale.Entry{Event: sale.EventCashOut, Amount: 700, Cash: &sale.CashOf{Reason: "bank"}},
		sale.Entry{Event: sale.EventDrawer, Cash: &sale.CashOf{Reason: "change"}}, sale.Entry{Event: sale.EventPrinted, Of: 1},
	)
	x := s.x()
	z := s.z(21_600)
	want := Report{
		Kind: KindZ, Number: 1, Shop: "Corner Café", Terminal: "T-0001", Shift: 1, OpenedBy: "A-01", ClosedBy: "A-01", Currency: yuan,
		Rails: []RailLine{{sale.RailScan, 1, 1100, 1, 100}, {sale.RailTap, 1, 300, 0, 0}, {sale.RailCash, 1, 2000, 1, 500}},
		Tips:  50, Tax: []TaxLine{{0, 50, 0}, {1300, 2655, 345}},
		Refusals: []RefusalLine{{"", 1}, {sale.ReasonFingerPoor, 1}, {sale.ReasonFunds, 1}, {sale.ReasonTapTorn, 1}},
		Cash:     Drawer{Drawer: staff.Drawer{Float: 20_000, Counted: 21_600, Difference: -200}, Sales: 2000, Refunds: 500, In: 1000, Out: 700, Expected: 21_800, Opened: 1},
		Unknown:  []OpenLine{{8, false, 990, morning}, {12, true, 70, morning}},
		Differences: []string{
			"uncredited number=2 amount=300", "other-currency number=13 amount=10 currency=978",
		},
		GrandTotal: 3400, GrandRefunds: 600, First: 1, Last: z.Last, Head: z.Head,
	}
	want.From, want.To = z.From, z.To
	if !reflect.DeepEqual(z.Report, want) {
		t.Errorf("have\n%+v, want\n%+v", z.Report, want)
	}
	if head, err := s.journal.HashOf(z.Last); err != nil || head != z.Head || z.From.Before(morning) || !z.From.Before(z.To) {
		t.Errorf("head %x, %v; from %v to %v", head, err, z.From, z.To)
	}
	if shift := s.desk.Shift(); shift.Difference != -200 || shift.Counted != 21_600 || shift.Float != 20_000 {
		t.Errorf("shift: %+v", shift)
	}
	entry, err := s.journal.Records(t.Context(), []uint64{z.Record})
	s.must(err)
	if read, err := Read(entry[0], "Corner Café"); err != nil || !reflect.DeepEqual(read.Report, z.Report) || entry[0].Sale != 0 || entry[0].Shift != 1 {
		t.Errorf("read back: %+v, %v", read.Report, err)
	}
	x.Kind, x.To, x.Last, x.Head, x.ClosedBy, x.Cash.Counted, x.Cash.Difference, x.Cash.Uncounted = z.Kind, z.To, z.Last, z.Head, z.ClosedBy, z.Cash.Counted, z.Cash.Difference, false
	x.From = z.From
	for i := range x.Unknown {
		x.Unknown[i].Since = x.Unknown[i].Since.UTC()
	}
	if !reflect.DeepEqual(x, z.Report) {
		t.Errorf("X was\n%+v, Z\n%+v", x, z.Report)
	}
	if _, err := Read(sale.Entry{Event: sale.EventCashIn}, ""); !errors.Is(err, protocol.ErrMalformed) {
		t.Errorf("an entry that is no Z: %v", err)
	}
}

// One a closed shift, also without a sale; numbers, hashes, records and grand totals follow
// one another over restarts; what was unknown is listed until it has ended, and counted then.
func TestZsFollow(t *testing.T) {
	s := newShop(t).open()
	s.shift(0)
	s.add(sale.Entry{Sale: s.journal.NextNumber(), Event: sale.EventUnknown, Amount: 990, Unknown: morning})
	s.cash(100)
	first := s.z(staff.Uncounted)
	s.cash(50) // between two shifts, as a terminal without staff would
	s.close()
	s.open()
	s.shift(0)
	empty := s.z(50)
	s.shift(0)
	s.add(sale.Entry{Sale: 1, Event: sale.EventOutcome, Amount: 990, Ending: sale.Paid, Shift: 1})
	third := s.z(0)
	defer s.close()
	if !first.Cash.Uncounted || len(first.Unknown) != 1 || len(empty.Unknown) != 1 || len(third.Unknown) != 0 {
		t.Errorf("uncounted %v, unknown %v, %v, %v", first.Cash.Uncounted, first.Unknown, empty.Unknown, third.Unknown)
	}
	if empty.Taken() != 50 || empty.Cash.Difference != 0 || third.Taken() != 990 || third.GrandTotal != 1140 {
		t.Errorf("taken %d and %d, grand total %d", empty.Taken(), third.Taken(), third.GrandTotal)
	}
	if third.Previous != empty.Message.Hash() || third.First != empty.Last+1 || empty.First != first.Last+1 {
		t.Errorf("records %d to %d, %d to %d, %d to %d", first.First, first.Last, empty.First, empty.Last, third.First, third.Last)
	}
	if have := s.zs(); have != " 1:1 2:2 3:3" {
		t.Errorf("have %s", have)
	}
	if x := s.x(); x.Number != 4 || x.Taken() != 0 || x.GrandTotal != 1140 || x.Previous != third.Message.Hash() || !x.From.Equal(third.To) && x.First != third.Last+1 {
		t.Errorf("X after it: %+v", x)
	}
	if last, there := s.books.Last(); !there || last.Number != 3 {
		t.Errorf("the last: %+v, %v", last, there)
	}
}

// A Z that cannot be made leaves the shift closed and is made at the next one, or the next
// start; a shift that cannot be closed has none.
func TestZNotMade(t *testing.T) {
	s := newShop(t).open()
	if _, err := s.books.Z(t.Context(), 0); !errors.Is(err, staff.ErrShift) {
		t.Errorf("no shift: %v", err)
	}
	s.shift(0)
	s.cash(100)
	if _, err := s.books.Z(t.Context(), -2); !errors.Is(err, staff.ErrCash) || !s.desk.Shift().Open() {
		t.Errorf("counted -2: %v", err)
	}
	s.journal.fail = sale.EventZ
	if _, err := s.books.Z(t.Context(), 100); !errors.Is(err, ErrNotKept) || !errors.Is(err, errDisk) || s.desk.Shift().Open() {
		t.Errorf("a journal that cannot be written: %v", err)
	}
	if x := s.x(); x.Taken() != 100 || x.Number != 1 {
		t.Errorf("X in between: %+v", x)
	}
	s.journal.fail = ""
	s.shift(0)
	if z := s.z(0); z.Number != 2 || z.GrandTotal != 100 || z.Taken() != 0 {
		t.Errorf("have %+v", z.Report)
	}
	s.shift(0)
	signer := s.books.o.Signer
	s.books.o.Signer = func() (crypto.Signer, error) { return nil, errDisk }
	if _, err := s.books.Z(t.Context(), 0); !errors.Is(err, ErrNotKept) || !errors.Is(err, errDisk) {
		t.Errorf("no token: %v", err)
	}
	s.options.Signer = s.books.o.Signer
	s.close()
	s.open() // still without one: that is no reason not to sell
	s.close()
	s.options.Signer = signer
	s.open()
	defer s.close()
	if have := s.zs(); have != " 1:1 2:2 3:3" {
		t.Errorf("have %s", have)
	}
	if last, _ := s.books.Last(); !slices.Equal(last.Differences, []string{"not-compared reason=later"}) {
		t.Errorf("have %q", last.Differences)
	}
}

// What settlement has otherwise, or that it could not be asked, is in the Z.
func TestDifferencesToSettlement(t *testing.T) {
	for name, c := range map[string]struct {
		report reconcile.Report
		err    error
		want   []string
	}{
		"agrees":       {reconcile.Report{Same: 2}, nil, nil},
		"out of reach": {reconcile.Report{}, errDisk, []string{"not-compared reason=no-answer"}},
		"differs": {reconcile.Report{
			OnlyHere:  []reconcile.Line{{Number: 1, Kind: "payment", Reference: 7, Amount: 100}},
			OnlyThere: []reconcile.Line{{Kind: "refund", Reference: 8, Amount: 200}},
			Different: []reconcile.Pair{{Here: reconcile.Line{Number: 2, Kind: "payment", Reference: 9, Amount: 1}, There: reconcile.Line{Reference: 9, Amount: 2}}},
		}, nil, []string{
			"only-here number=1 kind=payment reference=7 amount=100", "only-there kind=refund reference=8 amount=200",
			"different number=2 kind=payment reference=9 amount=1 there-reference=9 there-amount=2",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			var from, to time.Time
			s.options.Compare = func(ctx context.Context, a, b time.Time) (reconcile.Report, error) {
				from, to = a, b
				if _, bounded := ctx.Deadline(); !bounded {
					t.Error("settlement may take for ever")
				}
				return c.report, c.err
			}
			s.open()
			defer s.close()
			s.shift(0)
			z := s.z(0)
			if !slices.Equal(z.Differences, c.want) || (z.Compared == nil) != (c.err != nil) || !from.Equal(z.From) && from.Truncate(time.Second) != z.From || !to.After(z.To) {
				t.Errorf("have %q, compared %+v, from %v to %v", z.Differences, z.Compared, from, to)
			}
		})
	}
	many := fitting(slices.Repeat([]string{"only-there"}, 1000))
	if key, values := ParseDifference(many[len(many)-1]); len(many) != protocol.MaxZDifferences || key != More || values["count"] != "937" {
		t.Errorf("%d lines, the last %q", len(many), many[len(many)-1])
	}
}

// A Z that could not be lodged is lodged later, by whatever lodges a later head.
func TestLodging(t *testing.T) {
	s := newShop(t)
	lodged, down := uint64(0), errDisk
	anchor := func(context.Context) error {
		if down != nil {
			return down
		}
		lodged, _ = s.journal.Head()
		return nil
	}
	s.options.Anchor, s.options.Lodged = anchor, func() uint64 { return lodged }
	s.open()
	defer s.close()
	s.shift(0)
	if z := s.z(0); z.Lodged || z.Record == 0 || !errors.Is(z.Unlodged, errDisk) {
		t.Errorf("settlement is away: %v at record %d", z.Lodged, z.Record)
	}
	down = nil
	s.must(anchor(t.Context()))
	if z, _ := s.books.Last(); !z.Lodged {
		t.Error("not lodged later")
	}
	s.shift(0)
	if z := s.z(0); !z.Lodged || z.Unlodged != nil {
		t.Error("not lodged at once")
	}
}
