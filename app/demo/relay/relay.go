// Package relay is the network between a shop and its settlement, on the
// loopback interface: it passes TCP on unchanged, and can be cut and mended. It
// sees the ciphertext that any network sees.
//
// A cut breaks every connection with a reset and refuses new ones, as a link
// that is down does; what was on its way is lost. A slow relay holds everything
// that settlement answers back for a while, so that there is a time in which a
// submission has arrived and its answer has not.
package relay

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Relay is a link that can be cut. Make one with Open.
type Relay struct {
	target   string
	listener net.Listener
	ctx      context.Context
	end      context.CancelFunc
	running  sync.WaitGroup

	mu    sync.Mutex
	cut   bool
	delay time.Duration
	links map[*link]struct{}
}

// link is one connection through the relay, until broken.
type link struct {
	near, far *net.TCPConn
	broken    context.Context
	broke     context.CancelFunc

	answered atomic.Bool // the target has said something
	asked    atomic.Bool // the shop has said something since
}

// Open begins to pass connections on to an address, "host:port". Close ends it.
func Open(target string) (*Relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a link to %s: %w", target, err)
	}
	r := &Relay{target: target, listener: listener, links: make(map[*link]struct{})}
	r.ctx, r.end = context.WithCancel(context.Background())
	r.running.Go(r.accept)
	return r, nil
}

// Address is where the relay listens, "127.0.0.1:port".
func (r *Relay) Address() string { return r.listener.Addr().String() }

// Slow holds back what comes from the target by a delay, from now on, but for the first
// that it says on a connection, with which one is made (TLS); 0 is a link that is not slow.
func (r *Relay) Slow(delay time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.delay = delay
}

// Cut breaks every connection and refuses new ones until Mend. Nothing passes
// after it has returned.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
	for l := range r.links {
		l.reset()
	}
	clear(r.links)
}

// Mend lets connections pass again.
func (r *Relay) Mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
}

// Close breaks every connection, stops listening and waits for all that Open
// began.
func (r *Relay) Close() error {
	r.end()
	err := r.listener.Close()
	r.Cut()
	r.running.Wait()
	if err != nil {
		return fmt.Errorf("close the link: %w", err)
	}
	return nil
}

func (r *Relay) accept() {
	for {
		near, err := r.listener.Accept()
		if err != nil {
			return // Close
		}
		r.running.Go(func() { r.serve(near.(*net.TCPConn)) })
	}
}

// serve passes one connection on.
func (r *Relay) serve(near *net.TCPConn) {
	l := &link{near: near}
	l.broken, l.broke = context.WithCancel(r.ctx)
	defer l.broke()
	if far, err := (&net.Dialer{}).DialContext(r.ctx, "tcp", r.target); err == nil {
		l.far = far.(*net.TCPConn)
	}
	if !r.enter(l) {
		l.reset()
		return
	}
	var passing sync.WaitGroup
	passing.Go(func() { r.up(l) })
	passing.Go(func() { r.down(l) })
	passing.Wait()
	r.mu.Lock()
	delete(r.links, l)
	r.mu.Unlock()
	near.Close()
	l.far.Close()
}

// enter says whether the link is up for a connection.
func (r *Relay) enter(l *link) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut || l.far == nil {
		return false
	}
	r.links[l] = struct{}{}
	return true
}

// reset breaks a connection at both ends. That it was broken already is no news.
func (l *link) reset() {
	l.broke()
	for _, c := range []*net.TCPConn{l.near, l.far} {
		if c != nil {
			_ = c.SetLinger(0)
			_ = c.Close()
		}
	}
}
