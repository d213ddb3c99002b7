package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// tally counts entries, oldest first.
type tally struct {
	currency protocol.Currency
	training bool

	rails    map[sale.Rail]*rail
	taxes    map[int32]*TaxLine
	refusals map[sale.Reason]int
	drawer   Drawer
	open     map[uint64]OpenLine
	differ   []string
	counted  map[uint64]bool // sales and refunds that are in a sum

	opened, closed *staff.Event // of the shift
	began          time.Time    // the first entry's
}

// rail is a line with its tips.
type rail struct {
	RailLine
	tips protocol.Sum
}

// newTally begins after a Z that left these open.
func newTally(currency protocol.Currency, training bool, open []OpenLine) *tally {
	t := &tally{
		currency: currency, training: training, rails: map[sale.Rail]*rail{}, taxes: map[int32]*TaxLine{},
		refusals: map[sale.Reason]int{}, open: map[uint64]OpenLine{}, counted: map[uint64]bool{},
	}
	for _, r := range rails() {
		t.rails[r] = &rail{RailLine: RailLine{Rail: r}}
	}
	for _, o := range open {
		t.open[o.Sale] = o
	}
	return t
}

// rails are the ways to pay, in a report's order.
func rails() []sale.Rail { return []sale.Rail{sale.RailScan, sale.RailTap, sale.RailCash} }

// add counts one entry.
func (t *tally) add(e sale.Entry) {
	if e.Training != t.training {
		return
	}
	if t.began.IsZero() {
		t.began = e.At
	}
	if e.Staff != nil {
		t.shift(*e.Staff)
	}
	switch e.Event {
	case sale.EventOutcome:
		if e.Ending == sale.Paid {
			t.sold(e)
		} else {
			t.refused(e)
		}
	case sale.EventTapResult, sale.EventCashSold:
		t.sold(e)
	case sale.EventRefundOutcome, sale.EventCashRefunded:
		t.refunded(e)
	case sale.EventTapAbandoned:
		t.refused(e)
	case sale.EventEnded:
		if e.Ending != sale.GivenUp { // which was counted when it was given up
			t.refused(e)
		}
	case sale.EventTapUncleared:
		if e.Ending == sale.Uncredited {
			t.differ = append(t.differ, fmt.Sprintf("%s number=%d amount=%d", Uncredited, e.Sale, e.Amount))
		}
	case sale.EventCashIn:
		t.drawer.In += protocol.Sum(e.Amount)
	case sale.EventCashOut:
		t.drawer.Out += protocol.Sum(e.Amount)
	case sale.EventDrawer:
		t.drawer.Opened++
	}
	t.follow(e)
}

// shift notes when the shift was opened and closed; an event may stand there twice.
func (t *tally) shift(e staff.Event) {
	switch e.Kind {
	case staff.ShiftOpened:
		t.opened = &e
		t.drawer.Float = e.Float
	case staff.ShiftClosed:
		t.closed = &e
	}
}

// once says whether an entry's money is to be counted.
func (t *tally) once(e sale.Entry) bool {
	if e.Currency != t.currency {
		t.differ = append(t.differ, fmt.Sprintf("%s number=%d amount=%d currency=%d", OtherCurrency, e.Sale, e.Amount, e.Currency))
		return false
	}
	before := t.counted[e.Sale]
	t.counted[e.Sale] = true
	return !before
}

func (t *tally) sold(e sale.Entry) {
	if !t.once(e) {
		return
	}
	r := t.rails[e.Rail()]
	r.Count++
	r.Sum += protocol.Sum(e.Amount)
	r.tips += protocol.Sum(e.Tip)
	for _, l := range e.Tax {
		if t.taxes[l.Rate] == nil {
			t.taxes[l.Rate] = &TaxLine{Rate: l.Rate}
		}
		t.taxes[l.Rate].Net += protocol.Sum(l.Net)
		t.taxes[l.Rate].Tax += protocol.Sum(l.Tax)
	}
}

func (t *tally) refunded(e sale.Entry) {
	if e.Ending != sale.Refunded || !t.once(e) {
		return
	}
	by := cmp.Or(e.Refund.Rail, sale.RailScan)
	t.rails[by].Refunds++
	t.rails[by].RefundSum += protocol.Sum(e.Amount)
}

// refused counts a sale that came to nothing.
func (t *tally) refused(e sale.Entry) {
	if e.Refund == nil && e.Ending != sale.Paid {
		t.refusals[e.Reason]++
	}
}

// follow keeps what nobody knows the end of.
func (t *tally) follow(e sale.Entry) {
	switch {
	case e.Sale == 0:
	case !unknown(e):
		delete(t.open, e.Sale)
	default:
		since := e.Unknown
		if since.IsZero() {
			since = e.At
		}
		t.open[e.Sale] = OpenLine{Sale: e.Sale, Refund: e.Refund != nil, Amount: e.Amount, Since: since.UTC().Truncate(time.Second)}
	}
}

// unknown says whether money may have moved, and nobody knows.
func unknown(e sale.Entry) bool {
	switch e.Event {
	case sale.EventSubmission, sale.EventUnknown, sale.EventTapPay, sale.EventTapTorn, sale.EventRefundSent, sale.EventRefundUnknown:
		return true
	case sale.EventReversal:
		return e.Ending == "" // otherwise it ended here, before settlement was asked
	}
	return false
}

// report says what was counted.
func (t *tally) report() Report {
	r := Report{From: t.began, Currency: t.currency, Cash: t.drawer, Differences: slices.Clone(t.differ)}
	for _, name := range rails() {
		r.Rails = append(r.Rails, t.rails[name].RailLine)
		r.Tips += t.rails[name].tips
	}
	for _, rate := range slices.Sorted(maps.Keys(t.taxes)) {
		r.Tax = append(r.Tax, *t.taxes[rate])
	}
	for _, reason := range slices.Sorted(maps.Keys(t.refusals)) {
		r.Refusals = append(r.Refusals, RefusalLine{Reason: reason, Count: t.refusals[reason]})
	}
	for _, number := range slices.Sorted(maps.Keys(t.open)) {
		r.Unknown = append(r.Unknown, t.open[number])
	}
	cash := t.rails[sale.RailCash]
	r.Cash.Sales, r.Cash.Refunds = cash.Sum, cash.RefundSum
	r.Cash.Expected = r.Cash.Float + r.Cash.Sales + r.Cash.In - r.Cash.Refunds - r.Cash.Out
	r.Cash.Uncounted = true
	if t.opened != nil {
		r.Shift, r.OpenedBy, r.From = t.opened.Shift, t.opened.By, t.opened.At
	}
	if t.closed != nil {
		r.Shift, r.ClosedBy, r.To = t.closed.Shift, t.closed.By, t.closed.At
		if r.Cash.Uncounted = t.closed.Uncounted; !r.Cash.Uncounted {
			r.Cash.Counted = t.closed.Counted
			r.Cash.Difference = r.Cash.Counted - r.Cash.Expected
		}
	}
	return r
}
