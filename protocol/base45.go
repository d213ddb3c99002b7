package protocol

import (
	"fmt"
	"strings"
)

// base45Alphabet is the alphabet of QR alphanumeric mode (RFC 9285 table 1).
const base45Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// encodeBase45 encodes pairs of bytes in three characters, a single last byte
// in two (RFC 9285 §4).
func encodeBase45(b []byte) string {
	var text strings.Builder
	text.Grow((len(b) + 1) / 2 * 3)
	for ; len(b) >= 2; b = b[2:] {
		n := int(b[0])<<8 | int(b[1])
		text.WriteByte(base45Alphabet[n%45])
		text.WriteByte(base45Alphabet[n/45%45])
		text.WriteByte(base45Alphabet[n/2025])
	}
	if len(b) == 1 {
		text.WriteByte(base45Alphabet[b[0]%45])
		text.WriteByte(base45Alphabet[b[0]/45])
	}
	return text.String()
}

// decodeBase45 is the inverse of encodeBase45. It refuses characters outside
// the alphabet, groups that exceed their bytes, and a single left-over
// character, so that one byte string has one text.
func decodeBase45(text string) ([]byte, error) {
	if len(text)%3 == 1 {
		return nil, fmt.Errorf("%w: Base45 length", ErrMalformed)
	}
	b := make([]byte, 0, len(text)/3*2+1)
	for ; len(text) > 0; text = text[min(3, len(text)):] {
		group := text[:min(3, len(text))]
		n, weight := 0, 1
		for i := range len(group) {
			digit := strings.IndexByte(base45Alphabet, group[i])
			if digit < 0 {
				return nil, fmt.Errorf("%w: character outside Base45", ErrMalformed)
			}
			n += digit * weight
			weight *= 45
		}
		switch {
		case len(group) == 3 && n <= 0xffff:
			b = append(b, byte(n>>8), byte(n))
		case len(group) == 2 && n <= 0xff:
			b = append(b, byte(n))
		default:
			return nil, fmt.Errorf("%w: Base45 group out of range", ErrMalformed)
		}
	}
	return b, nil
}
