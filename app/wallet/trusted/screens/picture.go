package screens

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
)

// inks are the colours of pictures, far apart from one another on white.
var inks = [...]color.NRGBA{
	{0xB0, 0x12, 0x1E, 0xFF}, {0x0B, 0x5C, 0xAD, 0xFF}, {0x0A, 0x6B, 0x3B, 0xFF}, {0x6A, 0x1B, 0x9A, 0xFF},
	{0xA8, 0x4B, 0x00, 0xFF}, {0x00, 0x6D, 0x77, 0xFF}, {0x20, 0x20, 0x20, 0xFF}, {0xAD, 0x14, 0x57, 0xFF},
}

const pictureCells = 5

// filled says whether a cell of a mark's picture is inked: five by five cells, the
// left half mirrored, so that it is remembered as one shape. The cell in the
// middle always is.
func filled(picture uint32, column, row int) bool {
	if column > pictureCells/2 {
		column = pictureCells - 1 - column
	}
	if column == pictureCells/2 && row == pictureCells/2 {
		return true
	}
	return picture>>(uint(column*pictureCells+row))&1 == 1
}

func ink(picture uint32) color.NRGBA { return inks[picture>>15%uint32(len(inks))] }

// newPicture draws a mark's picture as a square of a side.
func newPicture(picture uint32, side float32) fyne.CanvasObject {
	paper := color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
	drawn := canvas.NewRasterWithPixels(func(x, y, w, h int) color.Color {
		cells := pictureCells + 1 // half a cell of paper round it
		column, row := (2*x*cells/max(w, 1)-1)/2, (2*y*cells/max(h, 1)-1)/2
		outside := 2*x*cells < w || 2*y*cells < h || column >= pictureCells || row >= pictureCells
		if outside || !filled(picture, column, row) {
			return paper
		}
		return ink(picture)
	})
	drawn.SetMinSize(fyne.NewSquareSize(side))
	return drawn
}
