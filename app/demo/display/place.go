package display

import (
	"context"
	"fmt"
	"image"

	"github.com/jezek/xgb/xproto"
)

// Place moves and resizes the window so that its content fills the given
// rectangle of the screen, in pixels, and returns when the server has done so.
// The program is then told and draws anew: its next picture has the new size.
//
// A window manager may decide otherwise; the context then ends the wait and the
// error tells where the window is.
func (w *Window) Place(ctx context.Context, to image.Rectangle) error {
	if err := w.place(ctx, to); err != nil {
		if at, e := w.Bounds(); e == nil {
			return fmt.Errorf("place a window at %v: it is at %v: %w", to, at, err)
		}
		return fmt.Errorf("place a window at %v: %w", to, err)
	}
	return nil
}

func (w *Window) place(ctx context.Context, to image.Rectangle) error {
	if to.Dx() <= 0 || to.Dy() <= 0 || to.Dx() > 1<<15-1 || to.Dy() > 1<<15-1 {
		return ErrOutside
	}
	w.d.watch(w.id)
	// The server places the outer corner of the border, which lies outside the
	// content.
	geometry, err := xproto.GetGeometry(w.d.conn, xproto.Drawable(w.id)).Reply()
	if err != nil {
		return known(err)
	}
	corner := to.Min.Sub(image.Pt(int(geometry.BorderWidth), int(geometry.BorderWidth)))
	err = xproto.ConfigureWindowChecked(w.d.conn, w.id,
		xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
		[]uint32{uint32(int32(corner.X)), uint32(int32(corner.Y)), uint32(to.Dx()), uint32(to.Dy())}).Check()
	if err != nil {
		return known(err)
	}
	return w.d.until(ctx, func() (bool, error) {
		at, err := w.Bounds()
		return at == to, err
	})
}

// Raise puts the window above all others.
func (w *Window) Raise(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("raise a window: %w", err)
	}
	err := xproto.ConfigureWindowChecked(w.d.conn, w.id,
		xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove}).Check()
	if err != nil {
		return fmt.Errorf("raise a window: %w", known(err))
	}
	return nil
}

// WaitGone returns when the window has been closed by its program, nil also when
// it was gone before.
func (w *Window) WaitGone(ctx context.Context) error {
	w.d.watch(w.id)
	err := w.d.until(ctx, func() (bool, error) {
		_, err := xproto.GetWindowAttributes(w.d.conn, w.id).Reply()
		switch err = known(err); err {
		case nil:
			return false, nil
		case ErrWindowGone:
			return true, nil
		default:
			return false, err
		}
	})
	if err != nil {
		return fmt.Errorf("wait for a window to close: %w", err)
	}
	return nil
}
