package secureunit_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
)

// Somebody else's logout takes the login of the whole process, and private
// handles with it; closing all sessions takes those too. Every kind of
// operation has to find its way back, and a scramble code has to be lost
// rather than accepted.
func TestRecovery(t *testing.T) {
	for name, disturb := range map[string]func(testing.TB, *rival){
		"logout": func(t testing.TB, r *rival) {
			if err := r.ctx.Logout(r.session); err != nil {
				t.Fatal(err)
			}
		},
		"all sessions closed": func(t testing.TB, r *rival) {
			if err := r.ctx.CloseAllSessions(r.slot); err != nil {
				t.Fatal(err)
			}
			r.open(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := open(t)
			ensure(t, u, secureunit.Signing, secureunit.Agreement)
			w := newWorker(t, u)
			if err := u.Store(t.Context(), "account", []byte("one"), true); err != nil {
				t.Fatal(err)
			}
			r := intrude(t, "till")
			for operation, do := range map[string]func() error{
				"sign":     func() error { return w.sign(1) },
				"derive":   w.derive,
				"scramble": func() error { return w.scramble(t, 1) },
				"load": func() error {
					got, err := u.Load("account")
					if err == nil && string(got) != "one" {
						err = errors.New("other data")
					}
					return err
				},
				"store": func() error { return u.Store(t.Context(), "account", []byte("one"), true) },
				"list": func() error {
					labels, err := u.List("")
					if err == nil && len(labels) != 1 {
						err = errors.New("object not listed")
					}
					return err
				},
				"ensure key": func() error {
					made, err := u.EnsureKey(t.Context(), secureunit.Signing)
					if made {
						err = errors.New("made a second key")
					}
					return err
				},
				"signer": func() error { _, err := u.Signer(secureunit.Signing); return err },
			} {
				if err := do(); err != nil {
					t.Fatalf("%s before: %v", operation, err)
				}
				disturb(t, r)
				if err := do(); err != nil {
					t.Errorf("%s after: %v", operation, err)
				}
			}
			held, code := draw(t, u, [32]byte{1})
			disturb(t, r)
			if err := held.Spend(code, [32]byte{1}); !errors.Is(err, secureunit.ErrCodeLost) {
				t.Errorf("spend after: %v", err)
			}
			if err := held.Spend(code, [32]byte{1}); !errors.Is(err, secureunit.ErrSpent) {
				t.Errorf("spend again: %v", err)
			}
			unbound, err := u.DrawScrambleCode(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			disturb(t, r)
			if err := unbound.Bind([32]byte{1}); !errors.Is(err, secureunit.ErrCodeLost) {
				t.Errorf("bind after: %v", err)
			}
		})
	}
}

// Logouts that hit operations in the middle: what the token answers then is
// not always the truth about the login, and no operation may fail for it.
func TestRecoveryUnderLoad(t *testing.T) {
	u := open(t)
	ensure(t, u, secureunit.Signing, secureunit.Agreement)
	w := newWorker(t, u)
	r := intrude(t, "till")
	var disturbing sync.Mutex
	var done atomic.Uint64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 128 {
				n := done.Add(1)
				if n%128 == 0 {
					disturbing.Lock()
					if err := r.ctx.Logout(r.session); err != nil {
						t.Errorf("logout: %v", err)
					}
					disturbing.Unlock()
				}
				operation := w.derive
				if n%2 == 0 {
					operation = func() error { return w.sign(n) }
				}
				if err := operation(); err != nil {
					t.Errorf("operation %d: %v", n, err)
				}
			}
		})
	}
	wg.Wait()
}

// Two units of one process find the same logout and do not get in each
// other's way.
func TestRecoveryOfTwoUnits(t *testing.T) {
	cfg := virtualtoken.ForTest(t, "till")[0]
	a, b := openAs(t, cfg), openAs(t, cfg)
	ensure(t, a, secureunit.Signing, secureunit.Agreement)
	workers := []*worker{newWorker(t, a), newWorker(t, b)}
	r := intrude(t, "till")
	for round := range uint64(8) {
		if err := r.ctx.Logout(r.session); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, w := range workers {
			for range 4 {
				wg.Go(func() {
					if err := errors.Join(w.sign(round), w.derive()); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
	}
}

// A PIN that was changed while the unit was open is tried once: a token that
// counts attempts must not be locked by a program that keeps on.
func TestRefusedPINIsNotTriedTwice(t *testing.T) {
	cfg := virtualtoken.ForTest(t, "till")[0]
	source := cfg.PIN
	var asked atomic.Int32
	var wrong atomic.Bool
	cfg.PIN = func() ([]byte, error) {
		asked.Add(1)
		if wrong.Load() {
			return []byte("wrong"), nil
		}
		return source()
	}
	u := openAs(t, cfg)
	ensure(t, u, secureunit.Signing)
	signer, err := u.Signer(secureunit.Signing)
	if err != nil {
		t.Fatal(err)
	}
	wrong.Store(true)
	r := intrude(t, "till")
	if err := r.ctx.Logout(r.session); err != nil {
		t.Fatal(err)
	}
	before := asked.Load()
	for range 3 {
		if err := (&worker{u: u, signer: signer}).sign(1); !errors.Is(err, secureunit.ErrWrongPIN) {
			t.Errorf("sign: %v", err)
		}
	}
	if n := asked.Load() - before; n != 1 {
		t.Errorf("PIN tried %d times", n)
	}
}
