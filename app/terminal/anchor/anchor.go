// Package anchor fixes the head of a terminal's journal: signed by the terminal's
// key it becomes the journal's checkpoint, and lodged with settlement it shows
// whether the journal was rewritten or cut back afterwards.
//
// # Guarantees
//
//  1. The checkpoint is in the journal before anything is sent; settlement's receipt
//     is kept beside it.
//  2. What could not be lodged is lodged later: the same message, or a newer head,
//     which stands for all before it.
//  3. That settlement holds another head is told as ErrContradicted, and never
//     passed over: either side was changed.
package anchor

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"countersign/app/terminal/journal"
	"countersign/protocol"
)

// ErrContradicted says that settlement holds another head for this journal.
var ErrContradicted = errors.New("settlement holds another head of this journal: it was rewritten or cut back, or settlement's record was")

// Journal is what is anchored.
type Journal interface {
	// Head returns the number and the hash of the last record; zeros before the
	// first.
	Head() (sequence uint64, head journal.Hash)
	// LastCheckpoint returns the newest checkpoint, if there is one.
	LastCheckpoint() (journal.Checkpoint, bool)
	// Checkpoint keeps a signed head, again with its receipt.
	Checkpoint(ctx context.Context, signed, receipt []byte) error
}

// Lodge hands an anchor to settlement and returns the signed receipt, verified.
// ErrContradicted says that settlement holds another head.
type Lodge func(ctx context.Context, anchor *protocol.Signed[protocol.JournalAnchor]) (receipt []byte, err error)

// Verifier returns what a journal is opened with (journal.Options.Verify): it
// accepts the checkpoints that a terminal's key has signed, and returns the number
// and the hash of the record that each of them fixes.
func Verifier(key protocol.Key) func(signed []byte) (uint64, journal.Hash, error) {
	return func(signed []byte) (uint64, journal.Hash, error) {
		s, err := protocol.Parse[protocol.JournalAnchor](signed)
		if err != nil {
			return 0, journal.Hash{}, err
		}
		a, err := s.Verify(key)
		return a.Sequence, journal.Hash(a.Head), err
	}
}

// Settings are how often. The zero value is not of use; see Defaults.
type Settings struct {
	// Every is after how long a head that has moved is anchored, and one that
	// could not be lodged is tried again.
	Every time.Duration
	// Records is after how many records it is anchored at once.
	Records uint64
	// Look is how often the head is looked at.
	Look time.Duration
}

// Defaults returns the settings of a shop: opening a journal reads some 50,000
// records a second since the last checkpoint, so that a thousand are nothing.
func Defaults() Settings {
	return Settings{Every: 5 * time.Minute, Records: 1000, Look: 5 * time.Second}
}

// Keeper anchors a journal. It is safe for concurrent use.
type Keeper struct {
	Settings
	Journal Journal
	Signer  func() (crypto.Signer, error)
	Lodge   Lodge
	Now     func() time.Time
	Log     *slog.Logger

	mu sync.Mutex // one anchor at a time
}

// Run anchors when it is time, until the context ends. What the journal holds when
// it begins is anchored soon.
func (k *Keeper) Run(ctx context.Context) {
	look := time.NewTicker(k.Look)
	defer look.Stop()
	var tried time.Time // zero: never
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		since, left := k.due()
		old := tried.IsZero() || k.Now().Sub(tried) >= k.Every || k.Now().Before(tried) // or the clock was set back
		if !left || since < k.Records && !old {
			continue
		}
		if since >= k.Records && !old && k.Now().Sub(tried) < k.Every/10 {
			continue // many records in a short time, or a settlement that is not there
		}
		tried = k.Now()
		if err := k.Anchor(ctx); err != nil && ctx.Err() == nil {
			level := slog.LevelWarn
			if errors.Is(err, ErrContradicted) {
				level = slog.LevelError
			}
			k.Log.Log(ctx, level, "journal not anchored", "error", err.Error())
		}
	}
}

// due says how many records there are since the last checkpoint, and whether
// anything is left to be done.
func (k *Keeper) due() (since uint64, left bool) {
	head, _ := k.Journal.Head()
	last, _ := k.Journal.LastCheckpoint()
	return head - last.Sequence, head > last.Sequence || last.Sequence > 0 && len(last.Receipt) == 0
}

// Anchor anchors the journal's head now, as at the close of a shift, and returns
// when settlement has it. An error that is not the journal's leaves the checkpoint
// in place: it counts for the journal, and is lodged later. Errors:
// ErrContradicted, the journal's, the token's, and the client's.
func (k *Keeper) Anchor(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	anchor, err := k.checkpoint(ctx)
	if err != nil || anchor == nil {
		return err
	}
	receipt, err := k.Lodge(ctx, anchor)
	if last, _ := k.Journal.LastCheckpoint(); last.Sequence > anchor.Unverified().Sequence {
		// Another keeper was quicker. Its head stands for ours, and that settlement takes no
		// earlier one after it is no contradiction.
		if err == nil || len(last.Receipt) > 0 {
			return nil
		}
		return fmt.Errorf("lodge the journal's head %d, while a later one is: %v", anchor.Unverified().Sequence, err)
	}
	if err != nil {
		return fmt.Errorf("lodge the journal's head %d: %w", anchor.Unverified().Sequence, err)
	}
	return k.Journal.Checkpoint(ctx, anchor.Bytes(), receipt)
}

// checkpoint returns the anchor that is to be lodged: of a new head, or the last
// one if it has no receipt; nil if there is nothing to be done.
func (k *Keeper) checkpoint(ctx context.Context) (*protocol.Signed[protocol.JournalAnchor], error) {
	sequence, head := k.Journal.Head()
	last, _ := k.Journal.LastCheckpoint()
	if sequence == last.Sequence {
		if sequence == 0 || len(last.Receipt) > 0 {
			return nil, nil
		}
		return protocol.Parse[protocol.JournalAnchor](last.Signed)
	}
	signer, err := k.Signer()
	if err != nil {
		return nil, err
	}
	anchor, err := protocol.Sign(signer, protocol.JournalAnchor{Sequence: sequence, Head: protocol.Hash(head), At: protocol.At(k.Now())})
	if err != nil {
		return nil, err
	}
	return anchor, k.Journal.Checkpoint(ctx, anchor.Bytes(), nil)
}
