package world

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"slices"
	"sync"
	"time"

	"countersign/app/demo/chronicle"
	"countersign/app/demo/display"
)

// CodeControl is how windows announce the QR code that they show.
const CodeControl = "code"

// Window is a program's window with what it announces.
type Window struct {
	Party string
	*display.Window
	Chronicle *chronicle.Chronicle
	// Before is called before each touch, with which a screen may go; it may be nil.
	Before func(context.Context)
}

// Tap touches the middle of a control of the screen that is announced now.
func (w *Window) Tap(ctx context.Context, control string) error {
	return w.Touch(ctx, w.Chronicle.Now(w.Party), control)
}

// Touch touches the middle of a control where a screen has it that was announced. The
// window may show another one by now, as it may under any finger.
func (w *Window) Touch(ctx context.Context, screen *chronicle.Screen, control string) error {
	if screen == nil || !screen.Has(control) {
		name := "no screen"
		if screen != nil {
			name = "screen " + screen.Name
		}
		return fmt.Errorf("tap %s: the %s has no such control on its %s", control, w.Party, name)
	}
	if w.Before != nil {
		w.Before(ctx)
	}
	at := screen.Targets[control]
	middle := at.Min.Add(at.Size().Div(2))
	if err := w.Window.Tap(ctx, middle.X, middle.Y); err != nil {
		return fmt.Errorf("tap %s of the %s: %w", control, w.Party, err)
	}
	return nil
}

// Photograph is the part of the window that a camera held to it sees now.
func (w *Window) Photograph(ctx context.Context) (*image.RGBA, error) {
	picture, err := w.Grab(ctx)
	if err != nil {
		return nil, fmt.Errorf("photograph the %s: %w", w.Party, err)
	}
	return crop(picture, w.view()), nil
}

// view is where the announced code is, and nothing when there is none.
func (w *Window) view() image.Rectangle {
	screen := w.Chronicle.Now(w.Party)
	if screen == nil || !screen.Has(CodeControl) {
		return image.Rectangle{}
	}
	return screen.Targets[CodeControl]
}

// crop is the part of a picture that a camera is turned to: the code's
// neighbourhood, as far as the picture reaches, or all of it. The pixels are
// shared.
func crop(picture *image.RGBA, code image.Rectangle) *image.RGBA {
	if code.Empty() {
		return picture
	}
	around := code.Inset(-max(code.Dx(), code.Dy()) / 16).Intersect(picture.Rect)
	if around.Empty() {
		return picture
	}
	return picture.SubImage(around).(*image.RGBA)
}

// eye looks at a window through a camera's server, which asks for one picture
// after the other. It keeps its memory from picture to picture.
type eye struct {
	ctx    context.Context
	window *Window
	by     Looker
	idle   time.Duration

	mu          sync.Mutex
	last        *image.RGBA // the window's pixels
	seen, spare *image.RGBA // the part that the camera is turned to, now and before
}

// rest waits while there is nothing for the program to read, but not for longer than a
// frame may stay.
func (e *eye) rest() {
	if e.idle <= 0 {
		return
	}
	idle, stop := context.WithTimeout(e.ctx, e.idle)
	defer stop()
	c := e.window.Chronicle
	for {
		from := c.Len()
		if looks := c.Now(e.by.Party); !e.window.view().Empty() && looks != nil && slices.Contains(e.by.Screens, looks.Name) {
			return
		}
		if _, _, err := c.Wait(idle, from, chronicle.Any(chronicle.OnScreen(e.window.Party), chronicle.OnScreen(e.by.Party))); err != nil {
			return
		}
	}
}

// look is what the window shows now, nil when that is what it showed before. A
// window that cannot be grabbed, because it is just being closed, leaves the
// picture as it is.
func (e *eye) look() image.Image {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rest()
	picture, err := e.window.GrabInto(e.ctx, e.last)
	if err != nil {
		return nil
	}
	e.last = picture
	part := crop(picture, e.window.view())
	size := image.Rectangle{Max: part.Rect.Size()}
	if e.spare == nil || e.spare.Rect != size {
		e.spare = image.NewRGBA(size) // from its first byte on, as the renderer wants it
	}
	draw.Draw(e.spare, size, part, part.Rect.Min, draw.Src)
	if e.seen != nil && e.seen.Rect == size && bytes.Equal(e.seen.Pix, e.spare.Pix) {
		return nil
	}
	e.seen, e.spare = e.spare, e.seen
	return e.seen
}
