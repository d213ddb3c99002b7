package screens

import (
	"bytes"
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

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/logbook"
	"countersign/app/terminal/office"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/assets"
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
	testing  chan struct{} // tests of devices wait for it, nil for none
	pin      string        // of every manager
	exported logbook.Query
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
	s.shift = staff.Shift{Number: 12, OpenedBy: anna, Opened: now.Add(-9 * time.Hour), Float: 20000}
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
		s.zs = append(s.zs, z)
	}
	s.devices = []office.Device{
		{ID: "settlement", Since: now.Add(-4 * time.Hour)},
		{ID: "camera", Since: now.Add(-9 * time.Hour), Test: office.SeeCamera},
		{ID: "sensor", Since: now.Add(-9 * time.Hour), Test: office.ReadFinger},
		{ID: "reader", Word: "device.reader.missing", Detail: "open reader \"ACS ACR122U 00 00\": no such device", Since: now.Add(-7 * time.Minute), Test: office.ReadCard},
		{ID: "printer", Since: now.AddDate(0, 0, -2), Test: office.PrintPage},
		{ID: "speaker", Since: now.Add(-9 * time.Hour), Test: office.PlaySound},
		{ID: "secure-unit", Since: now.Add(-9 * time.Hour)},
	}
	s.folders = []office.Folder{{Name: "KINGSTON", Path: "/media/KINGSTON", Removable: true}, {Name: "Exports", Path: "/var/lib/countersign/exports"}}
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
				d.Refunds = append(d.Refunds, back)
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
		Cash:     report.Drawer{Float: 20000, Sales: 80000, Refunds: 1200, In: 50000, Out: 30000, Expected: 118800},
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

func (s *shop) Reprint(_ context.Context, n uint64) error {
	s.note("reprint %d", n)
	return s.printer
}

func (s *shop) row(number uint64) (logbook.Row, protocol.Amount) {
	d, err := s.Sale(context.Background(), number)
	if err != nil {
		return logbook.Row{}, 0
	}
	return d.Row, leftOf(d)
}

func (s *shop) PlanRefund(_ context.Context, n uint64, amount protocol.Amount) (staff.Matter, error) {
	r, left := s.row(n)
	if amount == 0 {
		amount = left
	}
	switch {
	case r.Ending != sale.Paid:
		return staff.Matter{}, sale.ErrNotPaid
	case amount > left:
		return staff.Matter{}, sale.ErrTooMuch
	}
	return staff.Matter{Sale: n, Reference: r.Reference, Amount: amount, Currency: 156}, nil
}

func (s *shop) PlanVoid(ctx context.Context, n uint64) (staff.Matter, error) {
	return s.PlanRefund(ctx, n, 0)
}

func (s *shop) checkPIN(pin []byte) error {
	defer clear(pin)
	if !bytes.Equal(pin, []byte(s.pin)) {
		return staff.ErrRefused
	}
	return nil
}

func (s *shop) GiveBack(_ context.Context, ask office.Refund) (office.Refunded, error) {
	if err := s.checkPIN(ask.PIN); err != nil {
		return office.Refunded{}, err
	}
	s.note("refund %d of %d by %s: %s", ask.Matter.Amount, ask.Matter.Sale, ask.Manager, ask.Reason)
	r, _ := s.row(ask.Matter.Sale)
	s.mu.Lock()
	defer s.mu.Unlock()
	number := s.rows[0].Sale + 1
	back := logbook.Row{Sale: number, At: now, Ended: now, Amount: ask.Matter.Amount, Currency: 156, Rail: r.Rail, Refund: true, Of: r.Sale, Cashier: anna, Shift: 12}
	if s.unknown {
		back.State = logbook.Unknown
	} else {
		back.Ending = sale.Refunded
	}
	s.rows = append([]logbook.Row{back}, s.rows...)
	return office.Refunded{Number: number, Ending: back.Ending, Cash: r.Rail == sale.RailCash}, nil
}

func (s *shop) OpenShift(_ context.Context, float protocol.Amount) (staff.Shift, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shift.Open() {
		return staff.Shift{}, staff.ErrShift
	}
	s.shift = staff.Shift{Number: s.shift.Number + 1, OpenedBy: anna, Opened: now, Float: float}
	return s.shift, nil
}

