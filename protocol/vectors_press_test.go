package protocol_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/cryptotest"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// A press prints the vectors of one kind.
type press struct {
	t    testing.TB
	s    scene
	file vectorFile
}

// writeAllVectors makes every file anew. The randomness is seeded, so that a
// change of the files is a change of the protocol.
func writeAllVectors(t *testing.T) {
	if err := os.MkdirAll(vectorDirectory, 0o755); err != nil {
		t.Fatal(err)
	}
	all := map[string]func(p *press){
		"certificate": certificateVectors, "identity": identityVectors, "enrolment-code": enrolmentCodeVectors,
		"challenge-request": challengeRequestVectors, "challenge": challengeVectors, "enrolment": enrolmentVectors,
		"renewal": renewalVectors, "issued": issuedVectors, "revocation-list": revocationListVectors,
		"template-deposit": templateDepositVectors, "consent": consentVectors, "desk-order": deskOrderVectors,
		"erasure-list": erasureListVectors, "request": requestVectors, "payment": paymentVectors,
		"payer-secret": payerSecretVectors, "submission": submissionVectors, "envelope": envelopeVectors,
		"outcome": outcomeVectors, "reversal": adviceVectors[protocol.Reversal], "acknowledge": adviceVectors[protocol.Acknowledgement],
		"query": adviceVectors[protocol.Query], "refund": refundVectors, "refund-outcome": refundOutcomeVectors,
		"totals-query": totalsQueryVectors, "totals": totalsVectors, "z-report": zReportVectors, "terminal-status": terminalStatusVectors, "journal-anchor": journalAnchorVectors, "anchor-receipt": anchorReceiptVectors,
		"account-registration": accountVectors,
		"account-info":         accountInfoVectors, "anchor": anchorVectors, "live-print": livePrintVectors,
		"enrolled-template": enrolledTemplateVectors, "base45": base45Vectors,
	}
	maps.Copy(all, tapVectors())
	for kind, fill := range all {
		t.Run("write "+kind, func(t *testing.T) {
			cryptotest.SetGlobalRandom(t, 9285)
			p := &press{t: t, s: newScene(t), file: vectorFile{Kind: kind, Keys: make(map[string]vectorKey)}}
			fill(p)
			text, err := json.MarshalIndent(p.file, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(vectorDirectory, kind+".json"), append(text, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// signer adds a signature key to the file and returns its name.
func (p *press) signer(name string, key *ecdsa.PrivateKey) string {
	private, err := key.Bytes()
	if err != nil {
		p.t.Fatal(err)
	}
	p.file.Keys[name] = vectorKey{Use: "signature", Private: private, Public: deterministic(p.t, protocoltest.PublicKey(p.t, key))}
	return name
}

// agreement adds an agreement key to the file and returns its name.
func (p *press) agreement(name string, key *ecdh.PrivateKey) string {
	name += " agreement"
	point := ok[protocol.Point](p.t)(protocol.NewPoint(key.PublicKey()))
	p.file.Keys[name] = vectorKey{Use: "agreement", Private: key.Bytes(), Public: point[:]}
	return name
}

// trust is the belief in the scene's authority, with a list or without.
func (p *press) trust(list *protocol.RevocationList) *vectorTrust {
	name := p.signer(string(p.s.Realm.Name), p.s.Realm.Key)
	trust := &vectorTrust{Anchors: map[protocol.ID]string{p.s.Realm.Name: name}}
	if list != nil {
		trust.List = protocoltest.Sign(p.t, p.s.Realm.Key, *list).Bytes()
	}
	return trust
}

// now is the scene's time, moved by some seconds.
func (p *press) now(seconds int) time.Time {
	return p.s.now().Add(time.Duration(seconds) * time.Second)
}

// add adds a case; wanted is the name of its error.
func (p *press) add(name, do string, given vectorGiven, wanted string) {
	p.file.Cases = append(p.file.Cases, vector{Name: name, Do: do, Given: given, Want: vectorWanted{Error: wanted}})
}

// valid adds a case that decodes, with what it decodes to.
func (p *press) valid(name string, raw []byte) {
	p.t.Helper()
	decoded, encoded, hash, err := codecs()[p.file.Kind].parse(p.t, raw)
	if err != nil || !bytes.Equal(encoded, raw) {
		p.t.Fatalf("%s %s: %v", p.file.Kind, name, err)
	}
	text, err := json.Marshal(readable(decoded))
	if err != nil {
		p.t.Fatal(err)
	}
	p.file.Cases = append(p.file.Cases, vector{
		Name: name, Do: "decode", Given: vectorGiven{Bytes: raw, Key: p.signerOf(raw)}, CDDL: &vectorShape{Rule: p.file.Kind, Matches: true},
		Want: vectorWanted{Hash: hash, Decoded: text},
	})
}

// signerOf finds whose signature a message of a signed kind bears.
func (p *press) signerOf(raw []byte) string {
	p.t.Helper()
	verify := codecs()[p.file.Kind].verify
	if verify == nil {
		return ""
	}
	for name, key := range readKeys(p.t, p.file.Keys).public {
		if verify(raw, key) == nil {
			return name
		}
	}
	p.t.Fatalf("%s: the signer's key is not in the file", p.file.Kind)
	return ""
}

// invalid adds a case that does not decode. matches says whether it is still what
// messages.cddl describes, which knows nothing of encodings, order and curves.
func (p *press) invalid(name string, raw []byte, wanted string, matches bool) {
	p.file.Cases = append(p.file.Cases, vector{
		Name: name, Do: "decode", Given: vectorGiven{Bytes: raw}, CDDL: &vectorShape{Rule: p.file.Kind, Matches: matches},
		Want: vectorWanted{Error: wanted},
	})
}

// signedKind adds what every signed kind has: a valid message, its verification,
// and the ways in which any of them may be wrong.
func signedKind[P protocol.Payload](p *press, about, context, signer string, key *ecdsa.PrivateKey, payload P) {
	p.file.About, p.file.Context = about, context
	p.signer(signer, key)
	good := protocoltest.Sign(p.t, key, payload)
	hash := good.Hash()
	p.valid("valid", good.Bytes())
	p.add("signed by its party", "verify", vectorGiven{Bytes: good.Bytes(), Key: signer}, "")
	p.file.Cases[len(p.file.Cases)-1].Want.Hash = hash[:]
	p.add("signed by somebody else", "verify", vectorGiven{Bytes: good.Bytes(), Key: p.signer("somebody else", protocoltest.SignatureKey(p.t, "somebody else"))}, "ErrSignature")
	w := takeApart(p.t, good.Bytes())
	foreign := w
	foreign.Signature = signAs(p.t, key, "cs1/another-kind", w.Payload)
	p.add("signed as another kind", "verify", vectorGiven{Bytes: foreign.bytes(p.t), Key: signer}, "ErrSignature")

	envelope := func(name string, matches bool, change func(w *wire)) {
		changed := takeApart(p.t, good.Bytes())
		change(&changed)
		p.invalid(name, changed.bytes(p.t), "ErrMalformed", matches)
	}
	raw := good.Bytes()
	p.invalid("tagged as COSE_Sign1", append([]byte{0xd2}, raw...), "ErrMalformed", false)
	p.invalid("a byte behind", append(slices.Clone(raw), 0), "ErrMalformed", false)
	p.invalid("cut short", raw[:len(raw)-1], "ErrMalformed", false)
	p.invalid("array with a longer head", longForm(raw), "ErrMalformed", true)
	p.invalid("array of indefinite length", slices.Concat([]byte{0x9f}, raw[1:], []byte{0xff}), "ErrMalformed", true)
	envelope("junk in the unprotected header", false, func(w *wire) { w.Unprotected = []byte{0xa1, 0x18, 0x63, 0x01} })
	envelope("unprotected header null", false, func(w *wire) { w.Unprotected = []byte{0xf6} })
	envelope("another algorithm", false, func(w *wire) { w.Protected = []byte{0xa1, 0x01, 0x38, 0x22} })
	envelope("the other s", true, func(w *wire) { w.Signature = highS(w.Signature) })
	envelope("signature too short", false, func(w *wire) { w.Signature = w.Signature[:63] })
	all := pairs(p.t, w.Payload)
	payloads := func(name string, matches bool, payload []byte) {
		envelope(name, matches, func(w *wire) { w.Payload = payload })
	}
	payloads("payload with an unknown key", false, join(append(slices.Clone(all), pair{[]byte{0x18, 0x63}, []byte{1}})))
	payloads("payload without its first key", false, join(all[1:]))
	payloads("payload with a key twice", false, join(append(slices.Clone(all), all[len(all)-1])))
	payloads("payload with keys out of order", true, join(append(slices.Clone(all[1:]), all[0])))
	payloads("payload of indefinite length", true, slices.Concat([]byte{0xbf}, body(all), []byte{0xff}))
	payloads("payload with a byte behind", false, append(join(all), 0))
	payloads("payload with a key in a longer form", true, join(append([]pair{{longForm(all[0].key), all[0].value}}, all[1:]...)))
}

// edited returns a signed message with one value of its payload replaced; the
// signature is left as it was, because decoding does not look at it.
func (p *press) edited(raw []byte, key int, value any) []byte {
	p.t.Helper()
	w := takeApart(p.t, raw)
	all := pairs(p.t, w.Payload)
	i := slices.IndexFunc(all, func(q pair) bool { return keyOf(p.t, q) == key })
	if i < 0 {
		p.t.Fatalf("%s has no key %d", p.file.Kind, key)
	}
	all[i].value = deterministic(p.t, value)
	w.Payload = join(all)
	return w.bytes(p.t)
}

// sealedKind adds what every sealed kind has: it opens, and does not with
// another key, other info, other aad or other bytes. change makes a given that
// is bound to something else.
func (p *press) sealedKind(name string, given vectorGiven, plaintext []byte, others map[string]vectorGiven) {
	p.add(name, "open", given, "")
	p.file.Cases[len(p.file.Cases)-1].Want.Plaintext = plaintext
	wrongKey := given
	wrongKey.Key = p.agreement("somebody else", protocoltest.AgreementKey(p.t, "somebody else"))
	others["for another key"] = wrongKey
	for what, at := range map[string]int{"encapsulated key changed": 5, "ciphertext changed": 40, "tag changed": len(given.Bytes) - 1} {
		changed := given
		changed.Bytes = slices.Clone(given.Bytes)
		changed.Bytes[at] ^= 1
		others[what] = changed
	}
	short := given
	short.Bytes = given.Bytes[:len(given.Bytes)-1]
	others["cut short"] = short
	names := make([]string, 0, len(others))
	for name := range others {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, what := range names {
		p.add(name+", "+what, "open", others[what], "ErrSealed")
	}
}
