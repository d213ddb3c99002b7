package protocol_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/json"
	"math/big"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// signAs signs a payload as a message of any kind, by RFC 9052 §4.4 and without
// the package under test; s is the low one.
func signAs(t testing.TB, key *ecdsa.PrivateKey, context string, payload []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(deterministic(t, []any{"Signature1", []byte{0xa1, 1, 0x26}, []byte(context), payload}))
	der, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		t.Fatal(err)
	}
	sig := make([]byte, 64)
	rs.R.FillBytes(sig[:32])
	rs.S.FillBytes(sig[32:])
	if high := highS(sig); rs.S.Cmp(new(big.Int).SetBytes(high[32:])) > 0 {
		sig = high
	}
	return sig
}

func certificateVectors(p *press) {
	s := p.s
	signedKind(p, "What the authority certifies of a device (step 1).", "cs1/certificate", "countersign/1", s.Realm.Key, s.Terminal.Certificate.Unverified())
	raw := s.Terminal.Certificate.Bytes()
	deposited := s.Realm.Wallet("W-0001", s.Settlement, protocoltest.Template(120, "enrolled"), true)
	none := s.Realm.Certify(s.Realm.Claims(protocol.RoleWallet, "W-0003", ""))
	p.valid("wallet, template of 40 minutiae sealed", s.Wallet.Certificate.Bytes())
	p.valid("wallet, template of 60 minutiae sealed", s.Realm.Wallet("W-0001", s.Settlement, protocoltest.Template(180, "enrolled"), false).Certificate.Bytes())
	p.valid("wallet, template by hash", deposited.Certificate.Bytes())
	p.valid("wallet, no template", none.Certificate.Bytes())
	p.valid("settlement", s.Settlement.Certificate.Bytes())
	p.valid("desk", s.desk.Certificate.Bytes())
	device := func(role int, name, agreement, print any) []byte {
		return p.edited(raw, -65537, []any{role, name, agreement, print})
	}
	point := s.Terminal.Point(p.t)
	p.invalid("role 0", device(0, "Corner Café", point[:], nil), "ErrRange", false)
	p.invalid("role 5", device(5, "Corner Café", point[:], nil), "ErrRange", false)
	p.invalid("terminal without a name", device(1, nil, point[:], nil), "ErrRange", false)
	p.invalid("terminal without an agreement key", device(1, "Corner Café", nil, nil), "ErrRange", false)
	p.invalid("terminal with a template", device(1, "Corner Café", point[:], make([]byte, 32)), "ErrRange", false)
	p.invalid("wallet with a name", device(2, "Corner Café", nil, nil), "ErrRange", false)
	p.invalid("wallet with a template of another length", device(2, nil, nil, make([]byte, 170)), "ErrRange", false)
	p.invalid("agreement key off the curve", device(1, "Corner Café", append([]byte{2}, make([]byte, 31)...), nil), "ErrMalformed", false)
	p.invalid("agreement key with an unknown sign", device(1, "Corner Café", append([]byte{4}, point[1:]...), nil), "ErrRange", true)
	p.invalid("five things about the device", p.edited(raw, -65537, []any{1, "Corner Café", point[:], nil, nil}), "ErrMalformed", false)
	p.invalid("no issuer", p.edited(raw, 1, ""), "ErrRange", false)
	p.invalid("issuer a byte string", p.edited(raw, 1, []byte("countersign/1")), "ErrMalformed", false)
	p.invalid("ends before it begins", p.edited(raw, 5, uint64(s.Terminal.Certificate.Unverified().Expires)+1), "ErrRange", true)
	p.invalid("ends after the year 9999", p.edited(raw, 4, uint64(afterAllTime)), "ErrRange", false)

	list := s.list()
	list.Revoked = []protocol.Revoked{{Subject: "T-0001", Until: protocol.At(s.now())}}
	reissued := list
	reissued.Revoked = []protocol.Revoked{{Subject: "T-0001", Until: s.Terminal.Certificate.Unverified().NotBefore - 1}}
	judge := func(name string, cert *protocol.Signed[protocol.Certificate], list *protocol.RevocationList, role string, seconds int, wanted string) {
		p.add(name, "verify certificate", vectorGiven{Bytes: cert.Bytes(), Trust: p.trust(list), Role: role, Now: p.now(seconds)}, wanted)
	}
	impostor := protocoltest.New(p.t, s.Realm.Name)
	impostor.Key = protocoltest.SignatureKey(p.t, "not PriA")
	judge("of a terminal", s.Terminal.Certificate, nil, "terminal", 0, "")
	judge("in its first second", s.Terminal.Certificate, nil, "terminal", -3600, "")
	judge("before", s.Terminal.Certificate, nil, "terminal", -3601, "ErrNotYetValid")
	judge("in its last second", s.Terminal.Certificate, nil, "terminal", 7*24*3600, "")
	judge("after", s.Terminal.Certificate, nil, "terminal", 7*24*3600+1, "ErrExpired")
	judge("of a wallet for a terminal", s.Wallet.Certificate, nil, "terminal", 0, "ErrRole")
	judge("revoked", s.Terminal.Certificate, &list, "terminal", 0, "ErrRevoked")
	judge("issued after it was revoked", s.Terminal.Certificate, &reissued, "terminal", 0, "")
	judge("of another authority", protocoltest.New(p.t, "elsewhere/1").Terminal("T-0001", "x").Certificate, nil, "terminal", 0, "ErrOtherAuthority")
	judge("of another authority with the same name", impostor.Terminal("T-0001", "x").Certificate, nil, "terminal", 0, "ErrOtherAuthority")
}

