package protocol_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/sha256"
	"fmt"

	"countersign/protocol"
)

// open opens what is sealed twice: by RFC 9180 from the file's key, info and aad
// alone, and by the package from the values that are bound. Both must agree.
func (b bench) open(v vector) error {
	b.t.Helper()
	g := v.Given
	key, known := b.keys.agreement[g.Key]
	if !known {
		b.t.Fatalf("no agreement key %q", g.Key)
	}
	var have []byte
	var err error
	var bound []any
	request, payment, certificate := hashOf(g.Request), hashOf(g.Payment), hashOf(g.Certificate)
	switch g.Info {
	case "cs1/payment-outer":
		var p *protocol.Signed[protocol.Payment]
		if p, err = protocol.OpenPayment(key, request, protocol.Sealed(g.Bytes)); err == nil {
			have = p.Bytes()
		}
	case "cs1/payer-secret":
		bound = []any{request, certificate}
		var secret protocol.PayerSecret
		if secret, err = protocol.OpenPayerSecret(key, request, certificate, protocol.Sealed(g.Bytes)); err == nil {
			have = ok[[]byte](b.t)(protocol.EncodePayerSecret(secret))
		}
	case "cs1/fp-enrolled":
		bound = []any{g.Authority, g.Wallet}
		have, err = protocol.OpenEnrolledTemplate(key, g.Authority, g.Wallet, protocol.Sealed(g.Bytes))
	case "cs1/fp-live":
		bound = []any{request, payment, g.Terminal, g.Attempt}
		have, err = protocol.OpenLivePrint(key, request, payment, g.Terminal, g.Attempt, protocol.Sealed(g.Bytes))
	case "cs1/submission":
		bound = []any{request, g.Terminal}
		var s *protocol.Signed[protocol.Submission]
		if s, err = protocol.OpenSubmission(key, g.Terminal, protocol.Envelope{Request: request, Sealed: protocol.Sealed(g.Bytes)}); err == nil {
			have = s.Bytes()
		}
	case "cs1/tap-clearing":
		bound = []any{request, g.Terminal}
		var c *protocol.Signed[protocol.TapClearing]
		if c, err = protocol.OpenTapClearing(key, g.Terminal, protocol.Envelope{Request: request, Sealed: protocol.Sealed(g.Bytes)}); err == nil {
			have = c.Bytes()
		}
	case "cs1/enrolment-challenge":
		var answer protocol.Hash
		if answer, err = protocol.AnswerChallenge(key, protocol.Challenge{Nonce: protocol.Code(g.Nonce), Sealed: protocol.Sealed(g.Bytes)}); err == nil {
			if want := sha256.Sum256(v.Want.Plaintext); answer != want {
				b.t.Errorf("answer is %x, want %x", answer, want)
			}
			have = v.Want.Plaintext
		}
	default:
		b.t.Fatalf("nothing is sealed for %q", g.Info)
	}
	aad := request[:] // of a payment
	switch {
	case bound != nil:
		aad = deterministic(b.t, bound)
	case g.Nonce != nil:
		aad = g.Nonce
	}
	if !bytes.Equal(aad, g.AAD) {
		b.t.Errorf("aad is %x, want %x", aad, g.AAD)
	}
	plaintext, opened := openHPKE(key, g.Info, g.AAD, g.Bytes)
	if (opened == nil) != (err == nil) && v.Want.Error == "ErrSealed" {
		b.t.Errorf("RFC 9180 says %v, the package %v", opened, err)
	}
	if err == nil && (!bytes.Equal(have, v.Want.Plaintext) || !bytes.Equal(plaintext, v.Want.Plaintext)) {
		b.t.Errorf("opened as %x and %x, want %x", have, plaintext, v.Want.Plaintext)
	}
	return err
}

func hashOf(b []byte) (h protocol.Hash) {
	copy(h[:], b)
	return h
}

// openHPKE is RFC 9180 in base mode over a compressed encapsulated key.
func openHPKE(key *ecdh.PrivateKey, info string, aad, sealed []byte) ([]byte, error) {
	if len(sealed) < 33 {
		return nil, fmt.Errorf("%d bytes", len(sealed))
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), sealed[:33])
	if x == nil {
		return nil, fmt.Errorf("encapsulated key is not on the curve")
	}
	enc := append([]byte{4}, x.FillBytes(make([]byte, 32))...)
	enc = append(enc, y.FillBytes(make([]byte, 32))...)
	private, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return nil, err
	}
	recipient, err := hpke.NewRecipient(enc, private, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(info))
	if err != nil {
		return nil, err
	}
	return recipient.Open(aad, sealed[33:])
}
