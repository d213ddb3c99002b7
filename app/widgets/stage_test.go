package widgets

import (
	"bufio"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"io"
	"sync"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

// drawText renders a text and returns its grey values.
func drawText(t *testing.T, text string, bold bool) []byte {
	t.Helper()
	words := canvas.NewText(text, color.White)
	words.TextSize, words.TextStyle = 48, fyne.TextStyle{Bold: bold}
	window := test.NewTempWindow(t, container.NewWithoutLayout(words))
	window.SetPadded(false)
	window.Resize(fyne.NewSize(72, 72))
	words.Resize(words.MinSize())
	picture := window.Canvas().Capture()
	grey := image.NewGray(picture.Bounds())
	for y := range 72 {
		for x := range 72 {
			grey.Set(x, y, picture.At(x, y))
		}
	}
	return grey.Pix
}

func TestPressesAndKeys(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	var pressed []Key
	var typed []fyne.KeyName
	var runes []rune
	pad := NewKeypad("Delete", func(k Key) { pressed = append(pressed, k) })
	charged := 0
	charge := NewPrimaryAction("Charge", func() { charged++ })
	window := test.NewTempWindow(t, nil)
	stage := NewStage(window, func(f func()) { f() })
	window.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { typed = append(typed, e.Name) })
	window.Canvas().SetOnTypedRune(func(r rune) { runes = append(runes, r) })
	stage.Show("amount", NewPage(nil, pad, NewActionBar(nil, charge)), append(pad.Controls(), Control{"charge", charge})...)
	window.Resize(fyne.NewSize(640, 640))

	targets := stage.Targets()
	if len(targets) != 13 {
		t.Fatalf("%d targets: %v", len(targets), targets)
	}
	for id, at := range targets {
		if at.Width < int(Touch) || at.Height < int(Touch) {
			t.Errorf("%s is only %dx%d", id, at.Width, at.Height)
		}
		for other, o := range targets {
			a, b := image.Rect(at.X-4, at.Y-4, at.X+at.Width+3, at.Y+at.Height+3), image.Rect(o.X-4, o.Y-4, o.X+o.Width+3, o.Y+o.Height+3)
			if id != other && a.Overlaps(b) {
				t.Errorf("%s and %s are closer than 8 pixels: %v %v", id, other, at, o)
			}
		}
	}
	// Jump and tap, by the places that the stage tells.
	for _, id := range []string{"key.7", "key.8", "key.00", "key.back", "key.0", "charge"} {
		at := targets[id]
		test.TapCanvas(window.Canvas(), fyne.NewPos(float32(at.X+at.Width/2), float32(at.Y+at.Height/2)))
	}
	want := []Key{7, 8, KeyDoubleZero, KeyBackspace, 0}
	if len(pressed) != len(want) || charged != 1 {
		t.Fatalf("pressed %v and charged %d times", pressed, charged)
	}
	for i := range want {
		if pressed[i] != want[i] {
			t.Errorf("press %d is %v, want %v", i, pressed[i], want[i])
		}
	}
	// With the focus on a key, Space presses it and everything else reaches the window.
	window.Canvas().Focus(charge)
	charge.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	charge.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	charge.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	charge.TypedRune('7')
	if charged != 2 || len(typed) != 2 || typed[0] != fyne.KeyReturn || typed[1] != fyne.KeyEscape || string(runes) != "7" {
		t.Errorf("charged %d, keys %v, runes %q", charged, typed, string(runes))
	}
	charge.Disable()
	test.Tap(charge)
	if charged != 2 {
		t.Error("a disabled key was pressed")
	}
	// A finger that goes down shows at once; one that slides away leaves nothing pressed.
	key := pad.Controls()[0].Object.(*TouchKey)
	for _, c := range []struct {
		do   func()
		down bool
	}{{func() { key.MouseDown(&desktop.MouseEvent{}) }, true}, {key.MouseOut, false}} {
		if c.do(); key.down != c.down {
			t.Errorf("pressed %v, want %v", key.down, c.down)
		}
	}
	if underRace {
		return
	}
	before := window.Canvas().Capture()
	key.MouseDown(&desktop.MouseEvent{})
	if same(before, window.Canvas().Capture()) {
		t.Error("a pressed key looks like any other")
	}
	key.MouseOut()
	if !same(before, window.Canvas().Capture()) {
		t.Error("a key stays pressed when the finger slid away")
	}
}

