// Package link is one side's end of the trusted execution environment, the same
// for both: calls, events and streams.
package link

import (
	"context"
	"net"
	"sync"

	"countersign/app/wallet/tee"
)

// Kind of a call.
type Kind uint8

// The calls: the first three from the client, the last from the trusted side.
const (
	Open Kind = 1 + iota
	Invoke
	Close
	Request
)

// Call is what one side asks of the other.
type Call struct {
	Kind    Kind
	Session uint32
	Number  uint32 // command or kind of request
	In      []byte
}

// Handler is what the other side's calls come to. Many at once.
type Handler interface {
	Serve(ctx context.Context, call Call) (session uint32, out []byte, err error)
	Event(kind uint32, data []byte)
	Dial(ctx context.Context, network, address string) (net.Conn, error)
}

// Link is one end.
type Link struct {
	peer Handler
	gone chan struct{}
	once *sync.Once
}

// Pair joins two handlers in one process.
func Pair(a, b Handler) (forA, forB *Link) {
	gone, once := make(chan struct{}), new(sync.Once)
	return &Link{peer: b, gone: gone, once: once}, &Link{peer: a, gone: gone, once: once}
}

// Do makes a call.
func (l *Link) Do(ctx context.Context, call Call) (session uint32, out []byte, err error) {
	select {
	case <-l.gone:
		return 0, nil, tee.ErrGone
	default:
	}
	session, out, err = l.peer.Serve(ctx, call)
	if err != nil {
		return 0, nil, tee.AsError(err)
	}
	return session, out, nil
}

// Emit sends an event.
func (l *Link) Emit(ctx context.Context, kind uint32, data []byte) error {
	select {
	case <-l.gone:
		return tee.ErrGone
	default:
	}
	l.peer.Event(kind, data)
	return nil
}

// Dial asks the other side for a stream.
func (l *Link) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return l.peer.Dial(ctx, network, address)
}

// Gone is closed when the link has ended.
func (l *Link) Gone() <-chan struct{} { return l.gone }

// Close ends the link.
func (l *Link) Close() error {
	l.once.Do(func() { close(l.gone) })
	return nil
}
