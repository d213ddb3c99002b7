package protocol_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/hpke"
	"slices"
	"testing"

	"countersign/protocol"
)

// tapCodecs are the kinds of a sale by tap.
func tapCodecs() map[string]codec {
	return map[string]codec{
		"virtual-card": signed[protocol.VirtualCard](), "card-key": signed[protocol.CardKey](), "card-application": signed[protocol.CardApplication](),
		"card-blocklist": signed[protocol.CardBlocklist](), "load-request": signed[protocol.LoadRequest](), "load": signed[protocol.Load](),
		"transfer": signed[protocol.Transfer](), "transfer-receipt": signed[protocol.TransferReceipt](),
		"card-question": signed[protocol.CardQuestion](), "card-state": signed[protocol.CardState](),
		"tap-get": signed[protocol.TapGet](), "tap-pay": signed[protocol.TapPay](), "tap-result": signed[protocol.TapResult](), "tap-recover": signed[protocol.TapRecover](),
		"tap-clearing": signed[protocol.TapClearing](), "tap-abandonment": signed[protocol.TapAbandonment](), "tap-cleared": signed[protocol.TapCleared](),
		"tap-answer":   plain(protocol.DecodeTapAnswer, protocol.EncodeTapAnswer),
		"tap-proof":    plain(protocol.DecodeTapProof, protocol.EncodeTapProof),
		"tap-recovery": plain(protocol.DecodeTapRecovery, protocol.EncodeTapRecovery),
	}
}

// tapJudges are the checks of a sale by tap that take more than one key.
func tapJudges() map[string]func(b bench, v vector, trust protocol.Trust) error {
	return map[string]func(b bench, v vector, trust protocol.Trust) error{
		"verify virtual card": func(b bench, v vector, trust protocol.Trust) error {
			_, err := protocol.VerifyVirtualCard(parsed[protocol.VirtualCard](b.t, v.Given.Bytes), parsed[protocol.Certificate](b.t, v.Given.Certificate), trust, v.Given.Now)
			return err
		},
		"verify recovered card": func(b bench, v vector, trust protocol.Trust) error {
			_, err := protocol.VerifyRecoveredCard(parsed[protocol.VirtualCard](b.t, v.Given.Bytes), parsed[protocol.Certificate](b.t, v.Given.Certificate), trust, v.Given.Now)
			return err
		},
		"verify card application": func(b bench, v vector, trust protocol.Trust) error {
			_, _, _, err := protocol.VerifyCardApplication(parsed[protocol.CardApplication](b.t, v.Given.Bytes), trust, v.Given.Now)
			return err
		},
		"verify card blocklist": func(b bench, v vector, trust protocol.Trust) error {
			var old *protocol.CardBlocklist
			if v.Given.Old != nil {
				l := parsed[protocol.CardBlocklist](b.t, v.Given.Old).Unverified()
				old = &l
			}
			_, err := protocol.VerifyCardBlocklist(parsed[protocol.CardBlocklist](b.t, v.Given.Bytes), parsed[protocol.Certificate](b.t, v.Given.Certificate), old, trust, v.Given.Now)
			return err
		},
		"verify load": func(b bench, v vector, trust protocol.Trust) error {
			_, err := protocol.VerifyLoad(parsed[protocol.Load](b.t, v.Given.Bytes), parsed[protocol.Certificate](b.t, v.Given.Certificate),
				parsed[protocol.LoadRequest](b.t, v.Given.Request).Unverified(), v.Given.Total, trust, v.Given.Now)
			return err
		},
		"verify transfer receipt": func(b bench, v vector, trust protocol.Trust) error {
			_, err := protocol.VerifyTransferReceipt(parsed[protocol.TransferReceipt](b.t, v.Given.Bytes), parsed[protocol.Certificate](b.t, v.Given.Certificate),
				parsed[protocol.Transfer](b.t, v.Given.Request).Hash(), trust, v.Given.Now)
			return err
		},
		"verify card state": func(b bench, v vector, trust protocol.Trust) error {
			_, err := protocol.VerifyCardState(parsed[protocol.CardState](b.t, v.Given.Bytes), parsed[protocol.Certificate](b.t, v.Given.Certificate),
				parsed[protocol.CardQuestion](b.t, v.Given.Request).Unverified().Number, trust, v.Given.Now)
			return err
		},
		"verify tap get": func(b bench, v vector, trust protocol.Trust) error {
			_, _, err := protocol.VerifyTapGet(parsed[protocol.TapGet](b.t, v.Given.Bytes), protocol.Code(v.Given.Nonce), v.Given.Settlement, trust, v.Given.Now)
			return err
		},
		"verify tap pay": func(b bench, v vector, _ protocol.Trust) error {
			get := parsed[protocol.TapGet](b.t, v.Given.Request)
			_, err := protocol.VerifyTapPay(parsed[protocol.TapPay](b.t, v.Given.Bytes), get.Unverified().Terminal.Unverified(), get, v.Given.Answer, v.Given.Now)
			return err
		},
		"verify tap result": func(b bench, v vector, _ protocol.Trust) error {
			_, err := protocol.VerifyTapResult(parsed[protocol.TapResult](b.t, v.Given.Bytes), parsed[protocol.VirtualCard](b.t, v.Given.Card).Unverified(),
				parsed[protocol.TapPay](b.t, v.Given.Pay), v.Given.Terminal)
			return err
		},
		"verify tap recover": func(b bench, v vector, trust protocol.Trust) error {
			_, _, err := protocol.VerifyTapRecover(parsed[protocol.TapRecover](b.t, v.Given.Bytes), protocol.Code(v.Given.Nonce), trust, v.Given.Now)
			return err
		},
		"verify tap clearing": func(b bench, v vector, trust protocol.Trust) error {
			_, err := protocol.VerifyTapClearing(parsed[protocol.TapClearing](b.t, v.Given.Bytes), v.Given.Settlement, v.Given.Terminal, b.key(v.Given.Key), trust)
			return err
		},
		"verify tap cleared": func(b bench, v vector, trust protocol.Trust) error {
			_, err := protocol.VerifyTapCleared(parsed[protocol.TapCleared](b.t, v.Given.Bytes), parsed[protocol.Certificate](b.t, v.Given.Certificate),
				parsed[protocol.TapPay](b.t, v.Given.Pay), trust, v.Given.Now)
			return err
		},
	}
}

