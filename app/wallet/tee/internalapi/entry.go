package internalapi

import (
	"context"
	"net"
	"sync"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/link"
)

// Entry leads a link's calls to a trusted application's entry points and keeps
// account of its sessions.
type Entry struct {
	application TrustedApplication

	mu       sync.Mutex
	sessions map[uint32]bool
	last     uint32
}

// NewEntry is for [countersign/app/wallet/tee/loopback].
func NewEntry(application TrustedApplication) *Entry {
	return &Entry{application: application, sessions: map[uint32]bool{}}
}

// NewEnvironment is for [countersign/app/wallet/tee/loopback].
func NewEnvironment(l *link.Link) *Environment { return &Environment{link: l} }

// Serve answers a call.
func (e *Entry) Serve(ctx context.Context, call link.Call) (uint32, []byte, error) {
	switch call.Kind {
	case link.Open:
		e.mu.Lock()
		e.last++
		session := e.last
		e.mu.Unlock()
		out, err := e.application.OpenSession(ctx, session, call.In)
		if err != nil {
			return 0, nil, err
		}
		e.mu.Lock()
		e.sessions[session] = true
		e.mu.Unlock()
		return session, out, nil
	case link.Invoke:
		e.mu.Lock()
		known := e.sessions[call.Session]
		e.mu.Unlock()
		if !known {
			return 0, nil, tee.Errorf(tee.CodeItemNotFound, "no session %d", call.Session)
		}
		out, err := e.application.InvokeCommand(ctx, call.Session, call.Number, call.In)
		return call.Session, out, err
	case link.Close:
		e.mu.Lock()
		known := e.sessions[call.Session]
		delete(e.sessions, call.Session)
		e.mu.Unlock()
		if known {
			e.application.CloseSession(call.Session)
		}
		return call.Session, nil, nil
	}
	return 0, nil, tee.Errorf(tee.CodeNotSupported, "no such call")
}

// Event is nothing that a client sends.
func (e *Entry) Event(uint32, []byte) {}

// Dial is nothing that a client asks for.
func (e *Entry) Dial(context.Context, string, string) (net.Conn, error) {
	return nil, tee.Errorf(tee.CodeAccessDenied, "the trusted side opens no connections")
}
