package widgets

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Choice is one row of a [ChoiceList].
type Choice struct {
	ID     string // stable, names the control: "account.2"
	Title  string
	Detail string // may be empty
}

// ChoiceList is a list of which one is chosen, such as a wallet's accounts. What does not fit is on further pages, turned by
// keys, because touch panels do not scroll on the desktop.
type ChoiceList struct {
	widget.BaseWidget
	rows       []*choiceRow
	chosen     int
	page       int
	back, next *TouchKey
	choose     func(int)
	scale      typeScale
}

// NewChoiceList makes a list in which chosen (-1: none) is marked; choose is told each new choice. back and next are what a
// screen reader says of the keys that turn pages.
func NewChoiceList(choices []Choice, chosen int, back, next string, choose func(int)) *ChoiceList {
	l := &ChoiceList{chosen: chosen, choose: choose}
	for i, c := range choices {
		l.rows = append(l.rows, newChoiceRow(l, i, c))
	}
	l.back = NewTouchKey(back, PlainKey, func() { l.turn(-1) })
	l.next = NewTouchKey(next, PlainKey, func() { l.turn(1) })
	l.back.picture, l.next.picture = chevron(1), chevron(-1)
	l.ExtendBaseWidget(l)
	return l
}

// Chosen is the chosen row, -1 for none.
func (l *ChoiceList) Chosen() int { return l.chosen }

// Choose marks a row as a press does.
func (l *ChoiceList) Choose(i int) {
	if i < 0 || i >= len(l.rows) || i == l.chosen {
		return
	}
	l.chosen = i
	for _, row := range l.rows {
		row.Refresh()
	}
	if l.choose != nil {
		l.choose(i)
	}
}

// Controls names the rows by their IDs, and the page keys page.back and page.next.
func (l *ChoiceList) Controls() []Control {
	list := []Control{{"page.back", l.back}, {"page.next", l.next}}
	for _, row := range l.rows {
		list = append(list, Control{row.choice.ID, row})
	}
	return list
}

func (l *ChoiceList) turn(by int) {
	l.page += by
	l.Refresh()
}

// ScaleText is what a [Stage] makes a screen fit by.
func (l *ChoiceList) ScaleText(share float32) {
	l.scale.share = share
	for _, row := range l.rows {
		row.title.ScaleText(share)
		row.detail.ScaleText(share)
		row.Refresh()
	}
	l.Refresh()
}

// CreateRenderer is called by Fyne.
func (l *ChoiceList) CreateRenderer() fyne.WidgetRenderer {
	return &choiceRenderer{list: l, number: NewParagraph("", SizeBody, ColorQuiet, fyne.TextAlignCenter, 120)}
}

type choiceRenderer struct {
	list   *ChoiceList
	number *Paragraph
}

func (r *choiceRenderer) Destroy() {}

func (r *choiceRenderer) Objects() []fyne.CanvasObject {
	return append(objects(r.list.rows), r.list.back, r.list.next, r.number)
}

// pages deals the rows out to pages of a height: the first row of each.
func (r *choiceRenderer) pages(height float32) []int {
	starts := []int{0}
	y := float32(0)
	for i, row := range r.list.rows {
		h := row.MinSize().Height
		if y > 0 && y+h > height+0.5 {
			starts, y = append(starts, i), 0
		}
		y += h + Grid
	}
	return starts
}

func (r *choiceRenderer) MinSize() fyne.Size {
	width := 3*Touch + 2*Grid
	for _, row := range r.list.rows {
		width = max(width, row.MinSize().Width)
	}
	height := Touch
	if len(r.list.rows) > 0 {
		height = r.list.rows[0].MinSize().Height
	}
	if len(r.list.rows) > 1 {
		height += Grid + Touch
	}
	return fyne.NewSize(width, height)
}

func (r *choiceRenderer) Layout(size fyne.Size) {
	l := r.list
	for _, row := range l.rows { // rows wrap, so their height follows their width
		row.Resize(fyne.NewSize(size.Width, max(row.Size().Height, Touch)))
	}
	room := size.Height
	starts := r.pages(room)
	paged := len(starts) > 1
	if paged {
		room -= Touch + Grid
		starts = r.pages(room)
	}
	pages := len(starts)
	l.page = min(max(l.page, 0), pages-1)
	first, end := starts[l.page], len(l.rows)
	if l.page < pages-1 {
		end = starts[l.page+1]
	}
	top := float32(0)
	for i, row := range l.rows {
		row.Hidden = i < first || i >= end
		if row.Hidden {
			continue
		}
		height := min(row.MinSize().Height, max(room, 0)) // a row higher than the list makes its type smaller
		row.Move(fyne.NewPos(0, top))
		row.Resize(fyne.NewSize(size.Width, height))
		top += height + Grid
	}
	l.back.Hidden, l.next.Hidden, r.number.Hidden = !paged, !paged, !paged
	y := size.Height - Touch
	l.back.Move(fyne.NewPos(0, y))
	l.back.Resize(fyne.NewSquareSize(Touch))
	l.next.Move(fyne.NewPos(size.Width-Touch, y))
	l.next.Resize(fyne.NewSquareSize(Touch))
	setEnabled(l.back, l.page > 0)
	setEnabled(l.next, l.page < pages-1)
	r.number.SetText(fmt.Sprintf("%d / %d", l.page+1, pages))
	middle := lineHeight(l.scale.size(l.Theme(), SizeBody), r.number.style())
	r.number.Resize(fyne.NewSize(max(size.Width-2*(Touch+Grid), 0), min(middle, Touch)))
	r.number.Move(fyne.NewPos(Touch+Grid, y+max(Touch-middle, 0)/2))
}

func setEnabled(k *TouchKey, enabled bool) {
	if enabled {
		k.Enable()
	} else {
		k.Disable()
	}
}

func (r *choiceRenderer) Refresh() {
	r.Layout(r.list.Size())
	canvas.Refresh(r.list)
}

// chevron points left (1) or right (-1).
func chevron(direction float64) func(fyne.Theme, color.NRGBA) []layer {
	return func(_ fyne.Theme, ink color.NRGBA) []layer {
		d := 0.10 * direction
		return []layer{{ink, union(stroke(0.5+d, 0.32, 0.5-d, 0.5, 0.06), stroke(0.5-d, 0.5, 0.5+d, 0.68, 0.06))}}
	}
}
