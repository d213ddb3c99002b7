package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"countersign/app/wallet/tee"
)

// stream is one end of a stream: a [net.Conn] with CloseWrite.
type stream struct {
	link    *Link
	id      uint64
	address streamAddress
	window  chan struct{} // one for each block that the other end has not taken
	closed  chan struct{} // by Close
	over    chan struct{} // by the other end's reset
	free    func()

	readBefore, writeBefore deadline
	writing                 sync.Mutex // keeps one Write's bytes together

	mu       sync.Mutex
	blocks   []block
	arrived  chan struct{} // has one when something changed for the reader
	ended    bool          // the other end has sent its last
	reset    error         // why the other end closed
	finished bool          // CloseWrite was called
	shut     sync.Once
	overOnce sync.Once
}

// block is bytes that arrived, and where they lay.
type block struct {
	data   []byte
	offset uint32
}

type streamAddress struct{ network, address string }

func (a streamAddress) Network() string { return a.network }
func (a streamAddress) String() string  { return a.address }

func (l *Link) newStream(id uint64, network, address string, free func()) *stream {
	s := &stream{link: l, id: id, address: streamAddress{network, address}, free: free,
		window: make(chan struct{}, tee.StreamWindow), closed: make(chan struct{}), over: make(chan struct{}),
		arrived: make(chan struct{}, 1), readBefore: newDeadline(), writeBefore: newDeadline()}
	l.mu.Lock()
	l.streams[id] = s
	l.mu.Unlock()
	return s
}

// Dial has the other side open a stream.
func (l *Link) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" || len(address) > 512 {
		return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
	}
	select {
	case l.dialled <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-l.gone:
		return nil, l.err
	}
	l.mu.Lock()
	l.last++
	id := l.last
	l.mu.Unlock()
	s := l.newStream(id, network, address, func() { <-l.dialled })
	m := tee.Message{Kind: tee.KindStreamOpen}
	answer, err := l.ask(ctx, &m, Call{Kind: dial, In: []byte(network + " " + address)}, id)
	if err == nil {
		_, err = l.outcome(answer)
	}
	if err != nil {
		s.Close() // resets what the other side may yet open
		return nil, &net.OpError{Op: "dial", Net: network, Addr: s.address, Err: err}
	}
	return s, nil
}

// dialFor opens what the other side asks for, and returns what relays it.
func (l *Link) dialFor(ctx context.Context, id uint64, what string) (relay func(), err error) {
	network, address, ok := strings.Cut(what, " ")
	if !ok || network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, tee.Errorf(tee.CodeBadParameters, "no stream to such an address")
	}
	l.mu.Lock()
	open, twice := len(l.streams), l.streams[id] != nil
	l.mu.Unlock()
	if twice {
		return nil, tee.Errorf(tee.CodeBadParameters, "two streams with one number")
	}
	if open >= 2*tee.MaxStreams { // twice: those that the other end has just closed
		return nil, &tee.Error{Code: tee.CodeBusy}
	}
	conn, err := l.handler.Dial(ctx, network, address)
	if err != nil {
		if said := new(tee.Error); errors.As(err, &said) || ctx.Err() != nil {
			return nil, err
		}
		return nil, tee.Errorf(tee.CodeCommunication, "%s", err)
	}
	if ctx.Err() != nil {
		conn.Close()
		return nil, ctx.Err()
	}
	s := l.newStream(id, network, address, func() {})
	return func() { l.running.Go(func() { s.relay(conn) }) }, nil
}

// relay moves bytes between the stream and what it was opened to, until both ways
// have ended or one broke.
func (s *stream) relay(conn net.Conn) {
	stop := context.AfterFunc(s.link.ctx, func() { conn.Close() })
	defer stop()
	var both sync.WaitGroup
	one := func(to, from net.Conn) {
		_, err := io.Copy(to, from)
		half, ok := to.(interface{ CloseWrite() error })
		if err != nil || !ok || half.CloseWrite() != nil {
			conn.Close()
			s.Close()
		}
	}
	both.Go(func() { one(conn, s) })
	both.Go(func() { one(s, conn) })
	both.Wait()
	conn.Close()
	s.Close()
}

// streamed takes what the other side sends in a stream.
func (l *Link) streamed(m *tee.Message) error {
	l.mu.Lock()
	s := l.streams[m.ID]
	l.mu.Unlock()
	if s == nil { // it was closed here meanwhile
		if m.HasBulk() {
			l.say(tee.Message{Kind: tee.KindRelease, Offset: m.Offset})
		}
		return nil
	}
	switch m.Kind {
	case tee.KindStreamData:
		data, err := l.copied(m)
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.isClosed() { // since; who closes lets go of the blocks that came before
			l.say(tee.Message{Kind: tee.KindRelease, Offset: m.Offset})
			return nil
		}
		if len(s.blocks) >= tee.StreamWindow || s.ended {
			return fmt.Errorf("%w: more in a stream than it may send", tee.ErrMalformed)
		}
		if err != nil {
			s.ended, s.reset = true, err
			l.say(tee.Message{Kind: tee.KindRelease, Offset: m.Offset})
			break
		}
		s.blocks = append(s.blocks, block{data, m.Offset})
	case tee.KindStreamEnd:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended = true
	case tee.KindStreamReset:
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ended = true; m.Number != 0 {
			s.reset = &tee.Error{Code: tee.Code(m.Number)}
		}
		s.overOnce.Do(func() { close(s.over) })
	}
	select {
	case s.arrived <- struct{}{}:
	default:
	}
	return nil
}

