package secureunit_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"

	"countersign/devices/secureunit"
)

// worker does operations of every kind and checks each result.
type worker struct {
	u         *secureunit.Unit
	signer    crypto.Signer
	exchanger ecdh.KeyExchanger
	soft      *ecdh.PrivateKey
	shared    []byte
}

func newWorker(t testing.TB, u *secureunit.Unit) *worker {
	t.Helper()
	w := &worker{u: u}
	var err error
	if w.signer, err = u.Signer(secureunit.Signing); err != nil {
		t.Fatal(err)
	}
	if w.exchanger, err = u.Agreement(); err != nil {
		t.Fatal(err)
	}
	if w.soft, err = ecdh.P256().GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if w.shared, err = w.soft.ECDH(w.exchanger.PublicKey()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *worker) sign(n uint64) error {
	digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	der, err := w.signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err == nil && !ecdsa.VerifyASN1(w.signer.Public().(*ecdsa.PublicKey), digest[:], der) {
		err = errors.New("signature does not verify")
	}
	return err
}

func (w *worker) derive() error {
	got, err := w.exchanger.ECDH(w.soft.PublicKey())
	if err == nil && !bytes.Equal(got, w.shared) {
		err = errors.New("agreement differs")
	}
	return err
}

func (w *worker) scramble(t testing.TB, n uint64) error {
	c, err := w.u.DrawScrambleCode(t.Context())
	if err != nil {
		return err
	}
	defer c.Discard()
	code, request := c.Code(), sha256.Sum256(binary.BigEndian.AppendUint64(nil, n))
	if err := c.Bind(request); err != nil {
		return err
	}
	if n%2 == 0 {
		code[0] ^= 1
		if err := c.Spend(code, request); !errors.Is(err, secureunit.ErrWrongCode) {
			return fmt.Errorf("wrong code: %w", err)
		}
		return nil
	}
	return c.Spend(code, request)
}

// 32 goroutines × 256 operations on 8 sessions.
func TestManyAtOnce(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Signing, secureunit.Agreement)
	w := newWorker(t, u)
	var wg sync.WaitGroup
	for g := range uint64(32) {
		wg.Go(func() {
			for i := range uint64(256) {
				var err error
				switch n := g<<32 | i; i % 3 {
				case 0:
					err = w.sign(n)
				case 1:
					err = w.derive()
				case 2:
					err = w.scramble(t, n)
				}
				if err != nil {
					t.Errorf("goroutine %d, operation %d: %v", g, i, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// Objects are replaced, loaded and listed by many at once; a reader always
// finds one of the values that were stored.
func TestManyObjectsAtOnce(t *testing.T) {
	u := open(t)
	if err := u.Store(t.Context(), "shared", bytes.Repeat([]byte{255}, 64), false); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range byte(8) {
		wg.Go(func() {
			for range 16 {
				if err := u.Store(t.Context(), "shared", bytes.Repeat([]byte{g}, 64), g%2 == 0); err != nil {
					t.Errorf("store: %v", err)
				}
				got, err := u.Load("shared")
				if err != nil || len(got) != 64 || !bytes.Equal(got, bytes.Repeat(got[:1], 64)) {
					t.Errorf("load %x: %v", got, err)
				}
				if labels, err := u.List("sh"); err != nil || len(labels) != 1 {
					t.Errorf("list %q: %v", labels, err)
				}
			}
		})
	}
	wg.Wait()
}
