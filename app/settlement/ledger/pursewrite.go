package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"

	"countersign/protocol"
)

// The keys of what belongs to virtual cards. A number has 16 digits.

func placeKey(n protocol.CardNumber, counter uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(n), counter)
}

func refusedKey(k PurseLoadKey, nonce protocol.Code) []byte {
	return append(placeKey(k.Number, k.Sequence), nonce[:]...)
}

func tapKey(k TapKey) []byte { return under(k.Terminal, k.Pay[:]) }

func holderKey(wallet protocol.ID, c protocol.Currency) []byte {
	return under(wallet, binary.BigEndian.AppendUint16(nil, uint16(c)))
}

func applicationKey(k ApplicationKey) []byte { return append(k.Wallet[:], k.Key[:]...) }

// keyBlocklist is where the sequence of the list of blocked cards is.
var keyBlocklist = []byte("list")

func (t *change) Purse(n protocol.CardNumber) (Purse, error) {
	return record[Purse](t, bucketPurses, []byte(n))
}

func (t *change) PurseByMark(m protocol.CardMark) (protocol.CardNumber, error) {
	return record[protocol.CardNumber](t, bucketMarks, m[:])
}

func (t *change) PurseOf(wallet protocol.ID, c protocol.Currency) (protocol.CardNumber, error) {
	return record[protocol.CardNumber](t, bucketHolders, holderKey(wallet, c))
}

func (t *change) Application(k ApplicationKey) (Application, error) {
	return record[Application](t, bucketApplications, applicationKey(k))
}

func (t *change) PurseLoad(k PurseLoadKey) (PurseLoad, error) {
	return record[PurseLoad](t, bucketPurseLoads, placeKey(k.Number, k.Sequence))
}

func (t *change) RefusedLoad(k PurseLoadKey, nonce protocol.Code) (RefusedLoad, error) {
	return record[RefusedLoad](t, bucketRefusedLoads, refusedKey(k, nonce))
}

func (t *change) Deductions(k DeductionKey) ([]Deduction, error) {
	links, err := record[[]Deduction](t, bucketDeductions, placeKey(k.Number, k.Counter))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return links, err
}

func (t *change) Tap(k TapKey) (Tap, error) { return record[Tap](t, bucketTaps, tapKey(k)) }

func (t *change) PurseReference(n uint64) (PurseReference, error) {
	return record[PurseReference](t, bucketPurseReferences, numberKey(n))
}

func (t *change) PurseTransfer(h protocol.Hash) (PurseTransfer, error) {
	return record[PurseTransfer](t, bucketPurseTransfers, h[:])
}

func (t *change) BlocklistSequence() (uint64, error) {
	n, err := record[uint64](t, bucketBlocklist, keyBlocklist)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return n, err
}

func (t *change) AddPurse(p Purse) error {
	if err := p.validate(); err != nil {
		return err
	}
	mark := p.Mark()
	if err := t.add(bucketPurses, []byte(p.Number), p); err != nil {
		return err
	}
	if err := t.add(bucketMarks, mark[:], p.Number); err != nil {
		return err
	}
	return errors.Join(
		t.keep(bucketHolders, holderKey(p.Wallet, p.Currency), p.Number),
		t.AddAccount(Account{ID: PurseAccount(p.Number), Class: PurseMoney, Currency: p.Currency}),
		t.AddAccount(Account{ID: WaitingAccount(p.Number), Class: Waiting, Currency: p.Currency}))
}

func (t *change) PutPurse(p Purse) error {
	old, err := t.Purse(p.Number)
	if err != nil {
		return err
	}
	if err := errors.Join(p.validate(), p.follows(old)); err != nil {
		return fmt.Errorf("virtual card: %w", err)
	}
	mark := p.Mark()
	switch {
	case p.Blocked != 0 && (p.Blocked != old.Blocked || p.Expires != old.Expires):
		if err := t.keep(bucketBlocked, mark[:], BlockedCard{Number: p.Number, Why: p.Blocked, Expires: p.Expires}); err != nil {
			return err
		}
	case p.Blocked == 0 && old.Blocked != 0:
		t.remove(bucketBlocked, mark[:])
	}
	if (p.Blocked != 0) != (old.Blocked != 0) {
		last, err := t.BlocklistSequence()
		if err != nil {
			return err
		}
		if err := t.keep(bucketBlocklist, keyBlocklist, last+1); err != nil {
			return err
		}
	}
	return t.keep(bucketPurses, []byte(p.Number), p)
}

func (t *change) AddApplication(k ApplicationKey, a Application) error {
	return t.add(bucketApplications, applicationKey(k), a)
}

func (t *change) AddPurseLoad(k PurseLoadKey, l PurseLoad) error {
	return t.add(bucketPurseLoads, placeKey(k.Number, k.Sequence), l)
}

func (t *change) AddRefusedLoad(k PurseLoadKey, nonce protocol.Code, l RefusedLoad) error {
	return t.add(bucketRefusedLoads, refusedKey(k, nonce), l)
}

func (t *change) PutDeductions(k DeductionKey, links []Deduction) error {
	old, err := t.Deductions(k)
	if err != nil {
		return err
	}
	if err := place(links, old); err != nil {
		return err
	}
	return t.keep(bucketDeductions, placeKey(k.Number, k.Counter), links)
}

func (t *change) PutTap(k TapKey, tap Tap) error {
	if err := t.tapPlace(k, tap); err != nil {
		return err
	}
	if err := tap.validate(); err != nil {
		return fmt.Errorf("tap: %w", err)
	}
	old, err := t.Tap(k)
	switch {
	case err == nil:
		if err := tap.follows(old); err != nil {
			return fmt.Errorf("tap: %w", err)
		}
	case !errors.Is(err, ErrNotFound):
		return err
	}
	if tap.Reference != 0 && old.Reference == 0 {
		if err := t.numbered(k, tap); err != nil {
			return err
		}
	}
	return t.keep(bucketTaps, tapKey(k), tap)
}

func (t *change) AddPurseTransfer(h protocol.Hash, m PurseTransfer) error {
	if m.Reference != 0 {
		if err := t.add(bucketPurseReferences, numberKey(m.Reference), PurseReference{Transfer: &h}); err != nil {
			return err
		}
	}
	return t.add(bucketPurseTransfers, h[:], m)
}
