package protocol_test

import (
	"crypto/ecdh"
	"errors"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func TestPaymentsRefused(t *testing.T) {
	s := newScene(t)
	other := s.RequestClaims()
	other.Scramble = protocol.Code([]byte("another scramble"))
	otherRequest := protocoltest.Sign(t, s.Terminal.Key, other)
	stranger := protocoltest.New(t, "elsewhere/1").Wallet("W-0001", s.Settlement, live(), false)
	claims := func(change func(c *protocol.Payment)) protocol.Payment {
		c := s.PaymentClaims(t, s.request, nil)
		change(&c)
		return c
	}
	byWallet := func(change func(c *protocol.Payment)) *protocol.Signed[protocol.Payment] {
		return protocoltest.Sign(t, s.Wallet.Key, claims(change))
	}
	tests := []struct {
		name    string
		payment *protocol.Signed[protocol.Payment]
		after   time.Duration
		want    error
	}{
		{"this sale's", s.payment, 0, nil},
		{"with the phone's own print", s.phonePayment, 0, nil},
		{"in the last second", s.payment, 60 * time.Second, nil},
		{"too late", s.payment, 61 * time.Second, protocol.ErrRequestExpired},
		{"for another request", s.Payment(t, otherRequest, nil), 0, protocol.ErrOtherRequest},
		{"of another amount", byWallet(func(c *protocol.Payment) { c.Amount-- }), 0, protocol.ErrOtherAmount},
		{"in another currency", byWallet(func(c *protocol.Payment) { c.Currency = 978 }), 0, protocol.ErrOtherCurrency},
		{"by a PIN that nobody asked for", byWallet(func(c *protocol.Payment) { c.HolderByPIN = true }), 0, protocol.ErrNoPrint},
		{"signed by another wallet", protocoltest.Sign(t, protocoltest.SignatureKey(t, "W-0002"), s.payment.Unverified()), 0, protocol.ErrSignature},
		{"by a wallet of another authority", byWallet(func(c *protocol.Payment) { c.Wallet = stranger.Certificate }), 0, protocol.ErrOtherAuthority},
		{"by a terminal", protocoltest.Sign(t, s.Terminal.Key, claims(func(c *protocol.Payment) { c.Wallet = s.Terminal.Certificate })), 0, protocol.ErrRole},
		// What is wrong with the signer is said before what is wrong with the words.
		{"of another amount by nobody", protocoltest.Sign(t, s.Terminal.Key, claims(func(c *protocol.Payment) { c.Amount-- })), 0, protocol.ErrSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			payment, wallet, err := protocol.VerifyPayment(test.payment, s.request, s.Realm.Trust(), s.now().Add(test.after))
			wantError(t, err, test.want)
			if err != nil && (payment.Amount != 0 || wallet.Subject != "") {
				t.Error("something of a refused payment is given out")
			}
		})
	}
}

func TestPINWhereItWasAskedFor(t *testing.T) {
	s := newScene(t)
	asking := s.RequestClaims()
	asking.WantsPIN = true
	request := protocoltest.Sign(t, s.Terminal.Key, asking)
	claims := s.PaymentClaims(t, request, nil)
	claims.HolderByPIN = true
	payment := protocoltest.Sign(t, s.Wallet.Key, claims)
	_, _, err := protocol.VerifyPayment(payment, request, s.Realm.Trust(), s.now())
	wantError(t, err, nil)
	submission := s.Submission(t, request, payment, 1, nil)
	_, err = protocol.VerifySubmission(submission, s.Settlement.Subject, s.Terminal.Subject, s.Realm.Trust(), s.now())
	wantError(t, err, nil)
}

