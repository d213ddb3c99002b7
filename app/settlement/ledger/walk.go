package ledger

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"countersign/protocol"
)

// snapshot is a Snapshot of any store.
type snapshot struct {
	*change
	walker
}

var _ Snapshot = snapshot{}

func newSnapshot(w walker) snapshot { return snapshot{newChange(w), w} }

// get and lastEntry settle which of the two is meant: nothing is ever pending.
func (t snapshot) get(bucket string, key []byte) ([]byte, error) { return t.walker.get(bucket, key) }

func (t snapshot) lastEntry() (uint64, error) { return t.walker.lastEntry() }

// each decodes every record of a bucket.
func each[T any](t snapshot, bucket string, visit func(key []byte, v T) error) error {
	return eachFrom(t, bucket, nil, nil, visit)
}

// eachFrom is each within bounds: from first up to, but without, end; nil is none.
func eachFrom[T any](t snapshot, bucket string, first, end []byte, visit func(key []byte, v T) error) error {
	return t.walker.each(bucket, first, end, func(key, raw []byte) error {
		var v T
		if err := cbor.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("ledger: damaged record in %s: %w", bucket, err)
		}
		return visit(key, v)
	})
}

func (t snapshot) EachAccount(visit func(Account, int64) error) error {
	return each(t, bucketAccounts, func(key []byte, a Account) error {
		balance, err := t.Balance(AccountID(key))
		if err != nil {
			return fmt.Errorf("balance of %s: %w", AccountID(key).Tail(), err)
		}
		return visit(a, balance)
	})
}

func (t snapshot) EachEntry(visit func(Entry) error) error {
	return each(t, bucketEntries, func(key []byte, e Entry) error {
		if number(key) != e.Sequence {
			return fmt.Errorf("ledger: entry %d in place %d", e.Sequence, number(key))
		}
		return visit(e)
	})
}

func (t snapshot) EachSale(visit func(SaleKey, Sale) error) error {
	return each(t, bucketSales, func(key []byte, s Sale) error {
		terminal, code, err := splitKey(key, len(protocol.Code{}))
		if err != nil {
			return err
		}
		return visit(SaleKey{Terminal: terminal, Scramble: protocol.Code(code)}, s)
	})
}

func (t snapshot) EachReference(visit func(uint64, SaleKey) error) error {
	return each(t, bucketReferences, func(key []byte, k SaleKey) error { return visit(number(key), k) })
}

func (t snapshot) EachRequest(visit func(protocol.Hash, SaleKey) error) error {
	return each(t, bucketRequests, func(key []byte, k SaleKey) error {
		if len(key) != len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketRequests)
		}
		return visit(protocol.Hash(key), k)
	})
}

func (t snapshot) EachPrint(visit func(protocol.Hash, PrintUse) error) error {
	return each(t, bucketPrints, func(key []byte, u PrintUse) error {
		if len(key) != len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketPrints)
		}
		return visit(protocol.Hash(key), u)
	})
}

func (t snapshot) EachFailures(visit func(protocol.Hash, Failures) error) error {
	return each(t, bucketFailures, func(key []byte, f Failures) error {
		if len(key) != len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketFailures)
		}
		return visit(protocol.Hash(key), f)
	})
}

func (t snapshot) EachRefund(visit func(RefundKey, Refund) error) error {
	return each(t, bucketRefunds, func(key []byte, r Refund) error {
		terminal, code, err := splitKey(key, len(protocol.Code{}))
		if err != nil {
			return err
		}
		return visit(RefundKey{Terminal: terminal, Key: protocol.Code(code)}, r)
	})
}

func (t snapshot) EachRefundNumber(visit func(uint64, RefundKey) error) error {
	return each(t, bucketRefundNumbers, func(key []byte, k RefundKey) error { return visit(number(key), k) })
}

func (t snapshot) EachAuthorisation(visit func(AuthorisationKey, Authorisation) error) error {
	return each(t, bucketAuthorisations, func(key []byte, a Authorisation) error {
		k, err := authorisationOf(key)
		if err != nil {
			return err
		}
		return visit(k, a)
	})
}

func (t snapshot) EachOpenAuthorisation(visit func(AuthorisationKey, Authorisation) error) error {
	return t.walker.each(bucketOpen, nil, nil, func(key, _ []byte) error {
		k, err := authorisationOf(key)
		if err != nil {
			return err
		}
		a, err := t.Authorisation(k)
		if err != nil {
			return fmt.Errorf("%s is marked as open: %w", k, err)
		}
		return visit(k, a)
	})
}

func authorisationOf(key []byte) (AuthorisationKey, error) {
	if len(key) == 0 || key[0] > 1 {
		return AuthorisationKey{}, fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketAuthorisations)
	}
	terminal, code, err := splitKey(key[1:], len(protocol.Code{}))
	return AuthorisationKey{Terminal: terminal, Code: protocol.Code(code), Refund: key[0] == 1}, err
}

func (t snapshot) EachEntryOf(terminal protocol.ID, from, to protocol.Time, visit func(Entry) error) error {
	first, end := movementKey(terminal, from, 0), movementKey(terminal, to, 0)
	return t.walker.each(bucketMovements, first, end, func(key, _ []byte) error {
		owner, rest, err := splitKey(key, 16)
		if err != nil || owner != terminal {
			return err
		}
		e, err := record[Entry](t, bucketEntries, rest[8:])
		if err != nil {
			return fmt.Errorf("entry %d of %s: %w", number(rest[8:]), terminal, err)
		}
		return visit(e)
	})
}

func (t snapshot) EachMovement(visit func(terminal protocol.ID, at protocol.Time, sequence uint64) error) error {
	return t.walker.each(bucketMovements, nil, nil, func(key, _ []byte) error {
		terminal, rest, err := splitKey(key, 16)
		if err != nil {
			return err
		}
		return visit(terminal, protocol.Time(number(rest[:8])), number(rest[8:]))
	})
}

func (t snapshot) EachAnchor(visit func(protocol.ID, Anchor) error) error {
	return each(t, bucketAnchors, func(key []byte, a Anchor) error {
		terminal, _, err := splitKey(key, 8)
		if err != nil {
			return err
		}
		return visit(terminal, a)
	})
}

func (t snapshot) EachLoad(visit func(string, Load) error) error {
	return each(t, bucketLoads, func(key []byte, l Load) error { return visit(string(key), l) })
}
