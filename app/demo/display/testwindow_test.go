package display

import (
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"sync"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

func TestMain(m *testing.M) {
	Quiet()
	m.Run()
}

// within is the time that any one test may take; nothing here waits for it.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// startServer starts a private X server for one test, and a connection to it.
func startServer(t testing.TB, ctx context.Context) (*Server, *Display) {
	t.Helper()
	s, err := Start(ctx, image.Pt(2000, 1400))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	d, err := s.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return s, d
}

// A program is a small program with one window, on its own connection: it draws
// a known picture whenever it is asked to and reports what reaches it.
type program struct {
	conn   *xgb.Conn
	window xproto.Window
	ink    func(x, y int) color.RGBA
	drawn  chan struct{} // something was drawn
	inputs chan input
	reader sync.WaitGroup

	redrawn chan struct{} // all of it was drawn, as redraw asked
}

// An input is a button or key event as the program got it.
type input struct {
	kind byte // xproto.ButtonPress and so on
	code byte
	at   image.Point // in the window
}

// newProgram makes the window and maps it. The title is set after the window is
// on the screen, as some toolkits do.
func newProgram(t testing.TB, s *Server, title string, pid uint32, at image.Rectangle, border uint16, ink func(x, y int) color.RGBA) *program {
	t.Helper()
	conn, err := s.dial()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{conn: conn, ink: ink, drawn: make(chan struct{}, 1000), inputs: make(chan input, 1000),
		redrawn: make(chan struct{}, 1)}
	t.Cleanup(p.close)
	screen := xproto.Setup(conn).DefaultScreen(conn)
	if p.window, err = xproto.NewWindowId(conn); err != nil {
		t.Fatal(err)
	}
	err = xproto.CreateWindowChecked(conn, screen.RootDepth, p.window, screen.Root,
		int16(at.Min.X), int16(at.Min.Y), uint16(at.Dx()), uint16(at.Dy()), border,
		xproto.WindowClassInputOutput, screen.RootVisual,
		xproto.CwEventMask, []uint32{xproto.EventMaskExposure | xproto.EventMaskKeyPress | xproto.EventMaskKeyRelease |
			xproto.EventMaskButtonPress | xproto.EventMaskButtonRelease | xproto.EventMaskPointerMotion}).Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := xproto.MapWindowChecked(conn, p.window).Check(); err != nil {
		t.Fatal(err)
	}
	p.reader.Go(func() { p.run(screen.RootDepth) })
	p.set(t, xproto.AtomWmName, xproto.AtomString, 8, []byte(title))
	if pid != 0 {
		a, err := internAtoms(conn)
		if err != nil {
			t.Fatal(err)
		}
		p.set(t, a.netPID, xproto.AtomCardinal, 32, binary.LittleEndian.AppendUint32(nil, pid))
	}
	return p
}

func (p *program) set(t testing.TB, name, kind xproto.Atom, bits byte, value []byte) {
	t.Helper()
	err := xproto.ChangePropertyChecked(p.conn, xproto.PropModeReplace, p.window, name, kind, bits,
		uint32(len(value)/int(bits/8)), value).Check()
	if err != nil {
		t.Fatal(err)
	}
}

func (p *program) run(depth byte) {
	gc, err := xproto.NewGcontextId(p.conn)
	if err != nil {
		return
	}
	xproto.CreateGC(p.conn, gc, xproto.Drawable(p.window), 0, nil)
	for {
		event, xerr := p.conn.WaitForEvent()
		if event == nil && xerr == nil {
			return
		}
		switch e := event.(type) {
		case xproto.ExposeEvent:
			p.draw(gc, depth, image.Rect(int(e.X), int(e.Y), int(e.X+e.Width), int(e.Y+e.Height)))
			if e.Count == 0 {
				p.conn.Sync()
				p.drawn <- struct{}{}
			}
		case xproto.ClientMessageEvent:
			if size, err := xproto.GetGeometry(p.conn, xproto.Drawable(p.window)).Reply(); err == nil {
				p.draw(gc, depth, image.Rect(0, 0, int(size.Width), int(size.Height)))
				p.conn.Sync()
				p.redrawn <- struct{}{}
			}
		case xproto.ButtonPressEvent:
			p.inputs <- input{xproto.ButtonPress, byte(e.Detail), image.Pt(int(e.EventX), int(e.EventY))}
		case xproto.ButtonReleaseEvent:
			p.inputs <- input{xproto.ButtonRelease, byte(e.Detail), image.Pt(int(e.EventX), int(e.EventY))}
		case xproto.MotionNotifyEvent:
			p.inputs <- input{xproto.MotionNotify, 0, image.Pt(int(e.EventX), int(e.EventY))}
		case xproto.KeyPressEvent:
			p.inputs <- input{xproto.KeyPress, byte(e.Detail), image.Point{}}
		case xproto.KeyReleaseEvent:
			p.inputs <- input{xproto.KeyRelease, byte(e.Detail), image.Point{}}
		}
	}
}

// draw draws a part of the picture, a row at a time: a request has a largest size.
func (p *program) draw(gc xproto.Gcontext, depth byte, part image.Rectangle) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		var row []byte
		for x := part.Min.X; x < part.Max.X; x++ {
			c := p.ink(x, y)
			row = append(row, c.B, c.G, c.R, 0)
		}
		xproto.PutImage(p.conn, xproto.ImageFormatZPixmap, xproto.Drawable(p.window), gc,
			uint16(part.Dx()), 1, int16(part.Min.X), int16(y), 0, depth, row)
	}
}

// wait returns when the program has drawn once more.
func (p *program) wait(t testing.TB, ctx context.Context) {
	t.Helper()
	select {
	case <-p.drawn:
	case <-ctx.Done():
		t.Fatal("the program was not asked to draw")
	}
}

// next is the next input.
func (p *program) next(t testing.TB, ctx context.Context) input {
	t.Helper()
	select {
	case in := <-p.inputs:
		return in
	case <-ctx.Done():
		t.Fatal("no input reached the program")
		return input{}
	}
}

func (p *program) close() {
	p.conn.Close()
	p.reader.Wait()
}

// pattern gives every pixel of a window its own colour, different in every
// channel, so that a swapped channel or a shifted row shows.
func pattern(seed int) func(x, y int) color.RGBA {
	return func(x, y int) color.RGBA {
		return color.RGBA{R: uint8(x + seed), G: uint8(y*3 + seed), B: uint8(x/256*16 + y/256 + 7*seed), A: 255}
	}
}

// samePicture fails when the picture is not exactly what the program draws.
func samePicture(t testing.TB, got *image.RGBA, size image.Point, ink func(x, y int) color.RGBA) {
	t.Helper()
	if got.Rect != (image.Rectangle{Max: size}) {
		t.Fatalf("the picture is %v, want %v", got.Rect, size)
	}
	for y := range size.Y {
		for x := range size.X {
			if g, want := got.RGBAAt(x, y), ink(x, y); g != want {
				t.Fatalf("pixel %d,%d is %v, want %v", x, y, g, want)
			}
		}
	}
}

// redraw has the program draw everything anew and returns when it has. Events
// come in order, so whatever it was asked to draw before is drawn as well.
func (p *program) redraw(t testing.TB, ctx context.Context) {
	t.Helper()
	please := xproto.ClientMessageEvent{Format: 32, Window: p.window,
		Data: xproto.ClientMessageDataUnionData32New(make([]uint32, 5))}
	if err := xproto.SendEventChecked(p.conn, false, p.window, 0, string(please.Bytes())).Check(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.redrawn:
	case <-ctx.Done():
		t.Fatal("the program did not draw anew")
	}
}
