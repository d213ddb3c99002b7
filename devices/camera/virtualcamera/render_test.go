package virtualcamera

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"testing"

	goqr "github.com/piglig/go-qr"
)

// drawn is a screen with a code of the version at a place, module pixels a module.
func drawn(tb testing.TB, version, module int, at image.Point) (*image.RGBA, symbol) {
	tb.Helper()
	seg, err := goqr.MakeAlphanumeric("COUNTERSIGN")
	if err != nil {
		tb.Fatal(err)
	}
	qr, err := goqr.EncodeSegments([]*goqr.QrSegment{seg}, goqr.Low, version, version, -1, false)
	if err != nil {
		tb.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, 1280, 800))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{0x10, 0x18, 0x20, 0xff}), image.Point{}, draw.Src)
	side := qr.GetSize() * module
	draw.Draw(img, image.Rect(0, 0, side, side).Inset(-4*module).Add(at), image.White, image.Point{}, draw.Src)
	for y := range side {
		for x := range side {
			if qr.GetModule(x/module, y/module) {
				img.Set(at.X+x, at.Y+y, color.Black)
			}
		}
	}
	return img, symbol{float64(at.X), float64(at.Y), float64(side), float64(module)}
}

// The code is found on a screen, wherever it is and however large.
func TestFind(t *testing.T) {
	for _, c := range []struct {
		version, module int
		at              image.Point
	}{{1, 2, image.Pt(16, 16)}, {8, 5, image.Pt(700, 300)}, {17, 4, image.Pt(40, 33)}, {17, 7, image.Pt(61, 47)}, {25, 3, image.Pt(500, 40)}, {4, 18, image.Pt(80, 80)}} {
		img, want := drawn(t, c.version, c.module, c.at)
		var s screen
		s.load(img)
		if !s.found || math.Abs(s.code.x-want.x) > 1 || math.Abs(s.code.y-want.y) > 1 || math.Abs(s.code.side-want.side) > 1 || math.Abs(s.code.module-want.module) > 0.1 {
			t.Errorf("version %d at %v: found %v %+v, want %+v", c.version, c.at, s.found, s.code, want)
		}
	}
	var s screen
	s.load(image.NewRGBA(image.Rect(0, 0, 640, 480)))
	if s.found {
		t.Errorf("found %+v on a dark screen", s.code)
	}
	img, _ := drawn(t, 8, 5, image.Pt(100, 100))
	draw.Draw(img, image.Rect(90, 90, 140, 140), image.White, image.Point{}, draw.Src)
	if s.load(img); s.found {
		t.Errorf("found %+v though a corner is covered", s.code)
	}
}

// The same light gives the same frames, another seed others, and no two frames are alike.
func TestDeterministic(t *testing.T) {
	img, _ := drawn(t, 8, 5, image.Pt(100, 100))
	make3 := func(seed uint64) [3][]byte {
		light := Moderate(seed)
		light.Width, light.Height = 640, 480
		r, err := NewRenderer(light)
		if err != nil {
			t.Fatal(err)
		}
		r.Look(img)
		var frames [3][]byte
		for n := range frames {
			frames[n] = bytes.Clone(r.JPEG(uint64(n)))
		}
		return frames
	}
	a, again, other := make3(1), make3(1), make3(2)
	for n := range a {
		if !bytes.Equal(a[n], again[n]) || bytes.Equal(a[n], other[n]) || bytes.Equal(a[n], a[(n+1)%3]) {
			t.Errorf("frame %d", n)
		}
	}
}

