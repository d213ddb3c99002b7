package logbook

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
	"countersign/protocol/money"
)

// scanned is what a journal holds, gathered the plain way: from the first record to
// the last, into maps.
type scanned struct {
	rows   map[uint64]*Row
	steps  map[uint64][]uint64
	list   []*Row // newest first
	events []Event
}

func scan(entries []sale.Entry) scanned {
	s := scanned{rows: map[uint64]*Row{}, steps: map[uint64][]uint64{}}
	waiting := uint64(0) // the sale that was keyed last
	last := map[uint64]sale.Event{}
	for n, e := range entries {
		record := uint64(n + 1)
		if e.Training {
			continue
		}
		closes := e.Staff != nil && e.Staff.Kind == staff.ShiftClosed
		if (e.Event == sale.EventKeyed || e.Event == sale.EventCashSold || closes) && waiting != e.Sale {
			if r := s.rows[waiting]; r != nil && (last[waiting] == sale.EventKeyed || last[waiting] == sale.EventRequest) {
				r.State = Over
			}
		}
		if e.Event == sale.EventKeyed {
			waiting = e.Sale
		}
		if e.Sale == 0 {
			s.events = append(s.events, Event{record, e})
			of := e.Of
			if e.Alert != nil {
				of = e.Alert.Number
			}
			if s.rows[of] != nil {
				s.steps[of] = append(s.steps[of], record)
			}
			continue
		}
		r := s.rows[e.Sale]
		if r == nil {
			r = &Row{Sale: e.Sale, At: e.At.In(shanghai)}
			s.rows[e.Sale] = r
		}
		if e.Ending != r.Ending {
			r.Ended = e.At.In(shanghai)
		}
		r.Amount, r.Currency, r.Rail, r.Ending, r.Reason, r.Cashier = e.Amount, e.Currency, e.Rail(), e.Ending, e.Reason, e.Cashier
		r.Shift, r.Tip, r.Reference = e.Shift, e.Tip, e.Reference
		if e.Tap != nil {
			r.Card = e.Tap.Ending
		}
		if e.Refund != nil {
			r.Refund, r.Of = true, e.Refund.Sale
		}
		r.State = map[sale.Event]State{
			sale.EventKeyed: Underway, sale.EventRequest: Underway, sale.EventPayment: Underway, sale.EventFinger: Underway,
			sale.EventSubmission: Underway, sale.EventTapPay: Underway, sale.EventRefundAsked: Underway, sale.EventRefundSent: Underway,
			sale.EventUnknown: Unknown, sale.EventRefundUnknown: Unknown, sale.EventReversal: Reversal,
			sale.EventTapResult: Uncleared, sale.EventTapUncleared: Uncredited,
		}[e.Event]
		s.steps[e.Sale], last[e.Sale] = append(s.steps[e.Sale], record), e.Event
	}
	s.list = slices.SortedFunc(maps.Values(s.rows), func(a, b *Row) int { return cmp.Compare(b.Sale, a.Sale) })
	return s
}

func (r *Row) worth() protocol.Sum {
	switch {
	case r.Ending == sale.Paid && !r.Refund:
		return protocol.Sum(r.Amount)
	case r.Ending == sale.Refunded && r.Refund:
		return -protocol.Sum(r.Amount)
	}
	return 0
}

// fits is a query put plainly.
func (r *Row) fits(q Query) bool {
	made := coins{}
	if !q.From.IsZero() && r.At.Before(q.From) || !q.To.IsZero() && !r.At.Before(q.To) ||
		q.Cashier != "" && r.Cashier != q.Cashier || q.Rail != "" && r.Rail != q.Rail ||
		len(q.Endings) > 0 && !slices.Contains(q.Endings, r.Ending) ||
		r.Amount < q.Least || q.Most != 0 && r.Amount > q.Most || q.Problems && !r.State.Problem() {
		return false
	}
	for _, w := range strings.Fields(strings.ToLower(q.Text)) {
		amount := ""
		if len(w) < 12 && strings.ContainsAny(w, "0123456789") { // money's table is made at each call
			amount = made.of(r.Currency).decimal(int64(r.Amount))
		}
		hit := w == fmt.Sprint(r.Sale) || w == fmt.Sprintf("%06d", r.Sale) || w == fmt.Sprint(r.Reference) && r.Reference != 0 ||
			w == amount || w+".00" == amount || len(w) == 4 && w == r.Card ||
			slices.Contains(q.TextReasons, r.Reason)
		for _, text := range []string{string(r.Cashier), string(r.Reason), string(r.Ending), string(r.Rail)} {
			hit = hit || strings.Contains(strings.ToLower(text), w)
		}
		if !hit {
			return false
		}
	}
	return true
}

