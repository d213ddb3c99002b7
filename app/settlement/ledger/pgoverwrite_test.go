package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// What a transaction still sees that is older than an erasure, PostgreSQL writes into the
// new file as well: Overwrite does not say that it is gone before it is.
func TestPostgresOverwriteWaitsForReaders(t *testing.T) {
	on := postgres(t)
	place := on.place(t)
	l, f := on.openAt(t, place, Options{}), newFixture(t)
	gone := sealedTemplate()
	f.update(l, func(tx Tx) error { return tx.AddDeposit(gone) })

	reader, err := pgx.Connect(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // only read
	view, err := reader.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	if err := view.QueryRow(t.Context(), "SELECT count(*) FROM writers").Scan(&seen); err != nil { // from now on it has a snapshot
		t.Fatal(err)
	}
	digest := sha256.Sum256(gone)
	f.update(l, func(tx Tx) error {
		return tx.PutErasure(digest, Erasure{Number: 1, Wallet: "W-0001", Ordered: 60, Done: 61, Deposited: true})
	})

	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := l.Overwrite(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is seen: %v", err)
	}
	if !filesHold(t, on, place, gone) {
		t.Error("the test does not find what it looks for")
	}

	// Now it is waited for.
	done := make(chan error, 1)
	go func() { done <- l.Overwrite(t.Context()) }()
	if err := view.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if filesHold(t, on, place, gone) {
		t.Error("it is still in the files")
	}
}
