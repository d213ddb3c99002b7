package camera

import (
	"fmt"
	"image"
	"image/draw"
	"math/rand/v2"
	"testing"
	"time"
)

// finders tiles a picture with finder patterns, pitch modules from one to the next.
func finders(w, h, module, pitch int) *image.Gray {
	rings := [7]string{"#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"}
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range min(h, pitch*module) {
		for x := range w {
			if u, v := x/module%pitch, y/module%pitch; u > 6 || v > 6 || rings[v][u] == '.' {
				g.Pix[y*g.Stride+x] = 255
			}
		}
	}
	for done := g.Stride * pitch * module; done < len(g.Pix); done *= 2 { // the rest repeats it
		copy(g.Pix[done:], g.Pix[:done])
	}
	return g
}

// Pictures made to keep the reader busy are given up soon. The reader by itself tries every three finder patterns:
// hours for the first of these.
func TestHostilePictures(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	noise, tiles := image.NewGray(image.Rect(0, 0, 1280, 720)), image.NewGray(image.Rect(0, 0, 1280, 720))
	for i := range noise.Pix {
		noise.Pix[i] = byte(r.Uint32())
	}
	draw.Draw(tiles, image.Rect(0, 0, 99, 99), window(t, "CS1R:MANY", 2, 3), image.Pt(60, 20), draw.Src)
	for y := range 720 {
		for x := 0; x < 1280; x += 100 {
			copy(tiles.Pix[y*tiles.Stride+x:(y+1)*tiles.Stride], tiles.Pix[y%100*tiles.Stride:][:100])
		}
	}
	pictures := map[string]*image.Gray{"noise": noise, "96 codes": tiles}
	for _, m := range []int{1, 2, 3, 4, 6, 8} {
		for _, pitch := range []int{8, 9, 15} {
			pictures[fmt.Sprintf("finder patterns of %d pixels a module, every %d", m, pitch)] = finders(1280, 720, m, pitch)
		}
	}
	for name, g := range pictures {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			if _, err := Decode(g); err != nil {
				t.Error(err)
			}
			took := time.Since(began)
			if took > 10*time.Second { // room for a busy machine
				t.Errorf("took %v", took)
			}
			t.Logf("%.1f ms", took.Seconds()*1e3)
		})
	}
}

// Two codes in one picture are both found.
func TestDecodeTwoCodes(t *testing.T) {
	g := image.NewGray(image.Rect(0, 0, 400, 200))
	want := map[string]bool{}
	for i := range 2 {
		text := fmt.Sprintf("CS1R:%d", i)
		want[text] = true
		at := image.Pt(i%2*200, i/2*200)
		draw.Draw(g, image.Rect(0, 0, 132, 132).Add(at), window(t, text, 2, 4), image.Pt(60, 20), draw.Src)
	}
	found, err := Decode(g)
	if err != nil || len(found) != 2 {
		t.Fatalf("%v, %v", found, err)
	}
	for _, d := range found {
		if delete(want, d.Text); len(want) == 2 {
			t.Errorf("read %q", d.Text)
		}
	}
	if len(want) != 0 {
		t.Errorf("not read: %v", want)
	}
}
