package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/fxamacker/cbor/v2"
	"go.etcd.io/bbolt"

	"countersign/protocol"
)

// format names the layout of the file.
const format = "countersign ledger 1"

// The buckets, and what their keys are.
const (
	bucketMeta         = "meta"
	bucketAccounts     = "accounts"     // account ID
	bucketBalances     = "balances"     // account ID
	bucketEntries      = "entries"      // number, 8 bytes big-endian
	bucketSales        = "sales"        // terminal, 0xff, scramble code
	bucketReferences   = "references"   // number, 8 bytes big-endian
	bucketRequests     = "requests"     // H(request)
	bucketPrints       = "prints"       // mark
	bucketFailures     = "failures"     // thumbprint of the wallet's key
	bucketDeposits     = "deposits"     // SHA-256 of the sealed template
	bucketChanges      = "changes"      // thumbprint, key of the change
	bucketCertificates = "certificates" // mark of the signer
)

// buckets is read only.
var buckets = [...]string{bucketMeta, bucketAccounts, bucketBalances, bucketEntries, bucketSales, bucketReferences, bucketRequests,
	bucketPrints, bucketFailures, bucketDeposits, bucketChanges, bucketCertificates}

// boltTx reads a bbolt transaction through what it wrote itself. A member of a
// group touches the shared transaction only when it has succeeded.
type boltTx struct {
	tx      *bbolt.Tx
	pending map[string][]byte // by bucket, 0, key
	order   []write
}

type write struct {
	bucket     string
	key, value []byte
}

var (
	_ Tx       = (*boltTx)(nil)
	_ Snapshot = (*boltTx)(nil)
)

func (t *boltTx) get(bucket string, key []byte) []byte {
	if value, ok := t.pending[bucket+"\x00"+string(key)]; ok {
		return value
	}
	return t.tx.Bucket([]byte(bucket)).Get(key)
}

func (t *boltTx) put(bucket string, key, value []byte) {
	t.pending[bucket+"\x00"+string(key)] = value
	t.order = append(t.order, write{bucket, key, value})
}

// apply hands the writes to the shared transaction.
func (t *boltTx) apply() error {
	for _, w := range t.order {
		if err := t.tx.Bucket([]byte(w.bucket)).Put(w.key, w.value); err != nil {
			return fmt.Errorf("write %s: %w", w.bucket, err)
		}
	}
	return nil
}

// record decodes what is kept under a key; ErrNotFound.
func record[T any](t *boltTx, bucket string, key []byte) (v T, err error) {
	raw := t.get(bucket, key)
	if raw == nil {
		return v, ErrNotFound
	}
	if err := cbor.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("ledger: damaged record in %s: %w", bucket, err)
	}
	return v, nil
}

func (t *boltTx) keep(bucket string, key []byte, v any) error {
	raw, err := cbor.Marshal(v)
	if err != nil {
		return fmt.Errorf("ledger: encode for %s: %w", bucket, err)
	}
	t.put(bucket, key, raw)
	return nil
}

// add is keep for what must not be there yet.
func (t *boltTx) add(bucket string, key []byte, v any) error {
	if t.get(bucket, key) != nil {
		return fmt.Errorf("%w: %s", ErrExists, bucket)
	}
	return t.keep(bucket, key, v)
}

// saleKey cannot be mistaken: 0xff is in no UTF-8 text, and the code has a
// fixed length.
func saleKey(k SaleKey) []byte {
	return append(append([]byte(k.Terminal), 0xff), k.Scramble[:]...)
}

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func number(key []byte) uint64 { return binary.BigEndian.Uint64(key) }

func (t *boltTx) AddAccount(a Account) error {
	if err := a.validate(); err != nil {
		return err
	}
	if err := t.add(bucketAccounts, []byte(a.ID), a); err != nil {
		return err
	}
	t.put(bucketBalances, []byte(a.ID), numberKey(0))
	return nil
}

func (t *boltTx) SetAccount(a Account) error {
	old, err := t.Account(a.ID)
	if err != nil {
		return err
	}
	if !old.sameNature(a) {
		return fmt.Errorf("%w: class, currency and kind of an account", ErrKept)
	}
	return t.keep(bucketAccounts, []byte(a.ID), a)
}

