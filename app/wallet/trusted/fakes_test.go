package trusted

import (
	"context"
	"crypto"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

var (
	errMissing = errors.New("no such object")
	errFull    = errors.New("token is full")
)

// memory is a secure unit in memory that can fail.
type memory struct {
	mu      sync.Mutex
	key     crypto.Signer
	objects map[string][]byte
	full    bool
	broken  error // of Signer
}

func (m *memory) Signer() (crypto.Signer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.key, m.broken
}

func (m *memory) Store(_ context.Context, label string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full {
		return errFull
	}
	m.objects[label] = slices.Clone(data)
	return nil
}

func (m *memory) Load(label string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if data, ok := m.objects[label]; ok {
		return slices.Clone(data), nil
	}
	return nil, errMissing
}

func (m *memory) Delete(label string) error {
	if _, err := m.Load(label); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.objects, label)
	return nil
}

func (m *memory) List(prefix string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	labels := slices.Sorted(maps.Keys(m.objects))
	return slices.DeleteFunc(labels, func(l string) bool { return !strings.HasPrefix(l, prefix) }), nil
}

func (m *memory) Missing(err error) bool { return errors.Is(err, errMissing) }

// phone is a trusted side with a whole realm around it. The messages are real.
type phone struct {
	t       *testing.T
	sale    protocoltest.Sale
	trust   protocol.Trust
	server  *protocol.Signed[protocol.Certificate]
	unit    Unit
	now     time.Time
	finger  protocol.Template // what the sensor reads; nil fails with fingerErr
	err     error
	touched int
	owner   *Owner
	*Application
}

func (p *phone) Certificate() *protocol.Signed[protocol.Certificate] {
	return p.sale.Wallet.Certificate
}
func (p *phone) Trust() protocol.Trust                              { return p.trust }
func (p *phone) Settlement() *protocol.Signed[protocol.Certificate] { return p.server }

func (p *phone) Read(_ context.Context, progress func(Progress)) (protocol.Template, error) {
	p.touched++
	progress(Progress{Touching: true, Fraction: 0.5})
	return p.finger, p.err
}

func newPhone(t *testing.T) *phone {
	t.Helper()
	p := &phone{t: t, sale: protocoltest.NewSale(t, 120, true)}
	p.now, p.server, p.trust = p.sale.Realm.Now, p.sale.Settlement.Certificate, p.sale.Realm.Trust()
	p.trust.Revocation = &protocol.RevocationList{Issuer: p.sale.Realm.Name, Sequence: 1, Issued: protocol.At(p.now), Revoked: []protocol.Revoked{}}
	p.unit = &memory{key: p.sale.Wallet.Key, objects: map[string][]byte{}}
	p.start(true)
	p.own(p.sale.Account, protocol.AccountPrepaid, p.sale.Currency)
	return p
}

// start makes the trusted side anew over the same unit, as a restart does.
func (p *phone) start(sensor bool) {
	var s Sensor
	if sensor {
		s = p
	}
	p.Application = New(p.unit, p, s, p.owner, func() time.Time { return p.now })
}

func (p *phone) own(number protocol.Account, kind protocol.AccountKind, currency protocol.Currency) {
	p.t.Helper()
	if err := p.Registered(p.t.Context(), number, protocol.AccountInfo{Kind: kind, Currency: currency}); err != nil {
		p.t.Fatal(err)
	}
}

// offered inspects the sale's request.
func (p *phone) offered() (*protocol.Signed[protocol.Request], Offer) {
	p.t.Helper()
	request := p.sale.Request(p.t)
	offer, err := p.Inspect(p.t.Context(), protocol.RequestText(request))
	if err != nil {
		p.t.Fatal(err)
	}
	return request, offer
}

// paid pays the sale's request and opens the code as the terminal does.
func (p *phone) paid(finger bool) (*protocol.Signed[protocol.Request], *protocol.Signed[protocol.Payment]) {
	p.t.Helper()
	request, offer := p.offered()
	text, err := p.Pay(p.t.Context(), offer.Request, 0, finger, func(Progress) {})
	if err != nil {
		p.t.Fatal(err)
	}
	sealed, err := protocol.ParsePaymentText(text)
	if err != nil {
		p.t.Fatal(err)
	}
	payment, err := protocol.OpenPayment(p.sale.Terminal.Agreement, request.Hash(), sealed)
	if err != nil {
		p.t.Fatal(err)
	}
	return request, payment
}
