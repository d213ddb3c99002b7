package iso7816

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// FuzzSession sends whatever bytes to a card: each APDU is preceded by its length.
func FuzzSession(f *testing.F) {
	f.Add(unhex(f, "06 80500000 01 05  05 00C0000000"))
	f.Add(unhex(f, "06 90500000 01 05  06 80500000 01 05  05 00C0000003  05 00C0000000"))
	f.Add(unhex(f, "07 90500000 02 0102  05 00C0000000  07 80500000 02 0102"))
	f.Fuzz(func(t *testing.T, script []byte) {
		s := opened(func(_ context.Context, c Command) Response {
			if len(c.Data) > MaxMessage || c.CLA&0x80 == 0 && c.CLA&ChainBit != 0 {
				t.Fatalf("the handler got %v", c)
			}
			return Response{message(int(c.P1)<<8 | int(c.P2)), OK}
		})
		for len(script) > 0 {
			n := min(int(script[0]), len(script)-1)
			answer := s.Handle(t.Context(), script[1:1+n])
			script = script[1+n:]
			if _, err := ParseResponse(answer); err != nil {
				t.Fatalf("%X: %v", answer, err)
			}
			if s.chain != nil && len(s.chain.Data) > MaxMessage || len(s.kept) > MaxMessage {
				t.Fatal("more is kept than may be")
			}
			if s.chain != nil && s.kept != nil {
				t.Fatal("an answer is kept while a chain is open")
			}
		}
	})
}

// FuzzExchange answers a terminal with whatever bytes: each APDU after its length,
// and from the beginning again, so that a card never runs out of answers.
func FuzzExchange(f *testing.F) {
	f.Add(unhex(f, "02 9000"), 1000, 256)
	f.Add(unhex(f, "03 016101"), 10, 256)
	f.Add(unhex(f, "02 6C05  04 01029000"), 10, 256)
	f.Fuzz(func(t *testing.T, script []byte, up, le int) {
		if len(script) == 0 || up < 0 || up > 2*MaxMessage {
			return
		}
		rest := script
		transmit := func(_ context.Context, apdu []byte) ([]byte, error) {
			if _, err := ParseCommand(apdu); err != nil {
				t.Fatalf("%X was sent: %v", apdu, err)
			}
			if len(rest) == 0 {
				rest = script
			}
			n := min(int(rest[0]), len(rest)-1)
			answer := rest[1 : 1+n]
			rest = rest[1+n:]
			return answer, nil
		}
		r, stats, err := Exchange(t.Context(), transmit, Command{CLA: 0x80, INS: 0x52, Data: make([]byte, min(up, 2*MaxMessage)), Le: le})
		if most := 2*(MaxMessage/MaxLink+1) + 2*MaxParts; stats.APDUs > most {
			t.Fatalf("%d APDUs, more than %d", stats.APDUs, most)
		}
		if err != nil {
			return
		}
		_, more := r.SW.More()
		_, wrong := r.SW.WrongLe()
		if more || wrong || !r.SW.valid() || len(r.Data) > MaxMessage || r.SW.IsError() && len(r.Data) > 0 {
			t.Fatalf("%d bytes, %v", len(r.Data), r.SW)
		}
	})
}

// errGone is what a transport of the tests says when the card has left.
var errGone = errors.New("card gone")

// mutator carries APDUs between both sides and damages some of them: one byte of
// the script for each APDU says how.
type mutator struct {
	t       *testing.T
	session *Session
	script  []byte
	earlier []byte // the last answer but one
	command []byte // the last command
	blind   bool   // it did what the standard cannot notice
}

