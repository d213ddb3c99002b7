package protocol_test

import (
	"bytes"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// A sale from end to end, as its parties call the package.
func TestSale(t *testing.T) {
	for name, print := range map[string]protocol.Template{"finger at the terminal": nil, "finger at the phone": live()} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			trust, now := s.Realm.Trust(), s.now()
			request, shop, err := protocol.VerifyRequest(s.request, trust, now) // step 5
			wantError(t, err, nil)
			if request.Amount != s.Amount || shop.Device.Name == nil || *shop.Device.Name != "Corner Café" {
				t.Errorf("the phone shows %v and %v", request.Amount, shop.Device.Name)
			}
			text := protocol.PaymentText(s.Sealed(t, s.request, s.Payment(t, s.request, print))) // steps 6 and 7
			sealed := ok[protocol.Sealed](t)(protocol.ParsePaymentText(text))
			payment := ok[*protocol.Signed[protocol.Payment]](t)(protocol.OpenPayment(s.Terminal.Agreement, s.request.Hash(), sealed))
			_, wallet, err := protocol.VerifyPayment(payment, s.request, trust, now) // step 9
			wantError(t, err, nil)
			if wallet.Subject != s.Wallet.Subject {
				t.Errorf("paid by %q", wallet.Subject)
			}
			captured := live()
			if print != nil {
				captured = nil
			}
			submission := s.Submission(t, s.request, payment, 1, captured) // step 12
			envelope := ok[protocol.Envelope](t)(protocol.SealSubmission(s.Settlement.Point(t), s.Terminal.Subject, submission))
			opened := ok[*protocol.Signed[protocol.Submission]](t)(protocol.OpenSubmission(s.Settlement.Agreement, s.Terminal.Subject, envelope))
			v := ok[protocol.Verified](t)(protocol.VerifySubmission(opened, s.Settlement.Subject, s.Terminal.Subject, trust, now)) // step 14
			secret := ok[protocol.PayerSecret](t)(protocol.OpenPayerSecret(s.Settlement.Agreement, s.request.Hash(), v.Payment.Wallet.Hash(), v.Payment.Secret))
			if secret.Account != s.Account {
				t.Error("another account was opened")
			}
			finger := secret.Print
			if print == nil {
				finger = ok[protocol.Template](t)(protocol.OpenLivePrint(s.Settlement.Agreement, s.request.Hash(), payment.Hash(), s.Terminal.Subject, 1, v.Submission.Print))
			}
			enrolled := ok[protocol.Template](t)(protocol.OpenEnrolledTemplate(s.Settlement.Agreement, s.Realm.Name, s.Wallet.Subject, v.Wallet.Device.Print))
			if !bytes.Equal(finger, live()) || !bytes.Equal(enrolled, protocoltest.Template(120, "enrolled")) {
				t.Error("the templates that settlement compares are not those that were captured")
			}
			receipt := protocol.OutcomeText(s.Outcome(t, s.request, payment, 1, protocol.ResultPaid)) // step 15
			outcome := ok[*protocol.Signed[protocol.Outcome]](t)(protocol.ParseOutcomeText(receipt))
			_, err = protocol.VerifyOutcome(outcome, s.Settlement.Certificate, s.request.Hash(), payment.Hash(), trust, now)
			wantError(t, err, nil)
		})
	}
}

func TestRequestsRefused(t *testing.T) {
	s := newScene(t)
	r := s.Realm
	other := protocoltest.New(t, "elsewhere/1")
	claims := func(change func(c *protocol.Request)) protocol.Request {
		c := s.RequestClaims()
		change(&c)
		return c
	}
	sign := func(p protocoltest.Party, c protocol.Request) *protocol.Signed[protocol.Request] {
		return protocoltest.Sign(t, p.Key, c)
	}
	tests := []struct {
		name    string
		request *protocol.Signed[protocol.Request]
		off     time.Duration // the phone's clock
		want    error
	}{
		{"genuine", s.request, 0, nil},
		{"as old as allowed", s.request, protocol.MaxAge, nil},
		{"as far ahead as allowed", s.request, -protocol.MaxAge, nil},
		{"clock ahead", s.request, protocol.MaxAge + time.Second, protocol.ErrClockSkew},
		{"clock behind", s.request, -protocol.MaxAge - time.Second, protocol.ErrClockSkew},
		{"the most that is blamed on a clock", s.request, protocol.MaxSkew, protocol.ErrClockSkew},
		{"photographed some minutes ago", s.request, protocol.MaxSkew + time.Second, protocol.ErrRequestStale},
		{"from the future", s.request, -protocol.MaxSkew - time.Second, protocol.ErrRequestStale},
		{"clock a day ahead", s.request, 24 * time.Hour, protocol.ErrRequestStale},
		{"clock a day behind", s.request, -24 * time.Hour, protocol.ErrNotYetValid},
		{"true certificate on another's signature", sign(s.newcomer, s.RequestClaims()), 0, protocol.ErrSignature},
		{"terminal of another authority", sign(s.Terminal, claims(func(c *protocol.Request) {
			c.Terminal = other.Terminal("T-0001", "Corner Café").Certificate
		})), 0, protocol.ErrOtherAuthority},
		{"a wallet asks", sign(s.Wallet, claims(func(c *protocol.Request) { c.Terminal = s.Wallet.Certificate })), 0, protocol.ErrRole},
		{"settlement asks", sign(s.Settlement, claims(func(c *protocol.Request) { c.Terminal = s.Settlement.Certificate })), 0, protocol.ErrRole},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request, shop, err := protocol.VerifyRequest(test.request, r.Trust(), r.Now.Add(test.off))
			wantError(t, err, test.want)
			if err != nil && (request.Amount != 0 || shop.Subject != "") {
				t.Error("something of a refused request is given out")
			}
		})
	}
}

