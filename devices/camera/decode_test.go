package camera

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	goqr "github.com/piglig/go-qr"

	"countersign/devices/camera/virtualcamera"
)

// base45 gives n characters of the alphabet that our codes are written in.
func base45(n int, seed uint64) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	r := rand.New(rand.NewPCG(seed, 45))
	text := []byte("CS1P:")
	for len(text) < n {
		text = append(text, alphabet[r.IntN(len(alphabet))])
	}
	return string(text)
}

// lengths of alphanumeric text that fill a version at level L.
var lengths = map[int]int{8: 270, 13: 615, 17: 930, 19: 1130, 21: 1340}

// window draws the code as our windows do: whole pixels a module, black on white with a quiet zone of four
// modules, on a dark ground, off the middle.
func window(tb testing.TB, text string, version, module int) *image.RGBA {
	tb.Helper()
	seg, err := goqr.MakeAlphanumeric(text)
	if err != nil {
		tb.Fatal(err)
	}
	qr, err := goqr.EncodeSegments([]*goqr.QrSegment{seg}, goqr.Low, version, version, -1, false)
	if err != nil {
		tb.Fatal(err)
	}
	n := qr.GetSize()
	img := image.NewRGBA(image.Rect(0, 0, max(1280, (n+8)*module+80), max(800, (n+8)*module+40)))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{0x10, 0x18, 0x20, 0xff}), image.Point{}, draw.Src)
	at := image.Pt(60, 20)
	draw.Draw(img, image.Rect(0, 0, (n+8)*module, (n+8)*module).Add(at), image.White, image.Point{}, draw.Src)
	at = at.Add(image.Pt(4*module, 4*module))
	for y := range n {
		for x := range n {
			if qr.GetModule(x, y) {
				draw.Draw(img, image.Rect(0, 0, module, module).Add(at).Add(image.Pt(x*module, y*module)), image.Black, image.Point{}, draw.Src)
			}
		}
	}
	return img
}

// photograph is frame n of a light's luminance, in memory of its own.
func photograph(r *virtualcamera.Renderer, n uint64) *image.Gray {
	f := r.Frame(n)
	return &image.Gray{Pix: append([]byte(nil), f.Y...), Stride: f.YStride, Rect: f.Rect}
}

func renderer(tb testing.TB, light virtualcamera.Light) *virtualcamera.Renderer {
	tb.Helper()
	r, err := virtualcamera.NewRenderer(light)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// Read rates of codes of the sizes that the protocol makes, seen by a 720p camera in a lit shop. The floors
// leave room below what was measured (94 % and more everywhere); go test -v prints the rates.
func TestReadRates(t *testing.T) {
	frames, floors := 50, map[float64]int{4: 42, 5: 45, 6: 46}
	if underRace {
		frames, floors = 3, map[float64]int{4: 2, 5: 2, 6: 2}
	}
	for _, version := range []int{13, 17, 19, 21} {
		for _, module := range []float64{4, 5, 6} {
			name := fmt.Sprintf("version %d, %g pixels a module", version, module)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				light := virtualcamera.Moderate(uint64(version))
				light.MinModule, light.MaxModule = module, module
				r := renderer(t, light)
				text := base45(lengths[version], uint64(version))
				r.Look(window(t, text, version, 6))
				got, first := 0, 0
				var took time.Duration
				for n := range uint64(frames) {
					gray := photograph(r, n)
					began := time.Now()
					found, err := Decode(gray)
					took += time.Since(began)
					if err != nil {
						t.Fatal(err)
					}
					if len(found) > 0 {
						if found[0].Text != text {
							t.Fatalf("frame %d reads %q", n, found[0].Text)
						}
						got++
					}
					if testing.Verbose() {
						if p, _ := read(gray, plain); len(p) > 0 {
							first++
						}
					}
				}
				if got < floors[module] {
					t.Errorf("read %d of %d frames, want at least %d", got, frames, floors[module])
				}
				t.Logf("read %d of %d (%d in the first pass), %.1f ms a frame", got, frames, first, took.Seconds()*1e3/float64(frames))
			})
		}
	}
}

