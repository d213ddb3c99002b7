package link

import (
	"io"
	"net"
	"os"
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
