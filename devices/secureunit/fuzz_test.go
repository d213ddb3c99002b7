package secureunit

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"math/big"
	"testing"
)

// Whatever decodes encodes to the same bytes.
func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte{})
	f.Add(encodeRecord(1, nil))
	f.Add(encodeRecord(1<<63, []byte("data")))
	f.Add(encodeRecord(7, make([]byte, 300))[:200])
	f.Fuzz(func(t *testing.T, value []byte) {
		sequence, data, intact := decodeRecord(value)
		if intact && !bytes.Equal(encodeRecord(sequence, data), value) {
			t.Errorf("%x decodes to %d, %x", value, sequence, data)
		}
		if !intact && (sequence != 0 || data != nil) {
			t.Errorf("%x is damaged and yet gave data", value)
		}
	})
}

func FuzzDecodePoint(f *testing.F) {
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	raw := k.PublicKey().Bytes()
	f.Add(raw)
	f.Add(append([]byte{4, 65}, raw...))
	f.Add([]byte{4, 65, 4})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, value []byte) {
		point, err := decodePoint(value)
		if err != nil {
			return
		}
		if len(point) != pointSize || !bytes.HasSuffix(value, point) {
			t.Fatalf("%x decodes to %x", value, point)
		}
		// crypto/ecdh and crypto/ecdsa agree on which points are good.
		_, errA := ecdh.P256().NewPublicKey(point)
		_, errB := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if (errA == nil) != (errB == nil) {
			t.Errorf("%x: %v, %v", point, errA, errB)
		}
	})
}

func FuzzEncodeSignature(f *testing.F) {
	order := elliptic.P256().Params().N
	last := new(big.Int).Sub(order, big.NewInt(1)).FillBytes(make([]byte, 32))
	f.Add(append(bytes.Repeat([]byte{1}, 32), last...))
	f.Add(append(bytes.Repeat([]byte{1}, 32), order.Bytes()...))
	f.Add(bytes.Repeat([]byte{0xff}, 64))
	f.Add(make([]byte, 64))
	f.Add(make([]byte, 63))
	f.Fuzz(func(t *testing.T, raw []byte) {
		der, err := encodeSignature(raw)
		if err != nil {
			return
		}
		var sig struct{ R, S *big.Int }
		if rest, err := asn1.Unmarshal(der, &sig); err != nil || len(rest) > 0 {
			t.Fatalf("%x: not DER: %v", raw, err)
		}
		given := new(big.Int).SetBytes(raw[32:])
		same := sig.S.Cmp(given) == 0
		mirrored := new(big.Int).Add(sig.S, given).Cmp(order) == 0
		if sig.S.Sign() <= 0 || sig.S.Cmp(new(big.Int).Rsh(order, 1)) > 0 || !same && !mirrored {
			t.Errorf("%x: s is %x", raw, sig.S)
		}
		if sig.R.Sign() <= 0 || sig.R.Cmp(order) >= 0 || given.Cmp(order) >= 0 {
			t.Errorf("%x: outside the order and yet encoded", raw)
		}
	})
}
