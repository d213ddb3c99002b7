package link

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/wallet/tee"
)

// receive reads messages until the link ends. It never waits for the other side:
// what takes time is done by others, and what it has to say goes by the outbox.
func (l *Link) receive() error {
	for {
		m, err := l.port.Receive()
		if err != nil {
			return err
		}
		if err := l.take(&m); err != nil {
			return err
		}
	}
}

func (l *Link) take(m *tee.Message) error {
	switch m.Kind {
	case tee.KindOpenSession, tee.KindInvoke, tee.KindCloseSession, tee.KindRequest, tee.KindStreamOpen:
		return l.called(m)
	case tee.KindResult:
		return l.answered(m)
	case tee.KindCancel:
		l.mu.Lock()
		cancel := l.served[m.ID]
		l.mu.Unlock()
		if cancel != nil { // else it has just been answered
			cancel()
		}
	case tee.KindRelease:
		return l.released(m.Offset)
	case tee.KindEvent:
		select {
		case l.events <- *m:
		default:
			return fmt.Errorf("%w: more events than it may have under way", tee.ErrMalformed)
		}
	case tee.KindStreamData, tee.KindStreamEnd, tee.KindStreamReset:
		return l.streamed(m)
	case tee.KindReady:
		l.began.Do(func() { close(l.ready) })
	case tee.KindTerminate:
		l.terminating.Do(func() { close(l.terminate) })
	case tee.KindGone:
		return errors.New(m.Text)
	default:
		return fmt.Errorf("%w: %s, out of place", tee.ErrMalformed, m.Kind)
	}
	return nil
}

// called has a call answered by a goroutine of its own.
func (l *Link) called(m *tee.Message) error {
	l.mu.Lock()
	_, twice := l.served[m.ID]
	refused := tee.CodeSuccess
	if l.closing {
		refused = tee.CodeTargetDead
	} else if len(l.served) >= tee.MaxCalls {
		refused = tee.CodeBusy
	}
	var ctx context.Context
	if !twice && refused == tee.CodeSuccess {
		ctx, l.served[m.ID] = context.WithCancel(l.ctx)
	}
	l.mu.Unlock()
	if twice {
		return fmt.Errorf("%w: two calls with one number", tee.ErrMalformed)
	}
	if refused != tee.CodeSuccess {
		l.say(tee.Message{Kind: tee.KindResult, ID: m.ID, Session: m.Session, Number: uint32(refused)})
		return nil
	}
	select {
	case l.serving <- struct{}{}:
	case <-l.gone:
		return l.err
	}
	call := *m
	l.running.Go(func() {
		defer func() { <-l.serving }()
		l.answer(ctx, &call)
	})
	return nil
}

// answer serves a call and sends its result.
func (l *Link) answer(ctx context.Context, m *tee.Message) {
	result := tee.Message{Kind: tee.KindResult, ID: m.ID, Session: m.Session}
	session, out, then, err := l.serve(ctx, m)
	if err == nil {
		if m.Kind == tee.KindOpenSession {
			result.Session = session
		}
		// The answer of a call that took effect is sent even if it was cancelled, but
		// then not waited with.
		err = l.put(ctx, &result, out, nil)
	}
	if said := tee.AsError(err); said != nil {
		result.Number, result.Text = uint32(said.Code), cut(said.Text)
	}
	l.mu.Lock()
	cancel := l.served[m.ID]
	delete(l.served, m.ID) // before it is sent: the other side may then call again
	l.mu.Unlock()
	cancel()
	_ = l.send(&result) // if it cannot, the link has ended
	if then != nil {
		then()
	}
}

// serve has the handler do a call; then is to be done after its result is sent.
func (l *Link) serve(ctx context.Context, m *tee.Message) (session uint32, out []byte, then func(), err error) {
	call := Call{Session: m.Session, Number: m.Number}
	if m.HasBulk() {
		if call.In, err = l.copied(m); err != nil {
			return 0, nil, nil, err
		}
	}
	switch m.Kind {
	case tee.KindOpenSession:
		call.Kind = Open
	case tee.KindInvoke:
		call.Kind = Invoke
	case tee.KindCloseSession:
		call.Kind = Close
	case tee.KindRequest:
		call.Kind = Request
	case tee.KindStreamOpen:
		then, err = l.dialFor(ctx, m.ID, string(call.In))
		return 0, nil, then, err
	}
	session, out, err = l.handler.Serve(ctx, call)
	return session, out, nil, err
}

// deliver hands events to the handler, in order.
func (l *Link) deliver() {
	for {
		select {
		case m := <-l.events:
			if data, err := l.copied(&m); err == nil {
				l.handler.Event(m.Number, data)
			}
			if l.send(&tee.Message{Kind: tee.KindRelease, Offset: m.Offset}) != nil {
				return
			}
		case <-l.gone:
			return
		}
	}
}

// cut shortens a text to what a message takes, at a character's border.
func cut(text string) string {
	if len(text) > tee.MaxText {
		text = text[:tee.MaxText]
	}
	return toValid(text)
}
