package main

import (
	"errors"
	"strings"
	"testing"

	"countersign/app/program"
	"countersign/protocol/protocoltest"
)

// The other card's number comes on standard input as people write it, and whatever else
// comes is refused without being repeated.
func TestReadNumber(t *testing.T) {
	number := string(protocoltest.CardNumber(t, 4711))
	wrong := number[:15] + string('0'+(number[15]-'0'+1)%10)
	for in, want := range map[string]string{
		number: number, number + "\n": number, " " + number[:4] + " " + number[4:9] + "  " + number[9:] + "\r\nmore": number,
		"": "", "\n" + number: "", wrong + "\n": "", number + strings.Repeat("0", 200): "", "-": "",
	} {
		got, err := readNumber(strings.NewReader(in))
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
		if err != nil && (!errors.Is(err, program.ErrUsage) || strings.Contains(err.Error(), number[:6])) {
			t.Errorf("%q: %v", in, err)
		}
	}
}
