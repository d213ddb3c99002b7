package acquirer

import (
	"context"
	"errors"
	"fmt"
)

// Errors that a caller decides on.
var (
	// ErrNotSent says that nothing left this process: the transaction may be
	// given up, or tried later, without harm.
	ErrNotSent = errors.New("not sent to the acquirer")
	// ErrNoAnswer says that the message may have been carried out: a purchase
	// must be reversed, a refund or a reversal repeated.
	ErrNoAnswer = errors.New("no answer from the acquirer")
)

// name is what an answer and the message that it answers have in common.
type name struct {
	answer      string // the answer's type
	transmitted string
	stan        string
	rrn         string
	terminal    string
}

func nameOf(answer string, m Message) name {
	return name{answer, m.Fields[FieldTransmitted], m.Fields[FieldSTAN], m.Fields[FieldRRN], m.Fields[FieldTerminal]}
}

// answerTo returns the type of the answer to a message: its class and origin
// with the function one higher, repeats included (0201 is answered by 0210,
// 0420 and 0421 by 0430).
func answerTo(mti string) string { return mti[:2] + string(mti[2]+1) + "0" }

// wait is a message that is not answered yet.
type wait struct {
	on    *connection
	asked Message
	// end gets the answer, or is closed when there will be none.
	end chan Message
}

// exchange sends a message and waits for its answer. A nil connection stands
// for any that is ready.
func (l *Link) exchange(ctx context.Context, point string, c *connection, m Message) (Message, error) {
	// A message that cannot be written is found before anything is promised.
	if _, err := m.Encode(); err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	if c == nil {
		var err error
		if c, err = l.pick(ctx); err != nil {
			return Message{}, err
		}
	}
	l.FailPoint(pointSend(point))
	n := nameOf(answerTo(m.Type), m)
	w := &wait{on: c, asked: m, end: make(chan Message, 1)}
	if err := l.expect(n, w); err != nil {
		return Message{}, err
	}
	// Patience is told last of all, when an answer that comes now is late.
	waiting, ended := context.WithCancel(context.WithoutCancel(ctx))
	defer ended()
	defer l.forget(n, w)
	if err := ctx.Err(); err != nil {
		return Message{}, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	giveUp := l.Patience(waiting, m)
	l.stats.sent.Add(1)
	if err := l.write(c, m); err != nil {
		c.Close()
		return Message{}, fmt.Errorf("%w: %s: %w", ErrNoAnswer, m.Type, err)
	}
	select {
	case answer, ok := <-w.end:
		if !ok {
			return Message{}, fmt.Errorf("%w: %s: the link was lost", ErrNoAnswer, m.Type)
		}
		l.FailPoint(pointAnswer(point))
		return answer, nil
	case <-giveUp:
		return Message{}, fmt.Errorf("%w: %s in time", ErrNoAnswer, m.Type)
	case <-ctx.Done():
		return Message{}, fmt.Errorf("%w: %s: %w", ErrNoAnswer, m.Type, ctx.Err())
	}
}

// expect registers a message that is about to be sent.
func (l *Link) expect(n name, w *wait) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.on.gone {
		return fmt.Errorf("%w: the link was lost", ErrNotSent)
	}
	if _, taken := l.waiting[n]; taken {
		return fmt.Errorf("%w: the same message is under way", ErrNotSent)
	}
	l.waiting[n] = w
	return nil
}

// forget takes a message off that is no longer waited for.
func (l *Link) forget(n name, w *wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting[n] == w {
		delete(l.waiting, n)
		l.past.add(n, false)
	}
}

// abandon ends the wait for whatever was sent on a connection that is lost.
func (l *Link) abandon(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.gone = true
	for n, w := range l.waiting {
		if w.on == c {
			delete(l.waiting, n)
			l.past.add(n, false)
			close(w.end)
		}
	}
}

// take does with a message from the acquirer what there is to do. An error ends the
// connection.
func (l *Link) take(c *connection, m Message) error {
	if m.Type == "0800" {
		return l.write(c, echoed(m))
	}
	n := nameOf(m.Type, m)
	l.mu.Lock()
	defer l.mu.Unlock()
	w, waited := l.waiting[n]
	answered, known := l.past.find(n)
	switch {
	case waited && !repeats(w.asked, m):
		l.stats.unmatched.Add(1)
		l.Log.Warn("acquirer's answer is about something else", "answer", m.String())
	case waited:
		delete(l.waiting, n)
		l.past.add(n, true)
		l.stats.answered.Add(1)
		w.end <- m
	case known && answered:
		l.stats.duplicate.Add(1)
	case known:
		l.stats.late.Add(1)
		l.Log.Info("acquirer's answer is late", "answer", m.String())
	default:
		l.stats.unmatched.Add(1)
		l.Log.Warn("acquirer's answer is to nothing that was sent", "answer", m.String())
	}
	return nil
}

// repeats says whether an answer says what it must of the message it answers.
func repeats(asked, answer Message) bool {
	for _, f := range []Field{FieldProcessing, FieldAmount, FieldCurrency, FieldNetwork} {
		if asked.Fields[f] != answer.Fields[f] {
			return false
		}
	}
	return len(answer.Fields[FieldResponse]) == 2
}
