package screens

import (
	"context"
	"io"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"countersign/app/widgets"
)

// Window says how the kiosk's window is made.
type Window struct {
	Width, Height float32 // in Fyne's units
	FullScreen    bool
	Appearance    widgets.Appearance
	// Announce gets a JSON line a change (see widgets.Announcer); nil for none.
	Announce io.Writer
}

// Run opens the window and returns when it was closed or the context has ended.
// It must be called from the program's main goroutine. ready is called once,
// before the first frame, with the kiosk; what it returns is called after the
// window has gone.
func Run(ctx context.Context, w Window, setup Setup, intents Intents, ready func(*Kiosk) (stop func())) error {
	a := app.NewWithID("countersign.terminal")
	a.Settings().SetTheme(widgets.NewTheme(w.Appearance))
	window := a.NewWindow("Countersign terminal")
	window.SetPadded(false)
	window.SetMaster()
	stage := widgets.NewStage(window, widgets.OnScreen)
	kiosk, err := newKiosk(stage, setup, intents)
	if err != nil {
		return err
	}
	window.Resize(fyne.NewSize(w.Width, w.Height))
	window.SetFullScreen(w.FullScreen)

	told := ctx // by whoever runs the program
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var stop func()
	done := make(chan struct{})
	a.Lifecycle().SetOnStarted(func() {
		stop = ready(kiosk)
		go func() {
			defer close(done)
			kiosk.accompany(ctx, w.Announce)
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

// accompany moves the countdowns and announces changes until the context ends.
func (k *Kiosk) accompany(ctx context.Context, out io.Writer) {
	announced := make(chan struct{})
	go func() {
		defer close(announced)
		if out != nil {
			_ = widgets.NewAnnouncer(k.stage, out).Run(ctx)
		}
	}()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			k.Tick()
		case <-ctx.Done():
			<-announced
			return
		}
	}
}
