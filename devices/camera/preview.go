package camera

import (
	"context"
	"image"
	"time"

	"gocv.io/x/gocv"
)

const (
	previewWidth = 640 // pixels; a screen shows no more of it
	outlineLasts = 4   // pictures for which a found code stays marked: it must not flicker when one is not read
)

// Preview is a picture for a screen.
type Preview struct {
	// Image is at most 640 pixels wide, opaque, and belongs to the receivers, who share it and must not change it.
	Image *image.RGBA
	// Outline is the four corners of a code that Scan has seen just now, in Image's pixels, whether it was wanted or
	// not; nil if there is none.
	Outline []image.Point
	// Seq counts the camera's pictures from 1; gaps are pictures that were dropped.
	Seq uint64
	// At is when the picture arrived, by Settings.Clock.
	At time.Time
}

// Preview gives pictures until Close, which closes the channel. A receiver that is slow finds only the latest.
// Each call makes a channel of its own; pictures cost work as long as it is there: see PreviewUntil.
func (c *Camera) Preview() <-chan Preview { return c.previews.join() }

// PreviewUntil is Preview until ctx ends, which closes the channel as well.
func (c *Camera) PreviewUntil(ctx context.Context) <-chan Preview {
	ch := c.previews.join()
	context.AfterFunc(ctx, func() { c.previews.leave(ch) })
	return ch
}

// preview makes and sends the preview of the colour picture that f is of.
func (l *look) preview(f *frame) error {
	from, w, h := &l.colour, l.colour.Cols(), l.colour.Rows()
	scale := 1.0
	if w > previewWidth {
		scale = previewWidth / float64(w)
		w, h = previewWidth, max(1, int(float64(h)*scale+0.5))
		how := gocv.InterpolationLinear
		if scale <= 0.5 {
			how = gocv.InterpolationArea
		}
		if err := gocv.Resize(l.colour, &l.small, image.Pt(w, h), 0, 0, how); err != nil {
			return err
		}
		from = &l.small
	}
	c := l.c
	if c.settings.Mirror {
		if err := gocv.Flip(*from, &l.mirrored, 1); err != nil {
			return err
		}
		from = &l.mirrored
	}
	if err := gocv.CvtColor(*from, &l.shown, gocv.ColorBGRToRGBA); err != nil {
		return err
	}
	p := Preview{Image: &image.RGBA{Pix: l.shown.ToBytes(), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}, Seq: f.seq, At: f.at}
	c.mu.Lock()
	outline, marked := c.outline, c.marked
	c.mu.Unlock()
	if f.seq <= marked {
		for _, corner := range outline {
			x, y := int(float64(corner.X)*scale), int(float64(corner.Y)*scale)
			if c.settings.Mirror {
				x = w - 1 - x
			}
			p.Outline = append(p.Outline, image.Pt(x, y))
		}
	}
	c.previews.send(p)
	return nil
}
