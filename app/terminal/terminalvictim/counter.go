package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"countersign/app/program/victim"
	"countersign/app/program/virtualrealm"
	"countersign/app/terminal/adapter"
	"countersign/app/terminal/anchor"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
	"countersign/settlementclient"
)

// counter is a till with its cashier and its customer.
type counter struct {
	street   *street
	name     protocol.ID
	random   *rand.Rand // of the cashier
	till     *sale.Till
	journal  *journal.Journal
	client   *settlementclient.Client
	customer *customer
	desk     *staff.Desk
	keeper   *anchor.Keeper
	device   virtualrealm.Device
	paid     []uint64 // numbers, since the start; the cashier's
	sold     atomic.Uint64

	mu      sync.Mutex
	view    sale.View
	changed chan struct{}
}

// scaled shortens one of the design's times.
func (s *street) scaled(d time.Duration) time.Duration { return d / time.Duration(s.scale) }

func openCounter(ctx context.Context, s *street, n int, shop virtualrealm.Shop) (c *counter, err error) {
	device, err := shop.Terminal.Device()
	if err != nil {
		return nil, err
	}
	c = &counter{street: s, device: device, name: device.Subject, changed: make(chan struct{}),
		random: rand.New(rand.NewPCG(s.seed, uint64(time.Now().UnixNano())^uint64(n)))}
	if c.customer, err = newCustomer(c, shop); err != nil {
		return nil, err
	}
	dir := filepath.Join(s.data, string(c.name))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	c.journal, err = journal.Open(ctx, filepath.Join(dir, "journal.db"), journal.Options{
		Verify: anchor.Verifier(device.Claims.Holder.Key), Reserve: 256 << 10, FailPoint: s.points.Hit})
	if err != nil {
		return nil, err
	}
	c.client, err = settlementclient.New(settlementclient.Options{
		URL: s.settlement, TLS: device.ClientTLS(protocol.RoleSettlement), Trust: func() protocol.Trust { return device.Trust },
		Certificate: func() *protocol.Signed[protocol.Certificate] { return device.Certificate },
		// A handshake takes the processor as long as ever.
		Connect: max(s.scaled(3*time.Second), 500*time.Millisecond), Answer: s.scaled(10 * time.Second), FailPoint: s.points.Hit,
	})
	if err != nil {
		return nil, errors.Join(err, c.journal.Close())
	}
	c.keeper = &anchor.Keeper{
		Settings: anchor.Defaults(), Journal: c.journal, Signer: unit{device}.Signer, Lodge: adapter.Lodge(c.client),
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	if err := c.openDesk(ctx); err != nil {
		return nil, errors.Join(err, c.journal.Close())
	}
	settings := sale.Defaults()
	if s.tapping != nil {
		settings.Tap.ClearFirst, settings.Tap.ClearMost = 20*time.Millisecond, 200*time.Millisecond
	}
	settings.StaffOnly = true
	settings.Settlement, settings.Merchant, settings.Currency = device.Settlement.Unverified().Subject, []byte(shop.Reference), virtualrealm.Currency
	settings.Life = max(s.scaled(settings.Life), time.Second)
	settings.FingerWait, settings.AskFor = s.scaled(settings.FingerWait), s.scaled(settings.AskFor)
	settings.BusyFor = s.scaled(settings.BusyFor)
	// Repeats are shortened less: many terminals share this machine's processor.
	settings.RetryFirst, settings.RetryMost = 2*s.scaled(settings.RetryFirst), 3*s.scaled(settings.RetryMost)
	ports := sale.Ports{
		Unit: unit{device}, Identity: identity{device}, Codes: c.customer, Fingers: c.customer,
		Settler: measured{adapter.Settler{Client: c.client, Signer: unit{device}.Signer}, &s.measure}, Journal: c.journal, Log: slog.New(slog.DiscardHandler), Now: time.Now, Show: c.show, Duty: c.desk.Duty,
	}
	if s.tapping != nil {
		s.tapping.fit(c, &ports)
	}
	if err := without(s.broken, &ports); err != nil {
		return nil, errors.Join(err, c.journal.Close())
	}
	c.till, err = sale.Open(ctx, settings, ports)
	if err != nil {
		return nil, errors.Join(err, c.journal.Close())
	}
	return c, nil
}

func (c *counter) close() error {
	c.till.Close()
	c.client.Close()
	return c.journal.Close()
}

func (c *counter) show(v sale.View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.view = v
	close(c.changed)
	c.changed = make(chan struct{})
}

func (c *counter) now() (sale.View, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view, c.changed
}

// until waits for something to be shown.
func (c *counter) until(ctx context.Context, so func(sale.View) bool) (sale.View, error) {
	for {
		v, changed := c.now()
		if so(v) {
			return v, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return v, ctx.Err()
		}
	}
}

// mostOpen is how many sales a cashier leaves open behind the next one. With the
// times shortened, many more would keep this machine's processor busy with nothing
// but asking.
const mostOpen = 3

// sell takes one sale after the other. When it is told to stop it ends the one in
// hand first.
func (c *counter) sell(ctx context.Context) {
	life := context.WithoutCancel(ctx)
	if !victim.Pause(ctx, time.Duration(c.random.Int64N(int64(c.street.every)+1))) {
		return // tills do not begin all at once
	}
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		next.Reset(c.street.every/2 + time.Duration(c.random.Int64N(int64(c.street.every)+1)))
		if open, err := c.journal.Open(life); err != nil || len(open) > mostOpen {
			continue // first see what became of those
		}
		if err := c.till.Begin(protocol.Amount(1 + c.random.IntN(20_000))); err != nil {
			continue // the journal is full, or the till is closing
		}
		c.sold.Add(1)
		if c.random.IntN(50) == 0 {
			_ = c.till.Cancel() // the cashier has mistyped; it may be too late already
		}
		v, _ := c.until(life, func(v sale.View) bool { return v.Stage == sale.Ended || v.Stage == sale.Unknown })
		_ = c.till.Dismiss()
		if v.Ending == sale.Paid {
			c.paid = append(c.paid, v.Number)
			c.paid = c.paid[max(0, len(c.paid)-20):]
		}
		if c.street.refunds > 0 && len(c.paid) > 0 && c.random.IntN(c.street.refunds) == 0 {
			c.giveBack(life)
		}
		if c.street.refunds > 0 && c.random.IntN(c.street.refunds) == 0 {
			c.handleCash(life)
		}
		if c.street.refunds > 0 && c.random.IntN(2*c.street.refunds) == 0 {
			c.changeShift(life)
			c.closeDay(life)
		}
		c.street.talk.Say(victim.Word{Say: "sold"})
	}
}