// What a frame may be, and what is made of frames that hold no code.
func TestDecodeBounds(t *testing.T) {
	page := func(w, h int) *image.Gray { return image.NewGray(image.Rect(0, 0, w, h)) }
	for _, c := range []struct {
		name string
		gray *image.Gray
		err  error
	}{
		{"nothing", &image.Gray{}, nil},
		{"a pixel", page(1, 1), nil},
		{"smaller than any code", page(20, 400), nil},
		{"dark", page(640, 480), nil},
		{"a strip", page(MaxSide, 21), nil},
		{"too wide", &image.Gray{Rect: image.Rect(0, 0, MaxSide+1, 100), Stride: MaxSide + 1}, ErrImage},
		{"too many pixels", &image.Gray{Rect: image.Rect(0, 0, MaxSide, MaxSide), Stride: MaxSide}, ErrImage},
		{"fewer bytes than pixels", &image.Gray{Pix: make([]byte, 100), Rect: image.Rect(0, 0, 100, 100), Stride: 100}, ErrImage},
		{"rows that overlap", &image.Gray{Pix: make([]byte, 10000), Rect: image.Rect(0, 0, 100, 100), Stride: 50}, ErrImage},
		{"rows that run backwards", &image.Gray{Pix: make([]byte, 10000), Rect: image.Rect(0, 0, 100, 100), Stride: -100}, ErrImage},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := Decode(c.gray)
			if !errors.Is(err, c.err) || len(found) != 0 {
				t.Errorf("found %v, error %v", found, err)
			}
		})
	}
}

// Text longer than MaxText is not seen; as long as it may be, it is whole.
func TestDecodeLongestText(t *testing.T) {
	digits := func(n int) *image.Gray {
		seg, err := goqr.MakeNumeric(strings.Repeat("7", n))
		if err != nil {
			t.Fatal(err)
		}
		qr, err := goqr.EncodeSegments([]*goqr.QrSegment{seg}, goqr.Low, 1, 40, -1, false)
		if err != nil {
			t.Fatal(err)
		}
		g := image.NewGray(image.Rect(0, 0, (qr.GetSize()+8)*4, (qr.GetSize()+8)*4))
		for i := range g.Pix {
			g.Pix[i] = 255
		}
		for y := range qr.GetSize() * 4 {
			row := g.Pix[(16+y)*g.Stride+16:]
			for x := range qr.GetSize() {
				if qr.GetModule(x, y/4) {
					clear(row[4*x : 4*x+4])
				}
			}
		}
		return g
	}
	found, err := Decode(digits(MaxText))
	if err != nil || len(found) != 1 || len(found[0].Text) != MaxText {
		t.Errorf("%d codes, error %v", len(found), err)
	}
	found, err = Decode(digits(MaxText + 1))
	if err != nil || len(found) != 0 {
		t.Errorf("%d codes, error %v", len(found), err)
	}
}

// Several codes, a part of a larger picture, the corners where they are.
func TestDecodeOutline(t *testing.T) {
	text := base45(200, 3)
	screen := window(t, text, 8, 4) // 49 modules
	gray := image.NewGray(screen.Rect)
	draw.Draw(gray, gray.Rect, screen, image.Point{}, draw.Src)
	corner := image.Pt(60+16, 20+16)
	for _, part := range []image.Rectangle{gray.Rect, image.Rect(50, 10, 50+260, 10+260)} {
		found, err := Decode(gray.SubImage(part).(*image.Gray))
		if err != nil || len(found) != 1 || found[0].Text != text {
			t.Fatalf("%v: %v, error %v", part, found, err)
		}
		for i, want := range []image.Point{{}, {196, 0}, {196, 196}, {0, 196}} {
			if d := found[0].Outline[i].Sub(want.Add(corner)); max(d.X, -d.X, d.Y, -d.Y) > 4 {
				t.Errorf("%v: corner %d is at %v, want %v", part, i, found[0].Outline[i], want.Add(corner))
			}
		}
	}
}

