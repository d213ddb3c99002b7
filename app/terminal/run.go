package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"countersign/app/terminal/adapter"
	"countersign/app/terminal/blocklist"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/staff/store"
	"countersign/app/widgets"
	"countersign/devices/camera"
	"countersign/devices/contactless"
	"countersign/devices/fingerprint"
	"countersign/devices/fingerprint/extraction"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/money"
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
}

// errNoSettlement says that nobody could charge what this terminal takes.
var errNoSettlement = errors.New("the authority has not enrolled a settlement server yet: enrol one, then start this terminal again")

// open runs the kiosk until its window is closed or the context ends.
func open(ctx context.Context, args []string, out, errOut io.Writer) (err error) {
	t := &terminal{}
	if err := t.parse("run", args, errOut, t.common, t.kiosk); err != nil {
		return err
	}
	if err := t.checkKiosk(); err != nil {
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
	if t.unit, err = secureunit.Open(ctx, t.SecureUnit()); err != nil {
		return err
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
	if t.journal, err = t.openJournal(ctx, t.log, anchors); err != nil {
		return err
	}
	t.client, err = settlementclient.New(settlementclient.Options{
		URL: t.settlement, TLS: t.papers.ClientTLS(protocol.RoleSettlement),
		Trust: papers{t.papers}.Trust, Certificate: papers{t.papers}.Certificate,
	})
	return err
}

// window opens the till and the window, and closes the till after the window.
func (t *terminal) window(ctx context.Context, out io.Writer) error {
	var announce io.Writer
	if t.announce {
		announce = out
	}
	claims := t.papers.Current().Claims
	setup := screens.Setup{
		Shop: *claims.Device.Name, Currency: t.currency, Quick: t.amounts, Language: t.language,
		Life: t.life, FingerWait: t.fingerWait, ConfirmFor: sale.TapDefaults().ConfirmFor, Recent: t.recent, Now: time.Now,
	}
	look := widgets.Window{
		Width: t.width, Height: t.height, FullScreen: t.fullScreen, Announce: announce,
		Appearance: widgets.Appearance{Light: t.light, HighContrast: t.highContrast},
	}
	failed := make(chan error, 1)
	err := screens.Run(ctx, look, setup, t, func(k *screens.Kiosk) func() {
		stop, err := t.begin(ctx, k)
		if err != nil {
			failed <- err
			k.Quit()
		}
		return stop
	})
	select {
	case began := <-failed:
		return began
	default:
		return err
	}
}

// begin opens the till behind the window and keeps the row of marks and the
// preview going. The returned function ends all of it and waits.
func (t *terminal) begin(ctx context.Context, k *screens.Kiosk) (stop func(), err error) {
	settings := sale.Defaults()
	settings.Settlement, settings.Merchant, settings.Currency = t.papers.Current().Settlement.Unverified().Subject, []byte(t.merchant), protocol.Currency(t.currency)
	settings.Life, settings.FingerWait, settings.AskFor = t.life, t.fingerWait, t.askFor
	settings.Fallback, settings.PINMost = t.fallback, t.pinLimit
	settings.StaffOnly, settings.Tap.Limits = !t.desk.Empty(), t.limits
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { _ = t.papers.Run(ctx) })
	t.till, err = sale.Open(ctx, settings, sale.Ports{
		Unit: token{t.unit}, Identity: papers{t.papers}, Codes: lens{t.lens}, Fingers: glass{t.glass},
		Settler: adapter.Settler{Client: t.client, Signer: token{t.unit}.Signer}, Taps: t.taps(), Journal: t.journal, Duty: t.desk.Duty,
		Log: t.log, Now: time.Now, Show: k.Show,
	})
	if err != nil {
		cancel()
		running.Wait()
		return func() {}, err
	}
	keeper := t.keeper()
	running.Go(func() { keeper.Run(ctx) })
	running.Go(func() { t.blocked.Run(ctx) })
	running.Go(func() { t.preview(ctx, k) })
	running.Go(func() { t.watchDevices(ctx, k) })
	return func() {
		t.till.Close()
		cancel()
		running.Wait()
	}, nil
}

// preview hands the camera's pictures to the screen.
func (t *terminal) preview(ctx context.Context, k *screens.Kiosk) {
	for p := range t.lens.PreviewUntil(ctx) {
		if k.WantsFrames() {
			k.ShowFrame(p.Image, p.Outline)
		}
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

// recent lists the last sales for the amount screen.
func (t *terminal) recent(most int) []screens.Recent {
	entries, err := t.journal.Last(most)
	if err != nil {
		t.log.Error("last sales not read", "error", err.Error())
	}
	list := make([]screens.Recent, 0, len(entries))
	for _, e := range entries {
		list = append(list, screens.Recent{
			Number: e.Sale, At: e.At, Ending: e.Ending, Refund: e.Refund != nil,
			Amount: money.Amount{Minor: int64(e.Amount), Currency: money.Currency(e.Currency)},
		})
	}
	return list
}

// close closes what openParts opened, last first.
func (t *terminal) close() error {
	var errs []error
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
