package virtualcamera

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	boundary     = "countersign-frame"
	writeTimeout = 5 * time.Second // a client that takes no bytes for longer is dropped
)

// Server serves frames of a screen as motion JPEG (multipart/x-mixed-replace) to whoever connects, on the loopback
// interface only: they are pictures of windows with payments in them. Make one with Serve. Its methods may be
// called from many goroutines.
type Server struct {
	interval time.Duration
	loop     int
	listener net.Listener
	http     *http.Server
	cancel   context.CancelFunc
	owned    sync.WaitGroup

	mu       sync.Mutex
	grab     func() image.Image // gives the screen; nil: it has not changed
	fault    Fault
	watchers int
	closed   bool
	woken    chan struct{} // closed and replaced when a watcher comes
	jpeg     []byte        // the newest frame; replaced, never changed
	fresh    chan struct{} // closed and replaced with every frame
	frames   uint64        // made so far
	turned   uint64        // how often another screen was put before it
}

// Options of a Server. The zero value will do.
type Options struct {
	// Address to listen on; its host must be a loopback address. Empty: 127.0.0.1 and a free port.
	Address string
	// Interval between frames, at least 1 ms. Zero: 1/15 s.
	Interval time.Duration
	// Loop is how many frames of a screen that stays are drawn, at least 2; they are then sent again in turn, as a
	// camera's own processor would make them: for whoever measures what shares the machine. Zero: all are drawn.
	Loop int
}

// Serve begins to serve a dark screen under the light. Close ends it.
func Serve(light Light, o Options) (*Server, error) {
	renderer, err := NewRenderer(light)
	if err != nil {
		return nil, err
	}
	if o.Interval == 0 {
		o.Interval = time.Second / 15
	}
	if o.Interval < time.Millisecond {
		return nil, fmt.Errorf("virtual camera: an interval of %v: at least 1 ms", o.Interval)
	}
	if o.Loop < 0 || o.Loop == 1 {
		return nil, fmt.Errorf("virtual camera: a loop of %d frames", o.Loop)
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	if host, _, err := net.SplitHostPort(o.Address); err != nil || !net.ParseIP(host).IsLoopback() {
		return nil, fmt.Errorf("virtual camera: %q is not a loopback address with a port", o.Address)
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("virtual camera: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{interval: o.Interval, loop: o.Loop, listener: listener, cancel: cancel, woken: make(chan struct{}), fresh: make(chan struct{})}
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: 5 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	s.owned.Add(2)
	go func() {
		defer s.owned.Done()
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			cancel() // nobody can connect any more
		}
	}()
	go func() {
		defer s.owned.Done()
		s.render(ctx, renderer)
	}()
	return s, nil
}

// URL is what to give to a camera as its address.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/stream" }

// Show puts a screen before the camera: the true pixels of a window. The image must not be changed afterwards.
func (s *Server) Show(screen image.Image) {
	shown := false
	var mu sync.Mutex
	s.ShowLive(func() image.Image {
		mu.Lock()
		defer mu.Unlock()
		if shown {
			return nil
		}
		shown = true
		return screen
	})
}

// ShowLive puts a changing screen before the camera: grab is called once for each frame, only while somebody
// watches, and gives the window's pixels now, or nil if they have not changed. The image may be reused by the next
// call. Grab may block; frames then come later. What it returns after another screen was put before the camera is not
// seen any more.
func (s *Server) ShowLive(grab func() image.Image) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grab = grab
	s.turned++
}

// Watchers tells how many clients are connected.
func (s *Server) Watchers() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watchers
}

// Frames tells how many frames have been made. It stands still while nobody watches.
func (s *Server) Frames() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frames
}

// Close stops everything, waits for it, and closes every client's connection. It may be called more than once.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	err := s.http.Close()
	s.owned.Wait()
	return err
}

// render makes frames at the interval while somebody watches.
func (s *Server) render(ctx context.Context, r *Renderer) {
	tick := time.NewTicker(s.interval)
	defer tick.Stop()
	var drawn [][]byte // of the screen that stays
	for {
		s.mu.Lock()
		idle, woken, grab, turned := s.watchers == 0, s.woken, s.grab, s.turned
		n, frozen := s.frames, s.fault == Frozen && s.jpeg != nil
		s.mu.Unlock()
		if idle {
			select {
			case <-ctx.Done():
				return
			case <-woken:
			}
			continue
		}
		if !frozen {
			if grab != nil {
				screen := grab()
				if !s.stillAt(turned) {
					continue
				}
				if screen != nil {
					r.Look(screen)
					drawn = nil
				}
			}
			var picture []byte
			if s.loop > 0 && len(drawn) == s.loop {
				picture = drawn[n%uint64(s.loop)]
			} else {
				picture = append(picture, r.JPEG(n)...)
				drawn = append(drawn, picture)
				if s.loop == 0 {
					drawn = nil
				}
			}
			if !s.stillAt(turned) { // it takes a while to draw
				continue
			}
			s.mu.Lock()
			s.jpeg = picture
			s.frames++
			s.mu.Unlock()
		}
		s.mu.Lock()
		close(s.fresh)
		s.fresh = make(chan struct{})
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// stillAt says whether the camera has not been turned to another screen.
func (s *Server) stillAt(turned uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turned == turned
}

// watch counts a client in, and out again by the function that it returns, which is nil when it is too late.
func (s *Server) watch() (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.owned.Add(1)
	s.watchers++
	close(s.woken)
	s.woken = make(chan struct{})
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watchers--
		s.owned.Done()
	}
}
