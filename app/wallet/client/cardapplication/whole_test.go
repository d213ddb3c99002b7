package cardapplication_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"countersign/app/wallet/client/cardapplication"
	"countersign/app/wallet/trusted/purse"
	"countersign/app/wallet/trusted/purse/pursetest"
	"countersign/protocol"
	"countersign/protocol/iso7816"
)

// side is the trusted application without processes between.
type side struct {
	*purse.Purse
	err  error // of the way there
	late bool  // the answer to PAY does not come back
}

func (s *side) Select(ctx context.Context) (protocol.Code, iso7816.Status, error) {
	if err := s.err; err != nil {
		return protocol.Code{}, 0, err
	}
	nonce, err := s.Purse.Select(ctx)
	return nonce, purse.Status(err), nil
}

func (s *side) Get(ctx context.Context, card, command []byte) ([]byte, iso7816.Status, error) {
	if err := s.err; err != nil {
		return nil, 0, err
	}
	answer, err := s.Purse.Get(ctx, card, command)
	return answer, purse.Status(err), nil
}

func (s *side) Pay(ctx context.Context, command []byte) ([]byte, iso7816.Status, error) {
	if err := s.err; err != nil {
		return nil, 0, err
	}
	answer, err := s.Purse.Pay(ctx, command)
	if s.late {
		return nil, 0, context.DeadlineExceeded
	}
	return answer, purse.Status(err), nil
}

func (s *side) Recover(ctx context.Context, command []byte) ([]byte, iso7816.Status, error) {
	if err := s.err; err != nil {
		return nil, 0, err
	}
	answer, err := s.Purse.Recover(ctx, command)
	return answer, purse.Status(err), nil
}

func (s *side) Forget(context.Context) error {
	s.Purse.Forget()
	return s.err
}

// radio carries commands as short APDUs: a pursetest.Card.
type radio struct {
	application *cardapplication.Application
	stats       iso7816.Stats
	// cut drops the answer to the n-th APDU, counted from 1, and all after it; with
	// swallow the APDU does not arrive either.
	cut, sent int
	swallow   bool
}

var errLost = errors.New("card lost")

func (r *radio) transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	r.sent++
	lost := r.cut > 0 && r.sent >= r.cut
	if lost && (r.swallow || r.sent > r.cut) {
		return nil, errLost
	}
	answer := r.application.Handle(ctx, apdu)
	if lost {
		return nil, errLost
	}
	return answer, nil
}

func (r *radio) exchange(ctx context.Context, c iso7816.Command) ([]byte, iso7816.Status, error) {
	answer, stats, err := iso7816.Exchange(ctx, r.transmit, c)
	r.stats = r.stats.Add(stats)
	return answer.Data, answer.SW, err
}

func (r *radio) Select(ctx context.Context) ([]byte, iso7816.Status, error) {
	return r.exchange(ctx, iso7816.Select(protocol.TapApplication()))
}

func (r *radio) Send(ctx context.Context, ins byte, data []byte) ([]byte, iso7816.Status, error) {
	return r.exchange(ctx, iso7816.Command{CLA: protocol.TapClass, INS: ins, Data: data, Le: iso7816.MaxLe})
}

// phone is the client application before a real purse.
type phone struct {
	*pursetest.World
	*radio
	*side
	shop *pursetest.Terminal
	log  *bytes.Buffer
}

