package imager

import (
	"strings"
	"testing"
)

// FuzzFramer: whatever comes and however it is cut, the same texts come out, none too
// long, of printable characters alone.
func FuzzFramer(f *testing.F) {
	f.Add([]byte("CS1P:ABC\r\nnext\x00]Q1third\x03"), uint8(3))
	f.Add([]byte("\x02a\x03\xffb\r"), uint8(1))
	f.Fuzz(func(t *testing.T, line []byte, cut uint8) {
		var whole, cuts framer
		one := whole.take(line)
		var many []string
		step := int(cut) + 1
		for rest := line; len(rest) > 0; rest = rest[min(step, len(rest)):] {
			many = append(many, cuts.take(rest[:min(step, len(rest))])...)
		}
		if strings.Join(one, "\n") != strings.Join(many, "\n") || whole.bad != cuts.bad {
			t.Errorf("%q, cut into pieces of %d %q", one, step, many)
		}
		for _, text := range one {
			if len(text) == 0 || len(text) > MaxText {
				t.Errorf("%d bytes", len(text))
			}
			for _, r := range text {
				if r < ' ' || r > '~' {
					t.Errorf("%q", text)
				}
			}
		}
	})
}
