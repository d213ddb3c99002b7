package protocol

import (
	"fmt"
	"unicode/utf8"
)

// maxPerson bounds the name or staff number of a person, bytes.
const maxPerson = 48

// Finger is which finger was taken, as ISO/IEC 19794-2 numbers positions: 1 is
// the right thumb, 5 the right little finger, 6 the left thumb, 10 the left
// little finger.
type Finger uint8

// Some of the positions.
const (
	UnknownFinger    Finger = 0 // nobody noted it
	RightThumb       Finger = 1
	LeftThumb        Finger = 6
	LeftLittleFinger Finger = 10
)

// Consent is that a wallet's owner read a text and agreed that the template of a
// finger is kept, as the enrolment desk states it. It stands for itself, beside
// the template: it can be kept when the template is erased.
type Consent struct {
	Authority ID `cbor:"1,keyasint"`
	Wallet    ID `cbor:"2,keyasint"`
	// Text names what was read, with its version and language ("1/en"), and
	// Digest is SHA-256 of it.
	Text   ID     `cbor:"3,keyasint"`
	Digest Hash   `cbor:"4,keyasint"`
	Agreed Time   `cbor:"5,keyasint"`
	Finger Finger `cbor:"6,keyasint"`
	// Officer is who was at the desk: a name or staff number, 1 to 48 bytes.
	Officer string `cbor:"7,keyasint"`
	Desk    ID     `cbor:"8,keyasint"`
}

func (Consent) context() string { return "cs1/consent" }

func (c Consent) validate() error {
	for field, id := range map[string]ID{"authority": c.Authority, "wallet": c.Wallet, "text": c.Text, "desk": c.Desk} {
		if err := id.validate(field); err != nil {
			return err
		}
	}
	if c.Finger > LeftLittleFinger {
		return outOfRange("finger")
	}
	if err := validatePerson(c.Officer); err != nil {
		return err
	}
	return c.Agreed.validate("agreed")
}

func validatePerson(name string) error {
	if len(name) < 1 || len(name) > maxPerson || !utf8.ValidString(name) {
		return outOfRange("officer")
	}
	return nil
}

// VerifyConsent verifies the consent that came with a template, by the desk that
// signed the template: it is for the same wallet and was given before the finger
// was taken. ok is false for a deposit of a desk that records none.
func (d TemplateDeposit) VerifyConsent(desk Certificate) (c Consent, ok bool, err error) {
	if d.Agreed == nil {
		return Consent{}, false, nil
	}
	if c, err = d.Agreed.Verify(desk.Holder.Key); err != nil {
		return Consent{}, false, err
	}
	if c.Desk != desk.Subject || c.Agreed > d.Captured {
		return Consent{}, false, fmt.Errorf("%w: consent of another desk, or given after the capture", ErrRange)
	}
	return c, true, nil
}
