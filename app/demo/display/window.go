package display

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/xproto"
)

// A Window is a program's top-level window. It stays the same window through
// moves and changes of title, and is gone when its program closes it.
type Window struct {
	d  *Display
	id xproto.Window
}

// Same says whether both are the same window of the display.
func (w *Window) Same(as *Window) bool { return w.d == as.d && w.id == as.id }

// A Match says which window is meant.
type Match struct {
	title string
	pid   int
}

// Titled matches windows whose title (_NET_WM_NAME, else WM_NAME) is exactly
// this.
func Titled(title string) Match { return Match{title: title} }

// OfProcess matches windows that say that they belong to this process
// (_NET_WM_PID).
func OfProcess(pid int) Match { return Match{pid: pid} }

func (m Match) String() string {
	if m.pid != 0 {
		return fmt.Sprintf("a window of process %d", m.pid)
	}
	return fmt.Sprintf("a window titled %q", m.title)
}

// Find returns the first window on the screen that matches, and ErrNoWindow when
// there is none.
func (d *Display) Find(ctx context.Context, m Match) (*Window, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("find %v: %w", m, err)
	}
	w, err := d.find(m)
	if err == nil && w == nil {
		err = ErrNoWindow
	}
	if err != nil {
		return nil, fmt.Errorf("find %v: %w", m, err)
	}
	return w, nil
}

// Wait returns the first window that matches, as soon as it is on the screen.
// When the context ends first, the error wraps ErrNoWindow and the context's.
func (d *Display) Wait(ctx context.Context, m Match) (*Window, error) {
	var w *Window
	err := d.until(ctx, func() (bool, error) {
		var err error
		w, err = d.find(m)
		return w != nil, err
	})
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ErrNoWindow, err)
		}
		return nil, fmt.Errorf("wait for %v: %w", m, err)
	}
	return w, nil
}

// find looks through the programs' windows, the top ones last as the server
// lists them.
func (d *Display) find(m Match) (*Window, error) {
	windows, err := d.windows()
	if err != nil {
		return nil, known(err)
	}
	for _, id := range windows {
		w := &Window{d: d, id: id}
		d.watch(id)
		if ok, err := w.is(m); err != nil && !errors.Is(err, ErrWindowGone) {
			return nil, err
		} else if ok {
			w.keepContent()
			return w, nil
		}
	}
	return nil, nil
}

// windows are the programs' windows: those that the window manager lists, which
// lie in frames of its own, or without one the screen's windows.
func (d *Display) windows() ([]xproto.Window, error) {
	listed, err := xproto.GetProperty(d.conn, false, d.root, d.atoms.clientList, xproto.AtomWindow, 0, 4*maxProperty).Reply()
	if err != nil {
		return nil, err
	}
	if len(listed.Value) >= 4 {
		var windows []xproto.Window
		for v := listed.Value; len(v) >= 4; v = v[4:] {
			windows = append(windows, xproto.Window(binary.LittleEndian.Uint32(v)))
		}
		return windows, nil
	}
	tree, err := xproto.QueryTree(d.conn, d.root).Reply()
	if err != nil {
		return nil, err
	}
	return tree.Children, nil
}

// watch asks for the property changes of a window, so that a title that is set
// late is seen. It is asked before the properties are read: none is missed.
func (d *Display) watch(id xproto.Window) {
	d.mu.Lock()
	seen := d.watched[id]
	d.watched[id] = true
	d.mu.Unlock()
	if !seen {
		xproto.ChangeWindowAttributes(d.conn, id, xproto.CwEventMask,
			[]uint32{xproto.EventMaskPropertyChange | xproto.EventMaskStructureNotify | xproto.EventMaskSubstructureNotify})
	}
}

