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

// Read reads one finger: it waits for it, takes its picture, judges it, finds its
// minutiae and returns them as a template of 120 or 180 bytes, with the sensor's
// name (1 to 16 bytes of UTF-8) and the time of the capture. Pictures are wiped
// before it returns. report may be nil; see [Sensor.Capture].
//
// Errors, each with a [Hint]: those of [Open] and [Sensor.Capture]; [ErrTooPoor] from
// the gate, also when there were too few minutiae; the extractor's own. After any
// of them Read may be called again.
func (r *Reader) Read(ctx context.Context, report func(Progress)) (template []byte, sensorID string, capturedAt time.Time, err error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	ctx, end, err := r.begin(ctx)
	if err != nil {
		return nil, "", time.Time{}, err
	}
	defer end()
	sensor, impression, err := r.capture(ctx, report)
	if err != nil {
		return nil, "", time.Time{}, r.closing(err)
	}
	defer impression.Wipe()
	template, err = r.template(ctx, impression)
	if err != nil {
		return nil, "", time.Time{}, r.closing(err)
	}
	return template, sensor.ID(), impression.At, nil
}

func (r *Reader) template(ctx context.Context, i Impression) ([]byte, error) {
	quality, err := Assess(i.Gray, i.DPI)
	if err != nil {
		return nil, err
	}
	found, err := r.extractor.Extract(ctx, i.Gray, i.DPI)
	if err != nil {
		return nil, fmt.Errorf("find minutiae: %w", err)
	}
	defer clear(found)
	template, err := minutiae.Encode(found, r.size)
	if errors.Is(err, minutiae.ErrTooFew) {
		return nil, fmt.Errorf("%w (%w)", &PoorError{TooLittleArea, quality}, err)
	}
	return template, err
}

// capture takes a picture. A sensor that was pulled out and put back since the last
// read is found gone at the first exchange: then it is opened anew, once.
func (r *Reader) capture(ctx context.Context, report func(Progress)) (*Sensor, Impression, error) {
	kept := r.isOpen()
	begun := false
	watch := func(p Progress) {
		begun = begun || p.Stage > WaitingForFinger
		if report != nil {
			report(p)
		}
	}
	for {
		sensor, err := r.opened(ctx)
		if err != nil {
			return nil, Impression{}, err
		}
		i, err := sensor.Capture(ctx, watch)
		if err == nil {
			return sensor, i, nil
		}
		if !lost(err) {
			return nil, Impression{}, err
		}
		r.drop()
		if !kept || begun || !errors.Is(err, ErrUnplugged) {
			return nil, Impression{}, err
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
	return sensor, nil
}

// drop lets go of the sensor; that its port does not close well is no news then.
func (r *Reader) drop() {
	r.mu.Lock()
	sensor := r.sensor
	r.sensor = nil
	r.mu.Unlock()
	if sensor != nil {
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
