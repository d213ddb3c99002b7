package protocol

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxRevoked bounds the entries of a revocation list.
const maxRevoked = 16384

// RevocationList names the certificates that the authority has taken back.
// Lists are signed and sequenced: a reader refuses one with a lower sequence
// number than it has seen, and one that is older than its role allows
// (settlement 5 minutes, terminal 24 hours, wallet 7 days).
type RevocationList struct {
	Issuer   ID        `cbor:"1,keyasint"`
	Sequence uint64    `cbor:"2,keyasint"`
	Issued   Time      `cbor:"3,keyasint"`
	Revoked  []Revoked `cbor:"4,keyasint"` // sorted by subject, each once
}

// Revoked takes back every certificate of a subject that began at or before
// Until; certificates issued later are not concerned, so that a device can be
// enrolled anew under its old name.
type Revoked struct {
	_       struct{} `cbor:",toarray"`
	Subject ID
	Until   Time
}

func (RevocationList) context() string { return "cs1/revocation-list" }

func (l RevocationList) validate() error {
	if err := l.Issuer.validate("issuer"); err != nil {
		return err
	}
	if err := l.Issued.validate("issued"); err != nil {
		return err
	}
	if l.Revoked == nil || len(l.Revoked) > maxRevoked {
		return outOfRange("revoked")
	}
	for i, r := range l.Revoked {
		if err := r.Subject.validate("revoked subject"); err != nil {
			return err
		}
		if err := r.Until.validate("revoked until"); err != nil {
			return err
		}
		if i > 0 && l.Revoked[i-1].Subject >= r.Subject {
			return outOfRange("revoked subjects are not sorted")
		}
	}
	return nil
}

// Revokes says whether the list takes back a certificate. A list speaks for its
// own issuer only.
func (l RevocationList) Revokes(c Certificate) bool {
	if l.Issuer != c.Issuer {
		return false
	}
	i, found := slices.BinarySearchFunc(l.Revoked, c.Subject, func(r Revoked, s ID) int {
		return strings.Compare(string(r.Subject), string(s))
	})
	return found && c.NotBefore <= l.Revoked[i].Until
}

// AcceptList verifies a newly fetched list against the trust's anchors and the
// list it replaces, and returns the trust with it. maxAge is the reader's own. A
// list from further ahead than MaxSkew is refused with ErrClockSkew: under a slow
// clock it would stay young for too long.
func (t Trust) AcceptList(list *Signed[RevocationList], now time.Time, maxAge time.Duration) (Trust, error) {
	claimed := list.Unverified()
	key, ok := t.key(claimed.Issuer)
	if !ok {
		return t, fmt.Errorf("%w: revocation list of %q", ErrOtherAuthority, claimed.Issuer)
	}
	l, err := list.Verify(key)
	if err != nil {
		return t, err
	}
	if old := t.Revocation; old != nil && old.Issuer == l.Issuer {
		if l.Sequence < old.Sequence || l.Sequence == old.Sequence && l.Issued < old.Issued {
			return t, fmt.Errorf("%w: sequence %d of %v after %d of %v", ErrListStale, l.Sequence, l.Issued.Time(), old.Sequence, old.Issued.Time())
		}
	}
	if ahead := l.Issued.Time().Sub(now); ahead > MaxSkew {
		return t, fmt.Errorf("%w: revocation list issued %v ahead of our clock", ErrClockSkew, ahead.Round(time.Second))
	}
	next := Trust{Anchors: t.Anchors, Revocation: &l}
	return next, next.ListCurrent(now, maxAge)
}

// ListCurrent fails with ErrListStale when there is no revocation list or the
// newest one is older than maxAge.
func (t Trust) ListCurrent(now time.Time, maxAge time.Duration) error {
	if t.Revocation == nil {
		return fmt.Errorf("%w: none fetched yet", ErrListStale)
	}
	if age := now.Sub(t.Revocation.Issued.Time()); age > maxAge {
		return fmt.Errorf("%w: %v old, at most %v allowed", ErrListStale, age.Round(time.Second), maxAge)
	}
	return nil
}
