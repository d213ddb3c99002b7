package sale

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
	skew       time.Duration // of the terminal's clock
	codes      chan string   // held to the camera
	fingers    chan any      // Print or error
	sensorGone bool
	settler    *fakeSettler
	journal    *memory
	log        bytes.Buffer

	mu    sync.Mutex
	views []View
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{
		t: t, sale: protocoltest.NewSale(t, 120, false),
		codes: make(chan string, 16), fingers: make(chan any, 16), journal: &memory{},
	}
	s.trust = s.sale.Realm.Trust()
	s.trust.Revocation = &protocol.RevocationList{Issuer: s.sale.Realm.Name, Sequence: 1, Issued: protocol.At(s.sale.Realm.Now), Revoked: []protocol.Revoked{}}
	s.settler = &fakeSettler{shop: s, result: protocol.ResultPaid, paid: map[protocol.Hash]protocol.Result{}}
	return s
}

// open starts the till. The realm's time is the bubble's.
func (s *shop) open() *Till {
	s.t.Helper()
	settings := Defaults()
	settings.Settlement, settings.Merchant, settings.Currency = s.sale.Settlement.Subject, []byte("M-0001"), s.sale.Currency
	started := time.Now()
	till, err := Open(s.t.Context(), settings, Ports{
		Unit: s, Identity: s, Codes: s, Fingers: s, Settler: s.settler, Journal: s.journal,
		Log:  slog.New(slog.NewTextHandler(&s.log, nil)),
		Now:  func() time.Time { return s.sale.Realm.Now.Add(time.Since(started) + s.skew) },
		Show: func(v View) { s.mu.Lock(); s.views = append(s.views, v); s.mu.Unlock() },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.till = till
	return till
}

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

// memory is a journal in memory that can fail.
type memory struct {
	mu      sync.Mutex
	entries []Entry
	number  uint64
	fail    Event
}

func (m *memory) Append(_ context.Context, e Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e.Event == m.fail {
		return errors.New("no space left on device")
	}
	m.entries = append(m.entries, e)
	return nil
}

func (m *memory) NextNumber() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.number++
	return m.number
}

func (m *memory) Open(context.Context) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := map[uint64]Entry{}
	for _, e := range m.entries {
		last[e.Sale] = e
	}
	var open []Entry
	for _, e := range last {
		if !e.Over() {
			open = append(open, e)
		}
	}
	slices.SortFunc(open, func(a, b Entry) int { return int(a.Sale) - int(b.Sale) })
	return open, nil
}

// events are those of one sale, in order.
func (m *memory) events(number uint64) []Event {
	m.mu.Lock()
	defer m.mu.Unlock()
	var events []Event
	for _, e := range m.entries {
		if e.Sale == number {
			events = append(events, e.Event)
		}
	}
	return events
}

// fakeSettler opens and checks what it is sent with settlement's real keys; how
// it decides, and whether it can be reached, is up to the test.
type fakeSettler struct {
	shop *shop

	mu      sync.Mutex
	result  protocol.Result
	script  []any // results or errors for the coming submissions, before result
	down    error // of everything else
	lost    bool  // submissions arrive, answers do not
	paid    map[protocol.Hash]protocol.Result
	acked   int
	charges int
}

// setDown cuts the link to settlement, or mends it.
func (f *fakeSettler) setDown(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = err
}

func (f *fakeSettler) Certificate(context.Context) (*protocol.Signed[protocol.Certificate], error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shop.sale.Settlement.Certificate, f.down
}

func (f *fakeSettler) Submit(_ context.Context, e protocol.Envelope, about protocol.Advice, attempt uint8) (Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	sale := f.shop.sale
	s, err := protocol.OpenSubmission(sale.Settlement.Agreement, sale.Terminal.Subject, e)
	if err != nil {
		f.shop.t.Errorf("settlement cannot open the submission: %v", err)
		return Answer{}, err
	}
	v, err := protocol.VerifySubmission(s, sale.Settlement.Subject, sale.Terminal.Subject, f.shop.trust, f.shop.till.Now())
	if err != nil {
		f.shop.t.Errorf("settlement refuses the submission: %v", err)
		return Answer{}, err
	}
	if attempt != v.Submission.Attempt || about.Request != v.Submission.Request.Hash() || about.Payment != v.Submission.Payment.Hash() || about.Scramble != v.Request.Scramble {
		f.shop.t.Errorf("advice %+v is not about the submission", about)
	}
	if !v.Payment.HolderVerified() {
		if _, err := protocol.OpenLivePrint(sale.Settlement.Agreement, about.Request, about.Payment, sale.Terminal.Subject, v.Submission.Attempt, v.Submission.Print); err != nil {
			f.shop.t.Errorf("settlement cannot open the print: %v", err)
		}
	}
	result := f.result
	if len(f.script) > 0 {
		next := f.script[0]
		f.script = f.script[1:]
		if err, failed := next.(error); failed {
			return Answer{}, err
		}
		result = next.(protocol.Result)
	}
	f.paid[about.Request] = result
	if result == protocol.ResultPaid {
		f.charges++
	}
	if f.lost {
		return Answer{}, ErrNoAnswer
	}
	return f.answer(about, v.Submission.Attempt, result), nil
}

func (f *fakeSettler) answer(about protocol.Advice, attempt uint8, result protocol.Result) Answer {
	o := protocol.Outcome{
		Request: about.Request, Payment: about.Payment, Attempt: attempt, Result: result, Reference: 4711,
		Amount: about.Amount, Currency: about.Currency, Decided: about.Sent, Signer: protocol.SignerOf(f.shop.sale.Settlement.Certificate),
	}
	return Answer{Outcome: o, Signed: protocoltest.Sign(f.shop.t, f.shop.sale.Settlement.Key, o)}
}

func (f *fakeSettler) Query(_ context.Context, about protocol.Advice) (Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return Answer{}, f.down
	}
	result, seen := f.paid[about.Request]
	if !seen {
		return Answer{}, ErrUndecided
	}
	return f.answer(about, 1, result), nil
}

func (f *fakeSettler) Reverse(_ context.Context, about protocol.Advice) (Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return Answer{}, f.down
	}
	if result, seen := f.paid[about.Request]; seen && result == protocol.ResultPaid {
		f.charges--
	}
	f.paid[about.Request] = protocol.ResultReversed
	return f.answer(about, 1, protocol.ResultReversed), nil
}

func (f *fakeSettler) Acknowledge(context.Context, protocol.Advice) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.down != nil {
		return f.down
	}
	f.acked++
	return nil
}
