package protocol_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func (s scene) consent() protocol.Consent {
	return protocol.Consent{
		Authority: s.Realm.Name, Wallet: s.Wallet.Subject, Text: "1/en", Digest: sha256.Sum256([]byte("what the owner read")),
		Agreed: protocol.At(s.now()), Finger: 2, Officer: "Officer 7", Desk: s.desk.Subject,
	}
}

func (s scene) agreedDeposit(t testing.TB) protocol.TemplateDeposit {
	t.Helper()
	d := s.deposit()
	d.Agreed = protocoltest.Sign(t, s.desk.Key, s.consent())
	return d
}

func (s scene) deskOrder() protocol.DeskOrder {
	return protocol.DeskOrder{
		Authority: s.Realm.Name, Kind: protocol.OrderErase, Wallet: s.Wallet.Subject, Reason: "asked for in person, passport seen",
		Officer: "Officer 7", Made: protocol.At(s.now()), Desk: s.desk.Certificate,
	}
}

func (s scene) erasures() protocol.ErasureList {
	digest, _ := s.Wallet.Certificate.Unverified().Device.PrintDigest()
	return protocol.ErasureList{Issuer: s.Realm.Name, After: 1_790_000_000, Issued: protocol.At(s.now()), Erased: []protocol.Erased{
		{Number: 1_790_000_007, Wallet: s.Wallet.Subject, Template: digest, At: protocol.At(s.now())},
		{Number: 1_790_000_008, Wallet: "W-0666", Template: protocol.Hash{6}, At: protocol.At(s.now())},
	}}
}

func TestRangesOfConsentAndErasure(t *testing.T) {
	s := newScene(t)
	ranged(t, s.consent, map[string]func(p *protocol.Consent){
		"no authority": func(p *protocol.Consent) { p.Authority = "" }, "no wallet": func(p *protocol.Consent) { p.Wallet = "" },
		"no text": func(p *protocol.Consent) { p.Text = "" }, "no desk": func(p *protocol.Consent) { p.Desk = "" },
		"eleventh finger": func(p *protocol.Consent) { p.Finger = 11 },
		"nobody":          func(p *protocol.Consent) { p.Officer = "" }, "name too long": func(p *protocol.Consent) { p.Officer = strings.Repeat("x", 49) },
		"after all time": func(p *protocol.Consent) { p.Agreed = afterAllTime },
	})
	ranged(t, func() protocol.TemplateDeposit { return s.agreedDeposit(t) }, map[string]func(p *protocol.TemplateDeposit){
		"consent for another wallet":      func(p *protocol.TemplateDeposit) { p.Wallet = "W-0002" },
		"consent under another authority": func(p *protocol.TemplateDeposit) { p.Authority = "elsewhere/1" },
	})
	ranged(t, s.deskOrder, map[string]func(p *protocol.DeskOrder){
		"no authority": func(p *protocol.DeskOrder) { p.Authority = "" }, "no wallet": func(p *protocol.DeskOrder) { p.Wallet = "" },
		"kind 0": func(p *protocol.DeskOrder) { p.Kind = 0 }, "kind 3": func(p *protocol.DeskOrder) { p.Kind = 3 },
		"no reason": func(p *protocol.DeskOrder) { p.Reason = "" }, "reason too long": func(p *protocol.DeskOrder) { p.Reason = strings.Repeat("x", 201) },
		"reason no UTF-8": func(p *protocol.DeskOrder) { p.Reason = "\xff" }, "nobody": func(p *protocol.DeskOrder) { p.Officer = "" },
		"no desk": func(p *protocol.DeskOrder) { p.Desk = nil }, "after all time": func(p *protocol.DeskOrder) { p.Made = afterAllTime },
	})
	ranged(t, s.erasures, map[string]func(p *protocol.ErasureList){
		"no issuer": func(p *protocol.ErasureList) { p.Issuer = "" }, "after all time": func(p *protocol.ErasureList) { p.Issued = afterAllTime },
		"no entries, as null":    func(p *protocol.ErasureList) { p.Erased = nil },
		"numbered downwards":     func(p *protocol.ErasureList) { p.Erased[0], p.Erased[1] = p.Erased[1], p.Erased[0] },
		"numbered twice":         func(p *protocol.ErasureList) { p.Erased[1].Number = p.Erased[0].Number },
		"known already":          func(p *protocol.ErasureList) { p.After = p.Erased[0].Number },
		"nobody":                 func(p *protocol.ErasureList) { p.Erased[0].Wallet = "" },
		"erased after all time":  func(p *protocol.ErasureList) { p.Erased[1].At = afterAllTime },
		"too many for one list":  func(p *protocol.ErasureList) { p.Erased = make([]protocol.Erased, protocol.MaxErased+1) },
		"the last is not nobody": func(p *protocol.ErasureList) { p.Erased[1].Wallet = "" },
	})
}

