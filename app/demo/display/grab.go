package display

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/jezek/xgb/composite"
	"github.com/jezek/xgb/xproto"

	"countersign/app/program/wholefile"
)

// Grab returns the window's content as its program rendered it, opaque, with
// its origin at (0, 0). The picture is the caller's.
func (w *Window) Grab(ctx context.Context) (*image.RGBA, error) {
	return w.GrabInto(ctx, nil)
}

// GrabInto is Grab into the memory of an earlier picture, which must no longer
// be in use; a nil one, or one of another size, is replaced.
func (w *Window) GrabInto(ctx context.Context, old *image.RGBA) (*image.RGBA, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("grab a window: %w", err)
	}
	picture, err := w.grab(old)
	if err != nil {
		return nil, fmt.Errorf("grab a window: %w", known(err))
	}
	return picture, nil
}

// GrabPart is Grab of a part of the window, in pixels from its top left corner: quicker
// than all of it.
func (w *Window) GrabPart(ctx context.Context, part image.Rectangle) (*image.RGBA, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("grab a part of a window: %w", err)
	}
	from, area, free, err := w.content()
	if err != nil {
		return nil, fmt.Errorf("grab a part of a window: %w", known(err))
	}
	defer free()
	part = part.Add(area.Min).Intersect(area)
	if part.Empty() {
		return nil, fmt.Errorf("grab a part of a window: %w", ErrOutside)
	}
	pixels, err := w.d.getImage(from, part)
	if err != nil {
		return nil, fmt.Errorf("grab a part of a window: %w", known(err))
	}
	picture := image.NewRGBA(image.Rectangle{Max: part.Size()})
	if len(pixels) < len(picture.Pix) {
		return nil, fmt.Errorf("grab a part of a window: the server sent %d bytes for %v pixels", len(pixels), part.Size())
	}
	fromBGRX(picture.Pix, pixels[:len(picture.Pix)])
	return picture, nil
}

func (w *Window) grab(old *image.RGBA) (*image.RGBA, error) {
	from, area, free, err := w.content()
	if err != nil {
		return nil, err
	}
	defer free()
	size := area.Size()
	pixels, err := w.d.getImage(from, area)
	if err != nil {
		return nil, err
	}
	if old == nil || old.Rect != (image.Rectangle{Max: size}) {
		old = image.NewRGBA(image.Rectangle{Max: size})
	}
	if len(pixels) < size.X*size.Y*4 {
		return nil, fmt.Errorf("the server sent %d bytes for %v pixels", len(pixels), size)
	}
	fromBGRX(old.Pix, pixels[:size.X*size.Y*4])
	return old, nil
}

// getImage is the request GetImage (X protocol, opcode 73) in the Z format. It is
// written here because xproto's own copies the pixels once more, which for a
// terminal's window costs as long as it takes to send them.
func (d *Display) getImage(from xproto.Drawable, area image.Rectangle) ([]byte, error) {
	const opcode, words, header = 73, 5, 32
	request := []byte{opcode, xproto.ImageFormatZPixmap}
	request = binary.LittleEndian.AppendUint16(request, words)
	request = binary.LittleEndian.AppendUint32(request, uint32(from))
	for _, v := range []int{area.Min.X, area.Min.Y, area.Dx(), area.Dy()} {
		request = binary.LittleEndian.AppendUint16(request, uint16(v))
	}
	request = binary.LittleEndian.AppendUint32(request, 0xffffffff) // all planes
	cookie := d.conn.NewCookie(true, true)
	d.conn.NewRequest(request, cookie)
	reply, err := cookie.Reply()
	if err != nil {
		return nil, err
	}
	if len(reply) < header {
		return nil, fmt.Errorf("the server's answer has %d bytes", len(reply))
	}
	return reply[header:], nil
}

// content is the drawable that holds the window's pixels, and where in it they
// lie. With Composite it is the window's own store, border included, whole even
// where the window is covered. Its name is good until the window changes size,
// so it is asked for anew each time, and it is the store that is measured: the
// window may be of another size by then. Without Composite it is the screen, and
// the window must be on top.
func (w *Window) content() (from xproto.Drawable, area image.Rectangle, free func(), err error) {
	from, free = xproto.Drawable(w.id), func() {}
	var border int
	if w.d.composite {
		w.keepContent()
		window := xproto.GetGeometry(w.d.conn, from)
		pixmap, err := xproto.NewPixmapId(w.d.conn)
		if err != nil {
			return 0, area, nil, err
		}
		named := composite.NameWindowPixmapChecked(w.d.conn, w.id, pixmap).Check()
		if named != nil { // the number may have been another window's, that has gone
			w.forgetContent()
			w.keepContent()
			named = composite.NameWindowPixmapChecked(w.d.conn, w.id, pixmap).Check()
		}
		if named != nil {
			return 0, area, nil, named
		}
		from, free = xproto.Drawable(pixmap), func() { xproto.FreePixmap(w.d.conn, pixmap) }
		if geometry, err := window.Reply(); err == nil {
			border = int(geometry.BorderWidth)
		}
	}
	store, err := xproto.GetGeometry(w.d.conn, from).Reply()
	if err != nil {
		free()
		return 0, area, nil, err
	}
	area = image.Rect(border, border, int(store.Width)-border, int(store.Height)-border)
	return from, area, free, nil
}

// fromBGRX turns a server's pixels (blue, green, red, unused) into opaque RGBA.
func fromBGRX(rgba, bgrx []byte) {
	rgba = rgba[:len(bgrx)]
	for i := 0; i+4 <= len(bgrx) && i+4 <= len(rgba); i += 4 {
		s, d := bgrx[i:i+4:i+4], rgba[i:i+4:i+4]
		d[0], d[1], d[2], d[3] = s[2], s[1], s[0], 0xff
	}
}

// supported says no to displays whose pixels Grab would read wrongly.
func supported(setup *xproto.SetupInfo, screen *xproto.ScreenInfo) error {
	if setup.ImageByteOrder != xproto.ImageOrderLSBFirst {
		return fmt.Errorf("its pixels are most significant byte first")
	}
	for _, format := range setup.PixmapFormats {
		if format.Depth == screen.RootDepth && format.BitsPerPixel != 32 {
			return fmt.Errorf("its pixels have %d bits, not 32", format.BitsPerPixel)
		}
	}
	for _, depth := range screen.AllowedDepths {
		for _, visual := range depth.Visuals {
			if visual.VisualId != screen.RootVisual {
				continue
			}
			if visual.RedMask != 0xff0000 || visual.GreenMask != 0xff00 || visual.BlueMask != 0xff {
				return fmt.Errorf("its colours lie at %06x %06x %06x", visual.RedMask, visual.GreenMask, visual.BlueMask)
			}
		}
	}
	return nil
}

// SavePNG grabs the window and writes the picture to a file, whose folder is
// made when missing. The file is either whole or not there.
func (w *Window) SavePNG(ctx context.Context, file string) error {
	picture, err := w.Grab(ctx)
	if err != nil {
		return err
	}
	return WritePNG(file, picture)
}

// WritePNG writes a picture to a file, whose folder is made when missing. The
// file is either whole or not there.
func WritePNG(file string, picture image.Image) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("save a picture: %w", err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	staged, err := wholefile.StageFile(file, func(f *os.File) error {
		encoder := png.Encoder{CompressionLevel: png.BestSpeed}
		return errors.Join(encoder.Encode(f, picture), f.Chmod(0o644))
	})
	if err != nil {
		return err
	}
	if err := wholefile.Rename(staged, file); err != nil {
		return errors.Join(err, os.Remove(staged))
	}
	return nil
}
