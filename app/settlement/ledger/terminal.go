package ledger

import (
	"errors"
	"fmt"

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
