package escpos

import (
	"bytes"
	"errors"
	"image"
	"testing"
)

func encoded(t *testing.T, profile string, write func(*Encoder)) []byte {
	t.Helper()
	p, err := ByName(profile)
	if err != nil {
		t.Fatal(err)
	}
	e := NewEncoder(p)
	write(e)
	return e.Bytes()
}

// The bytes as Epson's reference has them.
func TestBytes(t *testing.T) {
	for name, c := range map[string]struct {
		profile string
		write   func(*Encoder)
		want    string
	}{
		"text":                       {"80mm", func(e *Encoder) { e.Text("Aé€"); e.Line() }, "\x1b@A\x1bt\x13\x82\xd5\n"},
		"page kept, then another":    {"80mm", func(e *Encoder) { e.Text("éé—é") }, "\x1b@\x1bt\x13\x82\x82\x1bt\x10\x97\xe9"},
		"nothing has it":             {"80mm-plain", func(e *Encoder) { e.Text("a街b") }, "\x1b@a?b"},
		"Han, and back":              {"80mm-china", func(e *Encoder) { e.Text("a付款b") }, "\x1b@\x1c.a\x1c&\xb8\xb6\xbf\xee\x1c.b"},
		"control characters":         {"80mm", func(e *Encoder) { e.Text("a\x1b\x1dV\x00\u0085b") }, "\x1b@a??V??b"},
		"no-break space":             {"80mm", func(e *Encoder) { e.Text("1\u00a02") }, "\x1b@1 2"},
		"bold, size, align, reverse": {"80mm", func(e *Encoder) { e.Bold(true); e.Size(2, 3); e.Align(Centre); e.Reverse(true) }, "\x1b@\x1bE\x01\x1d!\x12\x1ba\x01\x1dB\x01"},
		"size out of range":          {"80mm", func(e *Encoder) { e.Size(0, 99) }, "\x1b@\x1d!\x07"},
		"feed":                       {"80mm", func(e *Encoder) { e.Feed(300) }, "\x1b@\x1bJ\xff\x1bJ\x2d"},
		"cut":                        {"80mm", func(e *Encoder) { e.Cut() }, "\x1b@\x1dVB\x00"},
		"no cutter":                  {"58mm", func(e *Encoder) { e.Cut() }, "\x1b@\x1bJ\x60"},
		"kick":                       {"80mm", func(e *Encoder) { e.Kick() }, "\x1b@\x1bp\x00\x19\xfa"},
		"picture":                    {"80mm", func(e *Encoder) { _ = e.Picture(image.NewGray(image.Rect(0, 0, 9, 2))) }, "\x1b@\x1dv0\x00\x02\x00\x02\x00\xff\x80\xff\x80"},
		"QR code": {"80mm", func(e *Encoder) { _ = e.QR("HI", 4, LevelM) },
			"\x1b@\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x04\x1d(k\x03\x001E1\x1d(k\x05\x001P0HI\x1d(k\x03\x001Q0"},
	} {
		if have := encoded(t, c.profile, c.write); !bytes.Equal(have, []byte(c.want)) {
			t.Errorf("%s: % x, want % x", name, have, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	p, _ := ByName("58mm")
	e := NewEncoder(p)
	if e.Picture(image.NewGray(image.Rect(0, 0, 385, 1))) == nil {
		t.Error("a picture wider than the paper")
	}
	if e.QR("", 4, LevelL) == nil || e.QR("x", 17, LevelL) == nil {
		t.Error("a QR code of nothing, or with modules of 17 dots")
	}
	if _, err := ByName("plotter"); !errors.Is(err, ErrProfile) {
		t.Errorf("profile: %v", err)
	}
}

// What an installer calls a pin is not what ESC p calls it.
func TestDrawer(t *testing.T) {
	for pin, want := range map[int]string{2: "\x1bp\x00\x19\xfa", 5: "\x1bp\x01\x19\xfa", 0: "", 1: "", -1: "", 6: ""} {
		for _, low := range []bool{false, true} {
			p, err := Profiles()[0].WithDrawer(pin, low)
			if want == "" {
				if !errors.Is(err, ErrDrawerPin) {
					t.Errorf("pin %d: %v", pin, err)
				}
				continue
			}
			e := NewEncoder(p)
			e.Kick()
			if have := string(e.Bytes()); err != nil || have != "\x1b@"+want || p.DrawerOpenLow != low {
				t.Errorf("pin %d: %q, low %v, %v", pin, have, p.DrawerOpenLow, err)
			}
		}
	}
}

// Every byte is an answer to DLE EOT, to GS r, or garbage; never two of them.
func TestAnswersCanBeTold(t *testing.T) {
	for b := range 256 {
		b := byte(b)
		if IsStatus(b) && IsProcessed(b) {
			t.Errorf("%02x is both", b)
		}
		var s Status
		if err := s.Take(AskPrinter, b); (err == nil) != IsStatus(b) || err != nil && !errors.Is(err, ErrGarbled) {
			t.Errorf("%02x is taken with %v", b, err)
		}
	}
	for name, c := range map[string]struct {
		ask    Ask
		answer byte
		want   Status
	}{
		"well":     {AskPrinter, 0x12, Status{}},
		"offline":  {AskPrinter, 0x1a, Status{Offline: true}},
		"drawer":   {AskPrinter, 0x16, Status{DrawerHigh: true}},
		"cover":    {AskOffline, 0x16, Status{CoverOpen: true}},
		"stopped":  {AskOffline, 0x32, Status{PaperOut: true}},
		"cutter":   {AskError, 0x1a, Status{CutterJam: true}},
		"fault":    {AskError, 0x32, Status{Fault: true}},
		"near end": {AskPaper, 0x1e, Status{PaperLow: true}},
		"end":      {AskPaper, 0x7e, Status{PaperLow: true, PaperOut: true}},
	} {
		var s Status
		if err := s.Take(c.ask, c.answer); err != nil || s != c.want || s.Prints() != (c.want == Status{} || name == "drawer" || name == "near end") {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
