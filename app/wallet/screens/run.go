package screens

import (
	"context"
	"fmt"
	"io"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"countersign/app/widgets"
)

// Window says how the phone's window is made.
type Window struct {
	// Width and Height are in Fyne's units. At 512 by 920 a payment code has five
	// pixels a module up to version 19, and four at version 21, the largest.
	Width, Height float32
	// Language is the one to begin with: "en" or "zh".
	Language   string
	Appearance widgets.Appearance
	// Announce gets a JSON line a change (see widgets.Announcer); nil for none.
	Announce io.Writer
	// Now is the phone's clock.
	Now func() time.Time
}

// Run opens the window and returns when it was closed or the context has ended.
// It must be called from the program's main goroutine. ready is called once with
// the handset, when it can be shown things; what it returns is called after the
// window has gone.
func Run(ctx context.Context, w Window, intents Intents, ready func(*Handset) (stop func())) error {
	a := app.NewWithID("countersign.wallet")
	a.Settings().SetTheme(widgets.NewTheme(w.Appearance))
	window := a.NewWindow("Countersign wallet")
	window.SetMaster()
	stage := widgets.NewStage(window, widgets.OnScreen)
	handset, err := newHandset(stage, w.Language, w.Now, intents)
	if err != nil {
		return fmt.Errorf("language %q: %w", w.Language, err)
	}
	window.Resize(fyne.NewSize(w.Width, w.Height))
	told := ctx // by whoever runs the program
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var stop func()
	done := make(chan struct{})
	a.Lifecycle().SetOnStarted(func() {
		stop = ready(handset)
		go func() {
			defer close(done)
			handset.accompany(ctx, w.Announce)
			if told.Err() != nil {
				fyne.Do(a.Quit)
			}
		}()
	})
	window.Show()
	a.Run()
	cancel()
	if stop != nil {
		<-done
		stop()
	}
	return nil
}

// accompany moves the countdown and announces changes until the context ends.
func (h *Handset) accompany(ctx context.Context, out io.Writer) {
	announced := make(chan struct{})
	go func() {
		defer close(announced)
		if out != nil {
			_ = widgets.NewAnnouncer(h.stage, out).Run(ctx) // nobody reads it any more
		}
	}()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			h.Tick()
		case <-ctx.Done():
			<-announced
			return
		}
	}
}
