package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"countersign/app/wallet/tee"
)

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
