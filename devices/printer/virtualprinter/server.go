package virtualprinter

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// buffered is how many bytes a printer takes that it has not printed: then it reads no more.
const buffered = 64 << 10

// Printer is a virtual printer that is switched on. Its methods may be called by several goroutines.
type Printer struct {
	serving sync.WaitGroup
	closing chan struct{}
	options Options

	mu      sync.Mutex
	machine *machine
	queue   []pending
	bytes   int // in the queue
	faults  faults
	err     error
	conns   map[io.Closer]bool
	changed chan struct{} // closed, and made anew, whenever anything changes
	closed  bool
}

// pending is a command in the printer's buffer, and who sent it.
type pending struct {
	c     Command
	size  int
	reply io.Writer
}

// New switches a printer on, with paper and a closed drawer. Close switches it off.
func New(o Options) (*Printer, error) {
	m, err := o.machine()
	if err != nil {
		return nil, err
	}
	p := &Printer{machine: m, options: o, closing: make(chan struct{}), conns: map[io.Closer]bool{}, changed: make(chan struct{})}
	p.serving.Add(1)
	go p.work()
	return p, nil
}

// Close switches the printer off and waits until nothing of it runs.
func (p *Printer) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.closing)
		for c := range p.conns {
			_ = c.Close()
		}
		p.changeLocked()
	}
	p.mu.Unlock()
	p.serving.Wait()
	return nil
}

// changeLocked wakes who waits for anything.
func (p *Printer) changeLocked() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// Listen serves the printer on a TCP port of the loopback interface, as network printers do on 9100, and returns its
// address. Each connection is a line of its own.
func (p *Printer) Listen(address string) (net.Addr, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	if !p.hold(l) {
		l.Close()
		return nil, net.ErrClosed
	}
	go func() {
		defer p.release(l)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if !p.hold(c) {
				c.Close()
				return
			}
			go func() {
				defer p.release(c)
				p.Serve(c)
			}()
		}
	}()
	return l.Addr(), nil
}

// hold counts something that Close closes and waits for.
func (p *Printer) hold(c io.Closer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.conns[c] = true
	p.serving.Add(1)
	return true
}

func (p *Printer) release(c io.Closer) {
	c.Close()
	p.mu.Lock()
	delete(p.conns, c)
	p.mu.Unlock()
	p.serving.Done()
}

// Serve talks over one line until it ends. What was taken is printed even when the line is gone.
func (p *Printer) Serve(line io.ReadWriter) {
	f := newFramer()
	buffer := make([]byte, 4096)
	for {
		n, err := line.Read(buffer)
		cut := p.count(&n)
		f.buffer = append(f.buffer, buffer[:n]...)
		if !p.take(f, line) || cut || err != nil {
			p.hangUp(f, err)
			return
		}
	}
}

// take puts whole commands into the printer's buffer, and does those at once that are for now. It waits while the buffer is
// full, and says whether the line is still of use.
func (p *Printer) take(f *framer, line io.Writer) bool {
	for {
		before := f.offset
		c, err := f.next()
		if errors.Is(err, errShort) {
			return true
		}
		if err != nil {
			p.fail(err)
			return false
		}
		if c.Name == "DLE EOT" || c.Name == "DLE DC4" {
			p.now(c, line)
			continue
		}
		p.mu.Lock()
		for p.bytes > buffered && !p.closed {
			p.waitLocked(nil)
		}
		p.queue = append(p.queue, pending{c, f.offset - before, line})
		p.bytes += f.offset - before
		p.changeLocked()
		p.mu.Unlock()
	}
}

// now does a real-time command.
func (p *Printer) now(c Command, line io.Writer) {
	p.mu.Lock()
	if c.Name == "DLE DC4" {
		p.kickLocked(c)
		p.mu.Unlock()
		return
	}
	answer := p.statusLocked(c.Args[0])
	p.mu.Unlock()
	_, _ = line.Write(answer) // one that hangs up does not want it
}

func (p *Printer) kickLocked(c Command) {
	if err := p.machine.do(c); err != nil {
		p.failLocked(err)
	}
	if kicks := p.machine.paper.Kicks; len(kicks) > 0 && kicks[len(kicks)-1] == p.options.DrawerPin {
		p.faults.drawerOpen = true
	}
	p.changeLocked()
}

func (p *Printer) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failLocked(err)
}

func (p *Printer) failLocked(err error) {
	if p.err == nil {
		p.err = err
	}
	p.changeLocked()
}

// hangUp notes a command that broke off, unless the line was cut on purpose or the printer switched off.
func (p *Printer) hangUp(f *framer, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := f.ended(); left != nil && errors.Is(err, io.EOF) && !p.closed {
		p.failLocked(left)
	}
	p.changeLocked()
}

// waitLocked waits for a change, or until stop. p.mu is given back meanwhile.
func (p *Printer) waitLocked(stop <-chan struct{}) {
	changed := p.changed
	p.mu.Unlock()
	select {
	case <-changed:
	case <-stop:
	}
	p.mu.Lock()
}

// work prints what is in the buffer, one command after the other, as long as there is nothing in the way.
func (p *Printer) work() {
	defer p.serving.Done()
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed {
		if len(p.queue) == 0 || p.faults.stopped() {
			p.waitLocked(p.closing)
			continue
		}
		if speed := p.faults.speed; speed > 0 {
			size := p.queue[0].size
			p.mu.Unlock()
			pause := time.NewTimer(time.Duration(size) * time.Second / time.Duration(speed))
			select {
			case <-pause.C:
			case <-p.closing:
			}
			pause.Stop()
			p.mu.Lock()
			if p.closed || p.faults.stopped() || len(p.queue) == 0 {
				continue
			}
		}
		next := p.queue[0]
		p.queue, p.bytes = p.queue[1:], p.bytes-next.size
		p.printLocked(next)
		p.changeLocked()
	}
}

func (p *Printer) printLocked(next pending) {
	if p.err != nil {
		return // nothing is printed after a mistake
	}
	switch next.c.Name {
	case "GS r":
		if !p.faults.unconfirmed {
			answer := p.paperLocked(next.c.Args[0])
			p.mu.Unlock()
			_, _ = next.reply.Write(answer)
			p.mu.Lock()
		}
		return
	case "ESC p":
		p.kickLocked(next.c)
		return
	case "LF", "ESC J", "ESC d", "GS v 0":
		p.ranLocked()
	}
	if err := p.machine.do(next.c); err != nil {
		p.failLocked(err)
	}
}

// Paper is what has come out so far.
func (p *Printer) Paper() Paper {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.machine.seen()
}

// Err is the first mistake in what was sent, a [*SyntaxError]; nothing is printed after it.
func (p *Printer) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Wait waits until the paper is as wanted, and returns it. It fails with the context's error, or the printer's (see Err).
func (p *Printer) Wait(ctx context.Context, want func(Paper) bool) (Paper, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		paper := p.machine.seen()
		if want(paper) {
			return paper, nil
		}
		if p.err != nil {
			return paper, p.err
		}
		if err := ctx.Err(); err != nil {
			return paper, err
		}
		p.waitLocked(ctx.Done())
	}
}