func (s *shop) CloseShift(_ context.Context, counted protocol.Amount) (report.Report, error) {
	z := s.report(report.KindZ)
	z.Cash.Counted, z.Cash.Difference = protocol.Sum(counted), protocol.Sum(counted)-z.Cash.Expected
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.shift.Open() {
		return report.Report{}, staff.ErrShift
	}
	s.shift.Closed, s.shift.ClosedBy, s.shift.Counted, s.shift.Difference = now, anna, counted, protocol.Amount(z.Cash.Difference)
	s.zs = append([]report.Report{z}, s.zs...)
	return z, nil
}

func (s *shop) Report(context.Context) (report.Report, error) { return s.report(report.KindX), nil }

func (s *shop) Zs(_ context.Context, before uint64, limit int) (list []report.Report, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, z := range s.zs {
		if (before == 0 || z.Number < before) && len(list) < limit {
			list = append(list, z)
		}
	}
	return list, nil
}

func (s *shop) PrintReport(_ context.Context, r report.Report) error {
	s.note("print %s %d", r.Kind, r.Number)
	return s.printer
}

func (s *shop) SaveReport(_ context.Context, r report.Report, folder string) (string, error) {
	s.note("save %s %d", r.Kind, r.Number)
	return fmt.Sprintf("%s/z-%06d.pdf", folder, r.Number), nil
}

func (s *shop) MoveCash(_ context.Context, in bool, amount protocol.Amount, reason string) error {
	s.note("cash in %v %d: %s", in, amount, reason)
	return nil
}

func (s *shop) OpenDrawer(_ context.Context, reason string) error {
	s.note("drawer: %s", reason)
	return nil
}

func (s *shop) Export(ctx context.Context, q logbook.Query, format logbook.Format, folder string) (office.Exported, error) {
	page, _ := s.Find(ctx, q)
	s.mu.Lock()
	s.exported = q
	s.mu.Unlock()
	return office.Exported{File: folder + "/sales-2026-11-22." + string(format), Rows: page.Count}, nil
}

func (s *shop) TestCamera(ctx context.Context, frame func(*image.RGBA, []image.Point)) error {
	frame(scene(), []image.Point{{220, 80}, {420, 80}, {420, 280}, {220, 280}})
	<-ctx.Done()
	return nil
}

func (s *shop) wait(ctx context.Context) error {
	s.mu.Lock()
	testing := s.testing
	s.mu.Unlock()
	if testing == nil {
		return nil
	}
	select {
	case <-testing:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *shop) TestFinger(ctx context.Context, progress func(office.Finger)) error {
	progress(office.Finger{Touching: true, Fraction: 0.4})
	if err := s.wait(ctx); err != nil {
		return err
	}
	progress(office.Finger{Fraction: 1, Quality: s.quality})
	return nil
}

func (s *shop) TestPrinter(ctx context.Context) error { return errors.Join(s.wait(ctx), s.printer) }
func (s *shop) TestReader(ctx context.Context) error {
	return errors.Join(s.wait(ctx), office.ErrNotThere)
}
func (s *shop) TestSound(ctx context.Context) error { return s.wait(ctx) }

func (s *shop) AddMember(_ context.Context, id protocol.ID, role staff.Role, pin []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.members {
		if m.ID == id {
			return staff.ErrExists
		}
	}
	s.members = append(s.members, office.Colleague{Member: staff.Member{ID: id, Role: role, Since: now}})
	s.did = append(s.did, fmt.Sprintf("add %s %s %s", id, role, pin))
	return nil
}

func (s *shop) RemoveMember(_ context.Context, id protocol.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = slices.DeleteFunc(s.members, func(m office.Colleague) bool { return m.ID == id })
	return nil
}

func (s *shop) SetPIN(_ context.Context, id protocol.ID, pin []byte) error {
	s.note("pin of %s is %s", id, pin)
	return nil
}

func (s *shop) ChangePIN(_ context.Context, old, pin []byte) error {
	if err := s.checkPIN(old); err != nil {
		return err
	}
	s.note("own pin is %s", pin)
	return nil
}

func (s *shop) Unlock(_ context.Context, id protocol.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.members {
		if s.members[i].ID == id {
			s.members[i].Locked = time.Time{}
		}
	}
	return nil
}

func (s *shop) Prefer(_ context.Context, p office.Preferences) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prefs = p
	return nil
}

