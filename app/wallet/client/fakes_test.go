package client

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// hand is a phone in its owner's hand, with the shop and settlement around it.
// Messages and the trusted side are real; only the machines are not.
type hand struct {
	t     *testing.T
	sale  protocoltest.Sale
	phone *Phone

	trust   protocol.Trust
	skew    time.Duration // of the phone's clock
	unit    *memory
	wall    *wall
	codes   chan string // held before the camera
	fingers chan any    // template or error; nil: the phone has no sensor
	log     bytes.Buffer
	started time.Time

	mu      sync.Mutex
	answers map[protocol.Hash]any // outcome or error; none: never seen
	down    error
	asked   int
	views   []View
}

// inBubble runs a test on a clock of its own.
func inBubble(t *testing.T, test func(*hand)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &hand{
			t: t, sale: protocoltest.NewSale(t, 120, true), codes: make(chan string, 16),
			answers: map[protocol.Hash]any{}, started: time.Now(),
		}
		h.trust = h.sale.Realm.Trust()
		h.trust.Revocation = &protocol.RevocationList{Issuer: h.sale.Realm.Name, Sequence: 1, Issued: protocol.At(h.sale.Realm.Now), Revoked: []protocol.Revoked{}}
		h.unit = &memory{key: h.sale.Wallet.Key, objects: map[string][]byte{}}
		h.open()
		defer func() { h.phone.Close() }()
		h.own(h.sale.Account, 156)
		test(h)
	})
}

