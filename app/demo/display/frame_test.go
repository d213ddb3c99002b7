package display

import (
	"encoding/binary"
	"image"
	"testing"

	"github.com/jezek/xgb/xproto"
)

// On a person's desktop the window manager puts each window into a frame and
// lists it on the screen: it is found, grabbed and tapped there as well.
func TestFramedWindow(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	frame := newProgram(t, s, "frame", 0, image.Rect(100, 100, 500, 500), 0, pattern(3))
	p := newProgram(t, s, "till", 0, image.Rect(0, 0, 200, 100), 0, pattern(4))
	if err := xproto.ReparentWindowChecked(p.conn, p.window, frame.window, 10, 30).Check(); err != nil {
		t.Fatal(err)
	}
	err := xproto.ChangePropertyChecked(frame.conn, xproto.PropModeReplace, d.root, d.atoms.clientList, xproto.AtomWindow, 32, 1,
		binary.LittleEndian.AppendUint32(nil, uint32(p.window))).Check()
	if err != nil {
		t.Fatal(err)
	}
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		t.Fatal(err)
	}
	if at, err := w.Bounds(); err != nil || at != image.Rect(110, 130, 310, 230) {
		t.Fatalf("Bounds() = %v, %v", at, err)
	}
	p.redraw(t, ctx)
	got, err := w.Grab(ctx)
	if err != nil {
		t.Fatal(err)
	}
	samePicture(t, got, image.Pt(200, 100), pattern(4))
	if err := w.Tap(ctx, 199, 99); err != nil {
		t.Fatal(err)
	}
	for got := p.next(t, ctx); got.kind != xproto.ButtonRelease; got = p.next(t, ctx) {
		if got.at != image.Pt(199, 99) {
			t.Errorf("arrived as %v", got)
		}
	}
}
