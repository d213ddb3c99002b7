package protocol_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// A scene is a sale with everything around it: whoever takes part, from
// enrolment to refund, and each message that they say to one another.
type scene struct {
	protocoltest.Sale
	desk, newcomer protocoltest.Party // newcomer is a terminal about to enrol
	request        *protocol.Signed[protocol.Request]
	payment        *protocol.Signed[protocol.Payment] // without a print
	phonePayment   *protocol.Signed[protocol.Payment] // with the phone's own print
	submission     *protocol.Signed[protocol.Submission]
	outcome        *protocol.Signed[protocol.Outcome]
}

// live is the finger at the sale.
func live() protocol.Template { return protocoltest.Template(120, "live") }

func newScene(t testing.TB) scene {
	t.Helper()
	s := scene{Sale: protocoltest.NewSale(t, 120, false)}
	s.desk, s.newcomer = s.Realm.Desk("D-0001"), s.Realm.Terminal("T-0002", "Tea House")
	s.request = s.Request(t)
	s.payment, s.phonePayment = s.Payment(t, s.request, nil), s.Payment(t, s.request, live())
	s.submission = s.Submission(t, s.request, s.payment, 1, live())
	s.outcome = s.Outcome(t, s.request, s.payment, 1, protocol.ResultPaid)
	return s
}

func (s scene) now() time.Time { return s.Realm.Now }

func (s scene) advice() protocol.Advice {
	return protocol.Advice{
		Request: s.request.Hash(), Payment: s.payment.Hash(), Amount: s.Amount, Currency: s.Currency,
		Scramble: s.request.Unverified().Scramble, Sent: protocol.At(s.now()),
	}
}

func (s scene) identity(t testing.TB) protocol.Identity {
	return protocol.Identity{Authority: s.Realm.Name, Key: protocoltest.PublicKey(t, s.Realm.Key), Root: []byte("root, DER"), Issued: protocol.At(s.now())}
}

// challenge is the authority's to the newcomer, and the secret inside.
func (s scene) challenge(t testing.TB) (protocol.Challenge, [32]byte) {
	t.Helper()
	nonce, secret := protocol.Code([]byte("challenge nonce.")), sha256.Sum256([]byte("challenge"))
	sealed, err := protocol.SealChallenge(s.newcomer.Point(t), nonce, secret)
	if err != nil {
		t.Fatal(err)
	}
	return protocol.Challenge{Nonce: nonce, Sealed: sealed, Issued: protocol.At(s.now())}, secret
}

// enrolment is the newcomer's answer to the challenge.
func (s scene) enrolment(t testing.TB) protocol.Enrolment {
	t.Helper()
	challenge, _ := s.challenge(t)
	answer, err := protocol.AnswerChallenge(s.newcomer.Agreement, challenge)
	if err != nil {
		t.Fatal(err)
	}
	point := s.newcomer.Point(t)
	return protocol.Enrolment{
		Nonce: challenge.Nonce, Secret: protocol.Code([]byte("enrolment secret")), Key: s.newcomer.Public(t),
		Agreement: &point, Answer: &answer, Request: []byte("PKCS#10, DER"),
	}
}

func (s scene) renewal(t testing.TB) protocol.Renewal {
	e := s.enrolment(t)
	return protocol.Renewal{Nonce: e.Nonce, Certificate: s.newcomer.Certificate, Agreement: e.Agreement, Answer: e.Answer, Request: e.Request}
}

func (s scene) deposit() protocol.TemplateDeposit {
	return protocol.TemplateDeposit{
		Authority: s.Realm.Name, Wallet: s.Wallet.Subject, Sealed: s.Wallet.Certificate.Unverified().Device.Print,
		Captured: protocol.At(s.now()), Desk: s.desk.Certificate, Consent: true,
	}
}

func (s scene) list() protocol.RevocationList {
	return protocol.RevocationList{Issuer: s.Realm.Name, Sequence: 7, Issued: protocol.At(s.now()), Revoked: []protocol.Revoked{
		{Subject: "T-0666", Until: protocol.At(s.now())}, {Subject: "W-0666", Until: protocol.At(s.now())},
	}}
}

