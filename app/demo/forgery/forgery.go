// Package forgery makes the codes that a cheat would hold to a camera: a request
// whose amount was changed on its way to the phone, and one by a terminal that
// another authority certified. The demonstration shows them to prove that they
// are refused; they are made from what anybody can see, without any party's
// keys.
package forgery

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"time"

	qr "github.com/piglig/go-qr"

	"countersign/devices/camera"
	"countersign/protocol"
)

// signatureLength is that of ES256, the last bytes of every signed message.
const signatureLength = 64

// ErrNoCode says that a picture shows no code with the wanted prefix.
var ErrNoCode = errors.New("no such code to be seen")

// Read returns the text of the code with a prefix in a picture.
func Read(picture image.Image, prefix string) (string, error) {
	gray := image.NewGray(picture.Bounds())
	draw.Draw(gray, gray.Rect, picture, gray.Rect.Min, draw.Src)
	codes, err := camera.Decode(gray)
	if err != nil {
		return "", err
	}
	for _, c := range codes {
		if len(c.Text) > len(prefix) && c.Text[:len(prefix)] == prefix {
			return c.Text, nil
		}
	}
	return "", fmt.Errorf("%w: %s", ErrNoCode, prefix)
}

// Alter changes the amount of a request, given as the text of its code, and
// leaves everything else as it is, the terminal's signature too.
func Alter(text string, amount protocol.Amount) (string, error) {
	genuine, err := protocol.ParseRequestText(text)
	if err != nil {
		return "", fmt.Errorf("read the request: %w", err)
	}
	request := genuine.Unverified()
	request.Amount = amount
	stranger, err := key()
	if err != nil {
		return "", err
	}
	altered, err := protocol.Sign(stranger, request)
	if err != nil {
		return "", fmt.Errorf("alter the request: %w", err)
	}
	raw, signed := append([]byte(nil), altered.Bytes()...), genuine.Bytes()
	copy(raw[len(raw)-signatureLength:], signed[len(signed)-signatureLength:])
	forged, err := protocol.Parse[protocol.Request](raw)
	if err != nil {
		return "", fmt.Errorf("alter the request: %w", err)
	}
	return protocol.RequestText(forged), nil
}

// Imitate makes a request that says what a genuine one says, to the last letter
// of the shop's and the authority's names, with keys of an authority and a
// terminal that nobody knows. It is signed rightly, now.
func Imitate(text string, now time.Time) (string, error) {
	genuine, err := protocol.ParseRequestText(text)
	if err != nil {
		return "", fmt.Errorf("read the request: %w", err)
	}
	authority, err := key()
	if err != nil {
		return "", err
	}
	terminal, err := key()
	if err != nil {
		return "", err
	}
	sealed, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	request := genuine.Unverified()
	certificate := request.Terminal.Unverified()
	if certificate.Holder.Key, err = protocol.NewKey(&terminal.PublicKey); err != nil {
		return "", err
	}
	agreement, err := protocol.NewPoint(sealed.PublicKey())
	if err != nil {
		return "", err
	}
	certificate.Device.Agreement = &agreement
	if request.Terminal, err = protocol.Sign(authority, certificate); err != nil {
		return "", fmt.Errorf("certify a terminal: %w", err)
	}
	request.Scramble, request.Issued = protocol.NewCode(), protocol.At(now)
	forged, err := protocol.Sign(terminal, request)
	if err != nil {
		return "", fmt.Errorf("make a request: %w", err)
	}
	return protocol.RequestText(forged), nil
}

func key() (*ecdsa.PrivateKey, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return k, nil
}

// The size of a drawn code: pixels a module, and the quiet zone of ISO/IEC 18004
// in modules.
const (
	module    = 6
	quietZone = 4
)

// Draw draws a text as a code on white, as a screen would show it.
func Draw(text string) (*image.RGBA, error) {
	segment, err := qr.MakeAlphanumeric(text)
	if err != nil {
		return nil, fmt.Errorf("draw a code: %w", err)
	}
	symbol, err := qr.EncodeSegments([]*qr.QrSegment{segment}, qr.Low, qr.MinVersion, qr.MaxVersion, -1, true)
	if err != nil {
		return nil, fmt.Errorf("draw a code: %w", err)
	}
	side := (symbol.GetSize() + 2*quietZone) * module
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	for y := range symbol.GetSize() {
		for x := range symbol.GetSize() {
			if symbol.GetModule(x, y) {
				at := image.Pt((x+quietZone)*module, (y+quietZone)*module)
				draw.Draw(picture, image.Rectangle{Min: at, Max: at.Add(image.Pt(module, module))}, image.NewUniform(color.Black), image.Point{}, draw.Src)
			}
		}
	}
	return picture, nil
}
