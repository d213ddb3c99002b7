package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"image"
	"strings"
	"testing"
)

func fromHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The vendor's manuals give these packets byte by byte.
var manual = []struct {
	name string
	line string
	p    Packet
}{
	{"VerifyPassword", "EF01 FFFFFFFF 01 0007 13 00000000 001B", Packet{AnyAddress, Command, []byte{0x13, 0, 0, 0, 0}}},
	{"GetImage", "EF01 FFFFFFFF 01 0003 01 0005", Packet{AnyAddress, Command, []byte{0x01}}},
	{"UpImage", "EF01 FFFFFFFF 01 0003 0A 000E", Packet{AnyAddress, Command, []byte{0x0A}}},
	{"ReadSysPara", "EF01 FFFFFFFF 01 0003 0F 0013", Packet{AnyAddress, Command, []byte{0x0F}}},
	{"ReadProdInfo", "EF01 FFFFFFFF 01 0003 3C 0040", Packet{AnyAddress, Command, []byte{0x3C}}},
	{"done", "EF01 FFFFFFFF 07 0003 00 000A", Packet{AnyAddress, Ack, []byte{0x00}}},
	{"no finger", "EF01 FFFFFFFF 07 0003 02 000C", Packet{AnyAddress, Ack, []byte{0x02}}},
}

func TestPacketsOfTheManual(t *testing.T) {
	for _, m := range manual {
		line := fromHex(t, m.line)
		got, err := Append(nil, m.p)
		if err != nil || !bytes.Equal(got, line) {
			t.Errorf("%s: encoded %x, %v; want %x", m.name, got, err, line)
		}
		var d Decoder
		d.Write(line)
		p, ok, err := d.Next()
		if !ok || err != nil || p.Address != m.p.Address || p.Kind != m.p.Kind || !bytes.Equal(p.Payload, m.p.Payload) {
			t.Errorf("%s: decoded %+v, %v, %v", m.name, p, ok, err)
		}
	}
}

func TestDecoderTakesAnyPieces(t *testing.T) {
	var line []byte
	for _, m := range manual {
		line = append(line, fromHex(t, m.line)...)
	}
	for piece := 1; piece <= len(line); piece++ {
		var d Decoder
		n := 0
		for rest := line; len(rest) > 0; {
			k := min(piece, len(rest))
			d.Write(rest[:k])
			rest = rest[k:]
			for {
				p, ok, err := d.Next()
				if err != nil {
					t.Fatalf("pieces of %d: %v", piece, err)
				}
				if !ok {
					break
				}
				if !bytes.Equal(p.Payload, manual[n].p.Payload) {
					t.Fatalf("pieces of %d: packet %d is %x", piece, n, p.Payload)
				}
				n++
			}
		}
		if n != len(manual) || d.Buffered() != 0 {
			t.Fatalf("pieces of %d: %d packets, %d bytes left", piece, n, d.Buffered())
		}
	}
}

func TestDecoderRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		line string
		want error
	}{
		"first byte":        {"EE", ErrHeader},
		"second byte":       {"EF 02", ErrHeader},
		"garbage":           {"41 54 5A 0D 0A", ErrHeader},
		"unknown kind":      {"EF01 FFFFFFFF 03", ErrKind},
		"no payload":        {"EF01 FFFFFFFF 07 0002 0009", ErrLength},
		"length 0":          {"EF01 FFFFFFFF 07 0000", ErrLength},
		"too long":          {"EF01 FFFFFFFF 02 0103", ErrLength},
		"enormous":          {"EF01 FFFFFFFF 02 FFFF", ErrLength},
		"sum one too small": {"EF01 FFFFFFFF 07 0003 00 0009", ErrChecksum},
		"flipped payload":   {"EF01 FFFFFFFF 07 0003 01 000A", ErrChecksum},
	} {
		var d Decoder
		d.Write(fromHex(t, c.line))
		if p, ok, err := d.Next(); !errors.Is(err, c.want) || ok {
			t.Errorf("%s: %+v, %v, %v; want %v", name, p, ok, err, c.want)
		}
		d.Reset()
		d.Write(fromHex(t, manual[0].line))
		if _, ok, err := d.Next(); !ok || err != nil {
			t.Errorf("%s: after a reset: %v, %v", name, ok, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		p    Packet
		want error
	}{
		"no payload": {Packet{AnyAddress, Data, nil}, ErrLength},
		"too long":   {Packet{AnyAddress, Data, make([]byte, MaxPayload+1)}, ErrLength},
		"kind":       {Packet{AnyAddress, 3, []byte{0}}, ErrKind},
	} {
		if b, err := Append(nil, c.p); !errors.Is(err, c.want) || len(b) != 0 {
			t.Errorf("%s: %x, %v", name, b, err)
		}
	}
}

func TestParameters(t *testing.T) {
	// A ZFM-20 as delivered: 162 templates, security 3, 128 bytes, 57600 baud.
	line := fromHex(t, "0000 0009 00A2 0003 FFFFFFFF 0002 0006")
	want := Parameters{System: 9, Library: 162, Security: 3, Address: AnyAddress, PacketSize: 128, Baud: 57600}
	got, err := ParseParameters(line)
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if b, err := want.Append(nil); err != nil || !bytes.Equal(b, line) {
		t.Errorf("%x, %v", b, err)
	}
	for name, bad := range map[string]string{
		"short": "0000", "packet size": "0000 0009 00A2 0003 FFFFFFFF 0004 0006",
		"baud 0": "0000 0009 00A2 0003 FFFFFFFF 0002 0000", "baud 13": "0000 0009 00A2 0003 FFFFFFFF 0002 000D",
	} {
		if _, err := ParseParameters(fromHex(t, bad)); !errors.Is(err, ErrPayload) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Parameters{PacketSize: 100, Baud: 9600}).Append(nil); !errors.Is(err, ErrPayload) {
		t.Errorf("packet size 100: %v", err)
	}
}

func TestProduct(t *testing.T) {
	want := Product{Width: 192, Height: 192, TemplateBytes: 1536, Templates: 200, Version: [2]byte{1, 2}}
	copy(want.Model[:], "R503")
	copy(want.Serial[:], "12345678")
	b := want.Append(nil)
	got, err := ParseProduct(b)
	if err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ParseProduct(b[1:]); !errors.Is(err, ErrPayload) {
		t.Errorf("short: %v", err)
	}
}

func TestGrey(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 4, 2))
	copy(g.Pix, []byte{0x00, 0xFF, 0x11, 0xAA, 0x22, 0x33, 0x44, 0x55})
	b := PackGrey(nil, g)
	if want := []byte{0x0F, 0x1A, 0x23, 0x45}; !bytes.Equal(b, want) {
		t.Errorf("packed %x, want %x", b, want)
	}
	again, err := UnpackGrey(b, 4, 2)
	if err != nil || !bytes.Equal(again.Pix, g.Pix) {
		t.Errorf("unpacked %v, %v", again, err)
	}
	for _, c := range [][2]int{{4, 3}, {0, 0}, {3, 2}, {-4, -2}} {
		if _, err := UnpackGrey(b, c[0], c[1]); !errors.Is(err, ErrPayload) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func FuzzDecoder(f *testing.F) {
	for _, m := range manual {
		f.Add(fromHex(f, m.line))
	}
	f.Add(fromHex(f, "EF01 FFFFFFFF 02 0102"))
	f.Fuzz(func(t *testing.T, line []byte) {
		var d Decoder
		d.Write(line)
		var again []byte
		for {
			p, ok, err := d.Next()
			if err != nil || !ok {
				break
			}
			if again, err = Append(again, p); err != nil {
				t.Fatalf("decoded %+v, which does not encode: %v", p, err)
			}
		}
		if !bytes.HasPrefix(line, again) {
			t.Fatalf("%x encodes to %x", line, again)
		}
	})
}

func FuzzAnswers(f *testing.F) {
	f.Add(fromHex(f, "0000 0009 00A2 0003 FFFFFFFF 0002 0006"))
	f.Add(Product{Width: 192, Height: 192}.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParseParameters(b); err == nil {
			if again, err := p.Append(nil); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("parameters %x became %x, %v", b, again, err)
			}
		}
		if p, err := ParseProduct(b); err == nil && !bytes.Equal(p.Append(nil), b) {
			t.Fatalf("product %x became %x", b, p.Append(nil))
		}
	})
}
