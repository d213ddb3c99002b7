package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"sync"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
	"countersign/app/demo/relay"
	"countersign/app/demo/scene"
	"countersign/app/demo/shop"
	"countersign/app/demo/world"
	"countersign/devices/fingerprint/virtualsensor"
)

// Where the windows are, in pixels: side by side, so that neither covers the
// other.
var (
	terminalAt = image.Rect(0, 0, 1280, 800)
	phoneAt    = image.Rect(1296, 0, 1296+512, 920)
	screenSize = image.Pt(1808, 920)
)

// placing is how long a window manager may take to put a window where it is
// wanted; one that knows better is left alone.
const placing = 2 * time.Second

// idle is how long cameras that see nothing to read rest between frames, far less than
// after which the programs would take them for frozen.
const idle = 500 * time.Millisecond

// theatre is all that was opened, to be closed in the end.
type theatre struct {
	stage   scene.Stage
	shop    *shop.Shop
	screen  *display.Display
	teller  *teller
	gallery *gallery
	times   times // the terminal's now

	closers []func() error
	running sync.WaitGroup
	stop    context.CancelFunc
}

// later has something closed in the end, before what was opened earlier.
func (t *theatre) later(closing func() error) { t.closers = append(t.closers, closing) }

// close closes everything, last opened first, and waits for it.
func (t *theatre) close() error {
	if t.stop != nil {
		t.stop()
	}
	t.running.Wait()
	var errs []error
	for i := len(t.closers) - 1; i >= 0; i-- {
		errs = append(errs, t.closers[i]())
	}
	return errors.Join(errs...)
}

// open opens display, cameras, sensors and shop, and finds the windows. What was
// opened when it fails is for close.
func (t *theatre) open(ctx context.Context, s *settings, fail context.CancelCauseFunc) error {
	if err := clearOut(s.out); err != nil {
		return err
	}
	c := newChronicle()
	running, stop := context.WithCancel(ctx)
	t.stop, t.stage.Chronicle = stop, c
	t.teller = newTeller(s.stdout, s.language, c)
	t.running.Go(func() { t.teller.run(running) })
	t.stage.Note, t.stage.Language, t.stage.PIN = t.teller.note, s.language, ownerPIN

	screen, env, err := t.openDisplay(running, s, fail)
	if err != nil {
		return err
	}
	options := shop.Options{
		Bin: s.bin, Logs: filepath.Join(s.out, "logs"), Env: env, Chronicle: c, Language: s.language,
		Account: shop.AccountNumber(s.seed), Balance: scene.Balance, PIN: ownerPIN, PINMost: scene.PINMost,
		Link: t.openLink, PhoneLink: t.openPhoneLink, Counter: s.counter,
	}
	t.times = times{s.chosen[0].Life, s.chosen[0].AskFor}
	options.Life, options.AskFor = t.times.life, t.times.askFor
	if err := t.openWorld(running, s, &options); err != nil {
		return err
	}
	if err := t.openRadio(running, s, &options); err != nil {
		return err
	}
	if t.shop, err = shop.Open(ctx, options); err != nil {
		return err
	}
	t.later(t.shop.Close)
	t.screen, t.stage.Books, t.stage.Cheat = screen, books{t}, books{t}
	t.running.Go(func() { watch(running, t.shop.Ended(), fail) })

	if t.stage.Terminal, err = t.find(ctx, screen, shop.Terminal, terminalAt); err != nil {
		return err
	}
	if t.stage.Phone, err = t.find(ctx, screen, shop.Wallet, phoneAt); err != nil {
		return err
	}
	t.gallery = newGallery(s.out, c, t.stage.Terminal, t.stage.Phone)
	t.later(t.gallery.close)
	trusted := &world.SecureScreen{Screen: screen, Found: t.placeSecure}
	t.stage.Secure = trusted.Wait
	t.running.Go(func() { t.attendSecure(running, trusted) })
	t.running.Go(func() { t.gallery.run(running) })
	for _, party := range []string{shop.Terminal, shop.Wallet} { // before that there is nothing in a window
		if _, _, err := c.Wait(ctx, 0, chronicle.OnScreen(party)); err != nil {
			return fmt.Errorf("the first screen of the %s: %w", party, err)
		}
	}
	return nil
}

// openDisplay opens the person's display, or one of our own.
func (t *theatre) openDisplay(ctx context.Context, s *settings, fail context.CancelCauseFunc) (*display.Display, []string, error) {
	if !s.own() {
		screen, err := display.Open(ctx, s.display)
		if err != nil {
			return nil, nil, err
		}
		t.later(func() error { screen.Close(); return nil })
		return screen, nil, nil
	}
	server, err := display.Start(ctx, screenSize)
	if err != nil {
		return nil, nil, err
	}
	t.later(server.Stop)
	screen, err := server.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	t.later(func() error { screen.Close(); return nil })
	t.running.Go(func() {
		select {
		case <-server.Done():
			fail(display.ErrServerGone)
		case <-ctx.Done():
		}
	})
	return screen, server.Env(), nil
}

