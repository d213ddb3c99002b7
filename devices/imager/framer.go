package imager

import "strings"

// The control characters that imagers put round a text (ISO/IEC 646).
const (
	nul, stx, etx, eot, lf, cr = 0, 2, 3, 4, 10, 13
)

// framer cuts what comes over the line into texts.
type framer struct {
	text []byte
	skip bool   // up to the next end: it is too long, or no text
	bad  uint64 // texts dropped
}

// begun says that a text has begun and not ended.
func (f *framer) begun() bool { return len(f.text) > 0 || f.skip }

// take takes bytes and returns the texts that end in them.
func (f *framer) take(p []byte) (texts []string) {
	for _, b := range p {
		switch {
		case b == stx && !f.begun():
		case b == cr, b == lf, b == nul, b == etx, b == eot:
			if text, ok := f.end(); ok {
				texts = append(texts, text)
			}
		case f.skip:
		case b < ' ' || b > '~' || len(f.text) >= MaxText:
			f.skip = true
		default:
			f.text = append(f.text, b)
		}
	}
	return texts
}

// end ends the text that has begun, if there is one that is one.
func (f *framer) end() (string, bool) {
	text, ok := string(f.text), !f.skip && len(f.text) > 0
	if f.skip {
		f.bad++
	}
	f.text, f.skip = f.text[:0], false
	if len(text) > 3 && text[0] == ']' && strings.IndexByte("QACEFGHIKLMNOPRSTUXZcdez", text[1]) >= 0 && text[2] >= '0' && text[2] <= '9' {
		text = text[3:] // an AIM symbology identifier
	}
	return text, ok
}
