package httpserver

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Bounds are how many connections a server has.
type Bounds struct {
	// Connections is how many are open at once, idle ones among them. One more is
	// closed at once, before anything is read: its client knows that it sent
	// nothing.
	Connections int
	// Handshakes is how many TLS handshakes are under way at once; the others wait.
	Handshakes int
	// Within bounds a handshake, its wait included.
	Within time.Duration
}

// Handshakes returns a listener that accepts TLS connections whose handshake is
// done, from l. A rush of clients that connect, each with signatures to be made and
// verified, so takes no more of the machine than is set for it, and messages on
// connections that are there go on. Close closes l and waits for what is under way.
func Handshakes(l net.Listener, config *tls.Config, b Bounds, log *slog.Logger) net.Listener {
	ctx, cancel := context.WithCancel(context.Background())
	h := &handshakes{
		Listener: l, config: config, bounds: b, log: log, ctx: ctx, cancel: cancel,
		open: make(chan struct{}, b.Connections), turns: make(chan struct{}, b.Handshakes), done: make(chan net.Conn), failed: make(chan error, 1),
	}
	h.running.Go(h.accept)
	return h
}

type handshakes struct {
	net.Listener
	config *tls.Config
	bounds Bounds
	log    *slog.Logger
	ctx    context.Context // ends with Close
	cancel context.CancelFunc

	open, turns chan struct{}
	done        chan net.Conn
	failed      chan error // why l accepts no more
	running     sync.WaitGroup
}

// accept takes connections until the listener is closed or fails.
func (h *handshakes) accept() {
	for {
		raw, err := h.Listener.Accept()
		if err != nil {
			h.failed <- err
			return
		}
		select {
		case h.open <- struct{}{}:
		default:
			_ = raw.Close() // there is no room to tell why
			continue
		}
		counted := &connection{Conn: raw, closed: sync.OnceFunc(func() { <-h.open })}
		h.running.Go(func() { h.shake(tls.Server(counted, h.config)) })
	}
}

// shake does one handshake and hands the connection over.
func (h *handshakes) shake(conn *tls.Conn) {
	ctx, cancel := context.WithTimeout(h.ctx, h.bounds.Within)
	defer cancel()
	err := h.inTurn(ctx, conn)
	if err != nil {
		h.log.InfoContext(ctx, "no TLS connection", "from", conn.RemoteAddr().String(), "reason", err.Error())
		_ = conn.Close() // it never was one
		return
	}
	select {
	case h.done <- conn:
	case <-h.ctx.Done():
		_ = conn.Close()
	}
}

func (h *handshakes) inTurn(ctx context.Context, conn *tls.Conn) error {
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
		return conn.HandshakeContext(ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Accept returns the next connection whose handshake is done, a *tls.Conn.
func (h *handshakes) Accept() (net.Conn, error) {
	select {
	case conn := <-h.done:
		return conn, nil
	case err := <-h.failed:
		h.failed <- err // for whoever asks next
		return nil, err
	case <-h.ctx.Done():
		return nil, net.ErrClosed
	}
}

// Close ends the listening and what is under way.
func (h *handshakes) Close() error {
	h.cancel()
	err := h.Listener.Close()
	h.running.Wait()
	return err
}

// connection tells when it was closed.
type connection struct {
	net.Conn
	closed func()
}

func (c *connection) Close() error {
	defer c.closed()
	return c.Conn.Close()
}