func identityVectors(p *press) {
	s := p.s
	signedKind(p, "What an authority says of itself (step 1).", "cs1/identity", "countersign/1", s.Realm.Key, s.identity(p.t))
	raw := protocoltest.Sign(p.t, s.Realm.Key, s.identity(p.t)).Bytes()
	thumbprint, other := s.Realm.Anchor().Key.Thumbprint(), s.Terminal.Public(p.t).Thumbprint()
	p.invalid("no root", p.edited(raw, 3, []byte{}), "ErrRange", false)
	p.add("with the thumbprint of its key", "verify identity", vectorGiven{Bytes: raw, Thumbprint: thumbprint[:]}, "")
	p.add("with another thumbprint", "verify identity", vectorGiven{Bytes: raw, Thumbprint: other[:]}, "ErrOtherAuthority")
	p.add("signed by another key", "verify identity", vectorGiven{Bytes: protocoltest.Sign(p.t, s.Terminal.Key, s.identity(p.t)).Bytes(), Thumbprint: thumbprint[:]}, "ErrSignature")
}

func enrolmentCodeVectors(p *press) {
	p.file.About = "The code that starts an enrolment, as text: CS1E: and Base32 of RFC 4648 without padding (step 1)."
	code := protocol.EnrolmentCode{Role: protocol.RoleWallet, Subject: "W-0001", Authority: p.s.Realm.Anchor().Key.Thumbprint(), Secret: protocol.Code([]byte("enrolment secret"))}
	text := ok[string](p.t)(protocol.EnrolmentText(code))
	decoded, err := json.Marshal(readable(code))
	if err != nil {
		p.t.Fatal(err)
	}
	given := vectorGiven{Text: text, Bytes: deterministic(p.t, code)}
	p.file.Cases = append(p.file.Cases, vector{Name: "valid", Do: "read text", Given: given, CDDL: &vectorShape{Rule: "enrolment-code", Matches: true}, Want: vectorWanted{Decoded: decoded}})
	bad := func(name, text, wanted string) { p.add(name, "read text", vectorGiven{Text: text}, wanted) }
	bad("a request's text", protocol.RequestText(p.s.request), "ErrNotOurs")
	bad("lower case", "CS1E:"+"qqba", "ErrMalformed")
	bad("padded", text+"=", "ErrMalformed")
	bad("cut short", text[:len(text)-8], "ErrMalformed")
	bad("nothing behind the prefix", "CS1E:", "ErrMalformed")
}

