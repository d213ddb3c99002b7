package logbook

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// records is a journal in memory: its entries as JSON, as a journal has them.
type records struct {
	mu       sync.Mutex
	texts    [][]byte
	watchers []chan struct{}
	chain    byte // another one has other hashes
	reads    int  // records that were read by their number
}

func (r *records) add(t testing.TB, list ...sale.Entry) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range list {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		r.texts = append(r.texts, text)
	}
	for _, w := range r.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

func (r *records) Appended() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return uint64(len(r.texts))
}

func (r *records) Watch() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchers = append(r.watchers, c)
	return c, func() {}
}

func (r *records) HashOf(record uint64) (journal.Hash, error) {
	return journal.Hash{byte(record), byte(record >> 8), byte(record >> 16), r.chain}, nil
}

func (r *records) Since(ctx context.Context, from uint64, visit func(uint64, sale.Entry) error) error {
	for n := from; n <= r.Appended(); n++ {
		r.mu.Lock()
		text := r.texts[n-1]
		r.mu.Unlock()
		var e sale.Entry
		if err := json.Unmarshal(text, &e); err != nil {
			return err
		}
		if err := visit(n, e); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (r *records) Records(_ context.Context, list []uint64) (entries []sale.Entry, err error) {
	for _, n := range list {
		r.mu.Lock()
		text := r.texts[n-1]
		r.reads++
		r.mu.Unlock()
		var e sale.Entry
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

var shanghai = time.FixedZone("Shanghai", 8*3600)

func openAt(t testing.TB, path string, from source) *Book {
	t.Helper()
	b, err := open(t.Context(), path, from, Options{Location: shanghai})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func openNew(t testing.TB, from source) *Book {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "index"), from)
}

// street makes up a shop's days: every kind of sale there is, one after another, with
// what settlement says later in between.
type street struct {
	*rand.Rand
	now    time.Time
	number uint64
	later  []sale.Entry
	paid   []sale.Entry
	shift  uint64
}

func newStreet(seed uint64) *street {
	return &street{Rand: rand.New(rand.NewPCG(seed, 7)), now: time.Date(2026, 1, 2, 1, 0, 0, 0, time.UTC), shift: 1}
}

func (s *street) at() time.Time {
	s.now = s.now.Add(time.Duration(s.IntN(40_000)+1) * time.Millisecond)
	return s.now
}

func (s *street) cashier() protocol.ID {
	return []protocol.ID{"anna", "bert", "chen", "dana", "张伟"}[s.IntN(5)]
}

// next is one sale, or something else that happens.
func (s *street) next() (list []sale.Entry) {
	s.number++
	e := sale.Entry{
		Sale: s.number, Amount: protocol.Amount(s.IntN(100_000) + 1), Currency: 156, Shift: s.shift, Cashier: s.cashier(),
		Request: protocol.Hash{byte(s.number)},
	}
	if s.IntN(40) == 0 {
		e.Currency = 392
	}
	if s.IntN(9) == 0 {
		e.Tip = e.Amount / 10
	}
	add := func(event sale.Event, change func(*sale.Entry)) {
		e.Event, e.At = event, s.at()
		if change != nil {
			change(&e)
		}
		list = append(list, e)
	}
	end := func(ending sale.Ending, reason sale.Reason) func(*sale.Entry) {
		return func(e *sale.Entry) { e.Ending, e.Reason = ending, reason }
	}
	paid := func(e *sale.Entry) {
		e.Ending, e.Reference, e.Outcome = sale.Paid, 9_000_000+e.Sale*3, []byte("signed")
	}
	tap := func(e *sale.Entry) {
		e.Tap = &sale.TapOf{Pay: []byte("pay"), Ending: fmt.Sprintf("%04d", s.IntN(10_000)), Terminal: []byte("x")}
	}
	if s.IntN(10) < 8 || len(s.paid) == 0 {
		add(sale.EventKeyed, nil)
		add(sale.EventRequest, nil)
	}
	switch kind := s.IntN(20); {
	case len(list) == 0 && kind < 10: // cash
		e.Cash = &sale.CashOf{Given: e.Amount + 5, Change: 5}
		add(sale.EventCashSold, end(sale.Paid, ""))
		s.paid = append(s.paid, e)
	case len(list) == 0: // a refund
		of := s.paid[s.IntN(len(s.paid))]
		e.Refund = &sale.RefundOf{Sale: of.Sale, Reference: of.Reference, Key: protocol.Code{1}, Approver: "dana", Rail: of.Rail()}
		if s.IntN(4) == 0 && of.Reference != 0 {
			e.Refund.Sale = 0
		}
		e.Amount, e.Currency = max(of.Amount/2, 1), of.Currency
		if of.Cash != nil {
			e.Cash = &sale.CashOf{}
			add(sale.EventCashRefunded, end(sale.Refunded, ""))
			return list
		}
		add(sale.EventRefundAsked, nil)
		add(sale.EventRefundSent, nil)
		switch s.IntN(4) {
		case 0:
			add(sale.EventRefundUnknown, nil)
		case 1:
			add(sale.EventRefundOutcome, end(sale.Refused, sale.ReasonExceeds))
		default:
			add(sale.EventRefundOutcome, end(sale.Refunded, ""))
		}
	case kind < 8:
		add(sale.EventPayment, nil)
		add(sale.EventFinger, nil)
		add(sale.EventSubmission, func(e *sale.Entry) { e.Attempt = 1 })
		add(sale.EventOutcome, paid)
		s.paid = append(s.paid, e)
		add(sale.EventAcknowledged, nil)
	case kind < 10:
		add(sale.EventPayment, nil)
		add(sale.EventSubmission, nil)
		add(sale.EventOutcome, end(sale.Refused, []sale.Reason{sale.ReasonFunds, sale.ReasonFinger, sale.ReasonWallet}[s.IntN(3)]))
	case kind < 12:
		add(sale.EventEnded, end(sale.Cancelled, ""))
	case kind < 13:
		add(sale.EventEnded, end(sale.Expired, sale.ReasonTimedOut))
	case kind < 14: // the terminal stopped
	case kind < 15:
		add(sale.EventPayment, nil)
		add(sale.EventSubmission, nil)
		add(sale.EventUnknown, func(e *sale.Entry) { e.Unknown = e.At })
		alert := sale.Alert{Number: e.Sale, Amount: e.Amount, Currency: e.Currency, Since: e.At, Doing: sale.Asking}
		list = append(list, sale.Entry{Event: sale.EventAlertRaised, At: s.at(), Amount: e.Amount, Currency: e.Currency, Alert: &alert})
		switch s.IntN(3) {
		case 0:
			add(sale.EventReversal, nil)
		case 1:
			e.Event, e.At, e.Ending = sale.EventEnded, s.at().Add(time.Hour), sale.Reversed
			s.later = append(s.later, e)
		}
	default:
		tap(&e)
		add(sale.EventTapPay, nil)
		add(sale.EventTapResult, end(sale.Paid, ""))
		done := e
		done.Event, done.At, done.Reference = sale.EventTapCleared, s.at().Add(2*time.Hour), 9_000_000+e.Sale*3
		if s.IntN(10) == 0 {
			done.Event, done.Ending = sale.EventTapUncleared, sale.Uncredited
		} else {
			s.paid = append(s.paid, done)
		}
		if s.IntN(20) > 0 {
			s.later = append(s.later, done)
		}
	}
	return append(list, s.besides()...)
}

// besides is what happens between sales.
func (s *street) besides() (list []sale.Entry) {
	if len(s.later) > 100 || len(s.later) > 0 && s.IntN(3) == 0 {
		n := s.IntN(len(s.later))
		list = append(list, s.later[n])
		s.later = append(s.later[:n], s.later[n+1:]...)
	}
	event := sale.Entry{At: s.at(), Currency: 156, Shift: s.shift, Cashier: s.cashier()}
	switch s.IntN(30) {
	case 0:
		event.Event, event.Cash = sale.EventDrawer, &sale.CashOf{Reason: "coins"}
	case 1:
		event.Event, event.Of = sale.EventPrinted, s.number
	case 2:
		event.Event, event.Staff = sale.Event(staff.SignedIn), &staff.Event{Sequence: 1, Kind: staff.SignedIn, At: event.At, Member: event.Cashier, By: event.Cashier}
	case 3:
		event.Event, event.Staff = sale.Event(staff.ShiftClosed), &staff.Event{Sequence: 1, Kind: staff.ShiftClosed, At: event.At, By: event.Cashier, Shift: s.shift}
		s.shift++
	case 4:
		event.Event, event.Sale, event.Training, event.Ending = sale.EventCashSold, s.number+3, true, sale.Paid
	default:
		return list
	}
	return append(list, event)
}

func (s *street) sales(n int) (list []sale.Entry) {
	for range n {
		list = append(list, s.next()...)
	}
	return list
}
