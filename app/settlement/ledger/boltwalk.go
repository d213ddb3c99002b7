package ledger

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"countersign/protocol"
)

// each decodes every record of a bucket.
func each[T any](t *boltTx, bucket string, visit func(key []byte, v T) error) error {
	return t.tx.Bucket([]byte(bucket)).ForEach(func(key, raw []byte) error {
		var v T
		if err := cbor.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("ledger: damaged record in %s: %w", bucket, err)
		}
		return visit(key, v)
	})
}

func (t *boltTx) EachAccount(visit func(Account, int64) error) error {
	return each(t, bucketAccounts, func(key []byte, a Account) error {
		balance, err := t.Balance(AccountID(key))
		if err != nil {
			return fmt.Errorf("balance of %s: %w", AccountID(key).Tail(), err)
		}
		return visit(a, balance)
	})
}

func (t *boltTx) EachEntry(visit func(Entry) error) error {
	return each(t, bucketEntries, func(key []byte, e Entry) error {
		if number(key) != e.Sequence {
			return fmt.Errorf("ledger: entry %d in place %d", e.Sequence, number(key))
		}
		return visit(e)
	})
}

func (t *boltTx) EachSale(visit func(SaleKey, Sale) error) error {
	return each(t, bucketSales, func(key []byte, s Sale) error {
		end := len(key) - len(protocol.Code{})
		if end < 2 {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketSales)
		}
		return visit(SaleKey{Terminal: protocol.ID(key[:end-1]), Scramble: protocol.Code(key[end:])}, s)
	})
}

func (t *boltTx) EachReference(visit func(uint64, SaleKey) error) error {
	return each(t, bucketReferences, func(key []byte, k SaleKey) error { return visit(number(key), k) })
}

func (t *boltTx) EachRequest(visit func(protocol.Hash, SaleKey) error) error {
	return each(t, bucketRequests, func(key []byte, k SaleKey) error {
		if len(key) != len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketRequests)
		}
		return visit(protocol.Hash(key), k)
	})
}

func (t *boltTx) EachPrint(visit func(protocol.Hash, PrintUse) error) error {
	return each(t, bucketPrints, func(key []byte, u PrintUse) error {
		if len(key) != len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketPrints)
		}
		return visit(protocol.Hash(key), u)
	})
}

func (t *boltTx) EachFailures(visit func(protocol.Hash, Failures) error) error {
	return each(t, bucketFailures, func(key []byte, f Failures) error {
		if len(key) != len(protocol.Hash{}) {
			return fmt.Errorf("ledger: key of %d bytes in %s", len(key), bucketFailures)
		}
		return visit(protocol.Hash(key), f)
	})
}