func newPhone(t testing.TB, amount protocol.Amount, change func(*purse.Options)) *phone {
	t.Helper()
	p := &phone{World: pursetest.New(t), log: &bytes.Buffer{}}
	log := slog.New(slog.NewTextHandler(p.log, nil))
	p.Change = func(o *purse.Options) {
		o.Log = log
		if change != nil {
			change(o)
		}
	}
	opened, kept, err := p.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		opened.Close()
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	p.side = &side{Purse: opened}
	p.Furnish(opened, amount)
	handle, err := opened.Handle()
	if err != nil {
		t.Fatal(err)
	}
	p.shop = p.Terminal("T-0001", "Corner Café")
	p.radio = &radio{application: cardapplication.New(cardapplication.Options{
		Trusted: p.side, Card: func() []byte { return handle }, Log: log, Patience: time.Minute,
	})}
	if err := opened.Arm(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// Steps S2 to S9 over short APDUs, in the order in which they are logged, within the
// APDUs and bytes that the radio allows; neither log nor air holds the card's number.
func TestWhole(t *testing.T) {
	p := newPhone(t, 50_000, nil)
	tap, err := p.shop.Pay(t.Context(), p.radio, protocol.NewCode(), 7_800)
	if err != nil {
		t.Fatal(err)
	}
	if r := tap.Result.Unverified(); r.Status != protocol.TapDeducted || r.Amount != 7_800 {
		t.Errorf("%+v", r)
	}
	if v := p.View(); v.Balance != 42_200 {
		t.Errorf("balance %d", v.Balance)
	}
	bytes := p.stats.Sent + p.stats.Received
	t.Logf("%d APDUs, %d bytes", p.stats.APDUs, bytes)
	if p.stats.APDUs > 12 || bytes > 1600 {
		t.Errorf("%d APDUs, %d bytes", p.stats.APDUs, bytes)
	}
	var order []string
	for line := range strings.Lines(p.log.String()) {
		if _, step, found := strings.Cut(line, " tap="); found {
			order = append(order, step[:2])
		}
	}
	if got := strings.Join(order, " "); got != "S1 S1 S3 S5 S6 S7 S9 S9" {
		t.Errorf("steps %q", got)
	}
	if strings.Contains(p.log.String(), string(p.Number())) {
		t.Error("the log has the card's number")
	}
}

// Claim 5, step S3: to another name, a locked wallet, a card that is not armed or a
// client without a card the answer is 6A82 and nothing else.
func TestNotAnswered(t *testing.T) {
	other := iso7816.Select([]byte("\xf0CS1TOP"))
	longer := iso7816.Select(append(protocol.TapApplication(), 1))
	shorter := iso7816.Select(protocol.TapApplication()[:6])
	next := iso7816.Select(protocol.TapApplication())
	next.P2 = 2
	ours := iso7816.Select(protocol.TapApplication())
	for name, test := range map[string]struct {
		command iso7816.Command
		before  func(*testing.T, *phone)
	}{
		"another name":      {other, nil},
		"a longer name":     {longer, nil},
		"a part of it":      {shorter, nil},
		"next occurrence":   {next, nil},
		"locked":            {ours, func(t *testing.T, p *phone) { p.Owner.SetUnlocked(false) }},
		"not armed":         {ours, func(t *testing.T, p *phone) { p.Disarm() }},
		"armed long ago":    {ours, func(t *testing.T, p *phone) { p.Pass(time.Minute) }},
		"clock set back":    {ours, func(t *testing.T, p *phone) { p.Pass(-2 * protocol.MaxSkew) }},
		"blocked":           {ours, func(t *testing.T, p *phone) { p.Block(true); p.told(t) }},
		"trusted side gone": {ours, func(t *testing.T, p *phone) { p.side.err = errors.New("gone") }},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPhone(t, 1_000, nil)
			if test.before != nil {
				test.before(t, p)
			}
			raw, err := test.command.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if got := p.application.Handle(t.Context(), raw); !bytes.Equal(got, []byte{0x6a, 0x82}) {
				t.Errorf("answered % x", got)
			}
			if got := p.application.Handle(t.Context(), []byte{protocol.TapClass, protocol.TapInsGet, 0, 0, 1, 1, 0}); !bytes.Equal(got, []byte{0x69, 0x85}) {
				t.Errorf("GET answered % x", got)
			}
		})
	}
}

// told has settlement tell how the card stands.
func (p *phone) told(t *testing.T) {
	t.Helper()
	if _, err := p.AcceptState(t.Context(), p.State()); err != nil {
		t.Fatal(err)
	}
}
