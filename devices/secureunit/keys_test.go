package secureunit_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"testing"

	"countersign/devices/secureunit"
)

func TestSignaturesVerifyAndHaveLowS(t *testing.T) {
	u := open(t)
	for _, p := range []secureunit.Purpose{secureunit.Signing, secureunit.TLS, secureunit.CertificateAuthority, secureunit.Card} {
		ensure(t, u, p)
		signer, err := u.Signer(p)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 32 {
			digest := sha256.Sum256([]byte{byte(i)})
			der, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			if !ecdsa.VerifyASN1(signer.Public().(*ecdsa.PublicKey), digest[:], der) {
				t.Fatalf("%s signature does not verify", p)
			}
			if !lowS(t, der) {
				t.Fatalf("%s signature has the upper s", p)
			}
		}
	}
}

func TestSignerTakesSHA256DigestsOnly(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Signing)
	signer, err := u.Signer(secureunit.Signing)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		digest []byte
		opts   crypto.SignerOpts
	}{
		"SHA-384":       {make([]byte, 48), crypto.SHA384},
		"short":         {make([]byte, 31), crypto.SHA256},
		"long":          {make([]byte, 33), crypto.SHA256},
		"unhashed":      {make([]byte, 32), crypto.Hash(0)},
		"no options":    {make([]byte, 48), nil},
		"empty message": {nil, crypto.SHA256},
	} {
		if _, err := signer.Sign(nil, c.digest, c.opts); !errors.Is(err, secureunit.ErrUnsupportedDigest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAgreementEqualsSoftware(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Agreement)
	token, err := u.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	// Go on until a secret begins with a zero byte: tokens have been known to
	// drop it.
	for zero, n := false, 0; !zero || n < 32; n++ {
		ours, err := ecdh.P256().GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		want, err := ours.ECDH(token.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		if n >= 32 && want[0] != 0 {
			continue
		}
		zero = zero || want[0] == 0
		got, err := token.ECDH(ours.PublicKey())
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("agreement %d differs from software: %v", n, err)
		}
	}
}

func TestAgreementRefusesOtherCurves(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Agreement)
	token, err := u.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	other, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, remote := range []*ecdh.PublicKey{nil, other.PublicKey()} {
		if _, err := token.ECDH(remote); !errors.Is(err, secureunit.ErrWrongUse) {
			t.Errorf("agreed with %v: %v", remote, err)
		}
	}
}

func TestGenerations(t *testing.T) {
	u := open(t)
	ctx := t.Context()
	if _, err := u.Agreement(); !errors.Is(err, secureunit.ErrNoKey) {
		t.Fatalf("agreement key before it is made: %v", err)
	}
	if secureunit.Hint(errors.Join(secureunit.ErrNoKey)) == "" {
		t.Error("no hint")
	}
	ensure(t, u, secureunit.Agreement)
	if made, err := u.EnsureKey(ctx, secureunit.Agreement); made || err != nil {
		t.Fatalf("made again: %v, %v", made, err)
	}
	first, err := u.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	k, err := u.NextKey(ctx, secureunit.Agreement)
	if err != nil || k.Generation != 2 {
		t.Fatalf("next key %v: %v", k, err)
	}
	second, err := u.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	old, err := u.AgreementOf(1)
	if err != nil {
		t.Fatal(err)
	}
	if !old.PublicKey().Equal(first.PublicKey()) || second.PublicKey().Equal(first.PublicKey()) {
		t.Fatal("generations are mixed up")
	}
	keys, err := u.Keys(ctx, secureunit.Agreement)
	if err != nil || len(keys) != 2 || keys[0].Generation != 1 || keys[1].Generation != 2 {
		t.Fatalf("keys %v: %v", keys, err)
	}
	if err := u.DeleteKey(ctx, keys[0]); err != nil {
		t.Fatal(err)
	}
	if err := u.DeleteKey(ctx, keys[0]); !errors.Is(err, secureunit.ErrNoKey) {
		t.Fatalf("deleted twice: %v", err)
	}
	if _, err := first.ECDH(second.PublicKey()); !errors.Is(err, secureunit.ErrNoKey) {
		t.Fatalf("deleted key still agrees: %v", err)
	}
	if _, err := second.ECDH(first.PublicKey()); err != nil {
		t.Fatalf("newer key suffered: %v", err)
	}
	if _, err := u.Signer(secureunit.Agreement); !errors.Is(err, secureunit.ErrWrongUse) {
		t.Errorf("agreement key as signer: %v", err)
	}
	if _, err := u.EnsureKey(ctx, 0); !errors.Is(err, secureunit.ErrWrongUse) {
		t.Errorf("key of no purpose: %v", err)
	}
}
