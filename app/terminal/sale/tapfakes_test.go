package sale

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/terminal/wallettest"
	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/protocoltest"
)

// cut is where a phone leaves the field: at an APDU, counted from 0.
type cut struct {
	at int
	// how: "before" the command is lost; "within" the command arrives and its answer is
	// lost; "after" the answer has arrived.
	how string
}

var never = cut{-1, ""}

// field is the card reader of a shop: phones come into it and leave it.
type field struct {
	mu      sync.Mutex
	there   *phone
	changed chan struct{}
	lost    bool           // the reader was pulled out
	wrong   error          // of what is in the field
	unseen  bool           // that a phone leaves, when it is held again at once
	broke   bool           // the last phone left in an exchange
	slow    time.Duration  // how long a phone takes for an answer
	at      func(apdu int) // called when an APDU was answered, before anybody hears of it
}

// phone is a wallet that is held to the reader, once.
type phone struct {
	field   *field
	session *iso7816.Session
	cut     cut
	slow    time.Duration
	apdus   int
	gone    chan struct{}
	leave   sync.Once
}

func newField() *field { return &field{changed: make(chan struct{})} }

func (f *field) change(how func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how()
	close(f.changed)
	f.changed = make(chan struct{})
}

// hold holds a wallet to the reader, until lift or a cut.
func (f *field) hold(w *wallettest.Wallet, at cut) *phone {
	p := &phone{field: f, session: w.Powered(), cut: at, slow: f.slow, gone: make(chan struct{})}
	f.change(func() { f.there = p })
	return p
}

func (p *phone) lift() {
	p.leave.Do(func() {
		close(p.gone)
		p.field.change(func() {
			if p.field.there == p {
				p.field.there = nil
			}
		})
	})
}