func (s *stream) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// Read reads from the stream. A block is released once all of it was read.
func (s *stream) Read(b []byte) (int, error) {
	for {
		select {
		case <-s.closed:
			return 0, net.ErrClosed
		case <-s.readBefore.passed():
			return 0, os.ErrDeadlineExceeded
		default:
		}
		s.mu.Lock()
		if len(s.blocks) > 0 {
			n, done, at := s.takeLocked(b)
			s.mu.Unlock()
			if done {
				_ = s.link.send(&tee.Message{Kind: tee.KindRelease, Offset: at})
			}
			return n, nil
		}
		ended, reset := s.ended, s.reset
		s.mu.Unlock()
		if reset != nil {
			return 0, reset
		}
		if ended {
			return 0, io.EOF
		}
		select {
		case <-s.arrived:
		case <-s.closed:
		case <-s.readBefore.passed():
		case <-s.link.gone:
			return 0, s.link.err
		}
	}
}

// takeLocked reads from the first block, and says whether and where that is done.
func (s *stream) takeLocked(b []byte) (n int, done bool, offset uint32) {
	first := &s.blocks[0]
	n = copy(b, first.data)
	first.data = first.data[n:]
	if len(first.data) == 0 {
		done, offset = true, first.offset
		s.blocks = s.blocks[1:]
	}
	if len(s.blocks) > 0 || s.ended { // another reader may go on
		select {
		case s.arrived <- struct{}{}:
		default:
		}
	}
	return n, done, offset
}

// Write writes to the stream, waiting while the other end has a window's worth
// that it has not taken.
func (s *stream) Write(b []byte) (n int, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	for len(b) > 0 {
		part := b[:min(len(b), tee.StreamBlock)]
		if err := s.writeBlock(part); err != nil {
			return n, err
		}
		n, b = n+len(part), b[len(part):]
	}
	return n, nil
}

func (s *stream) writeBlock(part []byte) error {
	s.mu.Lock()
	finished := s.finished
	s.mu.Unlock()
	select {
	case <-s.closed:
		return net.ErrClosed
	case <-s.over:
		return syscall.EPIPE
	case <-s.writeBefore.passed():
		return os.ErrDeadlineExceeded
	default:
	}
	if finished {
		return syscall.EPIPE
	}
	select {
	case s.window <- struct{}{}:
	case <-s.closed:
		return net.ErrClosed
	case <-s.over:
		return syscall.EPIPE
	case <-s.writeBefore.passed():
		return os.ErrDeadlineExceeded
	case <-s.link.gone:
		return s.link.err
	}
	m := tee.Message{Kind: tee.KindStreamData, ID: s.id}
	if err := s.link.put(s.link.ctx, &m, part, func() { <-s.window }); err != nil {
		<-s.window
		return err
	}
	return s.link.send(&m)
}

// CloseWrite tells the other end that nothing more comes from this one.
func (s *stream) CloseWrite() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	finished := s.finished
	s.finished = true
	s.mu.Unlock()
	select {
	case <-s.closed:
		return net.ErrClosed
	case <-s.over:
		return nil
	default:
	}
	if finished {
		return nil
	}
	return s.link.send(&tee.Message{Kind: tee.KindStreamEnd, ID: s.id})
}

// Close closes both ways. What was written before still arrives.
func (s *stream) Close() error {
	s.shut.Do(func() {
		close(s.closed)
		s.link.mu.Lock()
		delete(s.link.streams, s.id)
		s.link.mu.Unlock()
		s.mu.Lock()
		blocks := s.blocks
		s.blocks = nil
		s.mu.Unlock()
		for _, b := range blocks {
			_ = s.link.send(&tee.Message{Kind: tee.KindRelease, Offset: b.offset})
		}
		_ = s.link.send(&tee.Message{Kind: tee.KindStreamReset, ID: s.id})
		s.free()
	})
	return nil
}

func (s *stream) LocalAddr() net.Addr  { return streamAddress{s.address.network, "trusted"} }
func (s *stream) RemoteAddr() net.Addr { return s.address }

func (s *stream) SetDeadline(t time.Time) error {
	s.readBefore.set(t)
	s.writeBefore.set(t)
	return nil
}

func (s *stream) SetReadDeadline(t time.Time) error  { s.readBefore.set(t); return nil }
func (s *stream) SetWriteDeadline(t time.Time) error { s.writeBefore.set(t); return nil }
