package screens

import (
	"context"
	"errors"
	"image"
	"image/color"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/wallet/trusted"
	"countersign/app/widgets"
	"countersign/app/widgets/golden"
	"countersign/assets"
)

var mark = trusted.Mark{Picture: 0x2b5a9, Phrase: "amber lantern"}

// glass is a trusted screen in a window of the test driver, whose goroutine is
// whoever holds its lock.
type glass struct {
	t *testing.T
	*Screen
	mu      sync.Mutex
	changed *sync.Cond
	window  fyne.Window
	shown   bool
}

func (g *glass) Show() { g.shown = true; g.changed.Broadcast() }
func (g *glass) Hide() { g.shown = false; g.changed.Broadcast() }

func newGlass(t *testing.T, language string, a widgets.Appearance) *glass {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(newTheme(a))
	book, err := assets.Phrases(language)
	if err != nil {
		t.Fatal(err)
	}
	g := &glass{t: t, window: test.NewTempWindow(t, nil)}
	g.changed = sync.NewCond(&g.mu)
	g.Screen = newScreen(g.window, book.Strict(), time.Now, fyne.Do)
	g.Screen.window = g
	g.stage = widgets.NewStage(g.window, func(f func()) {
		g.mu.Lock()
		defer g.mu.Unlock()
		f()
		g.changed.Broadcast()
	})
	g.window.Resize(fyne.NewSize(512, 920))
	return g
}

// onScreen waits until a screen is shown and looks at it.
func (g *glass) onScreen(name string, look func(targets map[string]widgets.Target)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.stage.Screen() != name || !g.shown {
		g.changed.Wait()
	}
	look(g.stage.Targets())
}

// press taps the middle of controls of a screen, where they are drawn.
func (g *glass) press(screen string, controls ...string) {
	for _, control := range controls {
		g.onScreen(screen, func(targets map[string]widgets.Target) {
			at, there := targets[control]
			if !there {
				g.t.Errorf("%s has no %s", screen, control)
				return
			}
			scale := g.window.Canvas().Scale()
			test.TapCanvas(g.window.Canvas(), fyne.NewPos(float32(at.X+at.Width/2)/scale, float32(at.Y+at.Height/2)/scale))
		})
	}
}

func (g *glass) hidden() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.shown {
		g.changed.Wait()
	}
}

var payment = trusted.Prompt{Purpose: trusted.ToPay, Shop: "Corner Café", Amount: 128000, Currency: 156, Mark: mark}

var (
	sending   = trusted.Prompt{Purpose: trusted.ToTransfer, Receiver: "4685", Amount: 128000, Currency: 156, Mark: mark}
	replacing = trusted.Prompt{Purpose: trusted.ToReplace, Ending: "4685", Mark: mark, Notice: trusted.NoticeLast}
	ownCard   = trusted.Prompt{Purpose: trusted.ToShow, Number: "9156048204814685", Mark: mark}
)

// The owner's card number is shown until it is put away, and announced nowhere.
func TestShowNumber(t *testing.T) {
	g := newGlass(t, "en", widgets.Appearance{})
	for _, leave := range []func(){
		func() { g.press("trusted-number", "close") },
		func() {
			g.onScreen("trusted-number", func(map[string]widgets.Target) {
				g.window.Canvas().OnTypedRune()('5') // there is nothing to key
				g.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
				g.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
			})
		},
	} {
		go leave()
		if err := g.Confirm(t.Context(), ownCard); err != nil && !errors.Is(err, trusted.ErrDeclined) {
			t.Errorf("shown: %v", err)
		}
		g.hidden()
	}
	g.stage.Do(func() { g.prompt = &prompt{Prompt: ownCard, until: time.Now()}; g.buildNumber() })
	for id := range g.stage.Snapshot().Targets {
		if strings.ContainsAny(id, "0123456789") {
			t.Errorf("announced %q", id)
		}
	}
}

