package settlementclient_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// points records the fail points that a client passes.
type points struct {
	mutex  sync.Mutex
	passed []string
	at     func(name string) // nil for nothing
}

func (p *points) pass(name string) {
	p.mutex.Lock()
	p.passed = append(p.passed, name)
	at := p.at
	p.mutex.Unlock()
	if at != nil {
		at(name)
	}
}

// Every message passes its two points in their order, and there are no others.
func TestFailPoints(t *testing.T) {
	p := &points{}
	c := newCounter(t, func(o *settlementclient.Options) { o.FailPoint = p.pass })
	card, other := c.applied("a"), c.applied("b")
	p.passed = p.passed[:2] // the certificate's; the cards are applied for again below
	s := c.submission(1)
	answer, err := virtualsettlement.Submit(t.Context(), c.client, s)
	if err != nil {
		t.Fatal(err)
	}
	now := protocol.At(c.sale.Realm.Now)
	key := c.sale.Terminal.Key
	change, err := protocol.NewAccountChange(c.sale.Account, "ABCDEFGH", protocol.Code{1}, now, c.sale.Wallet.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	desk := c.sale.Realm.Desk("D-0001")
	deposit := protocol.TemplateDeposit{Authority: c.sale.Realm.Name, Wallet: "W-0001", Sealed: c.sale.Wallet.Certificate.Unverified().Device.Print, Captured: now, Desk: desk.Certificate, Consent: true}
	for _, send := range []func() error{
		func() error {
			_, err := c.client.Query(t.Context(), protocoltest.Sign(t, key, protocol.Query(advice(s))))
			return err
		},
		func() error {
			_, err := c.client.Acknowledge(t.Context(), protocoltest.Sign(t, key, protocol.Acknowledgement(advice(s))))
			return err
		},
		func() error {
			_, err := c.client.Refund(t.Context(), c.refund(answer.Outcome.Reference, 1, 1))
			return err
		},
		func() error {
			_, err := c.client.AllTotals(t.Context(), now-60, now+60, c.signTotals)
			return err
		},
		func() error {
			_, err := c.client.Anchor(t.Context(), protocoltest.Sign(t, key, protocol.JournalAnchor{Sequence: 1, At: now}))
			return err
		},
		func() error {
			_, err := c.client.Reverse(t.Context(), protocoltest.Sign(t, key, protocol.Reversal(advice(s))))
			return err
		},
		func() error {
			_, err := c.client.RegisterAccount(t.Context(), protocoltest.Sign(t, c.sale.Wallet.Key, change))
			return err
		},
		func() error {
			return c.client.DepositTemplate(t.Context(), protocoltest.Sign(t, desk.Key, deposit))
		},
		func() error {
			return c.client.SendStatus(t.Context(), protocoltest.Sign(t, key, protocol.TerminalStatus{At: now, Version: "1", Devices: []protocol.DeviceStatus{}, CertificateEnd: now}))
		},
		func() error {
			_, err := c.client.ApplyCard(t.Context(), card.Application(c.sale.Account, protocol.Code{1}))
			return err
		},
		func() error { _, err := c.client.CardState(t.Context(), card.Question()); return err },
		func() error { _, err := c.client.Load(t.Context(), card.LoadRequest(100, false)); return err },
		func() error { _, err := c.client.Transfer(t.Context(), card.Transfer(other.Number(), 10)); return err },
		func() error {
			e, pay := c.tap(card, 7, 10)
			_, err := c.client.ClearTap(t.Context(), e, pay)
			return err
		},
		func() error {
			torn := virtualsettlement.Pay(t, c.sale, c.sale.Terminal, protocol.Code{8}, 500)
			_, err := c.client.AbandonTap(t.Context(), virtualsettlement.Abandonment(t, c.sale, c.sale.Terminal, torn, card.Mark()))
			return err
		},
		func() error { _, err := c.client.Blocklist(t.Context(), nil); return err },
	} {
		if err := send(); err != nil {
			t.Error(err)
		}
	}
	for i := 0; i+1 < len(p.passed); i += 2 {
		message, isSend := strings.CutSuffix(p.passed[i], ".send")
		if !isSend || p.passed[i+1] != message+".answer" {
			t.Errorf("%s is followed by %s", p.passed[i], p.passed[i+1])
		}
	}
	want := settlementclient.FailPoints()
	slices.Sort(want)
	slices.Sort(p.passed)
	if !slices.Equal(p.passed, want) {
		t.Errorf("passed are\n%v, listed\n%v", p.passed, want)
	}
}

// At "send" settlement has nothing yet; at "answer" it has read the message.
func TestWhereTheFailPointsAre(t *testing.T) {
	p := &points{}
	c := newCounter(t, func(o *settlementclient.Options) { o.FailPoint = p.pass })
	read := map[string]int{}
	p.at = func(name string) { read[name] = c.server.Received(protocol.PathPayments) }
	if _, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1)); err != nil {
		t.Fatal(err)
	}
	if before, after := read["client.payment.send"], read["client.payment.answer"]; before != 0 || after != 1 {
		t.Errorf("read before %d, after %d", before, after)
	}
	// A message that is not answered passes the first only, and one that reaches
	// nobody none.
	p.passed, p.at = nil, nil
	c.server.Fail(protocol.PathPayments, virtualsettlement.HangUpAfterReading)
	_, err := virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
	only(t, err, settlementclient.ErrUnknown)
	if !slices.Equal(p.passed, []string{"client.payment.send"}) {
		t.Errorf("not answered, and passed %v", p.passed)
	}
	c.client.Close() // idle connections, on which it would be unknown
	c.server.Close()
	p.passed = nil
	_, err = virtualsettlement.Submit(t.Context(), c.client, c.submission(1))
	only(t, err, settlementclient.ErrUnreachable)
	if len(p.passed) != 0 {
		t.Errorf("nobody is reached, and passed %v", p.passed)
	}
}
