package commands

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// cards is a card over a purse in memory.
type cards struct {
	purse   *purse.Purse
	err     error
	asked   string
	refused []string
}

func (c *cards) Purse(context.Context) (*purse.Purse, error) { return c.purse, c.err }
func (c *cards) ApplyCard(_ context.Context, account int) error {
	c.asked = fmt.Sprint("apply ", account)
	return c.err
}
func (c *cards) LoadCard(_ context.Context, amount protocol.Amount, waiting bool) error {
	c.asked = fmt.Sprint("load ", amount, waiting)
	return c.err
}
func (c *cards) TransferCard(_ context.Context, to protocol.CardNumber, amount protocol.Amount) error {
	c.asked = fmt.Sprint("transfer ", to, " ", amount)
	return c.err
}
func (c *cards) RefreshCard(context.Context) error    { c.asked = "refresh"; return c.err }
func (c *cards) ShowCardNumber(context.Context) error { c.asked = "number"; return c.err }
func (c *cards) TrustClock(context.Context) error     { c.asked = "clock"; return c.err }
func (c *cards) ArmCard(ctx context.Context) error {
	c.asked = "arm"
	if c.err != nil {
		return c.err
	}
	return c.purse.Arm(ctx)
}
func (c *cards) TapRefused(_ context.Context, command string, status iso7816.Status, _ error) {
	c.refused = append(c.refused, fmt.Sprintf("%s %04X", command, uint16(status)))
}

// What the owner asks of the card reaches the trusted side, and its errors the owner.
func TestCardCommands(t *testing.T) {
	world := pursetest.New(t)
	opened, kept, err := world.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { opened.Close(); kept.Close() }()
	side := &cards{purse: opened}
	client, _ := joined(&desk{Cards: side})
	ctx := t.Context()
	for _, c := range []struct {
		do   func() error
		want string
	}{
		{func() error { return client.ApplyCard(ctx, 2) }, "apply 2"},
		{func() error { return client.LoadCard(ctx, 500, true) }, "load 500 true"},
		{func() error { return client.TransferCard(ctx, "9156000000000013", 7) }, "transfer 9156000000000013 7"},
		{func() error { return client.RefreshCard(ctx) }, "refresh"},
		{func() error { return client.ShowCardNumber(ctx) }, "number"},
		{func() error { return client.TrustClock(ctx) }, "clock"},
	} {
		side.err = nil
		if err := c.do(); err != nil || side.asked != c.want {
			t.Errorf("%q, want %q: %v", side.asked, c.want, err)
		}
		side.err = fmt.Errorf("%w: %w", ErrCardRefused, purse.ErrFunds)
		if err := c.do(); !errors.Is(err, ErrCardRefused) || !errors.Is(err, purse.ErrFunds) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
	side.err = nil
	if err := client.ArmCard(ctx); !errors.Is(err, purse.ErrNoCard) {
		t.Errorf("armed without a card: %v", err)
	}
	if v, err := client.CardStatus(ctx); err != nil || v.Card || len(v.Handle) > 0 || len(v.History) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
	if err := client.DisarmCard(ctx); err != nil {
		t.Error(err)
	}
	side.err = trusted.ErrNoPIN
	if _, err := client.CardStatus(ctx); !errors.Is(err, trusted.ErrNoPIN) {
		t.Errorf("a purse that cannot be opened: %v", err)
	}
}

// What a terminal says reaches the purse, and a refusal is a status word and a line for
// the log, with nothing beside it.
func TestTapsRefused(t *testing.T) {
	world := pursetest.New(t)
	opened, kept, err := world.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { opened.Close(); kept.Close() }()
	side := &cards{purse: opened}
	client, _ := joined(&desk{Cards: side})
	taps, ctx := client.Taps(), t.Context()
	if nonce, sw, err := taps.Select(ctx); err != nil || sw != iso7816.NotFound || nonce != (protocol.Code{}) {
		t.Errorf("SELECT: %v, %04X, %v", nonce, uint16(sw), err)
	}
	for name, hand := range map[string]func() ([]byte, iso7816.Status, error){
		"GET":     func() ([]byte, iso7816.Status, error) { return taps.Get(ctx, []byte("card"), []byte("command")) },
		"PAY":     func() ([]byte, iso7816.Status, error) { return taps.Pay(ctx, []byte("command")) },
		"RECOVER": func() ([]byte, iso7816.Status, error) { return taps.Recover(ctx, []byte("command")) },
	} {
		if answer, sw, err := hand(); err != nil || sw != iso7816.ConditionsNotSatisfied || len(answer) > 0 {
			t.Errorf("%s: %d bytes, %04X, %v", name, len(answer), uint16(sw), err)
		}
	}
	if err := taps.Forget(ctx); err != nil {
		t.Error(err)
	}
	if len(side.refused) != 4 || side.refused[0] != "SELECT 6A82" {
		t.Errorf("logged %q", side.refused)
	}
}

func TestCardEvents(t *testing.T) {
	e := purse.Event{Kind: purse.ShowPaid, Amount: 7800, Currency: 156, Other: "Corner Café", Balance: 32200}
	data, err := CardEvent(e)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseCardEvent(data); err != nil || got != e {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ParseCardEvent([]byte(`{"Kind":"paid"}`)); !errors.Is(err, ErrMessage) {
		t.Errorf("%v", err)
	}
}