// openWorld puts up cameras and sensors, and writes their addresses into the
// shop's options.
func (t *theatre) openWorld(ctx context.Context, s *settings, o *shop.Options) (err error) {
	camera := func(seed uint64, lively bool) (*world.Camera, error) {
		loop := 0
		if lively { // what a camera does by itself must not slow down what is measured
			loop = 32
		}
		c, err := world.NewCamera(ctx, seed, loop)
		if err != nil {
			return nil, err
		}
		t.later(c.Close)
		if s.own() && !lively { // nobody looks at the previews
			c.Idle = idle
		}
		return c, nil
	}
	sensor := func(seed uint64) (*virtualsensor.Sensor, error) {
		v, err := world.NewSensor(seed)
		if err == nil {
			t.later(v.Close)
		}
		return v, err
	}
	if t.stage.TerminalEye, err = camera(2*s.seed, s.lively); err != nil {
		return err
	}
	if t.stage.PhoneEye, err = camera(2*s.seed+1, false); err != nil {
		return err
	}
	o.TerminalCamera, o.PhoneCamera = t.stage.TerminalEye.URL(), t.stage.PhoneEye.URL()
	if t.stage.Owner, err = world.NewFinger(world.Owner, s.seed); err != nil {
		return err
	}
	if t.stage.Stranger, err = world.NewFinger(world.Stranger, s.seed); err != nil {
		return err
	}
	desk, err := sensor(3 * s.seed)
	if err != nil {
		return err
	}
	o.DeskSensor, o.Press = desk.Path(), func() { t.stage.Owner.Press(desk) }
	if t.stage.TerminalGlass, err = sensor(3*s.seed + 1); err != nil {
		return err
	}
	o.TerminalSensor = t.stage.TerminalGlass.Path()
	if s.finger == "phone" {
		if t.stage.PhoneGlass, err = sensor(3*s.seed + 2); err != nil {
			return err
		}
		o.PhoneSensor = t.stage.PhoneGlass.Path()
	}
	return nil
}

// openLink puts a network between terminal and settlement.
func (t *theatre) openLink(settlement string) (string, error) {
	link, err := relay.Open(settlement)
	if err != nil {
		return "", err
	}
	t.stage.Link = link
	t.later(link.Close)
	return link.Address(), nil
}

// find waits for a party's window and puts it in its place.
func (t *theatre) find(ctx context.Context, screen *display.Display, party string, at image.Rectangle) (*world.Window, error) {
	w, err := screen.Wait(ctx, display.OfProcess(t.shop.PID(party)))
	if err != nil {
		return nil, fmt.Errorf("the window of the %s: %w", party, err)
	}
	ctx, stop := context.WithTimeout(ctx, placing)
	defer stop()
	_ = w.Place(ctx, at) // where a window manager puts it instead will do
	return t.window(party, w), nil
}

// window is a party's window, of whose every screen there is a picture before a finger
// takes it away.
func (t *theatre) window(party string, w *display.Window) *world.Window {
	return &world.Window{Party: party, Window: w, Chronicle: t.stage.Chronicle, Before: func(ctx context.Context) { t.gallery.catchUp(ctx) }}
}

// reopened does something that closes and opens a party's window, finds the new one, and
// waits until it shows its first screen.
func (t *theatre) reopened(ctx context.Context, party string, at image.Rectangle, first chronicle.Match, do func(context.Context) (from int, err error)) (*world.Window, error) {
	from, err := do(ctx)
	if err != nil {
		return nil, err
	}
	w, err := t.find(ctx, t.screen, party, at)
	if err != nil {
		return nil, err
	}
	t.gallery.add(w)
	if _, _, err := t.stage.Chronicle.Wait(ctx, from, first); err != nil {
		return nil, fmt.Errorf("the first screen of the %s: %w", party, err)
	}
	return w, nil
}

// times are the terminal's that scenes set.
type times struct{ life, askFor time.Duration }

// setTerminal has the terminal keep a scene's times: those of another scene would end its
// sales too early.
func (t *theatre) setTerminal(ctx context.Context, c scene.Scene) (err error) {
	wanted := times{c.Life, c.AskFor}
	if t.times == wanted {
		return nil
	}
	t.times = wanted
	t.stage.Terminal, err = t.reopened(ctx, shop.Terminal, terminalAt, chronicle.OnScreen(shop.Terminal, "amount"), func(ctx context.Context) (int, error) {
		return t.shop.SetTerminal(ctx, wanted.life, wanted.askFor)
	})
	return err
}
