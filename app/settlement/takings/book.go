package takings

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// every is how often Run looks at new entries, so that a page has few to look at.
const every = 20 * time.Second

// Book is the sums of all merchants. It is safe for concurrent use.
type Book struct {
	ledger ledger.Ledger
	clock  func() time.Time

	reading sync.Mutex // one at a time; held over the ledger's work, mutex is not
	mutex   sync.Mutex
	begun   bool
	next    uint64 // the first entry that was not looked at
	sums    map[ledger.AccountID]*merchant
	// open are paid sales that were not acknowledged when they were last looked at.
	open map[ledger.SaleKey]paid
}

type paid struct {
	at       protocol.Time
	merchant ledger.AccountID
}

// New returns a book that has read nothing yet.
func New(l ledger.Ledger, clock func() time.Time) *Book {
	return &Book{ledger: l, clock: clock, sums: map[ledger.AccountID]*merchant{}, open: map[ledger.SaleKey]paid{}}
}

// Run keeps the book up to date until ctx ends. What fails is logged, and tried
// again.
func (b *Book) Run(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		err := b.Refresh(ctx)
		if err == nil {
			err = b.Settle(ctx)
		}
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "takings not up to date", "reason", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Refresh adds the entries that are new. The first time it reads those of Kept.
func (b *Book) Refresh(ctx context.Context) error {
	b.reading.Lock()
	defer b.reading.Unlock()
	oldest := protocol.At(b.clock().Add(-Kept))
	err := b.ledger.View(ctx, func(s ledger.Snapshot) error {
		if err := b.begin(s, oldest); err != nil {
			return err
		}
		return s.EachEntryFrom(b.next, func(e ledger.Entry) error {
			if e.Sequence%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			b.take(e, oldest)
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("read new entries: %w", err)
	}
	b.forget(oldest)
	return nil
}

// begin finds the first entry that counts. Numbers are in the order of commits, and
// times in that order but for the moment between decision and commit.
func (b *Book) begin(s ledger.Snapshot, oldest protocol.Time) error {
	if b.begun {
		return nil
	}
	last, err := s.LastEntry()
	if err != nil {
		return err
	}
	low, high := uint64(1), last+1
	for low < high {
		middle := low + (high-low)/2
		e, err := s.Entry(middle)
		if err != nil {
			return fmt.Errorf("entry %d: %w", middle, err)
		}
		if e.At+3600 < oldest {
			low = middle + 1
		} else {
			high = middle
		}
	}
	b.next, b.begun = low, true
	return nil
}

// take adds an entry; b.reading is held.
func (b *Book) take(e ledger.Entry, oldest protocol.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.next = e.Sequence + 1
	account, w, s, ok := of(e)
	if !ok || e.At < oldest {
		return
	}
	if b.sums[account] == nil {
		b.sums[account] = newMerchant()
	}
	b.sums[account].add(e.At, w, s)
	switch {
	case e.Sale == nil:
	case e.Kind == ledger.EntryPayment:
		b.open[*e.Sale] = paid{e.At, account}
	case e.Kind == ledger.EntryReversal:
		delete(b.open, *e.Sale)
	}
}

// forget drops what is older than is kept.
func (b *Book) forget(oldest protocol.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, m := range b.sums {
		for begins := range m.quarters {
			if begins+quarter <= int64(oldest) {
				delete(m.quarters, begins)
			}
		}
	}
	for k, p := range b.open {
		if p.at < oldest {
			delete(b.open, k)
		}
	}
}

// Settle takes sales off that were acknowledged meanwhile, some at a time, so that no
// snapshot is kept for long.
func (b *Book) Settle(ctx context.Context) error {
	b.mutex.Lock()
	keys := make([]ledger.SaleKey, 0, len(b.open))
	for k := range b.open {
		keys = append(keys, k)
	}
	b.mutex.Unlock()
	for some := range slices.Chunk(keys, 1024) {
		err := b.ledger.View(ctx, func(s ledger.Snapshot) error {
			for _, k := range some {
				if _, _, err := b.look(s, k); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return fmt.Errorf("look for acknowledgements: %w", err)
		}
	}
	return nil
}

// look says whether a sale is still paid and not acknowledged, and forgets it if it
// is not.
func (b *Book) look(r ledger.Reader, k ledger.SaleKey) (sale ledger.Sale, open bool, err error) {
	if sale, err = r.Sale(k); err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return sale, false, err
	}
	last, _ := sale.Final()
	if open = err == nil && sale.Acknowledged == 0 && last.Result == protocol.ResultPaid; !open {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		delete(b.open, k)
	}
	return sale, open, nil
}