func (s scanned) find(q Query) Page {
	p := Page{Sums: map[protocol.Currency]protocol.Sum{}}
	for _, r := range s.list {
		if !r.fits(q) {
			continue
		}
		if p.Count == 0 {
			p.Currency = r.Currency
		}
		p.Count++
		p.Sums[r.Currency] += r.worth()
		if q.Before == 0 || r.Sale < q.Before {
			p.Rows = append(p.Rows, *r)
		}
	}
	limit := q.Limit
	if limit == 0 {
		limit = 50
	}
	if len(p.Rows) > limit {
		p.Rows, p.More = p.Rows[:limit], true
	}
	p.Sum = p.Sums[p.Currency]
	return p
}

// query makes one up.
func query(r *rand.Rand, s scanned) (q Query) {
	one := func(n int) bool { return r.IntN(n) == 0 }
	any := *s.list[r.IntN(len(s.list))]
	if one(3) {
		q.From = any.At.Add(time.Duration(-r.IntN(100)) * time.Hour)
	}
	if one(3) {
		q.To = any.At.Add(time.Duration(r.IntN(100)) * time.Hour)
	}
	if one(4) {
		q.Cashier = []protocol.ID{"anna", "bert", "nobody"}[r.IntN(3)]
	}
	if one(4) {
		q.Rail = []sale.Rail{sale.RailScan, sale.RailTap, sale.RailCash, "cheque"}[r.IntN(4)]
	}
	if one(4) {
		q.Endings = [][]sale.Ending{{sale.Paid}, {sale.Refused, sale.Expired}, {""}, {sale.Refunded, sale.Uncredited}, {"unheard"}}[r.IntN(5)]
	}
	if one(4) {
		q.Least, q.Most = protocol.Amount(r.IntN(50_000)), protocol.Amount(50_000+r.IntN(50_000))
	}
	if one(3) {
		amount := money.Amount{Minor: int64(any.Amount), Currency: money.Currency(any.Currency)}.Decimal()
		q.Text = []string{
			fmt.Sprint(any.Sale), fmt.Sprintf("%06d", any.Sale), amount, fmt.Sprint(any.Reference), any.Card,
			string(any.Cashier) + " " + amount, "ANN", "funds", "张", "tap paid", "nothing like it", strings.TrimSuffix(amount, ".00"),
		}[r.IntN(12)]
		if one(5) {
			q.TextReasons = []sale.Reason{sale.ReasonTimedOut, "unheard"}
		}
	}
	q.Problems = one(6)
	if one(3) {
		q.Before = any.Sale
	}
	q.Limit = r.IntN(80)
	return q
}

// Guarantee 1: what the index says is what the journal holds, row by row, question by
// question, however often it was written and opened in between.
func TestIsTheJournal(t *testing.T) {
	sales, questions := 20_000, 200
	if testing.Short() {
		sales = 2_000
	}
	from, life := &records{}, newStreet(1)
	entries := life.sales(sales / 2)
	from.add(t, entries...)
	path := filepath.Join(t.TempDir(), "index")
	b := openAt(t, path, from)
	check := func(questions int) {
		t.Helper()
		for n, e := range entries { // as they are read back
			text, _ := json.Marshal(e)
			entries[n] = sale.Entry{}
			if err := json.Unmarshal(text, &entries[n]); err != nil {
				t.Fatal(err)
			}
		}
		s := scan(entries)
		everything, err := b.Find(t.Context(), Query{Limit: len(s.list) + 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(everything.Rows) != len(s.list) {
			t.Fatalf("%d rows, the journal has %d", len(everything.Rows), len(s.list))
		}
		for n, r := range s.list {
			if have := everything.Rows[n]; have != *r {
				t.Fatalf("row\n%+v, the journal has\n%+v", have, *r)
			}
		}
		r := rand.New(rand.NewPCG(uint64(len(entries)), 1))
		full := 0
		for range questions {
			q := query(r, s)
			have, err := b.Find(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			want := s.find(q)
			if len(have.Rows) != len(want.Rows) || have.Count != want.Count || have.Sum != want.Sum || have.Currency != want.Currency ||
				have.More != want.More || !maps.Equal(have.Sums, want.Sums) || !slices.Equal(have.Rows, want.Rows) {
				t.Fatalf("%+v:\nhave %+v\nwant %+v", q, have, want)
			}
			if have.Count > 0 {
				full++
			}
		}
		if full < questions/3 {
			t.Errorf("only %d of %d questions found anything", full, questions)
		}
		checkDetails(t, b, s, entries, r)
		checkEvents(t, b, s)
	}
	check(questions / 4)
	for n := range 8 { // in pieces, so that all ways of catching up are taken
		more := life.sales(sales / 16)
		entries = append(entries, more...)
		from.add(t, more...)
		if n%3 == 0 {
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			b = openAt(t, path, from)
		}
	}
	check(questions)
}
