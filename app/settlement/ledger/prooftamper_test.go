package ledger

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// tampering is done behind the ledger's back, and found by a check.
type tampering struct {
	name   string
	tamper func(vault) error
	finds  int
}

// proofFinds fills a ledger for each tampering, and has the proof find it by its name.
func proofFinds(t *testing.T, on store, fill func(Ledger), all []tampering) {
	t.Helper()
	for _, test := range all {
		t.Run(test.name, func(t *testing.T) {
			l := on.fresh(t)
			fill(l)
			holds(t, l)
			on.tamper(t, l, test.tamper)
			p, err := Prove(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if p.Holds() || p.Checks[test.finds].Broken == 0 {
				p.WriteTo(t.Output())
				t.Errorf("not found by %q", p.Checks[test.finds].What)
			}
			var text strings.Builder
			if _, err := p.WriteTo(&text); err != nil || !strings.Contains(text.String(), "BROKEN") || strings.Contains(text.String(), payer.Number()) {
				t.Errorf("printed as %q, %v", text.String(), err)
			}
		})
	}
}

// shelved changes something in a bucket, given a key there and what is under it.
type shelved func(b shelf, key, value []byte) error

// first changes the first record of a bucket.
func first(bucket string, change shelved) func(vault) error {
	return func(tx vault) error {
		b := tx.Bucket([]byte(bucket))
		key, value := b.First()
		return change(b, bytes.Clone(key), bytes.Clone(value))
	}
}

// of changes the record under a key.
func of(bucket string, key []byte, change shelved) func(vault) error {
	return func(tx vault) error {
		b := tx.Bucket([]byte(bucket))
		return change(b, key, bytes.Clone(b.Get(key)))
	}
}

// removed takes the first record of a bucket away.
func removed(bucket string) func(vault) error {
	return first(bucket, func(b shelf, key, _ []byte) error { return b.Delete(key) })
}

// gone takes the record under a key away.
func gone(bucket string, key []byte) func(vault) error {
	return of(bucket, key, func(b shelf, key, _ []byte) error { return b.Delete(key) })
}

// raw puts other bytes there.
func raw(value []byte) shelved {
	return func(b shelf, key, _ []byte) error { return b.Put(key, value) }
}

// instead puts another record there.
func instead[T any](t *testing.T, v T) shelved {
	return edited(t, func(old *T) { *old = v })
}

// edited changes a record where it lies.
func edited[T any](t *testing.T, change func(*T)) shelved {
	return func(b shelf, key, value []byte) error {
		var v T
		if err := cbor.Unmarshal(value, &v); err != nil {
			t.Fatal(err)
		}
		change(&v)
		raw, err := cbor.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b.Put(key, raw)
	}
}
