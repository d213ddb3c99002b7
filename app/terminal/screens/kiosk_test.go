package screens

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/devices/camera"
	"countersign/protocol"
)

var kioskSize = fyne.NewSize(1280, 800)

// tap presses a named control as a finger does.
func tap(t *testing.T, k *Kiosk, control string) {
	t.Helper()
	target, there := k.stage.Targets()[control]
	if !there {
		t.Fatalf("no %s on screen %s: %v", control, k.stage.Screen(), k.stage.Targets())
	}
	canvas := k.stage.Window().Canvas()
	scale := canvas.Scale()
	test.TapCanvas(canvas, fyne.NewPos(float32(target.X+target.Width/2)/scale, float32(target.Y+target.Height/2)/scale))
}

func typeKey(k *Kiosk, name fyne.KeyName) {
	k.stage.Window().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: name})
}

func TestKeyedByFinger(t *testing.T) {
	k, who := newTestKiosk(t, "en", widgets.Appearance{}, kioskSize)
	for _, key := range []string{"key.1", "key.7", "key.back", "key.8", "key.00", "charge"} {
		tap(t, k, key)
	}
	if len(who.began) != 1 || who.began[0] != 1800 {
		t.Errorf("began with %v, want 18.00", who.began)
	}
	tap(t, k, "clear")
	tap(t, k, "quick.2")
	tap(t, k, "charge")
	if len(who.began) != 2 || who.began[1] != 5000 {
		t.Errorf("began with %v, want 50.00 the second time", who.began)
	}
}

// The marks of the devices and what else there is to know take two lines: beside the
// language key, not over what is below.
func TestMarksStayInTheirRow(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		k, _ := newTestKiosk(t, language, widgets.Appearance{}, kioskSize)
		k.ShowDevices([]Device{{ID: "network"}, {ID: "camera", Word: "device.camera.missing", Bad: true}, {ID: "sensor"}, {ID: "reader", Word: "device.reader.missing"}})
		for _, name := range []string{"tap-unsent", "amount", "tap-unsent", "tap-unsent-alert", "tap-paid"} {
			k.show(views(t)[name])
			key := k.stage.Targets()["language"]
			top := fyne.CurrentApp().Driver().AbsolutePositionForObject(k.row).Y
			bottom := top + k.row.MinSize().Height
			if scale := k.stage.Window().Canvas().Scale(); top < 0 || bottom > float32(key.Y+key.Height)/scale {
				t.Errorf("%s in %s: the marks reach from %v to %v, the key ends at %v", name, language, top, bottom, float32(key.Y+key.Height)/scale)
			}
		}
	}
}

func TestKeyedByKeyboard(t *testing.T) {
	k, who := newTestKiosk(t, "en", widgets.Appearance{}, kioskSize)
	for _, r := range "7x8,00" { // letters and marks are no keys
		k.stage.Window().Canvas().OnTypedRune()(r)
	}
	typeKey(k, fyne.KeyBackspace)
	typeKey(k, fyne.KeyEnter)
	if len(who.began) != 1 || who.began[0] != 780 {
		t.Fatalf("began with %v, want 7.80", who.began)
	}
	typeKey(k, fyne.KeyEscape)
	if !k.entry.Empty() {
		t.Error("Esc did not clear the amount")
	}
	k.show(sale.View{Stage: sale.Preparing, Amount: 780, Currency: 156, Cancellable: true})
	k.show(sale.View{Stage: sale.Presenting, Amount: 780, Currency: 156, Cancellable: true, Request: views(t)["present"].Request})
	typeKey(k, fyne.KeyEscape)
	if who.cancelled != 1 {
		t.Error("Esc did not cancel the sale")
	}
	k.show(sale.View{Stage: sale.Ended, Ending: sale.Cancelled, Amount: 780, Currency: 156})
	typeKey(k, fyne.KeyReturn)
	if who.dismissed != 1 {
		t.Error("Enter did not begin anew")
	}
	k.show(sale.View{Stage: sale.Idle, Currency: 156})
	if k.stage.Screen() != "amount" || !k.entry.Empty() {
		t.Errorf("on screen %s with %s", k.stage.Screen(), k.entry.Format("en"))
	}
}

// A customer without a readable finger is one key away from paying by PIN, and Enter takes it.
func TestPayByPIN(t *testing.T) {
	k, who := newTestKiosk(t, "en", widgets.Appearance{}, kioskSize)
	k.show(views(t)["finger-or-pin"])
	tap(t, k, "no-finger")
	k.show(views(t)["no-finger-or-pin"])
	tap(t, k, "by-pin")
	typeKey(k, fyne.KeyEnter)
	tap(t, k, "new-sale")
	if who.noFinger != 1 || who.byPIN != 2 || who.dismissed != 1 {
		t.Errorf("heard %+v", who)
	}
	k.show(views(t)["finger"])
	if _, there := k.stage.Targets()["no-finger"]; there {
		t.Error("offered where the shop does not want it")
	}
}

