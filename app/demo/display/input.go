package display

import (
	"context"
	"fmt"
	"image"
	"time"

	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// touch is how long a quick finger stays on a panel.
const touch = 30 * time.Millisecond

// maxHold bounds how long Press keeps the finger down.
const maxHold = time.Minute

const finger = 1 // the pointer's first button, which a touch panel presses

// Tap touches the window at a point of its content, in pixels from its top left
// corner, as a touch panel does: the pointer is there at once, with no motion on
// the way, and is pressed and let go. It returns when the server has delivered
// all of it, not when the program has acted on it.
//
// A window that is covered there is raised first; ErrCovered when that does not
// help, ErrOutside when the point is not in the window or not on the screen.
func (w *Window) Tap(ctx context.Context, x, y int) error {
	return w.Press(ctx, x, y, touch)
}

// Press is Tap with the time for which the finger stays, at most a minute. The
// server keeps the time; the context does not end it early, so that no button is
// left pressed.
func (w *Window) Press(ctx context.Context, x, y int, hold time.Duration) error {
	if hold < 0 || hold > maxHold {
		return fmt.Errorf("tap a window at %d,%d: a finger cannot stay for %v", x, y, hold)
	}
	if err := w.press(ctx, image.Pt(x, y), hold); err != nil {
		return fmt.Errorf("tap a window at %d,%d: %w", x, y, err)
	}
	return nil
}

func (w *Window) press(ctx context.Context, at image.Point, hold time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.d.input.Lock()
	defer w.d.input.Unlock()
	bounds, err := w.Bounds()
	if err != nil {
		return err
	}
	screen := at.Add(bounds.Min)
	if !screen.In(bounds) || !screen.In(image.Rectangle{Max: w.d.size}) {
		return fmt.Errorf("%w: it is at %v of %v", ErrOutside, bounds, w.d.size)
	}
	if err := w.uncover(ctx, screen); err != nil {
		return err
	}
	return w.d.fake(
		act{kind: xproto.MotionNotify, at: screen},
		act{kind: xproto.ButtonPress, detail: finger},
		act{kind: xproto.ButtonRelease, detail: finger, after: hold},
	)
}

// uncover makes sure that what is done at a point of the screen reaches the
// window.
func (w *Window) uncover(ctx context.Context, at image.Point) error {
	top, err := w.top()
	if err != nil {
		return err
	}
	for _, raise := range []func(context.Context) error{w.Raise, nil} {
		there, err := xproto.TranslateCoordinates(w.d.conn, w.d.root, w.d.root, int16(at.X), int16(at.Y)).Reply()
		if err != nil {
			return known(err)
		}
		if there.Child == top {
			return nil
		}
		if raise != nil {
			if err := raise(ctx); err != nil {
				return err
			}
		}
	}
	if attributes, err := xproto.GetWindowAttributes(w.d.conn, w.id).Reply(); err != nil {
		return known(err)
	} else if attributes.MapState != xproto.MapStateViewable {
		return ErrNotShown
	}
	return ErrCovered
}

// top is the window itself, or the frame that a window manager put around it.
func (w *Window) top() (xproto.Window, error) {
	id := w.id
	for {
		tree, err := xproto.QueryTree(w.d.conn, id).Reply()
		if err != nil {
			return 0, known(err)
		}
		if tree.Parent == w.d.root || tree.Parent == 0 {
			return id, nil
		}
		id = tree.Parent
	}
}

// Key gives the window the keyboard and presses and lets go one key, with shift
// where the keyboard wants it.
func (w *Window) Key(ctx context.Context, k Key) error {
	if err := w.keys(ctx, k); err != nil {
		return fmt.Errorf("press the key %v: %w", k, err)
	}
	return nil
}

// Type gives the window the keyboard and types a text of ASCII characters; a line
// feed is Return. Nothing is typed when a character has no key.
func (w *Window) Type(ctx context.Context, text string) error {
	var keys []Key
	for _, r := range text {
		switch {
		case r == '\n':
			keys = append(keys, Return)
		case r == '\t':
			keys = append(keys, Tab)
		case r >= ' ' && r < 0x7f:
			keys = append(keys, Key(r))
		default:
			return fmt.Errorf("type a text with %q: %w", r, ErrNoKey)
		}
	}
	if err := w.keys(ctx, keys...); err != nil {
		return fmt.Errorf("type a text of %d characters: %w", len(keys), err)
	}
	return nil
}

func (w *Window) keys(ctx context.Context, keys ...Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var acts []act
	held := w.d.keyboard[shift].code
	for _, k := range keys {
		stroke, ok := w.d.keyboard[k]
		if !ok || stroke.shift && held == 0 {
			return fmt.Errorf("%w: %v", ErrNoKey, k)
		}
		one := []act{
			{kind: xproto.KeyPress, detail: byte(stroke.code)},
			{kind: xproto.KeyRelease, detail: byte(stroke.code)},
		}
		if stroke.shift {
			one = []act{{kind: xproto.KeyPress, detail: byte(held)}, one[0], one[1], {kind: xproto.KeyRelease, detail: byte(held)}}
		}
		acts = append(acts, one...)
	}
	w.d.input.Lock()
	defer w.d.input.Unlock()
	err := xproto.SetInputFocusChecked(w.d.conn, xproto.InputFocusPointerRoot, w.id, xproto.TimeCurrentTime).Check()
	if err != nil {
		return known(err)
	}
	return w.d.fake(acts...)
}

// An act is one thing that a hand does. after is the time since the act before.
type act struct {
	kind   byte // an X event's number
	detail byte // a button or key code
	at     image.Point
	after  time.Duration
}

// fake has the server behave as if the acts had been done with its devices, one
// after the other, and returns when they have been.
func (d *Display) fake(acts ...act) error {
	for _, a := range acts {
		xtest.FakeInput(d.conn, a.kind, a.detail, uint32(a.after.Milliseconds()),
			d.root, int16(a.at.X), int16(a.at.Y), 0)
	}
	// The server answers in order, so an answer to anything means: done.
	if _, err := xproto.GetInputFocus(d.conn).Reply(); err != nil {
		return known(err)
	}
	return nil
}
