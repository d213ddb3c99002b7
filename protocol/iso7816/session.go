package iso7816

import (
	"bytes"
	"context"
	"errors"
)

// Handler carries out one whole command and returns the whole answer, up to
// [MaxMessage] bytes. Its command's CLA has no chaining bit, and its Le is the last
// link's. It may keep neither the command's data nor change the answer's afterwards.
type Handler func(ctx context.Context, c Command) Response

// Session is the card's side between power on and power off. It puts chains
// together, splits long answers, and refuses what is out of order:
//
//   - 6985 a command although no application is selected; GET RESPONSE where nothing is kept;
//   - 6883 a chain was begun and another command came;
//   - 6884 a chain of the class 00: SELECT and GET RESPONSE need none;
//   - 6Cxx GET RESPONSE for more than is kept (and not for all, Le 00);
//   - 6700 a malformed APDU, an empty link, or a chain above [MaxMessage];
//   - 6881, 6882, 6E00 another logical channel, secure messaging, a class that is reserved;
//   - 6F00 an answer of the handler's that cannot be sent.
//
// None of these but the last reaches the handler. Every command but GET RESPONSE drops
// what was kept of an earlier answer, and so does a malformed one.
//
// An application is selected by a SELECT that the handler answers 9000, until one that
// it answers otherwise, power off, or a chain that broke: without that, the last
// link of a broken chain would look like a whole command.
//
// A Session serves one APDU at a time: it is not safe for concurrent use.
type Session struct {
	handler Handler
	open    bool     // an application is selected
	chain   *Command // the links so far, nil when no chain is open
	kept    []byte   // what was not fetched yet of the last answer
	final   Status   // the status word that ends the kept answer
}

// NewSession returns a session of a card that was just powered.
func NewSession(h Handler) *Session { return &Session{handler: h} }

// Reset forgets everything: the card lost power or was reset.
func (s *Session) Reset() {
	s.open = false
	s.dropChain()
	s.dropKept()
}

// refuse drops all that is kept and answers with a status word.
func (s *Session) refuse(sw Status) Response {
	if s.chain != nil {
		s.open = false
	}
	s.dropChain()
	s.dropKept()
	return Response{SW: sw}
}

func (s *Session) dropChain() {
	if s.chain != nil {
		clear(s.chain.Data)
		s.chain = nil
	}
}

func (s *Session) dropKept() {
	clear(s.kept)
	s.kept = nil
}

// Handle answers one command APDU, whatever it is: 2 to [MaxResponseBytes] bytes.
func (s *Session) Handle(ctx context.Context, apdu []byte) []byte {
	r := s.answer(ctx, apdu)
	raw, err := r.Encode()
	if err != nil { // the handler's status word is none
		s.Reset()
		raw, _ = Response{SW: NoDiagnosis}.Encode()
	}
	return raw
}

func (s *Session) answer(ctx context.Context, apdu []byte) Response {
	c, err := ParseCommand(apdu)
	if err != nil {
		return s.refuse(refusal(err))
	}
	if sw := class(c.CLA); sw != OK {
		return s.refuse(sw)
	}
	if c.CLA == 0 && c.INS == InsGetResponse {
		return s.getResponse(c)
	}
	selects := c.CLA == 0 && c.INS == InsSelect
	switch {
	case s.chain != nil && !sameCommand(*s.chain, c):
		return s.refuse(LastLinkExpected)
	case !s.open && !selects:
		return s.refuse(ConditionsNotSatisfied)
	case c.CLA&ChainBit != 0:
		return s.link(c)
	}
	s.dropKept()
	if s.chain != nil {
		if len(c.Data) == 0 || len(s.chain.Data)+len(c.Data) > MaxMessage {
			return s.refuse(WrongLength)
		}
		c.Data = append(s.chain.Data, c.Data...)
		s.chain = nil // what it held is the handler's now
	}
	r := s.handler(ctx, c)
	if selects {
		s.open = r.SW == OK
	}
	return s.split(r, c.Le)
}

// link takes one link of a chain that is not its last.
func (s *Session) link(c Command) Response {
	s.dropKept()
	if s.chain == nil {
		s.chain = &Command{CLA: c.CLA &^ ChainBit, INS: c.INS, P1: c.P1, P2: c.P2,
			Data: make([]byte, 0, MaxMessage)} // never moved, so that it can be overwritten
	}
	if len(c.Data) == 0 || c.Le != 0 || len(s.chain.Data)+len(c.Data) > MaxMessage {
		return s.refuse(WrongLength)
	}
	s.chain.Data = append(s.chain.Data, c.Data...)
	return Response{SW: OK}
}

// split answers with the first part of r and keeps the rest.
func (s *Session) split(r Response, le int) Response {
	if len(r.Data) > MaxMessage || r.valid() != nil {
		return Response{SW: NoDiagnosis}
	}
	_, more := r.SW.More()
	if _, wrong := r.SW.WrongLe(); more || wrong {
		return Response{SW: NoDiagnosis} // those words are this session's to say
	}
	if len(r.Data) <= le {
		return r
	}
	s.kept, s.final = bytes.Clone(r.Data), r.SW
	return s.part(le)
}

// part takes n bytes, fewer than or as many as are kept, off the kept answer.
func (s *Session) part(n int) Response {
	r := Response{Data: s.kept[:n:n], SW: s.final}
	s.kept = s.kept[n:]
	if len(s.kept) > 0 {
		r.SW = More(len(s.kept))
	} else {
		s.kept = nil
	}
	return r
}

func (s *Session) getResponse(c Command) Response {
	switch {
	case s.chain != nil:
		return s.refuse(LastLinkExpected)
	case c.P1 != 0 || c.P2 != 0:
		return s.refuse(WrongParameters)
	case len(c.Data) > 0 || c.Le == 0:
		return s.refuse(WrongLength)
	case len(s.kept) == 0:
		return s.refuse(ConditionsNotSatisfied)
	}
	if c.Le > len(s.kept) {
		if c.Le < MaxLe {
			return Response{SW: WrongLe(len(s.kept))}
		}
		c.Le = len(s.kept)
	}
	return s.part(c.Le)
}

// sameCommand reports whether c is another link of the chain that began as first.
func sameCommand(first, c Command) bool {
	return c.CLA&^ChainBit == first.CLA && c.INS == first.INS && c.P1 == first.P1 && c.P2 == first.P2
}

// refusal is the status word for an APDU that cannot be parsed.
func refusal(err error) Status {
	switch {
	case errors.Is(err, ErrClass):
		return ClassNotSupported
	case errors.Is(err, ErrInstruction):
		return InstructionUnknown
	}
	return WrongLength
}

// class says whether a class is served: 00, and the proprietary ones, with or
// without the chaining bit. What a proprietary class means is the handler's.
func class(cla byte) Status {
	switch {
	case cla&0x80 != 0:
		return OK
	case cla&0x40 != 0, cla&0xE0 == 0 && cla&0x03 != 0:
		return ChannelNotSupported
	case cla&0xE0 != 0:
		return ClassNotSupported
	case cla&0x0C != 0:
		return MessagingNotSupported
	case cla&ChainBit != 0:
		return ChainingNotSupported
	}
	return OK
}
