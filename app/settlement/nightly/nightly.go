// Package nightly proves the ledger once a day: it has every invariant checked,
// logs what was found, and remembers it for those who watch the server.
//
// # Guarantees
//
//   - The proof reads one snapshot of the ledger, so payments go on meanwhile and
//     are not part of it.
//   - It runs once for each day's time, whatever becomes of the clock: a clock that
//     is set forward past the time brings the proof at once, one that is set back
//     does not bring a second one before the next day.
//   - A broken invariant stays remembered until a later proof holds. Money is not
//     stopped by it: which sales it concerns is for people to say.
//
// What is logged names checks and counts; what exactly is broken, which names
// sales and accounts, "settlement proof" prints for the operator.
package nightly

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"countersign/app/settlement/ledger"
)

// lookEvery is how often the clock is looked at. A timer to the next time would
// not follow a clock that is set.
const lookEvery = 20 * time.Second

// TimeOfDay is a time of the local day.
type TimeOfDay struct{ Hour, Minute int }

// ParseTimeOfDay reads "03:00".
func ParseTimeOfDay(text string) (TimeOfDay, error) {
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return TimeOfDay{}, fmt.Errorf("%q is no time of day such as 03:00", text)
	}
	return TimeOfDay{at.Hour(), at.Minute()}, nil
}

// Next is the first such time after a moment, in that moment's location. On a day
// whose clocks skip it, it is as much later as they skip.
func (t TimeOfDay) Next(after time.Time) time.Time {
	year, month, day := after.Date()
	for {
		if next := time.Date(year, month, day, t.Hour, t.Minute, 0, 0, after.Location()); next.After(after) {
			return next
		}
		day++
	}
}

// Result is what the newest proof found.
type Result struct {
	At     time.Time     // when it began; zero before the first
	Took   time.Duration // how long it took
	Holds  bool          // every invariant holds
	Failed bool          // the ledger could not be read to the end: nothing is known
	Broken int           // how many invariants are broken
}

// Proof proves a ledger daily. Set the fields before Run. Last may be called by
// any goroutine.
type Proof struct {
	Ledger ledger.Ledger
	At     TimeOfDay
	Clock  func() time.Time // in the location that the time of day is meant in
	Log    *slog.Logger

	mu         sync.Mutex
	last       Result
	unresolved bool // an invariant was broken, and no later proof held
}

// Run proves at each day's time until ctx ends, which is no error.
func (p *Proof) Run(ctx context.Context) {
	next := p.At.Next(p.Clock())
	every := time.NewTicker(lookEvery)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if now := p.Clock(); !now.Before(next) {
			p.Prove(ctx)
			next = p.At.Next(p.latest(now))
		}
	}
}

// latest is the clock's time, or the time before if the clock was set back.
func (p *Proof) latest(before time.Time) time.Time {
	if now := p.Clock(); now.After(before) {
		return now
	}
	return before
}

// Prove proves the ledger now.
func (p *Proof) Prove(ctx context.Context) Result {
	began := p.Clock()
	proof, err := ledger.Prove(ctx, p.Ledger)
	r := Result{At: began, Took: p.Clock().Sub(began), Holds: err == nil && proof.Holds(), Failed: err != nil}
	for _, c := range proof.Checks {
		if c.Broken > 0 && err == nil {
			r.Broken++
			p.Log.ErrorContext(ctx, "an invariant of the ledger is broken", "invariant", c.What, "looked", c.Looked, "broken", c.Broken)
		}
	}
	switch {
	case err != nil && ctx.Err() != nil: // the server stops: the next one proves
		return r
	case err != nil:
		p.Log.ErrorContext(ctx, "the ledger could not be proved", "reason", err.Error())
	default:
		p.Log.InfoContext(ctx, "the ledger was proved", "holds", r.Holds, "broken", r.Broken, "ms", r.Took.Milliseconds())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = r
	if err == nil {
		p.unresolved = !r.Holds
	}
	return r
}

// Last is what the newest proof found.
func (p *Proof) Last() Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// Unresolved tells whether an invariant was broken and no later proof held.
func (p *Proof) Unresolved() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unresolved
}
