package camera

import (
	"context"
	"fmt"
	"image"
	"time"
)

// Code is a QR code that was read.
type Code struct {
	Text       string         // valid UTF-8, 1 to MaxText bytes
	Outline    [4]image.Point // its corners in the camera's pixels; see Decoded
	FrameAt    time.Time      // when its picture arrived, by Settings.Clock
	DecodeTook time.Duration  // from the picture to the text
}

// Scan waits for a code whose text want accepts and returns the first; want is called on the caller's goroutine
// and must not block. Only pictures that arrive after the call count, and always the newest: while one is decoded,
// others are dropped. A missing or lost camera does not end the wait, because it may come back; when ctx ends
// first, errors.Is finds ctx.Err() and, if the camera was not open, ErrMissing or ErrLost too. ErrClosed after Close.
func (c *Camera) Scan(ctx context.Context, want func(text string) bool) (Code, error) {
	c.mu.Lock()
	c.scans++
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.scans--
		c.mu.Unlock()
	}()
	since := time.Now()
	for {
		f, err := c.newer(ctx, since)
		if err != nil {
			return Code{}, err
		}
		since = f.taken
		began := time.Now()
		found, err := decodeWithin(f.gray, c.settings.FrameInterval, time.Now)
		if err != nil {
			continue // that picture is spoilt; the next is on its way
		}
		took := time.Since(began)
		for _, d := range found {
			c.mu.Lock()
			c.outline, c.marked = d.Outline, c.newest.seq+outlineLasts
			c.mu.Unlock()
			if want(d.Text) {
				return Code{Text: d.Text, Outline: d.Outline, FrameAt: f.at, DecodeTook: took}, nil
			}
		}
	}
}

// newer waits for a picture that was taken after since.
func (c *Camera) newer(ctx context.Context, since time.Time) (*frame, error) {
	for {
		c.mu.Lock()
		f, arrived := c.newest, c.arrived
		c.mu.Unlock()
		switch {
		case c.ctx.Err() != nil:
			return nil, fmt.Errorf("wait for a code: %w", ErrClosed)
		case ctx.Err() != nil:
			if s := c.State(); s.Err != nil {
				return nil, fmt.Errorf("wait for a code: %w: %w", ctx.Err(), s.Err)
			}
			return nil, fmt.Errorf("wait for a code: %w", ctx.Err())
		case f != nil && f.taken.After(since):
			return f, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
		case <-c.ctx.Done():
		}
	}
}
