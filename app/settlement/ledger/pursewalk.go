package ledger

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"countersign/protocol"
)

func (t snapshot) EachPurse(visit func(Purse) error) error {
	return each(t, bucketPurses, func(key []byte, p Purse) error {
		if string(key) != string(p.Number) {
			return fmt.Errorf("ledger: virtual card …%s in another's place", p.Number.Ending())
		}
		return visit(p)
	})
}

// splitPlace is the inverse of placeKey.
func splitPlace(key []byte) (protocol.CardNumber, uint64, error) {
	if len(key) != 24 {
		return "", 0, fmt.Errorf("ledger: place in a chain with a key of %d bytes", len(key))
	}
	return protocol.CardNumber(key[:16]), number(key[16:]), nil
}

func (t snapshot) EachPurseLoad(visit func(PurseLoadKey, PurseLoad) error) error {
	return each(t, bucketPurseLoads, func(key []byte, l PurseLoad) error {
		n, sequence, err := splitPlace(key)
		if err != nil {
			return err
		}
		return visit(PurseLoadKey{Number: n, Sequence: sequence}, l)
	})
}

func (t snapshot) EachDeduction(visit func(DeductionKey, []Deduction) error) error {
	return each(t, bucketDeductions, func(key []byte, links []Deduction) error {
		n, counter, err := splitPlace(key)
		if err != nil {
			return err
		}
		return visit(DeductionKey{n, counter}, links)
	})
}

func (t snapshot) EachDeductionOf(n protocol.CardNumber, from uint64, visit func(counter uint64, links []Deduction) error) error {
	end := append([]byte(n), 0xff) // counters are far from there
	return t.walker.each(bucketDeductions, placeKey(n, from), end, func(key, raw []byte) error {
		_, counter, err := splitPlace(key)
		if err != nil {
			return err
		}
		var links []Deduction
		if err := cbor.Unmarshal(raw, &links); err != nil {
			return fmt.Errorf("ledger: damaged record in %s: %w", bucketDeductions, err)
		}
		return visit(counter, links)
	})
}

func (t snapshot) EachTap(visit func(TapKey, Tap) error) error {
	return each(t, bucketTaps, func(key []byte, tap Tap) error {
		terminal, pay, err := splitKey(key, len(protocol.Code{}))
		if err != nil {
			return err
		}
		return visit(TapKey{Terminal: terminal, Pay: protocol.Code(pay)}, tap)
	})
}

func (t snapshot) EachPurseReference(visit func(uint64, PurseReference) error) error {
	return each(t, bucketPurseReferences, func(key []byte, r PurseReference) error { return visit(number(key), r) })
}

func (t snapshot) EachPurseTransfer(visit func(protocol.Hash, PurseTransfer) error) error {
	return each(t, bucketPurseTransfers, func(key []byte, m PurseTransfer) error {
		if len(key) != len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketPurseTransfers)
		}
		return visit(protocol.Hash(key), m)
	})
}

func (t snapshot) EachBlocked(visit func(protocol.CardMark, BlockedCard) error) error {
	return each(t, bucketBlocked, func(key []byte, b BlockedCard) error {
		if len(key) != len(protocol.CardMark{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketBlocked)
		}
		return visit(protocol.CardMark(key), b)
	})
}