func (f *field) Wait(ctx context.Context) (Card, error) {
	for {
		f.mu.Lock()
		there, changed, lost, wrong := f.there, f.changed, f.lost, f.wrong
		f.mu.Unlock()
		switch {
		case lost:
			return nil, ErrReaderLost
		case there != nil && wrong != nil:
			return nil, wrong
		case there != nil:
			f.change(func() { f.broke = false })
			return there, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (p *phone) Exchange(ctx context.Context, c iso7816.Command) (iso7816.Response, error) {
	r, _, err := iso7816.Exchange(ctx, p.transmit, c)
	return r, err
}

func (p *phone) transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	select {
	case <-p.gone:
		return p.brokeOff()
	default:
	}
	n := p.apdus
	p.apdus++
	here := n == p.cut.at
	if here && p.cut.how == "before" {
		p.lift()
		return p.brokeOff()
	}
	answer := p.session.Handle(ctx, apdu)
	if p.slow > 0 {
		if err := sleep(ctx, p.slow); err != nil {
			return nil, err
		}
	}
	if p.field.at != nil {
		p.field.at(n)
	}
	if here {
		p.lift()
		if p.cut.how == "within" {
			return p.brokeOff()
		}
	}
	return answer, nil
}

// brokeOff is the end of an exchange from which the phone was taken away.
func (p *phone) brokeOff() ([]byte, error) {
	p.field.change(func() { p.field.broke = true })
	return nil, ErrCardLost
}

func (f *field) Removed(ctx context.Context) error {
	for {
		f.mu.Lock()
		there, changed, unseen, broke, lost := f.there, f.changed, f.unseen, f.broke, f.lost
		f.mu.Unlock()
		switch {
		case lost:
			return ErrReaderLost
		case broke, there == nil && !unseen:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (p *phone) Close() error { return nil }

// purse is settlement as taps need it, in memory, with settlement's real keys.
type purse struct {
	shop *shop

	mu        sync.Mutex
	down      error
	lost      bool // messages arrive, answers do not
	result    protocol.ClearingResult
	forked    bool
	cleared   map[protocol.Hash]*protocol.Signed[protocol.TapCleared]
	order     []protocol.Hash
	taps      map[protocol.Hash]protocol.VerifiedTap
	abandoned map[protocol.Hash]bool
	blocked   *protocol.CardBlocklist
}

func (p *purse) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

func (p *purse) Clear(_ context.Context, e protocol.Envelope, pay *protocol.Signed[protocol.TapPay]) (ClearingAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return ClearingAnswer{}, p.down
	}
	sale := p.shop.sale
	signed, err := protocol.OpenTapClearing(sale.Settlement.Agreement, sale.Terminal.Subject, e)
	if err != nil {
		p.shop.t.Errorf("settlement cannot open the clearing: %v", err)
		return ClearingAnswer{}, err
	}
	v, err := protocol.VerifyTapClearing(signed, sale.Settlement.Subject, sale.Terminal.Subject, sale.Settlement.Public(p.shop.t), p.shop.trust)
	if err != nil {
		p.shop.t.Errorf("settlement refuses the clearing: %v", err)
		return ClearingAnswer{}, err
	}
	p.taps[e.Request] = v
	result := p.result
	if v.Clearing.GivenUp && result == protocol.ClearingCredited {
		result = protocol.ClearingGivenBack
	}
	return p.answer(pay, result)
}

func (p *purse) Abandon(_ context.Context, a *protocol.Signed[protocol.TapAbandonment]) (ClearingAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return ClearingAnswer{}, p.down
	}
	if _, err := a.Verify(p.shop.sale.Terminal.Public(p.shop.t)); err != nil {
		p.shop.t.Errorf("settlement refuses the abandonment: %v", err)
	}
	pay := a.Unverified().Pay
	p.abandoned[pay.Hash()] = true
	said := p.claims(pay, protocol.ClearingGivenBack)
	if p.lost {
		return ClearingAnswer{}, ErrNoAnswer
	}
	return ClearingAnswer{said, protocoltest.Sign(p.shop.t, p.shop.sale.Settlement.Key, said)}, nil
}

func (p *purse) claims(pay *protocol.Signed[protocol.TapPay], result protocol.ClearingResult) protocol.TapCleared {
	asked := pay.Unverified()
	said := protocol.TapCleared{
		Pay: pay.Hash(), Result: result, Amount: asked.Amount, Currency: asked.Currency, Forked: p.forked,
		Decided: protocol.At(p.shop.now()), Signer: protocol.SignerOf(p.shop.sale.Settlement.Certificate),
	}
	if result == protocol.ClearingCredited {
		said.Reference = 8000 + uint64(len(p.order))
	}
	return said
}

func (p *purse) answer(pay *protocol.Signed[protocol.TapPay], result protocol.ClearingResult) (ClearingAnswer, error) {
	h := pay.Hash()
	if p.cleared[h] == nil {
		p.order = append(p.order, h)
		p.cleared[h] = protocoltest.Sign(p.shop.t, p.shop.sale.Settlement.Key, p.claims(pay, result))
	}
	if p.lost {
		return ClearingAnswer{}, ErrNoAnswer
	}
	return ClearingAnswer{p.cleared[h].Unverified(), p.cleared[h]}, nil
}

// withTaps gives a shop a reader, settlement's purse, and a wallet with 1,000.00.
func (s *shop) withTaps() {
	s.field = newField()
	s.purse = &purse{
		shop: s, cleared: map[protocol.Hash]*protocol.Signed[protocol.TapCleared]{}, taps: map[protocol.Hash]protocol.VerifiedTap{},
		abandoned: map[protocol.Hash]bool{},
		blocked:   &protocol.CardBlocklist{Issuer: s.sale.Settlement.Subject, Sequence: 1, Issued: protocol.At(s.sale.Realm.Now), Blocked: []protocol.CardMark{}},
	}
	s.wallet = s.anotherWallet(1)
}

func (s *shop) anotherWallet(serial uint64) *wallettest.Wallet {
	return wallettest.New(s.t, s.sale.Realm.Card(s.sale.Settlement, serial), 100000, func() protocol.Trust { return s.trust }, s.now)
}

func (s *shop) taps() Taps {
	if s.field == nil {
		return Taps{}
	}
	var cards CardReader = s.field
	if s.mangle != nil {
		cards = mangling{s.field, s.mangle}
	}
	return Taps{
		Cards: cards, Clearing: s.purse,
		Blocked: func() *protocol.CardBlocklist {
			s.purse.mu.Lock()
			defer s.purse.mu.Unlock()
			return s.purse.blocked
		},
		Settlement: func() *protocol.Signed[protocol.Certificate] { return s.sale.Settlement.Certificate },
	}
}

// tapping runs a test of a shop with a reader on a clock of its own.
func tapping(t *testing.T, test func(*shop)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		s.withTaps()
		s.open()
		defer func() { s.till.Close() }()
		test(s)
	})
}

// tap holds a wallet to the reader, and lifts it when all is quiet.
func (s *shop) tap(w *wallettest.Wallet, at cut) *phone {
	s.t.Helper()
	synctest.Wait()
	p := s.field.hold(w, at)
	synctest.Wait()
	p.lift()
	synctest.Wait()
	return p
}

// restart is a power cut: the journal is left, and what settlement and wallets know.
func (s *shop) restart() {
	s.t.Helper()
	s.till.Close()
	s.open()
	synctest.Wait()
}

// agree checks that wallets, journal and settlement tell the same of the money.
func (s *shop) agree(wallets ...*wallettest.Wallet) {
	s.t.Helper()
	time.Sleep(5 * time.Minute) // what is queued is cleared
	synctest.Wait()
	last := map[uint64]Entry{}
	s.journal.mu.Lock()
	for _, e := range s.journal.entries {
		if e.Sale != 0 {
			last[e.Sale] = e
		}
		if e.Tap != nil && e.Tap.Sealed != nil && bytes.Contains(e.Tap.Sealed, []byte(s.wallet.Card.Number())) {
			s.t.Errorf("the card number is in the journal at %s", e.Event)
		}
	}
	s.journal.mu.Unlock()
	deducted := map[protocol.Hash]protocol.Amount{}
	for _, w := range wallets {
		for _, d := range w.Deductions() {
			deducted[d.Answers] += d.Amount
		}
	}
	for _, e := range last {
		if e.Tap == nil {
			continue
		}
		pay, err := protocol.Parse[protocol.TapPay](e.Tap.Pay)
		if err != nil {
			s.t.Fatal(err)
		}
		took := deducted[pay.Hash()]
		delete(deducted, pay.Hash())
		cleared, sent := s.purse.taps[pay.Hash()]
		switch e.Ending {
		case Paid:
			if took != e.Amount || !sent || cleared.Clearing.GivenUp || e.Reference == 0 || e.Event != EventTapCleared {
				s.t.Errorf("sale %d is paid (%s, reference %d), the wallet deducted %d, settlement has %v", e.Sale, e.Event, e.Reference, took, sent)
			}
		case GivenUp:
			if took != 0 && !(sent && cleared.Clearing.GivenUp) && !s.purse.abandoned[pay.Hash()] {
				s.t.Errorf("sale %d was given up, the wallet deducted %d, and nobody knows", e.Sale, took)
			}
		default:
			if took != 0 || sent {
				s.t.Errorf("sale %d is %q, the wallet deducted %d", e.Sale, e.Ending, took)
			}
		}
	}
	for h, amount := range deducted {
		s.t.Errorf("the wallet deducted %d for %v, of which the journal knows nothing", amount, h)
	}
}

var errNobody = errors.New("no network")

func wantEvents(t *testing.T, have []Event, want ...Event) {
	t.Helper()
	if !slices.Equal(have, want) {
		t.Errorf("journal has %v, want %v", have, want)
	}
}
