package ledger

import (
	"testing"

	"go.etcd.io/bbolt"
)

// asks keeps that the acquirer is asked under a number.
func (f fixture) asks(l Ledger, n uint64, states ...AuthorisationState) {
	f.t.Helper()
	k := AuthorisationKey{Terminal: "T-0001", Code: key(n).Scramble}
	for _, state := range append([]AuthorisationState{AuthorisationSent}, states...) {
		f.update(l, func(tx Tx) error {
			return tx.PutAuthorisation(k, Authorisation{Card: PayerAccount("4000000000000002"), Merchant: shop, Amount: 100, Currency: cny,
				Trace: uint32(n), Retrieval: n, Sent: 50, Attempt: 1, State: state})
		})
	}
}

// The acquirer knows a transaction by its number for ever, also one that was
// declined, taken back or never answered: a reversal that is repeated after a
// restart must not meet another purchase under the same number.
func TestNumbersTheAcquirerWasAskedUnderAreTaken(t *testing.T) { everyStore(t, testNumbersAsked) }

func testNumbersAsked(t *testing.T, on store) {
	place := on.place(t)
	reopened := func() opened {
		l, err := on.open(t.Context(), place, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	closed := func(l opened) {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f, last := newFixture(t), uint64(0)
	for _, states := range [][]AuthorisationState{nil, {AuthorisationDeclined}, {AuthorisationReversing, AuthorisationReversed}} {
		l := reopened()
		for range 2 {
			n, err := l.NextReference(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if n <= last {
				t.Errorf("%d is handed out, the acquirer was asked under %d", n, last)
			}
			f.asks(l, n, states...)
			last = max(last, n)
		}
		closed(l)
	}
	if on.name != "bolt" {
		return
	}
	// A ledger from before such numbers were noted.
	l := reopened()
	on.tamper(t, l, func(v vault) error { return v.(boltVault).tx.Bucket([]byte(bucketMeta)).Delete(keyRetrieval) })
	closed(l)
	l = reopened()
	n, err := l.NextReference(t.Context())
	if err != nil || n != last+1 {
		t.Errorf("%d, %v; want %d", n, err, last+1)
	}
	err = l.(*Bolt).db.View(func(tx *bbolt.Tx) error {
		if kept := tx.Bucket([]byte(bucketMeta)).Get(keyRetrieval); number(kept) != last {
			t.Errorf("noted %x, not %d", kept, last)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	closed(l)
}

// The proof finds it if two things were asked under one number all the same.
func TestProofFindsANumberAskedTwice(t *testing.T) {
	everyStore(t, func(t *testing.T, on store) {
		l, f := on.fresh(t), newFixture(t)
		f.asks(l, 7)
		holds(t, l)
		f.update(l, func(tx Tx) error {
			return tx.PutAuthorisation(AuthorisationKey{Terminal: "T-0002", Code: key(7).Scramble}, Authorisation{Card: PayerAccount("4000000000000002"),
				Merchant: shop, Amount: 100, Currency: cny, Trace: 7, Retrieval: 7, Sent: 51, Attempt: 1, State: AuthorisationSent})
		})
		p, err := Prove(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		if p.Checks[checkAuthorisations].Broken == 0 {
			t.Error("not found")
		}
	})
}
