package protocol_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func TestEveryMessageSignsParsesAndVerifies(t *testing.T) {
	s := newScene(t)
	for _, m := range s.messages(t) {
		t.Run(m.name, func(t *testing.T) {
			again, hash, err := m.parse(m.raw)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again, m.raw) {
				t.Errorf("decoded and encoded again it is\n%x, was\n%x", again, m.raw)
			}
			if hash != m.hash {
				t.Errorf("hash is %x, the signer's was %x", hash, m.hash)
			}
			wantError(t, m.verify(m.raw, protocoltest.PublicKey(t, m.key)), nil)
		})
	}
}

func TestSignatureByAnotherKeyIsRefused(t *testing.T) {
	s := newScene(t)
	for _, m := range s.messages(t) {
		t.Run(m.name, func(t *testing.T) {
			other := protocoltest.PublicKey(t, protocoltest.SignatureKey(t, "somebody else"))
			wantError(t, m.verify(m.raw, other), protocol.ErrSignature)
		})
	}
}

func TestEveryBitOfASignedMessageCounts(t *testing.T) {
	s := newScene(t)
	key := protocoltest.PublicKey(t, s.Settlement.Key)
	raw := s.outcome.Bytes()
	for i := range len(raw) * 8 {
		flipped := slices.Clone(raw)
		flipped[i/8] ^= 1 << (i % 8)
		parsed, err := protocol.Parse[protocol.Outcome](flipped)
		if err == nil {
			_, err = parsed.Verify(key)
		}
		if !errors.Is(err, protocol.ErrMalformed) && !errors.Is(err, protocol.ErrRange) && !errors.Is(err, protocol.ErrSignature) {
			t.Fatalf("bit %d flipped: %v", i, err)
		}
	}
}

// Three kinds share one form, so that only the context tells them apart.
func TestSignatureIsForOneKind(t *testing.T) {
	s := newScene(t)
	key := s.Terminal.Public(t)
	reversal := protocoltest.Sign(t, s.Terminal.Key, protocol.Reversal(s.advice())).Bytes()
	query, err := protocol.Parse[protocol.Query](reversal)
	if err != nil {
		t.Fatal(err)
	}
	_, err = query.Verify(key)
	wantError(t, err, protocol.ErrSignature)
	acknowledgement := ok[*protocol.Signed[protocol.Acknowledgement]](t)(protocol.Parse[protocol.Acknowledgement](reversal))
	_, err = acknowledgement.Verify(key)
	wantError(t, err, protocol.ErrSignature)
	if query.Hash() == acknowledgement.Hash() {
		t.Error("the hash of a message does not depend on its kind")
	}
}

// Hash must not move with the signature: two signatures, one message.
func TestHashIgnoresTheSignature(t *testing.T) {
	s := newScene(t)
	a, b := s.Request(t), s.Request(t)
	if bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Fatal("two signatures are the same; the test shows nothing")
	}
	if a.Hash() != b.Hash() {
		t.Error("two signatures over one request give two hashes")
	}
}

