package scene

import (
	"encoding/hex"
	"testing"

	"countersign/app/demo/air"
)

// What names a card is found in a recording, however it is written; and what does not
// is not.
func TestSilent(t *testing.T) {
	const markText = "00112233445566778899aabbccddeeff"
	book := CardBook{Mark: markText, Ending: "4685"}
	mark, _ := hex.DecodeString(markText)
	packed, _ := hex.DecodeString("9156000000004685")
	crooked, _ := hex.DecodeString("f9156000000004685f")
	selection := append([]byte("\x6f\x22\x84\x07\xf0CS1TAP and a nonce"), 0x90, 0)
	for _, c := range []struct {
		name  string
		heard []air.Exchange
		total int // 0: not silent
	}{
		{"a SELECT and a refusal", []air.Exchange{{Command: []byte{0, 0xA4}, Answer: selection}, {Command: []byte{0x80, 0x50}, Answer: []byte{0x69, 0x82}}}, len(selection) + 2},
		{"data beside GET", []air.Exchange{{Command: []byte{0x80, 0x50}, Answer: []byte{1, 0x90, 0}}}, 0},
		{"the number in digits", []air.Exchange{{Command: []byte{0, 0xA4}, Answer: []byte("xx9156000000004685")}}, 0},
		{"the number packed", []air.Exchange{{Command: []byte{0, 0xA4}, Answer: packed}}, 0},
		{"the number packed across bytes", []air.Exchange{{Command: []byte{0, 0xA4}, Answer: crooked}}, 0},
		{"another card's number", []air.Exchange{{Command: []byte{0, 0xA4}, Answer: []byte("9156000000004686")}}, 16},
		{"the mark", []air.Exchange{{Command: []byte{0, 0xA4}, Answer: append([]byte{1}, mark...)}}, 0},
		{"the wallet's name", []air.Exchange{{Command: []byte{0, 0xA4}, Answer: []byte("W-0001")}}, 0},
	} {
		if total, err := silent(c.heard, book); total != c.total || (err == nil) != (c.total > 0) {
			t.Errorf("%s: %d bytes, %v", c.name, total, err)
		}
	}
	if _, err := silent(nil, CardBook{}); err == nil {
		t.Error("books that do not name the card")
	}
}
