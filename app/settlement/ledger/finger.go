package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"countersign/protocol"
)

// MaxPlaces is the most live prints that are kept of a wallet.
const MaxPlaces = 64

// Probes says which live prints of a wallet are kept. It changes with every one
// that is added, so that who compared with all of them can tell whether there are
// more by now.
type Probes struct {
	_ struct{} `cbor:",toarray"`
	// Number is the last one's, 0 if there never was one.
	Number uint64
	// Places is how many are kept: number n lies in place n modulo Places.
	Places uint8
}

// Probe is a live print that was compared, sealed by whoever keeps it.
type Probe struct {
	_      struct{} `cbor:",toarray"`
	Number uint64
	Sealed []byte
}

// FingerOutcome is what became of the question whether the holder is the owner.
type FingerOutcome uint8

// The outcomes.
const (
	FingerMatch      FingerOutcome = 1 // the owner's finger
	FingerDiffers    FingerOutcome = 2 // another, or one that cannot be read
	FingerCopied     FingerOutcome = 3 // the enrolled print, sent as a live one
	FingerReplayed   FingerOutcome = 4 // a live print that was sent before, or as good as
	FingerLocked     FingerOutcome = 5 // nothing counts: the wallet is locked
	FingerMissing    FingerOutcome = 6 // there is no enrolled print to compare with
	FingerPIN        FingerOutcome = 7 // a PIN on the phone served instead
	FingerPINRefused FingerOutcome = 8 // a PIN on the phone does not serve here
	FingerUnlocked   FingerOutcome = 9 // the operator unlocked the wallet
)

// fingerOutcomes is read only.
var fingerOutcomes = [...]string{FingerMatch: "match", FingerDiffers: "differs", FingerCopied: "copied", FingerReplayed: "replayed",
	FingerLocked: "locked", FingerMissing: "missing", FingerPIN: "pin", FingerPINRefused: "pin-refused", FingerUnlocked: "unlocked"}

// String is how commands spell an outcome.
func (o FingerOutcome) String() string {
	if o < FingerMatch || o > FingerUnlocked {
		return fmt.Sprintf("outcome-%d", uint8(o))
	}
	return fingerOutcomes[o]
}

// FingerEvent is what an auditor may read of a comparison, for ever: nothing of the
// finger, and not how alike two of them were.
type FingerEvent struct {
	_         struct{} `cbor:",toarray"`
	Wallet    protocol.ID
	WalletKey protocol.Hash
	At        protocol.Time
	Outcome   FingerOutcome
	// Sale and Attempt are what it was for; zero when the operator did it.
	Sale     SaleKey
	Attempt  uint8
	Amount   protocol.Amount
	Currency protocol.Currency
	// Band is the largest amount of the band that applied; 0 where it has no end.
	Band protocol.Amount
	// Failures is the wallet's count from then on.
	Failures uint8
	// Note is the operator's reason.
	Note string
}

func probeKey(wallet protocol.ID, place uint8) []byte { return under(wallet, []byte{place}) }

// fingerEventKey has a wallet's events by time.
func fingerEventKey(e FingerEvent) []byte {
	key := binary.BigEndian.AppendUint64(under(e.Wallet, nil), uint64(e.At))
	return append(append(key, saleKey(e.Sale)...), e.Attempt)
}

// ofOwner is the range of the keys under a terminal's or a wallet's name, whose rest
// does not begin with 0xff.
func ofOwner(owner protocol.ID) (first, end []byte) {
	return under(owner, nil), under(owner, []byte{0xff})
}

func (t *change) Probes(wallet protocol.ID) (Probes, error) {
	p, err := record[Probes](t, bucketProbeHeads, []byte(wallet))
	if errors.Is(err, ErrNotFound) {
		return Probes{}, nil
	}
	return p, err
}

func (t *change) AddProbe(wallet protocol.ID, places uint8, p Probe) error {
	head, err := t.Probes(wallet)
	switch {
	case err != nil:
		return err
	case places == 0 || places > MaxPlaces || len(p.Sealed) == 0:
		return fmt.Errorf("live print of %d bytes among %d", len(p.Sealed), places)
	case p.Number != head.Number+1:
		return fmt.Errorf("%w: live print %d after %d", ErrKept, p.Number, head.Number)
	}
	for place := places; place < head.Places; place++ {
		t.remove(bucketProbes, probeKey(wallet, place))
	}
	if err := t.keep(bucketProbes, probeKey(wallet, uint8(p.Number%uint64(places))), p); err != nil {
		return err
	}
	return t.keep(bucketProbeHeads, []byte(wallet), Probes{Number: p.Number, Places: places})
}

func (t *change) ForgetProbes(wallet protocol.ID) (bool, error) {
	head, err := t.Probes(wallet)
	if err != nil || head.Places == 0 {
		return false, err
	}
	for place := range head.Places {
		t.remove(bucketProbes, probeKey(wallet, place))
	}
	// Numbers go on, so that nobody takes new ones for those that he has seen.
	return true, t.keep(bucketProbeHeads, []byte(wallet), Probes{Number: head.Number + 1})
}

func (t *change) AddFingerEvent(e FingerEvent) error {
	if e.Wallet == "" || e.Outcome < FingerMatch || e.Outcome > FingerUnlocked || (e.Sale.Terminal == "") != (e.Outcome == FingerUnlocked) {
		return fmt.Errorf("finger event %v of wallet %q", e.Outcome, e.Wallet)
	}
	return t.add(bucketFingerEvents, fingerEventKey(e), e)
}

func (t snapshot) EachProbesHead(visit func(wallet protocol.ID, p Probes) error) error {
	return each(t, bucketProbeHeads, func(key []byte, p Probes) error { return visit(protocol.ID(key), p) })
}

func (t snapshot) EachProbe(visit func(wallet protocol.ID, place uint8, p Probe) error) error {
	return t.probes(nil, nil, visit)
}

func (t snapshot) EachProbeOf(wallet protocol.ID, visit func(place uint8, p Probe) error) error {
	first, end := ofOwner(wallet)
	return t.probes(first, end, func(_ protocol.ID, place uint8, p Probe) error { return visit(place, p) })
}

func (t snapshot) probes(first, end []byte, visit func(protocol.ID, uint8, Probe) error) error {
	return eachFrom(t, bucketProbes, first, end, func(key []byte, p Probe) error {
		wallet, place, err := splitKey(key, 1)
		if err != nil {
			return err
		}
		return visit(wallet, place[0], p)
	})
}

func (t snapshot) EachFingerEvent(visit func(FingerEvent) error) error {
	return t.fingerEvents(nil, nil, visit)
}

func (t snapshot) EachFingerEventOf(wallet protocol.ID, visit func(FingerEvent) error) error {
	first, end := ofOwner(wallet)
	return t.fingerEvents(first, end, visit)
}

func (t snapshot) fingerEvents(first, end []byte, visit func(FingerEvent) error) error {
	return eachFrom(t, bucketFingerEvents, first, end, func(key []byte, e FingerEvent) error {
		if !bytes.Equal(key, fingerEventKey(e)) {
			return fmt.Errorf("ledger: finger event of %s in another's place", e.Wallet)
		}
		return visit(e)
	})
}