func TestEnvelopesOtherThanTheOne(t *testing.T) {
	s := newScene(t)
	tests := []struct {
		name   string
		change func(w *wire)         // before it is put together again
		bytes  func(b []byte) []byte // after that
	}{
		{name: "tagged as COSE_Sign1", bytes: func(b []byte) []byte { return append([]byte{0xd2}, b...) }},
		{name: "tagged as CBOR", bytes: func(b []byte) []byte { return append([]byte{0xd9, 0xd9, 0xf7}, b...) }},
		{name: "a byte behind", bytes: func(b []byte) []byte { return append(b, 0) }},
		{name: "cut short", bytes: func(b []byte) []byte { return b[:len(b)-1] }},
		{name: "nothing", bytes: func([]byte) []byte { return nil }},
		{name: "null", bytes: func([]byte) []byte { return []byte{0xf6} }},
		{name: "array of indefinite length", bytes: func(b []byte) []byte { return append(append([]byte{0x9f}, b[1:]...), 0xff) }},
		{name: "array with a long head", bytes: longForm},
		{name: "five elements", bytes: func(b []byte) []byte { return append(append([]byte{0x85}, b[1:]...), 0xf6) }},
		{name: "more than a message may have", bytes: func([]byte) []byte { return make([]byte, 1<<20+1) }},
		{name: "junk in the unprotected header", change: func(w *wire) { w.Unprotected = []byte{0xa1, 0x18, 0x63, 0x01} }},
		{name: "text in the unprotected header", change: func(w *wire) { w.Unprotected = []byte{0xa1, 0x61, 'x', 0x01} }},
		{name: "algorithm in the unprotected header", change: func(w *wire) { w.Unprotected = []byte{0xa1, 0x01, 0x26} }},
		{name: "unprotected header null", change: func(w *wire) { w.Unprotected = []byte{0xf6} }},
		{name: "unprotected header of indefinite length", change: func(w *wire) { w.Unprotected = []byte{0xbf, 0xff} }},
		{name: "unprotected header an array", change: func(w *wire) { w.Unprotected = []byte{0x80} }},
		{name: "no protected header", change: func(w *wire) { w.Protected = nil }},
		{name: "another algorithm", change: func(w *wire) { w.Protected = []byte{0xa1, 0x01, 0x38, 0x22} }},
		{name: "a key identifier", change: func(w *wire) { w.Protected = []byte{0xa2, 0x01, 0x26, 0x04, 0x40} }},
		{name: "algorithm in a longer form", change: func(w *wire) { w.Protected = []byte{0xa1, 0x01, 0x38, 0x06} }},
		{name: "detached payload", change: func(w *wire) { w.Payload = nil }},
		{name: "empty payload", change: func(w *wire) { w.Payload = []byte{} }},
		{name: "payload null", change: func(w *wire) { w.Payload = []byte{0xf6} }},
		{name: "the other s", change: func(w *wire) { w.Signature = highS(w.Signature) }},
		{name: "signature too short", change: func(w *wire) { w.Signature = w.Signature[:63] }},
		{name: "signature too long", change: func(w *wire) { w.Signature = append(w.Signature, 0) }},
		{name: "no signature", change: func(w *wire) { w.Signature = nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, m := range s.messages(t) {
				w := takeApart(t, m.raw)
				if test.change != nil {
					test.change(&w)
				}
				raw := w.bytes(t)
				if test.bytes != nil {
					raw = test.bytes(raw)
				}
				if bytes.Equal(raw, m.raw) {
					t.Fatal("the message was not changed")
				}
				if _, _, err := m.parse(raw); !errors.Is(err, protocol.ErrMalformed) {
					t.Errorf("%s: error is %v, want %v", m.name, err, protocol.ErrMalformed)
				}
			}
		})
	}
}

func TestPayloadsInAnotherEncoding(t *testing.T) {
	s := newScene(t)
	for _, m := range s.messages(t) {
		w := takeApart(t, m.raw)
		all := pairs(t, w.Payload)
		last := len(all) - 1
		refused := func(name string, payload []byte, want ...error) {
			t.Run(m.name+"/"+name, func(t *testing.T) {
				w.Payload = payload
				_, _, err := m.parse(w.bytes(t))
				if !slices.ContainsFunc(want, func(e error) bool { return errors.Is(err, e) }) {
					t.Errorf("error is %v, want %v", err, want)
				}
			})
		}
		change := func(i int, p pair) []byte {
			changed := slices.Clone(all)
			changed[i] = p
			return join(changed)
		}
		malformed := protocol.ErrMalformed
		refused("unknown key", join(append(slices.Clone(all), pair{[]byte{0x18, 0x63}, []byte{1}})), malformed)
		refused("text for a key", change(0, pair{[]byte{0x61, '1'}, all[0].value}), malformed)
		refused("repeated key", join(append(slices.Clone(all), all[last])), malformed)
		refused("indefinite length", append(append([]byte{0xbf}, body(all)...), 0xff), malformed)
		refused("longer head", longForm(join(all)), malformed)
		refused("byte behind", append(join(all), 0), malformed)
		refused("keys out of order", join(append(slices.Clone(all[1:]), all[0])), malformed)
		for i, p := range all {
			key := keyOf(t, p)
			if !slices.Contains(m.optional, key) {
				refused(fmt.Sprintf("without key %d", key), join(slices.Delete(slices.Clone(all), i, i+1)), malformed, protocol.ErrRange)
			}
			if !slices.Contains(m.nullable, key) {
				refused(fmt.Sprintf("key %d null", key), change(i, pair{p.key, []byte{0xf6}}), malformed, protocol.ErrRange)
			}
			refused(fmt.Sprintf("key %d in a longer form", key), change(i, pair{longForm(p.key), p.value}), malformed)
			if major := p.value[0] >> 5; major != 7 {
				refused(fmt.Sprintf("value of key %d in a longer form", key), change(i, pair{p.key, longForm(p.value)}), malformed)
			}
			refused(fmt.Sprintf("value of key %d tagged", key), change(i, pair{p.key, append([]byte{0xc1}, p.value...)}), malformed)
			refused(fmt.Sprintf("value of key %d undefined", key), change(i, pair{p.key, []byte{0xf7}}), malformed)
			refused(fmt.Sprintf("value of key %d a negative number", key), change(i, pair{p.key, []byte{0x20}}), malformed, protocol.ErrRange)
			refused(fmt.Sprintf("value of key %d a fraction", key), change(i, pair{p.key, []byte{0xf9, 0x3e, 0x00}}), malformed)
		}
	}
}
