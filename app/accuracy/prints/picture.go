package prints

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// Picture is the picture of a print.
type Picture struct {
	Gray *image.Gray // from (0, 0)
	DPI  int         // as the file says, or 0 where it says nothing believable
}

// Read reads the picture in a file, in grey.
func Read(file string) (Picture, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Picture{}, fmt.Errorf("read print: %w", err)
	}
	var picture image.Image
	var dpi float64
	switch strings.ToLower(filepath.Ext(file)) {
	case ".png":
		dpi = pngResolution(data)
		picture, err = png.Decode(bytes.NewReader(data))
	case ".bmp":
		dpi = bmpResolution(data)
		picture, err = bmp.Decode(bytes.NewReader(data))
	default:
		dpi = tiffResolution(data)
		picture, err = tiff.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return Picture{}, fmt.Errorf("read print %s: %w", file, err)
	}
	p := Picture{Gray: image.NewGray(image.Rectangle{Max: picture.Bounds().Size()}), DPI: believable(dpi)}
	draw.Draw(p.Gray, p.Gray.Rect, picture, picture.Bounds().Min, draw.Src)
	return p, nil
}

// Digest returns the SHA-256 of the picture's width and height (big-endian, four
// bytes each) and its grey values, whatever file they came from.
func (p Picture) Digest() [sha256.Size]byte {
	data := binary.BigEndian.AppendUint32(nil, uint32(p.Gray.Rect.Dx()))
	data = binary.BigEndian.AppendUint32(data, uint32(p.Gray.Rect.Dy()))
	return sha256.Sum256(append(data, p.Gray.Pix...))
}
