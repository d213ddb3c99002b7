package sale

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/terminal/staff"
	"countersign/app/terminal/wallettest"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// shop is a till with everything around it in memory. The messages are real;
// only the machines are not.
type shop struct {
	t    *testing.T
	sale protocoltest.Sale
	till *Till

	trust      protocol.Trust
	started    time.Time
	skew       time.Duration // of the terminal's clock
	codes      chan string   // held to the camera
	fingers    chan any      // Print or error
	sensorGone bool
	settler    *fakeSettler
	journal    *memory
	desk       *staff.Desk // nil where nobody is on duty
	field      *field      // nil where there is no card reader
	purse      *purse
	mangle     []byte // what the radio does to answers
	wallet     *wallettest.Wallet
	fallback   Fallback
	pinMost    protocol.Amount
	tapped     []TapSettings // how taps are set, where it is not the default
	log        bytes.Buffer

	mu     sync.Mutex
	views  []View
	lifted int
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{
		t: t, sale: protocoltest.NewSale(t, 120, false),
		codes: make(chan string, 16), fingers: make(chan any, 16), journal: &memory{},
	}
	s.trust = s.sale.Realm.Trust()
	s.trust.Revocation = &protocol.RevocationList{Issuer: s.sale.Realm.Name, Sequence: 1, Issued: protocol.At(s.sale.Realm.Now), Revoked: []protocol.Revoked{}}
	s.settler = &fakeSettler{shop: s, result: protocol.ResultPaid, paid: map[protocol.Hash]protocol.Result{}, refunds: map[protocol.Code]*protocol.Signed[protocol.Refund]{}, references: map[protocol.Hash]uint64{}}
	return s
}

// open starts the till. The realm's time is the bubble's.
func (s *shop) open() *Till {
	s.t.Helper()
	settings := Defaults()
	settings.Settlement, settings.Merchant, settings.Currency = s.sale.Settlement.Subject, []byte("M-0001"), s.sale.Currency
	settings.Fallback, settings.PINMost = s.fallback, s.pinMost
	for _, set := range s.tapped {
		settings.Tap = set
	}
	if s.started.IsZero() {
		s.started = time.Now()
	}
	till, err := Open(s.t.Context(), settings, Ports{
		Unit: s, Identity: s, Codes: s, Fingers: s, Settler: s.settler, Journal: s.journal, Taps: s.taps(),
		Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		Now: s.now,
		Duty: func() staff.Duty {
			if s.desk == nil {
				return staff.Duty{}
			}
			return s.desk.Duty()
		},
		Show: func(v View) { s.mu.Lock(); s.views = append(s.views, v); s.mu.Unlock() },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.till = till
	return till
}

func (s *shop) now() time.Time { return s.sale.Realm.Now.Add(time.Since(s.started) + s.skew) }

// pay holds the payment of a genuine wallet to the camera, after change.
func (s *shop) pay(change func(*protocol.Payment)) {
	s.t.Helper()
	request := s.request()
	claims := s.sale.PaymentClaims(s.t, request, nil)
	if change != nil {
		change(&claims)
	}
	s.codes <- protocol.PaymentText(s.sale.Sealed(s.t, request, protocoltest.Sign(s.t, s.sale.Wallet.Key, claims)))
}

// request is the one on the screen.
func (s *shop) request() *protocol.Signed[protocol.Request] {
	s.t.Helper()
	synctest.Wait()
	v := s.till.View()
	if v.Stage != Presenting {
		s.t.Fatalf("stage is %s (%s %s), want presenting", v.Stage, v.Ending, v.Reason)
	}
	request, err := protocol.ParseRequestText(v.Request)
	if err != nil {
		s.t.Fatal(err)
	}
	return request
}

// begin keys the amount.
func (s *shop) begin() {
	s.t.Helper()
	if err := s.till.Begin(s.sale.Amount); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
}

// touch puts a finger on the sensor.
func (s *shop) touch() {
	s.fingers <- Print{Template: protocoltest.Template(120, "live"), Sensor: "R503", Captured: s.sale.Realm.Now}
}

// want waits until all is quiet and checks where the sale is.
func (s *shop) want(stage Stage, ending Ending, reason Reason) View {
	s.t.Helper()
	synctest.Wait()
	v := s.till.View()
	if v.Stage != stage || v.Ending != ending || v.Reason != reason {
		s.t.Fatalf("have %s %s %q, want %s %s %q\n%s", v.Stage, v.Ending, v.Reason, stage, ending, reason, s.log.String())
	}
	return v
}

func (s *shop) wantNotice(r Reason) {
	s.t.Helper()
	synctest.Wait()
	if v := s.till.View(); v.Notice != r {
		s.t.Fatalf("notice is %q, want %q (stage %s)", v.Notice, r, v.Stage)
	}
}

// readyForNext dismisses the sale and takes another one to its end.
func (s *shop) readyForNext() {
	s.t.Helper()
	if err := s.till.Dismiss(); err != nil {
		s.t.Fatal(err)
	}
	synctest.Wait()
	s.settler.setDown(nil)
	s.skew, s.settler.result = 0, protocol.ResultPaid
	for len(s.codes) > 0 {
		<-s.codes
	}
	for len(s.fingers) > 0 {
		<-s.fingers
	}
	s.begin()
	s.pay(nil)
	s.touch()
	s.want(Ended, Paid, ReasonNone)
}

// The shop is its own secure unit, identity, camera and sensor.

func (s *shop) Signer() (crypto.Signer, error)        { return s.sale.Terminal.Key, nil }
func (s *shop) Agreement() (ecdh.KeyExchanger, error) { return s.sale.Terminal.Agreement, nil }
func (s *shop) Trust() protocol.Trust                 { return s.trust }
func (s *shop) Certificate() *protocol.Signed[protocol.Certificate] {
	return s.sale.Terminal.Certificate
}

func (s *shop) DrawScrambleCode(context.Context) (ScrambleCode, error) {
	return &fakeCode{code: protocol.NewCode()}, nil
}

func (s *shop) Scan(ctx context.Context, want func(string) bool) (string, error) {
	for {
		select {
		case text := <-s.codes:
			if text == "camera pulled out" {
				<-ctx.Done()
				return "", errors.Join(ErrCameraLost, ctx.Err())
			}
			if want(text) {
				return text, nil
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (s *shop) Read(ctx context.Context, progress func(FingerProgress)) (Print, error) {
	if s.sensorGone {
		return Print{}, ErrSensorLost
	}
	select {
	case f := <-s.fingers:
		progress(FingerProgress{Touching: true, Fraction: 1})
		if err, failed := f.(error); failed {
			return Print{}, err
		}
		return f.(Print), nil
	case <-ctx.Done():
		return Print{}, ctx.Err()
	}
}

// Lifted finds the glass empty, and counts how often it was looked for.
func (s *shop) Lifted(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifted++
	return nil
}

// fakeCode behaves as the token does: bound once, spent once.
type fakeCode struct {
	code  protocol.Code
	bound [32]byte
	spent bool
}

func (c *fakeCode) Code() [16]byte {
	if c.bound != [32]byte{} {
		return [16]byte{} // bound: only the token knows it
	}
	return c.code
}
func (c *fakeCode) Bind(request [32]byte) error { c.bound = request; return nil }
func (c *fakeCode) Discard()                    { c.spent = true }
func (c *fakeCode) Spend(code [16]byte, request [32]byte) error {
	if c.spent || code != c.code || request != c.bound {
		c.spent = true
		return ErrWrongCode
	}
	c.spent = true
	return nil
}
