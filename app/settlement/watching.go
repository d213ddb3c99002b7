package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"net"
	"sync/atomic"
	"time"

	"countersign/app/program"
	"countersign/app/program/health"
	"countersign/app/program/metrics"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/nightly"
	"countersign/app/settlement/service"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// watching is what serve does so that people and their machines can look after
// it: metrics and health on a listener of their own, the nightly proof, the room
// for messages, and the order in which the server stops.
type watching struct {
	address, proveAt string
	drain            time.Duration
	limits           service.Limits

	listener net.Listener // nil if nobody watches
	registry *metrics.Registry
	report   *health.Report
	proof    *nightly.Proof // nil without --prove-at
	frauds   atomic.Uint64
}

func (w *watching) register(flags *flag.FlagSet) {
	w.limits = service.DefaultLimits()
	flags.StringVar(&w.address, "metrics", "", "`address` for /metrics and /healthz, plain HTTP without secrets, such as 127.0.0.1:9464 (default none)")
	flags.StringVar(&w.proveAt, "prove-at", "", "`time` of the local day at which the ledger is proved, such as 03:00 (default never)")
	flags.DurationVar(&w.drain, "drain", 0, "how long /healthz says that the server stops before it takes no more messages")
	flags.IntVar(&w.limits.Opening.Places, "places", w.limits.Opening.Places, "messages carried at once, besides those that end sales")
	flags.IntVar(&w.limits.Opening.Queue, "queue", w.limits.Opening.Queue, "messages that wait for one of --places")
	flags.DurationVar(&w.limits.Opening.Wait, "queue-time", w.limits.Opening.Wait, "how long they wait at most, before 503")
	flags.IntVar(&w.limits.Ending.Places, "reserved-places", w.limits.Ending.Places, "messages carried at once that end a terminal's sale: queries, reversals, acknowledgements, taps")
}

// check reads what the flags say; the listener is opened here, so that a wrong
// address is told before anything else is done. The caller must close it by serve
// or close.
func (w *watching) check(log *slog.Logger) (err error) {
	if err := errors.Join(w.limits.Opening.Check(), w.limits.Ending.Check()); err != nil {
		return fmt.Errorf("%w: %w", program.ErrUsage, err)
	}
	if w.drain < 0 {
		return program.Usagef("--drain is not to be negative")
	}
	if w.proveAt != "" {
		at, err := nightly.ParseTimeOfDay(w.proveAt)
		if err != nil {
			return program.Usagef("--prove-at: %w", err)
		}
		w.proof = &nightly.Proof{At: at, Clock: time.Now, Log: log}
	}
	w.registry, w.report = metrics.New("settlement"), health.New()
	if w.address != "" {
		if w.listener, err = metrics.Listen(w.address); err != nil {
			return fmt.Errorf("listen for metrics: %w", err)
		}
	}
	return nil
}

// log counts the frauds that are flagged in it.
func (w *watching) log(log *slog.Logger) *slog.Logger {
	return slog.New(metrics.CountRecords(log.Handler(), "fraud", func() { w.frauds.Add(1) }))
}

// ledger is the store with its transactions timed.
func (w *watching) ledger(store ledger.Ledger) ledger.Ledger {
	return timed{store, w.registry.Durations("ledger_update_seconds", "Transactions of the ledger, from the call until they are on the disk.")}
}

// timed is a ledger whose transactions are timed.
type timed struct {
	ledger.Ledger
	took func(time.Duration)
}

func (t timed) Update(ctx context.Context, change func(ledger.Tx) error) error {
	began := time.Now()
	defer func() { t.took(time.Since(began)) }()
	return t.Ledger.Update(ctx, change)
}

// store is a ledger that knows when it cannot be relied on any more.
type store interface {
	ledger.Ledger
	Lost() error
}

