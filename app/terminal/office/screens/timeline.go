package screens

import (
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"countersign/app/terminal/office"
	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// stepRows are a sale's steps with bars to scale: a bar begins where the step before was written and ends where this one was.
// The scale is that of the sale until it was decided; what came much later, as a receipt printed once more, has no bar.
func (p *salePage) stepRows() []fyne.CanvasObject {
	steps := p.detail.Steps
	if len(steps) == 0 {
		return nil
	}
	last := len(steps) - 1
	for last > 0 && (steps[last].Event == sale.EventPrinted || steps[last].Event == sale.EventReprinted) {
		last--
	}
	begin, end := steps[0].At, steps[last].At
	if ended := p.detail.Row.Ended; !ended.IsZero() && ended.Before(end) && ended.After(begin) {
		end = ended
	}
	total := end.Sub(begin)
	var rows []fyne.CanvasObject
	for i, s := range steps {
		color := widgets.ColorGo
		switch {
		case s.Reason != "":
			color = widgets.ColorAttention
		case i == 0:
			color = widgets.ColorOutline
		}
		note := s.Note
		if s.Reason != "" {
			heading, _ := office.ReasonWords(p.book, s.Reason, p.rowMoney(p.detail.Row))
			note = strings.TrimPrefix(note+" · "+heading, " · ")
		}
		var bar fyne.CanvasObject = space()
		took := ""
		if i > 0 {
			took = howLong(s.Took, p.book.Tag())
			if total > 0 && !s.At.After(end) {
				from := float32(s.At.Add(-s.Took).Sub(begin)) / float32(total)
				bar = newBar(from, float32(s.Took)/float32(total), color)
			}
		}
		rows = append(rows, across(2*widgets.Grid,
			share(middle(quiet(p.book.TimeSeconds(s.At.In(p.Location)))), 1.1),
			share(two(body(p.book.Say(office.SayEvent(s.Event))), quiet(note)), 3),
			share(bar, 1.7),
			share(middle(words(took, widgets.SizeCaption, widgets.ColorText, fyne.TextAlignTrailing)), 1)))
	}
	return rows
}

// howLong writes how long something took: 12 ms, 0.8 s, 12 s, 2:05 min, 3 h 20.
func howLong(d time.Duration, language string) string {
	switch {
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		text := fmt.Sprintf("%.1f s", d.Seconds())
		if language == "de" {
			text = strings.ReplaceAll(text, ".", ",")
		}
		return text
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d:%02d min", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}

// newBar is a part of a line: from and long are shares of its length.
func newBar(from, long float32, color fyne.ThemeColorName) fyne.CanvasObject {
	track, bar := canvas.NewRectangle(colour(widgets.ColorSurface)), canvas.NewRectangle(colour(color))
	track.CornerRadius, bar.CornerRadius = 3, 3
	return container.New(&barred{from, long}, track, bar)
}

type barred struct{ from, long float32 }

// MinSize is some room.
func (b *barred) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(40, 16) }

// Layout draws even the shortest step three units wide.
func (b *barred) Layout(objects []fyne.CanvasObject, room fyne.Size) {
	const high = 14
	top := (room.Height - high) / 2
	objects[0].Move(fyne.NewPos(0, top))
	objects[0].Resize(fyne.NewSize(room.Width, high))
	width := max(room.Width*b.long, 3)
	objects[1].Move(fyne.NewPos(min(room.Width*b.from, room.Width-width), top))
	objects[1].Resize(fyne.NewSize(width, high))
}
