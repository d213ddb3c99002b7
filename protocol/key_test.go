package protocol_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func TestKeysOnOtherCurves(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, err = protocol.NewKey(&p384.PublicKey)
	wantError(t, err, protocol.ErrRange)
	_, err = protocol.NewKey(nil)
	wantError(t, err, protocol.ErrRange)
	x25519, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, err = protocol.NewPoint(x25519.PublicKey())
	wantError(t, err, protocol.ErrRange)
	_, err = protocol.NewPoint(nil)
	wantError(t, err, protocol.ErrRange)
	s := newScene(t)
	_, edward, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, err = protocol.Sign(edward, s.refund())
	wantError(t, err, protocol.ErrRange)
	_, err = protocol.Sign(p384, s.refund())
	wantError(t, err, protocol.ErrRange)
}

// Compression loses nothing, whichever sign y has, and the key is the one that
// verifies.
func TestKeysComeBack(t *testing.T) {
	signs := make(map[bool]bool)
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		private := protocoltest.SignatureKey(t, name)
		key := protocoltest.PublicKey(t, private)
		public := ok[*ecdsa.PublicKey](t)(key.ECDSA())
		if !public.Equal(&private.PublicKey) {
			t.Errorf("key %s comes back as another", name)
		}
		signs[key.Odd] = true
		if want := sha256.Sum256(deterministic(t, key)); key.Thumbprint() != want {
			t.Errorf("thumbprint of %s is %x, want %x", name, key.Thumbprint(), want)
		}
		agreement := protocoltest.AgreementKey(t, name).PublicKey()
		point := ok[protocol.Point](t)(protocol.NewPoint(agreement))
		if back := ok[*ecdh.PublicKey](t)(point.ECDH()); !back.Equal(agreement) {
			t.Errorf("point %s comes back as another", name)
		}
	}
	if len(signs) != 2 {
		t.Error("all keys have the same sign; the test shows half")
	}
}

// Every signature that Sign makes has the low s, whatever the signer returns.
func TestSignaturesHaveTheLowS(t *testing.T) {
	s := newScene(t)
	for range 32 {
		raw := s.Request(t).Bytes()
		if _, err := protocol.Parse[protocol.Request](raw); err != nil {
			t.Fatal(err)
		}
		w := takeApart(t, raw)
		w.Signature = highS(w.Signature)
		if _, err := protocol.Parse[protocol.Request](w.bytes(t)); !errors.Is(err, protocol.ErrMalformed) {
			t.Fatalf("the high s is accepted: %v", err)
		}
	}
}

func TestSignedMessagesAreShared(t *testing.T) {
	s := newScene(t)
	trust := s.Realm.Trust()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, _, err := protocol.VerifyRequest(s.request, trust, s.now()); err != nil {
				t.Error(err)
			}
			if _, _, err := protocol.VerifyPayment(s.payment, s.request, trust, s.now()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// What a caller does later with the bytes that it gave is not seen by the message.
func TestBytesAreCopied(t *testing.T) {
	s := newScene(t)
	raw := append([]byte(nil), s.outcome.Bytes()...)
	parsed := ok[*protocol.Signed[protocol.Outcome]](t)(protocol.Parse[protocol.Outcome](raw))
	clear(raw)
	if _, err := parsed.Verify(s.Settlement.Public(t)); err != nil {
		t.Error(err)
	}
}
