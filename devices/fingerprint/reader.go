package fingerprint

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"

	"countersign/protocol/minutiae"
)

// Extractor finds the minutiae in a grey picture (ridges dark). It leaves the
// picture as it is. Package extraction has one.
type Extractor interface {
	Extract(ctx context.Context, picture *image.Gray, dpi int) ([]minutiae.Minutia, error)
}

// A preparer is an extractor that has something to make ready for a picture.
type preparer interface{ Prepare() }

// Reader reads fingers into templates. It opens the sensor when it is needed, keeps
// it open, and opens it anew after it was pulled out. Its methods may be called
// from any goroutine; reads are served one at a time.
type Reader struct {
	settings  Settings
	extractor Extractor
	size      minutiae.Size

	reading sync.Mutex // one Read or Open at a time
	mu      sync.Mutex // guards what follows against Close
	sensor  *Sensor
	cancel  context.CancelFunc // ends the Read under way
	closed  bool
}

// NewReader returns a reader of the sensor of settings. It does not touch the sensor
// yet. Templates have the given size.
func NewReader(settings Settings, extractor Extractor, size minutiae.Size) *Reader {
	return &Reader{settings: settings, extractor: extractor, size: size}
}

// Open opens the sensor, if it is not open, so that the first Read does not have to.
// Its errors are those of the function [Open].
func (r *Reader) Open(ctx context.Context) error {
	r.reading.Lock()
	defer r.reading.Unlock()
	ctx, end, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	_, err = r.opened(ctx)
	return r.closing(err)
}

// pictures is how many pictures of one placement are taken at most. A dry finger
// leaves a better one the second time, for it has sweated on the glass, and the person
// has read what to do; more would only keep them waiting.
const pictures = 2

// Read reads one finger: it waits for it, takes its picture, judges it, finds its
// minutiae and returns them as a template of 120 or 180 bytes, with the sensor's
// name (1 to 16 bytes of UTF-8) and the time of the capture. Pictures are wiped
// before it returns; the template is the caller's to wipe. A picture that is too poor
// is taken once more if the finger still lies there, and its advice reported meanwhile.
// report may be nil; see [Sensor.Capture]. [Done] is reported when a picture is good.
//
// Errors, each with an [Advice]: those of [Open] and [Sensor.Capture]; [ErrTooPoor] from
// the gate, also when there were too few minutiae; [ErrExtractor]. After any
// of them Read may be called again; [Reader.WaitLifted] sees to it that this is another placement.
func (r *Reader) Read(ctx context.Context, report func(Progress)) (template []byte, sensorID string, capturedAt time.Time, err error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	ctx, end, err := r.begin(ctx)
	if err != nil {
		return nil, "", time.Time{}, err
	}
	defer end()
	if report == nil {
		report = func(Progress) {}
	}
	if e, can := r.extractor.(preparer); can { // while the finger is on its way
		e.Prepare()
	}
	sensor, impression, quality, err := r.placement(ctx, report)
	if err != nil {
		return nil, "", time.Time{}, r.closing(err)
	}
	defer impression.Wipe()
	template, err = r.template(ctx, impression, quality)
	if err != nil {
		return nil, "", time.Time{}, r.closing(err)
	}
	return template, sensor.ID(), impression.At, nil
}

// placement takes pictures of one placement of the finger until one is good.
func (r *Reader) placement(ctx context.Context, report func(Progress)) (*Sensor, Impression, Quality, error) {
	var done Progress
	hold := func(p Progress) {
		if done = p; p.Stage != Done {
			report(p)
		}
	}
	sensor, impression, err := r.capture(ctx, hold)
	for n := 2; err == nil; n++ {
		var quality Quality
		if quality, err = Assess(impression.Gray, impression.DPI); err == nil {
			report(done)
			return sensor, impression, quality, nil
		}
		impression.Wipe()
		if n > pictures {
			break
		}
		poor := err
		impression, err = sensor.captureAgain(ctx, n, AdviceOn(poor), hold)
		if errors.Is(err, errLifted) || errors.Is(err, ErrFinger) {
			err = poor
		}
	}
	if lost(err) {
		r.drop()
	}
	return nil, Impression{}, Quality{}, err
}

