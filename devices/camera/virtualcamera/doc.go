// Package virtualcamera is the world in front of a camera: it takes the pixels that a screen shows, makes of them
// what a camera facing that screen would see, and serves the frames as motion JPEG on the loopback interface,
// which package camera opens as it would any network camera. It is for tests and the demonstration, and needs no
// camera, no OpenCV and no cgo.
//
// Light says how the picture is spoilt: how large the code's modules come out, roll, perspective tilt, blur,
// sensor noise, JPEG. Everything random comes from its seed and the frame's number, so that a frame can be made
// again; no two frames are alike, as with a real sensor.
//
// Server sends the frames to any number of clients at a steady pace, does no work while nobody watches, and can
// misbehave on purpose (see Fault).
//
// Limits: no motion blur, no moiré of the screen's own grid, no reflections, no lens distortion; a screen that is
// reduced to less than half is sampled, not averaged. A code is
// enlarged or reduced to the wanted module size only if it is upright on the screen and at least two pixels a
// module, as our own windows draw it; any other screen is fitted into the frame whole.
package virtualcamera