// open starts the phone, again after Close: the unit is what is left.
func (h *hand) open() {
	h.t.Helper()
	var err error
	h.phone, err = Open(h.t.Context(), Defaults(), Ports{
		Trusted: h.overCommands(), Codes: h, Settlement: h, Now: h.now,
		Log:  slog.New(slog.NewTextHandler(&h.log, nil)),
		Show: func(v View) { h.mu.Lock(); h.views = append(h.views, v); h.mu.Unlock() },
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// overCommands is the trusted side as the client has it: by messages.
func (h *hand) overCommands() *commands.Client {
	h.t.Helper()
	wall := &wall{application: h.trusted(), sensor: h.fingers != nil}
	h.wall = wall
	c := commands.NewClient(wall)
	wall.dispatcher = commands.NewDispatcher(wall, func(_ context.Context, kind uint32, data []byte) error { c.Event(kind, data); return nil })
	if _, err := c.Describe(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return c
}

// wall stands between the client and its trusted application.
type wall struct {
	commands.Services // those that a window asks for are below
	application       *trusted.Application
	sensor            bool
	dispatcher        *commands.Dispatcher
	fallen            atomic.Bool   // there is nobody behind it any more
	last              atomic.Uint32 // the command that is carried out and never answered; none is 0
}

func (w *wall) Application() (*trusted.Application, error) { return w.application, nil }
func (w *wall) Describe(context.Context) (commands.Description, error) {
	return commands.Description{Enrolled: true, Sensor: w.sensor}, nil
}
func (w *wall) InvokeCommand(ctx context.Context, command uint32, in []byte) ([]byte, error) {
	if w.fallen.Load() {
		return nil, errors.New("broken pipe")
	}
	out := w.dispatcher.Invoke(ctx, command, in)
	if command == w.last.Load() {
		w.fallen.Store(true)
		return nil, errors.New("broken pipe")
	}
	return out, nil
}

func (h *hand) trusted() *trusted.Application {
	var sensor trusted.Sensor
	if h.fingers != nil {
		sensor = h
	}
	return trusted.New(h.unit, h, sensor, nil, h.now)
}

func (h *hand) now() time.Time { return h.sale.Realm.Now.Add(time.Since(h.started) + h.skew) }

// withSensor starts the phone again with a sensor of its own.
func (h *hand) withSensor() {
	h.phone.Close()
	h.fingers = make(chan any, 16)
	h.open()
}

func (h *hand) own(number protocol.Account, currency protocol.Currency) {
	h.t.Helper()
	if err := h.trusted().Registered(h.t.Context(), number, protocol.AccountInfo{Kind: protocol.AccountPrepaid, Currency: currency}); err != nil {
		h.t.Fatal(err)
	}
}

// request is a fresh one, as the terminal shows it now.
func (h *hand) request() *protocol.Signed[protocol.Request] {
	h.t.Helper()
	claims := h.sale.RequestClaims()
	claims.Issued = protocol.At(h.now().Add(-h.skew))
	claims.Scramble = protocol.NewCode()
	return protocoltest.Sign(h.t, h.sale.Terminal.Key, claims)
}

// hold holds a request before the camera and waits for what comes of it.
func (h *hand) hold(request *protocol.Signed[protocol.Request]) {
	h.t.Helper()
	if err := h.phone.Scan(); err != nil {
		h.t.Fatal(err)
	}
	h.codes <- protocol.RequestText(request)
	synctest.Wait()
}

// pay goes as far as the payment code.
func (h *hand) pay() (*protocol.Signed[protocol.Request], *protocol.Signed[protocol.Payment]) {
	h.t.Helper()
	request := h.request()
	h.hold(request)
	h.want(Confirm)
	h.do(h.phone.Confirm)
	v := h.want(Showing)
	return request, h.opened(request, v.Code)
}

// opened is the payment as the terminal finds it in the code.
func (h *hand) opened(request *protocol.Signed[protocol.Request], code string) *protocol.Signed[protocol.Payment] {
	h.t.Helper()
	sealed, err := protocol.ParsePaymentText(code)
	if err != nil {
		h.t.Fatal(err)
	}
	payment, err := protocol.OpenPayment(h.sale.Terminal.Agreement, request.Hash(), sealed)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, _, err := protocol.VerifyPayment(payment, request, h.trust, h.now().Add(-h.skew)); err != nil {
		h.t.Fatal(err)
	}
	return payment
}

// outcome is settlement's.
func (h *hand) outcome(r *protocol.Signed[protocol.Request], p *protocol.Signed[protocol.Payment], result protocol.Result) *protocol.Signed[protocol.Outcome] {
	return h.sale.Outcome(h.t, r, p, 1, result)
}

// decide has settlement answer so from now on.
func (h *hand) decide(request *protocol.Signed[protocol.Request], answer any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers[request.Hash()] = answer
}

func (h *hand) timesAsked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}

func (h *hand) setDown(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = err
}

// do presses a key.
func (h *hand) do(press func() error) {
	h.t.Helper()
	if err := press(); err != nil {
		h.t.Fatal(err)
	}
	synctest.Wait()
}

// want waits until all is quiet and checks where the phone is.
func (h *hand) want(stage Stage) View {
	h.t.Helper()
	synctest.Wait()
	v := h.phone.View()
	if v.Stage != stage {
		h.t.Fatalf("have %s %s %q %q, want %s\n%s", v.Stage, v.Ending, v.Reason, v.Notice, stage, h.log.String())
	}
	return v
}

func (h *hand) wantEnded(ending Ending, reason Reason) View {
	h.t.Helper()
	v := h.want(Ended)
	if v.Ending != ending || v.Reason != reason {
		h.t.Fatalf("ended %s %q, want %s %q\n%s", v.Ending, v.Reason, ending, reason, h.log.String())
	}
	return v
}

func (h *hand) wantPending(n int) {
	h.t.Helper()
	synctest.Wait()
	if pending, err := h.trusted().Pending(h.t.Context()); err != nil || len(pending) != n {
		h.t.Errorf("%d pending (%v), want %d", len(pending), err, n)
	}
}

func (h *hand) Certificate() *protocol.Signed[protocol.Certificate] { return h.sale.Wallet.Certificate }
func (h *hand) Trust() protocol.Trust                               { return h.trust }
func (h *hand) Settlement() *protocol.Signed[protocol.Certificate] {
	return h.sale.Settlement.Certificate
}

func (h *hand) Scan(ctx context.Context, want func(string) bool) (string, error) {
	for {
		select {
		case text := <-h.codes:
			if text == "camera closed" {
				return "", errors.New(text)
			}
			if want(text) {
				return text, nil
			}
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (h *hand) Read(ctx context.Context, progress func(trusted.Progress)) (protocol.Template, error) {
	select {
	case f := <-h.fingers:
		progress(trusted.Progress{Touching: true, Fraction: 0.5})
		if err, failed := f.(error); failed {
			return nil, err
		}
		return f.(protocol.Template), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Query verifies the question as settlement does.
func (h *hand) Query(_ context.Context, question *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	if h.down != nil {
		return nil, h.down
	}
	asks, err := question.Verify(h.sale.Wallet.Public(h.t))
	if err != nil {
		h.t.Errorf("settlement refuses the question: %v", err)
	}
	switch answer := h.answers[asks.Request].(type) {
	case *protocol.Signed[protocol.Outcome]:
		return answer, nil
	case error:
		return nil, answer
	}
	return nil, ErrNeverSeen
}

// memory is a secure unit in memory that can fail.
type memory struct {
	mu      sync.Mutex
	key     crypto.Signer
	objects map[string][]byte
	failing error
}

var errMissing = errors.New("no such object")

func (m *memory) fail(err error) { m.mu.Lock(); m.failing = err; m.mu.Unlock() }

func (m *memory) Signer() (crypto.Signer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.key, m.failing
}

func (m *memory) Store(_ context.Context, label string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[label] = slices.Clone(data)
	return m.failing
}

func (m *memory) Load(label string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if data, ok := m.objects[label]; ok || m.failing != nil {
		return slices.Clone(data), m.failing
	}
	return nil, errMissing
}

func (m *memory) Delete(label string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing == nil {
		delete(m.objects, label)
	}
	return m.failing
}

func (m *memory) List(prefix string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	labels := slices.Sorted(maps.Keys(m.objects))
	return slices.DeleteFunc(labels, func(l string) bool { return !strings.HasPrefix(l, prefix) }), m.failing
}

func (m *memory) Missing(err error) bool { return errors.Is(err, errMissing) }
