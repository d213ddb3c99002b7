package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	programstore "countersign/app/program/store"
	"countersign/protocol"
)

const (
	bucketErasures = "erasures" // by number, 8 bytes big-endian
	// keyOverwrite, in the authority's bucket, is there while free pages of the
	// file may still hold what was erased: the last erasure's number.
	keyOverwrite = "overwrite"
	keyErasure   = "erasure" // the last number
)

// Erasure is what is left of a template that was erased: who wanted it and who
// did it, nothing of the print.
type Erasure struct {
	Wallet protocol.ID `json:"wallet"`
	// Template is SHA-256 of the sealed template.
	Template []byte    `json:"template"`
	At       time.Time `json:"at"`
	// Desk ordered it, or nobody but an administrator here; Officer and Reason
	// are theirs.
	Desk    protocol.ID `json:"desk,omitempty"`
	Officer string      `json:"officer"`
	Reason  string      `json:"reason"`
	// Order is the desk's signed order, protocol.Signed[protocol.DeskOrder].
	Order []byte `json:"order,omitempty"`
	// Consent is what the owner had agreed to, if that was recorded:
	// protocol.Signed[protocol.Consent].
	Consent []byte `json:"consent,omitempty"`
}

// NumberedErasure is an erasure with its number.
type NumberedErasure struct {
	Number uint64
	Erasure
}

// AddErasure keeps an erasure under the next number. Numbers follow the clock as
// those of revocation lists do (NextSequence).
func (t *Tx) AddErasure(now time.Time, e Erasure) (uint64, error) {
	last, _, err := get[uint64](t, bucketAuthority, []byte(keyErasure))
	if err != nil {
		return 0, err
	}
	next := max(last+1, uint64(max(now.Unix(), 0)))
	if err := put(t, bucketAuthority, []byte(keyErasure), next); err != nil {
		return 0, err
	}
	if err := put(t, bucketAuthority, []byte(keyOverwrite), next); err != nil {
		return 0, err
	}
	return next, put(t, bucketErasures, binary.BigEndian.AppendUint64(nil, next), e)
}

// Erasures returns the erasures after a number, at most limit, by number.
func (t *Tx) Erasures(after uint64, limit int) ([]NumberedErasure, error) {
	var list []NumberedErasure
	cursor := t.tx.Bucket([]byte(bucketErasures)).Cursor()
	if after == ^uint64(0) {
		return nil, nil
	}
	for key, raw := cursor.Seek(binary.BigEndian.AppendUint64(nil, after+1)); key != nil && len(list) < limit; key, raw = cursor.Next() {
		e, err := decode[Erasure](bucketErasures, key, raw)
		if err != nil {
			return nil, err
		}
		list = append(list, NumberedErasure{binary.BigEndian.Uint64(key), e})
	}
	return list, nil
}

// ErasuresOf returns the erasures of a wallet, by number.
func (t *Tx) ErasuresOf(wallet protocol.ID) ([]NumberedErasure, error) {
	var list []NumberedErasure
	err := each(t, bucketErasures, func(key []byte, e Erasure) error {
		if e.Wallet == wallet {
			list = append(list, NumberedErasure{binary.BigEndian.Uint64(key), e})
		}
		return nil
	})
	return list, err
}

// RemoveDeposit takes an owner's template out of the archive.
func (t *Tx) RemoveDeposit(wallet protocol.ID) error {
	if err := t.tx.Bucket([]byte(bucketDeposits)).Delete([]byte(wallet)); err != nil {
		return fmt.Errorf("remove deposit of %q: %w", wallet, err)
	}
	return nil
}

// CertificatesOf returns the certificates of a subject by their Hash.
func (t *Tx) CertificatesOf(subject protocol.ID) (map[protocol.Hash]Certificate, error) {
	all := map[protocol.Hash]Certificate{}
	err := each(t, bucketCertificates, func(key []byte, c Certificate) error {
		if c.Subject == subject {
			all[protocol.Hash(key)] = c
		}
		return nil
	})
	return all, err
}

// Cut is what stays of a certificate that held an owner's template, beside its
// Hash: signed bytes cannot be cut and stay signed.
type Cut struct {
	NotBefore protocol.Time `json:"notBefore"`
	Expires   protocol.Time `json:"expires"`
	Key       protocol.Key  `json:"key"`
}

// Claims reads what a certificate says. Of one that was cut the template is
// missing, and its signature cannot be verified any more.
func (c Certificate) Claims() (protocol.Certificate, error) {
	if c.Cut != nil {
		return protocol.Certificate{
			Subject: c.Subject, NotBefore: c.Cut.NotBefore, Expires: c.Cut.Expires,
			Holder: protocol.Confirmation{Key: c.Cut.Key}, Device: protocol.Device{Role: protocol.RoleWallet},
		}, nil
	}
	signed, err := protocol.Parse[protocol.Certificate](c.Signed)
	if err != nil {
		return protocol.Certificate{}, fmt.Errorf("read certificate of %q: %w", c.Subject, err)
	}
	return signed.Unverified(), nil
}

// WithoutPrint is the record of a wallet's certificate without the template and
// its deposit.
func (c Certificate) WithoutPrint() (Certificate, error) {
	claims, err := c.Claims()
	if err != nil {
		return c, err
	}
	c.Cut = &Cut{claims.NotBefore, claims.Expires, claims.Holder.Key}
	c.Signed, c.Deposit = nil, nil
	return c, nil
}

// ToOverwrite says whether free pages of the file may still hold what was erased.
func (r *Registry) ToOverwrite() (due bool, err error) {
	err = r.View(func(tx *Tx) (err error) {
		_, due, err = get[uint64](tx, bucketAuthority, []byte(keyOverwrite))
		return err
	})
	return due, err
}

// Overwrite writes over all free pages of the file, so that what was erased is
// gone from it; see countersign/app/program/store.
func (r *Registry) Overwrite(ctx context.Context) error {
	var last uint64
	err := r.View(func(tx *Tx) (err error) {
		last, _, err = get[uint64](tx, bucketAuthority, []byte(keyOverwrite))
		return err
	})
	if err != nil {
		return err
	}
	if err := programstore.Overwrite(ctx, r.db); err != nil {
		return err
	}
	return r.Update(func(tx *Tx) error {
		now, _, err := get[uint64](tx, bucketAuthority, []byte(keyOverwrite))
		if err != nil || now != last { // something else was erased meanwhile
			return err
		}
		return tx.tx.Bucket([]byte(bucketAuthority)).Delete([]byte(keyOverwrite))
	})
}
