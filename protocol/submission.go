package protocol

import (
	"crypto/ecdh"
	"fmt"
	"time"
	"unicode/utf8"
)

// MaxAttempts is how often a finger may be tried within one sale.
const MaxAttempts = 3

// Submission is the encrypted consumption information that the terminal hands
// to settlement (PubS_InforPay, steps 12 and 13): the request, the payment as
// opened, and the live print, signed by the terminal.
type Submission struct {
	Request *Signed[Request] `cbor:"1,keyasint"`
	Payment *Signed[Payment] `cbor:"2,keyasint"`
	// Attempt counts the fingers tried, 1 to 3; 1 when the phone verified its
	// holder itself.
	Attempt uint8 `cbor:"3,keyasint"`
	// Print is InforFpN sealed to settlement; Sensor names the device that
	// captured it (1 to 16 bytes) and Captured says when. All three are present
	// exactly when the payment brings no proof of its holder.
	Print    Sealed `cbor:"4,keyasint,omitempty"`
	Sensor   *ID    `cbor:"5,keyasint,omitempty"`
	Captured *Time  `cbor:"6,keyasint,omitempty"`
}

func (Submission) context() string { return "cs1/submission" }

func (s Submission) validate() error {
	if s.Request == nil || s.Payment == nil {
		return outOfRange("request and payment")
	}
	if s.Attempt < 1 || s.Attempt > MaxAttempts {
		return outOfRange("attempt")
	}
	if s.Payment.Unverified().HolderVerified() {
		if s.Print != nil || s.Sensor != nil || s.Captured != nil || s.Attempt != 1 {
			return fmt.Errorf("%w: %w", ErrRange, ErrNoPrint)
		}
		return nil
	}
	if s.Print == nil || s.Sensor == nil || s.Captured == nil {
		return fmt.Errorf("%w: %w", ErrRange, ErrNoPrint)
	}
	if !isSealedTemplate(s.Print) {
		return outOfRange("length of the sealed template")
	}
	if err := s.Sensor.validate("sensor"); err != nil {
		return err
	}
	return s.Captured.validate("captured")
}

// SealLivePrint seals a live template to settlement, bound to request, payment,
// terminal and attempt (step 11), so that a kept one fits no other sale.
func SealLivePrint(settlement Point, request, payment Hash, terminal ID, attempt uint8, template Template) (Sealed, error) {
	if err := template.validate(); err != nil {
		return nil, err
	}
	aad, err := bind(request, payment, terminal, attempt)
	if err != nil {
		return nil, err
	}
	return seal(settlement, purposeLivePrint, aad, template)
}

// OpenLivePrint is settlement's side of SealLivePrint (step 13).
func OpenLivePrint(with ecdh.KeyExchanger, request, payment Hash, terminal ID, attempt uint8, sealed Sealed) (Template, error) {
	aad, err := bind(request, payment, terminal, attempt)
	if err != nil {
		return nil, err
	}
	plaintext, err := open(with, purposeLivePrint, aad, sealed)
	if err != nil {
		return nil, err
	}
	return Template(plaintext), Template(plaintext).validate()
}

// Envelope is the body of the HTTP request that carries a submission:
// settlement finds the request in its records by hash, opens the rest with its
// own key and takes the terminal's name from mutual TLS.
type Envelope struct {
	_       struct{} `cbor:",toarray"`
	Request Hash
	Sealed  Sealed
}

// EncodeEnvelope returns the body for an envelope.
func EncodeEnvelope(e Envelope) ([]byte, error) { return encode(e) }

// DecodeEnvelope is the inverse of EncodeEnvelope.
func DecodeEnvelope(b []byte) (Envelope, error) {
	var e Envelope
	if err := decode(b, &e); err != nil {
		return Envelope{}, fmt.Errorf("envelope: %w", err)
	}
	if len(e.Sealed) < sealedOverhead {
		return Envelope{}, fmt.Errorf("envelope: %w", outOfRange("sealed"))
	}
	return e, nil
}

// SealSubmission seals a submission to settlement, bound to its request and to
// the terminal's name (step 12).
func SealSubmission(settlement Point, terminal ID, s *Signed[Submission]) (Envelope, error) {
	request := s.Unverified().Request.Hash()
	aad, err := bind(request, terminal)
	if err != nil {
		return Envelope{}, err
	}
	sealed, err := seal(settlement, purposeSubmission, aad, s.Bytes())
	return Envelope{Request: request, Sealed: sealed}, err
}

// OpenSubmission is settlement's side of SealSubmission (step 13). terminal is
// the name in the client's TLS certificate.
func OpenSubmission(with ecdh.KeyExchanger, terminal ID, e Envelope) (*Signed[Submission], error) {
	aad, err := bind(e.Request, terminal)
	if err != nil {
		return nil, err
	}
	plaintext, err := open(with, purposeSubmission, aad, e.Sealed)
	if err != nil {
		return nil, err
	}
	s, err := Parse[Submission](plaintext)
	if err != nil {
		return nil, err
	}
	if s.Unverified().Request.Hash() != e.Request {
		return nil, fmt.Errorf("%w: envelope and submission differ", ErrOtherRequest)
	}
	return s, nil
}

// Verified is a submission after every signature, certificate and role in it
// was checked.
type Verified struct {
	Submission Submission
	Request    Request
	Payment    Payment
	Terminal   Certificate
	Wallet     Certificate
}

// VerifySubmission is the first half of step 14, done by settlement: whose
// request, whose payment, whose submission, and that all three belong together
// and to this server. Times are settlement's own; whether the request is too
// late is the ledger's question, because a repeat must be answered like the
// first time.
func VerifySubmission(s *Signed[Submission], self, peer ID, t Trust, now time.Time) (Verified, error) {
	claimed := s.Unverified()
	asked := claimed.Request.Unverified()
	if asked.Settlement != self {
		return Verified{}, fmt.Errorf("%w: %q", ErrOtherSettlement, asked.Settlement)
	}
	terminal, err := t.Certificate(asked.Terminal, RoleTerminal, now)
	if err != nil {
		return Verified{}, fmt.Errorf("terminal's certificate: %w", err)
	}
	if terminal.Subject != peer {
		return Verified{}, fmt.Errorf("%w: request of %q submitted by %q", ErrRole, terminal.Subject, peer)
	}
	request, err := claimed.Request.Verify(terminal.Holder.Key)
	if err != nil {
		return Verified{}, err
	}
	submission, err := s.Verify(terminal.Holder.Key)
	if err != nil {
		return Verified{}, err
	}
	payment, wallet, err := verifyPayment(claimed.Payment, claimed.Request, t, now)
	if err != nil {
		return Verified{}, err
	}
	if payment.Scramble != request.Scramble {
		return Verified{}, fmt.Errorf("%w: scramble code", ErrOtherRequest)
	}
	return Verified{Submission: submission, Request: request, Payment: payment, Terminal: terminal, Wallet: wallet}, nil
}

// NewSensorID makes a sensor's name fit for a submission: at most 16 bytes, cut
// at a character.
func NewSensorID(name string) ID {
	for len(name) > 16 || !utf8.ValidString(name) {
		name = name[:len(name)-1]
	}
	if name == "" {
		name = "sensor"
	}
	return ID(name)
}