// A sealed message opens for one key, one kind, one sale.
func TestSealedMessagesOpenNowhereElse(t *testing.T) {
	s := newScene(t)
	request, payment := s.request.Hash(), s.payment.Hash()
	wallet, sealedPayment := s.Wallet.Certificate.Hash(), s.Sealed(t, s.request, s.payment)
	enrolled := protocol.Sealed(s.Wallet.Certificate.Unverified().Device.Print)
	print, envelope := s.submission.Unverified().Print, ok[protocol.Envelope](t)(protocol.SealSubmission(s.Settlement.Point(t), "T-0001", s.submission))
	secret, phoneSecret := s.payment.Unverified().Secret, s.phonePayment.Unverified().Secret
	challenge, _ := s.challenge(t)
	another := protocol.Hash{1}
	settlement, terminal := s.Settlement.Agreement, s.Terminal.Agreement

	openPayment := func(with *ecdh.PrivateKey, request protocol.Hash, sealed protocol.Sealed) error {
		_, err := protocol.OpenPayment(with, request, sealed)
		return err
	}
	openSecret := func(with *ecdh.PrivateKey, request, wallet protocol.Hash, sealed protocol.Sealed) error {
		_, err := protocol.OpenPayerSecret(with, request, wallet, sealed)
		return err
	}
	openLive := func(request, payment protocol.Hash, terminal protocol.ID, attempt uint8, sealed protocol.Sealed) error {
		_, err := protocol.OpenLivePrint(settlement, request, payment, terminal, attempt, sealed)
		return err
	}
	openEnrolled := func(issuer, wallet protocol.ID, sealed protocol.Sealed) error {
		_, err := protocol.OpenEnrolledTemplate(settlement, issuer, wallet, sealed)
		return err
	}
	openSubmission := func(with *ecdh.PrivateKey, terminal protocol.ID, e protocol.Envelope) error {
		_, err := protocol.OpenSubmission(with, terminal, e)
		return err
	}
	flipped := func(sealed protocol.Sealed, i int) protocol.Sealed {
		changed := append(protocol.Sealed(nil), sealed...)
		changed[i] ^= 1
		return changed
	}
	answer := func(with *ecdh.PrivateKey, c protocol.Challenge) error {
		_, err := protocol.AnswerChallenge(with, c)
		return err
	}
	otherNonce := challenge
	otherNonce.Nonce[0] ^= 1

	tests := []struct {
		name string
		err  error
		want error
	}{
		{"payment", openPayment(terminal, request, sealedPayment), nil},
		{"payment for another terminal", openPayment(s.newcomer.Agreement, request, sealedPayment), protocol.ErrSealed},
		{"payment for another request", openPayment(terminal, another, sealedPayment), protocol.ErrSealed},
		{"payment with another encapsulated key", openPayment(terminal, request, flipped(sealedPayment, 0)), protocol.ErrSealed},
		{"payment off the curve", openPayment(terminal, request, append(protocol.Sealed{9}, sealedPayment[1:]...)), protocol.ErrSealed},
		{"payment with another byte", openPayment(terminal, request, flipped(sealedPayment, 40)), protocol.ErrSealed},
		{"payment with another tag", openPayment(terminal, request, flipped(sealedPayment, len(sealedPayment)-1)), protocol.ErrSealed},
		{"payment cut short", openPayment(terminal, request, sealedPayment[:len(sealedPayment)-1]), protocol.ErrSealed},
		{"payment shorter than any", openPayment(terminal, request, sealedPayment[:48]), protocol.ErrSealed},
		{"no payment", openPayment(terminal, request, nil), protocol.ErrSealed},

		{"account", openSecret(settlement, request, wallet, secret), nil},
		{"account read by the terminal", openSecret(terminal, request, wallet, secret), protocol.ErrSealed},
		{"account lifted into another wallet's payment", openSecret(settlement, request, another, secret), protocol.ErrSealed},
		{"account lifted into another request", openSecret(settlement, another, wallet, secret), protocol.ErrSealed},

		{"live print", openLive(request, payment, "T-0001", 1, print), nil},
		{"live print for another request", openLive(another, payment, "T-0001", 1, print), protocol.ErrSealed},
		{"live print for another payment", openLive(request, another, "T-0001", 1, print), protocol.ErrSealed},
		{"live print of another terminal", openLive(request, payment, "T-0002", 1, print), protocol.ErrSealed},
		{"live print for another attempt", openLive(request, payment, "T-0001", 2, print), protocol.ErrSealed},
		{"enrolled template pasted as live print", openLive(request, payment, "T-0001", 1, enrolled), protocol.ErrSealed},
		{"phone's print pasted as the terminal's", openLive(request, payment, "T-0001", 1, phoneSecret), protocol.ErrSealed},

		{"enrolled template", openEnrolled(s.Realm.Name, "W-0001", enrolled), nil},
		{"enrolled template of another wallet", openEnrolled(s.Realm.Name, "W-0002", enrolled), protocol.ErrSealed},
		{"enrolled template of another authority", openEnrolled("elsewhere/1", "W-0001", enrolled), protocol.ErrSealed},
		{"live print pasted as enrolled template", openEnrolled(s.Realm.Name, "W-0001", print), protocol.ErrSealed},

		{"submission", openSubmission(settlement, "T-0001", envelope), nil},
		{"submission from another terminal", openSubmission(settlement, "T-0002", envelope), protocol.ErrSealed},
		{"submission in an envelope for another request", openSubmission(settlement, "T-0001", protocol.Envelope{Request: another, Sealed: envelope.Sealed}), protocol.ErrSealed},
		{"submission read by a terminal", openSubmission(terminal, "T-0001", envelope), protocol.ErrSealed},

		{"challenge", answer(s.newcomer.Agreement, challenge), nil},
		{"challenge answered with another key", answer(terminal, challenge), protocol.ErrSealed},
		{"challenge under another nonce", answer(s.newcomer.Agreement, otherNonce), protocol.ErrSealed},
		{"challenge without a secret", answer(s.newcomer.Agreement, protocol.Challenge{Nonce: challenge.Nonce}), protocol.ErrSealed},
	}
	for _, test := range tests {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: error is %v, want %v", test.name, test.err, test.want)
		}
	}
}

// The colluding wallet signs a payment of its own around an account that
// another wallet sealed for the same request: everything verifies but the account
// does not open.
func TestAccountInAnotherWalletsPayment(t *testing.T) {
	s := newScene(t)
	thief := s.Realm.Wallet("W-0666", s.Settlement, live(), false)
	claims := s.payment.Unverified()
	claims.Wallet = thief.Certificate
	stolen := protocoltest.Sign(t, thief.Key, claims)
	payment, wallet, err := protocol.VerifyPayment(stolen, s.request, s.Realm.Trust(), s.now())
	if err != nil || wallet.Subject != "W-0666" {
		t.Fatal("the test does not get as far as the account", err)
	}
	_, err = protocol.OpenPayerSecret(s.Settlement.Agreement, s.request.Hash(), payment.Wallet.Hash(), payment.Secret)
	wantError(t, err, protocol.ErrSealed)
}
