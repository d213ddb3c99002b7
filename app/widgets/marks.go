package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// Meaning is what a mark or a status says. Each has its own shape beside its colour.
type Meaning int

// The meanings.
const (
	Quiet     Meaning = iota // nothing to tell: a small dot
	Good                     // done, paid: a tick in a disc
	Attention                // do something, wait: an exclamation mark in a triangle
	Refusal                  // no: a cross in an octagon
)

// WordColor is the role in which the meaning's words are written upon the ground.
func (m Meaning) WordColor() fyne.ThemeColorName {
	switch m {
	case Good:
		return ColorGoText
	case Attention:
		return ColorAttentionText
	case Refusal:
		return ColorRefusalText
	}
	return ColorText
}

// OutcomeMark is the large sign of an outcome, drawn, not a character.
type OutcomeMark struct {
	widget.BaseWidget
	meaning Meaning
	side    float32
}

// NewOutcomeMark makes a mark of at least side by side units; an outcome screen takes 160, a row 24.
func NewOutcomeMark(meaning Meaning, side float32) *OutcomeMark {
	m := &OutcomeMark{meaning: meaning, side: side}
	m.ExtendBaseWidget(m)
	return m
}

// SetMeaning changes the mark.
func (m *OutcomeMark) SetMeaning(meaning Meaning) {
	if m.meaning != meaning {
		m.meaning = meaning
		m.Refresh()
	}
}

// Meaning is what it says.
func (m *OutcomeMark) Meaning() Meaning { return m.meaning }

// CreateRenderer is called by Fyne.
func (m *OutcomeMark) CreateRenderer() fyne.WidgetRenderer {
	return &inset{object: drawing(func() []layer { return markLayers(m.Theme(), m.meaning) }), min: fyne.NewSquareSize(m.side)}
}

func markLayers(t fyne.Theme, meaning Meaning) []layer {
	switch meaning {
	case Good:
		return []layer{
			{role(t, ColorGo), disc(0.5, 0.5, 0.48)},
			{role(t, ColorOnGo), union(stroke(0.28, 0.53, 0.44, 0.69, 0.10), stroke(0.44, 0.69, 0.73, 0.35, 0.10))},
		}
	case Attention:
		return []layer{
			{role(t, ColorAttention), polygon(0.06, [2]float64{0.5, 0.10}, [2]float64{0.93, 0.86}, [2]float64{0.07, 0.86})},
			{role(t, ColorOnAttention), union(stroke(0.5, 0.36, 0.5, 0.60, 0.09), disc(0.5, 0.76, 0.055))},
		}
	case Refusal:
		return []layer{
			{role(t, ColorRefusal), polygon(0.02, octagon(0.48)...)},
			{role(t, ColorOnRefusal), union(stroke(0.34, 0.34, 0.66, 0.66, 0.10), stroke(0.66, 0.34, 0.34, 0.66, 0.10))},
		}
	}
	return []layer{{role(t, ColorQuiet), disc(0.5, 0.5, 0.22)}}
}

func octagon(radius float64) [][2]float64 {
	points := make([][2]float64, 8)
	for i := range points {
		angle := (float64(i) + 0.5) * math.Pi / 4
		points[i] = [2]float64{0.5 + radius*math.Cos(angle), 0.5 + radius*math.Sin(angle)}
	}
	return points
}
