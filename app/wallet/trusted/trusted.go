// Package trusted is the phone's trusted side: the one place that verifies a
// terminal, shows the owner what is true, and lets the secure unit sign
// (CN103985036A steps 5 and 6; the seam for CN103942678A's trusted application
// module).
//
// Everything that a decision rests on enters as bytes and is parsed and verified
// here, so that this package can become a process of its own: the client side
// hands over what its camera read and gets back what it may display.
//
// # Guarantees
//
//   - Only a request that a genuine terminal signed for now is ever offered; the
//     shop's name is the one in its certificate.
//   - A payment is signed only for a request that was offered, over the amount
//     that was offered. It is remembered as pending, durably, before its code
//     leaves this package, and stays so until settlement's signed outcome is
//     verified.
//   - Accounts InforC1…Cn and pending payments lie in the secure unit, behind its
//     PIN. Account numbers leave this package sealed, or as their last four
//     digits.
//   - A live template is wiped as soon as it is sealed.
package trusted

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/protocol"
)

// Unit is the phone's secure unit (移动设备安全单元 11).
type Unit interface {
	// Signer signs with the wallet's certified key.
	Signer() (crypto.Signer, error)
	// Store keeps an object behind the unit's PIN; Load returns it, or an error
	// for which Missing is true.
	Store(ctx context.Context, label string, data []byte) error
	Load(label string) ([]byte, error)
	Delete(label string) error
	List(prefix string) ([]string, error)
	Missing(error) bool
}

// Identity is what the authority has given the wallet (step 1).
type Identity interface {
	Certificate() *protocol.Signed[protocol.Certificate]
	Trust() protocol.Trust
	// Settlement is settlement's certificate, or nil.
	Settlement() *protocol.Signed[protocol.Certificate]
}

// Sensor is the phone's own fingerprint sensor, if it has one (step 11).
type Sensor interface {
	Read(ctx context.Context, progress func(touching bool, fraction float64)) (protocol.Template, error)
}

// Errors that the phone's screen decides on, beside those of package protocol.
var (
	// ErrNoAccount says that no account is registered, or not that one.
	ErrNoAccount = errors.New("no such account")
	// ErrNotOffered says that the request was not offered, or another was since.
	ErrNotOffered = errors.New("request was not offered")
	// ErrNoSettlement says that the wallet has no settlement certificate yet.
	ErrNoSettlement = errors.New("no settlement certificate")
	// ErrNotPending says that there is no such payment to be settled.
	ErrNotPending = errors.New("payment is not pending")
	// ErrPIN says that a shop asks for the holder's PIN, which this wallet does
	// not do yet.
	ErrPIN = errors.New("the shop asks for a PIN")
)

// ListAge is the greatest age of the revocation list that a wallet relies on.
const ListAge = 7 * 24 * time.Hour

// Application is the trusted side. It is safe for concurrent use.
type Application struct {
	unit     Unit
	identity Identity
	sensor   Sensor // nil when the phone has none
	now      func() time.Time

	mu      sync.Mutex
	offered *protocol.Signed[protocol.Request]
	offer   Offer
}

// New returns the trusted side of a phone; sensor may be nil.
func New(unit Unit, identity Identity, sensor Sensor, now func() time.Time) *Application {
	return &Application{unit: unit, identity: identity, sensor: sensor, now: now}
}

// Offer is what the owner is asked to confirm. All of it is verified.
type Offer struct {
	Request  protocol.Hash
	Terminal protocol.ID
	Shop     string
	Amount   protocol.Amount
	Currency protocol.Currency
	Until    time.Time
}

// Inspect is step 5: it verifies what the camera read and returns what may be
// offered. Errors are those of protocol.VerifyRequest and of the texts.
func (a *Application) Inspect(_ context.Context, text string) (Offer, error) {
	signed, err := protocol.ParseRequestText(text)
	if err != nil {
		return Offer{}, err
	}
	trust, now := a.identity.Trust(), a.now()
	if err := trust.ListCurrent(now, ListAge); err != nil {
		return Offer{}, err
	}
	request, terminal, err := protocol.VerifyRequest(signed, trust, now)
	if err != nil {
		return Offer{}, err
	}
	server := a.identity.Settlement()
	if server == nil {
		return Offer{}, ErrNoSettlement
	}
	if subject := server.Unverified().Subject; subject != request.Settlement {
		return Offer{}, fmt.Errorf("%w: %q", protocol.ErrOtherSettlement, request.Settlement)
	}
	if request.WantsPIN {
		return Offer{}, ErrPIN
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.offered = signed
	a.offer = Offer{
		Request: signed.Hash(), Terminal: terminal.Subject, Shop: *terminal.Device.Name,
		Amount: request.Amount, Currency: request.Currency, Until: request.Ends(),
	}
	return a.offer, nil
}

// HasSensor says whether Pay will ask for the owner's finger.
func (a *Application) HasSensor() bool { return a.sensor != nil }

// Pay is step 6, after the owner has confirmed: it reads the finger where the
// phone has a sensor, seals account and print to settlement, signs the payment,
// remembers it as pending and seals it to the terminal. It returns the text of
// the payment QR code (step 7).
func (a *Application) Pay(ctx context.Context, request protocol.Hash, account int, progress func(touching bool, fraction float64)) (string, error) {
	a.mu.Lock()
	signed, offer := a.offered, a.offer
	a.mu.Unlock()
	if signed == nil || offer.Request != request {
		return "", ErrNotOffered
	}
	accounts, err := a.load()
	if err != nil {
		return "", err
	}
	if account < 0 || account >= len(accounts) {
		return "", ErrNoAccount
	}
	secret := protocol.PayerSecret{Account: protocol.Account(accounts[account].Number)}
	if a.sensor != nil {
		if secret.Print, err = a.sensor.Read(ctx, progress); err != nil {
			return "", fmt.Errorf("read the owner's finger: %w", err)
		}
		defer clear(secret.Print)
	}
	trust, now := a.identity.Trust(), a.now()
	if now.After(offer.Until) {
		return "", protocol.ErrRequestExpired
	}
	server, err := trust.Certificate(a.identity.Settlement(), protocol.RoleSettlement, now)
	if err != nil {
		return "", fmt.Errorf("settlement's certificate: %w", err)
	}
	mine := a.identity.Certificate()
	sealedSecret, err := protocol.SealPayerSecret(*server.Device.Agreement, request, mine.Hash(), secret)
	if err != nil {
		return "", err
	}
	signer, err := a.unit.Signer()
	if err != nil {
		return "", err
	}
	asked := signed.Unverified()
	payment, err := protocol.Sign(signer, protocol.Payment{
		Request: request, Amount: offer.Amount, Currency: offer.Currency, Scramble: asked.Scramble,
		Secret: sealedSecret, Wallet: mine, HasPrint: secret.Print != nil,
	})
	if err != nil {
		return "", err
	}
	sealed, err := protocol.SealPayment(*asked.Terminal.Unverified().Device.Agreement, request, payment)
	if err != nil {
		return "", err
	}
	if err := a.remember(ctx, offer, asked.Scramble, payment.Hash()); err != nil {
		return "", err
	}
	a.mu.Lock()
	a.offered = nil // one payment for one offer
	a.mu.Unlock()
	return protocol.PaymentText(sealed), nil
}
