package ledger

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"countersign/protocol"
)

// Guarantee 14: the last status replaces the one before, and damage is refused.
func TestTerminalStates(t *testing.T) { everyStore(t, testTerminalStates) }

func testTerminalStates(t *testing.T, on store) {
	place := on.place(t)
	l, f := on.openAt(t, place, Options{}), newFixture(t)
	good := TerminalState{Zs: []ZRange{{From: 1, To: 4}}, Heard: 70, Message: []byte("signed"), Contradicted: 60, Bad: []BadDevice{
		{Kind: protocol.DeviceCamera, State: protocol.DeviceFailed, Since: 50}, {Kind: protocol.DevicePrinter, State: protocol.DeviceAttention, Since: 70}}}
	f.update(l, func(tx Tx) error {
		return errors.Join(tx.PutTerminalState("T-0001", TerminalState{Heard: 10, Message: []byte("earlier")}), tx.PutTerminalState("T-0002", good))
	})
	f.update(l, func(tx Tx) error { return tx.PutTerminalState("T-0001", good) })
	for name, bad := range map[string]TerminalState{
		"no time": {Message: good.Message}, "no status": {Heard: 1}, "a device that works": {Heard: 1, Message: good.Message, Bad: []BadDevice{{Kind: 1, State: protocol.DeviceWorking, Since: 1}}},
		"no since":         {Heard: 1, Message: good.Message, Bad: []BadDevice{{Kind: 1, State: protocol.DeviceFailed}}},
		"in another order": {Heard: 1, Message: good.Message, Bad: []BadDevice{good.Bad[1], good.Bad[0]}},
	} {
		if err := l.Update(t.Context(), func(tx Tx) error { return tx.PutTerminalState("T-0001", bad) }); err == nil {
			t.Errorf("%s was kept", name)
		}
	}
	var terminals []protocol.ID
	err := l.View(t.Context(), func(s Snapshot) error {
		have, err := s.TerminalState("T-0001")
		if err != nil || !reflect.DeepEqual(have, good) {
			t.Errorf("kept %+v, %v", have, err)
		}
		if err := s.LookAhead([]protocol.ID{"T-0002", "T-0003"}); err != nil {
			t.Error(err)
		}
		if have, err := s.TerminalState("T-0002"); err != nil || !reflect.DeepEqual(have, good) {
			t.Errorf("looked ahead for %+v, %v", have, err)
		}
		if _, err := s.TerminalState("T-0003"); !errors.Is(err, ErrNotFound) {
			t.Errorf("never heard of: %v", err)
		}
		return s.EachTerminalState(func(terminal protocol.ID, _ TerminalState) error {
			terminals = append(terminals, terminal)
			return nil
		})
	})
	if err != nil || !slices.Equal(terminals, []protocol.ID{"T-0001", "T-0002"}) {
		t.Errorf("walked through %v, %v", terminals, err)
	}
	holds(t, l)
}

// Guarantee 14: a Z report's number has one hash for ever.
func TestZMarks(t *testing.T) { everyStore(t, testZMarks) }

func testZMarks(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	add := func(terminal protocol.ID, number uint64, hash byte) error {
		return l.Update(t.Context(), func(tx Tx) error {
			return tx.AddZMark(terminal, number, ZMark{Hash: protocol.Hash{hash}, Received: protocol.Time(number)})
		})
	}
	for _, step := range []struct {
		terminal protocol.ID
		number   uint64
		hash     byte
		want     error
	}{
		{"T-0001", 2, 2, nil}, {"T-0001", 2, 2, nil}, {"T-0001", 2, 3, ErrKept}, {"T-0001", 300, 4, nil}, {"T-0001", 4, 5, nil}, {"T-00011", 1, 1, nil},
	} {
		if err := add(step.terminal, step.number, step.hash); !errors.Is(err, step.want) || step.want == nil && err != nil {
			t.Errorf("%s %d: %v, want %v", step.terminal, step.number, err, step.want)
		}
	}
	for name, err := range map[string]error{"no number": add("T-0001", 0, 1), "no hash": add("T-0001", 9, 0), "no terminal": add("", 1, 1)} {
		if err == nil {
			t.Errorf("%s was kept", name)
		}
	}
	var numbers []uint64
	err := l.View(t.Context(), func(s Snapshot) error {
		return s.EachZMarkOf("T-0001", 3, func(number uint64, z ZMark) error {
			if z.Received != protocol.Time(number) {
				t.Errorf("Z %d was received at %d", number, z.Received)
			}
			numbers = append(numbers, number)
			return nil
		})
	})
	if err != nil || !slices.Equal(numbers, []uint64{4, 300}) {
		t.Errorf("from 3: %v, %v", numbers, err)
	}
	f.fill(l, 1)
	holds(t, l)
}

// Users belong to a merchant that is there, under a name each.
func TestStoreUsers(t *testing.T) { everyStore(t, testStoreUsers) }

