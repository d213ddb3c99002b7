package display

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// A Display is a connection to an X server. Close it when done.
type Display struct {
	name      string
	conn      *xgb.Conn
	root      xproto.Window
	size      image.Point
	atoms     atoms
	composite bool
	keyboard  keyboard
	input     sync.Mutex // one action of finger or keyboard at a time

	mu      sync.Mutex
	watched map[xproto.Window]bool // windows whose properties are listened to
	kept    map[xproto.Window]bool // windows whose content the server keeps
	changed chan struct{}          // closed, and replaced, when a window changed

	gone   chan struct{} // closed when the connection has ended
	events sync.WaitGroup
}

// Open connects to the X server with the given name, such as ":0", or, with an
// empty name, to the one in the environment's DISPLAY. Errors wrap ErrNoServer.
func Open(ctx context.Context, name string) (*Display, error) {
	if name == "" {
		name = os.Getenv("DISPLAY")
	}
	if name == "" {
		return nil, fmt.Errorf("open the display: %w: DISPLAY is not set", ErrNoServer)
	}
	return open(ctx, name, func() (*xgb.Conn, error) { return xgb.NewConnDisplay(name) })
}

// Open connects to this server with its own cookie. Errors wrap ErrNoServer.
func (s *Server) Open(ctx context.Context) (*Display, error) {
	return open(ctx, s.Name(), s.dial)
}

func open(ctx context.Context, name string, dial func() (*xgb.Conn, error)) (*Display, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open display %s: %w", name, err)
	}
	conn, err := dial()
	if err != nil {
		return nil, fmt.Errorf("open display %s: %w: %w", name, ErrNoServer, err)
	}
	d := &Display{
		name:    name,
		conn:    conn,
		watched: make(map[xproto.Window]bool),
		kept:    make(map[xproto.Window]bool),
		changed: make(chan struct{}),
		gone:    make(chan struct{}),
	}
	err = d.prepare()
	// Events are read from the moment that there may be any; on failure the
	// reader ends with the connection.
	d.events.Go(d.listen)
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("open display %s: %w: %w", name, ErrNoServer, err)
	}
	return d, nil
}

// prepare reads what does not change during a connection and asks for the
// events that tell of windows.
func (d *Display) prepare() error {
	setup := xproto.Setup(d.conn)
	screen := setup.DefaultScreen(d.conn)
	d.root = screen.Root
	d.size = image.Pt(int(screen.WidthInPixels), int(screen.HeightInPixels))
	if err := supported(setup, screen); err != nil {
		return err
	}
	if err := xtest.Init(d.conn); err != nil {
		return fmt.Errorf("it takes no test input (XTEST): %w", err)
	}
	d.composite = composite.Init(d.conn) == nil
	if d.composite {
		// A server answers composite requests only after the version was agreed.
		_, err := composite.QueryVersion(d.conn, 0, 4).Reply()
		d.composite = err == nil
	}
	var err error
	if d.keyboard, err = readKeyboard(d.conn, setup); err != nil {
		return err
	}
	if d.atoms, err = internAtoms(d.conn); err != nil {
		return err
	}
	return xproto.ChangeWindowAttributesChecked(d.conn, d.root, xproto.CwEventMask,
		[]uint32{xproto.EventMaskSubstructureNotify | xproto.EventMaskPropertyChange}).Check()
}

// listen is the one reader of events; it ends with the connection.
func (d *Display) listen() {
	defer close(d.gone)
	for {
		event, err := d.conn.WaitForEvent()
		if event == nil && err == nil {
			return
		}
		switch e := event.(type) {
		case xproto.DestroyNotifyEvent:
			d.mu.Lock()
			delete(d.watched, e.Window)
			delete(d.kept, e.Window)
			d.mu.Unlock()
		case nil:
			continue // an error to a request that nobody waits for
		}
		d.mu.Lock()
		close(d.changed)
		d.changed = make(chan struct{})
		d.mu.Unlock()
	}
}

// until calls look, and again after each change to any window, until it says
// done or fails. Changes between two looks are not missed: the next one is
// listened for before looking.
func (d *Display) until(ctx context.Context, look func() (done bool, err error)) error {
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		if err := ctx.Err(); err != nil {
			return err
		}
		if done, err := look(); done || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-d.gone:
			return ErrServerGone
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Name is the display's name, such as ":0".
func (d *Display) Name() string { return d.name }

// Size is the screen's size in pixels.
func (d *Display) Size() image.Point { return d.size }

// Gone is closed when the connection has ended: the server went, or Close.
func (d *Display) Gone() <-chan struct{} { return d.gone }

// Close ends the connection and everything that waits on it, and returns when
// the connection's goroutine has ended. Closing twice is allowed.
func (d *Display) Close() {
	d.conn.Close()
	d.events.Wait()
}

// known turns the server's errors into this package's.
func known(err error) error {
	var (
		window   xproto.WindowError
		drawable xproto.DrawableError
		match    xproto.MatchError
	)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF):
		return ErrServerGone
	case errors.As(err, &window), errors.As(err, &drawable):
		return ErrWindowGone
	case errors.As(err, &match):
		return ErrNotShown
	}
	return err
}
