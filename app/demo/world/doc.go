// Package world is what lies between the programs of the demonstration: light
// and fingers. A camera sees the pixels that the other program's window really
// rendered, as a camera in a lit shop would; a finger is laid on a sensor's
// glass when somebody lays it there.
//
// # Guarantees
//
//   - What a camera is shown comes from a window's pixels, or is a picture that
//     was put before it on purpose (a photograph, a forgery).
//   - Everything random comes from one seed.
//   - Whatever is started here is waited for by its Close.
//
// # Limits
//
// A person holds the phone so that its code is in view: where a window announces
// its code, the camera is turned to it. A window that announces none is seen
// whole.
package world
