package virtualprinter

import (
	"image"

	qr "github.com/piglig/go-qr"
)

// enlarged doubles dots, and more, as print heads do.
func enlarged(img *image.Gray, w, h int) *image.Gray {
	if w == 1 && h == 1 {
		return img
	}
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx()*w, b.Dy()*h))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			out.Pix[y*out.Stride+x] = img.Pix[y/h*img.Stride+x/w]
		}
	}
	return out
}

// decorated is a copy, white on black or underlined by so many dots.
func decorated(img *image.Gray, reverse bool, underline int) *image.Gray {
	b := img.Bounds()
	out := image.NewGray(b)
	copy(out.Pix, img.Pix)
	for y := max(b.Dy()-underline, 0); y < b.Dy(); y++ {
		for x := range b.Dx() {
			out.Pix[y*out.Stride+x] = 0
		}
	}
	if reverse {
		for i, v := range out.Pix {
			out.Pix[i] = 255 - v
		}
	}
	return out
}

// bits is a picture of one bit a dot, rows of whole bytes.
func bits(data []byte, width, w, h int) *image.Gray {
	across := (width + 7) / 8
	img := image.NewGray(image.Rect(0, 0, width, len(data)/across))
	for i := range img.Pix {
		img.Pix[i] = 255
		x, y := i%img.Stride, i/img.Stride
		if data[y*across+x/8]&(0x80>>(x%8)) != 0 {
			img.Pix[i] = 0
		}
	}
	return enlarged(img, w, h)
}

// picture prints at the alignment; it is as high as it is, and wider than the paper it is a mistake.
func (m *machine) picture(img *image.Gray) (string, error) {
	b := img.Bounds()
	if b.Dx() > m.room()+7 { // whole bytes may stand over
		return "a picture wider than the paper", nil
	}
	row := m.rows()
	if err := m.feed(b.Dy()); err != nil {
		return "", err
	}
	m.stamp(img, m.left+m.shift(b.Dx()), row)
	return "", nil
}

// graphics keeps a picture (GS ( L, function 112) or prints the one that is kept (50).
func (m *machine) graphics(d []byte, begun bool) (string, error) {
	if d[1] == 112 {
		m.stored = bits(d[10:], little(d[6:8]), int(d[3]), int(d[4]))
		return "", nil
	}
	switch {
	case begun:
		return "a picture within a line", nil
	case m.stored == nil:
		return "no picture is kept that could be printed", nil
	}
	img := m.stored
	m.stored = nil
	return m.picture(img)
}

// qrCode is what GS ( k has been told.
type qrCode struct {
	module int
	level  byte
	text   string
}

func newQRCode() qrCode { return qrCode{module: 3, level: 48} }

// symbol takes a function of GS ( k for QR codes.
func (m *machine) symbol(d []byte, begun bool) (string, error) {
	switch rest := d[2:]; d[1] {
	case 67:
		m.qr.module = int(rest[0])
	case 69:
		m.qr.level = rest[0]
	case 80:
		m.qr.text = string(rest[1:])
	case 81:
		switch {
		case begun:
			return "a QR code within a line", nil
		case m.qr.text == "":
			return "no QR code is kept that could be printed", nil
		}
		return m.draw()
	}
	return "", nil
}

func (m *machine) draw() (string, error) {
	level := []qr.Ecc{qr.Low, qr.Medium, qr.Quartile, qr.High}[m.qr.level-48]
	segments, err := qr.MakeSegments(m.qr.text)
	if err != nil {
		return "QR code: " + err.Error(), nil
	}
	code, err := qr.EncodeSegments(segments, level, qr.MinVersion, qr.MaxVersion, -1, false)
	if err != nil {
		return "QR code: " + err.Error(), nil
	}
	side := code.GetSize()
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = 255
		if code.GetModule(i%side, i/side) {
			img.Pix[i] = 0
		}
	}
	m.codes = append(m.codes, m.qr.text)
	return m.picture(enlarged(img, m.qr.module, m.qr.module))
}
