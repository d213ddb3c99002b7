//go:build linux && cgo

package extraction

import (
	"bytes"
	"errors"
	"image"
	"io"
	"slices"
	"strings"
	"testing"

	"countersign/protocol/minutiae"
)

func TestAnswers(t *testing.T) {
	want := []minutiae.Minutia{{X: 1, Y: 2, Kind: minutiae.Ending, Angle: 63}, {X: 255, Y: 0, Kind: minutiae.Other}}
	b := encodeAnswer(want, nil)
	if got, err := decodeAnswer(b); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for n := range b {
		if got, err := decodeAnswer(b[:n]); !errors.Is(err, errAnswer) {
			t.Errorf("%d of %d bytes: %v, %v", n, len(b), got, err)
		}
	}
	if got, err := decodeAnswer(encodeAnswer(want, errors.New("why "+strings.Repeat("x", 500)))); !errors.Is(err, ErrExtraction) || got != nil ||
		!strings.Contains(err.Error(), "why") || len(err.Error()) > 2*longestReason {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := decodeAnswer(encodeAnswer(nil, nil)); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReadPicture(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 70, 90))
	for i := range g.Pix {
		g.Pix[i] = uint8(i)
	}
	b := append(appendPictureHeader(nil, g), g.Pix...)
	if got, err := readPicture(bytes.NewReader(b)); err != nil || got.Rect != g.Rect || !bytes.Equal(got.Pix, g.Pix) {
		t.Errorf("%v", err)
	}
	if _, err := readPicture(bytes.NewReader(b[:len(b)-1])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	for _, size := range []image.Point{{X: 63, Y: 100}, {X: 100, Y: 801}, {}} {
		h := appendPictureHeader(nil, &image.Gray{Rect: image.Rectangle{Max: size}})
		if _, err := readPicture(bytes.NewReader(h)); !errors.Is(err, ErrPicture) {
			t.Errorf("%v: %v", size, err)
		}
	}
}

func FuzzDecodeAnswer(f *testing.F) {
	f.Add([]byte{})
	f.Add(encodeAnswer([]minutiae.Minutia{{X: 9, Y: 8, Kind: minutiae.Bifurcation, Angle: 7}}, nil))
	f.Add(encodeAnswer(nil, errors.New("no")))
	f.Fuzz(func(t *testing.T, b []byte) {
		found, err := decodeAnswer(b)
		if err == nil && !bytes.Equal(encodeAnswer(found, nil), b) {
			t.Errorf("%x is decoded but not the same again", b)
		}
	})
}

func FuzzReadPicture(f *testing.F) {
	f.Add([]byte("CSP1\x40\x00\x40\x00"))
	f.Add(append([]byte("CSP1\x40\x00\x40\x00"), make([]byte, 64*64)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := readPicture(bytes.NewReader(b))
		if err == nil && !bytes.Equal(append(appendPictureHeader(nil, g), g.Pix...), b[:pictureHeader+len(g.Pix)]) {
			t.Error("not the same again")
		}
	})
}
