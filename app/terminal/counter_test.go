//go:build linux

package main

import (
	"context"
	"image"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/sale"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol"
)

// patience is how long anything may take before a test gives it up.
const patience = 30 * time.Second

// counter is the till of a shop, behind the adapters that the program uses, and
// who works at it.
type counter struct {
	*shop
	tb   testing.TB
	till *sale.Till
	news *news
	hand *hand
	skew atomic.Int64 // ns that the terminal's clock is ahead
}

// openCounter opens the till as the program does. change replaces ports and times.
func (s *shop) openCounter(tb testing.TB, change func(*counter, *sale.Settings, *sale.Ports)) *counter {
	tb.Helper()
	c := &counter{shop: s, tb: tb, news: &news{changed: make(chan struct{})}, hand: &hand{FingerReader: glass{s.glass}, sensor: s.sensor}}
	settings := sale.Defaults()
	settings.Settlement, settings.Merchant, settings.Currency = s.papers.Current().Settlement.Unverified().Subject, []byte(s.merchant), protocol.Currency(s.currency)
	settings.RetryFirst, settings.RetryMost = 20*time.Millisecond, 200*time.Millisecond
	ports := sale.Ports{
		Unit: token{s.unit}, Identity: papers{s.papers}, Codes: lens{s.lens}, Fingers: c.hand,
		Settler: adapter.Settler{Client: s.client, Signer: token{s.unit}.Signer}, Journal: told{s.journal, c.news}, Duty: s.terminal.desk.Duty, Log: s.terminal.log, Show: c.news.show,
		Now: func() time.Time { return time.Now().Add(time.Duration(c.skew.Load())) },
	}
	if change != nil {
		change(c, &settings, &ports)
	}
	var err error
	if c.till, err = sale.Open(tb.Context(), settings, ports); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.till.Close)
	return c
}

// news tells what the till shows and that the journal has grown.
type news struct {
	mu      sync.Mutex
	view    sale.View
	changed chan struct{}
}

func (n *news) show(v sale.View) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.view = v
	n.wakeLocked()
}

func (n *news) wake() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wakeLocked()
}

func (n *news) wakeLocked() {
	close(n.changed)
	n.changed = make(chan struct{})
}

func (n *news) now() (sale.View, <-chan struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.view, n.changed
}

// told is the journal, and says when it has grown.
type told struct {
	sale.Journal
	news *news
}

func (t told) Append(ctx context.Context, e sale.Entry) error {
	err := t.Journal.Append(ctx, e)
	t.news.wake()
	return err
}

// until waits for something to be so.
func (c *counter) until(what string, so func(sale.View) bool) sale.View {
	c.tb.Helper()
	giveUp := time.NewTimer(patience)
	defer giveUp.Stop()
	for {
		view, changed := c.news.now()
		if so(view) {
			return view
		}
		select {
		case <-changed:
		case <-giveUp.C:
			view.Request, view.Receipt = "", ""
			c.tb.Fatalf("waited for %s; have %+v\n%s\nsettlement:\n%s", what, view, c.said.Tail(), c.ledger.Log.Tail())
		}
	}
}

// begin keys the sum and returns the request on the screen.
func (c *counter) begin() *protocol.Signed[protocol.Request] {
	c.tb.Helper()
	return c.key(sum)
}

// key is begin for any amount.
func (c *counter) key(amount protocol.Amount) *protocol.Signed[protocol.Request] {
	c.tb.Helper()
	if err := c.till.Begin(amount); err != nil {
		c.tb.Fatal(err)
	}
	return c.request()
}

func (c *counter) request() *protocol.Signed[protocol.Request] {
	c.tb.Helper()
	v := c.until("the request", func(v sale.View) bool { return v.Stage == sale.Presenting || v.Stage == sale.Ended })
	if v.Stage == sale.Ended {
		c.tb.Fatalf("ended %s %q before there was a request\n%s", v.Ending, v.Reason, c.said.Tail())
	}
	request, err := protocol.ParseRequestText(v.Request)
	if err != nil {
		c.tb.Fatal(err)
	}
	return request
}

// hold holds the payment of a wallet to the camera.
func (c *counter) hold(w *wallet, request *protocol.Signed[protocol.Request], change func(*draft)) {
	c.tb.Helper()
	c.phone.show(c.pay(w, request, change))
}

// touch puts a finger on the glass when attempt n is asked for.
func (c *counter) touch(n int, finger image.Image) {
	c.tb.Helper()
	c.until("the prompt for the finger", func(v sale.View) bool {
		return v.Stage == sale.Finger && v.Attempt == n || v.Stage == sale.Ended
	})
	c.hand.lay(finger)
}

// hand is the customer's: it is lifted when the terminal waits for that, and then laid
// down as touch has it, or once more as before.
type hand struct {
	sale.FingerReader
	sensor *virtualsensor.Sensor

	mu     sync.Mutex
	finger image.Image // nil for none
	lifted bool        // it is off the glass until the terminal has seen that
}

func (h *hand) lay(finger image.Image) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.finger = finger; !h.lifted {
		h.sensor.Place(finger)
	}
}

// lift takes the finger off until it is laid down again.
func (h *hand) lift(off bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch h.lifted = off; {
	case off:
		h.sensor.Lift()
	case h.finger != nil:
		h.sensor.Place(h.finger)
	}
}

func (h *hand) away() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.finger = nil
	h.sensor.Lift()
}

// Lifted lifts the finger, waits until that was seen, and lays it down again.
func (h *hand) Lifted(ctx context.Context) error {
	h.lift(true)
	defer h.lift(false)
	return h.FingerReader.Lifted(ctx)
}

// noticed waits for the cashier to be told.
func (c *counter) noticed(r sale.Reason) {
	c.tb.Helper()
	c.until("notice "+string(r), func(v sale.View) bool { return v.Notice == r })
}

// ended waits for the end of the sale, clears the counter, and waits until nobody
// owes anybody an answer.
func (c *counter) ended(ending sale.Ending, reason sale.Reason) sale.View {
	c.tb.Helper()
	v := c.until("the end", func(v sale.View) bool { return v.Stage == sale.Ended })
	if v.Ending != ending || v.Reason != reason {
		c.tb.Fatalf("ended %s %q, want %s %q\n%s\nsettlement:\n%s", v.Ending, v.Reason, ending, reason, c.said.Tail(), c.ledger.Log.Tail())
	}
	c.phone.leave()
	c.hand.away()
	if err := c.till.Dismiss(); err != nil {
		c.tb.Fatal(err)
	}
	return v
}

// quiet waits until the journal has no sale open.
func (c *counter) quiet() {
	c.tb.Helper()
	c.until("every sale to be over", func(sale.View) bool {
		open, err := c.journal.Open(c.tb.Context())
		if err != nil {
			c.tb.Fatal(err)
		}
		return len(open) == 0
	})
}

// sell is a whole sale that ends well.
func (c *counter) sell(w *wallet) sale.View {
	c.tb.Helper()
	c.hold(w, c.begin(), nil)
	c.touch(1, w.print(c.tb))
	v := c.ended(sale.Paid, sale.ReasonNone)
	c.quiet()
	return v
}
