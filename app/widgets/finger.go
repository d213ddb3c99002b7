package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// FingerProgress is a finger's print in a ring that fills as the image arrives from the sensor.
type FingerProgress struct {
	widget.BaseWidget
	fraction float64
	side     float32
}

// NewFingerProgress makes a ring of at least side by side units; 240 suits a screen, 160 a phone.
func NewFingerProgress(side float32) *FingerProgress {
	p := &FingerProgress{side: side}
	p.ExtendBaseWidget(p)
	return p
}

// SetFraction shows how much was received, 0 to 1; what lies outside is brought within. Steps under one percent
// are not drawn.
func (p *FingerProgress) SetFraction(fraction float64) {
	fraction = min(max(fraction, 0), 1)
	if math.IsNaN(fraction) || fraction == p.fraction || (math.Abs(fraction-p.fraction) < 0.01 && fraction != 0 && fraction != 1) {
		return
	}
	p.fraction = fraction
	p.Refresh()
}

// Fraction is what is shown.
func (p *FingerProgress) Fraction() float64 { return p.fraction }

// CreateRenderer is called by Fyne.
func (p *FingerProgress) CreateRenderer() fyne.WidgetRenderer {
	return &inset{object: drawing(p.layers), min: fyne.NewSquareSize(p.side)}
}

func (p *FingerProgress) layers() []layer {
	t := p.Theme()
	ink := role(t, ColorText)
	layers := []layer{{role(t, ColorSurface), disc(0.5, 0.5, 0.42)}, {role(t, ColorOutline), ring(0.5, 0.5, 0.455, 0.03)}}
	if p.fraction > 0 {
		layers = append(layers, layer{role(t, ColorGo), intersect(ring(0.5, 0.5, 0.455, 0.07), sector(p.fraction))})
	}
	return append(layers, layer{ink, fingerprint()})
}

// fingerprint is a loop of ridges: arches over one another, each open at the bottom.
func fingerprint() shape {
	const width = 0.028
	var ridges []shape
	for i := range 5 {
		radius := 0.045 + 0.05*float64(i)
		bottom := 0.62 + 0.012*float64(i)
		if i > 2 {
			bottom -= 0.045 * float64(i-2)
		}
		ridges = append(ridges, arch(0.5, 0.46, radius, bottom, width))
	}
	ridges = append(ridges, stroke(0.5, 0.47, 0.5, 0.66, width))
	return union(ridges...)
}

// arch is a half circle over (cx, cy) whose ends run straight down to bottom.
func arch(cx, cy, radius, bottom, width float64) shape {
	legs := union(stroke(cx-radius, cy, cx-radius, bottom, width), stroke(cx+radius, cy, cx+radius, bottom, width))
	line := ring(cx, cy, radius, width)
	return func(x, y float64) float64 {
		if y <= cy {
			return line(x, y)
		}
		return legs(x, y)
	}
}