func testStoreUsers(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 1)
	user := StoreUser{Merchant: shop, Name: "anna", Password: "$argon2id$", Added: 5}
	f.update(l, func(tx Tx) error { return tx.PutStoreUser(user) })
	user.Failures, user.FailedAt = 3, 9
	f.update(l, func(tx Tx) error { return tx.PutStoreUser(user) })
	for name, bad := range map[string]StoreUser{
		"no name": {Merchant: shop, Password: "x"}, "no password": {Merchant: shop, Name: "b"}, "not UTF-8": {Merchant: shop, Name: "\xff", Password: "x"},
		"no such merchant": {Merchant: MerchantAccount([]byte("M-0404")), Name: "b", Password: "x"}, "of a payer": {Merchant: payer, Name: "b", Password: "x"},
	} {
		if err := l.Update(t.Context(), func(tx Tx) error { return tx.PutStoreUser(bad) }); err == nil {
			t.Errorf("%s was kept", name)
		}
	}
	var all []StoreUser
	look := func() {
		all = nil
		err := l.View(t.Context(), func(s Snapshot) error {
			return s.EachStoreUser(func(u StoreUser) error { all = append(all, u); return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if look(); !slices.Equal(all, []StoreUser{user}) {
		t.Errorf("kept %+v", all)
	}
	f.update(l, func(tx Tx) error { return tx.RemoveStoreUser(shop, "anna") })
	if err := l.Update(t.Context(), func(tx Tx) error { return tx.RemoveStoreUser(shop, "anna") }); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	if look(); len(all) != 0 {
		t.Errorf("left %+v", all)
	}
	holds(t, l)
}

// What the store page goes by: entries from a number on, merchants alone, the head
// under a number.
func TestLookingFromANumber(t *testing.T) { everyStore(t, testLookingFromANumber) }

func testLookingFromANumber(t *testing.T, on store) {
	l, f := on.fresh(t), newFixture(t)
	f.fill(l, 1000)
	for n := range uint64(3) {
		f.update(l, f.pay(n+1, 10))
	}
	f.update(l, func(tx Tx) error {
		return errors.Join(tx.AddAnchor("T-0001", Anchor{Sequence: 4, Head: protocol.Hash{4}}), tx.AddAnchor("T-0001", Anchor{Sequence: 9, Head: protocol.Hash{9}}))
	})
	err := l.View(t.Context(), func(s Snapshot) error {
		last, err := s.LastEntry()
		if err != nil || last != 4 {
			t.Errorf("last entry is %d, %v", last, err)
		}
		if e, err := s.Entry(3); err != nil || e.Sequence != 3 || e.Kind != EntryPayment {
			t.Errorf("entry 3 is %+v, %v", e, err)
		}
		if _, err := s.Entry(5); !errors.Is(err, ErrNotFound) {
			t.Errorf("entry 5: %v", err)
		}
		if a, err := s.AnchorAt("T-0001", 4); err != nil || a.Head != (protocol.Hash{4}) {
			t.Errorf("anchor 4 is %+v, %v", a, err)
		}
		if _, err := s.AnchorAt("T-0001", 5); !errors.Is(err, ErrNotFound) {
			t.Errorf("anchor 5: %v", err)
		}
		var numbers []uint64
		var merchants []AccountID
		return errors.Join(s.EachEntryFrom(3, func(e Entry) error { numbers = append(numbers, e.Sequence); return nil }),
			s.EachMerchant(func(a Account) error { merchants = append(merchants, a.ID); return nil }),
			func() error {
				if !slices.Equal(numbers, []uint64{3, 4}) || !slices.Equal(merchants, []AccountID{shop}) {
					t.Errorf("entries %v of merchants %v", numbers, merchants)
				}
				return nil
			}())
	})
	if err != nil {
		t.Error(err)
	}
}

// However numbers come, ranges say which there were.
func TestWithZ(t *testing.T) {
	var ranges []ZRange
	for _, step := range []struct {
		number uint64
		want   []ZRange
	}{
		{5, []ZRange{{From: 5, To: 5}}}, {5, []ZRange{{From: 5, To: 5}}}, {7, []ZRange{{From: 5, To: 5}, {From: 7, To: 7}}}, {8, []ZRange{{From: 5, To: 5}, {From: 7, To: 8}}},
		{6, []ZRange{{From: 5, To: 8}}}, {1, []ZRange{{From: 1, To: 1}, {From: 5, To: 8}}}, {4, []ZRange{{From: 1, To: 1}, {From: 4, To: 8}}}, {6, []ZRange{{From: 1, To: 1}, {From: 4, To: 8}}},
		{2, []ZRange{{From: 1, To: 2}, {From: 4, To: 8}}}, {3, []ZRange{{From: 1, To: 8}}}, {math.MaxUint64, []ZRange{{From: 1, To: 8}, {From: math.MaxUint64, To: math.MaxUint64}}},
	} {
		if ranges = WithZ(ranges, step.number); !slices.Equal(ranges, step.want) {
			t.Fatalf("with %d: %v, want %v", step.number, ranges, step.want)
		}
	}
	for n := range uint64(100) {
		ranges = WithZ(ranges, 100+2*n)
	}
	if len(ranges) != maxZRanges || ranges[0].From < 100 || ranges[len(ranges)-1].To != math.MaxUint64 {
		t.Errorf("%d ranges from %v", len(ranges), ranges[0])
	}
}
