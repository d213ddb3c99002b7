package report

import (
	"cmp"
	"fmt"
	"time"

	"countersign/app/terminal/reconcile"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Signed is a Z report with what was signed.
type Signed struct {
	Report
	Message *protocol.Signed[protocol.ZReport]
	// Record is the journal's record that keeps it, 0 where it was read from an entry alone.
	Record uint64
	// Lodged says that settlement has signed for the journal's head with it, as far as is
	// known here.
	Lodged bool
	// Unlodged is why it could not be lodged when it was made.
	Unlodged error
	// Compared is the comparison with settlement, of a Z that was just made; nil where there
	// was none.
	Compared *reconcile.Report
}

// Read reads a Z report back from its entry. shop is the shop's name, which is not in the
// message. Whose signature it bears is not looked at: Verify does. Errors:
// protocol.ErrMalformed, protocol.ErrRange.
func Read(e sale.Entry, shop string) (Signed, error) {
	if e.Event != sale.EventZ || e.Report == nil {
		return Signed{}, fmt.Errorf("read Z report: %w: the entry is %q", protocol.ErrMalformed, e.Event)
	}
	m, err := protocol.Parse[protocol.ZReport](e.Report.Signed)
	if err != nil {
		return Signed{}, fmt.Errorf("read Z report %d: %w", e.Report.Number, err)
	}
	return Signed{Report: reportOf(m.Unverified(), shop), Message: m}, nil
}

// messageOf is what is signed of a report.
func messageOf(r Report, tips map[sale.Rail]protocol.Sum, made time.Time) protocol.ZReport {
	z := protocol.ZReport{
		Number: r.Number, Terminal: r.Terminal,
		Shift:    protocol.ZShift{Number: r.Shift, Opened: protocol.At(r.From), Closed: protocol.At(r.To), OpenedBy: r.OpenedBy, ClosedBy: r.ClosedBy},
		Records:  protocol.ZRecords{First: r.First, Last: r.Last, Head: r.Head},
		Previous: r.Previous, Currency: r.Currency,
		Taxes: []protocol.ZTax{}, Refusals: []protocol.ZRefusal{}, Open: []protocol.ZOpen{}, Differences: []string{},
		Drawer: protocol.ZDrawer{Float: r.Cash.Float, In: r.Cash.In, Out: r.Cash.Out, Opened: uint64(r.Cash.Opened)},
		Grand:  protocol.ZGrand{Sales: r.GrandTotal, Refunded: r.GrandRefunds}, Made: protocol.At(made),
	}
	for i, to := range []*protocol.ZRail{&z.Scan, &z.Tap, &z.Cash} {
		l := r.Rails[i]
		*to = protocol.ZRail{Count: uint64(l.Count), Sum: l.Sum, Tips: tips[l.Rail], Refunds: uint64(l.Refunds), Refunded: l.RefundSum}
	}
	for _, t := range r.Tax {
		z.Taxes = append(z.Taxes, protocol.ZTax{Rate: uint16(t.Rate), Net: t.Net, Tax: t.Tax})
	}
	for _, l := range r.Refusals {
		z.Refusals = append(z.Refusals, protocol.ZRefusal{Reason: string(l.Reason), Count: uint64(l.Count)})
	}
	if !r.Cash.Uncounted {
		counted := r.Cash.Counted
		z.Drawer.Counted = &counted
	}
	differences := r.Differences
	for i, o := range r.Unknown {
		if i == protocol.MaxZOpen {
			differences = append(differences[:len(differences):len(differences)], fmt.Sprintf("%s count=%d", MoreOpen, len(r.Unknown)-i))
			break
		}
		z.Open = append(z.Open, protocol.ZOpen{Number: o.Sale, Refund: o.Refund, Amount: o.Amount, Since: protocol.At(o.Since)})
	}
	z.Differences = append(z.Differences, fitting(differences)...)
	return z
}

// reportOf is a signed report as people read it.
func reportOf(z protocol.ZReport, shop string) Report {
	r := Report{
		Kind: KindZ, Number: z.Number, Shop: shop, Terminal: z.Terminal, Shift: z.Shift.Number, From: z.Shift.Opened.Time(), To: z.Shift.Closed.Time(),
		OpenedBy: z.Shift.OpenedBy, ClosedBy: z.Shift.ClosedBy, Currency: z.Currency, Tips: z.Scan.Tips + z.Tap.Tips + z.Cash.Tips,
		GrandTotal: z.Grand.Sales, GrandRefunds: z.Grand.Refunded, First: z.Records.First, Last: z.Records.Last, Head: z.Records.Head, Previous: z.Previous,
		Cash: Drawer{
			Drawer: staff.Drawer{Float: z.Drawer.Float, Uncounted: z.Drawer.Counted == nil}, Sales: z.Cash.Sum, Refunds: z.Cash.Refunded, In: z.Drawer.In, Out: z.Drawer.Out, Expected: z.Expected(),
			Opened: int(z.Drawer.Opened),
		},
	}
	if c := z.Drawer.Counted; c != nil {
		r.Cash.Counted, r.Cash.Difference = *c, *c-z.Expected()
	}
	for i, l := range []protocol.ZRail{z.Scan, z.Tap, z.Cash} {
		r.Rails = append(r.Rails, RailLine{Rail: rails()[i], Count: int(l.Count), Sum: l.Sum, Refunds: int(l.Refunds), RefundSum: l.Refunded})
	}
	for _, t := range z.Taxes {
		r.Tax = append(r.Tax, TaxLine{Rate: int32(t.Rate), Net: t.Net, Tax: t.Tax})
	}
	for _, l := range z.Refusals {
		r.Refusals = append(r.Refusals, RefusalLine{Reason: sale.Reason(l.Reason), Count: int(l.Count)})
	}
	for _, o := range z.Open {
		r.Unknown = append(r.Unknown, OpenLine{Sale: o.Number, Refund: o.Refund, Amount: o.Amount, Since: o.Since.Time()})
	}
	r.Differences = append(r.Differences, z.Differences...)
	return r
}

// nobody stands for who opened a shift of which the journal does not say it.
func nobody(id protocol.ID) protocol.ID { return cmp.Or(id, "-") }
