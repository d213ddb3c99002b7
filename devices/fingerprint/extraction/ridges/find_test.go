package ridges

import (
	"context"
	"errors"
	"image"
	"math"
	"testing"
)

// One minutia is drawn into straight ridges, at any angle, and is found: where it is,
// what it is, the way it points, and no other.
func TestFindsADrawnMinutia(t *testing.T) {
	step, periods := math.Pi/7, []float64{7, 11}
	if underRace {
		step, periods = math.Pi*0.7, []float64{9}
	}
	for angle := -math.Pi + 0.05; angle < math.Pi; angle += step {
		for _, ridge := range periods {
			for kind, sign := range map[Kind]float64{Ending: 1, Fork: -1} {
				for _, levels := range []int{50} {
					g := draw(256, 240, dislocated(128, 118, -angle, ridge, sign))
					noise(g, levels)
					found, err := Find(context.Background(), g)
					if err != nil {
						t.Fatal(err)
					}
					if len(found) != 1 {
						t.Errorf("%v at %.2f, period %v, noise %d: found %+v", kind, angle, ridge, levels, found)
						continue
					}
					m := found[0]
					if m.Kind != kind || math.Hypot(m.X-128, m.Y-118) > ridge*0.8 || math.Abs(math.Remainder(m.Angle-angle, 2*math.Pi)) > 0.25 {
						t.Errorf("%v at %.2f, period %v, noise %d: found %+v", kind, angle, ridge, levels, m)
					}
					if m.Reliability <= 0.3 || m.Reliability > 1 {
						t.Errorf("reliability %.2f", m.Reliability)
					}
				}
			}
		}
	}
}

func TestFindsNothingInWhatIsNoFinger(t *testing.T) {
	for name, g := range map[string]*image.Gray{
		"white":   draw(200, 200, func(float64, float64) float64 { return -1.27 }),
		"black":   draw(200, 200, func(float64, float64) float64 { return 1.28 }),
		"a slope": draw(200, 200, func(x, _ float64) float64 { return x/100 - 1 }),
		"stripes": draw(200, 200, straight(1, 9)),
		"noise": func() *image.Gray {
			g := draw(200, 200, func(float64, float64) float64 { return 0 })
			noise(g, 120)
			return g
		}(),
		"nothing": image.NewGray(image.Rectangle{}), "a pixel": image.NewGray(image.Rect(0, 0, 1, 1)),
	} {
		if found, err := Find(context.Background(), g); err != nil || len(found) != 0 {
			t.Errorf("%s: %v, %v", name, found, err)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Find(ended, draw(100, 100, straight(0, 9))); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := Find(context.Background(), image.NewGray(image.Rect(0, 0, MostSide+1, 100))); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// Whatever the picture, Find comes to an end, and what it finds lies in the picture.
func FuzzFind(f *testing.F) {
	f.Add(uint16(0), uint16(0), uint8(0), []byte{})
	f.Add(uint16(1), uint16(300), uint8(3), []byte{0, 255})
	f.Add(uint16(97), uint16(131), uint8(1), []byte{0, 0, 0, 0, 255, 255, 255, 255, 255})
	f.Add(uint16(200), uint16(64), uint8(7), []byte{10, 200, 30, 90, 250, 3})
	f.Fuzz(func(t *testing.T, width, height uint16, shear uint8, pattern []byte) {
		g := image.NewGray(image.Rect(0, 0, int(width%400), int(height%400)))
		if len(pattern) > 0 {
			for i := range g.Pix {
				x, y := i%g.Stride, i/g.Stride
				g.Pix[i] = pattern[(x+y*int(shear)/4)%len(pattern)]
			}
		}
		found, err := Find(context.Background(), g)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range found {
			if m.X < 0 || m.Y < 0 || m.X > float64(g.Rect.Dx()-1) || m.Y > float64(g.Rect.Dy()-1) ||
				!(m.Reliability >= 0 && m.Reliability <= 1) || !(math.Abs(m.Angle) <= math.Pi) || m.Kind != Ending && m.Kind != Fork {
				t.Fatalf("%+v in %v", m, g.Rect)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	g := draw(388, 374, func(x, y float64) float64 {
		if math.Hypot((x-194)/1.0, (y-187)/1.2) > 155 { // the finger fills the middle
			return -1
		}
		return math.Cos(2 * math.Pi * math.Hypot(x-194, y-260) / 9)
	})
	noise(g, 20)
	for b.Loop() {
		if _, err := Find(context.Background(), g); err != nil {
			b.Fatal(err)
		}
	}
}
