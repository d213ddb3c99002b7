package trusted

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// Steps 6 and 7: the terminal can open and verify it, settlement can open the
// secret, the terminal cannot.
func TestPay(t *testing.T) {
	for _, finger := range []bool{false, true} {
		p := newPhone(t)
		live := protocoltest.Template(180, "live")
		p.finger = slices.Clone(live)
		request, payment := p.paid(finger)
		said, wallet, err := protocol.VerifyPayment(payment, request, p.trust, p.now)
		if err != nil {
			t.Fatal(err)
		}
		if wallet.Subject != "W-0001" || said.HasPrint != finger || said.Scramble != request.Unverified().Scramble {
			t.Errorf("payment is %+v", said)
		}
		secret, err := protocol.OpenPayerSecret(p.sale.Settlement.Agreement, request.Hash(), p.sale.Wallet.Certificate.Hash(), said.Secret)
		if err != nil || secret.Account != p.sale.Account || bytes.Equal(secret.Print, live) != finger {
			t.Errorf("secret is %+v, %v", secret, err)
		}
		if _, err := protocol.OpenPayerSecret(p.sale.Terminal.Agreement, request.Hash(), p.sale.Wallet.Certificate.Hash(), said.Secret); err == nil {
			t.Error("the terminal opened the secret")
		}
		if finger && bytes.ContainsFunc(p.finger, func(r rune) bool { return r != 0 }) {
			t.Error("the live template was not wiped")
		}
	}
}

func TestPayRefuses(t *testing.T) {
	none := func(Progress) {}
	tests := map[string]struct {
		do   func(*phone, Offer) error
		want error
	}{
		"another request": {func(p *phone, o Offer) error {
			_, err := p.Pay(p.t.Context(), protocol.Hash{1}, 0, false, none)
			return err
		}, ErrNotOffered},
		"no such account": {func(p *phone, o Offer) error {
			_, err := p.Pay(p.t.Context(), o.Request, 7, false, none)
			return err
		}, ErrNoAccount},
		"an account in another currency": {func(p *phone, o Offer) error {
			p.own("DE02120300000000202051", protocol.AccountBankCard, 978)
			_, err := p.Pay(p.t.Context(), o.Request, 1, false, none)
			return err
		}, ErrNoAccount},
		"not confirmed in time": {func(p *phone, o Offer) error {
			p.now = p.now.Add(61 * time.Second)
			_, err := p.Pay(p.t.Context(), o.Request, 0, false, none)
			return err
		}, protocol.ErrRequestExpired},
		"finger not read": {func(p *phone, o Offer) error {
			p.err = errFull
			_, err := p.Pay(p.t.Context(), o.Request, 0, true, none)
			return err
		}, errFull},
		"a finger without a sensor": {func(p *phone, o Offer) error {
			p.start(false)
			_, o = p.offered()
			_, err := p.Pay(p.t.Context(), o.Request, 0, true, none)
			return err
		}, errNoSensor},
		"token full": {func(p *phone, o Offer) error {
			p.unit.(*memory).full = true
			_, err := p.Pay(p.t.Context(), o.Request, 0, false, none)
			return err
		}, errFull},
		"token without its key": {func(p *phone, o Offer) error {
			p.unit.(*memory).broken = errMissing
			_, err := p.Pay(p.t.Context(), o.Request, 0, false, none)
			return err
		}, errMissing},
		"settlement changed meanwhile": {func(p *phone, o Offer) error {
			p.server = p.sale.Realm.Settlement("settlement-2").Certificate
			_, err := p.Pay(p.t.Context(), o.Request, 0, false, none)
			return err
		}, protocol.ErrOtherSettlement},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPhone(t)
			_, offer := p.offered()
			if err := test.do(p, offer); !errors.Is(err, test.want) {
				t.Errorf("have %v, want %v", err, test.want)
			}
			if pending, err := p.Pending(t.Context()); err != nil || len(pending) != 0 {
				t.Errorf("pending %v, %v", pending, err)
			}
		})
	}
}

// After a failure the same offer may be tried again, and paid once.
func TestPayAgainAfterFailure(t *testing.T) {
	p := newPhone(t)
	_, offer := p.offered()
	p.err = errFull
	if _, err := p.Pay(t.Context(), offer.Request, 0, true, func(Progress) {}); !errors.Is(err, errFull) {
		t.Fatal(err)
	}
	p.err, p.finger = nil, protocoltest.Template(120, "live")
	var last Progress
	if _, err := p.Pay(t.Context(), offer.Request, 0, true, func(now Progress) { last = now }); err != nil || !last.Taken || p.touched != 2 {
		t.Errorf("%v, %+v, touched %d times", err, last, p.touched)
	}
}

// One payment for one request: pressed twice at once, scanned again, and after a
// restart.
func TestPaidOnce(t *testing.T) {
	p := newPhone(t)
	request, offer := p.offered()
	var all sync.WaitGroup
	var mu sync.Mutex
	paid := 0
	for range 8 {
		all.Go(func() {
			if _, err := p.Pay(context.Background(), offer.Request, 0, false, func(Progress) {}); err == nil {
				mu.Lock()
				paid++
				mu.Unlock()
			} else if !errors.Is(err, ErrNotOffered) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if paid != 1 {
		t.Fatalf("paid %d times", paid)
	}
	again := func(why string) {
		t.Helper()
		if o, err := p.Inspect(t.Context(), protocol.RequestText(request)); !errors.Is(err, ErrAnswered) || o.Request != offer.Request {
			t.Errorf("%s: have %+v, %v", why, o, err)
		}
	}
	again("at once")
	p.start(true)
	again("after a restart")
	pending, err := p.Pending(t.Context())
	if err != nil || len(pending) != 1 {
		t.Fatal(pending, err)
	}
}

// A request that was settled is not offered again while it lives.
func TestNotOfferedAfterSettling(t *testing.T) {
	p := newPhone(t)
	request, payment := p.paid(false)
	if _, _, err := p.Settle(t.Context(), p.sale.Outcome(t, request, payment, 1, protocol.ResultPaid)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Inspect(t.Context(), protocol.RequestText(request)); !errors.Is(err, ErrAnswered) {
		t.Errorf("have %v", err)
	}
}
