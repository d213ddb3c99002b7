package protocol_test

import (
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func TestSubmissionsRefused(t *testing.T) {
	s := newScene(t)
	now := s.now()
	elsewhere := s.RequestClaims()
	elsewhere.Settlement = "settlement-2"
	forAnother := protocoltest.Sign(t, s.Terminal.Key, elsewhere)
	otherCode := s.PaymentClaims(t, s.request, nil)
	otherCode.Scramble[0] ^= 1
	codePayment := protocoltest.Sign(t, s.Wallet.Key, otherCode)
	dearer := s.PaymentClaims(t, s.request, nil)
	dearer.Amount++
	dearerPayment := protocoltest.Sign(t, s.Wallet.Key, dearer)
	byPIN := s.PaymentClaims(t, s.request, nil)
	byPIN.HolderByPIN = true
	pinPayment := protocoltest.Sign(t, s.Wallet.Key, byPIN)
	laterRequest := s.RequestClaims()
	laterRequest.Scramble[0] ^= 1
	later := protocoltest.Sign(t, s.Terminal.Key, laterRequest)
	foreignRequest := protocoltest.Sign(t, s.newcomer.Key, s.RequestClaims())
	revoked := s.Realm.Trust()
	list := s.list()
	list.Revoked = []protocol.Revoked{{Subject: "W-0001", Until: protocol.At(now)}}
	revoked.Revocation = &list
	submit := func(request *protocol.Signed[protocol.Request], payment *protocol.Signed[protocol.Payment]) *protocol.Signed[protocol.Submission] {
		return s.Submission(t, request, payment, 1, live())
	}
	tests := []struct {
		name       string
		submission *protocol.Signed[protocol.Submission]
		peer       protocol.ID
		trust      protocol.Trust
		now        time.Time
		want       error
	}{
		{"genuine", s.submission, "T-0001", s.Realm.Trust(), now, nil},
		{"second attempt", s.Submission(t, s.request, s.payment, 2, live()), "T-0001", s.Realm.Trust(), now, nil},
		{"after the request's end: the ledger decides", s.submission, "T-0001", s.Realm.Trust(), now.Add(time.Hour), nil},
		{"for another settlement server", submit(forAnother, s.Payment(t, forAnother, nil)), "T-0001", s.Realm.Trust(), now, protocol.ErrOtherSettlement},
		{"by another terminal", s.submission, "T-0002", s.Realm.Trust(), now, protocol.ErrRole},
		{"signed by another terminal", protocoltest.Sign(t, s.newcomer.Key, s.submission.Unverified()), "T-0001", s.Realm.Trust(), now, protocol.ErrSignature},
		{"request signed by another terminal", submit(foreignRequest, s.payment), "T-0001", s.Realm.Trust(), now, protocol.ErrSignature},
		{"payment for another request", submit(later, s.payment), "T-0001", s.Realm.Trust(), now, protocol.ErrOtherRequest},
		{"payment with another scramble code", submit(s.request, codePayment), "T-0001", s.Realm.Trust(), now, protocol.ErrOtherRequest},
		{"payment of another amount", submit(s.request, dearerPayment), "T-0001", s.Realm.Trust(), now, protocol.ErrOtherAmount},
		{"payment by a PIN that nobody asked for", s.Submission(t, s.request, pinPayment, 1, nil), "T-0001", s.Realm.Trust(), now, protocol.ErrNoPrint},
		{"terminal's certificate expired", s.submission, "T-0001", s.Realm.Trust(), now.AddDate(0, 0, 8), protocol.ErrExpired},
		{"wallet revoked", s.submission, "T-0001", revoked, now, protocol.ErrRevoked},
		{"of another authority", s.submission, "T-0001", protocoltest.New(t, "elsewhere/1").Trust(), now, protocol.ErrOtherAuthority},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v, err := protocol.VerifySubmission(test.submission, s.Settlement.Subject, test.peer, test.trust, test.now)
			wantError(t, err, test.want)
			if err != nil && v.Request.Amount != 0 {
				t.Error("something of a refused submission is given out")
			}
		})
	}
}