func same(a, b image.Image) bool {
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

func TestTargetsInPixels(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	window := test.NewTempWindow(t, nil)
	window.Canvas().(software.WindowlessCanvas).SetScale(1.5)
	stage := NewStage(window, func(f func()) { f() })
	key, hidden, gone := NewPrimaryAction("Pay", nil), NewLeaveAction("Cancel", nil), NewLeaveAction("Gone", nil)
	key.Resize(fyne.NewSize(100, 80))
	key.Move(fyne.NewPos(40, 60))
	hidden.Resize(fyne.NewSize(100, 80))
	hidden.Move(fyne.NewPos(40, 200))
	box := container.NewWithoutLayout(hidden)
	stage.Show("confirm", container.NewWithoutLayout(key, box), Control{"pay", key}, Control{"gone", gone})
	stage.Control("cancel", hidden)
	window.Resize(fyne.NewSize(400, 300))
	if got := stage.Targets(); got["pay"] != (Target{60, 90, 150, 120}) || got["cancel"] != (Target{60, 300, 150, 120}) || len(got) != 2 {
		t.Errorf("targets %v", got)
	}
	box.Hide() // the parent, not the control
	if got := stage.Targets(); len(got) != 1 {
		t.Errorf("with a hidden parent: %v", got)
	}
	stage.Show("whole", key, Control{"tap", key})
	if got := stage.Targets()["tap"]; got != (Target{0, 0, 600, 450}) {
		t.Errorf("a control that is the screen lies at %v", got)
	}
	if shot := stage.Snapshot(); shot.Width != 600 || shot.Height != 450 || shot.Screen != "whole" {
		t.Errorf("snapshot %+v", shot)
	}
}

func TestAnnouncer(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{}))
	window := test.NewTempWindow(t, nil)
	var owner sync.Mutex
	do := func(f func()) { owner.Lock(); defer owner.Unlock(); f() }
	stage := NewStage(window, do)
	reader, writer := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- NewAnnouncer(stage, writer).Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		reader.Close()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	lines := bufio.NewScanner(reader)
	next := func(screen string) announcement {
		t.Helper()
		for lines.Scan() {
			var a announcement
			if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
				t.Fatalf("%s: %v", lines.Text(), err)
			}
			if a.Screen == screen {
				return a
			}
		}
		t.Fatalf("no line for %s: %v", screen, lines.Err())
		return announcement{}
	}
	pad := NewKeypad("Delete", func(Key) {})
	do(func() {
		window.Resize(fyne.NewSize(400, 480))
		stage.SetLanguage("en")
		stage.Show("amount", pad, pad.Controls()...)
	})
	if a := next("amount"); len(a.Targets) != 12 || a.Language != "en" || a.Window != [2]int{400, 480} || a.Targets["key.7"][2] < 72 {
		t.Errorf("announced %+v", a)
	}
	do(func() { stage.Show("outcome", Heading("Paid")) })
	if a := next("outcome"); len(a.Targets) != 0 {
		t.Errorf("announced %+v", a)
	}
	// Nobody need tell of a change in the layout.
	do(func() { stage.Show("amount", pad, pad.Controls()...) })
	first := next("amount")
	do(func() { window.Resize(fyne.NewSize(640, 640)) })
	if second := next("amount"); second.Targets["key.0"] == first.Targets["key.0"] {
		t.Errorf("the same place after the window grew: %v", second.Targets["key.0"])
	}
}