func (r *Reader) template(ctx context.Context, i Impression, quality Quality) ([]byte, error) {
	found, err := r.extractor.Extract(ctx, i.Gray, i.DPI)
	if ctx.Err() != nil {
		clear(found)
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrExtractor, err)
	}
	defer clear(found)
	template, err := minutiae.Encode(found, r.size)
	switch {
	case errors.Is(err, minutiae.ErrTooFew):
		return nil, fmt.Errorf("%w (%w)", &PoorError{TooLittleArea, quality}, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrExtractor, err)
	}
	return template, nil
}

// WaitLifted waits until no finger lies on the sensor, so that the next [Reader.Read] is
// of a new placement; call it between two tries, and between the captures of an enrolment.
// It returns at once when none does. Errors: ctx's, and those of Read but for [ErrFinger]
// and [ErrTooPoor].
func (r *Reader) WaitLifted(ctx context.Context) error {
	r.reading.Lock()
	defer r.reading.Unlock()
	ctx, end, err := r.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	_, err = r.with(ctx, func(s *Sensor) (bool, error) { return true, s.WaitLifted(ctx) })
	return r.closing(err)
}

// capture takes a picture as soon as a finger lies there.
func (r *Reader) capture(ctx context.Context, report func(Progress)) (*Sensor, Impression, error) {
	var i Impression
	sensor, err := r.with(ctx, func(s *Sensor) (again bool, err error) {
		again = true
		i, err = s.Capture(ctx, func(p Progress) {
			again = again && p.Stage == WaitingForFinger
			report(p)
		})
		return again, err
	})
	return sensor, i, err
}

// with does something with the sensor. One that was pulled out and put back since the
// last time is found gone at the first exchange: then it is opened anew, once, if
// it may be done again.
func (r *Reader) with(ctx context.Context, do func(*Sensor) (again bool, err error)) (*Sensor, error) {
	kept := r.isOpen()
	for {
		sensor, err := r.opened(ctx)
		if err != nil {
			return nil, err
		}
		again, err := do(sensor)
		if err == nil {
			return sensor, nil
		}
		if !lost(err) {
			return nil, err
		}
		r.drop()
		if !kept || !again || !errors.Is(err, ErrUnplugged) {
			return nil, err
		}
		kept = false
	}
}

// lost reports whether the sensor must be opened anew after err.
func lost(err error) bool {
	return errors.Is(err, ErrUnplugged) || errors.Is(err, ErrSilent) || errors.Is(err, ErrGarbled) || errors.Is(err, ErrClosed)
}

// begin starts a call that Close ends.
func (r *Reader) begin(ctx context.Context) (context.Context, context.CancelFunc, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil, ErrClosed
	}
	ctx, r.cancel = context.WithCancel(ctx)
	return ctx, r.cancel, nil
}

// closing names the reason of what Close ended.
func (r *Reader) closing(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && r.closed {
		return ErrClosed
	}
	return err
}

func (r *Reader) isOpen() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sensor != nil
}

// opened returns the sensor, opened if it was not.
func (r *Reader) opened(ctx context.Context) (*Sensor, error) {
	r.mu.Lock()
	sensor := r.sensor
	r.mu.Unlock()
	if sensor != nil {
		return sensor, nil
	}
	sensor, err := Open(ctx, r.settings)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.Join(ErrClosed, sensor.Close())
	}
	r.sensor = sensor
	// The sensor keeps its speed: the next time it is found at once.
	r.settings.Baud = sensor.Baud()
	return sensor, nil
}

// drop lets go of the sensor; that its port does not close well is no news then.
func (r *Reader) drop() {
	r.mu.Lock()
	sensor := r.sensor
	r.sensor = nil
	r.mu.Unlock()
	if sensor != nil {
		// What was learnt of the line stays.
		r.settings.Baud, r.settings.FastestBaud = sensor.Baud(), sensor.fastest()
		_ = sensor.Close()
	}
}

// Close ends a read that is under way and lets go of the sensor.
func (r *Reader) Close() error {
	r.mu.Lock()
	sensor, cancel := r.sensor, r.cancel
	r.sensor, r.closed = nil, true
	r.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	if sensor == nil {
		return nil
	}
	return sensor.Close()
}
