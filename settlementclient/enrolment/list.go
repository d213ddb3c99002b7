package enrolment

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"countersign/protocol"
)

// maxKept bounds a revocation list that a secure unit keeps, in bytes.
const maxKept = 1 << 16

// list fetches the revocation list and verifies it: signature, sequence, age.
func (c *client) list(ctx context.Context, trust protocol.Trust, floor uint64, maxAge time.Duration, now time.Time) (*protocol.Signed[protocol.RevocationList], protocol.Trust, error) {
	answer, err := c.get(ctx, protocol.PathRevocationList)
	if err != nil {
		return nil, trust, err
	}
	signed, err := protocol.Parse[protocol.RevocationList](answer)
	if err != nil {
		return nil, trust, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if skew := signed.Unverified().Issued.Time().Sub(now); skew > maxSkew {
		return nil, trust, fmt.Errorf("%w: the revocation list was made %v from now", ErrClock, skew.Round(time.Second))
	}
	if seen := signed.Unverified().Sequence; seen < floor {
		return nil, trust, fmt.Errorf("%w: number %d after %d", ErrRollback, seen, floor)
	}
	next, err := trust.AcceptList(signed, now, maxAge)
	if err != nil {
		return nil, trust, err
	}
	return signed, next, nil
}

// lowestSequence is the highest sequence number seen of this authority. Another
// authority, or the same with another key, counts on its own.
func lowestSequence(unit Unit, anchor protocol.Anchor) (uint64, error) {
	shelf, err := openShelf(unit)
	if err != nil {
		return 0, err
	}
	raw, err := shelf.load(labelSequence)
	if err != nil || raw == nil {
		return 0, err
	}
	thumbprint := anchor.Key.Thumbprint()
	if len(raw) != len(thumbprint)+8 {
		return 0, fmt.Errorf("read revocation sequence: %w", ErrDamaged)
	}
	if !bytes.Equal(raw[:len(thumbprint)], thumbprint[:]) {
		return 0, nil
	}
	return binary.BigEndian.Uint64(raw[len(thumbprint):]), nil
}

// storeList keeps a list that was verified: its number first, so that an
// interruption can only make the device stricter.
func storeList(ctx context.Context, unit Unit, anchor protocol.Anchor, list *protocol.Signed[protocol.RevocationList]) error {
	thumbprint := anchor.Key.Thumbprint()
	record := binary.BigEndian.AppendUint64(thumbprint[:], list.Unverified().Sequence)
	if err := (object{labelSequence, record}).store(ctx, unit); err != nil {
		return err
	}
	raw := list.Bytes()
	if len(raw) > maxKept {
		raw = nil // fetched again after a restart
	}
	return object{labelList, raw}.store(ctx, unit)
}

// FetchRevocationList fetches the newest list, refuses one that is older than
// what the unit has seen, keeps it and returns credentials that heed it.
func FetchRevocationList(ctx context.Context, unit Unit, c *Credentials, o Options) (*Credentials, error) {
	o = c.complete(o)
	authority, err := c.dial(o)
	if err != nil {
		return nil, fmt.Errorf("fetch revocation list: %w", err)
	}
	next, err := fetchList(ctx, unit, authority, c, o)
	if err != nil {
		return nil, fmt.Errorf("fetch revocation list: %w", err)
	}
	return next, nil
}

func fetchList(ctx context.Context, unit Unit, authority *client, c *Credentials, o Options) (*Credentials, error) {
	floor, err := lowestSequence(unit, c.Anchor)
	if err != nil {
		return nil, err
	}
	list, trust, err := authority.list(ctx, c.Trust, floor, o.maxListAge(c.Role), o.Clock())
	if err != nil {
		return nil, err
	}
	if list.Unverified().Sequence > floor || c.Trust.Revocation == nil {
		if err := storeList(ctx, unit, c.Anchor, list); err != nil {
			return nil, err
		}
	}
	next := *c
	next.Trust = trust
	return &next, nil
}
