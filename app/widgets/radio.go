package widgets

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// RadioState is what a [RadioMark] says.
type RadioState int

// The states. Each has its own shape beside its colour.
const (
	RadioWaiting RadioState = iota // waves
	RadioFound                     // waves that have reached a phone
	RadioOff                       // waves, struck out
)

// RadioMark is the place to hold a phone to: waves that run to a phone, drawn.
type RadioMark struct {
	widget.BaseWidget
	state RadioState
	side  float32
}

// NewRadioMark makes a mark of at least side by side units: 56 in a row, 240 on a screen of its own.
func NewRadioMark(state RadioState, side float32) *RadioMark {
	m := &RadioMark{state: state, side: side}
	m.ExtendBaseWidget(m)
	return m
}

// State is what it says.
func (m *RadioMark) State() RadioState { return m.state }

// CreateRenderer is called by Fyne.
func (m *RadioMark) CreateRenderer() fyne.WidgetRenderer {
	return &inset{object: drawing(m.layers), min: fyne.NewSquareSize(m.side)}
}

func (m *RadioMark) layers() []layer {
	t := m.Theme()
	ink, wave := role(t, ColorText), role(t, ColorText)
	switch m.state {
	case RadioFound:
		wave = role(t, ColorGo)
	case RadioOff:
		ink, wave = role(t, ColorQuiet), role(t, ColorQuiet)
	}
	layers := []layer{{wave, waves()}, {ink, outlinedPhone()}}
	switch m.state {
	case RadioFound:
		layers = append(layers, layer{wave, polygon(0.02, [2]float64{0.66, 0.3}, [2]float64{0.84, 0.3}, [2]float64{0.84, 0.7}, [2]float64{0.66, 0.7})})
	case RadioOff:
		layers = append(layers, layer{role(t, ColorGround), stroke(0.14, 0.92, 0.92, 0.14, 0.15)}, layer{ink, stroke(0.14, 0.92, 0.92, 0.14, 0.06)})
	}
	return layers
}

// waves are three arcs that open to the right.
func waves() shape {
	const x, y, width = 0.02, 0.5, 0.055
	return intersect(union(ring(x, y, 0.2, width), ring(x, y, 0.335, width), ring(x, y, 0.47, width)), wedge(x, y))
}

// wedge is the part of the plane to the right of a point, 45° up and down.
func wedge(cx, cy float64) shape {
	return func(x, y float64) float64 { return (math.Abs(y-cy) - (x - cx)) / math.Sqrt2 }
}

// outlinedPhone is a phone seen from the front.
func outlinedPhone() shape {
	outer := polygon(0.06, [2]float64{0.62, 0.16}, [2]float64{0.88, 0.16}, [2]float64{0.88, 0.84}, [2]float64{0.62, 0.84})
	inner := polygon(0.02, [2]float64{0.62, 0.24}, [2]float64{0.88, 0.24}, [2]float64{0.88, 0.72}, [2]float64{0.62, 0.72})
	return func(x, y float64) float64 { return max(outer(x, y), -inner(x, y)) }
}
