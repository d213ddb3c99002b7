package ledger

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// wire is the line between a ledger and its server: it can be cut, and hold back
// what the ledger says.
type wire struct {
	t      testing.TB
	server string // its Unix socket

	mutex    sync.Mutex
	changed  *sync.Cond
	holding  bool
	held     []byte // what the ledger said since then
	deaf     bool   // the ledger is not told what the server says
	answered int    // how often the server has answered in full meanwhile
	ledger   net.Conn
	upstream net.Conn
	open     []net.Conn
}

// newWire returns a wire and the address at which the server is found behind it.
func newWire(t testing.TB, socket, address string) (*wire, string) {
	t.Helper()
	directory := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(directory, filepath.Base(socket)))
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{t: t, server: socket}
	w.changed = sync.NewCond(&w.mutex)
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("unix", socket)
			if err != nil {
				c.Close()
				continue
			}
			w.mutex.Lock()
			w.open = append(w.open, c, upstream)
			w.mutex.Unlock()
			wait.Go(func() { w.up(c, upstream) })
			wait.Go(func() { w.down(c, upstream) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		w.mutex.Lock()
		for _, c := range w.open {
			c.Close()
		}
		w.mutex.Unlock()
		wait.Wait()
	})
	return w, address + "&host=" + directory
}

// up carries what the ledger says; what is said while the wire holds is kept.
func (w *wire) up(ledger, server net.Conn) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := ledger.Read(buffer)
		w.mutex.Lock()
		if n > 0 && w.holding && (w.ledger == nil || w.ledger == ledger) {
			w.ledger, w.upstream = ledger, server
			w.held = append(w.held, buffer[:n]...)
			w.changed.Broadcast()
			n = 0
		}
		held := w.ledger == ledger
		w.mutex.Unlock()
		if n > 0 {
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !held { // else the server does not learn that the ledger is gone
				server.Close()
			}
			return
		}
	}
}

// ready ends each of the server's answers, but for a last byte: ReadyForQuery.
var ready = []byte{'Z', 0, 0, 0, 5}

// down carries what the server says.
func (w *wire) down(ledger, server net.Conn) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := server.Read(buffer)
		w.mutex.Lock()
		deaf := w.deaf && w.ledger == ledger
		if deaf && bytes.HasSuffix(buffer[:max(0, n-1)], ready) {
			w.answered++
			w.changed.Broadcast()
		}
		w.mutex.Unlock()
		if n > 0 && !deaf {
			if _, err := ledger.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				server.Close()
			}
			ledger.Close()
			return
		}
	}
}

// hold keeps what the ledger says next from the server.
func (w *wire) hold() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.holding, w.deaf, w.held, w.ledger, w.answered = true, true, nil, nil, 0
}

// said waits until the ledger has said something.
func (w *wire) said() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for len(w.held) == 0 {
		w.changed.Wait()
	}
	w.holding = false // other connections are free
}

// deliver hands the server what was held, and waits for its answer, which the
// ledger is not told.
func (w *wire) deliver() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if _, err := w.upstream.Write(w.held); err != nil {
		w.t.Error(err)
	}
	for w.answered == 0 {
		w.changed.Wait()
	}
}

// cut ends the line to the ledger; the server does not notice.
func (w *wire) cut() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.ledger.Close()
}

// lose ends the line on both sides.
func (w *wire) lose() {
	w.cut()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.upstream.Close()
}

// A commit whose answer does not come: the ledger finds out what became of it
// before it answers, and the payment is made once.
func TestPostgresCommitCutOff(t *testing.T) {
	for name, cut := range map[string]func(w *wire) (late func()){
		"committed and the answer lost": func(w *wire) func() {
			w.deliver()
			w.lose()
			return nil
		},
		"lost on the way": func(w *wire) func() {
			w.lose()
			return nil
		},
		"read by the server when all is over": func(w *wire) func() {
			w.cut()
			return w.deliver
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			direct := postgres(t).place(t)
			var w *wire
			armed, late := false, func() {}
			l := func() opened {
				line, address := newWire(t, shared.Server(t).Socket(), direct)
				w = line
				return postgres(t).openAt(t, address, Options{FailPoint: func(point string) {
					switch {
					case armed && point == pointCommit:
						w.hold()
					case armed && point == pointSent:
						armed = false // the next try gets through
						w.said()
						if after := cut(w); after != nil {
							late = after
						}
					}
				}})
			}()
			f.fill(l, 1000)
			f.update(l, f.pay(1, 10)) // from here on all statements are prepared
			armed = true
			f.update(l, f.pay(2, 10))
			if armed {
				t.Fatal("nothing was cut")
			}
			late()
			f.update(l, f.pay(3, 10))
			if have := balance(t, l, shop); have != 30 {
				t.Errorf("shop has %d", have)
			}
			holds(t, l)
		})
	}
}

// When the server stays away, Update says after a while that nobody knows.
func TestPostgresCommitNeverExplained(t *testing.T) {
	server, direct := away(t)
	if err := direct.Close(); err != nil {
		t.Fatal(err)
	}
	f, armed := newFixture(t), false
	w, address := newWire(t, server.Socket(), server.URL("postgres"))
	l := postgres(t).openAt(t, address, Options{FailPoint: func(point string) {
		switch {
		case armed && point == pointCommit:
			w.hold()
		case armed && point == pointSent:
			armed = false
			w.said()
			if err := server.Kill(); err != nil {
				t.Error(err)
			}
			w.lose()
		}
	}})
	f.fill(l, 1000)
	f.update(l, f.pay(1, 10))
	armed = true
	begun := time.Now()
	if err := l.Update(t.Context(), f.pay(2, 10)); !errors.Is(err, ErrUnavailable) || !errors.Is(err, ErrUnknown) {
		t.Errorf("have %v", err)
	}
	if took := time.Since(begun); took < outcomeTime/2 || took > 3*outcomeTime {
		t.Errorf("said after %v", took)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if have := balance(t, l, shop); have != 10 { // the server had not read it
		t.Errorf("shop has %d", have)
	}
	f.update(l, f.pay(2, 10))
	holds(t, l)
}
