package extraction

import (
	"fmt"
	"image"

	"golang.org/x/image/draw"
)

const (
	workingDPI = 500
	leastDPI   = 100
	mostDPI    = 2000
	// leastSide and mostSide bound a picture at 500 dpi, in pixels: mindtct
	// needs a few of its blocks; templates reach 25.5 mm, 502 pixels.
	leastSide = 64
	mostSide  = 800
)

// rescale returns a copy of picture at 500 dpi with its rows close together.
func rescale(picture *image.Gray, dpi int) (*image.Gray, error) {
	if picture == nil || dpi < leastDPI || dpi > mostDPI {
		return nil, fmt.Errorf("%w: %d dpi", ErrPicture, dpi)
	}
	size := picture.Rect.Size()
	width, height := (size.X*workingDPI+dpi/2)/dpi, (size.Y*workingDPI+dpi/2)/dpi
	if min(width, height) < leastSide || max(width, height) > mostSide {
		return nil, fmt.Errorf("%w: %d×%d pixels at %d dpi", ErrPicture, size.X, size.Y, dpi)
	}
	scaled := image.NewGray(image.Rect(0, 0, width, height))
	if dpi == workingDPI {
		draw.Copy(scaled, image.Point{}, picture, picture.Rect, draw.Src, nil)
	} else {
		draw.CatmullRom.Scale(scaled, scaled.Rect, picture, picture.Rect, draw.Src, nil)
	}
	return scaled, nil
}
