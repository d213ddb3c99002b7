package widgets

import (
	"context"
	"io"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
)

// tickEvery is how often a program's screens are told that time goes by, and tickStill
// how many of these times pass over screens on which nothing moves.
const (
	tickEvery = 250 * time.Millisecond
	tickStill = 4
)

// Window says how a program's window is made.
type Window struct {
	ID, Title     string  // the ID is Fyne's: "countersign.terminal"
	Width, Height float32 // in Fyne's units
	FullScreen    bool
	Appearance    Appearance
	// Announce gets a JSON line a change (see [Announcer]); nil for none.
	Announce io.Writer
	// Attend is called once the window's loop runs, by a goroutine that [Run] waits for
	// after it has ended the context; nil for nobody. answers returns nil when the loop has come round
	// to what it was handed, and else the error of its own context: the window hangs.
	Attend func(ctx context.Context, answers func(context.Context) error)
}

// attend has the window attended, if it is to be.
func (w Window) attend(ctx context.Context, do Do) {
	if w.Attend == nil {
		return
	}
	w.Attend(ctx, func(ctx context.Context) error {
		round := make(chan struct{})
		do(func() { close(round) })
		select {
		case <-round:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// Run opens a program's window and returns when it was closed or the context has ended. It must be called from the
// program's main goroutine. fill builds the screens on the window's stage. ready is called once with them, before the first
// frame, when they can be shown things; what it returns is called after the window has gone. Tick is called a few times a
// second from a goroutine of Run's own, or once a second where screens have a method Moving() bool that says no: to wake
// a window costs more than what it then finds to do.
func Run[Screens interface{ Tick() }](ctx context.Context, w Window, fill func(*Stage) (Screens, error), ready func(Screens) (stop func())) error {
	a := app.NewWithID(w.ID)
	a.Settings().SetTheme(NewTheme(w.Appearance))
	window := a.NewWindow(w.Title)
	window.SetMaster()
	loop := &Drowser{}
	stage := NewStage(window, loop.Do)
	screens, err := fill(stage)
	if err != nil {
		return err
	}
	window.Resize(fyne.NewSize(w.Width, w.Height))
	window.SetFullScreen(w.FullScreen)

	told := ctx // by whoever runs the program
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var stop func()
	done, woken, attended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	a.Lifecycle().SetOnStarted(func() {
		stop = ready(screens)
		go func() {
			defer close(done)
			accompany(ctx, stage, ticking(screens), w.Announce)
			if told.Err() != nil {
				loop.Do(a.Quit)
			}
		}()
		go func() {
			defer close(woken)
			loop.Run(ctx)
		}()
		go func() {
			defer close(attended)
			w.attend(ctx, loop.Do)
		}()
	})
	window.Show()
	a.Run()
	cancel()
	if stop != nil {
		<-done
		<-woken
		<-attended
		stop()
	}
	return nil
}

// ticking is what to call every tick.
func ticking(screens interface{ Tick() }) func() {
	mover, can := screens.(interface{ Moving() bool })
	if !can {
		return screens.Tick
	}
	still := 0
	return func() {
		if still++; still < tickStill && !mover.Moving() {
			return
		}
		still = 0
		screens.Tick()
	}
}

// accompany moves what the screens count and announces changes until the context ends.
func accompany(ctx context.Context, stage *Stage, tick func(), announce io.Writer) {
	announced := make(chan struct{})
	go func() {
		defer close(announced)
		if announce != nil {
			_ = NewAnnouncer(stage, announce).Run(ctx) // nobody reads it any more
		}
	}()
	every := time.NewTicker(tickEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			tick()
		case <-ctx.Done():
			<-announced
			return
		}
	}
}
