package ledger

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"countersign/protocol"
)

// kept returns the numbers of a wallet's live prints by their places.
func kept(t *testing.T, l Ledger, wallet protocol.ID) map[uint8]uint64 {
	t.Helper()
	numbers := map[uint8]uint64{}
	err := l.View(t.Context(), func(s Snapshot) error {
		return s.EachProbeOf(wallet, func(place uint8, p Probe) error {
			numbers[place] = p.Number
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return numbers
}

// Guarantee 12: the last ones are kept, in order, and go at once.
func TestProbes(t *testing.T) { everyStore(t, testProbes) }

func testProbes(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	add := func(wallet protocol.ID, places uint8, number uint64) error {
		return l.Update(t.Context(), func(tx Tx) error {
			return tx.AddProbe(wallet, places, Probe{Number: number, Sealed: []byte{byte(number)}})
		})
	}
	// A name that begins like another is another's.
	for _, wallet := range []protocol.ID{"W-0001", "W-00011", "W-000"} {
		if err := add(wallet, 4, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		places uint8
		number uint64
		want   error
		kept   []uint64
	}{
		{4, 1, ErrKept, []uint64{1}},
		{4, 3, ErrKept, []uint64{1}},
		{4, 2, nil, []uint64{1, 2}},
		{4, 3, nil, []uint64{1, 2, 3}},
		{4, 4, nil, []uint64{1, 2, 3, 4}},
		{4, 5, nil, []uint64{2, 3, 4, 5}},
		{2, 6, nil, []uint64{5, 6}}, // 4, 5, 2, 3 lay in the places 0 to 3
		{4, 7, nil, []uint64{5, 6, 7}},
	} {
		if err := add("W-0001", step.places, step.number); !errors.Is(err, step.want) {
			t.Errorf("number %d: %v", step.number, err)
		}
		if have := slices.Sorted(maps.Values(kept(t, l, "W-0001"))); !slices.Equal(have, step.kept) {
			t.Errorf("after number %d: %d, want %d", step.number, have, step.kept)
		}
	}
	for places := range map[uint8]bool{0: true, MaxPlaces + 1: true} {
		if err := add("W-0001", places, 8); err == nil {
			t.Errorf("%d places", places)
		}
	}
	holds(t, l)
	forgot := func() (any bool) {
		f.update(l, func(tx Tx) (err error) {
			any, err = tx.ForgetProbes("W-0001")
			return err
		})
		return any
	}
	if first, second := forgot(), forgot(); !first || second || len(kept(t, l, "W-0001")) != 0 || len(kept(t, l, "W-00011")) != 1 {
		t.Errorf("forgot %v and %v; left: %v and %v", first, second, kept(t, l, "W-0001"), kept(t, l, "W-00011"))
	}
	// Numbers are not given twice.
	if err := add("W-0001", 4, 1); !errors.Is(err, ErrKept) {
		t.Errorf("number 1 again: %v", err)
	}
	if err := add("W-0001", 4, 9); err != nil {
		t.Error(err)
	}
	holds(t, l)
}

// What was noted stays, and is found by wallet and time.
func TestFingerEvents(t *testing.T) { everyStore(t, testFingerEvents) }

func testFingerEvents(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	event := func(wallet protocol.ID, at protocol.Time, attempt uint8) FingerEvent {
		return FingerEvent{Wallet: wallet, At: at, Outcome: FingerDiffers, Sale: key(1), Attempt: attempt}
	}
	for _, e := range []FingerEvent{event("W-0001", 300, 2), event("W-0001", 7, 1), event("W-00011", 9, 1)} {
		f.update(l, func(tx Tx) error { return tx.AddFingerEvent(e) })
	}
	for _, bad := range []FingerEvent{event("W-0001", 7, 1), event("", 1, 1), {Wallet: "W-0001", Outcome: 10, Sale: key(1)}, {Wallet: "W-0001", Outcome: FingerMatch}} {
		if err := l.Update(t.Context(), func(tx Tx) error { return tx.AddFingerEvent(bad) }); err == nil {
			t.Errorf("kept %+v", bad)
		}
	}
	var times []protocol.Time
	all := 0
	err := l.View(t.Context(), func(s Snapshot) error {
		return errors.Join(s.EachFingerEventOf("W-0001", func(e FingerEvent) error {
			times = append(times, e.At)
			return nil
		}), s.EachFingerEvent(func(FingerEvent) error { all++; return nil }))
	})
	if err != nil || !slices.Equal(times, []protocol.Time{7, 300}) || all != 3 {
		t.Errorf("%d of %d, %v", times, all, err)
	}
}

// Guarantee 11, of fingers.
func TestProofOfFingers(t *testing.T) { everyStore(t, testProofOfFingers) }

func testProofOfFingers(t *testing.T, on store) {
	f := newFixture(t)
	fill := func(l Ledger) {
		f.fill(l, 1000)
		f.update(l, f.pay(1, 100))
		f.update(l, func(tx Tx) error {
			s := sale(1, 100)
			return errors.Join(tx.AddProbe("W-0001", 8, Probe{Number: 1, Sealed: []byte("sealed")}),
				tx.AddFingerEvent(FingerEvent{Wallet: s.Wallet, WalletKey: s.WalletKey, At: 50, Outcome: FingerMatch, Sale: key(1), Attempt: 1, Amount: 100, Currency: cny}))
		})
	}
	noted := func(change func(*FingerEvent)) func(vault) error { return first(bucketFingerEvents, edited(t, change)) }
	proofFinds(t, on, fill, []tampering{
		{"another outcome", noted(func(e *FingerEvent) { e.Outcome = FingerReplayed }), checkFingers},
		{"another amount", noted(func(e *FingerEvent) { e.Amount++ }), checkFingers},
		{"another key", noted(func(e *FingerEvent) { e.WalletKey[0]++ }), checkFingers},
		{"live print removed", removed(bucketProbes), checkProbes},
		{"count of live prints put back", first(bucketProbeHeads, edited(t, func(p *Probes) { p.Number = 0 })), checkProbes},
		{"live print of another number", first(bucketProbes, edited(t, func(p *Probe) { p.Number = 2 })), checkProbes},
		{"no places", first(bucketProbeHeads, edited(t, func(p *Probes) { p.Places = 0 })), checkProbes},
	})
}

// A file from before live prints were kept gets room for them.
func TestOlderFile(t *testing.T) {
	place, f := stores[0].place(t), newFixture(t)
	l, err := Open(place, Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.fill(l, 1000)
	f.update(l, f.pay(1, 100))
	err = l.db.Update(func(tx *bbolt.Tx) error {
		var failed error
		for _, name := range []string{bucketProbes, bucketProbeHeads, bucketFingerEvents} {
			failed = errors.Join(failed, tx.DeleteBucket([]byte(name)))
		}
		return failed
	})
	if err := errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	again := stores[0].openAt(t, place, Options{})
	f.update(again, func(tx Tx) error { return tx.AddProbe("W-0001", 4, Probe{Number: 1, Sealed: []byte{1}}) })
	holds(t, again)
}
