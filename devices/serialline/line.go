package serialline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	// DefaultPoll is how long one read of the library waits, and so how late
	// the end of a context is noticed. It is the library's least.
	DefaultPoll = 100 * time.Millisecond

	// CloseLimit is the longest that [Line.Close] takes.
	CloseLimit = time.Second

	// promptEnds is how many reads in a row must end at once, without bytes,
	// before the line is taken for hung up: one alone may be a signal.
	promptEnds = 3
)

// Settings say which port to open and how.
type Settings struct {
	// Port is the device's name: /dev/ttyUSB0, a symbolic link from udev, COM3, COM12.
	Port string
	// Baud is the speed: one of the standard ones.
	Baud int
	// Poll is the time-out of one read of the library: 0.1 s (used when 0) to
	// 25.5 s, in steps of 0.1 s.
	Poll time.Duration
}

// Line is an open serial port. One goroutine may read while another writes;
// Close may be called at any time, from anywhere, and more than once.
type Line struct {
	settings Settings
	port     port
	identity os.FileInfo // of the device when it was opened

	reading, writing sync.Mutex // one Read, one Write at a time
	calls            sync.WaitGroup

	mu     sync.Mutex // guards closed and stuck, and calls.Add against Close
	closed bool
	stuck  bool // a Write was given up: the library is still in it
	done   chan struct{}
}

// Open opens the port. It does not wait for a device to appear: a port that is not
// there is [ErrMissing] at once.
func Open(ctx context.Context, s Settings) (*Line, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open serial port %s: %w", s.Port, err)
	}
	if s.Poll <= 0 {
		s.Poll = DefaultPoll
	}
	port, err := openPort(s)
	if err != nil {
		return nil, opening(s.Port, err)
	}
	return &Line{settings: s, port: port, identity: identify(s.Port), done: make(chan struct{})}, nil
}

// identify tells which device a port's name leads to. nil is none that could be told apart:
// Windows answers for COM3 with something that is another one each time it is asked, and
// fails reads and writes on a port that was pulled out.
func identify(port string) os.FileInfo {
	if runtime.GOOS == "windows" {
		return nil
	}
	identity, err := os.Stat(port)
	if err != nil {
		return nil
	}
	return identity
}

// port is an open port. A Read that finds nothing ends after [Settings.Poll] with n = 0.
type port interface {
	io.ReadWriteCloser
	Flush() error // throws away what was received and not yet read, and what was not yet sent
}

// Settings returns what the line was opened with.
func (l *Line) Settings() Settings { return l.settings }

// enter counts a call into the library, so that Close can wait for it.
func (l *Line) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.calls.Add(1)
	return nil
}

func (l *Line) leave() { l.calls.Done() }

// Read waits for at least one byte and returns what is there, at most len(p). It
// fails with the context's error, [ErrUnplugged] or [ErrClosed], then with n = 0.
func (l *Line) Read(ctx context.Context, p []byte) (n int, err error) {
	l.reading.Lock()
	defer l.reading.Unlock()
	for prompt := 0; ; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, took, err := l.readOnce(p)
		if n > 0 || len(p) == 0 {
			return n, nil
		}
		if err != nil {
			return 0, l.failed("read", err)
		}
		if took >= l.settings.Poll/2 {
			prompt = 0
			if l.missing() {
				return 0, l.failed("read", ErrUnplugged)
			}
			continue
		}
		if prompt++; prompt >= promptEnds || l.hungUp() {
			return 0, l.failed("read", ErrUnplugged)
		}
	}
}

// readOnce is one read of the library: n = 0 without an error is a time-out or a
// hang-up, and only how long it took tells which.
func (l *Line) readOnce(p []byte) (n int, took time.Duration, err error) {
	if err := l.enter(); err != nil {
		return 0, 0, err
	}
	defer l.leave()
	start := time.Now()
	n, err = l.port.Read(p)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, time.Since(start), err
}

// hungUp asks the kernel: even nothing at all cannot be written to a hung-up line.
func (l *Line) hungUp() bool {
	if l.enter() != nil {
		return true
	}
	defer l.leave()
	_, err := l.port.Write(nil)
	return err != nil || l.missing()
}

// missing reports whether the port's name leads to another device than was opened,
// or to none.
func (l *Line) missing() bool {
	if l.identity == nil {
		return false
	}
	now, err := os.Stat(l.settings.Port)
	return err != nil || !os.SameFile(now, l.identity)
}

// failed names what was being done and turns the library's errors into ours.
func (l *Line) failed(doing string, err error) error {
	select {
	case <-l.done:
		err = ErrClosed
	default:
		if !errors.Is(err, ErrClosed) && !errors.Is(err, ErrUnplugged) {
			// What fails on an open line is a device that went away (EIO,
			// ENXIO, ENODEV; on Windows, access denied).
			err = fmt.Errorf("%w (%w)", ErrUnplugged, err)
		}
	}
	return fmt.Errorf("%s serial port %s: %w", doing, l.settings.Port, err)
}

// Write writes all of p. It ends early only with the context's error, or
// [ErrUnplugged] or [ErrClosed]. After a write that its context ended every other is
// [ErrStuck], for what was sent is not known: close the line.
func (l *Line) Write(ctx context.Context, p []byte) (n int, err error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	stuck := l.stuck
	l.mu.Unlock()
	if stuck {
		return 0, fmt.Errorf("write serial port %s: %w", l.settings.Port, ErrStuck)
	}
	if err := l.enter(); err != nil {
		return 0, l.failed("write", err)
	}
	type result struct {
		n   int
		err error
	}
	wrote := make(chan result, 1)
	own := append([]byte(nil), p...) // the library may hold it longer than we do
	go func() {
		defer l.leave()
		n, err := l.port.Write(own)
		wrote <- result{n, err}
	}()
	ended := func(r result) (int, error) {
		if r.err != nil {
			return r.n, l.failed("write", r.err)
		}
		return r.n, nil
	}
	select {
	case r := <-wrote:
		return ended(r)
	case <-ctx.Done():
		select {
		case r := <-wrote: // both at once: it was written
			return ended(r)
		default:
		}
		l.mu.Lock()
		l.stuck = true
		l.mu.Unlock()
		return 0, ctx.Err()
	case <-l.done:
		return 0, l.failed("write", ErrClosed)
	}
}

// Discard throws away what was received and not yet read, and what was not yet sent.
func (l *Line) Discard() error {
	if err := l.enter(); err != nil {
		return l.failed("flush", err)
	}
	defer l.leave()
	if err := l.port.Flush(); err != nil {
		return l.failed("flush", err)
	}
	return nil
}

// Close closes the port, ends what waits on it and returns within [CloseLimit],
// even when a write is stuck in the kernel (the port is then let go when that ends).
func (l *Line) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	close(l.done)
	l.mu.Unlock()

	ended := make(chan error, 1)
	go func() {
		// Unsent bytes would make close(2) wait for a far end that takes none.
		_ = l.port.Flush()
		l.calls.Wait()
		ended <- l.port.Close()
	}()
	limit := time.NewTimer(CloseLimit)
	defer limit.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("close serial port %s: %w", l.settings.Port, err)
		}
		return nil
	case <-limit.C:
		return fmt.Errorf("close serial port %s: still in use after %v", l.settings.Port, CloseLimit)
	}
}
