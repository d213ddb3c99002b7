package extraction

import (
	"fmt"
	"image"
	"math"
)

const (
	workingDPI = 500
	leastDPI   = 100
	mostDPI    = 2000
	// leastSide and mostSide bound a picture at 500 dpi, in pixels: mindtct
	// needs a few of its blocks; templates reach 25.5 mm, 502 pixels.
	leastSide = 64
	mostSide  = 800
)

// rescale returns a copy of picture at 500 dpi with its rows close together.
func rescale(picture *image.Gray, dpi int) (*image.Gray, error) {
	if picture == nil || dpi < leastDPI || dpi > mostDPI {
		return nil, fmt.Errorf("%w: %d dpi", ErrPicture, dpi)
	}
	size := picture.Rect.Size()
	width, height := (size.X*workingDPI+dpi/2)/dpi, (size.Y*workingDPI+dpi/2)/dpi
	if min(width, height) < leastSide || max(width, height) > mostSide {
		return nil, fmt.Errorf("%w: %d×%d pixels at %d dpi", ErrPicture, size.X, size.Y, dpi)
	}
	scaled := image.NewGray(image.Rect(0, 0, width, height))
	if dpi == workingDPI {
		for y := range height {
			// One by one: the runtime's copy goes through vector registers, which a
			// signal leaves on a stack that nothing wipes.
			for x, v := range picture.Pix[y*picture.Stride:][:width] {
				scaled.Pix[y*width+x] = v
			}
		}
	} else {
		resample(scaled, picture)
	}
	return scaled, nil
}

// resample fills to with from by Catmull-Rom's cubic, first along rows, then along
// columns. A library's would keep copies of the picture that cannot be wiped.
func resample(to, from *image.Gray) {
	size, wanted := from.Rect.Size(), to.Rect.Size()
	rows := make([]float32, wanted.X*size.Y)
	defer clear(rows)
	for x, c := range contributions(wanted.X, size.X) {
		for y := range size.Y {
			var sum float32
			for i, v := range from.Pix[y*from.Stride+c.first:][:len(c.weights)] {
				sum += c.weights[i] * float32(v)
			}
			rows[y*wanted.X+x] = sum
		}
	}
	for y, c := range contributions(wanted.Y, size.Y) {
		for x := range wanted.X {
			var sum float32
			for i, w := range c.weights {
				sum += w * rows[(c.first+i)*wanted.X+x]
			}
			to.Pix[y*to.Stride+x] = uint8(max(0, min(255, sum+0.5)))
		}
	}
}

// contribution says which of the old pixels make up a new one, from first on.
type contribution struct {
	first   int
	weights []float32 // sum up to 1
}

// contributions returns those of wanted new pixels in a row from old ones.
func contributions(wanted, old int) []contribution {
	step := float64(old) / float64(wanted)
	width := max(1, step) // so that nothing is lost between pixels farther apart
	all := make([]contribution, wanted)
	for i := range all {
		middle := (float64(i)+0.5)*step - 0.5
		first := max(0, int(math.Ceil(middle-2*width)))
		last := min(old-1, int(math.Floor(middle+2*width)))
		c := contribution{first, make([]float32, 0, last-first+1)}
		var sum float32
		for at := first; at <= last; at++ {
			w := float32(catmullRom(math.Abs(float64(at)-middle) / width))
			c.weights = append(c.weights, w)
			sum += w
		}
		for k := range c.weights {
			c.weights[k] /= sum
		}
		all[i] = c
	}
	return all
}

func catmullRom(t float64) float64 {
	switch {
	case t < 1:
		return (1.5*t-2.5)*t*t + 1
	case t < 2:
		return ((-0.5*t+2.5)*t-4)*t + 2
	}
	return 0
}
