// Package screens is the customer's display: a second window of the terminal's process, on a monitor that faces the customer. It
// shows what the till is doing with the customer's sale, large, in the customer's language, and [Spoken] says it to those who
// cannot see it.
//
// It decides nothing. It shows a sale.View, and hands on a choice of tip and of language; nothing on it can end a sale. What a customer
// should not have told to the whole shop, such as an account that is too low, is not on it: the phone and the cashier's own
// window say it.
//
// # Where the window goes
//
// [Window.Place] is one of
//
//   - "second": full screen on a monitor that is not the primary one, by Fyne's RequestFullScreenSecondary. Where there is one
//     monitor only, an ordinary window, so that it never covers the cashier's.
//   - "X,Y": full screen on the monitor that has this point of the desktop, in pixels: "1920,0" is the right one of two. This is for
//     three monitors, and for an order that the system does not have right.
//   - "window": an ordinary window, for one screen and for trying it out.
//
// On X11 both kinds of full screen need no window manager, as in a kiosk session; the outputs must have been laid beside one
// another (xrandr --output … --right-of …), not mirrored. On Windows they are what its display settings call "extend". Wayland lets
// no program choose a point, so there "X,Y" is an ordinary full screen.
//
// # Concurrency
//
// Methods of [Display] and [Spoken] may be called from any goroutine and return at once, but for Close.
package screens
