package commands

import (
	"context"

	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// CardEvent is the event for what the ordinary screen may show of the card.
func CardEvent(e purse.Event) ([]byte, error) { return encode(e) }

// ParseCardEvent reads what CardEvent has made.
func ParseCardEvent(data []byte) (purse.Event, error) { return decode[purse.Event](data, MaxRequest) }

// CardStatus returns how the card stands.
func (c *Client) CardStatus(ctx context.Context) (CardView, error) {
	return ask[CardView](ctx, c, CardStatus, tapCommand{})
}

// ApplyCard applies for a virtual card whose loads come from an account, by its
// index (step S1).
func (c *Client) ApplyCard(ctx context.Context, account int) error {
	call := c.newCall()
	_, err := askLong[nothing](ctx, c, call, CardApply, applyCard{call, account})
	return err
}

// LoadCard tops the card up; waiting takes what waits for it at settlement.
func (c *Client) LoadCard(ctx context.Context, amount protocol.Amount, waiting bool) error {
	call := c.newCall()
	_, err := askLong[nothing](ctx, c, call, CardLoad, loadCard{call, amount, waiting})
	return err
}

// TransferCard gives money to another card, once the owner has agreed with the PIN.
func (c *Client) TransferCard(ctx context.Context, to protocol.CardNumber, amount protocol.Amount) error {
	call := c.newCall()
	_, err := askLong[nothing](ctx, c, call, CardTransfer, transferCard{call, to, amount})
	return err
}

// RefreshCard has settlement asked how the card stands.
func (c *Client) RefreshCard(ctx context.Context) error { return c.simple(ctx, CardRefresh) }

// ArmCard has the card answer taps; the owner is asked for the PIN unless the wallet
// is unlocked.
func (c *Client) ArmCard(ctx context.Context) error { return c.simple(ctx, CardArm) }

// ShowCardNumber has the trusted screen show the owner the card's number; the owner is
// asked for the PIN first unless the wallet is unlocked. It returns once the owner has
// put it away, and never learns it.
func (c *Client) ShowCardNumber(ctx context.Context) error { return c.simple(ctx, CardNumber) }

// TrustClock has the owner say with the PIN that the clock is right although it was
// ahead once.
func (c *Client) TrustClock(ctx context.Context) error { return c.simple(ctx, CardTrustClock) }

// DisarmCard has the card answer nothing any more.
func (c *Client) DisarmCard(ctx context.Context) error {
	_, err := ask[nothing](ctx, c, CardDisarm, tapCommand{})
	return err
}

// Taps is the card as the client's card application reaches it.
type Taps struct{ client *Client }

// Taps returns the card as the client's card application reaches it.
func (c *Client) Taps() Taps { return Taps{c} }

// Select begins a tap (step S3).
func (t Taps) Select(ctx context.Context) (protocol.Code, iso7816.Status, error) {
	a, err := ask[tapAnswer](ctx, t.client, TapSelect, tapCommand{})
	return a.Nonce, a.Status, err
}

// Get hands over the terminal's GET and the card number that the client holds (step S5).
func (t Taps) Get(ctx context.Context, card, command []byte) ([]byte, iso7816.Status, error) {
	return t.hand(ctx, TapGet, tapCommand{card, command})
}

// Pay hands over PAY (step S9).
func (t Taps) Pay(ctx context.Context, command []byte) ([]byte, iso7816.Status, error) {
	return t.hand(ctx, TapPay, tapCommand{Command: command})
}

// Recover hands over RECOVER.
func (t Taps) Recover(ctx context.Context, command []byte) ([]byte, iso7816.Status, error) {
	return t.hand(ctx, TapRecover, tapCommand{Command: command})
}

func (t Taps) hand(ctx context.Context, command uint32, r tapCommand) ([]byte, iso7816.Status, error) {
	a, err := ask[tapAnswer](ctx, t.client, command, r)
	return a.Answer, a.Status, err
}

// Forget ends the tap.
func (t Taps) Forget(ctx context.Context) error {
	_, err := ask[nothing](ctx, t.client, TapForget, tapCommand{})
	return err
}
