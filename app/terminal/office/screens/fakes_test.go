package screens

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/office/charts"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
	"countersign/protocol/money"
)

var now = time.Date(2026, 11, 22, 17, 41, 30, 0, time.UTC)

// loop stands for Fyne's goroutine: what others hand over waits until the test runs it.
type loop struct {
	mu     sync.Mutex
	queue  []func()
	signal chan struct{}
}

func newLoop() *loop { return &loop{signal: make(chan struct{}, 1)} }

func (l *loop) do(f func()) {
	l.mu.Lock()
	l.queue = append(l.queue, f)
	l.mu.Unlock()
	select {
	case l.signal <- struct{}{}:
	default:
	}
}

// until runs what is handed over until a condition holds.
func (l *loop) until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		l.mu.Lock()
		queue := l.queue
		l.queue = nil
		l.mu.Unlock()
		for _, f := range queue {
			f()
		}
		if holds() {
			return
		}
		select {
		case <-l.signal:
		case <-late:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// shop is a till, a journal and a staff that behave as the real ones do, as far as the office sees them.
type shop struct {
	mu       sync.Mutex
	rows     []logbook.Row // newest first
	members  []office.Colleague
	shift    staff.Shift
	zs       []report.Report // newest first
	prefs    office.Preferences
	devices  []office.Device
	folders  []office.Folder
	unknown  bool          // refunds have no answer
	hold     chan struct{} // answers of Find wait for it, nil for none
	asked    []logbook.Query
	did      []string
	printer  error
	quality  office.Quality
	selling  bool          // a sale is in front
	testing  chan struct{} // tests of devices wait for it, nil for none
	pin      string        // of every manager
	exported logbook.Query
	findings []journal.Finding
}

const anna, bo = protocol.ID("anna"), protocol.ID("bo")

func newShop(many int) *shop {
	s := &shop{pin: "7391", quality: office.Clear, prefs: office.Preferences{Sounds: true, Language: "en"}}
	s.members = []office.Colleague{
		{Member: staff.Member{ID: anna, Role: staff.Manager, Since: now.AddDate(-1, 0, 0)}},
		{Member: staff.Member{ID: bo, Role: staff.Cashier, Since: now.AddDate(0, -3, 0)}, Locked: now.Add(20 * time.Minute)},
		{Member: staff.Member{ID: "chen", Role: staff.Cashier, Since: now.AddDate(0, -1, 0)}},
		{Member: staff.Member{ID: "technik-dresden1", Role: staff.Installer, Since: now.AddDate(0, -2, 0)}},
	}
	s.shift = staff.Shift{Number: 12, OpenedBy: anna, Opened: now.Add(-9 * time.Hour), Drawer: staff.Drawer{Float: 20000}}
	for i := range many {
		s.rows = append(s.rows, madeRow(many-i))
	}
	for n := uint64(11); n > 0; n-- {
		z := s.report(report.KindZ)
		z.Number, z.Shift = n, n
		z.From, z.To = now.AddDate(0, 0, int(n)-12).Add(-9*time.Hour), now.AddDate(0, 0, int(n)-12)
		z.Cash.Counted = z.Cash.Expected
		if n%4 == 3 {
			z.Cash.Counted -= 1250
		}
		z.Cash.Difference = z.Cash.Counted - z.Cash.Expected
		if n == 11 {
			z.Differences = []string{"different number=1271 kind=payment reference=4700 amount=7800 there-reference=4700 there-amount=8700"}
		}
		s.zs = append(s.zs, z)
	}
	s.devices = []office.Device{
		{ID: "settlement", Since: now.Add(-4 * time.Hour)},
		{ID: "camera", Since: now.Add(-9 * time.Hour), Test: office.SeeCamera},
		{ID: "sensor", Since: now.Add(-9 * time.Hour), Test: office.ReadFinger},
		{ID: "reader", Word: "device.reader.missing", Detail: "open reader \"ACS ACR122U PICC Interface 00 00\": connect: no smart card reader of that name is connected (0x80100009)", Since: now.Add(-7 * time.Minute), Test: office.ReadCard},
		{ID: "printer", Since: now.AddDate(0, 0, -2), Test: office.PrintPage},
		{ID: "drawer", Word: "receipt.printer.drawer-open", Since: now.Add(-26 * time.Hour)},
		{ID: "speaker", Since: now.Add(-9 * time.Hour), Test: office.PlaySound},
		{ID: "secure-unit", Since: now.Add(-9 * time.Hour)},
	}
	s.folders = []office.Folder{{Name: "Exports", Path: "/var/lib/countersign/exports"}, {Name: "KINGSTON", Path: "/media/KINGSTON", Removable: true}}
	return s
}

// madeRow is sale n of many: all kinds in turn.
func madeRow(n int) logbook.Row {
	at := now.Add(-time.Duration(1284-n) * 7 * time.Minute)
	r := logbook.Row{Sale: uint64(n), At: at, Ended: at.Add(14 * time.Second), Amount: protocol.Amount(300 + n*37%9000), Currency: 156,
		Rail: sale.RailScan, Ending: sale.Paid, Cashier: bo, Shift: 12, Reference: uint64(40000 + n)}
	switch n % 11 {
	case 1:
		r.Rail, r.Card = sale.RailTap, "6789"
	case 2:
		r.Rail, r.Cashier = sale.RailCash, "chen"
	case 4:
		r.Ending, r.Reason, r.Reference = sale.Refused, sale.ReasonFunds, 0
	case 6:
		r.Ending, r.Reason, r.Reference = sale.Expired, sale.ReasonTimedOut, 0
	case 8:
		r.Refund, r.Ending, r.Of, r.Cashier = true, sale.Refunded, uint64(n-3), anna
	case 9:
		r.Ending, r.Reference = sale.Cancelled, 0
	}
	switch n {
	case 1283, 1279, 1270:
		r.Ending, r.State, r.Reason, r.Ended = "", logbook.Unknown, sale.ReasonNoAnswer, time.Time{}
	case 1281:
		r.Ending, r.State, r.Amount, r.Ended = "", logbook.Reversal, protocol.MaxMinor, time.Time{}
	case 1284:
		r.Rail, r.Card, r.Ending, r.Reason, r.Refund, r.Tip = sale.RailScan, "", sale.Paid, "", false, 500
		r.Amount = 7800
	}
	return r
}

func matches(r logbook.Row, q logbook.Query) bool {
	switch {
	case !q.From.IsZero() && r.At.Before(q.From), !q.To.IsZero() && !r.At.Before(q.To),
		q.Cashier != "" && q.Cashier != r.Cashier, q.Rail != "" && q.Rail != r.Rail,
		len(q.Endings) > 0 && !slices.Contains(q.Endings, r.Ending),
		r.Amount < q.Least, q.Most > 0 && r.Amount > q.Most, q.Problems && !r.State.Problem():
		return false
	}
	if q.Text == "" {
		return true
	}
	text := fmt.Sprintf("%06d %s %s %s", r.Sale, r.Card, r.Cashier, r.Ending)
	for _, word := range strings.Fields(q.Text) {
		if !strings.Contains(text, word) && !slices.Contains(q.TextReasons, r.Reason) {
			return false
		}
	}
	return true
}

func (s *shop) Find(ctx context.Context, q logbook.Query) (logbook.Page, error) {
	s.mu.Lock()
	hold := s.hold
	s.asked = append(s.asked, q)
	s.mu.Unlock()
	if hold != nil {
		<-hold // answers even though nobody waits any more
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	page := logbook.Page{Currency: 156, Sums: map[protocol.Currency]protocol.Sum{}}
	for _, r := range s.rows {
		if !matches(r, q) {
			continue
		}
		page.Count++
		if r.Ending == sale.Paid {
			page.Sum += protocol.Sum(r.Amount)
		} else if r.Ending == sale.Refunded {
			page.Sum -= protocol.Sum(r.Amount)
		}
		if q.Before != 0 && r.Sale >= q.Before {
			continue
		}
		if len(page.Rows) < q.Limit {
			page.Rows = append(page.Rows, r)
		} else {
			page.More = true
		}
	}
	page.Sums[156] = page.Sum
	return page, nil
}

func (s *shop) Problems(context.Context) (p logbook.Problems, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		switch r.State {
		case logbook.Unknown:
			p.Unknown++
		case logbook.Reversal:
			p.Reversals++
		}
	}
	return p, nil
}

func (s *shop) Sale(_ context.Context, number uint64) (logbook.Detail, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rows {
		if r.Sale != number {
			continue
		}
		d := logbook.Detail{Row: r, Entry: sale.Entry{Sale: number, Event: sale.EventAcknowledged, Amount: r.Amount, Currency: r.Currency,
			Items: []sale.Item{{Text: "Espresso 浓缩咖啡", Quantity: 2, Each: 2200, Tax: 700}, {Text: "Käsekuchen mit Sahne", Quantity: 1, Each: 2900, Tax: 700}},
			Tax:   []sale.TaxLine{{Rate: 700, Net: 6822, Tax: 478}}, Tip: r.Tip}}
		if r.Refund {
			d.Entry.Refund = &sale.RefundOf{Sale: r.Of, Approver: anna, Why: "Not what was ordered"}
		}
		at := r.At
		for i, e := range []struct {
			event sale.Event
			took  time.Duration
		}{{sale.EventKeyed, 0}, {sale.EventRequest, 61 * time.Millisecond}, {sale.EventPayment, 8400 * time.Millisecond}, {sale.EventFinger, 12 * time.Millisecond},
			{sale.EventSubmission, 4300 * time.Millisecond}, {sale.EventOutcome, 780 * time.Millisecond}, {sale.EventAcknowledged, 240 * time.Millisecond},
			{sale.EventPrinted, 1300 * time.Millisecond}, {sale.EventReprinted, 3 * time.Hour}} {
			at = at.Add(e.took)
			step := logbook.Step{Record: uint64(1000 + i), At: at, Event: e.event, Took: e.took}
			if e.event == sale.EventOutcome {
				step.Note, step.Reason = fmt.Sprint(r.Reference), r.Reason
			}
			d.Steps = append(d.Steps, step)
		}
		for _, back := range s.rows {
			if back.Refund && back.Of == number {
				d.Refunds, d.Whys = append(d.Refunds, back), append(d.Whys, "Faulty")
			}
		}
		return d, nil
	}
	return logbook.Detail{}, errors.New("no such sale")
}

func (s *shop) EventPage(_ context.Context, q logbook.Query) (logbook.Events, error) {
	all := []sale.Entry{
		{Event: sale.EventDrawer, At: now.Add(-time.Minute), Cashier: bo, Cash: &sale.CashOf{Reason: "Give change"}},
		{Event: sale.EventCashIn, At: now.Add(-time.Hour), Cashier: anna, Amount: 50000, Currency: 156, Cash: &sale.CashOf{Reason: "More change needed"}},
		{Event: "staff", At: now.Add(-2 * time.Hour), Staff: &staff.Event{Kind: staff.Refused, Member: bo}},
		{Event: sale.EventAlertRaised, At: now.Add(-3 * time.Hour), Alert: &sale.Alert{Number: 1283, Amount: 4800, Currency: 156}},
		{Event: "staff", At: now.Add(-9 * time.Hour), Staff: &staff.Event{Kind: staff.ShiftOpened, By: anna, Shift: 12}},
		{Event: sale.EventZ, At: now.AddDate(0, 0, -1), Cashier: anna, Report: &sale.ReportOf{Number: 11}},
		{Event: sale.EventReprinted, At: now.AddDate(0, 0, -1), Cashier: bo, Of: 1101},
	}
	found := logbook.Events{Count: len(all)}
	for i, e := range all {
		if record := uint64(900 - i); q.Before == 0 || record < q.Before {
			if len(found.Events) == q.Limit {
				found.More = true
				break
			}
			found.Events = append(found.Events, logbook.Event{Record: record, Entry: e})
		}
	}
	return found, nil
}

func (s *shop) report(kind report.Kind) report.Report {
	return report.Report{Kind: kind, Number: 12, Shop: "Corner Café", Terminal: "T-01", Shift: 12, From: now.Add(-9 * time.Hour), To: now, OpenedBy: anna, ClosedBy: anna, Currency: 156,
		Rails: []report.RailLine{{Rail: sale.RailScan, Count: 71, Sum: 512300, Refunds: 2, RefundSum: 7100}, {Rail: sale.RailTap, Count: 18, Sum: 60100}, {Rail: sale.RailCash, Count: 23, Sum: 80000, Refunds: 1, RefundSum: 1200}},
		Tips:  4200, Tax: []report.TaxLine{{Rate: 700, Net: 400000, Tax: 28000}, {Rate: 1900, Net: 150000, Tax: 28500}},
		Refusals: []report.RefusalLine{{Reason: sale.ReasonFunds, Count: 3}, {Reason: sale.ReasonFinger, Count: 1}, {Count: 4}},
		Cash:     report.Drawer{Drawer: staff.Drawer{Float: 20000}, Sales: 80000, Refunds: 1200, In: 50000, Out: 30000, Expected: 118800},
		Unknown:  []report.OpenLine{{Sale: 1283, Amount: 4800, Since: now}}, GrandTotal: 98765432100}
}

func (s *shop) note(format string, a ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = append(s.did, fmt.Sprintf(format, a...))
}

func (s *shop) done() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.did, "; ")
}

