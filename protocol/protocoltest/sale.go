package protocoltest

import (
	"testing"

	"countersign/protocol"
)

// Sale is one sale by scan between parties of a realm, made step by step. A
// test changes a claim between the steps to play a hostile party.
type Sale struct {
	Realm                        *Realm
	Terminal, Wallet, Settlement Party
	Account                      protocol.Account
	Amount                       protocol.Amount
	Currency                     protocol.Currency
}

// NewSale returns a sale of ¥78.00 in a new realm, with a wallet whose template
// of the given length is sealed in its certificate or deposited.
func NewSale(t testing.TB, templateSize int, deposited bool) Sale {
	t.Helper()
	r := New(t, "countersign/1")
	settlement := r.Settlement("settlement-1")
	return Sale{
		Realm: r, Settlement: settlement, Terminal: r.Terminal("T-0001", "Corner Café"),
		Wallet:  r.Wallet("W-0001", settlement, Template(templateSize, "enrolled"), deposited),
		Account: "6222020200112233445", Amount: 7800, Currency: 156,
	}
}

// RequestClaims are what the terminal signs in step 3.
func (s Sale) RequestClaims() protocol.Request {
	return protocol.Request{
		Settlement: s.Settlement.Subject, Amount: s.Amount, Currency: s.Currency, Merchant: []byte("M-0001"),
		Scramble: protocol.Code([]byte("scramble code...")), Issued: protocol.At(s.Realm.Now), Life: 60,
		Terminal: s.Terminal.Certificate,
	}
}

// Request signs the request of step 3.
func (s Sale) Request(t testing.TB) *protocol.Signed[protocol.Request] {
	t.Helper()
	return Sign(t, s.Terminal.Key, s.RequestClaims())
}

// PaymentClaims are what the wallet signs in step 6; live is nil unless the
// phone has a sensor of its own.
func (s Sale) PaymentClaims(t testing.TB, request *protocol.Signed[protocol.Request], live protocol.Template) protocol.Payment {
	t.Helper()
	secret, err := protocol.SealPayerSecret(s.Settlement.Point(t), request.Hash(), s.Wallet.Certificate.Hash(),
		protocol.PayerSecret{Account: s.Account, Print: live})
	if err != nil {
		t.Fatal(err)
	}
	asked := request.Unverified()
	return protocol.Payment{
		Request: request.Hash(), Amount: asked.Amount, Currency: asked.Currency, Scramble: asked.Scramble,
		Secret: secret, Wallet: s.Wallet.Certificate, HasPrint: live != nil,
	}
}

// Payment signs the payment of step 6.
func (s Sale) Payment(t testing.TB, request *protocol.Signed[protocol.Request], live protocol.Template) *protocol.Signed[protocol.Payment] {
	t.Helper()
	return Sign(t, s.Wallet.Key, s.PaymentClaims(t, request, live))
}

// Sealed seals a payment to the terminal (step 6).
func (s Sale) Sealed(t testing.TB, request *protocol.Signed[protocol.Request], payment *protocol.Signed[protocol.Payment]) protocol.Sealed {
	t.Helper()
	sealed, err := protocol.SealPayment(s.Terminal.Point(t), request.Hash(), payment)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// SubmissionClaims are what the terminal signs in step 12; live is the template
// that it captured itself, or nil when the payment brings one.
func (s Sale) SubmissionClaims(t testing.TB, request *protocol.Signed[protocol.Request], payment *protocol.Signed[protocol.Payment], attempt uint8, live protocol.Template) protocol.Submission {
	t.Helper()
	claims := protocol.Submission{Request: request, Payment: payment, Attempt: attempt}
	if live != nil {
		sealed, err := protocol.SealLivePrint(s.Settlement.Point(t), request.Hash(), payment.Hash(), s.Terminal.Subject, attempt, live)
		if err != nil {
			t.Fatal(err)
		}
		sensor, captured := protocol.ID("R503"), protocol.At(s.Realm.Now)
		claims.Print, claims.Sensor, claims.Captured = sealed, &sensor, &captured
	}
	return claims
}

// Submission signs the submission of step 12.
func (s Sale) Submission(t testing.TB, request *protocol.Signed[protocol.Request], payment *protocol.Signed[protocol.Payment], attempt uint8, live protocol.Template) *protocol.Signed[protocol.Submission] {
	t.Helper()
	return Sign(t, s.Terminal.Key, s.SubmissionClaims(t, request, payment, attempt, live))
}

// Outcome signs settlement's answer (step 15).
func (s Sale) Outcome(t testing.TB, request *protocol.Signed[protocol.Request], payment *protocol.Signed[protocol.Payment], attempt uint8, result protocol.Result) *protocol.Signed[protocol.Outcome] {
	t.Helper()
	return Sign(t, s.Settlement.Key, protocol.Outcome{
		Request: request.Hash(), Payment: payment.Hash(), Attempt: attempt, Result: result, Reference: 123,
		Amount: s.Amount, Currency: s.Currency, Decided: protocol.At(s.Realm.Now), Signer: protocol.SignerOf(s.Settlement.Certificate),
	})
}
