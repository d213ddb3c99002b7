package ledger

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"

	"countersign/protocol"
)

func (t *change) PutSale(k SaleKey, s Sale) error {
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

func (t *change) AddPrint(mark protocol.Hash, use PrintUse) error {
	return t.add(bucketPrints, mark[:], use)
}

func (t *change) SetFailures(key protocol.Hash, f Failures) error {
	return t.keep(bucketFailures, key[:], f)
}

func (t *change) AddDeposit(s protocol.Sealed) error {
	h := sha256.Sum256(s)
	if _, err := t.Erasure(h); !errors.Is(err, ErrNotFound) {
		return cmp.Or(err, fmt.Errorf("deposit: %w", ErrErased))
	}
	t.put(bucketDeposits, h[:], s)
	return nil
}

func (t *change) AddChange(k ChangeKey, c Change) error {
	return t.add(bucketChanges, append(k.Wallet[:], k.Key[:]...), c)
}

func (t *change) AddCertificate(c *protocol.Signed[protocol.Certificate]) error {
	signer := protocol.SignerOf(c)
	if old, err := t.get(bucketCertificates, signer[:]); err != nil || old != nil {
		return err // its name is its hash
	}
	t.put(bucketCertificates, signer[:], bytes.Clone(c.Bytes()))
	return nil
}

func (t *change) PutRefund(k RefundKey, r Refund) error {
	if err := r.validate(); err != nil {
		return err
	}
	old, err := t.Refund(k)
	switch {
	case err == nil:
		if err := r.follows(old); err != nil {
			return fmt.Errorf("refund: %w", err)
		}
	case !errors.Is(err, ErrNotFound):
		return err
	}
	if r.State == RefundDone && old.State != RefundDone {
		if err := t.add(bucketRefundNumbers, numberKey(r.Number), k); err != nil {
			return err
		}
	}
	return t.keep(bucketRefunds, refundKey(k), r)
}

func (t *change) PutAuthorisation(k AuthorisationKey, a Authorisation) error {
	old, err := t.Authorisation(k)
	switch {
	case err == nil:
		if err := a.follows(old); err != nil {
			return err
		}
	case !errors.Is(err, ErrNotFound):
		return err
	case a.State != AuthorisationSent:
		return fmt.Errorf("%w: an authorisation begins before it is sent", ErrKept)
	}
	key := authorisationKey(k)
	if err := t.keep(bucketAuthorisations, key, a); err != nil {
		return err
	}
	if a.State.Open() {
		t.put(bucketOpen, key, []byte{1})
	} else {
		t.remove(bucketOpen, key)
	}
	return nil
}

func (t *change) AddAnchor(terminal protocol.ID, a Anchor) error {
	last, err := t.Anchor(terminal)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if a.Sequence <= last.Sequence {
		return fmt.Errorf("%w: anchor %d after anchor %d", ErrKept, a.Sequence, last.Sequence)
	}
	if err := t.keep(bucketHeads, []byte(terminal), a); err != nil {
		return err
	}
	return t.add(bucketAnchors, under(terminal, numberKey(a.Sequence)), a)
}

func (t *change) AddLoad(reference string, l Load) error {
	return t.add(bucketLoads, []byte(reference), l)
}
