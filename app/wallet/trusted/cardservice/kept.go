package cardservice

import (
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/store"
	"countersign/devices/secureunit"
)

// This file is where the parts of purses lie. All that belongs to one card bears its
// number: the generation of its key, the file, and what the secure unit keeps of it.
// The first has 1, and no number in its names.

// What the secure unit keeps.
const (
	labelKey     = "wallet purse key"
	labelAnchor  = "wallet purse count"
	labelPresent = "wallet card" // the number of the card that is used
)

// opened is one card's purse.
type opened struct {
	number uint32
	purse  *purse.Purse
	store  *store.Store
}

func (o *opened) close() error {
	o.purse.Close()
	return o.store.Close()
}

// label is a name of the secure unit's for a card's number.
func label(name string, number uint32) string {
	if number == 1 {
		return name
	}
	return fmt.Sprintf("%s %d", name, number)
}

// file is the purse's of a card's number.
func (s *Service) file(number uint32) string {
	name := "purse.db"
	if number > 1 {
		name = fmt.Sprintf("purse-%d.db", number)
	}
	return filepath.Join(s.o.Data, name)
}

// has says whether there is such a file.
func (s *Service) has(number uint32) (bool, error) {
	_, err := os.Stat(s.file(number))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// number is that of the card that is used.
func (s *Service) number() (uint32, error) {
	kept, err := s.o.Unit.Load(labelPresent)
	switch {
	case errors.Is(err, secureunit.ErrNotFound):
		return 1, nil
	case err != nil:
		return 0, err
	case len(kept) != 4 || binary.BigEndian.Uint32(kept) == 0:
		return 0, fmt.Errorf("%w: the number of the card", purse.ErrDamaged)
	}
	return binary.BigEndian.Uint32(kept), nil
}

// setPresent has another card used from now on. The secure unit writes it whole or not
// at all.
func (s *Service) setPresent(ctx context.Context, number uint32) error {
	return s.o.Unit.Store(ctx, labelPresent, binary.BigEndian.AppendUint32(nil, number), true)
}

// open opens a card's purse, or makes an empty one.
func (s *Service) open(ctx context.Context, number uint32) (*opened, error) {
	key, err := s.fileKey(ctx, number)
	if err != nil {
		return nil, err
	}
	kept, err := store.Open(s.file(number), key)
	clear(key)
	if err != nil {
		return nil, err
	}
	o := purse.Options{
		Card: s.cardSigner(number), Wallet: s.o.Wallet, Identity: s.o.Identity, Store: kept, Owner: atScreen{s.o.Owner},
		Anchor: anchor{s.o.Unit, label(labelAnchor, number)}, Clock: s.o.Clock, Log: s.o.Log,
		Display: func(e purse.Event) {
			if s.used.Load() == number { // what is of another card is nothing for the screen
				s.show(e)
			}
		},
	}
	if s.o.Purse != nil {
		s.o.Purse(&o)
	}
	p, err := purse.New(ctx, o)
	if err != nil {
		return nil, errors.Join(err, kept.Close())
	}
	return &opened{number, p, kept}, nil
}

// fileKey is what a purse's file is sealed with: drawn in the secure unit, and kept
// there.
func (s *Service) fileKey(ctx context.Context, number uint32) ([]byte, error) {
	name := label(labelKey, number)
	key, err := s.o.Unit.Load(name)
	if err == nil || !errors.Is(err, secureunit.ErrNotFound) {
		return key, err
	}
	if key, err = s.o.Unit.Random(store.KeySize); err != nil {
		return nil, err
	}
	return key, s.o.Unit.Store(ctx, name, key, true)
}

// cardSigner is a card's key, made when it is first asked for.
func (s *Service) cardSigner(number uint32) func(context.Context) (crypto.Signer, error) {
	key := secureunit.Key{Purpose: secureunit.Card, Generation: number}
	return func(ctx context.Context) (crypto.Signer, error) {
		keys, err := s.o.Unit.Keys(ctx, secureunit.Card)
		if err != nil {
			return nil, err
		}
		for !slices.Contains(keys, key) {
			if n := len(keys); n > 0 && keys[n-1].Generation > number {
				return nil, fmt.Errorf("%w: %s is not there any more", purse.ErrCardKey, key)
			}
			made, err := s.o.Unit.NextKey(ctx, secureunit.Card)
			if err != nil {
				return nil, err
			}
			keys = append(keys, made)
		}
		return s.o.Unit.SignerOf(key)
	}
}

// anchor keeps a purse's count in the secure unit.
type anchor struct {
	unit *secureunit.Unit
	name string
}

func (a anchor) Highest() (uint64, error) {
	kept, err := a.unit.Load(a.name)
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
	return a.unit.Store(ctx, a.name, binary.BigEndian.AppendUint64(nil, to), true)
}