// The digits that come back are those that were pressed, corrected, and no fewer
// than four nor more than eight.
func TestAskPIN(t *testing.T) {
	g := newGlass(t, "en", widgets.Appearance{})
	for _, c := range []struct {
		keys []string
		want string
	}{
		{[]string{"key.8", "key.1", "key.4", "enter", "key.0", "enter"}, "8140"}, // three are not enough
		{[]string{"key.2", "key.7", "key.back", "key.9", "key.1", "key.3", "key.4", "key.5", "enter"}, "291345"},
		{[]string{"key.1", "key.2", "key.3", "key.4", "key.5", "key.6", "key.7", "key.8", "key.9", "enter"}, "12345678"},
		{[]string{"key.back", "key.8", "key.1", "key.4", "key.0", "enter"}, "8140"},
	} {
		go g.press("trusted-pay", c.keys...)
		if pin, err := g.AskPIN(t.Context(), payment); err != nil || string(pin) != c.want {
			t.Errorf("%v: %q, %v", c.keys, pin, err)
		}
		g.hidden()
	}
	// A keyboard does as well.
	go g.onScreen("trusted-pay", func(map[string]widgets.Target) {
		for _, r := range "81x40" {
			g.window.Canvas().OnTypedRune()(r)
		}
		g.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
	})
	if pin, err := g.AskPIN(t.Context(), payment); err != nil || string(pin) != "8140" {
		t.Errorf("keyboard: %q, %v", pin, err)
	}
}