// A print comes from the terminal or from the phone, never from both and never
// from neither.
func TestOnePrintInASubmission(t *testing.T) {
	s := newScene(t)
	sensor, captured := protocol.ID("R503"), protocol.At(s.now())
	full := s.SubmissionClaims(t, s.request, s.payment, 1, live())
	tests := []struct {
		name   string
		change func(c *protocol.Submission)
		want   error
	}{
		{"from the terminal", func(*protocol.Submission) {}, nil},
		{"from the phone", func(c *protocol.Submission) { c.Payment, c.Print, c.Sensor, c.Captured = s.phonePayment, nil, nil, nil }, nil},
		{"none", func(c *protocol.Submission) { c.Print, c.Sensor, c.Captured = nil, nil, nil }, protocol.ErrNoPrint},
		{"no print but its sensor", func(c *protocol.Submission) { c.Print = nil }, protocol.ErrNoPrint},
		{"no sensor", func(c *protocol.Submission) { c.Sensor = nil }, protocol.ErrNoPrint},
		{"no time", func(c *protocol.Submission) { c.Captured = nil }, protocol.ErrNoPrint},
		{"two", func(c *protocol.Submission) { c.Payment = s.phonePayment }, protocol.ErrNoPrint},
		{"from the phone, and the terminal's sensor", func(c *protocol.Submission) { c.Payment, c.Print, c.Captured = s.phonePayment, nil, nil }, protocol.ErrNoPrint},
		{"from the phone, and the terminal's time", func(c *protocol.Submission) { c.Payment, c.Print, c.Sensor = s.phonePayment, nil, nil }, protocol.ErrNoPrint},
		{"from the phone, second attempt", func(c *protocol.Submission) {
			c.Payment, c.Print, c.Sensor, c.Captured, c.Attempt = s.phonePayment, nil, nil, nil, 2
		}, protocol.ErrNoPrint},
		{"print of no length", func(c *protocol.Submission) { c.Print, c.Sensor, c.Captured = protocol.Sealed{}, &sensor, &captured }, protocol.ErrRange},
		{"attempt 0", func(c *protocol.Submission) { c.Attempt = 0 }, protocol.ErrRange},
		{"attempt 4", func(c *protocol.Submission) { c.Attempt = 4 }, protocol.ErrRange},
		{"no request", func(c *protocol.Submission) { c.Request = nil }, protocol.ErrRange},
		{"no payment", func(c *protocol.Submission) { c.Payment = nil }, protocol.ErrRange},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			claims := full
			test.change(&claims)
			_, err := protocol.Sign(s.Terminal.Key, claims)
			wantError(t, err, test.want)
		})
	}
}

func TestTemplatesOfOtherLengthsAreNotSealed(t *testing.T) {
	s := newScene(t)
	point := s.Settlement.Point(t)
	for _, size := range []int{0, 1, 119, 121, 179, 181, 240} {
		template := protocoltest.Template(size, "x")
		_, err := protocol.SealLivePrint(point, protocol.Hash{}, protocol.Hash{}, "T-0001", 1, template)
		wantError(t, err, protocol.ErrRange)
		_, err = protocol.SealEnrolledTemplate(point, "countersign/1", "W-0001", template)
		wantError(t, err, protocol.ErrRange)
		_, err = protocol.SealPayerSecret(point, protocol.Hash{}, protocol.Hash{}, protocol.PayerSecret{Account: "1", Print: template})
		if template != nil {
			wantError(t, err, protocol.ErrRange)
		}
	}
}

// The length of what is sealed tells nothing about the account.
func TestAccountsAreSealedInOneLength(t *testing.T) {
	s := newScene(t)
	for _, account := range []protocol.Account{"1", "6222020200112233445", "123456789012345678901234", "账户账户账户账户"} {
		sealed, err := protocol.SealPayerSecret(s.Settlement.Point(t), protocol.Hash{}, protocol.Hash{}, protocol.PayerSecret{Account: account})
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed) != len(s.payment.Unverified().Secret) {
			t.Errorf("an account of %d bytes is sealed in %d", len(account), len(sealed))
		}
		secret, err := protocol.OpenPayerSecret(s.Settlement.Agreement, protocol.Hash{}, protocol.Hash{}, sealed)
		if err != nil || secret.Account != account {
			t.Errorf("%q comes back as %q, %v", account, secret.Account, err)
		}
	}
	for _, account := range []protocol.Account{"", "1234567890123456789012345", "12\x003", "\xff"} {
		_, err := protocol.SealPayerSecret(s.Settlement.Point(t), protocol.Hash{}, protocol.Hash{}, protocol.PayerSecret{Account: account})
		wantError(t, err, protocol.ErrRange)
	}
}

func TestPayerSecretsRefused(t *testing.T) {
	plain, err := protocol.EncodePayerSecret(protocol.PayerSecret{Account: "6222020200112233445"})
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(b []byte) []byte) []byte { return change(append([]byte(nil), plain...)) }
	tests := []struct {
		name  string
		plain []byte
		want  error
	}{
		{"as it should be", plain, nil},
		{"nothing", nil, protocol.ErrMalformed},
		{"byte behind", changed(func(b []byte) []byte { return append(b, 0) }), protocol.ErrMalformed},
		{"account all zero", changed(func(b []byte) []byte { clear(b[4:]); return b }), protocol.ErrRange},
		{"zero within the account", changed(func(b []byte) []byte { b[6] = 0; return b }), protocol.ErrRange},
		{"account not UTF-8", changed(func(b []byte) []byte { b[4] = 0xff; return b }), protocol.ErrRange},
		{"print of no length", changed(func(b []byte) []byte { b[0]++; return append(b, 2, 0x40) }), protocol.ErrMalformed},
		{"print of one byte", changed(func(b []byte) []byte { b[0]++; return append(b, 2, 0x41, 1) }), protocol.ErrRange},
		{"print null", changed(func(b []byte) []byte { b[0]++; return append(b, 2, 0xf6) }), protocol.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := protocol.DecodePayerSecret(test.plain)
			wantError(t, err, test.want)
		})
	}
}

func TestSensorNames(t *testing.T) {
	for name, want := range map[string]protocol.ID{
		"R503": "R503", "": "sensor", "\xff": "sensor", "a very long sensor name": "a very long sens",
		"指纹指纹指纹": "指纹指纹指", // cut at a character: 15 bytes
	} {
		if have := protocol.NewSensorID(name); have != want {
			t.Errorf("%q becomes %q, want %q", name, have, want)
		}
	}
}
