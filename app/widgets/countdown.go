package widgets

import (
	"fmt"
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Countdown is the time left, "00:52" over a bar that shortens. In the last ten seconds it takes the colour of attention and
// an exclamation mark. It keeps no clock: whoever owns the time-out sets it.
type Countdown struct {
	widget.BaseWidget
	left, total time.Duration
	scale       typeScale
}

// hurryBelow is when a countdown asks for attention.
const hurryBelow = 10 * time.Second

// NewCountdown makes a countdown that stands at total.
func NewCountdown(total time.Duration) *Countdown {
	c := &Countdown{left: total, total: total}
	c.ExtendBaseWidget(c)
	return c
}

// SetRemaining shows what is left of total; less than nothing counts as nothing. Seconds are rounded up, so that 00:00 means
// that the time is over.
func (c *Countdown) SetRemaining(left, total time.Duration) {
	left = max(left, 0)
	if seconds(left) == seconds(c.left) && total == c.total {
		return
	}
	c.left, c.total = left, total
	c.Refresh()
}

func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// Text is the time as it is written.
func (c *Countdown) Text() string {
	s := seconds(c.left)
	return fmt.Sprintf("%02d:%02d", s/60, s%60)
}

// ScaleText is what a [Stage] makes a screen fit by.
func (c *Countdown) ScaleText(share float32) {
	if c.scale.share != share {
		c.scale.share = share
		c.Refresh()
	}
}

// CreateRenderer is called by Fyne.
func (c *Countdown) CreateRenderer() fyne.WidgetRenderer {
	r := &countdownRenderer{countdown: c, track: canvas.NewRectangle(color.Black), bar: canvas.NewRectangle(color.Black)}
	r.text = canvas.NewText("", color.Black)
	r.text.TextStyle = fyne.TextStyle{Bold: true}
	r.mark = drawing(func() []layer { return markLayers(c.Theme(), Attention) })
	r.track.CornerRadius, r.bar.CornerRadius = 4, 4
	r.Refresh()
	return r
}

type countdownRenderer struct {
	countdown  *Countdown
	text       *canvas.Text
	mark       *canvas.Raster
	track, bar *canvas.Rectangle
}

func (r *countdownRenderer) Destroy() {}
func (r *countdownRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.track, r.bar, r.mark, r.text}
}

func (r *countdownRenderer) MinSize() fyne.Size {
	text := fyne.MeasureText("00:00", r.countdown.scale.size(r.countdown.Theme(), SizeLead), r.text.TextStyle)
	return fyne.NewSize(text.Width+2*(text.Height+Grid), text.Height+2*Grid)
}

func (r *countdownRenderer) Layout(size fyne.Size) {
	c := r.countdown
	r.text.TextSize = c.scale.size(c.Theme(), SizeLead)
	for r.text.TextSize > SmallestText && r.text.MinSize().Height > size.Height-2*Grid+0.5 {
		r.text.TextSize--
	}
	text := r.text.MinSize()
	r.text.Resize(text)
	r.text.Move(fyne.NewPos((size.Width-text.Width)/2, 0))
	side := text.Height * 0.75
	r.mark.Resize(fyne.NewSquareSize(side))
	r.mark.Move(fyne.NewPos((size.Width-text.Width)/2-side-Grid, (text.Height-side)/2))
	r.track.Move(fyne.NewPos(0, text.Height+Grid/2))
	r.track.Resize(fyne.NewSize(size.Width, Grid))
	share := float32(0)
	if c.total > 0 {
		share = min(float32(c.left)/float32(c.total), 1)
	}
	r.bar.Move(r.track.Position())
	r.bar.Resize(fyne.NewSize(size.Width*share, Grid))
}

func (r *countdownRenderer) Refresh() {
	c, t := r.countdown, r.countdown.Theme()
	late := c.left <= hurryBelow
	r.text.Text = c.Text()
	r.text.Color, r.bar.FillColor = role(t, ColorText), role(t, ColorGo)
	if late {
		r.text.Color, r.bar.FillColor = role(t, ColorAttentionText), role(t, ColorAttention)
	}
	r.track.FillColor = role(t, ColorSurfaceDown)
	r.mark.Hidden = !late
	r.bar.Hidden = c.left <= 0
	r.Layout(c.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
	canvas.Refresh(c)
}
