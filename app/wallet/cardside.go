package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"countersign/app/wallet/client/tapping"
	"countersign/app/wallet/screens"
	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
)

// cardSide is the virtual card behind the window, and the radio if the phone has one.
type cardSide struct {
	front *radio
	card  atomic.Pointer[tapping.Card] // nil until the window is open
}

// begin starts the card behind the window. The returned function ends it and waits.
func (c *cardSide) begin(ctx context.Context, h *screens.Handset, trusted *commands.Client, log *slog.Logger) (stop func()) {
	ports := tapping.Ports{
		Trusted: trusted, Log: log, Now: time.Now,
		Show: func(v tapping.View) {
			if c.front != nil {
				c.front.hold(v.Card.Handle)
			}
			h.ShowCard(v)
		},
	}
	if c.front != nil {
		ports.Radio = c.front
	}
	card := tapping.Open(ctx, ports)
	c.card.Store(card)
	return card.Close
}

// happened takes what happened to the card.
func (c *cardSide) happened(e purse.Event) {
	if card := c.card.Load(); card != nil {
		card.Event(e)
	}
}

// The screen's intents; it is shown only while there is a card.

func (c *cardSide) ApplyCard(account int) error { return c.card.Load().Apply(account) }
func (c *cardSide) LoadCard(amount protocol.Amount, waiting bool) error {
	return c.card.Load().Load(amount, waiting)
}
func (c *cardSide) TransferCard(to protocol.CardNumber, amount protocol.Amount) error {
	return c.card.Load().Transfer(to, amount)
}
func (c *cardSide) RefreshCard() error { return c.card.Load().Refresh() }
func (c *cardSide) ShowNumber() error  { return c.card.Load().ShowNumber() }
func (c *cardSide) TrustClock() error  { return c.card.Load().TrustClock() }
func (c *cardSide) Tap() error         { return c.card.Load().Tap() }
func (c *cardSide) Lift() error        { return c.card.Load().Lift() }
func (c *cardSide) DismissCard() error { return c.card.Load().Dismiss() }

// cardEvent reads what the trusted application tells of the card.
func (p *phone) cardEvent(data []byte) {
	e, err := commands.ParseCardEvent(data)
	if err == nil && p.tapped != nil {
		p.tapped(e)
	}
}
