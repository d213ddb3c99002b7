package widgets

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// choiceRow is one row: a mark, a title, a detail.
type choiceRow struct {
	widget.BaseWidget
	list    *ChoiceList
	index   int
	choice  Choice
	title   *Paragraph
	detail  *Paragraph
	down    bool
	focused bool
}

var (
	_ fyne.Tappable     = (*choiceRow)(nil)
	_ fyne.Focusable    = (*choiceRow)(nil)
	_ desktop.Mouseable = (*choiceRow)(nil)
)

func newChoiceRow(list *ChoiceList, index int, choice Choice) *choiceRow {
	r := &choiceRow{list: list, index: index, choice: choice}
	if choice.ID == "" {
		r.choice.ID = "choice." + strconv.Itoa(index)
	}
	r.title = NewParagraph(choice.Title, SizeBody, ColorText, fyne.TextAlignLeading, 280)
	r.title.bold = true
	r.detail = NewParagraph(choice.Detail, SizeCaption, ColorQuiet, fyne.TextAlignLeading, 280)
	r.detail.Hidden = choice.Detail == ""
	r.ExtendBaseWidget(r)
	return r
}

func (r *choiceRow) chosen() bool { return r.list.chosen == r.index }

func (r *choiceRow) Tapped(*fyne.PointEvent) { r.list.Choose(r.index) }

func (r *choiceRow) MouseDown(*desktop.MouseEvent) { r.down = true; r.Refresh() }

func (r *choiceRow) MouseUp(*desktop.MouseEvent) { r.down = false; r.Refresh() }

func (r *choiceRow) FocusGained() { r.focused = true; r.Refresh() }

func (r *choiceRow) FocusLost() { r.focused = false; r.Refresh() }

func (r *choiceRow) TypedRune(key rune) {
	if c := canvasOf(r); key != ' ' && c != nil && c.OnTypedRune() != nil {
		c.OnTypedRune()(key)
	}
}

func (r *choiceRow) TypedKey(event *fyne.KeyEvent) {
	if event.Name == fyne.KeySpace {
		r.Tapped(nil)
		return
	}
	if c := canvasOf(r); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(event)
	}
}

func (r *choiceRow) AccessibilityLabel() string { return r.choice.Title + " " + r.choice.Detail }

func (r *choiceRow) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

func (r *choiceRow) CreateRenderer() fyne.WidgetRenderer {
	face := canvas.NewRectangle(color.Black)
	face.CornerRadius = Grid
	mark := drawing(func() []layer {
		t := r.Theme()
		layers := []layer{{role(t, ColorText), ring(0.5, 0.5, 0.42, 0.09)}}
		if r.chosen() {
			layers = append(layers, layer{role(t, ColorGo), disc(0.5, 0.5, 0.26)})
		}
		return layers
	})
	renderer := &choiceRowRenderer{row: r, face: face, mark: mark}
	renderer.Refresh()
	return renderer
}

type choiceRowRenderer struct {
	row  *choiceRow
	face *canvas.Rectangle
	mark *canvas.Raster
}

// Room of a row's mark and paddings.
const (
	rowMark = 32
	rowPad  = 16
)

func (r *choiceRowRenderer) Destroy() {}

func (r *choiceRowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.face, r.mark, r.row.title, r.row.detail}
}

func (r *choiceRowRenderer) heights() (title, detail float32) {
	title = r.row.title.MinSize().Height
	if r.row.detail.Visible() {
		detail = r.row.detail.MinSize().Height
	}
	return title, detail
}

func (r *choiceRowRenderer) MinSize() fyne.Size {
	title, detail := r.heights()
	width := max(r.row.title.MinSize().Width, r.row.detail.MinSize().Width)
	return fyne.NewSize(width+rowMark+3*rowPad, max(Touch, title+detail+2*Grid))
}

func (r *choiceRowRenderer) Layout(size fyne.Size) {
	r.face.Move(fyne.NewSquareOffsetPos(2)) // half of the widest edge's line lies outside its rectangle
	r.face.Resize(size.SubtractWidthHeight(4, 4))
	r.mark.Resize(fyne.NewSquareSize(rowMark))
	r.mark.Move(fyne.NewPos(rowPad, (size.Height-rowMark)/2))
	width := max(size.Width-rowMark-3*rowPad, 1)
	for _, p := range []*Paragraph{r.row.title, r.row.detail} {
		p.Resize(fyne.NewSize(width, p.MinSize().Height))
		p.Resize(fyne.NewSize(width, p.MinSize().Height))
	}
	title, detail := r.heights()
	if over := title + detail + Grid - size.Height; over > 0 { // less room than asked: both shrink their type
		title -= over * title / (title + detail)
		detail = max(size.Height-Grid-title, 0)
		r.row.title.Resize(fyne.NewSize(width, title))
		r.row.detail.Resize(fyne.NewSize(width, detail))
	}
	top := (size.Height - title - detail) / 2
	r.row.title.Move(fyne.NewPos(rowMark+2*rowPad, top))
	r.row.detail.Move(fyne.NewPos(rowMark+2*rowPad, top+title))
}

func (r *choiceRowRenderer) Refresh() {
	t := r.row.Theme()
	r.face.FillColor, r.face.StrokeColor, r.face.StrokeWidth = role(t, ColorSurface), role(t, ColorOutline), 1
	if r.row.down {
		r.face.FillColor = role(t, ColorSurfaceDown)
	}
	if r.row.chosen() {
		r.face.StrokeColor, r.face.StrokeWidth = role(t, ColorGo), 3
	}
	if r.row.focused {
		r.face.StrokeColor, r.face.StrokeWidth = role(t, ColorFocus), 4
	}
	r.Layout(r.row.Size())
	r.mark.Refresh()
	r.row.title.Refresh()
	r.row.detail.Refresh()
	canvas.Refresh(r.row)
}