// A pass that would not end within the frame's time is not begun.
func TestDecodeGivesUpInTime(t *testing.T) {
	gray := image.NewGray(image.Rect(0, 0, 640, 480))
	for _, c := range []struct {
		name         string
		budget, pass time.Duration
		readings     int // of the clock: one at the start, two for each pass, one for a pass that is not begun
	}{
		{"no limit", 0, time.Hour, 7},
		{"time for all", time.Second, 100 * time.Millisecond, 7},
		{"time for two", 250 * time.Millisecond, 100 * time.Millisecond, 6},
		{"time for one", 150 * time.Millisecond, 100 * time.Millisecond, 4},
		{"one is too many", 10 * time.Millisecond, 100 * time.Millisecond, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			now, readings := time.Time{}, 0
			clock := func() time.Time {
				if readings++; readings > 1 && readings%2 == 1 {
					now = now.Add(c.pass)
				}
				return now
			}
			if _, err := decodeWithin(gray, c.budget, clock); err != nil {
				t.Fatal(err)
			}
			if readings != c.readings {
				t.Errorf("the clock was read %d times, want %d", readings, c.readings)
			}
		})
	}
}

// Many goroutines decode at once, each its own picture.
func TestDecodeConcurrently(t *testing.T) {
	var all sync.WaitGroup
	times := 20
	if underRace {
		times = 5
	}
	for g := range uint64(8) {
		text := base45(200, g)
		r := renderer(t, virtualcamera.Light{Width: 640, Height: 480, Seed: g, Noise: 4})
		r.Look(window(t, text, 8, 5))
		gray := photograph(r, g)
		all.Go(func() {
			for range times {
				found, err := Decode(gray)
				if err != nil || len(found) != 1 || found[0].Text != text {
					t.Errorf("%v, error %v", found, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// FuzzDecode looks at any pixels. Seeds are noise and a damaged code.
func FuzzDecode(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 120*90)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	f.Add(noise, uint16(120))
	f.Add(make([]byte, 64*64), uint16(64))
	screen := window(f, "CS1R:FUZZ", 2, 4)
	code := image.NewGray(image.Rect(0, 0, 140, 140))
	draw.Draw(code, code.Rect, screen, image.Pt(56, 16), draw.Src)
	f.Add(code.Pix, uint16(140))
	f.Add(code.Pix[:100*140], uint16(140))
	f.Fuzz(func(t *testing.T, pix []byte, width uint16) {
		if width == 0 || len(pix) > 1<<20 {
			return
		}
		h := len(pix) / int(width)
		found, err := Decode(&image.Gray{Pix: pix, Stride: int(width), Rect: image.Rect(0, 0, int(width), h)})
		if err != nil && int(width) <= MaxSide && h <= MaxSide {
			t.Errorf("%d×%d: %v", width, h, err)
		}
		for _, d := range found {
			if len(d.Text) == 0 || len(d.Text) > MaxText || !utf8.ValidString(d.Text) {
				t.Errorf("text of %d bytes", len(d.Text))
			}
		}
	})
}

func benchmarkDecode(b *testing.B, w, h int, visible bool) {
	light := virtualcamera.Moderate(17)
	light.Width, light.Height = w, h
	light.MinModule, light.MaxModule = 5, 5
	r := renderer(b, light)
	screen := window(b, base45(lengths[17], 17), 17, 6)
	if !visible { // one finder pattern is covered: everything else is there to be looked at
		draw.Draw(screen, image.Rect(60, 20, 60+12*6, 20+12*6), image.White, image.Point{}, draw.Src)
	}
	r.Look(screen)
	gray := photograph(r, 1)
	b.ReportAllocs()
	for b.Loop() {
		found, err := Decode(gray)
		if err != nil || (len(found) == 1) != visible {
			b.Fatalf("%d codes, error %v", len(found), err)
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/frame")
}

// A code of the size of a payment, read, and the same with a corner covered, where all three passes fail.
func BenchmarkDecode720p(b *testing.B) {
	b.Run("read", func(b *testing.B) { benchmarkDecode(b, 1280, 720, true) })
	b.Run("unreadable", func(b *testing.B) { benchmarkDecode(b, 1280, 720, false) })
}

func BenchmarkDecode1080p(b *testing.B) {
	b.Run("read", func(b *testing.B) { benchmarkDecode(b, 1920, 1080, true) })
	b.Run("unreadable", func(b *testing.B) { benchmarkDecode(b, 1920, 1080, false) })
}
