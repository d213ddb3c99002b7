package iso7816

import (
	"context"
	"fmt"
)

// MaxParts is the most GET RESPONSE commands that [Exchange] sends for one answer:
// twice what the longest answer takes in full parts.
const MaxParts = 2 * MaxMessage / MaxLe

// Transmit carries one command APDU to the card and returns its response APDU.
type Transmit func(ctx context.Context, apdu []byte) ([]byte, error)

// Stats says what an exchange put on the air.
type Stats struct {
	// APDUs counts the commands sent, those without an answer included.
	APDUs int
	// Sent and Received count the bytes of whole APDUs, headers and status words included.
	Sent, Received int
}

// Add returns the sum of both.
func (s Stats) Add(o Stats) Stats {
	return Stats{s.APDUs + o.APDUs, s.Sent + o.Sent, s.Received + o.Received}
}

// Exchange sends a whole command and returns the whole answer. Data above [MaxLink]
// goes in a chain, an answer in parts (61xx) is fetched with GET RESPONSE, and a
// command that got Le wrong (6Cxx) is sent once more with the right one.
//
// An answer with a status word of an error is no error here: the caller judges
// [Response.SW], which is never 61xx nor 6Cxx. A chain ends at the first link
// that is not answered 9000.
//
// It fails with what transmit returns, with the context's error between APDUs, with
// [ErrLength], [ErrClass] or [ErrInstruction] for a command that cannot be sent, and
// with [ErrLength], [ErrStatus] or [ErrAnswer] for a card that breaks the rules. After
// any error nothing is known of the card's state. Stats are right in every case.
func Exchange(ctx context.Context, transmit Transmit, c Command) (Response, Stats, error) {
	e := exchange{transmit: transmit}
	r, err := e.run(ctx, c)
	if err != nil {
		return Response{}, e.stats, fmt.Errorf("exchange %02X %02X: %w", c.CLA, c.INS, err)
	}
	return r, e.stats, nil
}

// exchange is one run of Exchange.
type exchange struct {
	transmit Transmit
	stats    Stats
}

func (e *exchange) run(ctx context.Context, c Command) (Response, error) {
	if err := c.valid(); err != nil {
		return Response{}, err
	}
	if len(c.Data) > MaxMessage {
		return Response{}, fmt.Errorf("%w: %d bytes of data", ErrLength, len(c.Data))
	}
	if c.CLA&ChainBit != 0 {
		return Response{}, fmt.Errorf("%w: CLA %02X has the chaining bit", ErrClass, c.CLA)
	}
	r, _, err := rightLe(c, func(c Command) (Response, error) { return e.whole(ctx, c) })
	if err != nil {
		return Response{}, err
	}
	return e.fetch(ctx, r)
}

// whole sends a command in as many links as it takes, and returns the answer to the
// last, or to the one that was refused.
func (e *exchange) whole(ctx context.Context, c Command) (Response, error) {
	for len(c.Data) > MaxLink {
		link := Command{CLA: c.CLA | ChainBit, INS: c.INS, P1: c.P1, P2: c.P2, Data: c.Data[:MaxLink]}
		r, err := e.send(ctx, link)
		if err != nil {
			return Response{}, err
		}
		if r.SW != OK {
			if _, again := r.SW.WrongLe(); again || !r.SW.IsError() {
				return Response{}, fmt.Errorf("%w: %v within a chain", ErrAnswer, r.SW)
			}
			return r, nil
		}
		c.Data = c.Data[MaxLink:]
	}
	return e.send(ctx, c)
}

// fetch gets the rest of an answer whose first part is r.
func (e *exchange) fetch(ctx context.Context, r Response) (Response, error) {
	for part := 0; ; part++ {
		n, more := r.SW.More()
		if !more {
			return r, nil
		}
		if part == MaxParts {
			return Response{}, fmt.Errorf("%w: more than %d parts", ErrAnswer, MaxParts)
		}
		next, le, err := rightLe(getResponse(n), func(c Command) (Response, error) { return e.send(ctx, c) })
		if err != nil {
			return Response{}, err
		}
		if next.SW.IsError() {
			return next, nil // without what came before it: half an answer is none
		}
		if len(next.Data) != le {
			return Response{}, fmt.Errorf("%w: a part of %d bytes where %d were left", ErrAnswer, len(next.Data), le)
		}
		if len(r.Data)+len(next.Data) > MaxMessage {
			return Response{}, fmt.Errorf("%w: more than %d bytes", ErrAnswer, MaxMessage)
		}
		r = Response{Data: append(r.Data, next.Data...), SW: next.SW}
	}
}

// rightLe sends a command, and once more when the card says that Le was wrong. A
// chain goes again from its first link: a card that carried nothing out keeps none.
// It returns the Le that the answer is to.
func rightLe(c Command, send func(Command) (Response, error)) (r Response, le int, err error) {
	if r, err = send(c); err != nil {
		return Response{}, 0, err
	}
	n, wrong := r.SW.WrongLe()
	if !wrong {
		return r, c.Le, nil
	}
	if c.Le == 0 || c.Le == n {
		return Response{}, 0, fmt.Errorf("%w: %v to Le %d", ErrAnswer, r.SW, c.Le)
	}
	c.Le = n
	if r, err = send(c); err != nil {
		return Response{}, 0, err
	}
	if _, wrong = r.SW.WrongLe(); wrong {
		return Response{}, 0, fmt.Errorf("%w: %v twice", ErrAnswer, r.SW)
	}
	return r, c.Le, nil
}

// send sends one APDU and reads the answer to it.
func (e *exchange) send(ctx context.Context, c Command) (Response, error) {
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	apdu, err := c.Encode()
	if err != nil {
		return Response{}, err
	}
	e.stats.APDUs++
	e.stats.Sent += len(apdu)
	answer, err := e.transmit(ctx, apdu)
	if err != nil {
		return Response{}, err
	}
	e.stats.Received += len(answer)
	r, err := ParseResponse(answer)
	if err != nil {
		return Response{}, err
	}
	if len(r.Data) > c.Le {
		return Response{}, fmt.Errorf("%w: %d bytes to Le %d", ErrAnswer, len(r.Data), c.Le)
	}
	return r, nil
}
