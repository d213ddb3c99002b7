package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"countersign/app/program/victim"
	"countersign/devices/contactless/virtualcard"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// The client's fail points, at each APDU: nothing of it was worked on; its answer is
// ready and was not sent.
const (
	pointHeard    = "client.apdu.heard"
	pointAnswered = "client.apdu.answered"
)

// visit says how the phone is held to the terminal.
type visit struct {
	// APDU is the one (from 1) around which the phone leaves, and Cut how: 0 for not.
	APDU int
	Cut  virtualcard.Cut
	// Whole is the instruction of the command at whose last APDU it leaves instead: 0 for
	// none.
	Whole byte
}

// stay is one stay in the field.
type stay struct {
	card *virtualcard.Card
	told sync.WaitGroup

	mu    sync.Mutex
	names namer
	apdus []string // what they were, in order
	bytes int      // both ways
	said  [][2][]byte
}

// enter arms the card and brings the phone into the field. It is said, and when it
// has left.
func (p *phone) enter(ctx context.Context, with json.RawMessage) error {
	var v visit
	if err := json.Unmarshal(with, &v); err != nil {
		return err
	}
	if err := p.trusted.ArmCard(ctx); err != nil {
		return err
	}
	p.application.Reset(ctx)
	s := &stay{}
	card, err := virtualcard.Attach(context.WithoutCancel(ctx), p.radio, virtualcard.Options{
		Handler: func(ctx context.Context, apdu []byte) []byte { return p.answer(ctx, s, apdu) },
		Power:   func(virtualcard.Power) { p.application.Reset(context.WithoutCancel(ctx)) },
		Faults: func(n int, apdu []byte) virtualcard.Fault {
			s.note(apdu)
			if n == v.APDU || v.Whole != 0 && len(apdu) > 1 && apdu[1] == v.Whole && apdu[0]&iso7816.ChainBit == 0 {
				return virtualcard.Fault{Cut: v.Cut}
			}
			return virtualcard.Fault{}
		},
	})
	if err != nil {
		return err
	}
	s.card = card
	p.mu.Lock()
	p.stay = s
	p.mu.Unlock()
	p.talk.Say(victim.Word{Say: "enter"})
	s.told.Go(func() {
		<-card.Done()
		p.application.Reset(context.WithoutCancel(ctx))
		s.mu.Lock()
		defer s.mu.Unlock()
		p.talk.Answer("left", map[string]any{"apdus": s.apdus, "bytes": s.bytes, "said": s.said})
	})
	return nil
}

// leave takes the phone out of the field, if it is there.
func (p *phone) leave() error {
	p.mu.Lock()
	s := p.stay
	p.stay = nil
	p.mu.Unlock()
	if s == nil {
		return nil
	}
	_ = s.card.Close() // why it left is no matter: a daemon may have been killed
	s.told.Wait()
	return nil
}

// answer is the card application between the fail points.
func (p *phone) answer(ctx context.Context, s *stay, apdu []byte) []byte {
	defer p.clock.since("client", time.Now())
	p.at(pointHeard, s)
	p.points.Hit(pointHeard)
	out := p.application.Handle(ctx, apdu)
	p.points.Hit(pointAnswered)
	p.at(pointAnswered, s)
	s.mu.Lock()
	s.bytes += len(apdu) + len(out)
	s.said = append(s.said, [2][]byte{slices.Clone(apdu), out})
	s.mu.Unlock()
	return out
}

// at stands still at a point of an APDU, if it was told to: until it is released.
func (p *phone) at(point string, s *stay) {
	s.mu.Lock()
	name := fmt.Sprintf("%s %d", point, len(s.apdus))
	s.mu.Unlock()
	p.mu.Lock()
	hold, held := p.hold == name, p.held
	p.mu.Unlock()
	if hold {
		p.talk.Say(victim.Word{Say: "held", Point: name})
		<-held
	}
}

// note keeps what an APDU was.
func (s *stay) note(apdu []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apdus = append(s.apdus, s.names.of(apdu))
}

// namer names APDUs: the links of a chain by their numbers.
type namer struct{ links int }

func (n *namer) of(apdu []byte) string {
	if len(apdu) < 2 {
		return "?"
	}
	name, known := map[byte]string{
		iso7816.InsSelect: "SELECT", iso7816.InsGetResponse: "GET RESPONSE",
		protocol.TapInsGet: "GET", protocol.TapInsPay: "PAY", protocol.TapInsRecover: "RECOVER",
	}[apdu[1]]
	if !known {
		name = fmt.Sprintf("INS %02X", apdu[1])
	}
	chained := apdu[0]&iso7816.ChainBit != 0
	if chained || n.links > 0 {
		n.links++
		name = fmt.Sprintf("%s link %d", name, n.links)
	}
	if !chained {
		n.links = 0
	}
	return name
}