// A prompt ends with the owner's no, its time, or its context; and leaves no
// digits and no window.
func TestPromptsEnd(t *testing.T) {
	g := newGlass(t, "en", widgets.Appearance{})
	var digits []byte
	go func() {
		g.press("trusted-pay", "key.8", "key.1", "key.4", "key.0")
		g.onScreen("trusted-pay", func(map[string]widgets.Target) { digits = g.prompt.digits })
		g.press("trusted-pay", "cancel")
	}()
	if pin, err := g.AskPIN(t.Context(), payment); !errors.Is(err, trusted.ErrDeclined) || pin != nil || !slices.Equal(digits, make([]byte, 4)) {
		t.Errorf("declined: %q, %v, kept %v", pin, err, digits)
	}
	g.hidden()
	soon := payment
	soon.Until = time.Now().Add(20 * time.Millisecond)
	if err := g.Confirm(t.Context(), soon); !errors.Is(err, trusted.ErrPromptOver) {
		t.Errorf("late: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go g.onScreen("trusted-confirm", func(map[string]widgets.Target) { cancel() })
	if err := g.Confirm(ctx, payment); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	g.hidden()
	go g.press("trusted-confirm", "refuse")
	if err := g.Confirm(t.Context(), payment); !errors.Is(err, trusted.ErrDeclined) {
		t.Errorf("refused: %v", err)
	}
	go g.onScreen("trusted-confirm", func(map[string]widgets.Target) { // Enter is too easily pressed
		g.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
		g.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	})
	if err := g.Confirm(t.Context(), payment); !errors.Is(err, trusted.ErrDeclined) {
		t.Errorf("Enter confirms: %v", err)
	}
	go g.press("trusted-confirm", "confirm")
	if err := g.Confirm(t.Context(), payment); err != nil {
		t.Errorf("confirmed: %v", err)
	}
	locked := payment
	locked.Notice, locked.Locked = trusted.NoticeLocked, 90*time.Second
	go g.press("trusted-locked", "close")
	if _, err := g.AskPIN(t.Context(), locked); !errors.Is(err, trusted.ErrDeclined) {
		t.Errorf("locked: %v", err)
	}
	g.hidden()
}

func TestChooseMark(t *testing.T) {
	g := newGlass(t, "en", widgets.Appearance{})
	n := uint32(0)
	go g.press("trusted-mark", "another", "another", "keep")
	have, err := g.ChooseMark(t.Context(), func() trusted.Mark { n++; return trusted.Mark{Picture: n, Phrase: "blue engine"} })
	if err != nil || have.Picture != 3 {
		t.Errorf("%+v, %v", have, err)
	}
}

// Pictures are mirrored and of one ink; another picture is another one.
func TestPictures(t *testing.T) {
	draw := func(picture uint32) *image.NRGBA {
		drawn := image.NewNRGBA(image.Rect(0, 0, 60, 60))
		for y := range 60 {
			for x := range 60 {
				c := color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
				if column, row := (x-5)/10, (y-5)/10; x >= 5 && y >= 5 && column < pictureCells && row < pictureCells && filled(picture, column, row) {
					c = ink(picture)
				}
				drawn.SetNRGBA(x, y, c)
			}
		}
		return drawn
	}
	seen := map[string]bool{}
	for picture := range uint32(1 << 9) {
		p := draw(picture << 9)
		seen[string(p.Pix)] = true
		for y := range 60 {
			for x := range 60 {
				if p.NRGBAAt(x, y) != p.NRGBAAt(59-x, y) {
					t.Fatalf("picture %d is not mirrored at %d, %d", picture, x, y)
				}
			}
		}
	}
	if len(seen) < 256 {
		t.Errorf("%d pictures of 512 differ", len(seen))
	}
}

// Every prompt fits the phone's window in every language, also at twice the size
// of text: what can be pressed lies in it and is large enough. They are compared
// with the pictures kept of them; with -gallery all are saved.
func TestGallery(t *testing.T) {
	long := payment
	long.Shop, long.Notice, long.Amount = "A Shop With the Longest Name That a Certificate ", trusted.NoticeLast, 99999999
	locked := trusted.Prompt{Mark: mark, Notice: trusted.NoticeLocked, Locked: time.Hour}
	prompts := map[string]struct {
		p     *prompt
		build func(*Screen)
	}{
		"pin":     {&prompt{Prompt: trusted.Prompt{Purpose: trusted.ToUnlock, Mark: mark}}, (*Screen).buildPIN},
		"pay":     {&prompt{Prompt: payment}, (*Screen).buildPIN},
		"long":    {&prompt{Prompt: long}, (*Screen).buildPIN},
		"choose":  {&prompt{Prompt: trusted.Prompt{Purpose: trusted.ToChoose, Notice: trusted.NoticeGuessable}}, (*Screen).buildPIN},
		"confirm": {&prompt{Prompt: payment}, (*Screen).buildConfirm},
		"replace": {&prompt{Prompt: replacing}, (*Screen).buildPIN},
		"clock":   {&prompt{Prompt: trusted.Prompt{Purpose: trusted.ToTrustClock, Mark: mark, Notice: trusted.NoticeLast}}, (*Screen).buildPIN},
		"send":    {&prompt{Prompt: sending}, (*Screen).buildPIN},
		"number":  {&prompt{Prompt: ownCard}, (*Screen).buildNumber},
		"locked":  {&prompt{Prompt: locked}, (*Screen).buildLocked},
		"mark":    {&prompt{mark: mark}, (*Screen).buildMark},
	}
	for look, a := range map[string]widgets.Appearance{"": {}, "-contrast": {HighContrast: true}, "-large": {TextScale: 2}} {
		for _, language := range []string{"en", "zh", "de"} {
			g := newGlass(t, language, a)
			now := time.Date(2026, 11, 22, 9, 41, 30, 0, time.Local)
			g.now = func() time.Time { return now }
			for name, c := range prompts {
				whole := language + look + "-" + name
				if !golden.Wanted(whole) {
					continue
				}
				c.p.until = now.Add(40 * time.Second)
				g.stage.Do(func() { g.prompt = c.p; c.build(g.Screen); g.Tick() })
				shot := g.stage.Snapshot()
				if len(shot.Targets) == 0 {
					t.Errorf("%s %s%s: nothing can be pressed", name, language, look)
				}
				for id, at := range shot.Targets {
					if strings.HasPrefix(id, "notice.") {
						continue // it is read, not pressed
					}
					if at.Width < int(widgets.Touch) || at.Height < int(widgets.Touch) {
						t.Errorf("%s %s%s: %s is %d by %d", name, language, look, id, at.Width, at.Height)
					}
					if edge := int(frameWidth); at.X < edge || at.Y < edge || at.X+at.Width > shot.Width-edge || at.Y+at.Height > shot.Height-edge {
						t.Errorf("%s %s%s: %s lies at %+v of %d by %d", name, language, look, id, at, shot.Width, shot.Height)
					}
				}
				golden.Look(t, whole, g.window, !underRace && (language+look == "en" || sampled[name]))
			}
		}
	}
}

// sampled are the prompts that are compared with the pictures kept of them in other looks than English and dark, where all are.
var sampled = map[string]bool{"long": true, "confirm": true, "mark": true}