func (m *mutator) transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	op := byte(0)
	if len(m.script) > 0 {
		op, m.script = m.script[0], m.script[1:]
	}
	how, amount := op%16, int(op/16)
	deliver := func(b []byte) []byte { return m.session.Handle(ctx, b) }
	var answer []byte
	switch how {
	case 1: // the card leaves before
		return nil, errGone
	case 2: // the card leaves within or after
		deliver(apdu)
		return nil, errGone
	case 3: // command cut
		cut := apdu[:min(len(apdu), amount)]
		_, err := ParseCommand(cut) // a bare header is a command without data
		m.blind = m.blind || err == nil
		answer = deliver(cut)
	case 4: // command with bytes behind it
		answer = deliver(append(bytes.Clone(apdu), make([]byte, 2+amount)...))
	case 5: // answer cut
		answer = deliver(apdu)
		answer = answer[:max(0, len(answer)-1-amount)]
	case 6: // answer with bytes before it
		answer = append(make([]byte, 257), deliver(apdu)...)
	case 7: // another status word
		answer = deliver(apdu)
		answer = append(bytes.Clone(answer[:len(answer)-2]), 0x60|byte(amount), op)
	case 8: // someone fetches between
		m.blind = m.blind || m.session.kept != nil
		deliver([]byte{0, InsGetResponse, 0, 0, 0})
		answer = deliver(apdu)
	case 9: // someone selects between
		deliver([]byte{0, InsSelect, 4, 0, 5, 0xF0, 0, 0, 0, 1, 0})
		answer = deliver(apdu)
	case 10: // the card lost power between
		m.session.Reset()
		answer = deliver(apdu)
	case 11: // the last command once more, then this
		m.blind = true
		if m.command != nil {
			deliver(m.command)
		}
		answer = deliver(apdu)
	case 12: // an earlier answer instead of the card's
		m.blind = true
		if answer = m.earlier; answer == nil {
			answer = []byte{0x90, 0}
		}
	case 13: // another class
		changed := bytes.Clone(apdu)
		changed[0] ^= byte(1 << (amount % 8))
		m.blind = m.blind || changed[0]^apdu[0] == ChainBit
		answer = deliver(changed)
	case 14: // another instruction: a card must not take it for the one before
		changed := bytes.Clone(apdu)
		changed[1] ^= 0x02
		answer = deliver(changed)
	default:
		answer = deliver(apdu)
	}
	m.earlier, m.command = answer, bytes.Clone(apdu)
	return answer, nil
}

// FuzzBoth lets a terminal and a card talk over a line that does harm, sale after
// sale on one card. Every whole message that the card's handler gets, and every
// answer that the terminal takes for one, is the other's, unchanged: anything
// else is an error on either side. Where a line repeats or invents whole APDUs,
// which no part of the standard numbers, only the bounds hold.
func FuzzBoth(f *testing.F) {
	f.Add([]byte{}, uint16(1000), uint16(1000), true)
	for op := range 16 {
		for _, amount := range []int{0, 1, 7} {
			f.Add([]byte{byte(op | amount<<4), 0, byte(op | amount<<4), 0, 0, byte(op | amount<<4)}, uint16(700), uint16(600), op%2 == 0)
			f.Add([]byte{0, byte(op | amount<<4), 0, 0, byte(op | amount<<4)}, uint16(300), uint16(700), op%2 == 1)
			f.Add([]byte{0, 0, 0, 0, byte(op | amount<<4)}, uint16(500), uint16(1000), true)
		}
	}
	f.Fuzz(func(t *testing.T, script []byte, up, down uint16, le bool) {
		up, down = up%(MaxMessage+1), down%(MaxMessage+1)
		m := &mutator{t: t, script: script}
		sent := message(int(up))
		m.session = NewSession(func(_ context.Context, c Command) Response {
			if len(c.Data) > MaxMessage {
				t.Fatalf("the handler got %d bytes", len(c.Data))
			}
			if c.CLA == 0 && c.INS == InsSelect {
				return Response{SW: OK}
			}
			if c.INS != 0x52 || c.CLA != 0x80 {
				return Response{SW: InstructionUnknown}
			}
			if !m.blind && !bytes.Equal(c.Data, sent) {
				t.Fatalf("the handler got %d bytes that were not sent", len(c.Data))
			}
			return Response{message(int(down)), OK}
		})
		c := Command{CLA: 0x80, INS: 0x52, Data: sent}
		if le {
			c.Le = MaxLe
		}
		for range 3 {
			if r, _, err := Exchange(t.Context(), m.transmit, Select([]byte{0xF0, 0, 0, 0, 1})); err != nil || r.SW != OK {
				m.session.Reset()
				continue
			}
			r, _, err := Exchange(t.Context(), m.transmit, c)
			if len(m.session.kept) > MaxMessage || m.session.chain != nil && len(m.session.chain.Data) > MaxMessage {
				t.Fatal("more is kept than may be")
			}
			if err != nil || r.SW != OK || m.blind {
				m.session.Reset() // the terminal gives up: the card loses power
				continue
			}
			if !bytes.Equal(r.Data, message(int(down))) {
				t.Fatalf("the terminal got %d bytes that were not sent", len(r.Data))
			}
		}
	})
}