// A still light shows the screen as it is, colours too: a screen pixel a frame pixel.
func TestTrueColours(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	colours := []color.RGBA{{0x12, 0xb8, 0x86, 0xff}, {0xf5, 0x9f, 0x00, 0xff}, {0xe0, 0x31, 0x31, 0xff}, {0xff, 0xff, 0xff, 0xff}}
	for i, c := range colours {
		draw.Draw(img, image.Rect(i*160, 0, (i+1)*160, 480), image.NewUniform(c), image.Point{}, draw.Src)
	}
	r, err := NewRenderer(Light{Width: 640, Height: 480, Quality: 95, Blur: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	r.Look(img)
	got, err := jpeg.Decode(bytes.NewReader(r.JPEG(0)))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range colours {
		c := color.RGBAModel.Convert(got.At(i*160+80, 240)).(color.RGBA)
		near := func(a, b uint8) bool { return math.Abs(float64(a)-float64(b)) <= 4 }
		if !near(c.R, want.R) || !near(c.G, want.G) || !near(c.B, want.B) {
			t.Errorf("colour %d is %v, want %v", i, c, want)
		}
	}
}

// The blur and the noise have the σ that was asked for.
func TestSigma(t *testing.T) {
	r, err := NewRenderer(Light{Width: 640, Height: 480, Noise: 4, Blur: 0.8})
	if err != nil {
		t.Fatal(err)
	}
	grey := image.NewRGBA(image.Rect(0, 0, 640, 480))
	draw.Draw(grey, grey.Rect, image.NewUniform(color.Gray{128}), image.Point{}, draw.Src)
	r.Look(grey)
	f := r.Frame(0)
	var sum, squares float64
	n := 0.0
	for y := 100; y < 380; y++ {
		for x := 100; x < 540; x++ {
			d := float64(f.Y[y*f.YStride+x]) - 128
			sum, squares, n = sum+d, squares+d*d, n+1
		}
	}
	if mean, sigma := sum/n, math.Sqrt(squares/n); math.Abs(mean) > 0.2 || math.Abs(sigma-4) > 0.2 {
		t.Errorf("noise has mean %.2f and σ %.2f", mean, sigma)
	}
	var total, moment float64
	for i := -3; i <= 3; i++ {
		k := float64(r.kernel[max(i, -i)])
		total, moment = total+k, moment+k*float64(i*i)
	}
	if total != 256 || math.Abs(math.Sqrt(moment/total)-0.8) > 0.03 {
		t.Errorf("kernel %v: sum %v, σ %.3f", r.kernel, total, math.Sqrt(moment/total))
	}
}

// The symbol stays in view, at most as large as asked for, through every pose.
func TestInView(t *testing.T) {
	img, code := drawn(t, 21, 5, image.Pt(100, 100))
	r, err := NewRenderer(Moderate(5))
	if err != nil {
		t.Fatal(err)
	}
	r.Look(img)
	smallest, largest := math.Inf(1), 0.0
	for n := range uint64(500) {
		p := r.light.pose(n)
		m := r.aim(p).inverted()
		var corners [4][2]float64
		for i, c := range [4][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}} {
			u, v := m.at(code.x+c[0]*code.side, code.y+c[1]*code.side)
			if corners[i] = [2]float64{u, v}; u < 0 || v < 0 || u > 1280 || v > 720 {
				t.Fatalf("frame %d: corner %d at %.0f, %.0f", n, i, u, v)
			}
		}
		size := 0.0
		for i := range corners {
			size += math.Hypot(corners[i][0]-corners[(i+1)%4][0], corners[i][1]-corners[(i+1)%4][1]) / 4
		}
		module := size / 101
		smallest, largest = math.Min(smallest, module), math.Max(largest, module)
		if turned := math.Atan2(corners[1][1]-corners[0][1], corners[1][0]-corners[0][0]) * 180 / math.Pi; math.Abs(turned) > 14 {
			t.Errorf("frame %d: turned by %.1f°", n, turned)
		}
	}
	if smallest < 3.8 || largest > 6.1 || largest-smallest < 1 {
		t.Errorf("modules of %.2f to %.2f pixels", smallest, largest)
	}
}

// With sway the pose moves a little from frame to frame and as far in the end.
func TestSway(t *testing.T) {
	l := Moderate(3)
	l.Sway = 30
	least, most := math.Inf(1), math.Inf(-1)
	for n := range uint64(2000) {
		a, b := l.pose(n), l.pose(n+1)
		if step := math.Abs(a.roll-b.roll) * 180 / math.Pi; step > 1.1 {
			t.Fatalf("frame %d: rolls by %.2f°", n, step)
		}
		least, most = math.Min(least, a.roll), math.Max(most, a.roll)
	}
	if (most-least)*180/math.Pi < 17 {
		t.Errorf("rolls from %.3f to %.3f", least, most)
	}
}

// A light that cannot be is refused; screens of any kind and size are not.
func TestLimits(t *testing.T) {
	for _, l := range []Light{{Width: 8, Height: 8}, {Width: 640}, {MinModule: 5, MaxModule: 4}, {MaxModule: 4}, {Roll: 90}, {Tilt: -1}, {Blur: 9}, {Noise: math.NaN()}, {Quality: 101}} {
		if _, err := NewRenderer(l); err == nil {
			t.Errorf("%+v accepted", l)
		}
	}
	r, err := NewRenderer(Light{Width: 64, Height: 64, Roll: 10, Tilt: 10, Blur: 1, Noise: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, img := range []image.Image{nil, image.NewRGBA(image.Rectangle{}), image.NewRGBA(image.Rect(0, 0, 1, 1)), image.NewRGBA(image.Rect(-5, -5, 2, 900)),
		image.NewGray(image.Rect(0, 0, 33, 17)), image.NewNRGBA(image.Rect(0, 0, 3, 3)), image.NewRGBA(image.Rect(0, 0, 99, 99)).SubImage(image.Rect(7, 9, 30, 44))} {
		r.Look(img)
		r.Frame(1)
	}
}

func BenchmarkFrame720p(b *testing.B) {
	img, _ := drawn(b, 17, 6, image.Pt(60, 60))
	r, err := NewRenderer(Moderate(1))
	if err != nil {
		b.Fatal(err)
	}
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() { // everything that a frame of a changing window costs
		r.Look(img)
		r.JPEG(n)
		n++
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/frame")
}
