package protocol

import (
	"crypto/ecdh"
	"unicode/utf8"
)

// Role is what a certified party may do. A verification names the one role
// that it expects.
type Role int

// The roles, one for each kind of device that the authority certifies.
const (
	RoleTerminal   Role = 1 // 支付设备 2
	RoleWallet     Role = 2 // 移动设备 1
	RoleSettlement Role = 3 // 支付结算服务器 3
	RoleDesk       Role = 4 // 指纹采集设备: the authority's enrolment desk
)

// String returns the role's name in lower case, as commands and TLS names
// spell it.
func (r Role) String() string {
	switch r {
	case RoleTerminal:
		return "terminal"
	case RoleWallet:
		return "wallet"
	case RoleSettlement:
		return "settlement"
	case RoleDesk:
		return "desk"
	}
	return "unknown"
}

// ParseRole is the inverse of Role.String.
func ParseRole(name string) (Role, error) {
	for r := RoleTerminal; r <= RoleDesk; r++ {
		if r.String() == name {
			return r, nil
		}
	}
	return 0, outOfRange("role " + name)
}

// Agrees says whether parties of this role have an agreement key: only they are
// sent sealed messages.
func (r Role) Agrees() bool { return r == RoleTerminal || r == RoleSettlement }

// Certificate is the security authentication information that the authority
// signs over itself, the device and the device's public key (安全认证信息,
// PriA_InforAP+PubP and its kin; claim 2 step D, claim 3 step c).
type Certificate struct {
	// Issuer is InforA, "realm/epoch". Everyone stores it as a pair with PubA.
	Issuer ID `cbor:"1,keyasint"`
	// Subject names the device: InforP, InforC or InforS.
	Subject ID `cbor:"2,keyasint"`
	// Expires and NotBefore bound the certificate's life, both included.
	Expires   Time `cbor:"4,keyasint"`
	NotBefore Time `cbor:"5,keyasint"`
	// Holder confirms the subject's signature key.
	Holder Confirmation `cbor:"8,keyasint"`
	// Device is what the certificate says beyond the standard claims.
	Device Device `cbor:"-65537,keyasint"`
}

// Confirmation is the cnf claim (RFC 8747 §3.1) with a key in it.
type Confirmation struct {
	Key Key `cbor:"1,keyasint"`
}

// Device describes a certified device.
type Device struct {
	_    struct{} `cbor:",toarray"`
	Role Role
	// Name is what a phone shows of a shop, 1 to 48 bytes; nil for wallet and
	// desk.
	Name *string
	// Agreement is the key that messages to this party are sealed to; nil for
	// wallet and desk.
	Agreement *Point
	// Print is the owner's enrolled template InforFp, for wallets only: sealed
	// to settlement, or SHA-256 of the sealed one when it was deposited there
	// (32 bytes); nil for a wallet whose owner has no readable print.
	Print []byte
}

func (Certificate) context() string { return "cs1/certificate" }

func (c Certificate) validate() error {
	if err := c.Issuer.validate("issuer"); err != nil {
		return err
	}
	if err := c.Subject.validate("subject"); err != nil {
		return err
	}
	if err := c.Expires.validate("expiry"); err != nil {
		return err
	}
	if c.NotBefore > c.Expires {
		return outOfRange("not-before is after expiry")
	}
	if err := c.Holder.Key.validate(); err != nil {
		return err
	}
	return c.Device.validate()
}

func (d Device) validate() error {
	if d.Role < RoleTerminal || d.Role > RoleDesk {
		return outOfRange("role")
	}
	if (d.Name != nil) != d.Role.Agrees() || (d.Agreement != nil) != d.Role.Agrees() {
		return outOfRange("name and agreement key belong to terminal and settlement, and to no other role")
	}
	if d.Name != nil && (len(*d.Name) < 1 || len(*d.Name) > 48 || !utf8.ValidString(*d.Name)) {
		return outOfRange("name")
	}
	if d.Agreement != nil {
		if _, err := d.Agreement.ECDH(); err != nil {
			return err
		}
	}
	if d.Print != nil {
		if d.Role != RoleWallet {
			return outOfRange("template in the certificate of a " + d.Role.String())
		}
		if !isSealedTemplate(d.Print) && len(d.Print) != len(Hash{}) {
			return outOfRange("template length")
		}
	}
	return nil
}

// PrintDeposited returns the hash under which the owner's sealed template was
// deposited at settlement; ok is false when it is in the certificate itself or
// when there is none.
func (d Device) PrintDeposited() (h Hash, ok bool) {
	if len(d.Print) != len(h) {
		return h, false
	}
	return Hash(d.Print), true
}

func isSealedTemplate(b []byte) bool {
	return len(b) == sealedOverhead+120 || len(b) == sealedOverhead+180
}

// SealEnrolledTemplate seals the owner's template to settlement (claim 2 step
// B). It is made by the enrolment desk, never by the wallet, and bound to the
// authority and the wallet it is for.
func SealEnrolledTemplate(settlement Point, issuer, wallet ID, template Template) (Sealed, error) {
	if err := template.validate(); err != nil {
		return nil, err
	}
	aad, err := bind(issuer, wallet)
	if err != nil {
		return nil, err
	}
	return seal(settlement, purposeEnrolledPrint, aad, template)
}

// OpenEnrolledTemplate opens the template of a wallet's certificate, or a
// deposited one, with settlement's agreement key (step 14).
func OpenEnrolledTemplate(with ecdh.KeyExchanger, issuer, wallet ID, sealed Sealed) (Template, error) {
	aad, err := bind(issuer, wallet)
	if err != nil {
		return nil, err
	}
	plaintext, err := open(with, purposeEnrolledPrint, aad, sealed)
	if err != nil {
		return nil, err
	}
	return Template(plaintext), Template(plaintext).validate()
}
