package clearing

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"countersign/protocol"
)

// ErrUnreachable is what HandIn returns when nobody is there to be told: the next
// would fare no better.
var ErrUnreachable = errors.New("settlement cannot be told now")

// Item is a tap that settlement is to be told of.
type Item struct {
	// Number is the sale's, and orders the queue.
	Number uint64
	Card   protocol.CardMark
	// Amount is what the shop is owed; 0 for a tap that was given up.
	Amount protocol.Amount
}

// Queue hands taps in. Its methods are safe for concurrent use. All fields are
// set before Run and not changed.
type Queue struct {
	Limits Limits
	// HandIn tells settlement of one tap and writes its answer down. nil means that
	// nothing is left to be told.
	HandIn func(ctx context.Context, number uint64) error
	// Changed is called after a tap has left the queue, by Run.
	Changed func()
	// First and Most bound the pause between two tries.
	First, Most time.Duration
	Log         *slog.Logger

	mu    sync.Mutex
	items []item
	added uint64
	wake  chan struct{}
}

type item struct {
	Item
	version uint64 // which Add it came with
}

// Add puts a tap in the queue, or in the place of the one with its number.
func (q *Queue) Add(i Item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.added++
	at, found := slices.BinarySearchFunc(q.items, i.Number, func(have item, n uint64) int { return cmp.Compare(have.Number, n) })
	if found {
		q.items[at] = item{i, q.added}
	} else {
		q.items = slices.Insert(q.items, at, item{i, q.added})
	}
	select {
	case q.waker() <- struct{}{}:
	default: // it is awake already
	}
}

// waker must be called with the lock held.
func (q *Queue) waker() chan struct{} {
	if q.wake == nil {
		q.wake = make(chan struct{}, 1)
	}
	return q.wake
}

// Run hands in what is in the queue until the context ends.
func (q *Queue) Run(ctx context.Context) {
	q.mu.Lock()
	wake := q.waker()
	q.mu.Unlock()
	for wait := q.First; ctx.Err() == nil; {
		left, err := q.pass(ctx)
		if left == 0 {
			wait = q.First
			select {
			case <-wake:
			case <-ctx.Done():
			}
			continue
		}
		pause := wait/2 + rand.N(wait)
		if err != nil {
			q.Log.WarnContext(ctx, "taps not cleared", "left", left, "again_in", pause.String(), "error", err.Error())
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
			wait = min(wait*8/5, q.Most)
		case <-wake:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// pass tries each tap once, in order, and returns how many are left.
func (q *Queue) pass(ctx context.Context) (left int, last error) {
	q.mu.Lock()
	items := slices.Clone(q.items)
	q.mu.Unlock()
	for _, i := range items {
		err := q.HandIn(ctx, i.Number)
		if err == nil {
			q.remove(i)
			continue
		}
		last = err
		if errors.Is(err, ErrUnreachable) || ctx.Err() != nil {
			break
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.items), last
}

// remove takes a tap out that settlement has answered about, unless it has become
// another in the meantime.
func (q *Queue) remove(done item) {
	q.mu.Lock()
	q.items = slices.DeleteFunc(q.items, func(i item) bool { return i == done })
	q.mu.Unlock()
	q.Changed()
}
