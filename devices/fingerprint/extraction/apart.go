//go:build linux && cgo

package extraction

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"sync"
	"time"

	"countersign/protocol/minutiae"
)

// longestChild is how long a child may take over a picture; one that takes longer
// is killed. It takes some 40 ms.
const longestChild = 10 * time.Second

// Apart extracts minutiae with libfprint in a process of its own for each picture,
// so that the copies of the picture that libfprint frees without wiping them go
// back to the kernel, which wipes pages before it hands them on.
//
// The process is the program itself, or another that calls [Child]. One is started by
// [Apart.Prepare] and after each picture, so that a capture does not wait for it; it gets its picture
// through a pipe, answers through another and ends. It is killed when it takes too
// long, when the extractor is closed and when this process is gone, however that
// ended.
//
// Its methods may be called from any goroutine.
type Apart struct {
	program string
	closing context.Context // ends when the extractor is closed
	close   context.CancelFunc

	mu        sync.Mutex
	spare     *child // started and waiting; nil when there is none
	preparing bool   // one is being started
	closed    bool
	children  sync.WaitGroup // that are not yet waited for, and who starts them
}

// NewApart returns an extractor whose children run program, a file's name; "" is
// the running program again. The first is started by Prepare or the first picture. The
// caller owes it a Close.
func NewApart(program string) *Apart {
	if program == "" {
		program = "/proc/self/exe"
	}
	a := &Apart{program: program}
	a.closing, a.close = context.WithCancel(context.Background())
	return a
}

// errClosed says that an extractor was used after it was closed.
var errClosed = errors.New("extractor is closed")

// Extract is [Libfprint.Extract] in a process of its own, which ctx can end.
func (a *Apart) Extract(ctx context.Context, picture *image.Gray, dpi int) ([]minutiae.Minutia, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scaled, err := rescale(picture, dpi)
	if err != nil {
		return nil, err
	}
	defer clear(scaled.Pix)
	c, spare, err := a.take()
	if err != nil {
		return nil, err
	}
	defer a.Prepare()
	found, err := a.ask(ctx, c, scaled)
	if spare && died(err) { // while it waited: another has nothing to do with that
		if c, err = a.start(); err != nil {
			return nil, err
		}
		found, err = a.ask(ctx, c, scaled)
	}
	return found, err
}

// take returns the child that is ready, or a new one.
func (a *Apart) take() (c *child, spare bool, err error) {
	a.mu.Lock()
	c, a.spare = a.spare, nil
	a.mu.Unlock()
	if c != nil {
		return c, true, nil
	}
	c, err = a.start()
	return c, false, err
}

// start starts a child, unless the extractor is closed.
func (a *Apart) start() (*child, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, errClosed
	}
	return startChild(a.program, &a.children)
}

// Prepare has a child started for the next picture, if there is none, and returns at
// once. That it could not be started is told by the next picture.
func (a *Apart) Prepare() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || a.spare != nil || a.preparing {
		return
	}
	a.preparing = true
	a.children.Go(func() {
		c, err := a.start()
		a.mu.Lock()
		a.preparing = false
		if err != nil {
			a.mu.Unlock()
			return // the next picture tells
		}
		if a.spare == nil && !a.closed {
			a.spare, c = c, nil
		}
		a.mu.Unlock()
		if c != nil {
			c.kill()
		}
	})
}

// Close ends the child that is ready and waits for all that were started. Pictures
// under way are given up.
func (a *Apart) Close() error {
	a.mu.Lock()
	c := a.spare
	a.spare, a.closed = nil, true
	a.mu.Unlock()
	a.close()
	if c != nil {
		c.kill()
	}
	a.children.Wait()
	return nil
}

// ask hands the child its picture and waits for its answer and its end.
func (a *Apart) ask(ctx context.Context, c *child, g *image.Gray) ([]minutiae.Minutia, error) {
	defer c.kill()
	ctx, cancel := context.WithTimeout(ctx, longestChild)
	defer cancel()
	// To kill the child ends the writing and the reading below.
	defer context.AfterFunc(ctx, c.kill)()
	defer context.AfterFunc(a.closing, c.kill)()
	found, err := c.exchange(g)
	switch {
	case err == nil:
	case a.closing.Err() != nil:
		return nil, errClosed
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: process: %w", ErrExtraction, ctx.Err())
	}
	if err != nil && !errors.Is(err, ErrExtraction) {
		err = fmt.Errorf("%w: process: %w", ErrExtraction, err)
	}
	return found, err
}

func (c *child) exchange(g *image.Gray) ([]minutiae.Minutia, error) {
	if _, err := c.in.Write(appendPictureHeader(nil, g)); err != nil {
		return nil, err
	}
	if _, err := c.in.Write(g.Pix); err != nil {
		return nil, err
	}
	answer := make([]byte, longestAnswer+1)
	defer clear(answer)
	n, err := io.ReadFull(c.out, answer)
	switch {
	case err == nil:
		return nil, errAnswer // it does not end
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("it ended without an answer: %w", io.ErrUnexpectedEOF)
	case !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, err
	}
	return decodeAnswer(answer[:n])
}

// died reports whether err is that of a child that ended without an answer.
func died(err error) bool {
	return errors.Is(err, errBrokenPipe) || errors.Is(err, io.ErrUnexpectedEOF)
}
