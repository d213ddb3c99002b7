package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/anchor"
	"countersign/app/terminal/blocklist"
	"countersign/app/terminal/codes"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/logbook"
	officescreens "countersign/app/terminal/office/screens"
	"countersign/app/terminal/preferences"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/staff/store"
	"countersign/devices/camera"
	"countersign/devices/contactless"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/imager"
	"countersign/devices/printer"
	"countersign/devices/secureunit"
	"countersign/devices/speaker"
	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
)

// terminal is everything that is open while the kiosk runs.
type terminal struct {
	settings
	log     *slog.Logger
	unit    *secureunit.Unit
	papers  *enrolment.Maintainer
	journal *journal.Journal
	people  *store.Store
	desk    *staff.Desk
	client  *settlementclient.Client
	lens    *camera.Camera
	glass   *fingerprint.Reader
	// extractor is glass's.
	extractor extraction.Extractor
	radio     *contactless.Reader // nil where there is none
	blocked   *blocklist.Keeper
	till      *sale.Till

	logbook *logbook.Book
	books   *report.Books
	anchors *anchor.Keeper
	speaker *speaker.Speaker
	paper   *printer.Printer // nil where there is none
	hand    *imager.Imager   // nil where there is none
	handed  chan error       // how it is, newest
	typed   imager.Texts     // of hand imagers that type as keyboards do
	seen    printedOnce

	preferred atomic.Pointer[preferences.Preferences]
	next      []string // what this program goes on as once its window has closed; nil: it ends
	front     *screens.Kiosk
	pages     *officescreens.Office // the manager's
	facing    customerSide
	views     views
	board     board
	first     firstRun
	life      context.Context // of what runs behind the window
	behind    sync.WaitGroup  // what was begun by a key and goes on
}

// errNoSettlement says that nobody could charge what this terminal takes.
var errNoSettlement = errors.New("the authority has not enrolled a settlement server yet: enrol one, then start this terminal again")

// run runs the kiosk until its window is closed or the context ends.
func (t *terminal) run(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	if err := t.configure(args, errOut); err != nil {
		if t.mendable(err) {
			return t.complain(ctx, args, out, errOut, err)
		}
		return err
	}
	if err := t.MakeData(); err != nil {
		return err
	}
	log, closeLog, err := t.OpenLog(errOut)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	t.log = log
	defer func() { err = errors.Join(err, t.close()) }()
	if t.training {
		return t.learn(ctx, out)
	}
	if err := t.loadPreferences(); err != nil {
		return err
	}
	if err := t.first.token.Initialise(t.SecureUnit()); err != nil {
		return err
	}
	if t.unit, err = secureunit.Open(ctx, t.SecureUnit()); err != nil {
		return err
	}
	switch wanted, err := t.firstRunWanted(ctx); {
	case err != nil:
		return err
	case wanted:
		return t.welcome(ctx, out)
	}
	if err := t.openParts(ctx); err != nil {
		return err
	}
	return t.window(ctx, out)
}

// begin opens the till behind the window and keeps the row of marks and the
// preview going. The returned function ends all of it and waits.
func (t *terminal) begin(ctx context.Context, k *screens.Kiosk) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = t.papers.Run(ctx) })
	t.views.add(k.Show)
	t.views.add(t.hear())
	if err := t.faceCustomer(k); err != nil {
		cancel()
		running.Wait()
		return func() {}, err
	}
	t.till, err = sale.Open(ctx, t.tillSettings(), sale.Ports{
		Unit: token{t.unit}, Identity: papers{t.papers}, Codes: t.codes(ctx, &running), Fingers: glass{t.glass},
		Settler: adapter.Settler{Client: t.client, Signer: token{t.unit}.Signer}, Taps: t.taps(), Journal: t.journal, Duty: t.desk.Duty,
		Log: t.log, Now: time.Now, Show: t.views.show,
	})
	if err != nil {
		cancel()
		running.Wait()
		return func() {}, err
	}
	t.views.add(t.printPaid())
	keeper := t.keeper()
	running.Go(func() { keeper.Run(ctx) })
	running.Go(func() { t.blocked.Run(ctx) })
	running.Go(func() { t.preview(ctx, k) })
	running.Go(func() { t.watchDevices(ctx, k) })
	reporter := t.reporter()
	running.Go(func() { reporter.Run(ctx) })
	return func() {
		t.pages.Wait() // before what it asks for is closed
		t.facing.close()
		t.till.Close()
		cancel()
		running.Wait()
	}, nil
}

// tillSettings are the till's, as the flags and those who set the terminal want them.
func (t *terminal) tillSettings() sale.Settings {
	s := sale.Defaults()
	s.Settlement, s.Merchant, s.Currency = t.papers.Current().Settlement.Unverified().Subject, []byte(t.merchant), protocol.Currency(t.currency)
	long := func(d time.Duration) time.Duration { return time.Duration(float64(d) * t.waits()) }
	s.Life, s.FingerWait, s.AskFor = min(long(t.settings.life), protocol.MaxLife), long(t.fingerWait), t.askFor
	s.Tap.ConfirmFor = long(s.Tap.ConfirmFor)
	s.Fallback, s.PINMost = t.fallback, t.pinLimit
	s.StaffOnly, s.Tap.Limits = !t.desk.Empty(), t.limits
	return s
}

// codes are the readers of payment codes: the camera, and hand-held imagers.
func (t *terminal) codes(ctx context.Context, running *sync.WaitGroup) sale.CodeReader {
	readers := codes.Readers{lens{t.lens}, &t.typed}
	if t.hand != nil {
		readers = append(readers, t.hand)
		running.Go(func() { _ = t.hand.Run(ctx) })
	}
	return readers
}

// Begin, Cancel and Dismiss are the screen's intents.
func (t *terminal) Begin(a protocol.Amount) error { return t.till.Begin(a) }

// Cancel ends the sale in front, where it still can be.
func (t *terminal) Cancel() error { return t.till.Cancel() }

// Dismiss takes an ended sale off the screen.
func (t *terminal) Dismiss() error { return t.till.Dismiss() }

// NoFinger and BeginByPIN are for customers whose finger cannot be read.
func (t *terminal) NoFinger() error { return t.till.NoFinger() }

// BeginByPIN has the ended sale paid by PIN.
func (t *terminal) BeginByPIN() error { return t.till.BeginByPIN() }

// SeeAlert takes a resolved alert off the screen.
func (t *terminal) SeeAlert(number uint64) error { return t.till.SeeAlert(number) }
