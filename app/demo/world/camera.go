package world

import (
	"context"
	"fmt"
	"image"
	"time"

	"countersign/devices/camera/virtualcamera"
)

// pace is how long a frame stays. Ten frames a second is what a cheap camera
// gives in a dim shop, and half a core for two of them, drawn by a processor.
const pace = 100 * time.Millisecond

// sway is over how many frames a hand drifts from one pose to another.
const sway = 15

// Camera is a network camera that one of the programs watches.
type Camera struct {
	// Idle is how long a frame may stay while its program reads no codes, or there is
	// none to be read: drawing frames is most of what the demonstration costs. With 0
	// every frame is drawn at the camera's pace, for whoever looks at the preview.
	Idle time.Duration

	ctx    context.Context
	server *virtualcamera.Server
}

// Looker is a program behind a camera: it reads codes while it shows one of the screens.
type Looker struct {
	Party   string
	Screens []string
}

// NewCamera puts up a camera in a lit shop (4 to 6 pixels a module, roll and
// tilt ±10°, blur σ 0.8, noise σ 4, JPEG quality 80), lens covered. Close takes it
// down; the context ends its looking at windows.
//
// With loop, frames of a picture that stays are drawn so often and then sent again in
// turn; 0 draws all.
func NewCamera(ctx context.Context, seed uint64, loop int) (*Camera, error) {
	light := virtualcamera.Moderate(seed)
	light.Sway = sway
	server, err := virtualcamera.Serve(light, virtualcamera.Options{Interval: pace, Loop: loop})
	if err != nil {
		return nil, fmt.Errorf("put up a camera: %w", err)
	}
	return &Camera{ctx: ctx, server: server}, nil
}

// URL is the address that a program opens.
func (c *Camera) URL() string { return c.server.URL() }

// Watch turns the camera of a program to a window, which it sees from now on as it
// changes.
func (c *Camera) Watch(w *Window, by Looker) {
	e := &eye{ctx: c.ctx, window: w, by: by, idle: c.Idle}
	c.server.ShowLive(e.look)
}

// Show puts a picture before the camera: a photograph, or a forged code. The
// picture must not be changed afterwards.
func (c *Camera) Show(picture image.Image) { c.server.Show(picture) }

// Cover holds a hand before the lens: it sees nothing of any code.
func (c *Camera) Cover() { c.server.Show(image.NewRGBA(image.Rect(0, 0, 64, 64))) }

// Close takes the camera down.
func (c *Camera) Close() error {
	if err := c.server.Close(); err != nil {
		return fmt.Errorf("take down a camera: %w", err)
	}
	return nil
}
