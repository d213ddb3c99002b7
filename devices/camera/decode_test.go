package camera

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"testing"
	"time"

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
// leave room below what was measured; go test -v prints the rates.
func TestReadRates(t *testing.T) {
	const frames = 50
	for _, version := range []int{13, 17, 19, 21} {
		for _, module := range []float64{4, 5, 6} {
			name := fmt.Sprintf("version %d, %g pixels a module", version, module)
			t.Run(name, func(t *testing.T) {
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
					if p, _ := read(gray, plain); len(p) > 0 {
						first++
					}
				}
				t.Logf("read %d of %d (%d in the first pass), %.1f ms a frame", got, frames, first, took.Seconds()*1e3/frames)
			})
		}
	}
}
