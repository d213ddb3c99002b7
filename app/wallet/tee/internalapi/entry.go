package internalapi

import (
	"context"
	"net"
	"sync"

	"countersign/app/wallet/tee"
	"countersign/app/wallet/tee/link"
)

// entry leads a link's calls to a trusted application's entry points and keeps
// account of its sessions.
type entry struct {
	application TrustedApplication

	mu       sync.Mutex
	sessions map[uint32]bool
	last     uint32
}

// Serve answers a call.
func (e *entry) Serve(ctx context.Context, call link.Call) (uint32, []byte, error) {
	switch call.Kind {
	case link.Open:
		e.mu.Lock()
		if len(e.sessions) >= maxSessions {
			e.mu.Unlock()
			return 0, nil, tee.Errorf(tee.CodeBusy, "%d sessions are open", maxSessions)
		}
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
func (e *entry) Event(uint32, []byte) {}

// Dial is nothing that a client asks for.
func (e *entry) Dial(context.Context, string, string) (net.Conn, error) {
	return nil, tee.Errorf(tee.CodeAccessDenied, "the trusted side opens no connections")
}

// closeAll closes what the client left open. No call is under way.
func (e *entry) closeAll() {
	for session := range e.sessions {
		delete(e.sessions, session)
		e.application.CloseSession(session)
	}
}

// maxSessions is the most that a client may have open at once, about.
const maxSessions = 64
