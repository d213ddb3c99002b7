package contactless

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"countersign/protocol/iso7816"
)

const (
	// DefaultLimit is how long a whole exchange with a card may take.
	DefaultLimit = 3 * time.Second
	// CloseLimit is the longest that [Reader.Close] waits for calls into the library.
	CloseLimit = 3 * time.Second

	// turn is how long one wait for changes takes at most: a wait cannot be ended
	// from outside for certain, because a Cancel before it has begun is lost. Each costs
	// a dozen messages to the service.
	turn = time.Second
	// callLimit is how long the service may take beyond that for anything but an
	// exchange. EstablishContext hangs for a minute on a socket that nobody serves.
	callLimit = 2 * time.Second
	// retry is how often a lost service is looked for, and a card that could not be
	// connected to tried again.
	retry = 200 * time.Millisecond
	// tries is how often a card is tried that is there but cannot be read.
	tries = 5
	// settle is how long the service takes, at two looks of 400 ms, to take the power
	// from a card that was let go: until then its session goes on, and what seems to
	// be there may have left.
	settle = time.Second
)

// Options say which reader is used, and how.
type Options struct {
	// Reader is a part of the wanted readers' names, in any case; "" for every reader.
	Reader string
	// Limit is how long a whole exchange (all APDUs of one command) may take;
	// [DefaultLimit] when 0.
	Limit time.Duration
	// Log gets changes of the reader, never what is exchanged. nil for none.
	Log *slog.Logger
	// Clock tells how long APDUs take and how long ago a card was let go; nil for
	// the system's.
	Clock func() time.Time
	// Observe, if it is not nil, is told of every APDU, from the goroutine of Exchange.
	Observe func(Transmission)
}

// Transmission is one APDU that went to a card.
type Transmission struct {
	Reader string
	// Sent and Received are the bytes of the APDUs: 0 received when it failed.
	Sent, Received int
	// Took is the time within the service's Transmit: the service's own, the
	// reader's, the air's and the card's.
	Took time.Duration
	Err  error
}

// Stats sums up what one card was sent.
type Stats struct {
	iso7816.Stats
	// InTransmit is the sum of [Transmission.Took].
	InTransmit time.Duration
}

// leaving is when the last card before a reader was let go, and which it was.
type leaving struct {
	events uint32
	at     time.Time
}

// Reader is the contactless reader, or the readers, of one terminal. Its methods
// may be called from any goroutine.
type Reader struct {
	o      Options
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	calls  calls
	watch  chan struct{} // closed when watching has ended

	mu      sync.Mutex
	seen    bool // a first look was taken
	state   State
	views   []view
	changed chan struct{}      // closed and replaced at every change
	cards   map[*Card]struct{} // nil once closed
	left    map[string]leaving // by reader
	broke   map[string]bool    // by reader: what Wait last found there broke off in an exchange

	unanswered map[string]int // commands that cards have not answered, by reader
}

// Open begins to watch readers, and returns after the first look. That no service or
// no reader is there is not an error: [Reader.State] says so. It fails only with the
// context's error.
func Open(ctx context.Context, o Options) (*Reader, error) {
	if o.Limit <= 0 {
		o.Limit = DefaultLimit
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	r := &Reader{o: o, watch: make(chan struct{}), changed: make(chan struct{}), cards: make(map[*Card]struct{}),
		left: make(map[string]leaving), broke: make(map[string]bool), unanswered: make(map[string]int)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	_, first := r.look()
	go func() {
		defer close(r.watch)
		r.keepWatching()
	}()
	if err := r.sleep(ctx, first, nil); err != nil {
		return nil, fmt.Errorf("open contactless reader: %w", errors.Join(err, r.Close()))
	}
	return r, nil
}

// Close lets all cards go and ends watching. Whoever waits gets [ErrClosed]. It returns
// [ErrStuck] when a call into the library has not ended within [CloseLimit].
func (r *Reader) Close() error {
	r.cancel()
	r.mu.Lock()
	cards := r.cards
	r.cards = nil
	r.mu.Unlock()
	var closing sync.WaitGroup
	for c := range cards {
		closing.Go(func() { _ = c.Close() })
	}
	closing.Wait()
	<-r.watch
	if !r.calls.close(CloseLimit) {
		return fmt.Errorf("close contactless reader: %w", ErrStuck)
	}
	return nil
}

// sleep waits until changed is closed, or after says so. It fails with the context's
// error, or [ErrClosed].
func (r *Reader) sleep(ctx context.Context, changed <-chan struct{}, after <-chan time.Time) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-r.ctx.Done():
		return ErrClosed
	case <-changed:
	case <-after:
	}
	return nil
}

// Wait waits until a card is in the field, and connects to it alone. It waits through
// a service or a reader that is lost and found again; when its context ends
// meanwhile, the error says that as well. A card that stays in the field is found
// again a second after it was let go, when the service has taken its power meanwhile:
// call [Reader.Removed] between two cards, and begin every session with SELECT.
//
// It fails with the context's error or [ErrClosed]; with [TwoCardsError] when more
// than one reader has a card; and, when that has not passed after a second, with
// [ErrUnreadable], [ErrBusy], or [ErrTimeout] for a card that has not answered yet. After
// these, wait for Removed as well.
func (r *Reader) Wait(ctx context.Context) (*Card, error) {
	card, err := r.wait(ctx)
	if err != nil {
		return nil, fmt.Errorf("wait for a card: %w", err)
	}
	return card, nil
}

func (r *Reader) wait(ctx context.Context) (*Card, error) {
	again := time.NewTimer(0)
	defer again.Stop()
	for failed := 0; ; {
		now, changed := r.look()
		if len(now.Cards) > 1 {
			for _, reader := range now.Cards {
				r.brokeOff(reader, false)
			}
			return nil, &TwoCardsError{Readers: now.Cards}
		}
		var after <-chan time.Time
		if len(now.Cards) == 0 {
			failed = 0
		} else if left := r.settling(now.Cards[0]); left > 0 {
			again.Reset(left)
			after = again.C
		} else {
			card, err := r.connect(ctx, now.Cards[0])
			if err == nil {
				r.brokeOff(now.Cards[0], false) // Removed is about this one from now on
				return card, nil
			}
			if errors.Is(err, ErrUnreadable) || errors.Is(err, ErrBusy) || errors.Is(err, ErrTimeout) {
				if failed++; failed == tries {
					r.brokeOff(now.Cards[0], false)
					return nil, err
				}
			}
			r.o.Log.Info("card cannot be connected to", "reader", now.Cards[0], "error", err)
			again.Reset(retry)
			after = again.C
		}
		if err := r.sleep(ctx, changed, after); err != nil {
			return nil, errors.Join(err, now.Err)
		}
	}
}

// settling returns how long to wait yet before the card in the field is connected to
// again: 0 unless the service has not seen the last one leave.
func (r *Reader) settling(reader string) time.Duration {
	events, _ := r.events(reader)
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.left[reader]; ok && last.events == events {
		return max(0, settle-r.o.Clock().Sub(last.at))
	}
	return 0
}

// brokeOff remembers whether what was last found before a reader has left the field in
// the middle of an exchange.
func (r *Reader) brokeOff(reader string, broke bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broke[reader] != broke {
		r.broke[reader] = broke
		r.wakeLocked()
	}
}
