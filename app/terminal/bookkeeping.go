package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"fmt"
	"log/slog"

	"countersign/app/terminal/anchor"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// openJournal opens the journal, and logs what it finds out about itself: what a
// manager should see as an error. verify is nil where there is no key to check a
// checkpoint with; the whole journal is verified, then.
func (s *settings) openJournal(ctx context.Context, log *slog.Logger, verify func([]byte) (uint64, journal.Hash, error)) (*journal.Journal, error) {
	return journal.Open(ctx, s.journalFile(), journal.Options{Verify: verify, Begins: begins, Found: func(f journal.Finding) {
		level := slog.LevelInfo
		if f.Alert {
			level = slog.LevelError
		}
		log.LogAttrs(context.WithoutCancel(ctx), level, "journal finding", slog.String("kind", string(f.Kind)),
			slog.Uint64("record", f.Record), slog.Uint64("number", f.Sale), slog.String("text", f.Text))
	}})
}

// begins says what is refused first when the disk is full.
func begins(e sale.Entry) bool {
	switch e.Event {
	case sale.EventKeyed, sale.EventRefundAsked, sale.EventCashSold, sale.EventCashRefunded:
		return true
	}
	return false
}

// anchorsOf accepts the journal's checkpoints that this terminal's key has signed.
func anchorsOf(signer crypto.Signer) (func([]byte) (uint64, journal.Hash, error), error) {
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("signing key is %T", signer.Public())
	}
	key, err := protocol.NewKey(public)
	if err != nil {
		return nil, err
	}
	return anchor.Verifier(key), nil
}