// An amount is changed behind a true certificate and a true signature.
func TestAlteredAmountIsNotSigned(t *testing.T) {
	s := newScene(t)
	cheaper := s.RequestClaims()
	cheaper.Amount = 1
	w, theirs := takeApart(t, s.request.Bytes()), takeApart(t, protocoltest.Sign(t, s.Terminal.Key, cheaper).Bytes())
	w.Payload = theirs.Payload
	pasted := ok[*protocol.Signed[protocol.Request]](t)(protocol.Parse[protocol.Request](w.bytes(t)))
	_, _, err := protocol.VerifyRequest(pasted, s.Realm.Trust(), s.now())
	wantError(t, err, protocol.ErrSignature)
}

func TestOutcomesRefused(t *testing.T) {
	s := newScene(t)
	request, payment := s.request.Hash(), s.payment.Hash()
	sale := protocol.Hash{1}
	renewed := s.Realm.Claims(protocol.RoleSettlement, "settlement-1", "Settlement")
	renewed.NotBefore++
	renewedParty := s.Realm.Certify(renewed)
	posing := s.outcome.Unverified()
	posing.Signer = protocol.SignerOf(s.Terminal.Certificate)
	stranger := protocoltest.New(t, "elsewhere/1").Settlement("settlement-1")
	tests := []struct {
		name             string
		outcome          *protocol.Signed[protocol.Outcome]
		certificate      *protocol.Signed[protocol.Certificate]
		request, payment protocol.Hash
		want             error
	}{
		{"about this sale", s.outcome, s.Settlement.Certificate, request, payment, nil},
		{"about another request", s.outcome, s.Settlement.Certificate, sale, payment, protocol.ErrOtherRequest},
		{"about another payment", s.outcome, s.Settlement.Certificate, request, sale, protocol.ErrOtherRequest},
		{"under another certificate of the same key", s.outcome, renewedParty.Certificate, request, payment, protocol.ErrSignature},
		{"by the terminal itself", protocoltest.Sign(t, s.Terminal.Key, posing), s.Settlement.Certificate, request, payment, protocol.ErrSignature},
		{"by the terminal, under its own certificate", protocoltest.Sign(t, s.Terminal.Key, posing), s.Terminal.Certificate, request, payment, protocol.ErrRole},
		{"settlement of another authority", s.outcome, stranger.Certificate, request, payment, protocol.ErrOtherAuthority},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := protocol.VerifyOutcome(test.outcome, test.certificate, test.request, test.payment, s.Realm.Trust(), s.now())
			wantError(t, err, test.want)
		})
	}
}

func TestAttemptsLeft(t *testing.T) {
	for _, test := range []struct {
		result  protocol.Result
		attempt uint8
		left    int
	}{
		{protocol.ResultRetryFinger, 1, 2}, {protocol.ResultRetryFinger, 2, 1}, {protocol.ResultFinger, 3, 0}, {protocol.ResultPaid, 1, 0},
	} {
		o := protocol.Outcome{Attempt: test.attempt, Result: test.result}
		if left := o.AttemptsLeft(); left != test.left {
			t.Errorf("%v at attempt %d leaves %d, want %d", test.result, test.attempt, left, test.left)
		}
		if final := test.result.Final(); final != (test.left == 0) {
			t.Errorf("%v is final: %v", test.result, final)
		}
	}
}
