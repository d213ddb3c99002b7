package screens

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"countersign/app/widgets"
	"countersign/assets"
)

// tickEvery is how often the countdown moves.
const tickEvery = 250 * time.Millisecond

// Settings say how the trusted window is made.
type Settings struct {
	// Language is "en" or "zh".
	Language string
	// Width and Height are those of the phone's window, in Fyne's units.
	Width, Height float32
	Appearance    widgets.Appearance
	// Announce gets a JSON line a change, as of every window; nil for none.
	Announce io.Writer
	// Now is the phone's clock.
	Now func() time.Time
}

// Title is the window's.
const Title = "Countersign secure screen"

// Run opens the trusted window, hidden, and returns when ready has. It must be
// called from the program's main goroutine. ready is called once, from a goroutine
// of its own, when prompts can be shown and everything that the window needs of
// the system is open; its context ends with ctx or with the window system.
func Run(ctx context.Context, settings Settings, ready func(context.Context, *Screen)) error {
	book, err := assets.Phrases(settings.Language)
	if err != nil {
		return fmt.Errorf("language %q: %w", settings.Language, err)
	}
	a := app.NewWithID("countersign.wallet.trusted")
	a.Settings().SetTheme(newTheme(settings.Appearance))
	window := a.NewWindow(Title)
	loop := &widgets.Drowser{}
	s := newScreen(window, book, settings.Now, loop.Do)
	window.Resize(fyne.NewSize(settings.Width, settings.Height))
	window.SetCloseIntercept(s.decline)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	a.Lifecycle().SetOnStarted(func() {
		go func() {
			defer close(done)
			// The window was shown to have it opened; nothing is asked yet.
			fyne.DoAndWait(window.Hide)
			var beside sync.WaitGroup
			beside.Go(func() { loop.Run(ctx) })
			beside.Go(func() { s.tick(ctx) })
			if settings.Announce != nil {
				beside.Go(func() { _ = widgets.NewAnnouncer(s.stage, settings.Announce).Run(ctx) }) // nobody reads it any more
			}
			ready(ctx, s)
			cancel()
			beside.Wait()
			loop.Do(a.Quit)
		}()
	})
	window.Show()
	a.Run()
	cancel()
	<-done
	return nil
}

// newScreen takes over a window.
func newScreen(window fyne.Window, book assets.Phrasebook, now func() time.Time, do widgets.Do) *Screen {
	s := &Screen{stage: widgets.NewStage(window, do), book: book, now: now, window: window}
	window.Canvas().SetOnTypedKey(s.typedKey)
	window.Canvas().SetOnTypedRune(s.typedRune)
	s.buildNothing()
	return s
}

// tick moves the countdown until the context ends.
func (s *Screen) tick(ctx context.Context) {
	every := time.NewTicker(tickEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			s.stage.Do(s.Tick)
		case <-ctx.Done():
			return
		}
	}
}
