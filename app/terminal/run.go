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
	"countersign/app/terminal/office"
	officescreens "countersign/app/terminal/office/screens"
	"countersign/app/terminal/preferences"
	"countersign/app/terminal/report"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/staff/store"
	"countersign/app/widgets"
	"countersign/devices/camera"
	"countersign/devices/contactless"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/imager"
	"countersign/devices/printer"
	"countersign/devices/secureunit"
	"countersign/devices/speaker"
	"countersign/protocol"
	"countersign/protocol/minutiae"
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

// openParts opens all that a kiosk needs. Camera, sensor and settlement need not
// be there: the screen tells, and they may come.
func (t *terminal) openParts(ctx context.Context) (err error) {
	if err := t.openBooks(ctx); err != nil {
		return err
	}
	if err := t.openStaff(ctx); err != nil {
		return err
	}
	if err := t.openLog(ctx); err != nil {
		return err
	}
	if err := t.openPrinter(ctx); err != nil {
		return err
	}
	t.openImager()
	t.speaker = speaker.Open(ctx, speaker.Settings{Sounds: true, Speech: true, Log: t.log})
	if t.lens, err = camera.Open(ctx, camera.Settings{Address: t.camera, Mirror: true}); err != nil {
		return err
	}
	t.extractor = extraction.New()
	t.glass = fingerprint.NewReader(fingerprint.Settings{Port: t.sensor}, t.extractor, minutiae.Large)
	return t.openRadio(ctx)
}