func TestConsentGoesWithItsDeposit(t *testing.T) {
	s := newScene(t)
	desk := s.desk.Certificate.Unverified()
	d := s.agreedDeposit(t)
	if c, recorded, err := d.VerifyConsent(desk); err != nil || !recorded || c != s.consent() {
		t.Errorf("%v, %v, %v", c, recorded, err)
	}
	if _, recorded, err := s.deposit().VerifyConsent(desk); err != nil || recorded {
		t.Errorf("no record: %v, %v", recorded, err)
	}
	other := s.Realm.Desk("D-0002").Certificate.Unverified()
	if _, _, err := d.VerifyConsent(other); err == nil {
		t.Error("verified under another desk's key")
	}
	for name, change := range map[string]func(c *protocol.Consent){
		"of another desk":        func(c *protocol.Consent) { c.Desk = "D-0002" },
		"after the finger taken": func(c *protocol.Consent) { c.Agreed = d.Captured + 1 },
	} {
		c := s.consent()
		change(&c)
		d.Agreed = protocoltest.Sign(t, s.desk.Key, c)
		_, _, err := d.VerifyConsent(desk)
		t.Run(name, func(t *testing.T) { wantError(t, err, protocol.ErrRange) })
	}
}

// A template has one name, wherever it is: in a certificate, or named there.
func TestPrintDigest(t *testing.T) {
	s := newScene(t)
	sealed := s.Wallet.Certificate.Unverified().Device
	want := s.deposit().SealedHash()
	if have, known := sealed.PrintDigest(); !known || have != want {
		t.Errorf("in the certificate: %v", have)
	}
	sealed.Print = want[:]
	if have, known := sealed.PrintDigest(); !known || have != want {
		t.Errorf("named: %v", have)
	}
	sealed.Print = nil
	if _, known := sealed.PrintDigest(); known {
		t.Error("nothing has a name")
	}
}

func TestLastOfErasures(t *testing.T) {
	l := newScene(t).erasures()
	if l.Last() != 1_790_000_008 {
		t.Error(l.Last())
	}
	if l.Erased = nil; l.Last() != l.After {
		t.Error(l.Last())
	}
}

func consentVectors(p *press) {
	s := p.s
	signedKind(p, "That an owner read a text and agreed that the template of a finger is kept (step 1).", "cs1/consent", "D-0001", s.desk.Key, s.consent())
	raw := protocoltest.Sign(p.t, s.desk.Key, s.consent()).Bytes()
	unknown := s.consent()
	unknown.Finger = protocol.UnknownFinger
	p.valid("finger not noted", protocoltest.Sign(p.t, s.desk.Key, unknown).Bytes())
	p.invalid("eleventh finger", p.edited(raw, 6, 11), "ErrRange", false)
	p.invalid("nobody", p.edited(raw, 7, ""), "ErrRange", false)
	p.invalid("digest cut short", p.edited(raw, 4, make([]byte, 31)), "ErrMalformed", false)
}

func deskOrderVectors(p *press) {
	s := p.s
	signedKind(p, "What an officer orders on an owner's behalf: a wallet without a print, or the erasure of a template.", "cs1/desk-order", "D-0001", s.desk.Key, s.deskOrder())
	raw := protocoltest.Sign(p.t, s.desk.Key, s.deskOrder()).Bytes()
	none := s.deskOrder()
	none.Kind, none.Reason = protocol.OrderNoPrint, "skin too worn"
	p.valid("no readable print", protocoltest.Sign(p.t, s.desk.Key, none).Bytes())
	p.invalid("another order", p.edited(raw, 2, 3), "ErrRange", false)
	p.invalid("no reason", p.edited(raw, 4, ""), "ErrRange", false)
	p.invalid("nobody", p.edited(raw, 5, ""), "ErrRange", false)
}

func erasureListVectors(p *press) {
	s := p.s
	signedKind(p, "The templates that the authority erased after a number, for settlement to erase.", "cs1/erasure-list", "countersign/1", s.Realm.Key, s.erasures())
	raw := protocoltest.Sign(p.t, s.Realm.Key, s.erasures()).Bytes()
	empty := s.erasures()
	empty.Erased = []protocol.Erased{}
	p.valid("empty", protocoltest.Sign(p.t, s.Realm.Key, empty).Bytes())
	one := func(number int) []any { return []any{number, "W-0001", make([]byte, 32), 1} }
	p.invalid("numbered downwards", p.edited(raw, 4, []any{one(1_790_000_002), one(1_790_000_001)}), "ErrRange", true)
	p.invalid("known already", p.edited(raw, 4, []any{one(1_790_000_000)}), "ErrRange", true)
	p.invalid("entries null", p.edited(raw, 4, nil), "ErrRange", false)
}
