package iso7816

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCommandCases(t *testing.T) {
	long := strings.Repeat("AB", 255)
	for name, tc := range map[string]struct {
		apdu string
		lc   int
		le   int
	}{
		"case 1":                 {"80 50 01 02", 0, 0},
		"case 2":                 {"00 C0 00 00 1C", 0, 28},
		"case 2, all":            {"00 C0 00 00 00", 0, 256},
		"case 3":                 {"90 52 00 00 03 010203", 3, 0},
		"case 4":                 {"00 A4 04 00 05 F000000001 10", 5, 16},
		"case 4, all":            {"00 A4 04 00 05 F000000001 00", 5, 256},
		"longest":                {"80 52 00 00 FF " + long + " 00", 255, 256},
		"longest without answer": {"80 52 00 00 FF " + long, 255, 0},
	} {
		t.Run(name, func(t *testing.T) {
			apdu := unhex(t, tc.apdu)
			c, err := ParseCommand(apdu)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Data) != tc.lc || c.Le != tc.le {
				t.Errorf("%d bytes, Le %d; want %d, %d", len(c.Data), c.Le, tc.lc, tc.le)
			}
			if again, err := c.Encode(); err != nil || !bytes.Equal(again, apdu) {
				t.Errorf("encodes to %X, %v", again, err)
			}
		})
	}
}

func TestCommandRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		apdu string
		want error
	}{
		"nothing":               {"", ErrLength},
		"three bytes":           {"00A404", ErrLength},
		"data short":            {"00A40400 05 F0000000", ErrLength},
		"data long":             {"00A40400 05 F000000001 00 00", ErrLength},
		"Lc without data":       {"00A40400 05 F0", ErrLength},
		"extended case 2":       {"00C00000 000100", ErrExtended},
		"extended case 3":       {"80520000 000001 AB", ErrExtended},
		"extended, long":        {"80520000 000400" + strings.Repeat("AB", 1024), ErrExtended},
		"longer than any":       {"80520000 FF" + strings.Repeat("AB", 300), ErrLength},
		"class FF":              {"FFCA0000 00", ErrClass},
		"instruction 6x":        {"80600000", ErrInstruction},
		"instruction 9x":        {"80900000", ErrInstruction},
		"Le of two bytes, zero": {"80520000 0000", ErrExtended},
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := ParseCommand(unhex(t, tc.apdu)); !errors.Is(err, tc.want) {
				t.Errorf("%v, %v; want %v", c, err, tc.want)
			}
		})
	}
	for name, c := range map[string]Command{
		"too much data": {Data: make([]byte, 256)},
		"Le negative":   {Le: -1},
		"Le too large":  {Le: 257},
		"class FF":      {CLA: 0xFF},
		"instruction":   {INS: 0x61},
	} {
		if raw, err := c.Encode(); err == nil {
			t.Errorf("%s: encodes to %X", name, raw)
		}
	}
}

func TestResponses(t *testing.T) {
	for name, tc := range map[string]struct {
		apdu string
		want error
	}{
		"done":                  {"9000", nil},
		"done with data":        {"0102 9000", nil},
		"more":                  {"0102 6110", nil},
		"warning with data":     {"0102 6282", nil},
		"refused":               {"6982", nil},
		"longest":               {strings.Repeat("00", 256) + "9000", nil},
		"nothing":               {"", ErrLength},
		"one byte":              {"90", ErrLength},
		"too long":              {strings.Repeat("00", 257) + "9000", ErrLength},
		"no such word":          {"0000", ErrStatus},
		"null procedure byte":   {"6000", ErrStatus},
		"word of another world": {"A000", ErrStatus},
		"data beside an error":  {"01 6A82", ErrStatus},
	} {
		t.Run(name, func(t *testing.T) {
			apdu := unhex(t, tc.apdu)
			r, err := ParseResponse(apdu)
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			if err != nil {
				return
			}
			if again, err := r.Encode(); err != nil || !bytes.Equal(again, apdu) {
				t.Errorf("encodes to %X, %v", again, err)
			}
		})
	}
	for name, r := range map[string]Response{
		"too much":          {Data: make([]byte, 257), SW: OK},
		"no word":           {SW: 0},
		"data and an error": {Data: []byte{1}, SW: NotFound},
	} {
		if raw, err := r.Encode(); err == nil {
			t.Errorf("%s: encodes to %X", name, raw)
		}
	}
}

func TestStatus(t *testing.T) {
	if n, ok := Status(0x6100).More(); n != 256 || !ok {
		t.Errorf("6100: %d, %t", n, ok)
	}
	if More(300) != 0x6100 || More(255) != 0x61FF || More(1) != 0x6101 {
		t.Error("61xx is not made as it is read")
	}
	if n, ok := WrongLe(256).WrongLe(); n != 256 || !ok {
		t.Errorf("6C00: %d, %t", n, ok)
	}
	for s, want := range map[Status]string{OK: "9000 done", 0x6110: "6110 16 more bytes", 0x6C05: "6C05 wrong Le, 5 bytes are there",
		NotFound: "6A82 application not found", 0x9123: "9123"} {
		if s.String() != want {
			t.Errorf("%q, want %q", s.String(), want)
		}
	}
	for s, want := range map[Status]bool{OK: false, 0x6110: false, 0x6282: false, 0x6300: false, 0x6400: true, NotFound: true, 0x6F00: true} {
		if s.IsError() != want {
			t.Errorf("%v is an error: %t", s, !want)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{"80500102", "00C0000000", "90520000 03 010203", "00A40400 05 F000000001 00", "80520000 000400"} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, apdu []byte) {
		c, err := ParseCommand(apdu)
		if err != nil {
			return
		}
		if again, err := c.Encode(); err != nil || !bytes.Equal(again, apdu) {
			t.Fatalf("%X encodes to %X, %v", apdu, again, err)
		}
	})
}

func FuzzParseResponse(f *testing.F) {
	for _, seed := range []string{"9000", "01029000", "016110", "6A82", "016A82", "90"} {
		f.Add(unhex(f, seed))
	}
	f.Fuzz(func(t *testing.T, apdu []byte) {
		r, err := ParseResponse(apdu)
		if err != nil {
			return
		}
		if again, err := r.Encode(); err != nil || !bytes.Equal(again, apdu) {
			t.Fatalf("%X encodes to %X, %v", apdu, again, err)
		}
	})
}