// openBooks opens what ties the terminal's records to settlement: token, papers,
// journal and client.
func (t *terminal) openBooks(ctx context.Context) (err error) {
	if t.unit == nil {
		if t.unit, err = secureunit.Open(ctx, t.SecureUnit()); err != nil {
			return err
		}
	}
	over := enrolment.Over(t.unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
	credentials, err := enrolment.Load(over)
	if err != nil {
		return err
	}
	options := enrolment.Options{AuthorityURL: t.authority, Log: t.log}
	if credentials.Settlement == nil { // enrolled before there was a settlement server
		if credentials, err = enrolment.FetchSettlement(ctx, over, credentials, options); err != nil {
			return err
		}
		if credentials.Settlement == nil {
			return errNoSettlement
		}
	}
	t.papers = enrolment.NewMaintainer(over, credentials, options)
	signer, err := t.unit.Signer(secureunit.Signing)
	if err != nil {
		return err
	}
	anchors, err := anchorsOf(signer)
	if err != nil {
		return err
	}
	t.allowOpening(ctx)
	if t.journal, err = t.openJournal(ctx, t.log, anchors); err != nil {
		return err
	}
	t.client, err = settlementclient.New(settlementclient.Options{
		URL: t.settlement, TLS: t.papers.ClientTLS(protocol.RoleSettlement),
		Trust: papers{t.papers}.Trust, Certificate: papers{t.papers}.Certificate,
	})
	return err
}

// openLog opens what is derived from the journal: the log's index, and the reports.
func (t *terminal) openLog(ctx context.Context) (err error) {
	if t.logbook, err = logbook.Open(ctx, t.logbookFile(), t.journal, logbook.Options{Location: time.Local, Log: t.log}); err != nil {
		return err
	}
	t.books, err = t.openReports(ctx)
	return err
}

// openImager has a hand-held imager read codes, if there is to be one: payment codes for
// the sale that waits for one, and between sales what stands on goods.
func (t *terminal) openImager() {
	if t.imager == "" {
		return
	}
	t.handed = make(chan error, 1)
	t.hand = imager.New(imager.Settings{
		Port: t.imager,
		Changed: func(err error) {
			select { // the newest is what counts
			case <-t.handed:
			default:
			}
			t.handed <- err
		},
		Unclaimed: func(text string) { t.front.Goods(text) }, // it reads once the window is there
	})
}

// window opens the till and the window, and closes the till after the window.
func (t *terminal) window(ctx context.Context, out io.Writer) error {
	var announce io.Writer
	if t.announce {
		announce = out
	}
	look := widgets.Window{
		Width: t.width, Height: t.height, FullScreen: t.fullScreen, Announce: announce, Appearance: t.appearance(),
		Attend: t.supervised,
	}
	failed := make(chan error, 1)
	life, end := context.WithCancel(ctx)
	defer end()
	t.life = life
	err := screens.Run(ctx, look, t.setup(), t, func(k *screens.Kiosk) func() {
		t.front = k
		stop, err := t.begin(ctx, k)
		if err != nil {
			failed <- err
			k.Quit()
		}
		return stop
	})
	end()
	t.behind.Wait()
	select {
	case began := <-failed:
		return began
	default:
		return err
	}
}

// setup is what the cashier's window shows besides its sales.
func (t *terminal) setup() screens.Setup {
	s := screens.Setup{
		Shop: *t.papers.Current().Claims.Device.Name, Currency: t.currency, Quick: t.amounts, Language: t.preferred.Load().Language,
		Life: t.settings.life, FingerWait: t.fingerWait, ConfirmFor: sale.TapDefaults().ConfirmFor, LockAfter: t.lockAfter, Patience: t.waits(),
		Recent: t.recent, Now: time.Now, Layout: screens.Layout(t.layout), Items: offered(t.items), KeyedTax: t.keyedTaxRate, Tips: t.tips,
		Wand: func(text string) { t.typed.Offer(text) }, Receipt: t.receiptCode, Office: t.backPages,
	}
	if !t.desk.Empty() {
		s.Staff = people{t, t.life}
	}
	if t.cash {
		s.Cash = t
		for _, piece := range office.Pieces(t.currency) {
			if !piece.Coin {
				s.Notes = append(s.Notes, piece.Worth)
			}
		}
	}
	if t.paper != nil {
		s.Print = t.Print
	}
	if t.customer != "" {
		s.AskTip = t.askTip
		s.Keyed = func(b sale.Bill) { t.facing.keyed(b, protocol.Currency(t.currency)) }
	}
	return s
}

// backPages makes the manager's pages.
func (t *terminal) backPages(stage *widgets.Stage) screens.OfficePages {
	t.pages = officescreens.New(stage, officescreens.Setup{
		Shop: *t.papers.Current().Claims.Device.Name, Currency: t.currency, Books: t.logbook, Now: time.Now, Location: time.Local,
		Members: t.colleagues, Shift: t.desk.Shift, Devices: t.devices, Preferences: t.preferences, Folders: t.folders, Chart: t.chart,
		Findings: t.journal.Findings,
	}, backoffice{t})
	return t.pages
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

// hear has sales heard, where that is wanted.
func (t *terminal) hear() func(sale.View) {
	var before sale.View
	return func(now sale.View) {
		if sound, any := heard(before, now); any && t.preferred.Load().Sounds {
			t.speaker.Play(sound)
		}
		before = now
	}
}

// preview hands the camera's pictures to the screen while a customer is to show a code:
// a camera of which nobody wants pictures takes next to no work.
func (t *terminal) preview(ctx context.Context, k *screens.Kiosk) {
	shown := func(v sale.View) bool { return v.Stage == sale.Presenting || v.Stage == sale.Opening }
	for {
		if _, err := t.views.until(ctx, shown); err != nil {
			return
		}
		looking, stop := context.WithCancel(ctx)
		var watching sync.WaitGroup
		watching.Go(func() {
			_, _ = t.views.until(looking, func(v sale.View) bool { return !shown(v) }) // or the end
			stop()
		})
		for p := range t.lens.PreviewUntil(looking) {
			if k.WantsFrames() {
				k.ShowFrame(p.Image, p.Outline)
			}
		}
		watching.Wait()
	}
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

// close closes what openParts opened, last first.
func (t *terminal) close() error {
	var errs []error
	if t.paper != nil {
		errs = append(errs, t.paper.Close())
	}
	if t.speaker != nil {
		t.speaker.Close()
	}
	if t.logbook != nil { // before the journal, which it follows
		errs = append(errs, t.logbook.Close())
	}
	if t.radio != nil {
		errs = append(errs, t.radio.Close())
	}
	if t.glass != nil {
		errs = append(errs, t.glass.Close(), t.extractor.Close())
	}
	if t.lens != nil {
		errs = append(errs, t.lens.Close())
	}
	if t.client != nil {
		t.client.Close()
	}
	if t.people != nil {
		errs = append(errs, t.people.Close())
	}
	if t.journal != nil {
		errs = append(errs, t.journal.Close())
	}
	if t.unit != nil {
		errs = append(errs, t.unit.Close())
	}
	return errors.Join(errs...)
}
