package widgets

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// StepRow is where the customer stands: "1 show  2 scan  3 finger". Steps done carry a tick, the present one is filled and bold,
// those to come are outlined.
type StepRow struct {
	widget.BaseWidget
	steps   []*markedWord
	current int
}

// NewStepRow makes a row that stands at its first step.
func NewStepRow(words ...string) *StepRow {
	r := &StepRow{}
	for i, word := range words {
		m := newMarkedWord(SizeBody)
		m.word = word
		m.layers = func(t fyne.Theme) []layer { return r.layers(t, i) }
		r.steps = append(r.steps, m)
	}
	r.ExtendBaseWidget(r)
	r.update()
	return r
}

// SetStep makes step i, counted from 0, the present one; len(words) means that all are done.
func (r *StepRow) SetStep(i int) {
	if r.current != i {
		r.current = i
		r.update()
	}
}

// SetWords changes the words, in the same number, to another language's.
func (r *StepRow) SetWords(words ...string) {
	for i := range min(len(words), len(r.steps)) {
		r.steps[i].word = words[i]
	}
	r.update()
}

// ScaleText is what a [Stage] makes a screen fit by.
func (r *StepRow) ScaleText(share float32) {
	for _, m := range r.steps {
		m.ScaleText(share)
	}
}

// Step is the present step.
func (r *StepRow) Step() int { return r.current }

func (r *StepRow) layers(t fyne.Theme, i int) []layer {
	switch {
	case i < r.current:
		return markLayers(t, Good)
	case i == r.current:
		return []layer{{role(t, ColorText), disc(0.5, 0.5, 0.46)}}
	}
	return []layer{{role(t, ColorQuiet), ring(0.5, 0.5, 0.43, 0.06)}}
}

func (r *StepRow) update() {
	for i, m := range r.steps {
		m.digit, m.ink = strconv.Itoa(i+1), ColorQuiet
		m.color, m.bold = ColorQuiet, false
		switch {
		case i < r.current:
			m.digit = ""
		case i == r.current:
			m.ink, m.color, m.bold = ColorGround, ColorText, true
		}
		m.Refresh()
	}
	r.Refresh()
}

// CreateRenderer is called by Fyne.
func (r *StepRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(&flow{gap: Margin, align: fyne.TextAlignCenter}, objects(r.steps)...))
}
