package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"countersign/app/program/victim"
)

// relay is the network between the terminals and settlement. TLS goes through it
// end to end; it can only cut lines and hold bytes up.
type relay struct {
	listener net.Listener
	target   atomic.Pointer[string]
	share    atomic.Uint64 // of the lines that are cut, in a thousand
	running  sync.WaitGroup
	cancel   context.CancelFunc

	mu     sync.Mutex
	random *rand.Rand
	cut    int
	slow   int
}

// newRelay begins to carry lines. share is of lines cut and of bytes held up, 0
// to 1.
func newRelay(seed uint64, share float64) (*relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relay{listener: l, random: rand.New(rand.NewPCG(seed, 99))}
	r.share.Store(uint64(share * 1000))
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	r.running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // closed
			}
			r.running.Go(func() { r.carry(ctx, c) })
		}
	})
	return r, nil
}

func (r *relay) address() string { return r.listener.Addr().String() }

// heal ends all faults.
func (r *relay) heal() { r.share.Store(0) }

func (r *relay) close() {
	r.cancel()
	_ = r.listener.Close() // nobody dials any more
	r.running.Wait()
}

// draw says with what share something happens, and a number below n.
func (r *relay) draw(n int) (bool, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.random.Uint64N(1000) < r.share.Load(), r.random.IntN(n)
}

// carry carries one line to wherever settlement is now.
func (r *relay) carry(ctx context.Context, near net.Conn) {
	defer near.Close()
	target := r.target.Load()
	if target == nil {
		return
	}
	far, err := net.DialTimeout("tcp", *target, time.Second)
	if err != nil {
		return
	}
	defer far.Close()
	after := -1
	if cut, n := r.draw(12_000); cut {
		r.mu.Lock()
		r.cut++
		r.mu.Unlock()
		after = n // bytes, both ways together: some within the handshake
	}
	line := &line{left: int64(after), limited: after >= 0}
	stop := context.AfterFunc(ctx, func() { _, _ = near.Close(), far.Close() })
	defer stop()
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
		both.Go(func() {
			r.copy(ctx, line, way[1], way[0])
			_, _ = near.Close(), far.Close()
		})
	}
	both.Wait()
}

// line counts what may still pass.
type line struct {
	mu      sync.Mutex
	left    int64
	limited bool
}

func (l *line) pass(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.limited {
		return n
	}
	n = min(n, int(l.left))
	l.left -= int64(n)
	return n
}

func (r *relay) copy(ctx context.Context, l *line, to io.Writer, from io.Reader) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			if slow, ms := r.draw(200); slow && ms%4 == 0 {
				r.mu.Lock()
				r.slow++
				r.mu.Unlock()
				victim.Pause(ctx, time.Duration(ms)*time.Millisecond)
			}
			passed := l.pass(n)
			if _, failed := to.Write(buffer[:passed]); failed != nil || passed < n {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
