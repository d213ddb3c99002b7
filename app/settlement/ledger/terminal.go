package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"countersign/protocol"
)

// TerminalState is what settlement knows of how a terminal is. Only the last
// status is kept: it is for people who look after the shop, and evidence of
// nothing.
type TerminalState struct {
	_ struct{} `cbor:",toarray"`
	// Heard is settlement's clock when the last status came.
	Heard protocol.Time
	// Message is that status as the terminal signed it.
	Message []byte
	// Bad are the devices that did not work in it, by ascending kind.
	Bad []BadDevice
	// Contradicted is when a status last named another journal than the one whose
	// heads were lodged; 0 for never.
	Contradicted protocol.Time
	// Zs are the numbers of the Z reports that were heard of, ascending, none next to
	// another: what lies between is missing. The oldest are dropped beyond maxZRanges.
	Zs []ZRange
}

// ZRange is Z reports numbered without a gap, both included.
type ZRange struct {
	_        struct{} `cbor:",toarray"`
	From, To uint64
}

const maxZRanges = 64

// WithZ returns ranges with one number more.
func WithZ(ranges []ZRange, number uint64) []ZRange {
	n, _ := slices.BinarySearchFunc(ranges, number, func(r ZRange, number uint64) int { return cmp.Compare(r.To, number) })
	if n < len(ranges) && ranges[n].From <= number {
		return ranges
	}
	all := slices.Insert(slices.Clone(ranges), n, ZRange{From: number, To: number})
	if n+1 < len(all) && all[n+1].From == number+1 {
		all[n].To = all[n+1].To
		all = slices.Delete(all, n+1, n+2)
	}
	if n > 0 && all[n-1].To == number-1 {
		all[n-1].To = all[n].To
		all = slices.Delete(all, n, n+1)
	}
	return all[max(0, len(all)-maxZRanges):]
}

// BadDevice is a device that is not working.
type BadDevice struct {
	_     struct{} `cbor:",toarray"`
	Kind  protocol.DeviceKind
	State protocol.DeviceState
	// Since is when settlement first heard of it, as long as it has not heard that
	// the device works again.
	Since protocol.Time
}

// ZMark is that a terminal has made a Z report: the shop's numbers have no gaps.
type ZMark struct {
	_    struct{} `cbor:",toarray"`
	Hash protocol.Hash
	// Received is settlement's clock when it first heard of it.
	Received protocol.Time
}

func (t *change) TerminalState(terminal protocol.ID) (TerminalState, error) {
	return record[TerminalState](t, bucketTerminalStates, []byte(terminal))
}

func (t *change) ZMark(terminal protocol.ID, number uint64) (ZMark, error) {
	return record[ZMark](t, bucketZMarks, under(terminal, numberKey(number)))
}

func (t *change) AnchorAt(terminal protocol.ID, sequence uint64) (Anchor, error) {
	return record[Anchor](t, bucketAnchors, under(terminal, numberKey(sequence)))
}

func (t *change) PutTerminalState(terminal protocol.ID, s TerminalState) error {
	if terminal == "" || s.Heard == 0 || len(s.Message) == 0 {
		return errors.New("state of a terminal without its name, its time or its status")
	}
	var last protocol.DeviceKind
	for _, d := range s.Bad {
		if d.Kind <= last || d.Since == 0 || d.State <= protocol.DeviceWorking {
			return fmt.Errorf("state of %s: %v among the devices that do not work", terminal, d.Kind)
		}
		last = d.Kind
	}
	return t.keep(bucketTerminalStates, []byte(terminal), s)
}

func (t *change) AddZMark(terminal protocol.ID, number uint64, z ZMark) error {
	if terminal == "" || number == 0 || z.Hash == (protocol.Hash{}) {
		return errors.New("no Z report without its terminal, number or hash")
	}
	old, err := t.ZMark(terminal, number)
	switch {
	case errors.Is(err, ErrNotFound):
		return t.add(bucketZMarks, under(terminal, numberKey(number)), z)
	case err == nil && old.Hash != z.Hash:
		return fmt.Errorf("%w: Z report %d of %s", ErrKept, number, terminal)
	}
	return err
}

func (t snapshot) EachTerminalState(visit func(terminal protocol.ID, s TerminalState) error) error {
	return each(t, bucketTerminalStates, func(key []byte, s TerminalState) error { return visit(protocol.ID(key), s) })
}

// ahead is a store that answers many questions in one round trip.
type ahead interface {
	lookAhead(keys map[string][][]byte) error
}

func (t snapshot) LookAhead(terminals []protocol.ID) error {
	store, ok := t.walker.(ahead)
	if !ok || len(terminals) == 0 {
		return nil
	}
	keys := make([][]byte, len(terminals))
	for n, terminal := range terminals {
		keys[n] = []byte(terminal)
	}
	return store.lookAhead(map[string][][]byte{bucketTerminalStates: keys, bucketHeads: keys})
}

func (t snapshot) EachZMarkOf(terminal protocol.ID, from uint64, visit func(number uint64, z ZMark) error) error {
	_, end := ofOwner(terminal)
	return eachFrom(t, bucketZMarks, under(terminal, numberKey(from)), end, func(key []byte, z ZMark) error {
		_, rest, err := splitKey(key, 8)
		if err != nil {
			return err
		}
		return visit(number(rest), z)
	})
}

func (t snapshot) EachMerchant(visit func(Account) error) error {
	const prefix = "merchant/"
	return eachFrom(t, bucketAccounts, []byte(prefix), []byte(prefix[:len(prefix)-1]+"0"), func(_ []byte, a Account) error { return visit(a) })
}

func (t snapshot) LastEntry() (uint64, error) { return t.lastEntry() }

func (t snapshot) Entry(number uint64) (Entry, error) {
	return record[Entry](t.change, bucketEntries, numberKey(number))
}

func (t snapshot) EachEntryFrom(first uint64, visit func(Entry) error) error {
	return eachFrom(t, bucketEntries, numberKey(first), nil, func(_ []byte, e Entry) error { return visit(e) })
}
