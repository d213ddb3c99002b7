package protocol_test

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"slices"
	"testing"
	"time"

	"countersign/protocol"
)

// A bench checks the cases of one file.
type bench struct {
	t    *testing.T
	file vectorFile
	keys keyring
}

// A codec is how one kind is decoded: encoded is what it encodes to again, hash
// is nil for kinds that are not signed.
type codec struct {
	parse  func(t testing.TB, raw []byte) (decoded any, encoded, hash []byte, err error)
	verify func(raw []byte, key protocol.Key) error // nil for kinds that are not signed
}

func signed[P protocol.Payload]() codec {
	return codec{
		parse: func(t testing.TB, raw []byte) (any, []byte, []byte, error) {
			s, err := protocol.Parse[P](raw)
			if err != nil {
				return nil, nil, nil, err
			}
			h := s.Hash()
			return s.Unverified(), reencode(t, s), h[:], nil
		},
		verify: func(raw []byte, key protocol.Key) error {
			s, err := protocol.Parse[P](raw)
			if err != nil {
				return err
			}
			_, err = s.Verify(key)
			return err
		},
	}
}

func plain[V any](decode func([]byte) (V, error), encode func(V) ([]byte, error)) codec {
	return codec{parse: func(_ testing.TB, raw []byte) (any, []byte, []byte, error) {
		v, err := decode(raw)
		if err != nil {
			return nil, nil, nil, err
		}
		again, err := encode(v)
		return v, again, nil, err
	}}
}

// codecs are the kinds whose bytes are decoded as they are.
func codecs() map[string]codec {
	all := map[string]codec{
		"certificate": signed[protocol.Certificate](), "identity": signed[protocol.Identity](), "challenge": signed[protocol.Challenge](),
		"enrolment": signed[protocol.Enrolment](), "renewal": signed[protocol.Renewal](), "revocation-list": signed[protocol.RevocationList](),
		"template-deposit": signed[protocol.TemplateDeposit](), "consent": signed[protocol.Consent](), "desk-order": signed[protocol.DeskOrder](),
		"erasure-list": signed[protocol.ErasureList](), "request": signed[protocol.Request](), "payment": signed[protocol.Payment](),
		"submission": signed[protocol.Submission](), "outcome": signed[protocol.Outcome](), "reversal": signed[protocol.Reversal](),
		"acknowledge": signed[protocol.Acknowledgement](), "query": signed[protocol.Query](), "refund": signed[protocol.Refund](),
		"refund-outcome": signed[protocol.RefundOutcome](), "totals-query": signed[protocol.TotalsQuery](), "totals": signed[protocol.DayTotals](),
		"journal-anchor": signed[protocol.JournalAnchor](), "anchor-receipt": signed[protocol.AnchorReceipt](), "z-report": signed[protocol.ZReport](), "terminal-status": signed[protocol.TerminalStatus](),
		"account-registration": signed[protocol.AccountChange](),
		"challenge-request":    plain(protocol.DecodeChallengeRequest, protocol.EncodeChallengeRequest),
		"issued":               plain(protocol.DecodeIssued, protocol.EncodeIssued),
		"envelope":             plain(protocol.DecodeEnvelope, protocol.EncodeEnvelope),
		"account-info":         plain(protocol.DecodeAccountInfo, protocol.EncodeAccountInfo),
		"anchor":               plain(protocol.DecodeAnchor, protocol.EncodeAnchor),
		"payer-secret":         plain(protocol.DecodePayerSecret, protocol.EncodePayerSecret),
	}
	maps.Copy(all, tapCodecs())
	return all
}

// vectorKinds are all kinds that have vectors, sorted.
func vectorKinds() []string {
	kinds := append(slices.Collect(maps.Keys(codecs())), "base45", "card-number", "enrolled-template", "enrolment-code", "live-print", "tap", "tap-selection")
	slices.Sort(kinds)
	return kinds
}

// check does what a case asks for.
func (b bench) check(v vector) {
	b.t.Helper()
	g := v.Given
	kind := codecs()[b.file.Kind]
	var err error
	switch v.Do {
	case "decode":
		var decoded any
		var encoded, hash []byte
		decoded, encoded, hash, err = kind.parse(b.t, g.Bytes)
		if err == nil {
			if !bytes.Equal(encoded, g.Bytes) {
				b.t.Errorf("encoded again it is %x", encoded)
			}
			if !bytes.Equal(hash, v.Want.Hash) {
				b.t.Errorf("hash is %x, want %x", hash, v.Want.Hash)
			}
			wantDecoded(b.t, decoded, v.Want.Decoded)
			if kind.verify != nil {
				err = kind.verify(g.Bytes, b.key(g.Key))
			}
		}
	case "verify":
		b.wantHash(g.Bytes, v.Want.Hash)
		err = kind.verify(g.Bytes, b.key(g.Key))
	case "read text":
		err = b.readText(v)
	case "open":
		err = b.open(v)
	case "open tap":
		err = b.openTap(v)
	case "open recovery":
		err = b.openRecovery(v)
	case "read selection":
		err = b.readSelection(v)
	default:
		err = b.judge(v)
	}
	wantNamed(b.t, err, v.Want.Error)
}

