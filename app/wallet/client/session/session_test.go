package session

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/wallet/tee/clientapi"
	"countersign/app/wallet/tee/internalapi"
	"countersign/app/wallet/tee/loopback"
)

// echo is a trusted application that says what it hears.
type echo struct{}

func (echo) OpenSession(context.Context, uint32, []byte) ([]byte, error) { return nil, nil }
func (echo) InvokeCommand(_ context.Context, _, _ uint32, in []byte) ([]byte, error) {
	return in, nil
}
func (echo) CloseSession(uint32) {}

// world starts trusted applications that a test can end.
type world struct {
	t      *testing.T
	mu     sync.Mutex
	fails  error // of the next starts
	starts int
	now    *clientapi.Context
	told   chan State
	log    strings.Builder
}

func newWorld(t *testing.T) *world { return &world{t: t, told: make(chan State, 100)} }

func (w *world) start(ctx context.Context) (*clientapi.Context, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.starts++
	if w.fails != nil {
		return nil, w.fails
	}
	var err error
	w.now, err = loopback.Start(ctx, clientapi.Options{}, func(*internalapi.Environment) (internalapi.TrustedApplication, error) { return echo{}, nil })
	return w.now, err
}

// end has the trusted application end unasked; the next starts fail with an error,
// or do not.
func (w *world) end(fails error) {
	w.t.Helper()
	w.mu.Lock()
	w.fails = fails
	now := w.now
	w.mu.Unlock()
	if err := now.FinalizeContext(w.t.Context()); err != nil {
		w.t.Error(err)
	}
}

func (w *world) options() Options {
	return Options{
		Start: w.start, Log: slog.New(slog.NewTextHandler(&w.log, nil)), Most: 3, Within: time.Hour, First: time.Millisecond,
		Told: func(_ context.Context, s State) { w.told <- s },
	}
}

func (w *world) open(o Options) *Keeper {
	w.t.Helper()
	k, err := Open(w.t.Context(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return k
}

func TestFirstStartFails(t *testing.T) {
	w := newWorld(t)
	w.fails = errors.New("no such program")
	if _, err := Open(t.Context(), w.options()); !errors.Is(err, w.fails) || w.starts != 1 {
		t.Errorf("%v after %d starts", err, w.starts)
	}
}

// What ends is started anew, a few times; while there is none commands fail.
func TestRestarts(t *testing.T) {
	w := newWorld(t)
	k := w.open(w.options())
	want := func(s State) {
		t.Helper()
		if have := <-w.told; have != s {
			t.Errorf("told %q, want %q", have, s)
		}
	}
	works := func(want bool) {
		t.Helper()
		out, err := k.InvokeCommand(t.Context(), 1, []byte("x"))
		if want && (err != nil || string(out) != "x") || !want && !errors.Is(err, clientapi.ErrGone) {
			t.Errorf("%q, %v", out, err)
		}
	}
	works(true)
	for range 2 {
		w.end(nil)
		want(Restarting)
		want(Serving)
		works(true)
	}
	w.end(errors.New("no memory")) // the third time it does not start, and that was all
	want(Restarting)
	want(Lost)
	works(false)
	if err := k.Close(t.Context()); err != nil || w.starts != 4 {
		t.Errorf("%v after %d starts\n%s", err, w.starts, w.log.String())
	}
}

// What happened long ago does not count.
func TestRestartsLongAgo(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.Within = 0
	k := w.open(o)
	for range 2 * o.Most {
		w.end(nil)
		for <-w.told != Serving {
		}
	}
	if err := k.Close(t.Context()); err != nil || w.starts != 1+2*o.Most {
		t.Errorf("%v after %d starts", err, w.starts)
	}
}

// Close ends it in the midst of a restart as well.
func TestCloseWhileRestarting(t *testing.T) {
	w := newWorld(t)
	o := w.options()
	o.First = time.Hour
	k := w.open(o)
	w.end(nil)
	if have := <-w.told; have != Restarting {
		t.Errorf("told %q", have)
	}
	if err := k.Close(t.Context()); err != nil || w.starts != 1 {
		t.Errorf("%v after %d starts", err, w.starts)
	}
}
