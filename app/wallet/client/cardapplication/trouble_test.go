package cardapplication_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/app/wallet/client/cardapplication"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// scripted is a trusted application that says what it is told to.
type scripted struct {
	answer   []byte
	sw       iso7816.Status
	err      error
	hang     bool
	forgets  int
	commands int
}

func (s *scripted) say(ctx context.Context) ([]byte, iso7816.Status, error) {
	s.commands++
	if s.hang {
		<-ctx.Done()
		return nil, 0, ctx.Err()
	}
	return s.answer, s.sw, s.err
}

func (s *scripted) Select(context.Context) (protocol.Code, iso7816.Status, error) {
	return protocol.Code{1}, iso7816.OK, nil
}

func (s *scripted) Get(ctx context.Context, _, _ []byte) ([]byte, iso7816.Status, error) {
	return s.say(ctx)
}
func (s *scripted) Pay(ctx context.Context, _ []byte) ([]byte, iso7816.Status, error) {
	return s.say(ctx)
}
func (s *scripted) Recover(ctx context.Context, _ []byte) ([]byte, iso7816.Status, error) {
	return s.say(ctx)
}

func (s *scripted) Forget(context.Context) error {
	s.forgets++
	return nil
}

func selected(t *testing.T, s *scripted) *radio {
	t.Helper()
	r := &radio{application: cardapplication.New(cardapplication.Options{
		Trusted: s, Card: func() []byte { return []byte("handle") }, Patience: 10 * time.Millisecond,
	})}
	if _, sw, err := r.Select(t.Context()); err != nil || sw != iso7816.OK {
		t.Fatal(sw, err)
	}
	return r
}

// Whatever the trusted application does, a terminal is answered in time, with a status
// word that it knows, and without data beside an error.
func TestTroubleBehind(t *testing.T) {
	for name, test := range map[string]struct {
		side scripted
		want iso7816.Status
	}{
		"hangs":            {scripted{hang: true}, iso7816.NoDiagnosis},
		"gone":             {scripted{err: errors.New("gone")}, iso7816.NoDiagnosis},
		"no answer":        {scripted{sw: iso7816.OK}, iso7816.NoDiagnosis},
		"too long":         {scripted{sw: iso7816.OK, answer: make([]byte, iso7816.MaxMessage+1)}, iso7816.NoDiagnosis},
		"data with error":  {scripted{sw: iso7816.SecurityNotSatisfied, answer: []byte{1}}, iso7816.SecurityNotSatisfied},
		"out of order":     {scripted{sw: iso7816.ConditionsNotSatisfied}, iso7816.ConditionsNotSatisfied},
		"undecodable":      {scripted{sw: iso7816.WrongData}, iso7816.WrongData},
		"not a word":       {scripted{sw: 1}, iso7816.NoDiagnosis},
		"the session's":    {scripted{sw: iso7816.More(5)}, iso7816.NoDiagnosis},
		"a word not known": {scripted{sw: 0x6f42}, iso7816.NoDiagnosis},
	} {
		t.Run(name, func(t *testing.T) {
			r := selected(t, &test.side)
			for _, ins := range []byte{protocol.TapInsGet, protocol.TapInsPay, protocol.TapInsRecover} {
				data, sw, err := r.Send(t.Context(), ins, []byte{1})
				if err != nil || sw != test.want || data != nil {
					t.Errorf("%02X: % x %v %v", ins, data, sw, err)
				}
			}
		})
	}
}

// What is no command of ours never gets to the trusted application.
func TestNotOurs(t *testing.T) {
	side := &scripted{sw: iso7816.OK, answer: []byte{1}}
	r := selected(t, side)
	for _, test := range []struct {
		c    iso7816.Command
		want iso7816.Status
	}{
		{iso7816.Command{CLA: 0x00, INS: protocol.TapInsGet, Data: []byte{1}, Le: 256}, iso7816.ClassNotSupported},
		{iso7816.Command{CLA: 0x84, INS: protocol.TapInsGet, Data: []byte{1}, Le: 256}, iso7816.ClassNotSupported},
		{iso7816.Command{CLA: 0x80, INS: 0xB0, Le: 256}, iso7816.InstructionUnknown},
		{iso7816.Command{CLA: 0x80, INS: protocol.TapInsPay, P1: 1, Data: []byte{1}, Le: 256}, iso7816.WrongParameters},
		{iso7816.Command{CLA: 0x80, INS: protocol.TapInsPay, P2: 1, Data: []byte{1}, Le: 256}, iso7816.WrongParameters},
	} {
		if _, sw, err := r.exchange(t.Context(), test.c); err != nil || sw != test.want {
			t.Errorf("%v: %v %v", test.c, sw, err)
		}
	}
	if side.commands != 0 {
		t.Errorf("%d commands handed over", side.commands)
	}
}

// Power off and a SELECT of another name end the tap at the trusted side, once.
func TestForgets(t *testing.T) {
	side := &scripted{sw: iso7816.OK, answer: []byte{1}}
	r := selected(t, side)
	r.application.Reset(t.Context())
	r.application.Reset(t.Context())
	if side.forgets != 1 {
		t.Errorf("forgotten %d times after power off", side.forgets)
	}
	if _, sw, _ := r.Send(t.Context(), protocol.TapInsPay, []byte{1}); sw != iso7816.ConditionsNotSatisfied {
		t.Errorf("PAY after power off: %v", sw)
	}
	if _, sw, err := r.Select(t.Context()); err != nil || sw != iso7816.OK {
		t.Fatal(sw, err)
	}
	if _, sw, err := r.exchange(t.Context(), iso7816.Select([]byte("\xf0OTHER"))); err != nil || sw != iso7816.NotFound || side.forgets != 2 {
		t.Error(sw, err, side.forgets)
	}
}

// A trusted side that comes too late has deducted all the same: the terminal learns it
// at the next tap.
func TestLatePay(t *testing.T) {
	p := newPhone(t, 50_000, nil)
	tap := &pursetest.Tap{Code: protocol.NewCode()}
	if err := p.shop.Ask(t.Context(), p.radio, tap); err != nil {
		t.Fatal(err)
	}
	if err := p.shop.Order(tap, 7_800); err != nil {
		t.Fatal(err)
	}
	p.side.late = true
	if err := p.shop.Charge(t.Context(), p.radio, tap); pursetest.SW(err) != iso7816.NoDiagnosis {
		t.Fatal(err)
	}
	p.side.late = false
	if status := p.recovered(t, tap); status != protocol.TapDeducted {
		t.Error(status)
	}
	if v := p.View(); v.Balance != 42_200 {
		t.Error(v.Balance)
	}
}