// is tells whether the window matches and is on the screen.
func (w *Window) is(m Match) (bool, error) {
	matches := false
	if m.pid != 0 {
		pid, err := w.PID()
		if err != nil {
			return false, err
		}
		matches = pid == m.pid
	} else {
		title, err := w.Title()
		if err != nil {
			return false, err
		}
		matches = title == m.title
	}
	if !matches {
		return false, nil
	}
	attributes, err := xproto.GetWindowAttributes(w.d.conn, w.id).Reply()
	if err != nil {
		return false, known(err)
	}
	return attributes.MapState == xproto.MapStateViewable && attributes.Class == xproto.WindowClassInputOutput, nil
}

// forgetContent has keepContent ask anew.
func (w *Window) forgetContent() {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	delete(w.d.kept, w.id)
}

// keepContent asks the server to keep the window's content where it is covered.
// It is asked as soon as the window is found: what was covered then is drawn
// anew by its program, which takes the program a moment.
func (w *Window) keepContent() {
	if !w.d.composite {
		return
	}
	w.d.mu.Lock()
	kept := w.d.kept[w.id]
	w.d.kept[w.id] = true
	w.d.mu.Unlock()
	if !kept {
		composite.RedirectWindow(w.d.conn, w.id, composite.RedirectAutomatic)
	}
}

// Title is the window's title now, empty when it has none.
func (w *Window) Title() (string, error) {
	for _, name := range []xproto.Atom{w.d.atoms.netName, xproto.AtomWmName} {
		value, err := w.property(name)
		if err != nil {
			return "", fmt.Errorf("read a window's title: %w", err)
		}
		if len(value) > 0 {
			return string(value), nil
		}
	}
	return "", nil
}

// PID is the process that the window says it belongs to, 0 when it does not say.
func (w *Window) PID() (int, error) {
	value, err := w.property(w.d.atoms.netPID)
	if err != nil {
		return 0, fmt.Errorf("read a window's process: %w", err)
	}
	if len(value) < 4 {
		return 0, nil
	}
	return int(binary.LittleEndian.Uint32(value)), nil
}

// maxProperty bounds a property that is read here, in four-byte units.
const maxProperty = 256

func (w *Window) property(name xproto.Atom) ([]byte, error) {
	reply, err := xproto.GetProperty(w.d.conn, false, w.id, name, xproto.GetPropertyTypeAny, 0, maxProperty).Reply()
	if err != nil {
		return nil, known(err)
	}
	return reply.Value, nil
}

// Bounds is where the window's content is on the screen, in pixels.
func (w *Window) Bounds() (image.Rectangle, error) {
	geometry, err := xproto.GetGeometry(w.d.conn, xproto.Drawable(w.id)).Reply()
	if err != nil {
		return image.Rectangle{}, fmt.Errorf("measure a window: %w", known(err))
	}
	at, err := xproto.TranslateCoordinates(w.d.conn, w.id, w.d.root, 0, 0).Reply()
	if err != nil {
		return image.Rectangle{}, fmt.Errorf("measure a window: %w", known(err))
	}
	corner := image.Pt(int(at.DstX), int(at.DstY))
	return image.Rectangle{Min: corner, Max: corner.Add(image.Pt(int(geometry.Width), int(geometry.Height)))}, nil
}

// atoms are the names that the server knows by number.
type atoms struct{ netName, netPID, clientList xproto.Atom }

func internAtoms(conn *xgb.Conn) (a atoms, err error) {
	var named xproto.Atom
	for name, atom := range map[string]*xproto.Atom{
		"_NET_WM_NAME": &a.netName, "_NET_WM_PID": &a.netPID, "_NET_CLIENT_LIST": &a.clientList,
		// A compositor that draws into this display (wlroots) gives its window a title only
		// where somebody has named these before.
		"UTF8_STRING": &named, "WM_PROTOCOLS": &named, "WM_DELETE_WINDOW": &named,
	} {
		reply, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
		if err != nil {
			return a, fmt.Errorf("name %s: %w", name, err)
		}
		*atom = reply.Atom
	}
	return a, nil
}
