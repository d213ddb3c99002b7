package main

import (
	"context"
	"errors"
	"flag"
	"image"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"countersign/app/program"
	"countersign/app/program/configuration"
	"countersign/app/terminal/preferences"
	"countersign/app/terminal/staff"
	"countersign/app/terminal/welcome"
	welcomescreens "countersign/app/terminal/welcome/screens"
	"countersign/app/widgets"
	"countersign/devices/camera"
	"countersign/devices/imager"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// This file is the first run on the screen: what package welcome asks of a terminal.

// firstRun are the flags of run that are for a machine that was just installed.
type firstRun struct {
	wizard bool
	token  program.NewToken
}

func (f *firstRun) register(flags *flag.FlagSet) {
	flags.BoolVar(&f.wizard, "wizard", true, "set a terminal up on the screen that is not enrolled yet; else that is an error")
	f.token.Register(flags)
}

// firstRunWanted says whether a first run is to begin or go on. So it is as well where
// nobody could charge what this terminal takes: the first run is what waits for settlement.
func (t *terminal) firstRunWanted(ctx context.Context) (bool, error) {
	if !t.first.wizard {
		return false, nil
	}
	n := t.newcomer()
	if wanted, err := welcome.Wanted(ctx, t.welcomeFile(), n); err != nil || wanted {
		return wanted, err
	}
	return n.credentials(ctx) == nil, nil
}

func (s *settings) welcomeFile() string { return filepath.Join(s.Data, "first-run.json") }

// welcome opens the window of the first run. Once that is finished this program goes on as
// the till, which it is started as.
func (t *terminal) welcome(ctx context.Context, out io.Writer) (err error) {
	n := t.newcomer()
	wizard, err := welcome.Open(ctx, t.welcomeFile(), welcome.Installed{Authority: t.authority, Shop: n.installed}, n)
	if err != nil {
		return err
	}
	var announce io.Writer
	if t.announce {
		announce = out
	}
	look := widgets.Window{Width: t.width, Height: t.height, FullScreen: t.fullScreen, Announce: announce, Appearance: t.appearance(), Attend: t.supervised}
	finished, err := welcomescreens.Run(ctx, look, welcomescreens.Setup{
		Wizard: wizard, Language: t.preferred.Load().Language, Codes: n.wantedCodes,
	})
	if finished {
		t.next = os.Args
		err = errors.Join(err, n.keepFound())
	}
	return err
}

// newcomer is a terminal that is not set up yet. telling is held while what it is told, or
// finds, is changed or read.
type newcomer struct {
	*terminal
	installed welcome.Shop // what the installer's settings say of where sales go
	telling   *sync.Mutex
}

func (t *terminal) newcomer() newcomer {
	n := newcomer{t, welcome.Shop{}, &sync.Mutex{}}
	said := func(key string) bool {
		from := t.origins[key].From
		return from != configuration.Kept && from != configuration.Default
	}
	if said("settlement") {
		n.installed.Settlement = t.settlement
	}
	if said("merchant") {
		n.installed.Merchant = t.merchant
	}
	return n
}

func (n newcomer) over() enrolment.Unit {
	return enrolment.Over(n.unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
}

// Enrolled says whether the token holds a complete enrolment. One that is damaged, as an
// interrupted second one may leave it, is none.
func (n newcomer) Enrolled(context.Context) (bool, error) {
	_, err := enrolment.Load(n.over())
	if errors.Is(err, enrolment.ErrNotEnrolled) || errors.Is(err, enrolment.ErrDamaged) {
		return false, nil
	}
	return err == nil, err
}

// Enrol is step 1 for a terminal (claim 3 steps a to d).
func (n newcomer) Enrol(ctx context.Context, authority, code string, begins func(welcome.Phase)) error {
	unit, dial := welcome.Watch(n.over(), (&net.Dialer{Timeout: 3 * time.Second}).DialContext, begins)
	c, err := enrolment.Enrol(ctx, unit, enrolment.Options{
		AuthorityURL: authority, Code: code, Role: protocol.RoleTerminal, DialContext: dial, Log: n.log,
	})
	if err != nil {
		n.log.ErrorContext(ctx, "terminal not enrolled", "authority", authority, "error", err.Error())
		return err
	}
	n.log.InfoContext(ctx, "terminal enrolled", "authority", authority, "subject", string(c.Subject))
	begins(welcome.Enrolled)
	return nil
}

// Shop is where its sales go.
func (n newcomer) Shop() welcome.Shop {
	n.telling.Lock()
	defer n.telling.Unlock()
	return welcome.Shop{Settlement: n.settlement, Merchant: n.merchant}
}

// KeepShop keeps what the installer's settings do not say of it.
func (n newcomer) KeepShop(shop welcome.Shop) error {
	n.telling.Lock()
	defer n.telling.Unlock()
	told := map[string]string{}
	if n.installed.Settlement == "" && shop.Settlement != "" {
		told["settlement"] = shop.Settlement
	}
	if n.installed.Merchant == "" && shop.Merchant != "" {
		told["merchant"] = shop.Merchant
	}
	if err := n.keep(told); err != nil {
		return err
	}
	n.settlement, n.merchant = shop.Settlement, shop.Merchant
	return nil
}

// Managed says whether anybody is on the staff: the first is a manager.
func (n newcomer) Managed(ctx context.Context) (has bool, err error) {
	err = n.withTeam(ctx, func(t *team) error {
		has = !t.Empty()
		return nil
	})
	return has, err
}

// AddManager adds the first member of the staff.
func (n newcomer) AddManager(ctx context.Context, id protocol.ID, pin []byte) error {
	err := n.withTeam(ctx, func(t *team) error { return t.Add(ctx, nil, id, staff.Manager, pin) })
	if err != nil {
		n.log.ErrorContext(ctx, "manager not added", "error", err.Error())
	}
	return err
}

// withTeam opens the staff for a while: the till opens it for itself.
func (n newcomer) withTeam(ctx context.Context, do func(*team) error) error {
	t, err := n.openTeam(ctx, n.log)
	if err != nil {
		return err
	}
	return errors.Join(do(t), t.close())
}

// Prefer keeps the language with what else is preferred.
func (n newcomer) Prefer(language string) error {
	p := *n.preferred.Load()
	p.Language = language
	if err := preferences.Save(n.preferencesFile(), p); err != nil {
		return err
	}
	n.preferred.Store(&p)
	return nil
}

// wantedCodes looks for codes with camera and hand imager, which it opens for the time.
func (n newcomer) wantedCodes(ctx context.Context, wanted func(string) bool, frame func(*image.RGBA, []image.Point), found func(string)) {
	s := n.present()
	var reading sync.WaitGroup
	defer reading.Wait()
	if s.imager != "" {
		hand := imager.New(imager.Settings{Port: s.imager})
		reading.Go(func() { _ = hand.Run(ctx) }) // until the context ends
		reading.Go(func() {
			for ctx.Err() == nil {
				if text, err := hand.Scan(ctx, wanted); err == nil {
					found(text)
				}
			}
		})
	}
	lens, err := camera.Open(ctx, camera.Settings{Address: s.camera, Mirror: true})
	if err != nil { // only what no camera can be named
		n.log.ErrorContext(ctx, "no camera for codes", "error", err.Error())
		return
	}
	reading.Go(func() {
		for ctx.Err() == nil {
			if code, err := lens.Scan(ctx, wanted); err == nil {
				found(code.Text)
			}
		}
	})
	for p := range lens.PreviewUntil(ctx) {
		frame(p.Image, p.Outline)
	}
	if err := lens.Close(); err != nil {
		n.log.ErrorContext(ctx, "camera not closed", "error", err.Error())
	}
}