// scene stands for what a camera sees.
func scene() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 640, 360))
	for y := range 360 {
		for x := range 640 {
			m.SetRGBA(x, y, color.RGBA{uint8(60 + x/8), uint8(70 + y/6), 90, 255})
		}
	}
	return m
}

// chart draws what a day of a small shop comes to, again and again.
var chart = charts.Of(counted{}, money.CNY)

// counted stands for the log's index.
type counted struct{}

// busy is how much a shop takes in each hour from eight on, in hundreds.
var busy = [...]int64{8, 21, 34, 46, 88, 73, 40, 29, 37, 52, 66, 31}

func (counted) Takings(_ context.Context, from, to time.Time, by logbook.Unit) (list []logbook.Takings, err error) {
	share := func(n int64) map[sale.Rail]protocol.Sum {
		return map[sale.Rail]protocol.Sum{sale.RailScan: protocol.Sum(n * 5200), sale.RailTap: protocol.Sum(n * 3100), sale.RailCash: protocol.Sum(n * 1700)}
	}
	for at := from; at.Before(to); {
		next, n := at.AddDate(0, 0, 1), 400+int64(at.Day()*at.Day()*7%190)
		if by == logbook.ByHour {
			next, n = at.Add(time.Hour), 0
			if hour := at.Hour() - 8; hour >= 0 && hour < len(busy) {
				n = busy[hour]
			}
		}
		list = append(list, logbook.Takings{From: at, To: next, Rails: share(n)})
		at = next
	}
	return list, nil
}

func (counted) Refusals(context.Context, time.Time, time.Time) (map[sale.Reason]int, error) {
	return map[sale.Reason]int{sale.ReasonFunds: 41, sale.ReasonFinger: 23, sale.ReasonTimedOut: 12, sale.ReasonWallet: 4, sale.ReasonRevoked: 2}, nil
}
