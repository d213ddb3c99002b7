package widgets

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// fullPage is a screen with more words than one should have, in long German.
func fullPage() (page fyne.CanvasObject, prompt *Paragraph, controls []Control) {
	row := NewStatusRow()
	row.SetStatuses(Status{"camera", Refusal, "Kamera nicht angeschlossen"}, Status{"sensor", Quiet, ""},
		Status{"unsent", Attention, "Noch zu senden: 12 · 1.234,50 €"}, Status{"unknown", Attention, "Ohne Antwort: 3"})
	steps := NewStepRow("Code vorzeigen", "Bezahlcode einlesen", "Finger auflegen")
	steps.SetStep(1)
	prompt = Lead(germanPrompt)
	pad := NewKeypad("Letzte Ziffer löschen", func(Key) {})
	choices := NewChoiceList([]Choice{{"account.0", "Sparkassen-Kreditkarte mit sehr langem Namen", "Endziffern 1234"}}, 0, "Zurück", "Weiter", nil)
	bar := NewActionBar(NewLeaveAction(longGerman, nil), NewPrimaryAction("99.999.999,99 € kassieren", nil),
		NewTouchKey("Rückerstattung beginnen", PlainKey, nil), NewTouchKey("Schicht abschließen", PlainKey, nil))
	words := container.NewVBox(Heading("Zahlungsdienst nicht erreichbar"), prompt, steps, NewCountdown(time.Minute), Body(germanPrompt+" "+germanPrompt), choices)
	body := container.New(&grid{columns: 2}, words, container.NewVBox(pad))
	for i, o := range bar.Objects {
		controls = append(controls, Control{fmt.Sprintf("action.%d", i), o})
	}
	return NewPage(row, body, bar), prompt, append(controls, pad.Controls()...)
}

// TestScreensFitAtTwiceTheText: a screen that has not the room for twice its text takes less of it, all of it alike, and nothing is
// cut; one that has the room takes all.
func TestScreensFitAtTwiceTheText(t *testing.T) {
	app := test.NewTempApp(t)
	size := fyne.NewSize(1280, 800)
	for _, scale := range []float32{1, 1.5, 2} {
		app.Settings().SetTheme(NewTheme(Appearance{TextScale: scale, HighContrast: true}))
		window := test.NewTempWindow(t, nil)
		stage := NewStage(window, func(f func()) { f() })
		window.Resize(size)
		page, prompt, controls := fullPage()
		stage.Show("full", page, controls...)
		check := func(when string) {
			t.Helper()
			if least := window.Content().MinSize(); least.Width > size.Width || least.Height > size.Height {
				t.Errorf("%v, %s: it needs %v", scale, when, least)
			}
			walk(page, fyne.Position{}, func(o fyne.CanvasObject, at fyne.Position) {
				const over = 4.5 // the ring of the focus
				if s := o.Size(); s.Width > 0 && (at.X < -over || at.Y < -over || at.X+s.Width > size.Width+over || at.Y+s.Height > size.Height+over) {
					t.Errorf("%v, %s: %T lies at %v with %v", scale, when, o, at, s)
				}
				if p, is := o.(*Paragraph); is && p.Text() != "" && p.FittedSize() < SmallestText {
					t.Errorf("%v, %s: %q is written at %v", scale, when, p.Text(), p.FittedSize())
				}
			})
			for id, at := range stage.Targets() {
				if at.Width < int(Touch) || at.Height < int(Touch) || at.X+at.Width > 1280 || at.Y+at.Height > 800 {
					t.Errorf("%v, %s: %s lies at %+v", scale, when, id, at)
				}
			}
			if len(stage.Targets()) != 16 {
				t.Errorf("%v, %s: %d targets", scale, when, len(stage.Targets()))
			}
		}
		check("shown")
		before := prompt.FittedSize()
		prompt.SetText(germanPrompt + " " + germanPrompt)
		stage.holder.Layout.Layout(stage.holder.Objects, size) // as a canvas does when a part asks for more
		check("with more to say")
		if scale > 1 && (before <= 28*0.8 || prompt.FittedSize() > before) {
			t.Errorf("%v: a prompt is written at %v, with twice the words at %v", scale, before, prompt.FittedSize())
		}

		few := Lead("Bitte warten")
		stage.Show("few", NewPage(nil, few, nil))
		if few.FittedSize() != 28*scale {
			t.Errorf("%v: a screen with room is written at %v", scale, few.FittedSize())
		}
	}
}

// TestEveryWidgetWithWordsScales: what has type of the theme's can be made smaller by a stage.
func TestEveryWidgetWithWordsScales(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(NewTheme(Appearance{TextScale: 2}))
	for _, entry := range widgetsToLookAt() {
		object := entry.make()
		if _, is := object.(*fyne.Container); is {
			continue // passed through
		}
		scaler, is := object.(TextScaler)
		if !is {
			switch object.(type) {
			case *AmountDisplay, *CameraPreview, *FingerProgress, *OutcomeMark, *ExactQR, *RadioMark:
				continue // as large as their room
			}
			t.Errorf("%s cannot be scaled", entry.name)
			continue
		}
		whole := object.MinSize()
		scaler.ScaleText(0.5)
		if half := object.MinSize(); half.Height > whole.Height || half.Width > whole.Width || half == whole && whole.Height > Touch && entry.name != "keypad" && entry.name != "keypad-least" {
			t.Errorf("%s asks for %v, scaled by half for %v", entry.name, whole, half)
		}
		scaler.ScaleText(1)
		if again := object.MinSize(); again != whole {
			t.Errorf("%s asks for %v, and once scaled back for %v", entry.name, whole, again)
		}
	}
}

// TestLinesAsWideAsMeasured: whatever share of the theme's sizes a screen takes, a line is drawn within the width it was wrapped for.
func TestLinesAsWideAsMeasured(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(NewTheme(Appearance{TextScale: 2}))
	for share := float32(0.3); share <= 1; share += 0.03 {
		p := NewParagraph(germanPrompt+" "+germanPrompt, SizeCaption, ColorText, fyne.TextAlignLeading, 480)
		p.ScaleText(share)
		p.Resize(fyne.NewSize(417, 2000))
		lines := 0
		for _, o := range test.WidgetRenderer(p).Objects() {
			text := o.(*canvas.Text)
			if lines++; text.MinSize().Width > 417.5 {
				t.Errorf("at %.2f %q is %v wide, of 417", share, text.Text, text.MinSize().Width)
			}
		}
		if lines < 2 {
			t.Errorf("at %.2f there are %d lines", share, lines)
		}
	}
}
