package camera

import (
	"context"
	"fmt"
	"image"
	"testing"
	"time"

	"countersign/devices/camera/virtualcamera"
)

// Previews are small, opaque, and mark the code that Scan sees where it is; mirrored ones are turned over with
// their mark.
func TestPreview(t *testing.T) {
	for _, mirror := range []bool{false, true} {
		t.Run(fmt.Sprintf("mirror %v", mirror), func(t *testing.T) { preview(t, mirror) })
	}
}

func preview(t *testing.T, mirror bool) {
	leaks(t)
	text := base45(200, 9)
	server, err := virtualcamera.Serve(virtualcamera.Light{Width: 960, Height: 720, Noise: 4, Sway: 1e6}, virtualcamera.Options{Interval: 30 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	server.Show(window(t, text, 8, 6))
	// The pose stands still: a mark is of the picture before.
	s := fast(server.URL())
	s.Mirror = mirror
	cam := start(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	scanning := make(chan struct{})
	go func() {
		defer close(scanning)
		_, _ = cam.Scan(ctx, func(string) bool { return false })
	}()
	viewing, leave := context.WithCancel(t.Context())
	previews := cam.PreviewUntil(viewing)
	late := time.After(patience)
	for marked := false; !marked; {
		select {
		case p := <-previews:
			if p.Image.Rect != image.Rect(0, 0, 640, 480) || !p.Image.Opaque() || p.At.IsZero() || p.Seq == 0 {
				t.Fatalf("preview %v, number %d at %v", p.Image.Rect, p.Seq, p.At)
			}
			if marked = len(p.Outline) == 4; !marked {
				continue
			}
			// The corner between the two that is no finder pattern is the third; the first three are dark.
			left := p.Outline[0].X < p.Outline[1].X
			if left == mirror {
				t.Errorf("outline %v", p.Outline)
			}
			middle := func(i int) image.Point { // of a finder pattern: 3.5 of 49 modules in from its corner
				opposite := p.Outline[(i+2)%4]
				d := opposite.Sub(p.Outline[i])
				return p.Outline[i].Add(image.Pt(d.X*7/98, d.Y*7/98))
			}
			for i := range 4 {
				if r, _, _, _ := p.Image.At(middle(i).X, middle(i).Y).RGBA(); i != 2 && r > 0x6000 {
					t.Errorf("no finder pattern at corner %d, %v", i, middle(i))
				}
			}
		case <-late:
			t.Fatal("no code was marked")
		}
	}
	cancel()
	<-scanning
	leave()
	for range previews { // closed
	}
	if cam.previews.watched() {
		t.Error("still watched")
	}
}
