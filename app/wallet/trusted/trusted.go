// Package trusted is the phone's trusted application module (可信应用模块, claim 1
// of CN103942678A): the one place that verifies a terminal, shows the owner what
// is true, and lets the secure unit sign (CN103985036A steps 5 and 6).
//
// It runs as a process of its own, the program below it, which alone opens the
// secure unit. Everything that a decision rests on enters as bytes and is parsed
// and verified here: the client application hands over what its camera read and
// gets back what it may display, by the commands of package commands.
//
// What the client must not see or make up goes over the trusted screen, a
// Prompter: the owner's PIN, and amounts above the limit. Owner knows the PIN.
//
// # Guarantees
//
//   - Only a request that a genuine terminal signed for now is ever offered; the
//     shop's name is the one in its certificate.
//   - A payment is signed only for a request that was offered, over the amount
//     that was offered, and once for one request. It is remembered as pending,
//     durably, before its code leaves this package, and stays so until
//     settlement's signed outcome is verified, or settlement has never seen it
//     and would refuse it by now.
//   - Accounts InforC1…Cn and pending payments lie in the secure unit, behind its
//     PIN. Account numbers leave this package sealed, or as their last four
//     digits.
//   - A live template is wiped as soon as it is sealed.
//   - A payment says that its holder was verified by PIN only if the owner entered
//     the PIN for this shop and this amount, on the trusted screen.
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

// Progress tells how the capture of the owner's finger goes on.
type Progress struct {
	// Touching says that a finger lies on the sensor.
	Touching bool
	// Fraction of the image received, 0 to 1.
	Fraction float64
	// Taken says that the template was made and the finger may be lifted.
	Taken bool
}

// Sensor is the phone's own fingerprint sensor, if it has one (step 11). Its
// errors are handed on as they are.
type Sensor interface {
	Read(ctx context.Context, progress func(Progress)) (protocol.Template, error)
}

// Errors that the phone's screen decides on, beside those of package protocol.
var (
	// ErrNoAccount says that no account is registered, or not that one.
	ErrNoAccount = errors.New("no such account")
	// ErrAnswered says that this wallet has paid this request before.
	ErrAnswered = errors.New("request was answered before")
	// ErrNotOffered says that the request was not offered, or another was since.
	ErrNotOffered = errors.New("request was not offered")
	// ErrNoSettlement says that the wallet has no settlement certificate that is
	// good now.
	ErrNoSettlement = errors.New("no good settlement certificate")
	// ErrOwnCertificate says that the wallet's own certificate is not good now; it
	// is wrapped together with the reason.
	ErrOwnCertificate = errors.New("the wallet's certificate is not good")
	// ErrNotPending says that there is no such payment to be settled.
	ErrNotPending = errors.New("payment is not pending")
	// ErrTooEarly says that a payment cannot be given up: it may still be charged.
	ErrTooEarly = errors.New("payment may still be charged")
	// ErrFingerPoor is wrapped by a Sensor's errors when the finger was there and
	// not to be read: trying again helps. ErrSensorLost: the sensor does not work.
	ErrFingerPoor = errors.New("finger not clear")
	ErrSensorLost = errors.New("fingerprint sensor is not there")
	// ErrUndecided: settlement knows the payment and does not tell yet how it
	// ended. ErrNeverSeen: it knows no such payment.
	ErrUndecided = errors.New("settlement has not decided")
	ErrNeverSeen = errors.New("settlement has never seen the payment")
	// ErrEnded says that the trusted application has ended, or cannot be reached.
	// What it kept is kept; a payment that was under way was not shown to anybody.
	ErrEnded = errors.New("the trusted application has ended")
)

// SkewError is protocol.ErrClockSkew with what the person is to be told.
type SkewError struct {
	// Ahead is how far this phone's clock is ahead of the shop's; below zero when
	// it is behind.
	Ahead time.Duration
}

func (e *SkewError) Error() string {
	return fmt.Sprintf("%v: this one is ahead by %v", protocol.ErrClockSkew, e.Ahead.Round(time.Second))
}

// Unwrap returns protocol.ErrClockSkew.
func (e *SkewError) Unwrap() error { return protocol.ErrClockSkew }

// ListAge is the greatest age of the revocation list that a wallet relies on.
const ListAge = 7 * 24 * time.Hour

// Application is the trusted side. It is safe for concurrent use.
type Application struct {
	unit     Unit
	identity Identity
	sensor   Sensor // nil when the phone has none
	owner    *Owner
	now      func() time.Time

	mu      sync.Mutex
	offered *protocol.Signed[protocol.Request]
	offer   Offer
	// answered are requests that a payment was signed for, with the end of their
	// lives: in the unit they are pending only until they are settled.
	answered map[protocol.Hash]time.Time
	// former are certificates of settlement's beside the present one, by their marks.
	former map[[8]byte]*protocol.Signed[protocol.Certificate]
}

// New returns the trusted side of a phone; sensor may be nil, owner as well for
// one that no shop may ask for a PIN.
func New(unit Unit, identity Identity, sensor Sensor, owner *Owner, now func() time.Time) *Application {
	if owner == nil {
		owner = NewOwner(unit, OwnerOptions{Now: now})
	}
	return &Application{unit: unit, identity: identity, sensor: sensor, owner: owner, now: now,
		answered: map[protocol.Hash]time.Time{}, former: map[[8]byte]*protocol.Signed[protocol.Certificate]{}}
}

// Owner is who the phone belongs to.
func (a *Application) Owner() *Owner { return a.owner }

// HasSensor says whether Pay can take the owner's finger.
func (a *Application) HasSensor() bool { return a.sensor != nil }
