package golden

import (
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

var (
	gallery = flag.String("gallery", "", "save the picture of every screen in this folder, to be looked at")
	only    = flag.String("only", "", "the screens whose names match this `expression`, as \"^zh-tap\"")
	without = flag.String("without", "^$", "of these not the ones whose names match this `expression`")
)

// Saving says that the run draws every screen for somebody to look at, and compares none.
func Saving() bool { return *gallery != "" }

// Wanted says whether a screen is looked at in this run.
func Wanted(name string) bool {
	return regexp.MustCompile(*only).MatchString(name) && !regexp.MustCompile(*without).MatchString(name)
}

// Look saves the picture of a window under a screen's name while Saving. Else it compares it with the one that is kept of
// it, if one is, but for the codes in it.
func Look(t testing.TB, name string, window fyne.Window, kept bool) {
	t.Helper()
	switch {
	case Saving():
		save(t, filepath.Join(*gallery, name+".png"), window.Canvas().Capture())
	case kept:
		Check(t, name, window.Canvas().Capture(), codes(window)...)
	}
}

// Colours counts the colours in a picture, looking at each third pixel both ways: a camera's picture has many, a screen of
// words few.
func Colours(m image.Image) int {
	seen := map[color.Color]bool{}
	b := m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		for x := b.Min.X; x < b.Max.X; x += 3 {
			seen[m.At(x, y)] = true
		}
	}
	return len(seen)
}

func save(t testing.TB, path string, m image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
}

// code is a QR code as the widgets draw it. This package does not import them, so that they can be held to pictures too.
type code interface {
	fyne.CanvasObject
	Modules() int
	ModulePixels() int
}

// codes are where QR codes are in a window: they hold keys and signatures that are others in every run.
func codes(window fyne.Window) (all []image.Rectangle) {
	for _, o := range test.LaidOutObjects(window.Content()) {
		if q, is := o.(code); is && q.Visible() {
			at, size := fyne.CurrentApp().Driver().AbsolutePositionForObject(q), q.Size()
			all = append(all, image.Rect(int(at.X), int(at.Y), int(at.X+size.Width), int(at.Y+size.Height)))
		}
	}
	return all
}
