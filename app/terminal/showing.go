package main

import (
	"context"
	"io"
	"sync"
	"time"

	"countersign/app/terminal/office"
	"countersign/app/terminal/office/charts"
	officescreens "countersign/app/terminal/office/screens"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/screens"
	"countersign/app/widgets"
	"countersign/protocol"
)

// This file is what of a terminal is seen and heard.

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
		Members: t.colleagues, Shift: t.desk.Shift, Devices: t.devices, Preferences: t.preferences, Folders: t.folders, Chart: charts.Of(t.logbook, t.currency),
		Findings: t.journal.Findings,
	}, backoffice{t})
	return t.pages
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