// account is what the journal says.
func (c *counter) account(ctx context.Context) (victim.Account, error) {
	a := victim.Account{Terminal: string(c.name)}
	var err error
	if a.Records, _, err = c.journal.Verify(ctx); err != nil {
		a.Broken = err.Error()
	}
	if err := c.keeper.Anchor(ctx); errors.Is(err, anchor.ErrContradicted) {
		a.Broken = err.Error()
	}
	for _, f := range c.journal.Findings() {
		a.Findings = append(a.Findings, fmt.Sprint(f))
	}
	at, refunds := map[uint64]int{}, map[uint64]sale.Entry{}
	err = c.journal.All(func(_ uint64, e sale.Entry) error {
		if e.Cash != nil {
			return nil // settlement has nothing to hold it against
		}
		if e.Refund != nil {
			refunds[e.Sale] = e
		}
		if e.Sale == 0 || e.Refund != nil {
			return nil
		}
		n, known := at[e.Sale]
		if !known {
			n = len(a.Sales)
			at[e.Sale] = n
			a.Sales = append(a.Sales, victim.Sold{Number: e.Sale})
		}
		r := &a.Sales[n]
		r.Last, r.Amount, r.Over = string(e.Event), int64(e.Amount), e.Over()
		r.Request, r.Scramble = e.Request.String(), hex.EncodeToString(e.Scramble[:])
		r.Told = r.Told || e.Payment != protocol.Hash{}
		if e.Ending != "" {
			r.Ending, r.Reason, r.Reference = string(e.Ending), string(e.Reason), e.Reference
		}
		return nil
	})
	for _, e := range refunds {
		switch n, known := at[e.Refund.Sale]; {
		case !e.Over():
			a.OpenRefunds++
		case e.Ending == sale.Refunded && known:
			a.Sales[n].Refunds++
			a.Sales[n].Refunded += int64(e.Amount)
		case e.Ending == sale.Refunded:
			a.Broken = fmt.Sprintf("refund %d of a sale that is not there", e.Sale)
		}
	}
	return a, err
}