// over watches the server's parts.
func (w *watching) over(l store, m *enrolment.Maintainer) {
	age := func() time.Duration {
		list := m.Current().Trust.Revocation
		if list == nil {
			return math.MaxInt64
		}
		return time.Since(list.Issued.Time())
	}
	checks := []health.Check{
		{Reason: "the ledger cannot be used", Good: func(ctx context.Context) error {
			return errors.Join(l.Lost(), l.View(ctx, func(ledger.Snapshot) error { return nil }))
		}},
		{Reason: "the revocation list is too old, or not there", Good: func(context.Context) error {
			return m.Current().Trust.ListCurrent(time.Now(), maxListAge)
		}},
	}
	w.registry.Counter("frauds_total", "Messages that were flagged as fraud.", func() float64 { return float64(w.frauds.Load()) })
	w.registry.Gauge("revocation_list_age_seconds", "Age of the revocation list; without one, centuries.", func() float64 { return age().Seconds() })
	w.registry.Gauge("open_authorisations", "Card authorisations that something is still to be heard of.", func() float64 { return openAuthorisations(l) })
	w.registry.Gauge("blocked_cards", "Virtual cards that are blocked, those that were replaced included.", func() float64 { return blockedCards(l) })
	if w.proof != nil {
		w.proof.Ledger = l
		checks = append(checks, health.Check{Reason: "an invariant of the ledger is broken: see the log and settlement proof", Good: func(context.Context) error {
			if w.proof.Unresolved() {
				return errors.New("broken")
			}
			return nil
		}})
		w.registry.Gauge("proof_broken_invariants", "Invariants that the newest nightly proof found broken.", func() float64 { return float64(w.proof.Last().Broken) })
		w.registry.Gauge("proof_holds", "1 if every invariant held in the newest nightly proof; 0 before the first.", func() float64 {
			if w.proof.Last().Holds {
				return 1
			}
			return 0
		})
		w.registry.Gauge("proof_timestamp_seconds", "When the newest nightly proof began, in Unix time; 0 before the first.", func() float64 {
			if at := w.proof.Last().At; !at.IsZero() {
				return float64(at.Unix())
			}
			return 0
		})
	}
	w.report = health.New(checks...)
}

// blockedCards counts them by their list; NaN if the ledger does not answer.
func blockedCards(l ledger.Ledger) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n := 0
	err := l.View(ctx, func(s ledger.Snapshot) error {
		n = 0
		return s.EachBlocked(func(protocol.CardMark, ledger.BlockedCard) error {
			n++
			return nil
		})
	})
	if err != nil {
		return math.NaN()
	}
	return float64(n)
}

// openAuthorisations counts them by their index, which is short; NaN if the
// ledger does not answer.
func openAuthorisations(l ledger.Ledger) float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	open := 0
	err := l.View(ctx, func(s ledger.Snapshot) error {
		open = 0
		return s.EachOpenAuthorisation(func(ledger.AuthorisationKey, ledger.Authorisation) error {
			open++
			return nil
		})
	})
	if err != nil {
		return math.NaN()
	}
	return float64(open)
}

// options are those of the service.
func (w *watching) options() []service.Option {
	return []service.Option{service.WithLimits(w.limits), service.WithMetrics(w.registry)}
}

// serve answers those who watch until the returned function is called, which is
// to be after all else that answers has ended: who watches sees it stop.
func (w *watching) serve() (stop func() error) {
	if w.listener == nil {
		return func() error { return nil }
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- metrics.Serve(ctx, w.listener, w.registry, w.report) }()
	return func() error {
		cancel()
		return <-ended
	}
}

// close ends the listener of a server that did not come so far as to serve.
func (w *watching) close() error {
	if w.listener == nil {
		return nil
	}
	if err := w.listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// untilDrained returns the context that the server works under: it ends when told
// has, after /healthz has said so for as long as --drain. stop ends it at once.
func (w *watching) untilDrained(told context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(told))
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-told.Done():
		case <-ctx.Done():
			return
		}
		w.report.Stopping()
		drain := time.NewTimer(w.drain)
		defer drain.Stop()
		select {
		case <-drain.C:
		case <-ctx.Done():
		}
		cancel()
	}()
	return ctx, func() {
		cancel()
		<-watched
	}
}