// Zero and too much never reach the till; the cashier is told in words.
func TestAmountRefused(t *testing.T) {
	k, who := newTestKiosk(t, "en", widgets.Appearance{}, kioskSize)
	tap(t, k, "charge")
	if k.said.Text() != "Key an amount above zero." {
		t.Errorf("says %q", k.said.Text())
	}
	for range 14 {
		tap(t, k, "key.9")
	}
	if k.said.Text() == k.book.Say("terminal.amount.hint") || k.said.Text() == "" {
		t.Errorf("too large says %q", k.said.Text())
	}
	tap(t, k, "charge")
	if len(who.began) != 1 || who.began[0] > protocol.MaxMinor {
		t.Errorf("began with %v", who.began)
	}
}

// The language changes in the middle of a sale, and the sale goes on.
func TestLanguageSwitchedInMidSale(t *testing.T) {
	k, _ := newTestKiosk(t, "en", widgets.Appearance{}, kioskSize)
	tap(t, k, "key.5")
	languages := assets.Languages()
	for name, v := range views(t) {
		if !representative(name) {
			continue
		}
		k.show(v)
		for range languages {
			before := k.book.Tag()
			tap(t, k, "language")
			if k.book.Tag() == before {
				t.Fatalf("%s: still %s", name, before)
			}
		}
		if k.book.Tag() != "en" || k.view.Stage != v.Stage {
			t.Errorf("%s: %s in %s", name, k.view.Stage, k.book.Tag())
		}
	}
}

// What the screen shows is the request, at a whole number of pixels a module:
// a camera reads it from the window's pixels. Under the race detector the room laid out for
// it is looked at instead.
func TestCodeOnTheScreenIsTheRequest(t *testing.T) {
	k, _ := newTestKiosk(t, "en", widgets.Appearance{}, kioskSize)
	v := views(t)["present"]
	k.show(v)
	found := 0
	for _, o := range test.LaidOutObjects(k.stage.Window().Content()) {
		q, is := o.(*widgets.ExactQR)
		if !is || !q.Visible() {
			continue
		}
		found++
		if module := int(min(q.Size().Width, q.Size().Height)) / (q.Modules() + 8); q.Modules() == 0 || module < 4 {
			t.Errorf("%d modules in %v: %d pixels each", q.Modules(), q.Size(), module)
		}
	}
	if found != 1 {
		t.Errorf("%d codes are laid out", found)
	}
	if underRace {
		return
	}
	picture := k.stage.Window().Canvas().Capture()
	codes, err := camera.Decode(grey(picture))
	for again := 0; again < 20 && err == nil && len(codes) == 0; again++ { // a picture is given up after a time, which a busy machine may take elsewhere
		codes, err = camera.Decode(grey(picture))
	}
	if err != nil || len(codes) != 1 || codes[0].Text != v.Request {
		t.Errorf("%d codes, %v", len(codes), err)
	}
}

// A finger's progress moves the ring and does not build the screen anew.
func TestFingerProgress(t *testing.T) {
	k, _ := newTestKiosk(t, "en", widgets.Appearance{}, kioskSize)
	v := views(t)["reading"]
	k.show(v)
	ring := k.ring
	v.Finger.Fraction = 0.7
	k.show(v)
	if k.ring != ring || k.ring.Fraction() != 0.7 {
		t.Errorf("ring at %v, anew %v", k.ring.Fraction(), k.ring != ring)
	}
}

func TestCountdown(t *testing.T) {
	k, _ := newTestKiosk(t, "en", widgets.Appearance{}, kioskSize)
	k.show(views(t)["present"])
	if k.countdown.Text() != "00:52" {
		t.Errorf("says %s", k.countdown.Text())
	}
	k.Now = func() time.Time { return now.Add(50 * time.Second) }
	k.Tick()
	if k.countdown.Text() != "00:02" {
		t.Errorf("says %s", k.countdown.Text())
	}
}

// Every reason a sale can end with has words, in every language.
func TestEveryReasonHasWords(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../sale/reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is || len(spec.Values) != 1 {
			return true
		}
		if kind, is := spec.Type.(*ast.Ident); !is || kind.Name != "Reason" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil || text == "" {
			return true
		}
		found++
		key, known := phrases[sale.Reason(text)]
		if !known {
			t.Errorf("reason %q has no phrase", text)
		}
		for _, l := range assets.Languages() {
			book, err := assets.Phrases(l.Tag)
			if err != nil {
				t.Fatal(err)
			}
			if !book.Has(key+".heading") || !book.Has(key+".text") {
				t.Errorf("reason %q: %s is not in %s", text, key, l.Tag)
			}
		}
		return true
	})
	if found < 25 {
		t.Errorf("only %d reasons found", found)
	}
}
