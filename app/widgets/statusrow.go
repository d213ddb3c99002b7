package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Status is one device or service in a [StatusRow].
type Status struct {
	ID      string  // which one, stable: "camera"
	Meaning Meaning // Quiet when all is well
	Word    string  // said only when Meaning is not Quiet: "Camera missing"
}

// StatusRow is a quiet row of marks, one a device: a small dot while all is well, a triangle or an octagon and a word when not.
type StatusRow struct {
	widget.BaseWidget
	marks []*markedWord
	holds *fyne.Container
	now   []Status
	scale typeScale
}

// NewStatusRow makes an empty row.
func NewStatusRow() *StatusRow {
	r := &StatusRow{holds: container.New(&flow{gap: 2 * Grid, align: fyne.TextAlignTrailing})}
	r.ExtendBaseWidget(r)
	return r
}

// SetStatuses shows these, in this order.
func (r *StatusRow) SetStatuses(list ...Status) {
	r.now = append([]Status(nil), list...)
	for len(r.marks) < len(list) {
		r.marks = append(r.marks, newMarkedWord(SizeCaption))
	}
	r.marks = r.marks[:len(list)]
	for i, s := range list {
		m := r.marks[i]
		m.word, m.color = "", s.Meaning.WordColor()
		if s.Meaning != Quiet {
			m.word = s.Word
		}
		m.scale = r.scale
		m.layers = func(t fyne.Theme) []layer { return markLayers(t, s.Meaning) }
		m.Refresh()
	}
	r.holds.Objects = objects(r.marks)
	r.holds.Refresh()
	r.Refresh()
}

// ScaleText is what a [Stage] makes a screen fit by.
func (r *StatusRow) ScaleText(share float32) {
	r.scale.share = share
	for _, m := range r.marks {
		m.ScaleText(share)
	}
}

// Statuses is what is shown.
func (r *StatusRow) Statuses() []Status { return append([]Status(nil), r.now...) }

// CreateRenderer is called by Fyne.
func (r *StatusRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.holds) }
