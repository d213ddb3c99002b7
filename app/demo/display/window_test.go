package display

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/jezek/xgb/xproto"
)

func TestWaitForWindow(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	if _, err := d.Find(ctx, Titled("till")); !errors.Is(err, ErrNoWindow) {
		t.Fatalf("before there is one: %v", err)
	}
	type found struct {
		w   *Window
		err error
	}
	wait := func(m Match) chan found {
		c := make(chan found, 1)
		go func() {
			w, err := d.Wait(ctx, m)
			c <- found{w, err}
		}()
		return c
	}
	byTitle, byPID, byLate := wait(Titled("till")), wait(OfProcess(4711)), wait(Titled("renamed"))
	p := newProgram(t, s, "till", 4711, image.Rect(10, 20, 110, 120), 0, pattern(1))
	for _, c := range []chan found{byTitle, byPID} {
		f := <-c
		if f.err != nil {
			t.Fatal(f.err)
		}
		if f.w.id != p.window {
			t.Errorf("found window %#x, want %#x", f.w.id, p.window)
		}
	}
	a, err := internAtoms(p.conn)
	if err != nil {
		t.Fatal(err)
	}
	// _NET_WM_NAME wins over WM_NAME, also when it comes late.
	p.set(t, a.netName, xproto.AtomString, 8, []byte("renamed"))
	f := <-byLate
	if f.err != nil {
		t.Fatal(f.err)
	}
	if pid, err := f.w.PID(); err != nil || pid != 4711 {
		t.Errorf("PID() = %d, %v", pid, err)
	}
	if title, err := f.w.Title(); err != nil || title != "renamed" {
		t.Errorf("Title() = %q, %v", title, err)
	}
	if at, err := f.w.Bounds(); err != nil || at != image.Rect(10, 20, 110, 120) {
		t.Errorf("Bounds() = %v, %v", at, err)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	_, d := startServer(t, within(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Wait(ctx, Titled("nobody"))
	if !errors.Is(err, ErrNoWindow) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestUnmappedWindowIsNotFound(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	p := newProgram(t, s, "till", 0, image.Rect(0, 0, 50, 50), 0, pattern(1))
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		t.Fatal(err)
	}
	if err := xproto.UnmapWindowChecked(p.conn, p.window).Check(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Find(ctx, Titled("till")); !errors.Is(err, ErrNoWindow) {
		t.Errorf("Find: %v", err)
	}
	if _, err := w.Grab(ctx); !errors.Is(err, ErrNotShown) {
		t.Errorf("Grab: %v", err)
	}
	if err := w.Tap(ctx, 1, 1); !errors.Is(err, ErrNotShown) {
		t.Errorf("Tap: %v", err)
	}
	if err := w.Key(ctx, Return); !errors.Is(err, ErrNotShown) {
		t.Errorf("Key: %v", err)
	}
}

func TestPlaceAndGrab(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	p := newProgram(t, s, "till", 0, image.Rect(300, 200, 500, 300), 3, pattern(5))
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		t.Fatal(err)
	}
	p.wait(t, ctx)
	for _, to := range []image.Rectangle{
		image.Rect(100, 50, 100+640, 50+480),
		image.Rect(0, 0, 1280, 800),
		image.Rect(-7, -3, 300, 200),       // in part off the screen: the content is whole
		image.Rect(1900, 1300, 2200, 1500), // and on the other side
	} {
		if err := w.Place(ctx, to); err != nil {
			t.Fatal(err)
		}
		p.redraw(t, ctx)
		got, err := w.Grab(ctx)
		if err != nil {
			t.Fatal(err)
		}
		samePicture(t, got, to.Size(), pattern(5))
	}
	file := filepath.Join(t.TempDir(), "new", "till.png")
	if err := w.SavePNG(ctx, file); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	saved, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	picture, ok := saved.(*image.RGBA)
	if !ok {
		t.Fatalf("saved as %T", saved)
	}
	samePicture(t, picture, image.Pt(300, 200), pattern(5))
	if rest, err := os.ReadDir(filepath.Dir(file)); err != nil || len(rest) != 1 {
		t.Errorf("the folder holds %v, %v", rest, err)
	}
}

// A window that another covers is grabbed whole: one that was covered before it
// was found, once its program has drawn it, and one covered after, at once.
func TestGrabCoveredWindow(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	area := image.Rect(40, 40, 340, 240)
	below := newProgram(t, s, "below", 0, area, 0, pattern(11))
	below.wait(t, ctx)
	above := newProgram(t, s, "above", 0, area.Inset(-20), 0, pattern(90))
	above.wait(t, ctx)

	w, err := d.Wait(ctx, Titled("below"))
	if err != nil {
		t.Fatal(err)
	}
	below.wait(t, ctx) // the server has it drawn anew into its own store
	got, err := w.Grab(ctx)
	if err != nil {
		t.Fatal(err)
	}
	samePicture(t, got, area.Size(), pattern(11))

	over, err := d.Find(ctx, Titled("above"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Raise(ctx); err != nil {
		t.Fatal(err)
	}
	got, err = over.GrabInto(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	samePicture(t, got, area.Inset(-20).Size(), pattern(90))
	again, err := over.GrabInto(ctx, got)
	if err != nil {
		t.Fatal(err)
	}
	if again != got {
		t.Error("a picture of the right size was not used again")
	}
}

func TestWindowGone(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	p := newProgram(t, s, "till", 0, image.Rect(0, 0, 50, 50), 0, pattern(1))
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() { gone <- w.WaitGone(ctx) }()
	p.close()
	if err := <-gone; err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"Grab":   func() error { _, err := w.Grab(ctx); return err },
		"Tap":    func() error { return w.Tap(ctx, 1, 1) },
		"Key":    func() error { return w.Key(ctx, Return) },
		"Place":  func() error { return w.Place(ctx, image.Rect(0, 0, 9, 9)) },
		"Raise":  func() error { return w.Raise(ctx) },
		"Bounds": func() error { _, err := w.Bounds(); return err },
		"Title":  func() error { _, err := w.Title(); return err },
	} {
		if err := do(); !errors.Is(err, ErrWindowGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// BenchmarkGrab is the time for one picture of a terminal's window.
func BenchmarkGrab(b *testing.B) {
	ctx := b.Context()
	s, d := startServer(b, ctx)
	p := newProgram(b, s, "till", 0, image.Rect(0, 0, 1280, 800), 0, pattern(5))
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		b.Fatal(err)
	}
	p.wait(b, ctx)
	var picture *image.RGBA
	for b.Loop() {
		if picture, err = w.GrabInto(ctx, picture); err != nil {
			b.Fatal(err)
		}
	}
}
