package shop

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// This file is the owner's way with the phone between two sales: it is closed and
// opened again, and what it has is copied and put back.

// CopyPhone closes the phone, keeps a copy of all that it has, secure unit included,
// and opens it again. A later copy takes the place of this one.
func (s *Shop) CopyPhone(ctx context.Context) error {
	return s.reopen(ctx, func() error {
		if err := os.RemoveAll(s.copied()); err != nil {
			return err
		}
		return os.CopyFS(s.copied(), os.DirFS(s.wallet.home))
	})
}

// PutBackPhone closes the phone, puts the copy in its place, and opens it again.
func (s *Shop) PutBackPhone(ctx context.Context) error {
	return s.reopen(ctx, func() error {
		if err := os.RemoveAll(s.wallet.home); err != nil {
			return err
		}
		return os.CopyFS(s.wallet.home, os.DirFS(s.copied()))
	})
}

func (s *Shop) copied() string { return filepath.Join(s.dir, Wallet+"-copy") }

// reopen does something while the phone is closed.
func (s *Shop) reopen(_ context.Context, do func() error) error {
	s.mu.Lock()
	at := -1
	for i, p := range s.running {
		if p.Name() == Wallet+" run" {
			at = i
		}
	}
	if at < 0 {
		s.mu.Unlock()
		return errors.New("the phone is not open")
	}
	open := s.running[at]
	s.running = append(s.running[:at:at], s.running[at+1:]...)
	s.mu.Unlock()
	if err := open.Stop(); err != nil {
		return err
	}
	if err := do(); err != nil {
		return fmt.Errorf("take the phone apart: %w", err)
	}
	return s.window(s.wallet, s.walletFlags)
}

// CardBook has settlement tell how the owner's virtual card stands, as a line of JSON.
func (s *Shop) CardBook(ctx context.Context) (string, error) {
	list, err := s.settlement.run(ctx, "card list", s.settlement.data())
	if err != nil {
		return "", err
	}
	for lines := bufio.NewScanner(strings.NewReader(list)); lines.Scan(); {
		var card struct {
			Wallet string `json:"wallet"`
		}
		if err := json.Unmarshal(lines.Bytes(), &card); err == nil && card.Wallet == walletID {
			return lines.Text(), nil
		}
	}
	return "", fmt.Errorf("settlement lists no card of %s", walletID)
}
