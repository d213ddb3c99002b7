package acquirer

import (
	"context"
	"fmt"
	"maps"
	"strings"
)

// Purchase charges a card and captures at once: 0200, answered by 0210. It is
// never repeated: after ErrNoAnswer, or an answer that is Unsure, it has to be
// reversed. Errors are ErrCard, ErrNotSent and ErrNoAnswer.
func (l *Link) Purchase(ctx context.Context, t Transaction) (Answer, error) {
	m, err := l.message("0200", ProcessingPurchase, t, t.Trace.At)
	return l.ask(ctx, namePurchase, m, err)
}

// Authorise asks for a card's approval and reserves the amount, without
// capturing: 0100, answered by 0110. An amount of zero asks about the account
// alone. Errors and care are Purchase's.
func (l *Link) Authorise(ctx context.Context, t Transaction) (Answer, error) {
	m, err := l.message("0100", ProcessingPurchase, t, t.Trace.At)
	return l.ask(ctx, nameAuthorise, m, err)
}

// Refund gives t.Amount of t.Original back to the card: 0200 with processing
// code 20, answered by 0210. When there is no certain answer the same refund, with the
// same trace, is sent again as a repeat (0201): the acquirer knows it again by its
// trace and refunds once. Errors are ErrCard, ErrNotSent and ErrNoAnswer.
func (l *Link) Refund(ctx context.Context, t Transaction, repeat bool) (Answer, error) {
	if t.Original == nil {
		return Answer{}, fmt.Errorf("%w: a refund of nothing", ErrNotSent)
	}
	m, err := l.message(repeated("0200", repeat), ProcessingRefund, t, t.Trace.At)
	return l.ask(ctx, nameRefund, m, err)
}

// ReversalAdvice tells the acquirer that a purchase did not happen: 0420, or
// 0421 for a repeat, answered by 0430. It is to be repeated until it returns
// nil; an acquirer takes it for a purchase that it never saw, too, and declines that if it comes
// later. Errors are ErrCard, ErrNotSent and ErrNoAnswer, the last one also
// for an answer that does not take the advice.
func (l *Link) ReversalAdvice(ctx context.Context, t Transaction, repeat bool) error {
	return l.reverse(ctx, "0420", "0200", t, repeat)
}

// ReversalRequest is ReversalAdvice in the form of a request, 0400 or 0401
// answered by 0410, for acquirers that ask for it.
func (l *Link) ReversalRequest(ctx context.Context, t Transaction, repeat bool) error {
	return l.reverse(ctx, "0400", "0200", t, repeat)
}

// ReleaseAdvice is ReversalAdvice for what Authorise reserved.
func (l *Link) ReleaseAdvice(ctx context.Context, t Transaction, repeat bool) error {
	return l.reverse(ctx, "0420", "0100", t, repeat)
}

func (l *Link) reverse(ctx context.Context, mti, original string, t Transaction, repeat bool) error {
	m, err := l.reversal(repeated(mti, repeat), t, original, l.Clock())
	answer, err := l.ask(ctx, nameReversal, m, err)
	if err == nil && answer.Verdict() != Approved {
		err = fmt.Errorf("%w: the reversal was answered by code %s", ErrNoAnswer, answer.Code)
	}
	return err
}

// repeated returns the type of a repeat: the origin is one higher.
func repeated(mti string, repeat bool) string {
	if repeat {
		return mti[:3] + "1"
	}
	return mti
}

func (l *Link) ask(ctx context.Context, point string, m Message, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	m, err = l.exchange(ctx, point, nil, m)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Code: m.Fields[FieldResponse], Approval: strings.TrimSpace(m.Fields[FieldApproval])}, nil
}

// Network management information codes, data element 70.
const (
	SignOn   = "001"
	SignOff  = "002"
	EchoTest = "301"
)

// network exchanges an 0800 for an 0810 on one connection.
func (l *Link) network(ctx context.Context, c *connection, code string) error {
	m := Message{Type: "0800", Fields: map[Field]string{
		FieldTransmitted: l.Clock().UTC().Format(stamp),
		FieldSTAN:        fmt.Sprintf("%06d", l.stan.Add(1)%999_999+1),
		FieldInstitution: l.Institution,
		FieldNetwork:     code,
	}}
	answer, err := l.exchange(ctx, nameNetwork, c, m)
	if err == nil && answer.Fields[FieldResponse] != CodeApproved {
		err = fmt.Errorf("the acquirer answered by code %s", answer.Fields[FieldResponse])
	}
	return err
}

// echoed is the answer to an 0800 that the acquirer sent.
func echoed(m Message) Message {
	m.Type, m.Fields = "0810", maps.Clone(m.Fields)
	m.Fields[FieldResponse] = CodeApproved
	return m
}
