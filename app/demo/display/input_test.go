package display

import (
	"errors"
	"image"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
)

// A tap is a jump of the pointer to the place, a press and a release there, and
// nothing else: also when the tap before was far away.
func TestTapJumpsToItsPlace(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	p := newProgram(t, s, "till", 0, image.Rect(700, 400, 1100, 900), 2, pattern(1))
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{0, 0}, {399, 499}, {17, 480}, {380, 3}, {380, 4}} {
		if err := w.Tap(ctx, at.X, at.Y); err != nil {
			t.Fatal(err)
		}
		for _, want := range []input{
			{xproto.MotionNotify, 0, at},
			{xproto.ButtonPress, finger, at},
			{xproto.ButtonRelease, finger, at},
		} {
			if got := p.next(t, ctx); got != want {
				t.Fatalf("a tap at %v arrived as %v, want %v", at, got, want)
			}
		}
	}
}

func TestTapOutside(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	newProgram(t, s, "till", 0, image.Rect(1900, 10, 2100, 60), 0, pattern(1))
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{-1, 5}, {5, 50}, {200, 5}, {100, 5}} { // the last: right of the screen
		if err := w.Tap(ctx, at.X, at.Y); !errors.Is(err, ErrOutside) {
			t.Errorf("Tap(%v) = %v", at, err)
		}
	}
	if err := w.Press(ctx, 5, 5, -time.Second); err == nil {
		t.Error("a finger stayed for less than no time")
	}
}

// A tap on a covered window reaches that window and not the one above it.
func TestTapCoveredWindow(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	below := newProgram(t, s, "below", 0, image.Rect(0, 0, 200, 200), 0, pattern(1))
	above := newProgram(t, s, "above", 0, image.Rect(50, 50, 150, 150), 0, pattern(2))
	w, err := d.Wait(ctx, Titled("below"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Wait(ctx, Titled("above")); err != nil {
		t.Fatal(err)
	}
	if err := w.Tap(ctx, 100, 100); err != nil {
		t.Fatal(err)
	}
	for got := below.next(t, ctx); got.kind != xproto.ButtonRelease; got = below.next(t, ctx) {
		if got.at != image.Pt(100, 100) {
			t.Errorf("arrived as %v", got)
		}
	}
	select {
	case got := <-above.inputs:
		t.Errorf("the other window got %v", got)
	default:
	}
}

func TestHeldFinger(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	newProgram(t, s, "till", 0, image.Rect(0, 0, 100, 100), 0, pattern(1))
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := w.Press(ctx, 5, 5, 250*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 250*time.Millisecond {
		t.Errorf("the finger was up after %v", took)
	}
}

// Keys arrive as their keyboard codes, at the window that they were meant for,
// wherever the pointer is.
func TestKeys(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	left := newProgram(t, s, "left", 0, image.Rect(0, 0, 100, 100), 0, pattern(1))
	right := newProgram(t, s, "right", 0, image.Rect(200, 0, 300, 100), 0, pattern(2))
	w, err := d.Wait(ctx, Titled("left"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := d.Wait(ctx, Titled("right"))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Tap(ctx, 50, 50); err != nil {
		t.Fatal(err)
	}
	for got := right.next(t, ctx); got.kind != xproto.ButtonRelease; {
		got = right.next(t, ctx)
	}

	keys := []Key{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', Return, Enter, Escape, BackSpace, Tab, Delete,
		Left, Right, Up, Down, F1, F5}
	for _, k := range keys {
		if err := w.Key(ctx, k); err != nil {
			t.Fatal(err)
		}
		code := byte(d.keyboard[k].code)
		for _, want := range []input{{kind: xproto.KeyPress, code: code}, {kind: xproto.KeyRelease, code: code}} {
			if got := left.next(t, ctx); got != want {
				t.Fatalf("key %v arrived as %v, want %v", k, got, want)
			}
		}
	}

	if err := w.Type(ctx, "7A\n"); err != nil {
		t.Fatal(err)
	}
	press := func(k Key) input { return input{kind: xproto.KeyPress, code: byte(d.keyboard[k].code)} }
	release := func(k Key) input { return input{kind: xproto.KeyRelease, code: byte(d.keyboard[k].code)} }
	for i, want := range []input{
		press('7'), release('7'),
		press(shift), press('A'), release('A'), release(shift),
		press(Return), release(Return),
	} {
		if got := left.next(t, ctx); got != want {
			t.Fatalf("stroke %d arrived as %v, want %v", i, got, want)
		}
	}
	select {
	case got := <-right.inputs:
		t.Errorf("the other window got %v", got)
	default:
	}
}

// The codes are those of the keys that a person would press: two that are known
// of every PC keyboard.
func TestKeyboardIsAKeyboard(t *testing.T) {
	_, d := startServer(t, within(t))
	for k, code := range map[Key]xproto.Keycode{Return: 36, Escape: 9, '1': 10, '0': 19} {
		if got := d.keyboard[k]; got.code != code || got.shift {
			t.Errorf("key %v is %+v, want code %d", k, got, code)
		}
	}
	if a, A := d.keyboard['a'], d.keyboard['A']; a.code != A.code || a.shift || !A.shift {
		t.Errorf("a is %+v, A is %+v", a, A)
	}
}

func TestNoSuchKey(t *testing.T) {
	ctx := within(t)
	s, d := startServer(t, ctx)
	p := newProgram(t, s, "till", 0, image.Rect(0, 0, 100, 100), 0, pattern(1))
	w, err := d.Wait(ctx, Titled("till"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Key(ctx, 0x1008ffff); !errors.Is(err, ErrNoKey) {
		t.Errorf("Key: %v", err)
	}
	if err := w.Type(ctx, "7元"); !errors.Is(err, ErrNoKey) {
		t.Errorf("Type: %v", err)
	}
	select {
	case got := <-p.inputs:
		t.Errorf("the window got %v", got)
	default:
	}
}
