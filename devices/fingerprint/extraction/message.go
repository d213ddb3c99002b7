//go:build linux && cgo

package extraction

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"io"

	"countersign/protocol/minutiae"
)

// What is said between a program and its child, all of it little-endian:
//
//	picture  "CSP1" | width uint16 | height uint16 | width × height pixels at 500 dpi
//	answer   0 | count uint16 | count × (x, y, kind, angle uint8)
//	     or  1 | length uint16 | length bytes of text
//
// and then the end of the pipe.
const (
	pictureMagic  = "CSP1"
	pictureHeader = len(pictureMagic) + 4
	answerHeader  = 3
	minutiaLength = 4
	longestReason = 200
)

// errAnswer says that a child answered what is no answer.
var errAnswer = errors.New("the child's answer is none")

// appendPictureHeader appends what goes before the pixels of g.
func appendPictureHeader(b []byte, g *image.Gray) []byte {
	b = append(b, pictureMagic...)
	b = binary.LittleEndian.AppendUint16(b, uint16(g.Rect.Dx()))
	return binary.LittleEndian.AppendUint16(b, uint16(g.Rect.Dy()))
}

// readPicture reads a picture. It is as strict as rescale about its size.
func readPicture(r io.Reader) (*image.Gray, error) {
	var header [pictureHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	width, height := int(binary.LittleEndian.Uint16(header[4:])), int(binary.LittleEndian.Uint16(header[6:]))
	if string(header[:4]) != pictureMagic || min(width, height) < leastSide || max(width, height) > mostSide {
		return nil, fmt.Errorf("%w: % x", ErrPicture, header)
	}
	g := image.NewGray(image.Rect(0, 0, width, height))
	if _, err := io.ReadFull(r, g.Pix); err != nil {
		clear(g.Pix)
		return nil, err
	}
	return g, nil
}

// encodeAnswer encodes minutiae, or why there are none.
func encodeAnswer(found []minutiae.Minutia, failure error) []byte {
	if failure != nil {
		text := failure.Error()
		text = text[:min(len(text), longestReason)]
		return append(binary.LittleEndian.AppendUint16([]byte{1}, uint16(len(text))), text...)
	}
	b := make([]byte, 0, answerHeader+minutiaLength*len(found))
	b = binary.LittleEndian.AppendUint16(append(b, 0), uint16(len(found)))
	for _, m := range found {
		b = append(b, m.X, m.Y, byte(m.Kind), m.Angle)
	}
	return b
}

// longestAnswer is the most bytes that an answer has.
const longestAnswer = answerHeader + minutiaLength*mostMinutiae

// decodeAnswer decodes what a child answered.
func decodeAnswer(b []byte) ([]minutiae.Minutia, error) {
	if len(b) < answerHeader {
		return nil, fmt.Errorf("%w: %d bytes", errAnswer, len(b))
	}
	n, rest := int(binary.LittleEndian.Uint16(b[1:])), b[answerHeader:]
	switch {
	case b[0] == 1 && n == len(rest) && n <= longestReason:
		return nil, fmt.Errorf("%w: %q", ErrExtraction, rest)
	case b[0] != 0 || n > mostMinutiae || len(rest) != n*minutiaLength:
		return nil, fmt.Errorf("%w: %d bytes", errAnswer, len(b))
	}
	found := make([]minutiae.Minutia, n)
	for i := range found {
		m := rest[i*minutiaLength:]
		found[i] = minutiae.Minutia{X: m[0], Y: m[1], Kind: minutiae.Kind(m[2]), Angle: m[3]}
		if m[2] > uint8(minutiae.Bifurcation) || m[3] >= minutiae.AngleSteps {
			clear(found)
			return nil, fmt.Errorf("%w: minutia %d", errAnswer, i)
		}
	}
	return found, nil
}
