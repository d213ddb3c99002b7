package trusted

import (
	"errors"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// What is pending names shop and amount, survives a restart, and makes a question
// that settlement can verify.
func TestPendingAndQuestion(t *testing.T) {
	p := newPhone(t)
	request, payment := p.paid(false)
	p.start(true)
	pending, err := p.Pending(t.Context())
	if err != nil || len(pending) != 1 {
		t.Fatal(pending, err)
	}
	if have := pending[0]; have.Shop != "Corner Café" || have.Amount != 7800 || have.Currency != 156 ||
		have.Request != request.Hash() || have.Payment != payment.Hash() || !have.Since.Equal(p.now) || !have.Until.Equal(p.now.Add(time.Minute)) {
		t.Errorf("pending is %+v", have)
	}
	signed, err := p.Question(t.Context(), request.Hash())
	if err != nil {
		t.Fatal(err)
	}
	question, err := signed.Verify(p.sale.Wallet.Public(t))
	if err != nil || question.Payment != payment.Hash() || question.Scramble != request.Unverified().Scramble || question.Amount != 7800 {
		t.Errorf("asks %+v, %v", question, err)
	}
	if _, err := p.Question(t.Context(), protocol.Hash{1}); !errors.Is(err, ErrNotPending) {
		t.Errorf("have %v", err)
	}
}

func TestSettle(t *testing.T) {
	for result := protocol.ResultPaid; result <= protocol.ResultDeclined; result++ {
		p := newPhone(t)
		request, payment := p.paid(false)
		outcome, about, err := p.Settle(t.Context(), p.sale.Outcome(t, request, payment, 1, result))
		if err != nil || outcome.Result != result || about.Shop != "Corner Café" {
			t.Errorf("%v: %+v, %+v, %v", result, outcome, about, err)
		}
		pending, err := p.Pending(t.Context())
		if left := len(pending) == 1; err != nil || left == result.Final() {
			t.Errorf("%v leaves %v, %v", result, pending, err)
		}
	}
}

// An outcome that settlement has kept may be signed under the certificate before its
// renewal: it settles once that certificate is known, and nobody else's is taken for it.
func TestSettleAfterRenewal(t *testing.T) {
	p := newPhone(t)
	request, payment := p.paid(false)
	outcome, former := p.sale.Outcome(t, request, payment, 1, protocol.ResultPaid), p.server
	renewed := former.Unverified()
	renewed.Expires++
	p.server = protocoltest.Sign(t, p.sale.Realm.Key, renewed)
	if _, _, err := p.Settle(t.Context(), outcome); !errors.Is(err, protocol.ErrSignature) {
		t.Errorf("under a certificate that is not known: %v", err)
	}
	for name, bad := range map[string]*protocol.Signed[protocol.Certificate]{
		"none": nil, "a wallet's": p.sale.Wallet.Certificate, "another server's": p.sale.Realm.Settlement("settlement-2").Certificate,
	} {
		if err := p.KnowSettlement(bad); err == nil {
			t.Errorf("%s certificate is taken for settlement's", name)
		}
	}
	if err := p.KnowSettlement(former); err != nil {
		t.Fatal(err)
	}
	if settled, _, err := p.Settle(t.Context(), outcome); err != nil || settled.Result != protocol.ResultPaid {
		t.Errorf("%+v, %v", settled, err)
	}
}

// What settlement did not sign about this payment settles nothing.
func TestSettleRefuses(t *testing.T) {
	type made = protocol.Signed[protocol.Outcome]
	genuine := func(p *phone, r *protocol.Signed[protocol.Request], pay *protocol.Signed[protocol.Payment]) protocol.Outcome {
		return p.sale.Outcome(p.t, r, pay, 1, protocol.ResultPaid).Unverified()
	}
	tests := map[string]struct {
		make func(*phone, protocol.Outcome) *made
		want error
	}{
		"signed by the terminal": {func(p *phone, o protocol.Outcome) *made { return protocoltest.Sign(p.t, p.sale.Terminal.Key, o) }, protocol.ErrSignature},
		"another request": {func(p *phone, o protocol.Outcome) *made {
			o.Request[0] ^= 1
			return protocoltest.Sign(p.t, p.sale.Settlement.Key, o)
		}, ErrNotPending},
		"another payment of the request": {func(p *phone, o protocol.Outcome) *made {
			o.Payment[0] ^= 1
			return protocoltest.Sign(p.t, p.sale.Settlement.Key, o)
		}, protocol.ErrOtherRequest},
		"another amount": {func(p *phone, o protocol.Outcome) *made {
			o.Amount++
			return protocoltest.Sign(p.t, p.sale.Settlement.Key, o)
		}, protocol.ErrOtherAmount},
		"another currency": {func(p *phone, o protocol.Outcome) *made {
			o.Currency = 978
			return protocoltest.Sign(p.t, p.sale.Settlement.Key, o)
		}, protocol.ErrOtherAmount},
		"another settlement": {func(p *phone, o protocol.Outcome) *made {
			return protocoltest.Sign(p.t, protocoltest.SignatureKey(p.t, "settlement-2"), o)
		}, protocol.ErrSignature},
		"settlement revoked": {func(p *phone, o protocol.Outcome) *made {
			p.trust.Revocation.Revoked = []protocol.Revoked{{Subject: "settlement-1", Until: protocol.At(p.now)}}
			return protocoltest.Sign(p.t, p.sale.Settlement.Key, o)
		}, protocol.ErrRevoked},
		"no settlement known": {func(p *phone, o protocol.Outcome) *made {
			p.server = nil
			return protocoltest.Sign(p.t, p.sale.Settlement.Key, o)
		}, ErrNoSettlement},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPhone(t)
			request, payment := p.paid(false)
			if outcome, _, err := p.Settle(t.Context(), test.make(p, genuine(p, request, payment))); !errors.Is(err, test.want) || outcome != (protocol.Outcome{}) {
				t.Errorf("have %+v, %v, want %v", outcome, err, test.want)
			}
			if pending, err := p.Pending(t.Context()); err != nil || len(pending) != 1 {
				t.Errorf("pending %v, %v", pending, err)
			}
		})
	}
}

// A payment is given up only when settlement would refuse it, whatever the clocks.
func TestGiveUp(t *testing.T) {
	p := newPhone(t)
	request, _ := p.paid(false)
	p.now = p.now.Add(time.Minute + protocol.Grace + protocol.MaxSkew)
	if err := p.GiveUp(t.Context(), request.Hash()); !errors.Is(err, ErrTooEarly) {
		t.Errorf("have %v", err)
	}
	p.now = p.now.Add(time.Second)
	if err := p.GiveUp(t.Context(), request.Hash()); err != nil {
		t.Error(err)
	}
	if err := p.GiveUp(t.Context(), request.Hash()); !errors.Is(err, ErrNotPending) {
		t.Errorf("have %v", err)
	}
}

// Damaged objects in the unit are told, not passed over: a pending payment that
// cannot be read is still pending.
func TestDamagedObjects(t *testing.T) {
	p := newPhone(t)
	request, _ := p.paid(false)
	objects := p.unit.(*memory).objects
	objects[pendingLabel(request.Hash())] = []byte("{")
	if _, err := p.Pending(t.Context()); err == nil {
		t.Error("damage passed over")
	}
	if _, err := p.Inspect(t.Context(), protocol.RequestText(request)); err == nil || errors.Is(err, ErrAnswered) {
		t.Errorf("have %v", err)
	}
	objects[labelAccounts] = []byte("{")
	if _, err := p.Accounts(t.Context()); err == nil {
		t.Error("damage passed over")
	}
}
