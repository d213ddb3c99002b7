package ledger

import (
	"bytes"
	"errors"

	"countersign/protocol"
)

func (t *change) Account(id AccountID) (Account, error) {
	return record[Account](t, bucketAccounts, []byte(id))
}

func (t *change) Balance(id AccountID) (int64, error) {
	raw, err := t.get(bucketBalances, []byte(id))
	switch {
	case err != nil:
		return 0, err
	case len(raw) != 8:
		return 0, ErrNotFound
	}
	return int64(number(raw)), nil
}

func (t *change) Sale(k SaleKey) (Sale, error) { return record[Sale](t, bucketSales, saleKey(k)) }

func (t *change) SaleByReference(n uint64) (SaleKey, error) {
	return record[SaleKey](t, bucketReferences, numberKey(n))
}

func (t *change) SaleByRequest(h protocol.Hash) (SaleKey, error) {
	return record[SaleKey](t, bucketRequests, h[:])
}

func (t *change) Print(mark protocol.Hash) (PrintUse, error) {
	return record[PrintUse](t, bucketPrints, mark[:])
}

func (t *change) Failures(key protocol.Hash) (Failures, error) {
	f, err := record[Failures](t, bucketFailures, key[:])
	if errors.Is(err, ErrNotFound) {
		return Failures{}, nil
	}
	return f, err
}

func (t *change) Deposit(h protocol.Hash) (protocol.Sealed, error) {
	return t.raw(bucketDeposits, h[:])
}

func (t *change) Change(k ChangeKey) (Change, error) {
	return record[Change](t, bucketChanges, append(k.Wallet[:], k.Key[:]...))
}

func (t *change) Certificate(signer [8]byte) ([]byte, error) {
	return t.raw(bucketCertificates, signer[:])
}

// raw is record for what is no CBOR of ours.
func (t *change) raw(bucket string, key []byte) ([]byte, error) {
	raw, err := t.get(bucket, key)
	switch {
	case err != nil:
		return nil, err
	case raw == nil:
		return nil, ErrNotFound
	}
	return bytes.Clone(raw), nil
}

func (t *change) Refund(k RefundKey) (Refund, error) {
	return record[Refund](t, bucketRefunds, refundKey(k))
}

func (t *change) Authorisation(k AuthorisationKey) (Authorisation, error) {
	return record[Authorisation](t, bucketAuthorisations, authorisationKey(k))
}

func (t *change) Anchor(terminal protocol.ID) (Anchor, error) {
	return record[Anchor](t, bucketHeads, []byte(terminal))
}

func (t *change) Load(reference string) (Load, error) {
	return record[Load](t, bucketLoads, []byte(reference))
}
