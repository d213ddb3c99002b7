package link

import (
	"context"
	"fmt"
	"strings"

	"countersign/app/wallet/tee"
)

// asked is a call that the other side has not answered.
type asked struct {
	kind      Kind
	offset    uint32
	bulk      bool
	memory    *Memory          // in which the bulk lies, if that is kept
	answer    chan tee.Message // takes one
	abandoned bool             // nobody waits any more; guarded by Link.mu
}

// Do makes a call and waits for its answer. When ctx ends first, the other side is
// told to cancel and the context's error returned. Other errors are a [*tee.Error]
// or wrap [tee.ErrGone].
func (l *Link) Do(ctx context.Context, call Call) (session uint32, out []byte, err error) {
	m := tee.Message{Session: call.Session, Number: call.Number}
	switch call.Kind {
	case Open:
		m.Kind = tee.KindOpenSession
	case Invoke:
		m.Kind = tee.KindInvoke
	case Close:
		m.Kind = tee.KindCloseSession
	case Request:
		m.Kind = tee.KindRequest
	default:
		return 0, nil, tee.Errorf(tee.CodeNotSupported, "no such call")
	}
	answer, err := l.ask(ctx, &m, call, 0)
	if err != nil {
		return 0, nil, err
	}
	out, err = l.outcome(answer)
	return answer.Session, out, err
}

// ask sends a call and waits for its result. An id of 0 takes the next.
func (l *Link) ask(ctx context.Context, m *tee.Message, call Call, id uint64) (*tee.Message, error) {
	if len(call.In) > tee.MaxBulk {
		return nil, tee.Errorf(tee.CodeOutOfMemory, "%d bytes are more than can be handed over", len(call.In))
	}
	select {
	case l.calls <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-l.quiet.Done():
		return nil, l.why()
	}
	mine := &asked{kind: call.Kind, answer: make(chan tee.Message, 1)}
	if mine.bulk = m.HasBulk(); mine.bulk && call.Memory != nil {
		if err := call.Memory.claim(call.Length); err != nil {
			<-l.calls
			return nil, err
		}
		mine.memory, m.Offset, m.Length = call.Memory, call.Memory.offset, uint32(call.Length)
	} else if mine.bulk {
		if err := l.lay(ctx, m, call.In); err != nil {
			<-l.calls
			return nil, err
		}
		mine.offset = m.Offset
	}
	l.mu.Lock()
	if id == 0 {
		l.last++
		id = l.last
	}
	m.ID = id
	l.asked[id] = mine
	l.mu.Unlock()
	if err := l.send(m); err != nil {
		return nil, err
	}
	select {
	case answer := <-mine.answer:
		return &answer, nil
	case <-l.quiet.Done():
		return nil, l.why()
	case <-ctx.Done():
	}
	l.mu.Lock()
	mine.abandoned = true
	l.mu.Unlock()
	select {
	case answer := <-mine.answer: // it came meanwhile
		return &answer, nil
	default:
	}
	_ = l.send(&tee.Message{Kind: tee.KindCancel, ID: id}) // if it cannot, the link has ended
	return nil, context.Cause(ctx)
}

// lay puts a call's bytes into the own region, where they lie until it is answered.
func (l *Link) lay(ctx context.Context, m *tee.Message, data []byte) (err error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(l.quiet, stop)()
	if m.Offset, err = l.own.Put(waiting, data); err != nil {
		if l.quiet.Err() != nil && ctx.Err() == nil {
			return l.why()
		}
		return err
	}
	m.Length = uint32(len(data))
	return nil
}

// letGo gives back where an answered call's bytes lay.
func (l *Link) letGo(mine *asked) error {
	switch {
	case mine.memory != nil:
		return mine.memory.unclaim()
	case mine.bulk:
		return l.own.Release(mine.offset)
	}
	return nil
}

// answered hands a result to the call that waits for it.
func (l *Link) answered(m *tee.Message) error {
	l.mu.Lock()
	mine := l.asked[m.ID]
	delete(l.asked, m.ID)
	l.mu.Unlock()
	if mine == nil {
		return fmt.Errorf("%w: an answer to nothing", tee.ErrMalformed)
	}
	if err := l.letGo(mine); err != nil {
		return err
	}
	<-l.calls
	l.mu.Lock()
	abandoned := mine.abandoned
	if !abandoned {
		mine.answer <- *m
	}
	l.mu.Unlock()
	if !abandoned {
		return nil
	}
	if m.HasBulk() {
		l.say(tee.Message{Kind: tee.KindRelease, Offset: m.Offset})
	}
	if mine.kind == dial && m.Number == 0 { // a stream that nobody reads
		l.say(tee.Message{Kind: tee.KindStreamReset, ID: m.ID})
	}
	if mine.kind == Open && m.Number == 0 { // a session that nobody knows of
		session := m.Session
		l.running.Go(func() { _, _, _ = l.Do(l.ctx, Call{Kind: Close, Session: session}) })
	}
	return nil
}

// outcome is what a result says.
func (l *Link) outcome(m *tee.Message) ([]byte, error) {
	if m.Number != 0 {
		return nil, &tee.Error{Code: tee.Code(m.Number), Text: m.Text}
	}
	out, err := l.copied(m)
	if failed := l.send(&tee.Message{Kind: tee.KindRelease, Offset: m.Offset}); failed != nil && err != nil {
		err = failed
	}
	return out, err
}

// Emit sends an event, waiting while the other side has too many to deal with.
func (l *Link) Emit(ctx context.Context, kind uint32, data []byte) error {
	if len(data) > tee.MaxBulk {
		return tee.Errorf(tee.CodeOutOfMemory, "%d bytes are more than can be handed over", len(data))
	}
	select {
	case l.eventSlots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-l.quiet.Done():
		return l.why()
	}
	m := tee.Message{Kind: tee.KindEvent, Number: kind}
	if err := l.lay(ctx, &m, data); err != nil {
		<-l.eventSlots
		return err
	}
	l.mu.Lock()
	l.held[m.Offset] = func() { <-l.eventSlots }
	l.mu.Unlock()
	return l.send(&m)
}

func toValid(text string) string { return strings.ToValidUTF8(text, "") }
