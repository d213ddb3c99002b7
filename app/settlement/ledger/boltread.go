package ledger

import (
	"bytes"
	"errors"

	"countersign/protocol"
)

func (t *boltTx) Account(id AccountID) (Account, error) {
	return record[Account](t, bucketAccounts, []byte(id))
}

func (t *boltTx) Balance(id AccountID) (int64, error) {
	raw := t.get(bucketBalances, []byte(id))
	if len(raw) != 8 {
		return 0, ErrNotFound
	}
	return int64(number(raw)), nil
}

func (t *boltTx) Sale(k SaleKey) (Sale, error) { return record[Sale](t, bucketSales, saleKey(k)) }

func (t *boltTx) SaleByReference(n uint64) (SaleKey, error) {
	return record[SaleKey](t, bucketReferences, numberKey(n))
}

func (t *boltTx) SaleByRequest(h protocol.Hash) (SaleKey, error) {
	return record[SaleKey](t, bucketRequests, h[:])
}

func (t *boltTx) Print(mark protocol.Hash) (PrintUse, error) {
	return record[PrintUse](t, bucketPrints, mark[:])
}

func (t *boltTx) Failures(key protocol.Hash) (Failures, error) {
	f, err := record[Failures](t, bucketFailures, key[:])
	if errors.Is(err, ErrNotFound) {
		return Failures{}, nil
	}
	return f, err
}

func (t *boltTx) Deposit(h protocol.Hash) (protocol.Sealed, error) {
	raw := t.get(bucketDeposits, h[:])
	if raw == nil {
		return nil, ErrNotFound
	}
	return bytes.Clone(raw), nil
}

func (t *boltTx) Change(k ChangeKey) (Change, error) {
	return record[Change](t, bucketChanges, append(k.Wallet[:], k.Key[:]...))
}

func (t *boltTx) Certificate(signer [8]byte) ([]byte, error) {
	raw := t.get(bucketCertificates, signer[:])
	if raw == nil {
		return nil, ErrNotFound
	}
	return bytes.Clone(raw), nil
}