func challengeRequestVectors(p *press) {
	p.file.About = "What opens an enrolment or renewal: SHA-256 of the code's secret, or the certificate's hash, and the agreement key (step 1)."
	point := p.s.newcomer.Point(p.t)
	about := sha256.Sum256([]byte("enrolment secret"))
	p.valid("with an agreement key", deterministic(p.t, []any{about, point}))
	p.valid("without", deterministic(p.t, []any{about, nil}))
	p.invalid("key off the curve", deterministic(p.t, []any{about, make([]byte, 33)}), "ErrRange", true)
	p.invalid("key too short", deterministic(p.t, []any{about, point[:32]}), "ErrMalformed", false)
	p.invalid("one element", deterministic(p.t, []any{about}), "ErrMalformed", false)
	p.invalid("a byte behind", append(deterministic(p.t, []any{about, nil}), 0), "ErrMalformed", false)
}

func challengeVectors(p *press) {
	s := p.s
	challenge, secret := s.challenge(p.t)
	signedKind(p, "The authority's nonce, and a secret sealed to the agreement key that is to be proved (step 1).", "cs1/challenge", "countersign/1", s.Realm.Key, challenge)
	p.file.Info = "cs1/enrolment-challenge"
	empty := challenge
	empty.Sealed = nil
	p.valid("for a role without an agreement key", protocoltest.Sign(p.t, s.Realm.Key, empty).Bytes())
	p.invalid("sealed part of another length", p.edited(protocoltest.Sign(p.t, s.Realm.Key, challenge).Bytes(), 2, make([]byte, 80)), "ErrRange", false)
	given := vectorGiven{Bytes: hexBytes(challenge.Sealed), Key: p.agreement("T-0002", s.newcomer.Agreement), Info: p.file.Info, AAD: challenge.Nonce[:], Nonce: challenge.Nonce[:]}
	other := given
	other.Nonce = append(hexBytes(nil), given.Nonce...)
	other.Nonce[0] ^= 1
	other.AAD = other.Nonce
	p.sealedKind("sealed secret", given, secret[:], map[string]vectorGiven{"under another nonce": other})
}

func enrolmentVectors(p *press) {
	s := p.s
	signedKind(p, "A device's application for its certificate (step 1).", "cs1/enrolment", "T-0002", s.newcomer.Key, s.enrolment(p.t))
	wallet := s.enrolment(p.t)
	wallet.Key, wallet.Agreement, wallet.Answer, wallet.ByHash = s.Wallet.Public(p.t), nil, nil, true
	p.signer("W-0001", s.Wallet.Key)
	raw := protocoltest.Sign(p.t, s.Wallet.Key, wallet).Bytes()
	p.valid("of a wallet, template by hash", raw)
	p.invalid("answer without an agreement key", p.edited(raw, 5, make([]byte, 32)), "ErrRange", false)
	p.invalid("no TLS request", p.edited(raw, 6, []byte{}), "ErrRange", false)
}

func renewalVectors(p *press) {
	s := p.s
	signedKind(p, "A device's application for new dates (step 1).", "cs1/renewal", "T-0002", s.newcomer.Key, s.renewal(p.t))
	wallet := s.renewal(p.t)
	wallet.Certificate, wallet.Agreement, wallet.Answer = s.Wallet.Certificate, nil, nil
	p.signer("W-0001", s.Wallet.Key)
	raw := protocoltest.Sign(p.t, s.Wallet.Key, wallet).Bytes()
	p.valid("of a wallet", raw)
	p.invalid("agreement key without an answer", p.edited(raw, 3, s.newcomer.Point(p.t)), "ErrRange", false)
	p.invalid("certificate null", p.edited(raw, 2, nil), "ErrRange", false)
}

func issuedVectors(p *press) {
	s := p.s
	p.file.About = "The authority's answer to an enrolment or renewal (step 1)."
	certificate, settlement := s.Wallet.Certificate.Bytes(), s.Settlement.Certificate.Bytes()
	deposit := protocoltest.Sign(p.t, s.desk.Key, s.deposit()).Bytes()
	leaf := []byte("X.509 leaf, DER")
	p.valid("before settlement is enrolled", deterministic(p.t, []any{certificate, leaf, nil, nil}))
	p.valid("with settlement", deterministic(p.t, []any{certificate, leaf, settlement, nil}))
	p.valid("with settlement and deposit", deterministic(p.t, []any{certificate, leaf, settlement, deposit}))
	p.invalid("no certificate", deterministic(p.t, []any{nil, leaf, settlement, nil}), "ErrRange", false)
	p.invalid("no leaf", deterministic(p.t, []any{certificate, []byte{}, settlement, nil}), "ErrRange", false)
	p.invalid("certificate cut short", deterministic(p.t, []any{certificate[:40], leaf, settlement, nil}), "ErrMalformed", false)
	p.invalid("three elements", deterministic(p.t, []any{certificate, leaf, settlement}), "ErrMalformed", false)
}