func (s scene) accountChange(t testing.TB) protocol.AccountChange {
	t.Helper()
	c, err := protocol.NewAccountChange(s.Account, "ABCD-EFGH", protocol.Code([]byte("idempotency key.")), protocol.At(s.now()), s.Wallet.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// A message is one signed message with what a test needs to handle it without
// knowing its kind.
type message struct {
	name string
	raw  []byte
	hash protocol.Hash
	key  *ecdsa.PrivateKey // who signed it
	// optional and nullable are the keys of the payload that may be absent or
	// null without the message becoming invalid.
	optional, nullable []int
	parse              func(raw []byte) (encoded []byte, h protocol.Hash, err error)
	verify             func(raw []byte, key protocol.Key) error
}

func messageOf[P protocol.Payload](t testing.TB, name string, key *ecdsa.PrivateKey, payload P) message {
	s := protocoltest.Sign(t, key, payload)
	return message{
		name: name, raw: s.Bytes(), hash: s.Hash(), key: key,
		parse: func(raw []byte) ([]byte, protocol.Hash, error) {
			parsed, err := protocol.Parse[P](raw)
			if err != nil {
				return nil, protocol.Hash{}, err
			}
			return reencode(t, parsed), parsed.Hash(), nil
		},
		verify: func(raw []byte, key protocol.Key) error {
			parsed, err := protocol.Parse[P](raw)
			if err != nil {
				return err
			}
			_, err = parsed.Verify(key)
			return err
		},
	}
}

func (m message) with(optional, nullable []int) message {
	m.optional, m.nullable = optional, nullable
	return m
}

// messages returns one of every signed kind, and of those with variants each.
func (s scene) messages(t testing.TB) []message {
	t.Helper()
	challenge, _ := s.challenge(t)
	pinRequest := s.RequestClaims()
	pinRequest.WantsPIN = true
	pinPayment := s.PaymentClaims(t, s.request, nil)
	pinPayment.HolderByPIN = true
	return append(s.tapMessages(t), []message{
		messageOf(t, "certificate of a terminal", s.Realm.Key, s.Terminal.Certificate.Unverified()),
		messageOf(t, "certificate of a wallet", s.Realm.Key, s.Wallet.Certificate.Unverified()),
		messageOf(t, "certificate of settlement", s.Realm.Key, s.Settlement.Certificate.Unverified()),
		messageOf(t, "certificate of a desk", s.Realm.Key, s.desk.Certificate.Unverified()),
		messageOf(t, "identity", s.Realm.Key, s.identity(t)),
		messageOf(t, "challenge", s.Realm.Key, challenge).with(nil, []int{2}),
		messageOf(t, "enrolment", s.newcomer.Key, s.enrolment(t)),
		messageOf(t, "renewal", s.newcomer.Key, s.renewal(t)),
		messageOf(t, "revocation list", s.Realm.Key, s.list()),
		messageOf(t, "template deposit", s.desk.Key, s.deposit()),
		messageOf(t, "template deposit with consent", s.desk.Key, s.agreedDeposit(t)).with([]int{7}, nil),
		messageOf(t, "consent", s.desk.Key, s.consent()),
		messageOf(t, "desk order", s.desk.Key, s.deskOrder()),
		messageOf(t, "erasure list", s.Realm.Key, s.erasures()),
		messageOf(t, "request", s.Terminal.Key, s.RequestClaims()),
		messageOf(t, "request for a PIN", s.Terminal.Key, pinRequest).with([]int{9}, nil),
		messageOf(t, "payment", s.Wallet.Key, s.payment.Unverified()),
		messageOf(t, "payment with a print", s.Wallet.Key, s.phonePayment.Unverified()),
		messageOf(t, "payment by PIN", s.Wallet.Key, pinPayment).with([]int{8}, nil),
		messageOf(t, "submission", s.Terminal.Key, s.submission.Unverified()),
		messageOf(t, "submission of a phone's print", s.Terminal.Key, s.SubmissionClaims(t, s.request, s.phonePayment, 1, nil)),
		messageOf(t, "outcome", s.Settlement.Key, s.outcome.Unverified()),
		messageOf(t, "reversal", s.Terminal.Key, protocol.Reversal(s.advice())),
		messageOf(t, "acknowledgement", s.Terminal.Key, protocol.Acknowledgement(s.advice())),
		messageOf(t, "query", s.Wallet.Key, protocol.Query(s.advice())),
		messageOf(t, "refund", s.Terminal.Key, s.refund()),
		messageOf(t, "refund outcome", s.Settlement.Key, s.refundOutcome(protocol.RefundMade)),
		messageOf(t, "refused refund", s.Settlement.Key, s.refundOutcome(protocol.RefundNotPaid)),
		messageOf(t, "totals query", s.Terminal.Key, s.totalsQuery()),
		messageOf(t, "totals", s.Settlement.Key, s.totals()),
		messageOf(t, "journal anchor", s.Terminal.Key, s.journalAnchor()),
		messageOf(t, "anchor receipt", s.Settlement.Key, s.anchorReceipt()),
		messageOf(t, "Z report", s.Terminal.Key, s.zReport()),
		messageOf(t, "terminal status", s.Terminal.Key, s.terminalStatus()),
		messageOf(t, "account registration", s.Wallet.Key, s.accountChange(t)),
	}...)
}

// wantError fails the test unless err is want; nil wants no error.
func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error is %v, want %v", err, want)
	}
}

// ok returns v or fails the test.
func ok[V any](t testing.TB) func(v V, err error) V {
	return func(v V, err error) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
