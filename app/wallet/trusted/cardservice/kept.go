package cardservice

import (
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"

	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/store"
	"countersign/devices/secureunit"
)

// This file is where the parts of a purse lie.

// purseFile is the purse's, in the data directory.
const purseFile = "purse.db"

// What the secure unit keeps of the purse.
const (
	labelKey    = "wallet purse key"
	labelAnchor = "wallet purse count"
)

// fileKey is what the purse's file is sealed with: drawn in the secure unit, and kept
// there.
func (s *Service) fileKey(ctx context.Context) ([]byte, error) {
	key, err := s.o.Unit.Load(labelKey)
	if err == nil || !errors.Is(err, secureunit.ErrNotFound) {
		return key, err
	}
	if key, err = s.o.Unit.Random(store.KeySize); err != nil {
		return nil, err
	}
	return key, s.o.Unit.Store(ctx, labelKey, key, true)
}

// cardSigner is the card's key, made when it is first asked for.
func (s *Service) cardSigner(ctx context.Context) (crypto.Signer, error) {
	if _, err := s.o.Unit.EnsureKey(ctx, secureunit.Card); err != nil {
		return nil, err
	}
	return s.o.Unit.Signer(secureunit.Card)
}

// anchor keeps the purse's count in the secure unit.
type anchor struct{ unit *secureunit.Unit }

func (a anchor) Highest() (uint64, error) {
	kept, err := a.unit.Load(labelAnchor)
	switch {
	case errors.Is(err, secureunit.ErrNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	case len(kept) != 8:
		return 0, fmt.Errorf("%w: %d bytes", purse.ErrDamaged, len(kept))
	}
	return binary.BigEndian.Uint64(kept), nil
}

func (a anchor) Raise(ctx context.Context, to uint64) error {
	return a.unit.Store(ctx, labelAnchor, binary.BigEndian.AppendUint64(nil, to), true)
}
