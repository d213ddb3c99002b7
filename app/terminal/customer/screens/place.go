package screens

import (
	"fmt"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Window says where the display is.
type Window struct {
	// Place is "second", "X,Y" or "window"; see the package. Empty is "second".
	Place string
	// Width and Height are of an ordinary window, in Fyne's units; 0 counts as 1280 by 800.
	Width, Height float32
}

// Check says whether Place can be understood.
func (w Window) Check() error {
	switch w.Place {
	case "", "second", "window":
		return nil
	}
	if _, _, ok := w.point(); !ok {
		return fmt.Errorf("customer display's place %q: want second, window or a point of the desktop such as 1920,0", w.Place)
	}
	return nil
}

// point is where Place points to.
func (w Window) point() (x, y int, ok bool) {
	left, right, found := strings.Cut(w.Place, ",")
	x, errX := strconv.Atoi(strings.TrimSpace(left))
	y, errY := strconv.Atoi(strings.TrimSpace(right))
	const far = 1 << 15 // what X11 can address
	return x, y, found && errX == nil && errY == nil && x > -far && x < far && y > -far && y < far
}

// place shows the window where it belongs.
func (w Window) place(app fyne.App, window fyne.Window) {
	if w.Width <= 0 || w.Height <= 0 {
		w.Width, w.Height = 1280, 800
	}
	window.Resize(fyne.NewSize(w.Width, w.Height))
	screen, _ := app.Driver().(desktop.Driver)
	onDesktop, is := window.(desktop.Window)
	x, y, pointed := w.point()
	switch {
	case !is || w.Place == "window":
		window.Show()
	case pointed:
		window.Show()
		onDesktop.RequestPosition(x, y)
		window.SetFullScreen(true) // on the monitor that it lies on now
	case screen != nil && screen.HasSecondaryDisplay():
		onDesktop.RequestFullScreenSecondary()
		window.Show()
	default: // one monitor, which is the cashier's
		window.Show()
	}
}
