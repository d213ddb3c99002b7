package trusted

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"unicode"
	"unicode/utf8"
)

// Mark is a picture and a phrase that the owner chose when the PIN was set. Every
// trusted prompt shows it; the client never learns it, so that it cannot draw a
// window that looks like the trusted one.
type Mark struct {
	// Picture is what the picture is drawn from.
	Picture uint32 `json:"picture"`
	// Phrase has 1 to MaxPhrase printable characters.
	Phrase string `json:"phrase"`
}

// MaxPhrase is the greatest length of a mark's phrase, in characters.
const MaxPhrase = 40

// ErrMark says that a phrase cannot be a mark's.
var ErrMark = errors.New("a phrase takes 1 to 40 printable characters")

// Check says whether a mark can be kept. Error: ErrMark.
func (m Mark) Check() error {
	if !utf8.ValidString(m.Phrase) || m.Phrase == "" || utf8.RuneCountInString(m.Phrase) > MaxPhrase {
		return ErrMark
	}
	visible := false
	for _, r := range m.Phrase {
		if !unicode.IsPrint(r) {
			return ErrMark
		}
		visible = visible || r != ' '
	}
	if !visible {
		return ErrMark
	}
	return nil
}

// The words that phrases are made of where nobody keys one: short, plain, and
// unlike one another.
var (
	markColours = [...]string{"amber", "blue", "copper", "golden", "green", "grey", "ivory", "jade", "orange", "pearl", "purple", "red", "rose", "silver", "white", "yellow"}
	markThings  = [...]string{"anchor", "bridge", "candle", "dragon", "engine", "feather", "garden", "harbour", "island", "kettle", "lantern", "mountain", "needle", "orchard", "pigeon", "river"}
)

// NewMark draws a mark at random: one of 2^18 pictures that look different, and of
// 256 phrases.
func NewMark() Mark {
	var b [6]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return Mark{
		Picture: binary.BigEndian.Uint32(b[:]),
		Phrase:  markColours[b[4]%byte(len(markColours))] + " " + markThings[b[5]%byte(len(markThings))],
	}
}