func (t *boltTx) Transfer(m Transfer) (uint64, error) {
	if m.Amount < 1 || m.Amount > protocol.MaxMinor || m.Debit == m.Credit {
		return 0, fmt.Errorf("ledger: transfer of %d between two accounts", m.Amount)
	}
	debit, err := t.Account(m.Debit)
	if err != nil {
		return 0, fmt.Errorf("account to debit: %w", err)
	}
	credit, err := t.Account(m.Credit)
	if err != nil {
		return 0, fmt.Errorf("account to credit: %w", err)
	}
	if debit.Currency != credit.Currency {
		return 0, ErrCurrency
	}
	// Both sides are known to be good before either is changed.
	from, err := t.moved(debit, true, m.Amount)
	if err != nil {
		return 0, err
	}
	to, err := t.moved(credit, false, m.Amount)
	if err != nil {
		return 0, err
	}
	t.put(bucketBalances, []byte(debit.ID), numberKey(from))
	t.put(bucketBalances, []byte(credit.ID), numberKey(to))
	n := t.nextEntry()
	return n, t.add(bucketEntries, numberKey(n), Entry{Sequence: n, Kind: m.Kind, Debit: m.Debit, Credit: m.Credit,
		Amount: m.Amount, Currency: debit.Currency, At: m.At, Sale: m.Sale})
}

// moved returns the balance that one side of a transfer leaves.
func (t *boltTx) moved(a Account, debit bool, amount protocol.Amount) (uint64, error) {
	balance, err := t.Balance(a.ID)
	if err != nil {
		return 0, err
	}
	change := a.Class.change(debit, amount)
	if balance+change < 0 || balance > math.MaxInt64-protocol.MaxMinor {
		return 0, ErrInsufficient
	}
	return uint64(balance + change), nil
}

func (t *boltTx) nextEntry() uint64 {
	var last uint64
	if key, _ := t.tx.Bucket([]byte(bucketEntries)).Cursor().Last(); key != nil {
		last = number(key)
	}
	for _, w := range t.order {
		if w.bucket == bucketEntries {
			last = max(last, number(w.key))
		}
	}
	return last + 1
}

func (t *boltTx) PutSale(k SaleKey, s Sale) error {
	if err := s.validate(); err != nil {
		return fmt.Errorf("sale: %w", err)
	}
	old, err := t.Sale(k)
	switch {
	case err == nil:
		if err := s.follows(old); err != nil {
			return fmt.Errorf("sale: %w", err)
		}
	case !errors.Is(err, ErrNotFound):
		return err
	}
	owner, err := t.SaleByRequest(s.Request)
	switch {
	case errors.Is(err, ErrNotFound):
		if err := t.keep(bucketRequests, s.Request[:], k); err != nil {
			return err
		}
	case err != nil:
		return err
	case owner != k && s.Paid():
		return fmt.Errorf("sale: %w: the request is another sale's", ErrKept)
	}
	if s.Paid() && !old.Paid() {
		if err := t.add(bucketReferences, numberKey(s.Reference), k); err != nil {
			return err
		}
	}
	return t.keep(bucketSales, saleKey(k), s)
}

func (t *boltTx) AddPrint(mark protocol.Hash, use PrintUse) error {
	return t.add(bucketPrints, mark[:], use)
}

func (t *boltTx) SetFailures(key protocol.Hash, f Failures) error {
	return t.keep(bucketFailures, key[:], f)
}

func (t *boltTx) AddDeposit(s protocol.Sealed) error {
	h := sha256.Sum256(s)
	t.put(bucketDeposits, h[:], s)
	return nil
}

func (t *boltTx) AddChange(k ChangeKey, c Change) error {
	return t.add(bucketChanges, append(k.Wallet[:], k.Key[:]...), c)
}

func (t *boltTx) AddCertificate(c *protocol.Signed[protocol.Certificate]) error {
	signer := protocol.SignerOf(c)
	if old := t.get(bucketCertificates, signer[:]); old != nil {
		return nil // its name is its hash
	}
	t.put(bucketCertificates, signer[:], bytes.Clone(c.Bytes()))
	return nil
}
