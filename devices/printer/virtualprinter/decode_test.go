package virtualprinter

import (
	"bytes"
	"errors"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// han is the project's font, read as a file: devices import no assets.
func han(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash("../../../assets/fonts/NotoSansSC-Regular-subset.ttf"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// An encoder that was written by somebody else is decoded strictly, and what comes out is what its documents say.
func TestIndependentEncoder(t *testing.T) {
	jobs, err := filepath.Glob("testdata/receiptline/*.bin")
	if err != nil || len(jobs) != 7 {
		t.Fatalf("fixtures %v: %v", jobs, err)
	}
	for _, job := range jobs {
		stem := strings.TrimSuffix(job, ".bin")
		t.Run(filepath.Base(stem), func(t *testing.T) {
			raw, err := os.ReadFile(job)
			if err != nil {
				t.Fatal(err)
			}
			dots := 576
			if name := filepath.Base(stem); name == "qr" || name == "japan" {
				dots = 384
			}
			paper, err := Decode(raw, Options{Dots: dots, Fonts: Fonts{Han: han(t)}})
			if err != nil {
				t.Fatalf("%v; text so far:\n%s", err, paper.Text())
			}
			var picture bytes.Buffer
			if err := png.Encode(&picture, paper.Picture()); err != nil {
				t.Fatal(err)
			}
			if *update {
				write(t, stem+".out", []byte(paper.Text()))
				write(t, stem+".png", picture.Bytes())
			}
			want, err := os.ReadFile(stem + ".out")
			if err != nil || paper.Text() != string(want) {
				t.Errorf("text (%v):\n%s\nwant:\n%s", err, paper.Text(), want)
			}
			same(t, stem+".png", paper.Picture())
			if last := paper.Sheets[len(paper.Sheets)-1]; !last.Cut {
				t.Error("the last sheet was not cut off")
			}
		})
	}
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// same compares a picture with a golden one, dot by dot: compressors differ, dots do not.
func same(t *testing.T, file string, have image.Image) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != have.Bounds() {
		t.Fatalf("%s is %v, what was printed %v", file, want.Bounds(), have.Bounds())
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			r1, _, _, _ := want.At(x, y).RGBA()
			r2, _, _, _ := have.At(x, y).RGBA()
			if r1 != r2 {
				t.Fatalf("%s differs at %d,%d", file, x, y)
			}
		}
	}
}

// What no printer should be sent is refused with the place where it stands.
func TestMistakesAreNamedWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct {
		job    string
		offset int
		what   string
	}{
		"unknown command":         {"ab\x1bz", 2, "unknown command"},
		"unknown control":         {"\x07", 0, "unknown command"},
		"form feed":               {"a\n\x0c", 2, "unknown command"},
		"bar code":                {"\x1dk\x041\x00", 0, "unknown command"},
		"alignment of 3":          {"\x1ba\x03", 0, "ESC a with 03"},
		"size of 9":               {"\x1d!\x08", 0, "GS ! with 08"},
		"code page 99":            {"x\n\x1bt\x63", 2, "ESC t with 63"},
		"cut short":               {"abc\x1dv0\x00\x02\x00\x02\x00\xff", 3, "ends too early"},
		"command cut off":         {"abc\n\x1d", 4, "ends too early"},
		"picture of no width":     {"\x1dv0\x00\x00\x00\x02\x00", 0, "GS v 0 with"},
		"picture too wide":        {"\x1dv0\x00\x50\x00\x01\x00" + strings.Repeat("\xff", 80), 0, "wider than the paper"},
		"picture within a line":   {"a\x1dv0\x00\x01\x00\x01\x00\xff", 1, "within a line"},
		"cut within a line":       {"a\x1dV\x00", 1, "within a line"},
		"alignment within":        {"a\x1ba\x01", 1, "within a line"},
		"half a character":        {"\x1c&\xd6\n", 3, "one only"},
		"half a character, end":   {"\x1c&a\xd6", 3, "ends too early"},
		"no such character":       {"\x1c&\xff", 2, ""},
		"graphics of a wrong sum": {"\x1d(L\x0b\x000p0\x01\x011\x08\x00\x02\x00\xff", 0, "in 1 bytes"},
		"graphics not kept":       {"\x1d(L\x02\x0002", 0, "no picture"},
		"QR code not kept":        {"\x1d(k\x03\x001Q0", 0, "no QR code"},
		"QR module of 17":         {"\x1d(k\x03\x001C\x11", 0, "out of its range"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(c.job), Options{})
			if name == "no such character" { // FF leads no pair and is a space in CP437
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset != c.offset || !strings.Contains(syntax.What, c.what) {
				t.Errorf("error is %v, want offset %d and %q", err, c.offset, c.what)
			}
		})
	}
}

func TestPaperEnds(t *testing.T) {
	if _, err := Decode(bytes.Repeat([]byte("\x1bJ\xff"), 200), Options{}); !errors.Is(err, errRoll) {
		t.Errorf("51 m of paper: %v", err)
	}
}

// Whatever is sent, it is printed or refused: the printer stays whole, and refuses the same the next time.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("\x1b@Total \x1bE1\xd51.00\n\x1dVB\x00"))
	f.Add([]byte("\x1c&\xc4\xe3\x1c.\n\x1bp\x00\x19\xfa"))
	f.Add([]byte("\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x04\x1d(k\x03\x001E0\x1d(k\x05\x001P0ab\x1d(k\x03\x001Q0"))
	f.Add([]byte("\x1dv0\x00\x01\x00\x02\x00\xff\x81\x1d8L\x0c\x00\x00\x000p0\x01\x011\x08\x00\x02\x00\xff\xff\x1d(L\x02\x0002"))
	f.Fuzz(func(t *testing.T, job []byte) {
		paper, err := Decode(job, Options{Dots: 384})
		again, err2 := Decode(job, Options{Dots: 384})
		if (err == nil) != (err2 == nil) || paper.Text() != again.Text() || len(paper.Sheets) != len(again.Sheets) {
			t.Fatalf("printed %q (%v), then %q (%v)", paper.Text(), err, again.Text(), err2)
		}
		var syntax *SyntaxError
		if errors.As(err, &syntax) && (syntax.Offset < 0 || syntax.Offset >= len(job)) {
			t.Fatalf("%v of %d bytes", err, len(job))
		}
	})
}
