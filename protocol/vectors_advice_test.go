package protocol_test

import (
	"crypto/ecdsa"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// adviceVectors are those of the three kinds that share one form.
func adviceVectors[P protocol.Reversal | protocol.Acknowledgement | protocol.Query](p *press) {
	s := p.s
	advice := s.advice()
	switch any(P{}).(type) {
	case protocol.Reversal:
		fillAdvice(p, "A terminal takes back a sale whose outcome it never learned.", "cs1/reversal", "T-0001", s.Terminal.Key, protocol.Reversal(advice))
	case protocol.Acknowledgement:
		fillAdvice(p, "A terminal has verified and journalled the outcome.", "cs1/acknowledge", "T-0001", s.Terminal.Key, protocol.Acknowledgement(advice))
	case protocol.Query:
		fillAdvice(p, "A terminal or the paying wallet asks how a sale ended.", "cs1/query", "W-0001", s.Wallet.Key, protocol.Query(advice))
	}
}

func fillAdvice[P protocol.Payload](p *press, about, context, signer string, key *ecdsa.PrivateKey, payload P) {
	signedKind(p, about, context, signer, key, payload)
	raw := protocoltest.Sign(p.t, key, payload).Bytes()
	p.invalid("amount 0", p.edited(raw, 3, 0), "ErrRange", false)
	p.invalid("currency 1000", p.edited(raw, 4, 1000), "ErrRange", false)
	p.invalid("hash too short", p.edited(raw, 1, make([]byte, 31)), "ErrMalformed", false)
}

func accountVectors(p *press) {
	s := p.s
	signedKind(p, "A wallet registers an account to its key at settlement, or removes it (claim 2 step F).", "cs1/account-registration", "W-0001", s.Wallet.Key, s.accountChange(p.t))
	removal := s.accountChange(p.t)
	removal.Activation, removal.Remove = "", true
	raw := protocoltest.Sign(p.t, s.Wallet.Key, removal).Bytes()
	p.valid("removal", raw)
	p.invalid("removal with an activation", p.edited(raw, 2, "ABCD-EFGH"), "ErrRange", false)
	p.invalid("activation too short", p.edited(protocoltest.Sign(p.t, s.Wallet.Key, s.accountChange(p.t)).Bytes(), 2, "ABCDEFG"), "ErrRange", false)
	p.invalid("account all zero", p.edited(raw, 1, make([]byte, 24)), "ErrRange", true)
}

func accountInfoVectors(p *press) {
	p.file.About = "Settlement's answer to a registration: kind of account and currency."
	for i, name := range []string{"bank card", "credit card", "third party", "prepaid"} {
		info := protocol.AccountInfo{Kind: protocol.AccountBankCard + protocol.AccountKind(i), Currency: 156}
		p.valid(name, ok[[]byte](p.t)(protocol.EncodeAccountInfo(info)))
	}
	p.invalid("kind 0", deterministic(p.t, []any{0, 156}), "ErrRange", false)
	p.invalid("kind 5", deterministic(p.t, []any{5, 156}), "ErrRange", false)
	p.invalid("currency 0", deterministic(p.t, []any{1, 0}), "ErrRange", false)
	p.invalid("currency in a longer form", []byte{0x82, 1, 0x19, 0, 156}, "ErrMalformed", true)
}

func anchorVectors(p *press) {
	p.file.About = "The pair InforA and PubA, as a secure unit keeps it."
	anchor := p.s.Realm.Anchor()
	p.valid("valid", ok[[]byte](p.t)(protocol.EncodeAnchor(anchor)))
	other := anchor.Key
	other.Curve = 2
	p.invalid("key on another curve", deterministic(p.t, []any{"countersign/1", other}), "ErrRange", false)
	p.invalid("no name", deterministic(p.t, []any{"", anchor.Key}), "ErrRange", false)
	p.invalid("key null", deterministic(p.t, []any{"countersign/1", nil}), "ErrMalformed", false)
}

func base45Vectors(p *press) {
	p.file.About = "Base45 of RFC 9285, as it stands behind the prefixes CS1R:, CS1P: and CS1T:."
	for _, c := range []struct{ name, plain, text string }{
		{"RFC 9285 AB", "AB", "BB8"}, {"RFC 9285 Hello!!", "Hello!!", "%69 VD92EX0"}, {"RFC 9285 base-45", "base-45", "UJCLQE7W581"},
		{"RFC 9285 ietf!", "ietf!", "QED8WEX0"}, {"two bytes 0xff", "\xff\xff", "FGW"}, {"one byte 0xff", "\xff", "U5"}, {"one byte 0", "\x00", "00"},
	} {
		p.add(c.name, "read text", vectorGiven{Text: c.text, Bytes: hexBytes(c.plain)}, "")
	}
	for _, c := range []struct{ name, text string }{
		{"RFC 9285 65536", "GGW"}, {"greatest group", ":::"}, {"256 in two characters", "V5"}, {"one character", "A"},
		{"one too many", "BB8B"}, {"lower case", "bb8"}, {"line break", "BB8\n"},
	} {
		p.add(c.name, "read text", vectorGiven{Text: c.text}, "ErrMalformed")
	}
}
