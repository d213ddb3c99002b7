package widgets

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"countersign/protocol/money"
)

var gallery = flag.String("gallery", "", "save the picture of every widget in this folder, to be looked at")

// longGerman are labels as long as a shop's screens can get.
const (
	longGerman   = "Zahlungsvorgang abbrechen und zurück zur Betragseingabe"
	germanPrompt = "Bitte legen Sie denselben Finger flach auf den Fingerabdrucksensor und lassen Sie ihn dort liegen."
)

// widgetsToLookAt makes each widget anew, with the room it is looked at in; a zero room means its own least size.
func widgetsToLookAt() []struct {
	name string
	make func() fyne.CanvasObject
	room fyne.Size
} {
	type entry = struct {
		name string
		make func() fyne.CanvasObject
		room fyne.Size
	}
	cny, german := money.Amount{Minor: 7800, Currency: money.CNY}, money.Amount{Minor: money.MaxMinor, Currency: money.EUR}
	nothing := func() {}
	preview := func(found bool) fyne.CanvasObject {
		p := NewCameraPreview("Kamera nicht angeschlossen")
		p.SetFrame(shopScene())
		if found {
			p.SetFound([4]image.Point{{250, 130}, {420, 150}, {400, 320}, {235, 300}})
		}
		return p
	}
	choices := func(n int) []Choice {
		all := []Choice{{"account.0", "中国银行储蓄卡", "尾号 0366"}, {"account.1", "Prepaid account", "ends in 4242"}, {"account.2", "Sparkassen-Kreditkarte mit sehr langem Namen", "endet auf 1234, läuft im nächsten Monat ab"}, {"account.3", "Credit card", ""}, {"account.4", "Payment account", "ends in 0001"}}
		return all[:n]
	}
	disabled := NewPrimaryAction("Charge", nothing)
	disabled.Disable()
	return []entry{
		{"keypad", func() fyne.CanvasObject { return NewKeypad("Delete", func(Key) {}) }, fyne.NewSize(400, 400)},
		{"keypad-least", func() fyne.CanvasObject { return NewKeypad("Delete", func(Key) {}) }, fyne.Size{}},
		{"key-primary", func() fyne.CanvasObject { return NewPrimaryAction("Charge", nothing) }, fyne.Size{}},
		{"key-leave", func() fyne.CanvasObject { return NewLeaveAction("取消", nothing) }, fyne.Size{}},
		{"key-german", func() fyne.CanvasObject { return NewLeaveAction(longGerman, nothing) }, fyne.Size{}},
		{"key-german-tight", func() fyne.CanvasObject { return NewLeaveAction(longGerman, nothing) }, fyne.NewSize(180, 96)},
		{"key-disabled", func() fyne.CanvasObject { disabled.Refresh(); return disabled }, fyne.NewSize(200, 72)},
		{"actions", func() fyne.CanvasObject {
			return NewActionBar(NewLeaveAction("Cancel", nothing), NewPrimaryAction("Charge", nothing))
		}, fyne.NewSize(800, 72)},
		{"actions-phone-german", func() fyne.CanvasObject {
			return NewActionBar(NewLeaveAction("Abbrechen", nothing), NewPrimaryAction("99.999.999,99 € bezahlen", nothing))
		}, fyne.NewSize(372, 120)},
		{"amount", func() fyne.CanvasObject { return NewAmountDisplay(cny.Parts("en"), fyne.TextAlignTrailing) }, fyne.NewSize(640, 176)},
		{"amount-largest-phone", func() fyne.CanvasObject { return NewAmountDisplay(german.Parts("de"), fyne.TextAlignCenter) }, fyne.NewSize(372, 110)},
		{"amount-least", func() fyne.CanvasObject { return NewAmountDisplay(german.Parts("de"), fyne.TextAlignCenter) }, fyne.Size{}},
		{"camera", func() fyne.CanvasObject { return preview(false) }, fyne.NewSize(480, 360)},
		{"camera-found", func() fyne.CanvasObject { return preview(true) }, fyne.NewSize(480, 400)},
		{"camera-none", func() fyne.CanvasObject { return NewCameraPreview("Kamera nicht angeschlossen") }, fyne.NewSize(320, 240)},
		{"finger-0", func() fyne.CanvasObject { return NewFingerProgress(240) }, fyne.Size{}},
		{"finger-40", func() fyne.CanvasObject { p := NewFingerProgress(240); p.SetFraction(0.4); return p }, fyne.Size{}},
		{"finger-100", func() fyne.CanvasObject { p := NewFingerProgress(240); p.SetFraction(1); return p }, fyne.Size{}},
		{"mark-quiet", func() fyne.CanvasObject { return NewOutcomeMark(Quiet, 160) }, fyne.Size{}},
		{"mark-good", func() fyne.CanvasObject { return NewOutcomeMark(Good, 160) }, fyne.Size{}},
		{"mark-attention", func() fyne.CanvasObject { return NewOutcomeMark(Attention, 160) }, fyne.Size{}},
		{"mark-refusal", func() fyne.CanvasObject { return NewOutcomeMark(Refusal, 160) }, fyne.Size{}},
		{"mark-small", func() fyne.CanvasObject { return NewOutcomeMark(Refusal, 24) }, fyne.Size{}},
		{"countdown", func() fyne.CanvasObject {
			c := NewCountdown(time.Minute)
			c.SetRemaining(52*time.Second, time.Minute)
			return c
		}, fyne.NewSize(320, 72)},
		{"countdown-late", func() fyne.CanvasObject {
			c := NewCountdown(time.Minute)
			c.SetRemaining(7*time.Second, time.Minute)
			return c
		}, fyne.Size{}},
		{"steps", func() fyne.CanvasObject { r := NewStepRow("show", "scan", "finger"); r.SetStep(1); return r }, fyne.NewSize(480, 48)},
		{"steps-german-narrow", func() fyne.CanvasObject {
			r := NewStepRow("Code vorzeigen", "Bezahlcode einlesen", "Finger auflegen")
			r.SetStep(2)
			return r
		}, fyne.NewSize(300, 220)},
		{"status", func() fyne.CanvasObject {
			r := NewStatusRow()
			r.SetStatuses(Status{"network", Quiet, ""}, Status{"camera", Refusal, "Camera missing"}, Status{"sensor", Quiet, ""}, Status{"unsent", Attention, "Without an answer: 1"})
			return r
		}, fyne.NewSize(640, 32)},
		{"choices", func() fyne.CanvasObject { return NewChoiceList(choices(3), 1, "Back", "Next", nil) }, fyne.NewSize(372, 500)},
		{"choices-paged", func() fyne.CanvasObject { return NewChoiceList(choices(5), 0, "Back", "Next", nil) }, fyne.NewSize(372, 420)},
		{"words-heading", func() fyne.CanvasObject { return Heading("No answer yet") }, fyne.NewSize(640, 72)},
		{"words-german", func() fyne.CanvasObject { return Lead(germanPrompt) }, fyne.NewSize(420, 200)},
		{"words-chinese", func() fyne.CanvasObject {
			return Body("请勿重复收款。如果一直没有结果，这笔付款会自动撤销。（单号 000123）")
		}, fyne.NewSize(300, 140)},
		{"words-compound", func() fyne.CanvasObject { return Body("Donaudampfschifffahrtsgesellschaftskapitänsmütze") }, fyne.NewSize(200, 120)},
		{"qr", func() fyne.CanvasObject {
			q := NewExactQR()
			if err := q.SetText(requestText); err != nil {
				panic(err)
			}
			return q
		}, fyne.NewSize(400, 440)},
	}
}

