package secureunit_test

import (
	"crypto"
	"crypto/hpke"
	"crypto/rand"
	"testing"

	"countersign/devices/secureunit"
)

func BenchmarkSign(b *testing.B) {
	u := open(b)
	ensure(b, u, secureunit.Signing)
	signer, err := u.Signer(secureunit.Signing)
	if err != nil {
		b.Fatal(err)
	}
	digest := make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := signer.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDerive(b *testing.B) {
	u := open(b)
	ensure(b, u, secureunit.Agreement)
	exchanger, err := u.Agreement()
	if err != nil {
		b.Fatal(err)
	}
	remote := exchanger.PublicKey()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := exchanger.ECDH(remote); err != nil {
			b.Fatal(err)
		}
	}
}

// A payment of usual size, opened as step 9 does.
func BenchmarkOpenHPKE(b *testing.B) {
	u := open(b)
	ensure(b, u, secureunit.Agreement)
	private, public := hpkeKey(b, u)
	info := []byte("cs1/payment-outer")
	sealed := sealTo(b, public, info, make([]byte, 600))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES128GCM(), info, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

// A code's whole life: drawn, bound, spent.
func BenchmarkScrambleCode(b *testing.B) {
	u := open(b)
	b.ReportAllocs()
	for b.Loop() {
		c, err := u.DrawScrambleCode(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		code := c.Code()
		if err := c.Bind([32]byte{1}); err != nil {
			b.Fatal(err)
		}
		if err := c.Spend(code, [32]byte{1}); err != nil {
			b.Fatal(err)
		}
	}
}
