package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"countersign/devices/camera"
)

// pictures is how many are waited for, so that a camera has set its exposure.
const pictures = 12

// What a picture is judged by. Measured on package virtualcamera's pictures of a phone's
// code, see TestPictures.
const (
	darkest    = 28  // mean light, of 255
	brightest  = 235 //
	flattest   = 7   // standard deviation of light
	leastEdges = 0.35
)

// beside is what is said of a device that a running terminal holds.
func (f finding) beside(what string) finding {
	return f.fact("in_use", true).warn("The running terminal uses "+what+": it was not looked at.", "The terminal's own screen tells how it is. To have it looked at here, stop the terminal first.")
}

// Camera opens the camera and judges a picture.
func Camera(s camera.Settings, running bool) func(context.Context) Finding {
	return func(ctx context.Context) Finding {
		var f finding
		if running && exclusive(s.Address) {
			if _, err := os.Stat(device(s.Address)); err != nil {
				return f.fact("error", err.Error()).bad("There is no camera at "+device(s.Address)+".", "Plug it in again, or set the camera's right name.").done()
			}
			return f.beside("it").done()
		}
		c, err := camera.Open(ctx, s)
		if err != nil {
			return f.lens(err).done()
		}
		defer c.Close()
		seen := f.watch(ctx, c)
		return seen.done()
	}
}

// exclusive says whether an address is a device, of which one program has the pictures.
func exclusive(address string) bool { return !strings.Contains(address, "://") }

// device is a camera's file.
func device(address string) string {
	if address != "" && strings.Trim(address, "0123456789") == "" {
		return "/dev/video" + address
	}
	return address
}

// watch waits for pictures and judges the last of them.
func (f finding) watch(ctx context.Context, c *camera.Camera) finding {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	states, previews := c.States(), c.PreviewUntil(ctx)
	var last camera.Preview
	for n := 0; n < pictures; {
		select {
		case s, open := <-states:
			if open && (s.Phase == camera.PhaseMissing || s.Phase == camera.PhaseLost) {
				return f.lens(s.Err)
			}
			if !open {
				states = nil
			}
		case p, open := <-previews:
			if !open {
				if s := c.State(); s.Err != nil {
					return f.lens(s.Err)
				}
				return f.bad("It gives no pictures.", "Unplug the camera, wait a moment and plug it in again.")
			}
			last = p
			n++
		}
	}
	v := look(last.Image.Pix, last.Image.Rect.Dx(), last.Image.Rect.Dy(), last.Image.Stride)
	f = f.fact("light", math.Round(v.light)).fact("contrast", math.Round(v.contrast*10)/10).fact("edges", math.Round(v.edges*100)/100)
	switch {
	case v.light < darkest:
		return f.warn("It gives pictures, and they are dark.", "Take the cap off the lens, clean it, and give it more light: a phone's screen must be seen.")
	case v.light > brightest:
		return f.warn("It gives pictures, and they are white.", "Turn the camera away from the lamp or window that shines into it.")
	case v.contrast < flattest:
		return f.warn("It gives pictures, and nothing is to be seen in them.", "Check that nothing covers the lens, and take its film off.")
	case v.edges < leastEdges:
		return f.warn("It gives pictures, and they are blurred.", "Clean the lens, and turn its ring until a code held 15 cm before it is sharp.")
	}
	return f.ok("It gives pictures, bright and sharp enough.")
}

// lens is what a camera's error says.
func (f finding) lens(err error) finding {
	var e *camera.Error
	if !errors.As(err, &e) {
		return f.failed(err, "Unplug the camera, wait a moment and plug it in again.")
	}
	return f.fact("error", err.Error()).bad(fmt.Sprintf("%s (%s)", sentence(e.Kind.Error()), e.Address), e.Hint)
}

// view is how a picture looks.
type view struct {
	light    float64 // mean, 0 to 255
	contrast float64 // standard deviation
	// edges is how steep the steepest edges are for the picture's contrast: the 99th
	// percentile of the difference to the pixel two on, by the standard deviation.
	edges float64
}

// look measures a picture of four bytes a pixel, red first.
func look(pix []byte, width, height, stride int) (v view) {
	grey := make([]float64, width*height)
	var sum, squares float64
	for y := range height {
		for x := range width {
			p := pix[y*stride+4*x:]
			g := 0.299*float64(p[0]) + 0.587*float64(p[1]) + 0.114*float64(p[2])
			grey[y*width+x] = g
			sum, squares = sum+g, squares+g*g
		}
	}
	n := float64(len(grey))
	if n == 0 {
		return v
	}
	v.light = sum / n
	v.contrast = math.Sqrt(max(0, squares/n-v.light*v.light))
	if v.contrast == 0 {
		return v
	}
	// Each step is between means of three by three, so that noise makes none.
	mean := func(x, y int) (m float64) {
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				m += grey[(y+dy)*width+x+dx]
			}
		}
		return m / 9
	}
	var steps [256]int
	total := 0
	for y := 1; y < height-1; y += 2 {
		for x := 1; x < width-4; x += 2 {
			steps[min(255, int(math.Abs(mean(x+3, y)-mean(x, y))))]++
			total++
		}
	}
	for step, above := 255, 0; step >= 0; step-- {
		if above += steps[step]; above > total/100 {
			v.edges = float64(step) / v.contrast
			break
		}
	}
	return v
}
