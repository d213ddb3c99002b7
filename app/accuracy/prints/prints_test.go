package prints

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

func TestFind(t *testing.T) {
	root := filepath.Join(t.TempDir(), "set")
	for _, name := range []string{
		"1_1.png", "1_2.PNG", "1_2.tif", "x_10.bmp", "note.txt", "1_1.iso", "_1.png", "7.png",
		"a/1_1.tiff", "a/deep/1_1.png", ".hidden/1_1.png", "b/" + Marker, "b/c/left_2.tif", "b/.1_1.png",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bases, err := Find(root)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name   string
		prints [][2]string
		marked bool
	}{
		{"a", [][2]string{{"1", "1"}}, false},
		{"a/deep", [][2]string{{"1", "1"}}, false},
		{"b/c", [][2]string{{"left", "2"}}, true},
		{"set", [][2]string{{"1", "1"}, {"1", "2"}, {"x", "10"}}, false},
	}
	if len(bases) != len(want) {
		t.Fatalf("found %+v", bases)
	}
	for k, w := range want {
		b := bases[k]
		if b.Name != w.name || b.Marked != w.marked || len(b.Prints) != len(w.prints) {
			t.Errorf("found %+v, want %+v", b, w)
			continue
		}
		for i, p := range b.Prints {
			if [2]string{p.Finger, p.Impression} != w.prints[i] {
				t.Errorf("%s: found %+v, want %v", b.Name, p, w.prints[i])
			}
		}
	}
}

func ramp() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, 40, 30))
	for i := range g.Pix {
		g.Pix[i] = uint8(i % 251)
	}
	return g
}

func encoded(t testing.TB, g image.Image) (pngData, bmpData, tiffData []byte) {
	t.Helper()
	var p, b, f bytes.Buffer
	for _, err := range []error{png.Encode(&p, g), bmp.Encode(&b, g), tiff.Encode(&f, g, nil)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return p.Bytes(), b.Bytes(), f.Bytes()
}

// withPHYs puts a pHYs chunk after a PNG's header.
func withPHYs(data []byte, perMetre uint32, unit byte) []byte {
	const header = 8 + 25
	chunk := append([]byte{0, 0, 0, 9}, "pHYs"...)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = binary.BigEndian.AppendUint32(chunk, perMetre)
	chunk = append(chunk, unit, 0, 0, 0, 0) // the sum is not looked at
	return append(append(bytes.Clone(data[:header]), chunk...), data[header:]...)
}

// tiffOf makes a TIFF's header and one directory, with a resolution and perhaps a unit.
func tiffOf(order binary.AppendByteOrder, above, below uint32, unit uint16) []byte {
	data := []byte("II")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		data = []byte("MM")
	}
	data = order.AppendUint16(data, 42)
	data = order.AppendUint32(data, 16)
	data = order.AppendUint32(data, above)
	data = order.AppendUint32(data, below)
	entries := uint16(1)
	if unit != 0 {
		entries = 2
	}
	data = order.AppendUint16(data, entries)
	data = order.AppendUint16(data, tagXResolution)
	data = order.AppendUint16(data, typeRational)
	data = order.AppendUint32(data, 1)
	data = order.AppendUint32(data, 8)
	if unit != 0 {
		data = order.AppendUint16(data, tagResolutionUnit)
		data = order.AppendUint16(data, typeShort)
		data = order.AppendUint32(data, 1)
		data = order.AppendUint16(data, unit)
		data = append(data, 0, 0)
	}
	return append(data, 0, 0, 0, 0)
}

func TestResolutions(t *testing.T) {
	p, b, f := encoded(t, ramp())
	scanned := bytes.Clone(b)
	binary.LittleEndian.PutUint32(scanned[38:], 19685) // 500 dpi
	screen := bytes.Clone(b)
	binary.LittleEndian.PutUint32(screen[38:], 2835) // 72 dpi
	for name, c := range map[string]struct {
		got  float64
		want int
	}{
		"png without":        {pngResolution(p), 0},
		"png":                {pngResolution(withPHYs(p, 22402, 1)), 569},
		"png of no unit":     {pngResolution(withPHYs(p, 22402, 0)), 0},
		"png of a screen":    {pngResolution(withPHYs(p, 3780, 1)), 0},
		"bmp":                {bmpResolution(scanned), 500},
		"bmp of a screen":    {bmpResolution(screen), 0},
		"bmp cut short":      {bmpResolution(scanned[:40]), 0},
		"tiff of 72 dpi":     {tiffResolution(f), 0},
		"tiff inches":        {tiffResolution(tiffOf(binary.LittleEndian, 512, 1, unitInch)), 512},
		"tiff no unit":       {tiffResolution(tiffOf(binary.BigEndian, 1138, 2, 0)), 569},
		"tiff centimetres":   {tiffResolution(tiffOf(binary.BigEndian, 197, 1, unitCentimetre)), 500},
		"tiff ratio":         {tiffResolution(tiffOf(binary.BigEndian, 500, 1, 1)), 0},
		"tiff over nothing":  {tiffResolution(tiffOf(binary.LittleEndian, 500, 0, unitInch)), 0},
		"tiff cut short":     {tiffResolution(tiffOf(binary.LittleEndian, 500, 1, unitInch)[:20]), 0},
		"nothing":            {tiffResolution(nil) + pngResolution(nil) + bmpResolution(nil), 0},
		"more than a sensor": {tiffResolution(tiffOf(binary.LittleEndian, 9600, 1, unitInch)), 0},
	} {
		if got := believable(c.got); got != c.want {
			t.Errorf("%s: %d dpi, want %d", name, got, c.want)
		}
	}
}

// The same picture has the same digest from every format.
func TestReadEveryFormat(t *testing.T) {
	g := ramp()
	p, b, f := encoded(t, g)
	deep := image.NewGray16(g.Rect)
	for y := range 30 {
		for x := range 40 {
			deep.SetGray16(x, y, color.Gray16{Y: uint16(g.GrayAt(x, y).Y) * 257})
		}
	}
	p16, _, _ := encoded(t, deep)
	want := Picture{Gray: g}.Digest()
	for name, data := range map[string][]byte{"1_1.png": p, "1_1.bmp": b, "1_1.tif": f, "2_1.PNG": p16, "3_1.tiff": f} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(file); err != nil || got.Digest() != want {
			t.Errorf("%s: %v, another picture", name, err)
		}
		if err := os.WriteFile(file, data[:len(data)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(file); err == nil {
			t.Errorf("half of %s was read", name)
		}
	}
}

func FuzzResolution(f *testing.F) {
	p, b, t := encoded(f, ramp())
	for _, data := range [][]byte{p, b, t, withPHYs(p, 19685, 1), tiffOf(binary.BigEndian, 500, 1, unitInch), nil} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, dpi := range []float64{pngResolution(data), bmpResolution(data), tiffResolution(data)} {
			if got := believable(dpi); got != 0 && (got < leastBelievable || got > mostBelievable) {
				t.Errorf("%d dpi", got)
			}
		}
	})
}
