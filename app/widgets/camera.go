package widgets

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// CameraPreview shows what the camera sees, with brackets where the code belongs and an outline round a code that was found.
type CameraPreview struct {
	widget.BaseWidget
	frame  *image.RGBA
	found  [4]image.Point
	hasOne bool
	words  string
}

// NewCameraPreview makes an empty preview, which says words (such as "Camera missing") until it is given a frame.
func NewCameraPreview(words string) *CameraPreview {
	p := &CameraPreview{words: words}
	p.ExtendBaseWidget(p)
	return p
}

// SetFrame shows a frame; nil takes the picture away. The frame belongs to the preview until the next SetFrame has returned.
// Only *image.RGBA is taken because Fyne would convert any other kind at each frame.
func (p *CameraPreview) SetFrame(frame *image.RGBA) {
	p.frame = frame
	p.Refresh()
}

// SetFound outlines a symbol by its corners, clockwise in pixels of the frame.
func (p *CameraPreview) SetFound(corners [4]image.Point) {
	p.found, p.hasOne = corners, true
	p.Refresh()
}

// ClearFound takes the outline away.
func (p *CameraPreview) ClearFound() {
	if p.hasOne {
		p.hasOne = false
		p.Refresh()
	}
}

// SetWords changes what is said while there is no frame.
func (p *CameraPreview) SetWords(words string) {
	p.words = words
	p.Refresh()
}

// CreateRenderer is called by Fyne.
func (p *CameraPreview) CreateRenderer() fyne.WidgetRenderer {
	r := &previewRenderer{preview: p, back: canvas.NewRectangle(color.Black), picture: canvas.NewImageFromImage(nil)}
	r.back.CornerRadius = Grid
	r.picture.ScaleMode, r.picture.FillMode = canvas.ImageScaleFastest, canvas.ImageFillStretch
	r.words = NewParagraph(p.words, SizeBody, ColorText, fyne.TextAlignCenter, 240)
	r.objects = []fyne.CanvasObject{r.back, r.picture, r.words}
	for i := range r.brackets {
		r.brackets[i] = canvas.NewLine(color.White)
		r.brackets[i].StrokeWidth = 6
		r.objects = append(r.objects, r.brackets[i])
	}
	for i := range r.outline {
		r.outline[i] = canvas.NewLine(color.White)
		r.outline[i].StrokeWidth = 6
		r.objects = append(r.objects, r.outline[i])
	}
	r.Refresh()
	return r
}

type previewRenderer struct {
	preview  *CameraPreview
	back     *canvas.Rectangle
	picture  *canvas.Image
	words    *Paragraph
	brackets [8]*canvas.Line
	outline  [4]*canvas.Line
	objects  []fyne.CanvasObject
}

func (r *previewRenderer) Destroy()                     {}
func (r *previewRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *previewRenderer) MinSize() fyne.Size           { return fyne.NewSize(240, 180) }

// pictureRect is where the frame lies: all of it, as large as the room allows.
func (r *previewRenderer) pictureRect(room fyne.Size) (fyne.Position, fyne.Size) {
	if r.preview.frame == nil {
		return fyne.Position{}, room
	}
	b := r.preview.frame.Bounds()
	ratio := min(room.Width/float32(b.Dx()), room.Height/float32(b.Dy()))
	size := fyne.NewSize(float32(b.Dx())*ratio, float32(b.Dy())*ratio)
	return fyne.NewPos((room.Width-size.Width)/2, (room.Height-size.Height)/2), size
}

func (r *previewRenderer) Layout(room fyne.Size) {
	r.back.Resize(room)
	at, size := r.pictureRect(room)
	r.picture.Move(at)
	r.picture.Resize(size)
	words := fyne.NewSize(max(room.Width-4*Margin, room.Width/2), room.Height/2)
	lines, fitted := fit(r.words.text, words, r.words.Theme().Size(r.words.size), r.words.style())
	height := float32(len(lines)) * lineHeight(fitted, r.words.style())
	r.words.Resize(fyne.NewSize(words.Width, min(height, room.Height)))
	r.words.Move(fyne.NewPos((room.Width-words.Width)/2, max(0, room.Height-height)/2))
	// Brackets round a square of three quarters of the frame's height: a phone held where the code fills the picture.
	side := min(size.Width, size.Height) * 0.75
	arm := side / 6
	left, top := at.X+(size.Width-side)/2, at.Y+(size.Height-side)/2
	right, bottom := left+side, top+side
	corner := func(i int, x, y, dx, dy float32) {
		place(r.brackets[i], x, y, x+dx, y)
		place(r.brackets[i+1], x, y, x, y+dy)
	}
	corner(0, left, top, arm, arm)
	corner(2, right, top, -arm, arm)
	corner(4, right, bottom, -arm, -arm)
	corner(6, left, bottom, arm, -arm)
	if r.preview.frame == nil {
		return
	}
	b := r.preview.frame.Bounds()
	ratio := size.Width / float32(b.Dx())
	point := func(p image.Point) (float32, float32) {
		return at.X + min(max(float32(p.X-b.Min.X)*ratio, 0), size.Width), at.Y + min(max(float32(p.Y-b.Min.Y)*ratio, 0), size.Height)
	}
	for i, line := range r.outline {
		x1, y1 := point(r.preview.found[i])
		x2, y2 := point(r.preview.found[(i+1)%4])
		place(line, x1, y1, x2, y2)
	}
}

func place(line *canvas.Line, x1, y1, x2, y2 float32) {
	line.Position1, line.Position2 = fyne.NewPos(x1, y1), fyne.NewPos(x2, y2)
}

func (r *previewRenderer) Refresh() {
	p, t := r.preview, r.preview.Theme()
	r.back.FillColor = role(t, ColorSurface)
	r.words.text = p.words
	seen := p.frame != nil
	r.picture.Hidden, r.words.Hidden = !seen, seen
	if seen {
		r.picture.Image = p.frame
	} else {
		r.picture.Image = nil
	}
	for _, line := range r.brackets {
		line.Hidden = !seen
		line.StrokeColor = color.White
	}
	for _, line := range r.outline {
		line.Hidden = !seen || !p.hasOne
		line.StrokeColor = role(t, ColorGo)
	}
	r.Layout(p.Size())
	r.words.Refresh()
	if seen {
		r.picture.Refresh()
	}
	canvas.Refresh(p)
}
