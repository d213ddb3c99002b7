// Package golden holds windows to the pictures that somebody has looked at. It is for
// tests.
//
// A picture is compared as its thumbnail: each 4 × 4 pixels as one, in one file a screen
// in testdata/screens. Two are alike when at most Tolerance of their blocks differ by
// more than Near in any channel. That passes another version's smoothing of letters, and
// fails for a word that moves, is cut off or is another: with letters of 22 pixels a word
// is some dozens of blocks.
//
// A test with -update writes the thumbnails anew, to be looked at and committed.
package golden

import (
	"errors"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

const (
	// Block is how many pixels, each way, are one in a thumbnail.
	Block = 4
	// Near is by how much a channel may differ, of 255.
	Near = 24
	// Tolerance is the share of blocks that may differ by more.
	Tolerance = 0.0004
)

var update = flag.Bool("update", false, "write what the screens are compared with anew")

// Check compares a screen with what is kept of it under a name. The picture is opaque.
// What lies in the hidden rectangles, in pixels, is not compared: codes, whose keys and
// signatures are others each time.
func Check(t testing.TB, name string, picture image.Image, hidden ...image.Rectangle) {
	t.Helper()
	file := filepath.Join("testdata", "screens", name+".png")
	now := thumbnail(picture)
	hide(now, hidden)
	if *update {
		if err := write(file, now); err != nil {
			t.Fatal(err)
		}
		return
	}
	kept, err := read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		t.Errorf("nobody has looked at screen %s yet: run this test with -update, look at %s and commit it", name, file)
		return
	case err != nil:
		t.Fatal(err)
	}
	hide(kept, hidden)
	if share := Differ(kept, now); share > Tolerance {
		seen := filepath.Join(os.TempDir(), "countersign-screens", name+".png")
		if err := write(seen, now); err != nil {
			t.Log(err)
		}
		t.Errorf("screen %s is not what it was: %.2f %% of it differ, more than %.2f %%; compare %s with %s, and if that is as wanted run this test with -update",
			name, 100*share, 100*Tolerance, seen, file)
	}
}

// Differ is the share of two thumbnails' blocks that differ by more than Near; 1 where
// they are not of one size.
func Differ(a, b *image.RGBA) float64 {
	if a.Rect.Size() != b.Rect.Size() {
		return 1
	}
	differ := 0
	for i := 0; i+3 < len(a.Pix); i += 4 {
		for c := range 3 {
			if d := int(a.Pix[i+c]) - int(b.Pix[i+c]); d > Near || -d > Near {
				differ++
				break
			}
		}
	}
	return float64(differ) / float64(max(len(a.Pix)/4, 1))
}

// hide lays a plain rectangle over every block that a hidden one touches.
func hide(m *image.RGBA, hidden []image.Rectangle) {
	for _, r := range hidden {
		r = image.Rect(r.Min.X/Block, r.Min.Y/Block, r.Max.X/Block+1, r.Max.Y/Block+1)
		draw.Draw(m, r, image.White, image.Point{}, draw.Src)
	}
}

// thumbnail averages blocks; what is left over at the edges is dropped.
func thumbnail(m image.Image) *image.RGBA {
	full := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(full, full.Rect, m, m.Bounds().Min, draw.Src)
	small := image.NewRGBA(image.Rect(0, 0, full.Rect.Dx()/Block, full.Rect.Dy()/Block))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			var sum [3]int
			for dy := range Block {
				row := full.Pix[full.PixOffset(x*Block, y*Block+dy):]
				for dx := range Block {
					for c := range sum {
						sum[c] += int(row[4*dx+c])
					}
				}
			}
			const n = Block * Block
			small.SetRGBA(x, y, color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return small
}

func read(file string) (*image.RGBA, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		return nil, err
	}
	rgba := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(rgba, rgba.Rect, m, m.Bounds().Min, draw.Src)
	return rgba, nil
}

func write(file string, m *image.RGBA) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	return errors.Join(encoder.Encode(f, compact(rounded(m))), f.Close())
}

// compact is the same picture with a palette, which makes a smaller file, where 256 colours are enough.
func compact(m *image.RGBA) image.Image {
	p := image.NewPaletted(m.Rect, nil)
	number := map[color.RGBA]uint8{}
	for i := range p.Pix {
		c := color.RGBA{m.Pix[4*i], m.Pix[4*i+1], m.Pix[4*i+2], m.Pix[4*i+3]}
		n, known := number[c]
		if !known {
			if len(p.Palette) == 256 {
				return m
			}
			n = uint8(len(p.Palette))
			number[c] = n
			p.Palette = append(p.Palette, c)
		}
		p.Pix[i] = n
	}
	return p
}

// rounded has every channel at the middle of one of 32 steps, which halves the file; Near is three of them.
func rounded(m *image.RGBA) *image.RGBA {
	r := &image.RGBA{Pix: make([]uint8, len(m.Pix)), Stride: m.Stride, Rect: m.Rect}
	for i, v := range m.Pix {
		r.Pix[i] = v&^7 | 4
		if i%4 == 3 {
			r.Pix[i] = 255
		}
	}
	return r
}