func appearances() map[string]Appearance {
	return map[string]Appearance{
		"dark": {}, "light": {Light: true}, "dark-contrast": {HighContrast: true}, "light-contrast": {Light: true, HighContrast: true},
		"dark-large": {TextScale: 2},
	}
}

// TestNothingIsCut draws every widget, with plain and with twice the text, in the middle of an empty window, at its least size and in the room
// that a screen gives it, and demands that nothing is drawn outside that room and that something is drawn inside. Under the race detector it holds what is laid out to the room.
func TestNothingIsCut(t *testing.T) {
	app := test.NewTempApp(t)
	for look, appearance := range appearances() {
		if *gallery == "" && look != "light" && look != "dark-large" {
			continue // colours move nothing
		}
		app.Settings().SetTheme(NewTheme(appearance))
		ground := role(app.Settings().Theme(), ColorGround)
		for _, entry := range widgetsToLookAt() {
			t.Run(look+"/"+entry.name, func(t *testing.T) {
				object := entry.make()
				room := entry.room
				if !strings.HasSuffix(entry.name, "-tight") { // a layout gives at least what is asked for, which may follow the width
					object.Resize(room)
					room = room.Max(object.MinSize())
				}
				const around = 120
				object.Resize(room)
				object.Move(fyne.NewPos(around, around))
				window := test.NewTempWindow(t, container.NewWithoutLayout(object))
				window.SetPadded(false)
				window.Resize(room.AddWidthHeight(2*around, 2*around))
				if least := object.MinSize(); !strings.HasSuffix(entry.name, "-tight") && (least.Width > room.Width+0.5 || least.Height > room.Height+0.5) {
					t.Errorf("in %v it asks for %v", room, least)
				}
				parts := 0
				walk(object, fyne.Position{}, func(o fyne.CanvasObject, at fyne.Position) {
					parts++
					const over = 4.5 // the ring of the focus stands 4 outside its key, and a line's box outside its letters
					size := o.Size()
					if size.Width > 0 && (at.X < -over || at.Y < -over || at.X+size.Width > room.Width+over || at.Y+size.Height > room.Height+over) {
						t.Errorf("%T lies at %v with %v, outside its room %v", o, at, o.Size(), room)
					}
				})
				if parts == 0 {
					t.Error("nothing is laid out in it")
				}
				if underRace && *gallery == "" {
					return
				}
				picture := window.Canvas().Capture().(*image.NRGBA)
				inside := image.Rect(around, around, around+int(room.Width+0.99), around+int(room.Height+0.99))
				drawn, out := 0, image.Rectangle{}
				bounds := picture.Bounds()
				for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
					for x := bounds.Min.X; x < bounds.Max.X; x++ {
						if picture.NRGBAAt(x, y) == ground {
							continue
						}
						if image.Pt(x, y).In(inside) {
							drawn++
						} else {
							out = out.Union(image.Rect(x, y, x+1, y+1))
						}
					}
				}
				if !out.Empty() {
					t.Errorf("draws at %v, outside its room %v", out, inside)
				}
				if drawn < 40 {
					t.Errorf("draws only %d pixels", drawn)
				}
				save(t, look+"-"+entry.name, picture)
			})
		}
	}
}

// walk visits what is visible inside an object, with its place from the object's corner.
func walk(object fyne.CanvasObject, corner fyne.Position, visit func(fyne.CanvasObject, fyne.Position)) {
	var parts []fyne.CanvasObject
	switch o := object.(type) {
	case *fyne.Container:
		parts = o.Objects
	case fyne.Widget:
		parts = test.WidgetRenderer(o).Objects()
	}
	for _, o := range parts {
		if o.Visible() {
			at := corner.Add(o.Position())
			visit(o, at)
			walk(o, at, visit)
		}
	}
}

func save(t *testing.T, name string, picture image.Image) {
	t.Helper()
	if *gallery == "" {
		return
	}
	file, err := os.Create(filepath.Join(*gallery, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, picture); err != nil {
		t.Fatal(err)
	}
}

// shopScene stands for a camera's frame: a counter and a bright phone before it.
func shopScene() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			c := color.RGBA{uint8(60 + x/8), uint8(70 + y/8), 80, 255}
			if x > 220 && x < 430 && y > 90 && y < 420 {
				c = color.RGBA{235, 235, 240, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}
