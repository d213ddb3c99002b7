package printer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"syscall"
	"time"

	"countersign/devices/serialline"
)

// link is an open connection. One goroutine may read while another writes; Close ends both.
type link interface {
	Read(ctx context.Context, p []byte) (int, error)
	Write(ctx context.Context, p []byte) (int, error)
	Close() error
}

// dialLimit is how long a network connection may take.
const dialLimit = 5 * time.Second

// dial opens the connection. The errors are ErrMissing, ErrBusy and ErrUnreachable.
func (t target) dial(ctx context.Context) (link, error) {
	switch t.kind {
	case "serial":
		l, err := serialline.Open(ctx, serialline.Settings{Port: t.name, Baud: t.baud})
		if err != nil {
			return nil, err // not l: a nil *Line is no nil link
		}
		return l, nil
	case "usb":
		// Non-blocking, so that the runtime's poller can end a read or write: a printer without paper takes no more data.
		f, err := os.OpenFile(t.name, os.O_RDWR|nonBlocking, 0)
		if err != nil && runtime.GOOS == "windows" {
			f, err = os.OpenFile(t.name, os.O_WRONLY, 0)
		}
		if err != nil {
			return nil, opening(t.name, err)
		}
		return &stream{deadlined: f, name: t.name}, nil
	default:
		ctx, cancel := context.WithTimeout(ctx, dialLimit)
		defer cancel()
		c, err := (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext(ctx, "tcp", t.name)
		if err != nil {
			return nil, fmt.Errorf("connect to printer %s: %w (%w)", t.name, ErrUnreachable, err)
		}
		return &stream{deadlined: c, name: t.name}, nil
	}
}

func opening(name string, err error) error {
	kind := ErrMissing
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EBUSY) {
		kind = ErrBusy
	}
	return fmt.Errorf("open printer %s: %w (%w)", name, kind, err)
}

// deadlined is what a file and a network connection have in common.
type deadlined interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// stream ends its reads and writes with their context, by deadlines.
type stream struct {
	deadlined
	name string
}

func (s *stream) Read(ctx context.Context, p []byte) (int, error) {
	return s.do(ctx, "read", p, s.deadlined.Read, s.SetReadDeadline)
}

func (s *stream) Write(ctx context.Context, p []byte) (int, error) {
	return s.do(ctx, "write", p, s.deadlined.Write, s.SetWriteDeadline)
}

func (s *stream) do(ctx context.Context, doing string, p []byte, call func([]byte) (int, error), deadline func(time.Time) error) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := deadline(time.Time{}); err != nil && !errors.Is(err, os.ErrNoDeadline) {
		return 0, s.failed(doing, err)
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		if deadline(time.Unix(1, 0)) != nil { // no deadlines here: only closing ends the call
			_ = s.Close()
		}
	})
	n, err := call(p)
	if !stop() {
		<-ended // before the next call sets a deadline of its own
	}
	if err != nil && ctx.Err() != nil {
		return n, ctx.Err()
	}
	if err != nil {
		return n, s.failed(doing, err)
	}
	return n, nil
}

// failed: what fails on an open connection is a printer that went away.
func (s *stream) failed(doing string, err error) error {
	return fmt.Errorf("%s printer %s: %w (%w)", doing, s.name, ErrUnplugged, err)
}
