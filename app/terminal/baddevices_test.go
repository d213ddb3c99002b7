//go:build linux

package main

import (
	"context"
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"countersign/app/terminal/sale"
	"countersign/devices/camera"
	"countersign/devices/camera/virtualcamera"
	"countersign/devices/fingerprint/virtualsensor"
	"countersign/protocol"
)

// fingers are those that are not the owner's, or not now.
func fingers() []mishap {
	return []mishap{
		{name: "wrong finger three times", do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			skin := rand.New(rand.NewPCG(1, 2))
			for attempt := 1; attempt <= protocol.MaxAttempts; attempt++ {
				c.touch(attempt, virtualsensor.Laid(fingerImage(c.tb, fmt.Sprint("101_", attempt)), skin))
				if attempt < protocol.MaxAttempts {
					c.until("another try", func(v sale.View) bool { return v.Attempt == attempt+1 })
				}
			}
			c.ended(sale.Refused, sale.ReasonFinger)
		}},
		{name: "wrong finger once", paid: 1, change: func(c *counter, _ *sale.Settings, ports *sale.Ports) {
			ports.Fingers = &hands{FingerReader: ports.Fingers, c: c, first: fingerImage(c.tb, "101_1")}
		}, do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.noticed(sale.ReasonRetryFinger)
			c.ended(sale.Paid, sale.ReasonNone)
		}},
		{name: "finger too poor", do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.touch(1, smudge())
			c.noticed(sale.ReasonFingerPoor)
			c.ended(sale.Refused, sale.ReasonFingerPoor)
		}},
		{name: "no finger", change: func(_ *counter, settings *sale.Settings, _ *sale.Ports) {
			settings.FingerWait = time.Second
		}, do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.ended(sale.Expired, sale.ReasonTimedOut)
		}},
		{name: "enrolled template sent as live by the phone", do: func(c *counter) {
			c.hold(c.owner, c.begin(), func(d *draft) { d.live = c.owner.enrolled })
			c.ended(sale.Refused, sale.ReasonFinger)
		}},
		{name: "enrolled template sent as live by the terminal", change: func(c *counter, _ *sale.Settings, ports *sale.Ports) {
			ports.Fingers = &forger{FingerReader: ports.Fingers, kept: c.owner.enrolled}
		}, do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.ended(sale.Refused, sale.ReasonFinger)
		}},
		{name: "live print sent again", paid: 1, change: func(_ *counter, _ *sale.Settings, ports *sale.Ports) {
			ports.Fingers = &forger{FingerReader: ports.Fingers}
		}, do: func(c *counter) {
			c.sell(c.owner)
			c.hold(c.owner, c.begin(), nil)
			c.ended(sale.Refused, sale.ReasonFinger)
		}},
	}
}

// hands lays a stranger's finger on the glass first, then the owner's.
type hands struct {
	sale.FingerReader
	c     *counter
	first image.Image
}

func (h *hands) Read(ctx context.Context, progress func(sale.FingerProgress)) (sale.Print, error) {
	if h.first == nil {
		h.first = h.c.owner.print(h.c.tb)
	}
	h.c.hand.lay(h.first)
	h.first = nil
	return h.FingerReader.Read(ctx, progress)
}

// forger is a sensor that a thief has changed: it gives a template once more that
// was kept, in place of what lies on the glass.
type forger struct {
	sale.FingerReader
	kept protocol.Template
	sent bool
}

func (f *forger) Read(ctx context.Context, progress func(sale.FingerProgress)) (sale.Print, error) {
	if f.kept != nil && !f.sent {
		f.sent = true
		return sale.Print{Template: slices.Clone(f.kept), Sensor: "forged", Captured: time.Now()}, nil
	}
	print, err := f.FingerReader.Read(ctx, progress)
	if err == nil && f.kept == nil {
		f.kept = slices.Clone(print.Template)
	}
	return print, err
}

// missingParts are devices that are not there, or go.
func missingParts() []mishap {
	return []mishap{
		{name: "sensor pulled out", change: func(_ *counter, settings *sale.Settings, _ *sale.Ports) {
			settings.FingerWait = 2 * time.Second
		}, do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.until("the prompt", func(v sale.View) bool { return v.Stage == sale.Finger })
			c.sensor.Unplug()
			c.noticed(sale.ReasonSensorLost)
			c.ended(sale.Refused, sale.ReasonSensorLost)
			c.plug()
		}},
		{name: "sensor pulled out in the picture and put back", paid: 1, do: func(c *counter) {
			c.sensor.Misbehave(virtualsensor.HangUp)
			c.hold(c.owner, c.begin(), nil)
			c.touch(1, c.owner.print(c.tb))
			c.noticed(sale.ReasonSensorLost)
			c.plug()
			c.ended(sale.Paid, sale.ReasonNone)
		}},
		{name: "camera pulled out", change: func(_ *counter, settings *sale.Settings, _ *sale.Ports) {
			settings.Life = 3 * time.Second
		}, do: func(c *counter) {
			c.begin()
			c.phone.camera.Misbehave(virtualcamera.Refused)
			c.until("the end", func(v sale.View) bool { return v.Stage == sale.Ended })
			c.phone.camera.Misbehave(virtualcamera.None)
			c.ended(sale.Refused, sale.ReasonCameraLost)
		}},
		{name: "camera missing", do: func(c *counter) {
			none, err := camera.Open(c.tb.Context(), camera.Settings{Address: "/dev/video63"})
			if err != nil {
				c.tb.Fatal(err)
			}
			defer none.Close()
			blind := c.openCounter(c.tb, func(_ *counter, settings *sale.Settings, ports *sale.Ports) {
				settings.Life, ports.Codes = 2*time.Second, lens{none}
			})
			blind.begin()
			blind.ended(sale.Refused, sale.ReasonCameraLost)
		}},
		{name: "token missing", do: func(c *counter) {
			c.wantRefused(1, "no token with this label", append(c.own.Own(c.flags()...), "--token", "nobody")...)
		}},
		{name: "wrong PIN", do: func(c *counter) {
			c.wantRefused(1, "refuses the PIN", append(c.own.Own(c.flags()...), "--pin-file", c.own.SOPIN)...)
		}},
		{name: "cancelled while the finger is asked for", do: func(c *counter) {
			c.hold(c.owner, c.begin(), nil)
			c.until("the prompt", func(v sale.View) bool { return v.Stage == sale.Finger })
			if err := c.till.Cancel(); err != nil {
				c.tb.Fatal(err)
			}
			c.ended(sale.Cancelled, sale.ReasonNone)
		}},
	}
}

func (c *counter) plug() {
	c.tb.Helper()
	if err := c.sensor.Plug(); err != nil {
		c.tb.Fatal(err)
	}
}

// wantRefused runs the terminal's program, which must end before its window opens.
func (c *counter) wantRefused(status int, says string, flags ...string) {
	c.tb.Helper()
	_, stderr, have := c.own.Run("run", flags...)
	if have != status || !strings.Contains(stderr, says) || status == 1 && !strings.Contains(stderr, "hint: ") {
		c.tb.Errorf("status %d, want %d and %q\n%s", have, status, says, stderr)
	}
}
