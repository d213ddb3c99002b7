package acquirer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Link keeps connections to the acquirer up and carries many transactions over
// them at once. It is safe for concurrent use.
type Link struct {
	Config
	stop    context.CancelFunc
	keepers sync.WaitGroup

	mu    sync.Mutex
	ready []*connection
	next  int
	// changed is closed, and replaced, when ready changes.
	changed chan struct{}
	waiting map[name]*wait
	past    past

	stan  atomic.Uint32 // of network messages
	stats counters
}

// connection is one TCP or TLS connection.
type connection struct {
	net.Conn
	writing sync.Mutex
	// gone says that nothing is to be sent on it any more; guarded by Link.mu.
	gone bool
	// heard gets a token when anything arrives.
	heard chan struct{}
}

// Open starts to build the connections and returns at once. The caller must
// Close the link.
func Open(c Config) (*Link, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	l := &Link{Config: c, stop: stop, changed: make(chan struct{}), waiting: map[name]*wait{}}
	for range c.Connections {
		l.keepers.Go(func() { l.keep(ctx) })
	}
	return l, nil
}

// Close signs off, drops the connections and waits. What is not answered by
// then ends with ErrNoAnswer. A nil link is closed already.
func (l *Link) Close() {
	if l == nil {
		return
	}
	l.stop()
	l.keepers.Wait()
}

// Await waits until there is a connection that the acquirer accepted.
func (l *Link) Await(ctx context.Context) error {
	_, err := l.pick(ctx)
	return err
}

// Ready says whether there is a connection that the acquirer accepted.
func (l *Link) Ready() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ready) > 0
}

// keep holds one connection up until ctx ends.
func (l *Link) keep(ctx context.Context) {
	pause := l.BackOff
	for ctx.Err() == nil {
		up, err := l.session(ctx)
		if ctx.Err() != nil {
			return
		}
		l.Log.WarnContext(ctx, "acquirer's link is down", "address", l.Address, "error", err)
		if up {
			pause = l.BackOff
		}
		select {
		case <-time.After(pause/2 + rand.N(pause/2+1)):
		case <-ctx.Done():
		}
		pause = min(2*pause, 64*l.BackOff)
	}
}

// session is one connection from dialling to its end. up says whether it was of
// use.
func (l *Link) session(ctx context.Context) (up bool, err error) {
	dialling, cancel := context.WithTimeout(ctx, l.DialTimeout)
	defer cancel()
	var conn net.Conn
	if l.TLS != nil {
		conn, err = (&tls.Dialer{Config: l.TLS}).DialContext(dialling, "tcp", l.Address)
	} else {
		conn, err = (&net.Dialer{}).DialContext(dialling, "tcp", l.Address)
	}
	if err != nil {
		return false, err
	}
	c := &connection{Conn: conn, heard: make(chan struct{}, 1)}
	ended := make(chan error, 1)
	go func() {
		err := l.read(c)
		l.retire(c)
		l.abandon(c)
		ended <- err
	}()
	read := false
	defer func() {
		l.retire(c)
		conn.Close()
		if !read {
			<-ended
		}
	}()
	if err := l.network(dialling, c, SignOn); err != nil {
		return false, fmt.Errorf("sign on: %w", err)
	}
	l.join(c)
	l.Log.InfoContext(ctx, "acquirer's link is up", "address", l.Address)
	idle := time.NewTimer(l.Idle)
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			l.retire(c)
			// ctx has ended; the sign-off is a courtesy that may take a moment.
			leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(l.AnswerTimeout, time.Second))
			defer cancel()
			return true, l.network(leaving, c, SignOff)
		case err := <-ended:
			read = true
			return true, err
		case <-c.heard:
			idle.Reset(l.Idle)
		case <-idle.C:
			testing, cancel := context.WithTimeout(ctx, l.AnswerTimeout)
			err := l.network(testing, c, EchoTest)
			cancel()
			if err != nil {
				return true, fmt.Errorf("echo test: %w", err)
			}
			idle.Reset(l.Idle)
		}
	}
}

// join lets transactions use a connection.
func (l *Link) join(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ready = append(l.ready, c)
	close(l.changed)
	l.changed = make(chan struct{})
	l.stats.connected.Add(1)
}

// retire keeps further transactions off a connection.
func (l *Link) retire(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, r := range l.ready {
		if r == c {
			l.ready = append(l.ready[:i:i], l.ready[i+1:]...)
			return
		}
	}
}

// pick returns a connection, in turn, waiting for one as long as ctx and
// DialTimeout allow. It fails with ErrNotSent.
func (l *Link) pick(ctx context.Context) (*connection, error) {
	limit := time.NewTimer(l.DialTimeout)
	defer limit.Stop()
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
		}
		l.mu.Lock()
		changed := l.changed
		if n := len(l.ready); n > 0 {
			l.next++
			c := l.ready[l.next%n]
			l.mu.Unlock()
			return c, nil
		}
		l.mu.Unlock()
		select {
		case <-changed:
		case <-limit.C:
			return nil, fmt.Errorf("%w: the acquirer's link is down", ErrNotSent)
		case <-ctx.Done():
		}
	}
}

// read takes what arrives until the connection ends.
func (l *Link) read(c *connection) error {
	for {
		raw, err := ReadFrame(c)
		if err != nil {
			if errors.Is(err, ErrMalformed) {
				l.stats.malformed.Add(1)
			}
			return err
		}
		m, err := Decode(raw)
		if err != nil {
			// What else comes on this connection cannot be trusted either.
			l.stats.malformed.Add(1)
			return err
		}
		select {
		case c.heard <- struct{}{}:
		default:
		}
		if err := l.take(c, m); err != nil {
			return err
		}
	}
}

// write sends a message whole. After an error nobody knows what has left.
func (l *Link) write(c *connection, m Message) error {
	raw, err := m.Encode()
	if err != nil {
		return err
	}
	frame, err := AppendFrame(nil, raw)
	if err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.SetWriteDeadline(time.Now().Add(l.AnswerTimeout)); err != nil {
		return err
	}
	_, err = c.Write(frame)
	return err
}
