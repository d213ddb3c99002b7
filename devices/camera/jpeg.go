package camera

import (
	"bytes"
	"fmt"
	"image/jpeg"

	"gocv.io/x/gocv"
)

// decodeJPEG decodes one whole JPEG file into to. OpenCV would take any of a dozen formats and up to 2³⁰ pixels,
// and would fill a torn picture up with grey: so the file is looked at here first.
func decodeJPEG(data []byte, to *gocv.Mat) error {
	data = bytes.TrimRight(data, "\x00\r\n") // some cameras pad
	if len(data) < 4 || data[0] != 0xff || data[1] != 0xd8 {
		return fmt.Errorf("%w: not a JPEG file", errBadPicture)
	}
	if data[len(data)-2] != 0xff || data[len(data)-1] != 0xd9 {
		return fmt.Errorf("%w: cut off", errBadPicture)
	}
	head, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%w: %w", errBadPicture, err)
	}
	if w, h := head.Width, head.Height; w < minSide || h < minSide || w > MaxSide || h > MaxSide || w*h > MaxPixels {
		return fmt.Errorf("%w: %d×%d pixels", errBadPicture, w, h)
	}
	if err := gocv.IMDecodeIntoMat(data, gocv.IMReadColor, to); err != nil {
		return fmt.Errorf("%w: %w", errBadPicture, err)
	}
	if to.Empty() || to.Type() != gocv.MatTypeCV8UC3 {
		return fmt.Errorf("%w: no pixels in it", errBadPicture)
	}
	return nil
}
