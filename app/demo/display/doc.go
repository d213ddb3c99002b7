// Package display is the X display on which the demonstration plays the world
// between the programs: it starts a private X server without a screen, finds the
// programs' windows, takes the pixels that they really rendered, and presses
// their keys and touches their buttons as a keyboard and a touch panel would.
//
// The programs know nothing of it. What a person would see is what Grab returns
// and what a person would do is what Tap and Key do, so a sale played through
// this package is a sale played through the real windows.
//
// # Guarantees
//
//   - A server started here can be reached only over its local socket and only
//     with its own cookie; Stop ends it, waits for it and removes what it made.
//     It also ends when the program that started it dies.
//   - Waiting is done on the server's events, never by looking again after a
//     while. Every wait ends with its context, and with ErrServerGone when the
//     server goes.
//   - A grab is the window's own content even where another window covers it,
//     provided that the server has the Composite extension (Xvfb and Xorg do).
//   - A tap reaches the window that it is meant for or is an error: a covered
//     window is raised first.
//
// # Limits
//
// Displays must be true colour with 32 bits a pixel, least significant byte
// first, which is what every X server of today on such a machine offers.
// Requests that the server answers at once are not interrupted by a context: a
// context is looked at before them, and Close ends them. A Display and its
// Windows may be used by many goroutines; two goroutines that tap or type at
// the same time take turns, action by action.
//
// Sources: X Window System Protocol, version 11; the XTEST extension 2.2; the
// Composite extension 0.4; Extended Window Manager Hints 1.5.
package display

import (
	"errors"
	"io"
	"log"

	"github.com/jezek/xgb"
)

// The errors that a caller may decide on. All are wrapped with what was being
// done.
var (
	// ErrNoServer means that no X server could be started or reached.
	ErrNoServer = errors.New("no X server")
	// ErrServerGone means that the X server went away, or that the Display was
	// closed, while something was wanted from it.
	ErrServerGone = errors.New("the X server has gone")
	// ErrNoWindow means that no window matches.
	ErrNoWindow = errors.New("no such window")
	// ErrWindowGone means that the window was closed by its program.
	ErrWindowGone = errors.New("the window has gone")
	// ErrNotShown means that the window is there but not on the screen.
	ErrNotShown = errors.New("the window is not shown")
	// ErrOutside means that a point lies outside the window or the screen.
	ErrOutside = errors.New("outside the window")
	// ErrCovered means that another window keeps covering the point.
	ErrCovered = errors.New("covered by another window")
	// ErrNoKey means that the display's keyboard has no such key.
	ErrNoKey = errors.New("no such key on this keyboard")
)

// Quiet stops the X library from writing to standard error about connections
// that end, which this package reports as errors already. The library's log is
// one for the whole process, so the program decides: call it once at the start
// of main, before the first Open.
func Quiet() { xgb.Logger = log.New(io.Discard, "", 0) }
