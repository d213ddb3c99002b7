package det

import (
	"image/color"
	"math"
	"testing"

	"countersign/app/accuracy/rates"
)

func TestQuantile(t *testing.T) {
	for rate, want := range map[float64]float64{0.5: 0, 0.8413447: 1, 0.02275013: -2, 0.001: -3.0902} {
		if got := quantile(rate); math.Abs(got-want) > 0.0001 {
			t.Errorf("quantile of %v: %v, want %v", rate, got, want)
		}
	}
}

// A curve is where its rates say, and each line is drawn in a colour of its own.
func TestDraw(t *testing.T) {
	a := rates.Scores{Genuine: []int{2, 3, 4, 5}, Impostor: []int{0, 1, 2, 3}}.Curve()
	b := rates.Scores{Genuine: []int{0, 2, 4, 5, 6, 6, 6, 7, 9, 11}, Impostor: []int{0, 1, 2, 3, 7, 1, 1, 0, 8, 8}}.Curve()
	p := Draw("title", []Line{{"one", a}, {"another", b}})
	for k, c := range []rates.Curve{a, b} {
		q, _ := c.At(0.25)
		x, y := place(q.FMR, q.FNMR)
		found := false
		for dx := -2; dx <= 2; dx++ {
			for dy := -2; dy <= 2; dy++ {
				found = found || p.RGBAAt(int(x)+dx, int(y)+dy) == palette[k]
			}
		}
		if !found {
			t.Errorf("line %d does not pass (%.0f, %.0f)", k, x, y)
		}
	}
	if p.RGBAAt(1, 1) != (color.RGBA{255, 255, 255, 255}) {
		t.Error("the margin is not white")
	}
	Draw("empty", []Line{{"nothing", nil}})
}
