package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/protocol"
)

// Options are what a training till is opened with.
type Options struct {
	// Dir is the terminal's data directory: training has a folder of its own in it, made if
	// missing.
	Dir string
	// Shop is the name that the customer's phone shows, 1 to 48 bytes; "Training" if empty.
	Shop string
	// Settings are those of the real till; currency, fallback, life and waits are taken over. An
	// unknown outcome is asked about for AskAtMost at most.
	Settings sale.Settings
	// Duty says who learns; nil: nobody in particular.
	Duty func() staff.Duty
	// Show is told of every change, as sale.Ports.Show; it must not call the training.
	Show func(sale.View)
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Log is nil where nothing is to be logged: a training's lines must not be taken for real.
	Log *slog.Logger
}

// AskAtMost is how long a training's settlement is asked about an unknown outcome.
const AskAtMost = 8 * time.Second

// Training is a till with its customer. It is safe for concurrent use. The intents are those of
// sale.Till; the others are the customer's.
type Training struct {
	*sale.Till
	world   *realm
	settler *settler
	codes   chan string
	fingers chan bool
	journal *journal.Journal
	books   *report.Books
	desk    *staff.Desk
}

// Open opens a training till. Errors: the journal's, and protocol.ErrRange for a shop's name
// that cannot be one.
func Open(ctx context.Context, o Options) (_ *Training, err error) {
	o.Now = defaultTo(o.Now, time.Now)
	o.Duty = defaultTo(o.Duty, func() staff.Duty { return staff.Duty{} })
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	t := &Training{codes: make(chan string, 1), fingers: make(chan bool, 1)}
	if t.world, err = newRealm(cmp.Or(o.Shop, "Training"), o.Now); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	t.settler = newSettler(t.world)
	if t.desk, err = newDesk(ctx, o); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	folder := filepath.Join(o.Dir, "training")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	if t.journal, err = journal.Open(ctx, filepath.Join(folder, "journal.db"), journal.Options{Reserve: 1 << 16, Now: o.Now}); err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.journal.Close())
		}
	}()
	settings := o.Settings
	settings.Settlement, settings.Merchant = settlement, []byte("training")
	settings.AskFor, settings.Training, settings.StaffOnly = min(settings.AskFor, AskAtMost), true, false
	t.books, err = report.Open(ctx, report.Options{
		Journal: t.journal, Signer: unit{t.world.terminal}.Signer, Currency: settings.Currency, Training: true, Now: o.Now, Log: o.Log,
		Who: func() (string, protocol.ID) { return cmp.Or(o.Shop, "Training"), terminal },
	})
	if err != nil {
		return nil, fmt.Errorf("training: %w", err)
	}
	t.Till, err = sale.Open(ctx, settings, sale.Ports{
		Unit: unit{t.world.terminal}, Identity: t.world, Codes: camera{t.codes}, Fingers: glass{t.fingers, o.Now}, Settler: t.settler,
		Journal: t.journal, Duty: learner(o.Duty), Show: o.Show, Log: o.Log, Now: o.Now,
	})
	return t, err
}

// learner is whoever is on duty, or a trainee, in a shift that is always open.
func learner(duty func() staff.Duty) func() staff.Duty {
	return func() staff.Duty {
		d := duty()
		return staff.Duty{Cashier: cmp.Or(d.Cashier, "trainee"), Role: cmp.Or(d.Role, staff.Cashier), Shift: 1}
	}
}

func defaultTo[T any](f, otherwise func() T) func() T {
	if f == nil {
		return otherwise
	}
	return f
}

// Choose says how settlement decides about the coming payments; Paid at first.
func (t *Training) Choose(o Outcome) { t.settler.choose(o) }

// PayCash is SellForCash: the customer pays the bill in notes and coins.
func (t *Training) PayCash(b sale.Bill, given protocol.Amount) (sale.Entry, error) {
	return t.SellForCash(b, given)
}

// X is the training's own X report. Errors: the journal's.
func (t *Training) X(ctx context.Context) (report.Report, error) { return t.books.X(ctx) }

// Last returns the last n training sales, newest first. Errors: the journal's.
func (t *Training) Last(n int) ([]sale.Entry, error) { return t.journal.Last(n) }

// Close ends what is going on and closes the training's journal.
func (t *Training) Close() error {
	t.Till.Close()
	return t.journal.Close()
}
