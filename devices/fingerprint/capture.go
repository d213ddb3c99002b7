package fingerprint

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"countersign/devices/fingerprint/wire"
)

// Stage is where a capture stands.
type Stage int

// The stages of a capture, in their order.
const (
	WaitingForFinger Stage = iota // ask for the finger
	Reading                       // the picture is coming: keep the finger there
	Done                          // the picture is here: the finger may be lifted
)

func (s Stage) String() string {
	switch s {
	case WaitingForFinger:
		return "waiting for finger"
	case Reading:
		return "reading"
	case Done:
		return "done"
	}
	return fmt.Sprintf("stage %d", int(s))
}

// Progress says how far a capture has come. Stage and Received never fall.
type Progress struct {
	Stage    Stage
	Received int // bytes of the picture
	Total    int // bytes that the picture has; an estimate until it is done on sensors that do not tell
}

// Impression is one picture of a finger.
type Impression struct {
	Gray *image.Gray // ridges dark, 4 bits deep, from (0, 0)
	DPI  int
	At   time.Time // when it was complete
}

// Wipe overwrites the picture.
func (i Impression) Wipe() {
	if i.Gray != nil {
		clear(i.Gray.Pix)
	}
}

// Capture waits for a finger, takes its picture and reads it from the sensor. It
// waits as long as ctx lets it. report, which may be nil, is called from
// this goroutine and should return at once. Errors: as of [Open], and [ErrFinger]
// when the sensor could not make out the finger. After [ErrUnplugged], [ErrSilent]
// and [ErrGarbled] the sensor is to be closed and opened again.
func (s *Sensor) Capture(ctx context.Context, report func(Progress)) (Impression, error) {
	s.busy.Lock()
	defer s.busy.Unlock()
	s.mu.Lock()
	k := s.link
	s.mu.Unlock()
	if k == nil {
		return Impression{}, ErrClosed
	}
	c := &capture{sensor: s, link: k, report: report}
	i, err := c.run(ctx)
	if err != nil {
		k.decoder.Reset() // part of a print may be in it
		return Impression{}, fmt.Errorf("capture finger: %w", err)
	}
	return i, nil
}

// largestPicture is more bytes than the picture of any sensor of the family has.
const largestPicture = 1 << 16

// capture is one capture under way.
type capture struct {
	sensor *Sensor
	link   *link
	report func(Progress)
	last   Progress
}

func (c *capture) run(ctx context.Context) (Impression, error) {
	size, _ := c.sensor.size(0)
	c.last.Total = size.X * size.Y / 2
	c.progress(WaitingForFinger, 0)
	if err := c.waitForFinger(ctx); err != nil {
		return Impression{}, err
	}
	c.progress(Reading, 0)
	gray, err := c.upload(ctx)
	if err != nil {
		return Impression{}, err
	}
	c.last.Total = gray.Rect.Dx() * gray.Rect.Dy() / 2
	c.progress(Done, c.last.Total)
	return Impression{Gray: gray, DPI: c.sensor.settings.DPI, At: c.sensor.settings.Now()}, nil
}

// progress reports; a picture that is sent again does not go back to 0.
func (c *capture) progress(stage Stage, received int) {
	c.last.Stage, c.last.Received = max(c.last.Stage, stage), max(c.last.Received, received)
	if c.report != nil {
		c.report(c.last)
	}
}

func (c *capture) waitForFinger(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
		_, err := c.link.command(ctx, tries, wire.GetImage)
		var refused *ConfirmationError
		if !errors.As(err, &refused) || refused.Code != wire.NoFinger {
			return err
		}
		pause.Reset(c.sensor.settings.Poll)
	}
}

// upload reads the picture that the sensor holds, again if it arrives damaged.
func (c *capture) upload(ctx context.Context) (*image.Gray, error) {
	for try := 1; ; try++ {
		gray, err := c.uploadOnce(ctx)
		if err == nil || try >= tries || ctx.Err() != nil || !errors.Is(err, ErrSilent) && !errors.Is(err, ErrGarbled) {
			return gray, err
		}
		if err := c.link.drain(ctx); err != nil {
			return nil, err
		}
	}
}

func (c *capture) uploadOnce(ctx context.Context) (*image.Gray, error) {
	if _, err := c.link.command(ctx, 1, wire.UpImage); err != nil {
		return nil, err
	}
	// Room for all at once: growing would leave copies of the print behind.
	picture := make([]byte, 0, largestPicture)
	defer func() { clear(picture[:cap(picture)]) }()
	for {
		p, err := c.link.receive(ctx)
		if err != nil {
			return nil, err
		}
		if p.Kind != wire.Data && p.Kind != wire.LastData {
			return nil, fmt.Errorf("%w: packet of kind %02x in the picture", ErrGarbled, byte(p.Kind))
		}
		if len(picture)+len(p.Payload) > largestPicture {
			return nil, fmt.Errorf("%w: the picture does not end", ErrGarbled)
		}
		picture = append(picture, p.Payload...)
		clear(p.Payload)
		if p.Kind == wire.LastData {
			break
		}
		c.progress(Reading, min(len(picture), c.last.Total))
	}
	size, known := c.sensor.size(len(picture))
	if !known {
		return nil, fmt.Errorf("%w: %d bytes are no picture of this sensor", ErrGarbled, len(picture))
	}
	return wire.UnpackGrey(picture, size.X, size.Y)
}