// wantHash computes a message's hash from its bytes and the file's context, by
// RFC 9052 §4.4 and without the package under test.
func (b bench) wantHash(raw, want []byte) {
	b.t.Helper()
	if want == nil {
		return
	}
	w := takeApart(b.t, raw)
	have := sha256.Sum256(deterministic(b.t, []any{"Signature1", w.Protected, []byte(b.file.Context), w.Payload}))
	if !bytes.Equal(have[:], want) {
		b.t.Errorf("hash is %x, want %x", have, want)
	}
}

func (b bench) key(name string) protocol.Key {
	key, known := b.keys.public[name]
	if !known {
		b.t.Fatalf("no key %q", name)
	}
	return key
}

// judge does the checks that take more than one key: who says it, to whom, when
// and about what.
func (b bench) judge(v vector) error {
	b.t.Helper()
	g := v.Given
	trust := protocol.Trust{}
	if g.Trust != nil {
		trust = b.keys.trust(b.t, g.Trust)
	}
	switch v.Do {
	case "verify certificate":
		cert := parsed[protocol.Certificate](b.t, g.Bytes)
		role, err := protocol.ParseRole(g.Role)
		if err != nil {
			b.t.Fatal(err)
		}
		_, err = trust.Certificate(cert, role, g.Now)
		return err
	case "verify identity":
		_, err := protocol.VerifyIdentity(parsed[protocol.Identity](b.t, g.Bytes), protocol.Hash(g.Thumbprint))
		return err
	case "accept list":
		_, err := trust.AcceptList(parsed[protocol.RevocationList](b.t, g.Bytes), g.Now, time.Duration(g.MaxAge)*time.Second)
		return err
	case "verify request":
		_, _, err := protocol.VerifyRequest(parsed[protocol.Request](b.t, g.Bytes), trust, g.Now)
		return err
	case "verify payment":
		_, _, err := protocol.VerifyPayment(parsed[protocol.Payment](b.t, g.Bytes), parsed[protocol.Request](b.t, g.Request), trust, g.Now)
		return err
	case "verify submission":
		_, err := protocol.VerifySubmission(parsed[protocol.Submission](b.t, g.Bytes), g.Settlement, g.Terminal, trust, g.Now)
		return err
	case "verify outcome":
		_, err := protocol.VerifyOutcome(parsed[protocol.Outcome](b.t, g.Bytes), parsed[protocol.Certificate](b.t, g.Certificate),
			protocol.Hash(g.Request), protocol.Hash(g.Payment), trust, g.Now)
		return err
	}
	if judge, known := tapJudges()[v.Do]; known {
		return judge(b, v, trust)
	}
	return b.judgeMoney(v, trust)
}

func parsed[P protocol.Payload](t testing.TB, raw []byte) *protocol.Signed[P] {
	t.Helper()
	return ok[*protocol.Signed[P]](t)(protocol.Parse[P](raw))
}

// readText reads a text of the file's kind and compares it with the bytes that it
// stands for.
func (b bench) readText(v vector) error {
	var have []byte
	var again string
	text := v.Given.Text
	switch b.file.Kind {
	case "base45":
		raw, err := protocol.DecodeBase45(text)
		if err != nil {
			return err
		}
		have, again = raw, protocol.EncodeBase45(raw)
	case "request":
		s, err := protocol.ParseRequestText(text)
		if err != nil {
			return err
		}
		have, again = s.Bytes(), protocol.RequestText(s)
	case "payment":
		sealed, err := protocol.ParsePaymentText(text)
		if err != nil {
			return err
		}
		have, again = sealed, protocol.PaymentText(sealed)
	case "outcome":
		s, err := protocol.ParseOutcomeText(text)
		if err != nil {
			return err
		}
		have, again = s.Bytes(), protocol.OutcomeText(s)
	case "enrolment-code":
		code, err := protocol.ParseEnrolmentText(text)
		if err != nil {
			return err
		}
		wantDecoded(b.t, code, v.Want.Decoded)
		have = deterministic(b.t, code)
		if again, err = protocol.EnrolmentText(code); err != nil {
			b.t.Fatal(err)
		}
	case "card-number":
		number := protocol.CardNumber(text)
		if err := number.Validate(); err != nil {
			return err
		}
		digits := ok[[8]byte](b.t)(number.BCD())
		have, again = digits[:], string(ok[protocol.CardNumber](b.t)(protocol.CardNumberFromBCD(digits[:])))
	default:
		b.t.Fatalf("%s has no text", b.file.Kind)
	}
	if v.Want.Error == "" && (!bytes.Equal(have, v.Given.Bytes) || again != text) {
		b.t.Errorf("text stands for %x and is written %q", have, again)
	}
	return nil
}
