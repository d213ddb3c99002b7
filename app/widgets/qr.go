package widgets

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	qr "github.com/piglig/go-qr"
)

// quietZone is the white border, in modules, that ISO/IEC 18004 asks for.
const quietZone = 4

// leastModule is how many units a module takes at least: below three pixels a camera at arm's length no longer reads it.
const leastModule = 3

// ExactQR is a QR symbol of pure black on white, each module the same whole number of physical pixels at any scale, with its
// quiet zone of four modules. It takes the largest symbol that its room allows, in the middle.
type ExactQR struct {
	widget.BaseWidget
	symbol *qr.QrCode
	module int // physical pixels, as last drawn
}

// NewExactQR makes an empty widget; [ExactQR.SetText] fills it.
func NewExactQR() *ExactQR {
	q := &ExactQR{}
	q.ExtendBaseWidget(q)
	return q
}

// SetText shows a text of QR alphanumeric characters (0–9, A–Z, space and $%*+-./:) at error correction level L, or at a
// higher level where that costs no larger symbol. An empty text shows nothing. After an error the widget shows nothing.
func (q *ExactQR) SetText(text string) error {
	symbol, err := encode(text)
	q.symbol = symbol
	if err != nil {
		q.module = 0
	}
	q.Refresh()
	return err
}

func encode(text string) (*qr.QrCode, error) {
	if text == "" {
		return nil, nil
	}
	segment, err := qr.MakeAlphanumeric(text)
	if err != nil {
		return nil, fmt.Errorf("encoding %d characters as QR alphanumeric: %w", len(text), err)
	}
	symbol, err := qr.EncodeSegments([]*qr.QrSegment{segment}, qr.Low, qr.MinVersion, qr.MaxVersion, -1, true)
	if err != nil {
		return nil, fmt.Errorf("encoding %d characters as a QR symbol: %w", len(text), err)
	}
	return symbol, nil
}

// Modules is the symbol's width in modules without its quiet zone: 17 + 4 × version; 0 when nothing is shown.
func (q *ExactQR) Modules() int {
	if q.symbol == nil {
		return 0
	}
	return q.symbol.GetSize()
}

// ModulePixels is how many physical pixels a module took when it was last drawn; 0 before.
func (q *ExactQR) ModulePixels() int { return q.module }

// CreateRenderer is called by Fyne.
func (q *ExactQR) CreateRenderer() fyne.WidgetRenderer {
	r := &qrRenderer{qr: q}
	r.raster = canvas.NewRaster(r.draw)
	r.raster.ScaleMode = canvas.ImageScalePixels
	return r
}

type qrRenderer struct {
	qr     *ExactQR
	raster *canvas.Raster
}

func (r *qrRenderer) Destroy()                     {}
func (r *qrRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.raster} }

func (r *qrRenderer) MinSize() fyne.Size {
	modules := r.qr.Modules()
	if modules == 0 {
		modules = 17 + 4*4
	}
	return fyne.NewSquareSize(float32(modules+2*quietZone) * leastModule)
}

// Layout gives the raster a whole number of physical pixels. Fyne rounds the two edges of an object apart from each other, so
// a raster of any other size is stretched by a pixel at some positions, and one column of modules with it.
func (r *qrRenderer) Layout(room fyne.Size) {
	scale := pixelsPerUnit(r.qr)
	side := int(math.Floor(float64(min(room.Width, room.Height)*scale) + 0.01))
	if across := r.qr.Modules() + 2*quietZone; r.qr.symbol != nil && side >= across {
		side -= side % across
	}
	r.raster.Resize(fyne.NewSquareSize(float32(side) / scale))
	// On the pixel grid of the parent as well, as far as this widget can see to it.
	snap := func(v float32) float32 { return float32(math.Floor(float64(v*scale))) / scale }
	r.raster.Move(fyne.NewPos(snap((room.Width-r.raster.Size().Width)/2), snap((room.Height-r.raster.Size().Height)/2)))
}

func (r *qrRenderer) Refresh() {
	r.Layout(r.qr.Size())
	r.raster.Refresh()
	canvas.Refresh(r.qr)
}

// draw paints the symbol into w by h physical pixels, whole pixels a module whatever they are.
func (r *qrRenderer) draw(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	symbol := r.qr.symbol
	if symbol == nil {
		return img
	}
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	n := symbol.GetSize()
	module := min(w, h) / (n + 2*quietZone)
	r.qr.module = module
	left, top := (w-module*n)/2, (h-module*n)/2
	black := image.NewUniform(color.Black)
	for y := range n {
		for x := range n {
			if symbol.GetModule(x, y) {
				at := image.Rect(left+x*module, top+y*module, left+(x+1)*module, top+(y+1)*module)
				draw.Draw(img, at, black, image.Point{}, draw.Src)
			}
		}
	}
	return img
}

// pixelsPerUnit is the scale of the canvas that shows the object, or, before it is shown, of the program's first window:
// one process has one FYNE_SCALE.
func pixelsPerUnit(o fyne.CanvasObject) float32 {
	c := canvasOf(o)
	if c == nil {
		for _, w := range fyne.CurrentApp().Driver().AllWindows() {
			c = w.Canvas()
			break
		}
	}
	if c == nil {
		return 1
	}
	const far = 8192 // units, so that the rounding to pixels does not show
	x, _ := c.PixelCoordinateForPosition(fyne.NewPos(far, far))
	return max(float32(math.Round(float64(x)/far*1000)/1000), 0.001)
}