func locked[T any](s *shop, value func() T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return value()
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

// chart stands for the package that draws them: columns of the asked size.
func chart(_ context.Context, ask office.ChartAsk) (image.Image, error) {
	m := image.NewRGBA(image.Rectangle{Max: ask.Size})
	for x := range ask.Size.X {
		high := (x / 60 * 37) % 200
		for y := range ask.Size.Y {
			c := color.RGBA{0x1d, 0x29, 0x35, 255}
			if x%60 < 40 && ask.Size.Y-y < high*2 {
				c = color.RGBA{0x12, 0xb8, 0x86, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m, nil
}

// counter is an office in a window, and everything behind it.
type counter struct {
	t *testing.T
	*Office
	shop *shop
	loop *loop
	left int
}

func book(t testing.TB, language string) assets.Phrasebook {
	t.Helper()
	b, err := assets.Phrases(language)
	if err != nil {
		t.Fatal(err)
	}
	return b.Strict()
}

func newCounter(t *testing.T, language string, look widgets.Appearance, who staff.Role, many int) *counter {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widgets.NewTheme(look))
	window := test.NewTempWindow(t, nil)
	window.SetPadded(false)
	c := &counter{t: t, shop: newShop(many), loop: newLoop()}
	s := c.shop
	c.Office = New(widgets.NewStage(window, c.loop.do), Setup{Shop: "Corner Café", Currency: money.CNY, Books: s, Now: func() time.Time { return now }, Location: time.UTC,
		Members: func() []office.Colleague {
			return locked(s, func() []office.Colleague { return slices.Clone(s.members) })
		},
		Shift:       func() staff.Shift { return locked(s, func() staff.Shift { return s.shift }) },
		Devices:     func() []office.Device { return s.devices },
		Preferences: func() office.Preferences { return locked(s, func() office.Preferences { return s.prefs }) },
		Folders:     func() []office.Folder { return s.folders }, Chart: chart}, s)
	window.Resize(fyne.NewSize(1280, 800))
	window.Canvas().SetOnTypedKey(c.TypedKey)
	window.Canvas().SetOnTypedRune(c.TypedRune)
	t.Cleanup(func() {
		c.Close()
		c.Wait()
	})
	id := map[staff.Role]protocol.ID{staff.Manager: anna, staff.Cashier: "chen", staff.Installer: "technik-dresden1"}[who]
	c.Open(book(t, language), staff.Member{ID: id, Role: who, Since: now}, func() { c.left++ })
	c.settle()
	return c
}

// settle waits until every question has its answer.
func (c *counter) settle() {
	c.t.Helper()
	c.loop.until(c.t, "answers on "+c.stage.Screen(), func() bool {
		busy, is := c.top().(interface{ busy() bool })
		return len(c.asks) == 0 && (!is || !busy.busy())
	})
}

// press presses controls by their names, as a finger does, and waits for what follows.
func (c *counter) press(ids ...string) {
	c.t.Helper()
	for _, id := range ids {
		c.touch(id)
		c.settle()
	}
}

// touch presses one and waits for nothing.
func (c *counter) touch(id string) {
	c.t.Helper()
	for _, control := range c.controls {
		if control.ID != id {
			continue
		}
		if d, can := control.Object.(fyne.Disableable); can && d.Disabled() {
			c.t.Fatalf("%s on %s cannot be pressed now", id, c.stage.Screen())
		}
		if _, shown := c.stage.Targets()[id]; !shown {
			c.t.Fatalf("%s on %s cannot be seen", id, c.stage.Screen())
		}
		test.Tap(control.Object.(fyne.Tappable))
		return
	}
	var have []string
	for _, control := range c.controls {
		have = append(have, control.ID)
	}
	c.t.Fatalf("%s has no %s but %v", c.stage.Screen(), id, have)
}

// types types on the keyboard: a name of a key in brackets, or characters.
func (c *counter) types(keys ...string) {
	c.t.Helper()
	for _, k := range keys {
		if name, ok := strings.CutPrefix(k, "<"); ok {
			event := &fyne.KeyEvent{Name: fyne.KeyName(strings.TrimSuffix(name, ">"))}
			if f := c.stage.Window().Canvas().Focused(); f != nil {
				f.TypedKey(event)
			} else {
				c.TypedKey(event)
			}
		} else {
			for _, r := range k {
				c.TypedRune(r)
			}
		}
		c.settle()
	}
}
