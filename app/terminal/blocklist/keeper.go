package blocklist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"

	"countersign/app/program/wholefile"
	"countersign/protocol"
)

// How often settlement is asked: every quarter of an hour, and after a failure from
// RetryFirst on.
const (
	Every      = 15 * time.Minute
	RetryFirst = 5 * time.Second
)

// Fetched is a verified list with the bytes that settlement signed.
type Fetched struct {
	List   protocol.CardBlocklist
	Signed *protocol.Signed[protocol.CardBlocklist]
}

// Options are a keeper's; all are needed.
type Options struct {
	// File is where the list is kept.
	File string
	// Fetch asks settlement; old is the list that is known, or nil.
	Fetch func(ctx context.Context, old *protocol.CardBlocklist) (Fetched, error)
	// Certificate returns settlement's of a mark, be it from before a renewal.
	Certificate func(ctx context.Context, signer [8]byte) (*protocol.Signed[protocol.Certificate], error)
	Trust       func() protocol.Trust
	Now         func() time.Time
	Log         *slog.Logger
}

// Keeper keeps the list. Its methods are safe for concurrent use.
type Keeper struct {
	o       Options
	current atomic.Pointer[protocol.CardBlocklist]
	wanted  chan struct{} // Hurry
}

// file is what is kept: the list, and the certificate that it is verified with.
type file struct {
	List        []byte `json:"list"`
	Certificate []byte `json:"certificate"`
}

// Open takes up the list that was kept, if it still holds.
func Open(o Options) *Keeper {
	k := &Keeper{o: o, wanted: make(chan struct{}, 1)}
	list, err := k.load()
	switch {
	case err == nil:
		k.current.Store(&list)
	case !errors.Is(err, os.ErrNotExist):
		o.Log.Warn("list of blocked cards not taken up again", "error", err.Error())
	}
	return k
}

func (k *Keeper) load() (protocol.CardBlocklist, error) {
	fail := func(err error) (protocol.CardBlocklist, error) {
		return protocol.CardBlocklist{}, fmt.Errorf("load list of blocked cards: %w", err)
	}
	text, err := os.ReadFile(k.o.File)
	if err != nil {
		return fail(err)
	}
	var kept file
	if err := json.Unmarshal(text, &kept); err != nil {
		return fail(err)
	}
	certificate, err := protocol.Parse[protocol.Certificate](kept.Certificate)
	if err != nil {
		return fail(err)
	}
	signed, err := protocol.Parse[protocol.CardBlocklist](kept.List)
	if err != nil {
		return fail(err)
	}
	list, err := protocol.VerifyCardBlocklist(signed, certificate, nil, k.o.Trust(), k.o.Now())
	if err != nil {
		return fail(err)
	}
	return list, nil
}

// Current returns the newest list, or nil. It must not be changed.
func (k *Keeper) Current() *protocol.CardBlocklist { return k.current.Load() }

// Hurry has the list fetched at once: settlement has said that a card was blocked. It
// does not wait.
func (k *Keeper) Hurry() {
	select {
	case k.wanted <- struct{}{}:
	default: // it is going to be
	}
}

// Run fetches the list now and again until the context ends.
func (k *Keeper) Run(ctx context.Context) {
	retry := RetryFirst
	for ctx.Err() == nil {
		pause := Every
		if err := k.fetch(ctx); err != nil && ctx.Err() == nil {
			pause, retry = retry, min(2*retry, Every)
			k.o.Log.WarnContext(ctx, "list of blocked cards not fetched", "again_in", pause.String(), "error", err.Error())
		} else {
			retry = RetryFirst
		}
		timer := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-timer.C:
		case <-k.wanted:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// fetch asks once. A list that cannot be kept is used all the same, until the
// terminal stops.
func (k *Keeper) fetch(ctx context.Context) error {
	fetched, err := k.o.Fetch(ctx, k.current.Load())
	if err != nil {
		return err
	}
	if old := k.current.Swap(&fetched.List); old == nil || old.Sequence != fetched.List.Sequence {
		k.o.Log.InfoContext(ctx, "list of blocked cards", "sequence", fetched.List.Sequence, "cards", len(fetched.List.Blocked))
	}
	certificate, err := k.o.Certificate(ctx, fetched.List.Signer) // the one it was signed under, should there be a newer one since
	if err != nil {
		return err
	}
	if _, err := protocol.VerifyCardBlocklist(fetched.Signed, certificate, nil, k.o.Trust(), k.o.Now()); err != nil {
		return fmt.Errorf("keep list of blocked cards: %w", err) // what was kept before is still good
	}
	text, err := json.Marshal(file{List: fetched.Signed.Bytes(), Certificate: certificate.Bytes()})
	if err != nil {
		return err
	}
	if err := wholefile.Replace(k.o.File, text); err != nil {
		return fmt.Errorf("keep list of blocked cards: %w", err)
	}
	return nil
}
