package staff

import (
	"fmt"

	"countersign/app/program/pinhash"
	"countersign/protocol"
)

// Lengths of a PIN, digits.
const (
	MinPIN = 4
	MaxPIN = 12
)

// Costs are the parameters of argon2id (RFC 9106).
type Costs = pinhash.Costs

// ErrPINPolicy says that a PIN is not one to be chosen. The error says why, not
// which.
var ErrPINPolicy = pinhash.ErrPolicy

// CheckPIN says whether a member may choose a PIN (see the package's comment).
func CheckPIN(pin []byte, member protocol.ID) error {
	if err := pinhash.Check(pin, MinPIN, MaxPIN); err != nil {
		return err
	}
	if string(pin) == string(member) {
		return fmt.Errorf("%w: it is the member's own number", ErrPINPolicy)
	}
	return nil
}
