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

// Progress says how far a capture has come. Stage and Picture never fall, nor does
// Received within one picture.
type Progress struct {
	Stage    Stage
	Received int // bytes of the picture
	Total    int // bytes that the picture has; an estimate until it is done on sensors that do not tell
	// Picture counts the pictures of one placement from 1: a [Reader] takes another
	// when the first is too poor and the finger still lies there.
	Picture int
	// Advice is what the person should do while the next picture is taken; "" during the first.
	Advice Advice
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
	return s.take(ctx, capture{report: report, last: Progress{Picture: 1}})
}

// errLifted: there is no finger any more to take another picture of.
var errLifted = errors.New("finger was lifted")

// captureAgain takes picture n of a finger that lies there already; errLifted when
// it does not. advice is reported meanwhile.
func (s *Sensor) captureAgain(ctx context.Context, n int, advice Advice, report func(Progress)) (Impression, error) {
	return s.take(ctx, capture{report: report, lying: true, last: Progress{Stage: Reading, Picture: n, Advice: advice}})
}

func (s *Sensor) take(ctx context.Context, c capture) (Impression, error) {
	s.busy.Lock()
	defer s.busy.Unlock()
	c.sensor = s
	i, err := c.run(ctx)
	if k := s.current(); err != nil && k != nil {
		k.decoder.Reset() // part of a print may be in it
	}
	if err != nil {
		return Impression{}, fmt.Errorf("capture finger: %w", err)
	}
	return i, nil
}

// largestPicture is more bytes than the picture of any sensor of the family has.
const largestPicture = 1 << 16

// capture is one capture under way.
type capture struct {
	sensor *Sensor
	report func(Progress)
	lying  bool // the finger must be there already
	last   Progress
}

func (c *capture) run(ctx context.Context) (Impression, error) {
	size, _ := c.sensor.size(0)
	c.last.Total = size.X * size.Y / 2
	if c.lying {
		there, err := c.sensor.look(ctx)
		if err != nil {
			return Impression{}, err
		}
		if !there {
			return Impression{}, errLifted
		}
	} else {
		c.progress(WaitingForFinger, 0)
		if err := c.sensor.waitFor(ctx, true); err != nil {
			return Impression{}, err
		}
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

// upload reads the picture that the sensor holds, again if it arrives damaged, the
// last time at a lower speed: a cable may carry short answers at one speed and not
// a whole picture. That speed stays if it helped.
func (c *capture) upload(ctx context.Context) (*image.Gray, error) {
	for try, lowered := 1, false; ; try++ {
		gray, err := c.uploadOnce(ctx)
		if err == nil || try >= tries || ctx.Err() != nil || !errors.Is(err, ErrSilent) && !errors.Is(err, ErrGarbled) {
			if err == nil && lowered {
				c.sensor.settle()
			}
			return gray, err
		}
		k := c.sensor.current()
		if k == nil {
			return nil, ErrClosed
		}
		if err := k.drain(ctx); err != nil {
			return nil, err
		}
		if try == tries-1 && errors.Is(err, ErrGarbled) {
			lowered = true
			if err := c.sensor.lower(ctx); err != nil {
				return nil, err
			}
		}
	}
}

func (c *capture) uploadOnce(ctx context.Context) (*image.Gray, error) {
	k := c.sensor.current()
	if k == nil {
		return nil, ErrClosed
	}
	if _, err := k.command(ctx, 1, wire.UpImage); err != nil {
		return nil, err
	}
	// Room for all at once: growing would leave copies of the print behind.
	picture := make([]byte, 0, largestPicture)
	defer func() { clear(picture[:cap(picture)]) }()
	for last := false; !last; {
		p, err := k.receive(ctx)
		if err != nil {
			return nil, err
		}
		if picture, last, err = add(picture, p); err != nil {
			return nil, err
		}
		if !last {
			c.progress(Reading, min(len(picture), c.last.Total))
		}
	}
	size, known := c.sensor.size(len(picture))
	if !known {
		return nil, fmt.Errorf("%w: %d bytes are no picture of this sensor", ErrGarbled, len(picture))
	}
	return wire.UnpackGrey(picture, size.X, size.Y)
}

// add appends a packet to the picture, if it is a part of one, and wipes it.
func add(picture []byte, p wire.Packet) (_ []byte, last bool, err error) {
	defer clear(p.Payload)
	if p.Kind != wire.Data && p.Kind != wire.LastData {
		return picture, false, fmt.Errorf("%w: packet of kind %02x in the picture", ErrGarbled, byte(p.Kind))
	}
	if len(picture)+len(p.Payload) > largestPicture {
		return picture, false, fmt.Errorf("%w: the picture does not end", ErrGarbled)
	}
	return wire.AppendSecret(picture, p.Payload), p.Kind == wire.LastData, nil
}
