// Package screens draws a terminal's first run; what it does is package welcome's. It is a
// window of its own, of one page for each step, in the look of the till: one bright key at
// the bottom right that Enter presses, the way back at the bottom left that Esc presses,
// and what is typed on a keyboard or a numeric pad goes where the page's own keys go.
//
// Beside it is the window of a terminal whose settings cannot be used, [Complain].
//
// A hand-held reader that types as a keyboard does is served by that: on the page of the
// enrolment code it fills in the code and its Enter goes on.
//
// Nothing here waits: what takes long runs on goroutines that end with the window, which
// [Run] waits for.
package screens