func revocationListVectors(p *press) {
	s := p.s
	signedKind(p, "The certificates that the authority has taken back.", "cs1/revocation-list", "countersign/1", s.Realm.Key, s.list())
	sign := func(change func(l *protocol.RevocationList)) []byte {
		l := s.list()
		change(&l)
		return protocoltest.Sign(p.t, s.Realm.Key, l).Bytes()
	}
	same := func(*protocol.RevocationList) {}
	raw := sign(same)
	p.valid("empty", sign(func(l *protocol.RevocationList) { l.Revoked = []protocol.Revoked{} }))
	p.invalid("unsorted", p.edited(raw, 4, []any{[]any{"b", 1}, []any{"a", 1}}), "ErrRange", true)
	p.invalid("one subject twice", p.edited(raw, 4, []any{[]any{"a", 1}, []any{"a", 2}}), "ErrRange", true)
	p.invalid("entries null", p.edited(raw, 4, nil), "ErrRange", false)
	judge := func(name string, raw []byte, seen *protocol.RevocationList, seconds int, wanted string) {
		p.add(name, "accept list", vectorGiven{Bytes: raw, Trust: p.trust(seen), Now: p.now(seconds), MaxAge: 300}, wanted)
	}
	seen := s.list()
	judge("first", raw, nil, 0, "")
	judge("300 s old", raw, nil, 300, "")
	judge("301 s old", raw, nil, 301, "ErrListStale")
	judge("seen before", raw, &seen, 0, "")
	judge("rolled back", sign(func(l *protocol.RevocationList) { l.Sequence-- }), &seen, 0, "ErrListStale")
	judge("of another authority", sign(func(l *protocol.RevocationList) { l.Issuer = "elsewhere/1" }), nil, 0, "ErrOtherAuthority")
	judge("signed by a terminal", protocoltest.Sign(p.t, s.Terminal.Key, s.list()).Bytes(), nil, 0, "ErrSignature")
}

func templateDepositVectors(p *press) {
	s := p.s
	signedKind(p, "An owner's template as the desk sealed it, on its way to the authority's archive and to settlement (step 1).", "cs1/template-deposit", "D-0001", s.desk.Key, s.deposit())
	raw := protocoltest.Sign(p.t, s.desk.Key, s.deposit()).Bytes()
	p.valid("with the record of the consent", protocoltest.Sign(p.t, s.desk.Key, s.agreedDeposit(p.t)).Bytes())
	p.invalid("no consent", p.edited(raw, 6, false), "ErrRange", false)
	p.invalid("template open", p.edited(raw, 3, []byte(live())), "ErrRange", false)
}

func enrolledTemplateVectors(p *press) {
	s := p.s
	p.file.About, p.file.Info = "The owner's template InforFp, sealed to settlement by the desk (step 1).", "cs1/fp-enrolled"
	given := func(sealed protocol.Sealed, authority, wallet protocol.ID) vectorGiven {
		return vectorGiven{
			Bytes: hexBytes(sealed), Key: p.agreement("settlement-1", s.Settlement.Agreement), Info: p.file.Info,
			AAD: deterministic(p.t, []any{authority, wallet}), Authority: authority, Wallet: wallet,
		}
	}
	template := protocoltest.Template(120, "enrolled")
	sealed := protocol.Sealed(s.Wallet.Certificate.Unverified().Device.Print)
	p.sealedKind("120 bytes", given(sealed, "countersign/1", "W-0001"), template, map[string]vectorGiven{
		"of another wallet": given(sealed, "countersign/1", "W-0002"), "of another authority": given(sealed, "elsewhere/1", "W-0001"),
		"live print in its place": given(s.submission.Unverified().Print, "countersign/1", "W-0001"),
	})
}