// openTap opens the messages of one tap twice: by RFC 9180 in one context from the
// file's key alone, and by the package.
func (b bench) openTap(v vector) error {
	b.t.Helper()
	g := v.Given
	key, known := b.keys.agreement[g.Key]
	if !known {
		b.t.Fatalf("no agreement key %q", g.Key)
	}
	answer, err := protocol.DecodeTapAnswer(g.Bytes)
	if err != nil {
		return err
	}
	reader, _, err := protocol.OpenTapAnswer(key, hashOf(g.Request), answer, parsed[protocol.Certificate](b.t, g.Certificate), b.keys.trust(b.t, g.Trust), g.Now)
	if err == nil && g.Sealed != nil {
		_, err = reader.OpenResult(hashOf(g.Payment), g.Sealed)
	}
	if err != nil {
		return err
	}
	recipient := recipientOf(b.t, key, g.Info, answer.Number)
	have := slices.Concat(ok[[]byte](b.t)(recipient.Open(g.Request, answer.Number[33:])), ok[[]byte](b.t)(recipient.Open(g.Request, answer.Proof)))
	if g.Sealed != nil {
		have = append(have, ok[[]byte](b.t)(recipient.Open(g.Payment, g.Sealed))...)
	}
	if !bytes.Equal(have, v.Want.Plaintext) {
		b.t.Errorf("opened as %x, want %x", have, v.Want.Plaintext)
	}
	return nil
}

// recipientOf is the receiving end of an HPKE context behind a compressed encapsulated key.
func recipientOf(t testing.TB, key *ecdh.PrivateKey, info string, sealed []byte) *hpke.Recipient {
	t.Helper()
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), sealed[:33])
	enc := append([]byte{4}, x.FillBytes(make([]byte, 32))...)
	enc = append(enc, y.FillBytes(make([]byte, 32))...)
	private := ok[hpke.PrivateKey](t)(hpke.NewDHKEMPrivateKey(key))
	return ok[*hpke.Recipient](t)(hpke.NewRecipient(enc, private, hpke.HKDFSHA256(), hpke.AES128GCM(), []byte(info)))
}

// openRecovery opens an answer to RECOVER in both ways.
func (b bench) openRecovery(v vector) error {
	b.t.Helper()
	g := v.Given
	key, known := b.keys.agreement[g.Key]
	if !known {
		b.t.Fatalf("no agreement key %q", g.Key)
	}
	asked := parsed[protocol.TapRecover](b.t, g.Request)
	_, _, err := protocol.OpenTapRecovery(key, asked, protocol.Sealed(g.Bytes), parsed[protocol.TapPay](b.t, g.Pay), protocol.CardMark(g.Mark), g.Terminal)
	if err != nil {
		return err
	}
	h := asked.Hash()
	if have := ok[[]byte](b.t)(openHPKE(key, g.Info, h[:], g.Bytes)); !bytes.Equal(have, v.Want.Plaintext) {
		b.t.Errorf("opened as %x, want %x", have, v.Want.Plaintext)
	}
	return nil
}

func (b bench) readSelection(v vector) error {
	b.t.Helper()
	nonce, err := protocol.DecodeTapSelection(v.Given.Bytes)
	if err == nil && (!bytes.Equal(nonce[:], v.Given.Nonce) || !bytes.Equal(protocol.EncodeTapSelection(nonce), v.Given.Bytes)) {
		b.t.Errorf("nonce is %x", nonce)
	}
	return err
}
