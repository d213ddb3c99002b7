package capture

import (
	"context"
	"crypto"
	"crypto/sha256"
	"fmt"
	"time"

	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// Depositor hands a signed template to the authority and returns the wallet's
// enrolment code.
type Depositor func(ctx context.Context, deposit *protocol.Signed[protocol.TemplateDeposit]) (code string, err error)

// Desk is what an enrolment desk works with.
type Desk struct {
	Reader  Reader
	Officer Officer
	// Signer and Certificate are the desk's own.
	Signer      crypto.Signer
	Certificate *protocol.Signed[protocol.Certificate]
	// Trust verifies settlement's certificate.
	Trust protocol.Trust
	// Settlement is settlement's certificate: the template is sealed to it.
	Settlement *protocol.Signed[protocol.Certificate]
	// Size is that of the template which is sealed. The reader gives large ones,
	// because captures of 40 minutiae each match one another far worse: of those
	// that both saw, too many are not among the 40 of both.
	Size    minutiae.Size
	Deposit Depositor
	Clock   func() time.Time
}

var (
	// ErrNoConsent says that the owner did not agree.
	ErrNoConsent = &Refusal{"the owner's consent is missing",
		"Tell the owner that the fingerprint's template is kept, sealed to the settlement server, to verify payments. If they agree, add --consent."}
	// ErrNoSettlement says that there is nobody to seal a template to.
	ErrNoSettlement = &Refusal{"no settlement server is enrolled yet",
		"Enrol the settlement server first: templates are sealed to it."}
)

// Agreement is what the owner agreed to: that the template of a finger is kept.
type Agreement struct {
	// Text is what was read, and Name its version and language, "1/en".
	Text string
	Name protocol.ID
	// At is when the owner agreed, Finger the finger it is about, and Officer who
	// was at the desk.
	At      time.Time
	Finger  protocol.Finger
	Officer string
}

// Enrol takes the finger of a wallet's owner who agreed to it, seals it to
// settlement and deposits it at the authority with the record of the agreement,
// which the desk signs too. It returns the wallet's enrolment code. Without an
// agreement it fails with ErrNoConsent.
func (d Desk) Enrol(ctx context.Context, wallet protocol.ID, agreed *Agreement) (code string, err error) {
	if agreed == nil {
		return "", ErrNoConsent
	}
	if d.Settlement == nil {
		return "", ErrNoSettlement
	}
	// Before the finger is asked for: nobody is to press three times for nothing.
	settlement, err := d.Trust.Certificate(d.Settlement, protocol.RoleSettlement, d.Clock())
	if err != nil {
		return "", fmt.Errorf("verify settlement's certificate: %w", err)
	}
	self := d.Certificate.Unverified()
	consent, err := protocol.Sign(d.Signer, protocol.Consent{
		Authority: self.Issuer, Wallet: wallet, Text: agreed.Name, Digest: sha256.Sum256([]byte(agreed.Text)),
		Agreed: protocol.At(agreed.At), Finger: agreed.Finger, Officer: agreed.Officer, Desk: self.Subject,
	})
	if err != nil {
		return "", fmt.Errorf("sign the owner's consent: %w", err)
	}
	finger, err := Best(ctx, d.Reader, d.Officer)
	if err != nil {
		return "", err
	}
	defer finger.Wipe()
	template, err := resize(finger.Template, d.Size)
	if err != nil {
		return "", fmt.Errorf("make template: %w", err)
	}
	defer clear(template)
	sealed, err := protocol.SealEnrolledTemplate(*settlement.Device.Agreement, self.Issuer, wallet, protocol.Template(template))
	if err != nil {
		return "", fmt.Errorf("seal template: %w", err)
	}
	deposit, err := protocol.Sign(d.Signer, protocol.TemplateDeposit{
		Authority: self.Issuer, Wallet: wallet, Sealed: sealed, Captured: protocol.At(finger.Captured), Desk: d.Certificate,
		Consent: true, Agreed: consent,
	})
	if err != nil {
		return "", fmt.Errorf("sign template: %w", err)
	}
	return d.Deposit(ctx, deposit)
}

// resize makes a template of another size, of the same minutiae or the sparsest
// of them.
func resize(template []byte, size minutiae.Size) (minutiae.Template, error) {
	found, err := minutiae.Decode(template)
	if err != nil {
		return nil, err
	}
	defer clear(found)
	return minutiae.Encode(found, size)
}
