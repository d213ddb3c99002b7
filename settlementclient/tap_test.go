package settlementclient_test

import (
	"errors"
	"testing"

	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// applied returns a card with a purse, as the counter's settlement issues it.
func (c *counter) applied(name string) *virtualsettlement.Purse {
	c.t.Helper()
	p := virtualsettlement.NewPurse(c.t, c.sale, c.sale.Wallet, name)
	answer, err := c.client.ApplyCard(c.t.Context(), p.Application(c.sale.Account, protocol.Code{1}))
	if err != nil {
		c.t.Fatal(err)
	}
	p.Card = answer.Signed
	return p
}

// tap returns a sealed clearing and its PAY.
func (c *counter) tap(p *virtualsettlement.Purse, code byte, amount protocol.Amount) (protocol.Envelope, *protocol.Signed[protocol.TapPay]) {
	c.t.Helper()
	pay := virtualsettlement.Pay(c.t, c.sale, c.sale.Terminal, protocol.Code{code}, amount)
	clearing := virtualsettlement.Clearing(c.t, c.sale.Terminal, p.Card, pay, p.Deduct(pay, c.sale.Terminal.Subject), []byte("M-0001"), false)
	e, err := protocol.SealTapClearing(c.sale.Settlement.Point(c.t), c.sale.Terminal.Subject, clearing)
	if err != nil {
		c.t.Fatal(err)
	}
	return e, pay
}

// A card is applied for, loaded, and pays; the tap is cleared, refunded and in
// the day's totals.
func TestTaps(t *testing.T) {
	c := newCounter(t)
	p, other := c.applied("a"), c.applied("b")
	load, err := c.client.Load(t.Context(), p.LoadRequest(10_000, false))
	if err != nil || load.Load.Total != 10_000 {
		t.Fatalf("load: %+v, %v", load.Load, err)
	}
	e, pay := c.tap(p, 1, 1234)
	for range 2 {
		cleared, err := c.client.ClearTap(t.Context(), e, pay)
		if err != nil || !cleared.Credited() || cleared.Cleared.Amount != 1234 {
			t.Fatalf("clear: %+v, %v", cleared.Cleared, err)
		}
	}
	cleared, err := c.client.ClearTap(t.Context(), e, pay)
	if err != nil {
		t.Fatal(err)
	}
	if refunded, err := c.client.Refund(t.Context(), c.refund(cleared.Cleared.Reference, 1000, 1)); err != nil || !refunded.Made() {
		t.Errorf("refund: %+v, %v", refunded.Outcome, err)
	}
	torn := virtualsettlement.Pay(t, c.sale, c.sale.Terminal, protocol.Code{2}, 500)
	given, err := c.client.AbandonTap(t.Context(), virtualsettlement.Abandonment(t, c.sale, c.sale.Terminal, torn, p.Mark()))
	if err != nil || given.Cleared.Result != protocol.ClearingGivenBack {
		t.Errorf("abandon: %+v, %v", given.Cleared, err)
	}
	made, err := c.client.Transfer(t.Context(), p.Transfer(other.Number(), 300))
	if err != nil || !made.Made() {
		t.Errorf("transfer: %+v, %v", made.Receipt, err)
	}
	state, err := c.client.CardState(t.Context(), other.Question())
	if err != nil || state.State.Waiting != 300 {
		t.Errorf("state: %+v, %v", state.State, err)
	}
	list, err := c.client.Blocklist(t.Context(), nil)
	if err != nil || len(list.List.Blocked) != 0 {
		t.Errorf("list: %+v, %v", list.List, err)
	}
	c.server.Block(p.Mark())
	newer, err := c.client.Blocklist(t.Context(), &list.List)
	if err != nil || !newer.List.Blocks(p.Card.Unverified().Holder.Key) || newer.List.Sequence <= list.List.Sequence {
		t.Errorf("list: %+v, %v", newer.List, err)
	}
	later := newer.List
	later.Sequence++
	if _, err := c.client.Blocklist(t.Context(), &later); !errors.Is(err, protocol.ErrListStale) {
		t.Errorf("an older list is believed: %v", err)
	}
}

// A load that settlement refuses for good is told from one that it could not
// decide now.
func TestLoadsRefused(t *testing.T) {
	c := newCounter(t)
	p := c.applied("a")
	request := p.LoadRequest(10_000, false)
	for _, code := range []problem.Code{problem.Funds, problem.Ceiling, problem.Blocked} {
		c.server.RefuseLoads(code)
		_, err := c.client.Load(t.Context(), request)
		if only(t, err, settlementclient.ErrRefused); !errors.Is(err, &problem.Problem{Code: code}) {
			t.Errorf("%s: %v", code, err)
		}
	}
	c.server.RefuseLoads("")
	if _, err := c.client.Load(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	other := request.Unverified()
	other.Nonce[5] ^= 1
	_, err := c.client.Load(t.Context(), p.LoadRequestOf(other))
	only(t, err, settlementclient.ErrRefused)
}

// Every way to misbehave is told by its error, and the repeat succeeds.
func TestTapFaults(t *testing.T) {
	c := newCounter(t)
	if _, err := c.client.Certificate(t.Context()); err != nil {
		t.Fatal(err)
	}
	p, other := c.applied("a"), c.applied("b")
	e, pay := c.tap(p, 1, 100)
	application, load, transfer, question := p.Application(c.sale.Account, protocol.Code{1}), p.LoadRequest(100, false), p.Transfer(other.Number(), 50), p.Question()
	abandonment := virtualsettlement.Abandonment(t, c.sale, c.sale.Terminal, virtualsettlement.Pay(t, c.sale, c.sale.Terminal, protocol.Code{2}, 500), p.Mark())
	moving := map[virtualsettlement.Fault]error{
		virtualsettlement.HangUpAfterReading: settlementclient.ErrUnknown, virtualsettlement.HangUpInAnswer: settlementclient.ErrUnknown,
		virtualsettlement.OtherSale: settlementclient.ErrUnknown, virtualsettlement.Unsigned: settlementclient.ErrUnknown,
		virtualsettlement.Garbage: settlementclient.ErrUnknown, virtualsettlement.Overloaded: settlementclient.ErrNotKept,
		virtualsettlement.Failed: settlementclient.ErrUnknown, virtualsettlement.Gateway: settlementclient.ErrUnknown,
		virtualsettlement.NoSuchPath: settlementclient.ErrUnknown, virtualsettlement.Undecided: settlementclient.ErrUnknown,
	}
	asking := map[virtualsettlement.Fault]error{
		virtualsettlement.HangUpAfterReading: settlementclient.ErrUnknown, virtualsettlement.OtherSale: settlementclient.ErrUnknown,
		virtualsettlement.Unsigned: settlementclient.ErrUnknown, virtualsettlement.Garbage: settlementclient.ErrUnknown,
		virtualsettlement.Overloaded: settlementclient.ErrRefused, virtualsettlement.NoSuchPath: settlementclient.ErrRefused,
	}
	lists := map[virtualsettlement.Fault]error{
		virtualsettlement.Gateway: settlementclient.ErrUnknown, virtualsettlement.OtherParty: settlementclient.ErrUnknown,
		virtualsettlement.Unsigned: settlementclient.ErrUnknown, virtualsettlement.Garbage: settlementclient.ErrUnknown,
		virtualsettlement.Overloaded: settlementclient.ErrRefused,
	}
	for _, test := range []struct {
		path   string
		again  func() error
		faults map[virtualsettlement.Fault]error
	}{
		{protocol.PathVirtualCards, func() error { _, err := c.client.ApplyCard(t.Context(), application); return err }, asking},
		{protocol.PathCardStates, func() error { _, err := c.client.CardState(t.Context(), question); return err }, asking},
		{protocol.PathLoads, func() error { _, err := c.client.Load(t.Context(), load); return err }, moving},
		{protocol.PathTransfers, func() error { _, err := c.client.Transfer(t.Context(), transfer); return err }, moving},
		{protocol.PathTaps, func() error { _, err := c.client.ClearTap(t.Context(), e, pay); return err }, moving},
		{protocol.PathAbandonments, func() error { _, err := c.client.AbandonTap(t.Context(), abandonment); return err }, moving},
		{protocol.PathCardBlocklist, func() error { _, err := c.client.Blocklist(t.Context(), nil); return err }, lists},
	} {
		t.Run(test.path, func(t *testing.T) { faults(t, c, test.path, test.again, test.faults) })
	}
}
