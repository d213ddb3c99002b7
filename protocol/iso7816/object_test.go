package iso7816

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const selectAnswer = "6F 23 84 08 F0436F756E746572 A5 17 DF01 01 01 DF02 10 000102030405060708090A0B0C0D0E0F"

func TestFileControl(t *testing.T) {
	want := FileControl{Name: unhex(t, "F0436F756E746572"), Proprietary: []Object{
		{0xDF01, []byte{1}}, {0xDF02, unhex(t, "000102030405060708090A0B0C0D0E0F")}}}
	raw, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, unhex(t, selectAnswer)) {
		t.Fatalf("%X", raw)
	}
	got, err := ParseFileControl(raw)
	if err != nil {
		t.Fatal(err)
	}
	if nonce, ok := got.Object(0xDF02); !ok || len(nonce) != 16 || !bytes.Equal(got.Name, want.Name) {
		t.Errorf("%+v", got)
	}
	if _, ok := got.Object(0xDF03); ok {
		t.Error("an object that is not there was found")
	}
}

func TestFileControlRefused(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":                "",
		"another template":       "62 0E 84 05 F000000001 A5 05 DF01 02 0101",
		"something behind":       "6F 0E 84 05 F000000001 A5 05 DF01 02 0101 00",
		"a second template":      "6F 09 84 05 F000000001 A500 6F 00",
		"no own objects":         "6F 07 84 05 F000000001",
		"other order":            "6F 09 A5 00 84 05 F000000001",
		"name too short":         "6F 08 84 04 F0000000 A5 00",
		"name too long":          "6F 15 84 11 F000000000000000000000000000000000 A5 00",
		"object twice":           "6F 11 84 05 F000000001 A5 08 DF01 01 01 DF01 01 01",
		"length not the least":   "6F 81 09 84 05 F000000001 A5 00",
		"length of two bytes":    "6F 82 00 09 84 05 F000000001 A5 00",
		"indefinite length":      "6F 80 84 05 F000000001 A5 00 00 00",
		"length past the end":    "6F 0A 84 05 F000000001 A5 00",
		"tag cut":                "6F 0A 84 05 F000000001 A5 01 DF",
		"length missing":         "6F 0B 84 05 F000000001 A5 02 DF01",
		"tag of three bytes":     "6F 0D 84 05 F000000001 A5 04 DF81 01 00",
		"padding":                "6F 0A 84 05 F000000001 A5 00 00",
		"longer than any answer": "6F 81 FF " + strings.Repeat("00", 300),
		"too many objects":       "6F 2F 84 05 F000000001 A5 26 " + strings.Repeat("C100", 19),
	} {
		t.Run(name, func(t *testing.T) {
			if f, err := ParseFileControl(unhex(t, raw)); !errors.Is(err, ErrObject) {
				t.Errorf("%+v, %v", f, err)
			}
		})
	}
	name := make([]byte, 8)
	for what, f := range map[string]FileControl{
		"no name":       {},
		"twice":         {Name: name, Proprietary: []Object{{0xDF01, nil}, {0xDF01, nil}}},
		"no such tag":   {Name: name, Proprietary: []Object{{0x1F, nil}}},
		"no such tag 2": {Name: name, Proprietary: []Object{{0xDFFF, nil}}},
		"no such tag 3": {Name: name, Proprietary: []Object{{0x8401, nil}}},
		"too much":      {Name: name, Proprietary: []Object{{0xDF01, make([]byte, 254)}}},
		"far too much":  {Name: name, Proprietary: []Object{{0xDF01, make([]byte, 300)}}},
		"too many":      {Name: name, Proprietary: make([]Object, 17)},
	} {
		if raw, err := f.Encode(); err == nil {
			t.Errorf("%s: encodes to %X", what, raw)
		}
	}
}

func FuzzParseObjects(f *testing.F) {
	f.Add(unhex(f, "DF010101 C100 84 81 80"))
	f.Add(unhex(f, selectAnswer))
	f.Fuzz(func(t *testing.T, raw []byte) {
		objects, err := ParseObjects(raw)
		if err != nil {
			return
		}
		if again, err := EncodeObjects(objects...); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%X encodes to %X, %v", raw, again, err)
		}
	})
}

func FuzzParseFileControl(f *testing.F) {
	f.Add(unhex(f, selectAnswer))
	f.Add(unhex(f, "6F 09 84 05 F000000001 A500"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParseFileControl(raw)
		if err != nil {
			return
		}
		if again, err := c.Encode(); err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("%X encodes to %X, %v", raw, again, err)
		}
	})
}
