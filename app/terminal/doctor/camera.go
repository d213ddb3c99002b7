package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
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
	leastEdges = 0.3
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
			if file := device(runtime.GOOS, s.Address); file != "" {
				if _, err := os.Stat(file); err != nil {
					return f.fact("error", err.Error()).bad("There is no camera at "+file+".", "Plug it in again, or set the camera's right name.").done()
				}
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

// device is a camera's file, or nothing where a numbered camera has none.
func device(system, address string) string {
	switch {
	case address == "" || strings.Trim(address, "0123456789") != "":
		return address
	case system == "windows":
		return ""
	}
	return "/dev/video" + address
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
	return f.judge(look(last.Image.Pix, last.Image.Rect.Dx(), last.Image.Rect.Dy(), last.Image.Stride))
}

// judge says what is to be done about a picture.
func (f finding) judge(v view) finding {
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
	// edges is how much of the rise of the steepest edges is in one pixel, 0 to 1: the
	// step to the next pixel that one of a thousand pixels has, by that over reach pixels. An edge
	// that is blurred by σ pixels has 0.4/σ.
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
	if wide := steps(grey, width, height, reach); wide > 0 {
		v.edges = min(1, steps(grey, width, height, 1)/wide)
	}
	return v
}

// reach is how many pixels even a blurred edge takes.
const reach = 8

// steps is the step over so many pixels, to the right, that one of a thousand pixels has or
// more: the edges of a code that is small in the picture.
func steps(grey []float64, width, height, over int) float64 {
	var count [256]int
	total := 0
	for y := range height {
		for x := 0; x < width-over; x++ {
			count[min(255, int(math.Abs(grey[y*width+x+over]-grey[y*width+x])))]++
			total++
		}
	}
	for step, above := 255, 0; step > 0; step-- {
		if above += count[step]; above > total/1000 {
			return float64(step)
		}
	}
	return 0
}
