package settle_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"sync/atomic"
	"testing"

	"countersign/app/settlement/settle"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// onToken gives a world's settlement keys in a real token.
func (w *world) onToken(b *testing.B) {
	b.Helper()
	unit, err := secureunit.Open(b.Context(), virtualtoken.ForTest(b, "settlement")[0])
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := unit.Close(); err != nil {
			b.Error(err)
		}
	})
	for _, purpose := range []secureunit.Purpose{secureunit.Signing, secureunit.Agreement} {
		if _, err := unit.EnsureKey(b.Context(), purpose); err != nil {
			b.Fatal(err)
		}
	}
	signer, err := unit.Signer(secureunit.Signing)
	if err != nil {
		b.Fatal(err)
	}
	agreement, err := unit.Agreement()
	if err != nil {
		b.Fatal(err)
	}
	claims := w.sale.Settlement.Certificate.Unverified()
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok {
		b.Fatalf("public key is a %T", signer.Public())
	}
	if claims.Holder.Key, err = protocol.NewKey(public); err != nil {
		b.Fatal(err)
	}
	point, err := protocol.NewPoint(agreement.PublicKey())
	if err != nil {
		b.Fatal(err)
	}
	claims.Device.Agreement = &point
	w.sale.Settlement = protocoltest.Party{Subject: claims.Subject, Certificate: protocoltest.Sign(b, w.sale.Realm.Key, claims)}
	w.sale.Wallet = w.sale.Realm.Wallet("W-0001", w.sale.Settlement, w.template(w.enrolled), false)
	w.config.Identity = func() settle.Identity {
		return settle.Identity{Certificate: w.sale.Settlement.Certificate, Signer: signer}
	}
	w.config.Agreement = func() []ecdh.KeyExchanger { return []ecdh.KeyExchanger{agreement} }
	if w.settler, err = settle.New(w.config); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSettle is steps 13 to 15 without the network: opened, verified and
// signed with keys in SoftHSM, the finger compared, the ledger synced.
func BenchmarkSettle(b *testing.B) {
	prepare := func(b *testing.B) (*world, []protocol.Envelope) {
		w := newWorld(b)
		w.onToken(b)
		w.sale.Amount = 1
		envelopes := make([]protocol.Envelope, b.N)
		for n := range envelopes {
			envelopes[n] = honest()(w)
		}
		b.ResetTimer()
		return w, envelopes
	}
	settle := func(b *testing.B, w *world, e protocol.Envelope) {
		if _, err := w.settler.Submit(b.Context(), "T-0001", e); err != nil {
			b.Error(err)
		}
	}
	b.Run("alone", func(b *testing.B) {
		w, envelopes := prepare(b)
		for _, e := range envelopes {
			settle(b, w, e)
		}
		b.StopTimer()
		w.moved(int64(b.N))
	})
	b.Run("together", func(b *testing.B) {
		w, envelopes := prepare(b)
		var next atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				settle(b, w, envelopes[next.Add(1)-1])
			}
		})
		b.StopTimer()
		w.moved(int64(b.N))
	})
}
