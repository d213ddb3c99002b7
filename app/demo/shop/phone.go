package shop

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// This file is what is done to a device between two sales: it is closed and opened
// again, and what the phone has is copied and put back.

// CopyPhone closes the phone, keeps a copy of all that it has, secure unit included,
// and opens it again. A later copy takes the place of this one. Like the others here it
// returns the place in the chronicle from which on the new window announces.
func (s *Shop) CopyPhone(context.Context) (from int, err error) {
	return s.reopen(s.wallet, s.walletFlags, func() error {
		if err := os.RemoveAll(s.copied()); err != nil {
			return err
		}
		return os.CopyFS(s.copied(), os.DirFS(s.wallet.home))
	})
}

// PutBackPhone closes the phone, puts the copy in its place, and opens it again.
func (s *Shop) PutBackPhone(context.Context) (from int, err error) {
	return s.reopen(s.wallet, s.walletFlags, func() error {
		if err := os.RemoveAll(s.wallet.home); err != nil {
			return err
		}
		return os.CopyFS(s.wallet.home, os.DirFS(s.copied()))
	})
}

// SetTerminal closes the terminal and opens it again with other times: a request's life,
// and how long an unknown outcome is asked about; 0 is the terminal's own.
func (s *Shop) SetTerminal(_ context.Context, life, askFor time.Duration) (from int, err error) {
	return s.reopen(s.terminal, terminalTimes(s.terminalFlags, life, askFor), func() error { return nil })
}

func (s *Shop) copied() string { return filepath.Join(s.dir, Wallet+"-copy") }

// reopen does something while a party's window is closed. It returns the place in the
// chronicle from which on the new window announces.
func (s *Shop) reopen(p *party, flags []string, do func() error) (from int, err error) {
	open, err := s.take(p)
	if err != nil {
		return 0, err
	}
	if err := s.end(open); err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, fmt.Errorf("take the %s apart: %w", p.name, err)
	}
	from = s.options.Chronicle.Len()
	return from, s.window(p, flags)
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
