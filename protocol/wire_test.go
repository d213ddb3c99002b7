package protocol_test

import (
	"bytes"
	"crypto/elliptic"
	"math/big"
	"slices"
	"testing"

	"countersign/protocol"

	"github.com/fxamacker/cbor/v2"
)

// A wire is a COSE_Sign1 taken apart, so that a test can put it together in ways
// that Sign never would.
type wire struct {
	_           struct{} `cbor:",toarray"`
	Protected   []byte
	Unprotected cbor.RawMessage
	Payload     []byte
	Signature   []byte
}

func takeApart(t testing.TB, raw []byte) wire {
	t.Helper()
	var w wire
	if err := cbor.Unmarshal(raw, &w); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w wire) bytes(t testing.TB) []byte {
	return slices.Concat([]byte{0x84}, deterministic(t, w.Protected), w.Unprotected, deterministic(t, w.Payload), deterministic(t, w.Signature))
}

// deterministic encodes v by RFC 8949 §4.2, with a mode that owes nothing to the
// package under test.
func deterministic(t testing.TB, v any) []byte {
	t.Helper()
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := mode.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reencode makes a message's bytes anew from what was decoded: the payload from
// its fields, the headers from what they must be. Only the signature, which
// cannot be made again, is taken over.
func reencode[P protocol.Payload](t testing.TB, s *protocol.Signed[P]) []byte {
	t.Helper()
	w := takeApart(t, s.Bytes())
	return wire{Protected: []byte{0xa1, 1, 0x26}, Unprotected: []byte{0xa0}, Payload: deterministic(t, s.Unverified()), Signature: w.Signature}.bytes(t)
}

// highS replaces s by n − s, which verifies as well.
func highS(sig []byte) []byte {
	sig = slices.Clone(sig)
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	return sig
}

// A pair is a key and a value of a CBOR map, as bytes.
type pair struct{ key, value []byte }

// pairs takes a payload of fewer than 24 pairs apart.
func pairs(t testing.TB, payload []byte) []pair {
	t.Helper()
	if len(payload) == 0 || payload[0]>>5 != 5 || payload[0]&31 > 23 {
		t.Fatalf("not a short map: %x", payload)
	}
	all := make([]pair, payload[0]&31)
	rest := payload[1:]
	for i := range all {
		var key, value cbor.RawMessage
		var err error
		if rest, err = cbor.UnmarshalFirst(rest, &key); err != nil {
			t.Fatal(err)
		}
		if rest, err = cbor.UnmarshalFirst(rest, &value); err != nil {
			t.Fatal(err)
		}
		all[i] = pair{key, value}
	}
	return all
}

// join is the inverse of pairs, in the order given and whatever the keys are.
func join(all []pair) []byte { return append([]byte{0xa0 + byte(len(all))}, body(all)...) }

func body(all []pair) []byte {
	var b bytes.Buffer
	for _, p := range all {
		b.Write(p.key)
		b.Write(p.value)
	}
	return b.Bytes()
}

// keyOf returns the integer that a pair's key is.
func keyOf(t testing.TB, p pair) int {
	t.Helper()
	var key int
	if err := cbor.Unmarshal(p.key, &key); err != nil {
		t.Fatal(err)
	}
	return key
}

// longForm writes the head of a CBOR item with nine bytes.
func longForm(item []byte) []byte {
	major, short := item[0]&0xe0, item[0]&31
	n, after := uint64(short), 1
	if short >= 24 && short <= 27 {
		size := 1 << (short - 24)
		n, after = 0, 1+size
		for _, b := range item[1 : 1+size] {
			n = n<<8 | uint64(b)
		}
	}
	head := []byte{major | 27}
	for shift := 56; shift >= 0; shift -= 8 {
		head = append(head, byte(n>>shift))
	}
	return append(head, item[after:]...)
}
