package store

import (
	"crypto/sha256"
	"fmt"
	"time"

	"countersign/protocol"
)

// Authority is who the registry belongs to.
type Authority struct {
	Name protocol.ID `json:"name"` // InforA
	// Key is the thumbprint of PubA: a registry with another token's key is
	// refused instead of certifying what nobody believes.
	Key  []byte    `json:"key"`
	Root []byte    `json:"root"` // X.509, DER
	Made time.Time `json:"made"`
}

// Authority returns whose registry this is, or ErrNotInitialised.
func (t *Tx) Authority() (Authority, error) {
	a, ok, err := get[Authority](t, bucketAuthority, []byte("self"))
	if err == nil && !ok {
		err = ErrNotInitialised
	}
	return a, err
}

// SetAuthority says once whose registry this is; ErrInitialised if it belongs
// to another name or key.
func (t *Tx) SetAuthority(a Authority) error {
	have, ok, err := get[Authority](t, bucketAuthority, []byte("self"))
	if err != nil {
		return err
	}
	if ok && (have.Name != a.Name || string(have.Key) != string(a.Key)) {
		return fmt.Errorf("%w: %q", ErrInitialised, have.Name)
	}
	if ok {
		return nil
	}
	return put(t, bucketAuthority, []byte("self"), a)
}

// NextSequence returns a number for a revocation list and never a lower one
// again. It follows the clock, so that a registry restored from a backup goes
// on above the lists that were already handed out.
func (t *Tx) NextSequence(now time.Time) (uint64, error) {
	last, _, err := get[uint64](t, bucketAuthority, []byte("sequence"))
	if err != nil {
		return 0, err
	}
	next := max(last+1, uint64(max(now.Unix(), 0)))
	return next, put(t, bucketAuthority, []byte("sequence"), next)
}

// Code is an enrolment code that was given out. The secret itself is not kept.
type Code struct {
	Role    protocol.Role `json:"role"`
	Subject protocol.ID   `json:"subject"`
	Name    string        `json:"name,omitempty"`
	Hosts   []string      `json:"hosts,omitempty"`
	// NoPrint is for a wallet whose owner has no readable print.
	NoPrint bool      `json:"noPrint,omitempty"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
	// Cancelled codes were replaced by a newer one, or their subject was
	// revoked.
	Cancelled bool `json:"cancelled,omitempty"`
	// UsedBy is the digest of the keys that the code was used with, and Issued
	// the Hash of the certificate: the same keys get the same answer again.
	UsedBy []byte `json:"usedBy,omitempty"`
	Issued []byte `json:"issued,omitempty"`
}

// CodeKey names a code by its secret.
func CodeKey(secret protocol.Code) protocol.Hash { return sha256.Sum256(secret[:]) }

// Code returns the code under SHA-256 of its secret.
func (t *Tx) Code(key protocol.Hash) (Code, bool, error) { return get[Code](t, bucketCodes, key[:]) }

// PutCode keeps a code under SHA-256 of its secret.
func (t *Tx) PutCode(key protocol.Hash, c Code) error { return put(t, bucketCodes, key[:], c) }

// CancelCodes ends every unused code of a subject and returns how many.
func (t *Tx) CancelCodes(subject protocol.ID) (int, error) {
	open := map[protocol.Hash]Code{}
	err := each(t, bucketCodes, func(key []byte, c Code) error {
		if c.Subject == subject && c.UsedBy == nil && !c.Cancelled {
			open[protocol.Hash(key)] = c
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for key, c := range open {
		c.Cancelled = true
		if err := t.PutCode(key, c); err != nil {
			return 0, err
		}
	}
	return len(open), nil
}

// Device is a certified device.
type Device struct {
	Subject protocol.ID   `json:"subject"`
	Role    protocol.Role `json:"role"`
	Name    string        `json:"name,omitempty"`
	// Hosts are those that its TLS leaf may name.
	Hosts    []string  `json:"hosts,omitempty"`
	Enrolled time.Time `json:"enrolled"`
	// Current is the Hash of the newest certificate, and Issued its time.
	Current []byte    `json:"current"`
	Issued  time.Time `json:"issued"`
}

// Device returns the device with a subject.
func (t *Tx) Device(subject protocol.ID) (Device, bool, error) {
	return get[Device](t, bucketDevices, []byte(subject))
}

// PutDevice keeps a device under its subject.
func (t *Tx) PutDevice(d Device) error { return put(t, bucketDevices, []byte(d.Subject), d) }

// Devices returns every device, sorted by subject.
func (t *Tx) Devices() ([]Device, error) {
	var devices []Device
	err := each(t, bucketDevices, func(_ []byte, d Device) error {
		devices = append(devices, d)
		return nil
	})
	return devices, err
}

// Certificate is one certificate that was issued, with its TLS leaf.
type Certificate struct {
	Subject protocol.ID `json:"subject"`
	Signed  []byte      `json:"signed"` // protocol.Signed[protocol.Certificate]; nil when it was cut
	Cut     *Cut        `json:"cut,omitempty"`
	Leaf    []byte      `json:"leaf"` // X.509, DER
	// Keys is the digest of the keys that it was issued for.
	Keys   []byte    `json:"keys"`
	Issued time.Time `json:"issued"`
	// Deposit is the desk's signed template, when the certificate names it by
	// hash.
	Deposit []byte `json:"deposit,omitempty"`
}

// Certificate returns the certificate with a Hash.
func (t *Tx) Certificate(hash protocol.Hash) (Certificate, bool, error) {
	return get[Certificate](t, bucketCertificates, hash[:])
}

// PutCertificate keeps a certificate under its Hash.
func (t *Tx) PutCertificate(hash protocol.Hash, c Certificate) error {
	return put(t, bucketCertificates, hash[:], c)
}

// KeyOwner is whose a public key is and what it is for.
type KeyOwner struct {
	Subject protocol.ID `json:"subject"`
	Use     string      `json:"use"`
}

// ClaimKey registers a public key to its owner and use. It returns false,
// changing nothing, when the key belongs to another subject or another use.
func (t *Tx) ClaimKey(point protocol.Point, owner KeyOwner) (bool, error) {
	key := sha256.Sum256(point[:])
	have, ok, err := get[KeyOwner](t, bucketKeys, key[:])
	if err != nil || ok {
		return have == owner, err
	}
	return true, put(t, bucketKeys, key[:], owner)
}

// Deposit is an owner's archived template: the desk's signed message.
type Deposit struct {
	Signed   []byte      `json:"signed"` // protocol.Signed[protocol.TemplateDeposit]
	Desk     protocol.ID `json:"desk"`
	Received time.Time   `json:"received"`
}

// Deposit returns the template of a wallet's owner.
func (t *Tx) Deposit(wallet protocol.ID) (Deposit, bool, error) {
	return get[Deposit](t, bucketDeposits, []byte(wallet))
}

// PutDeposit archives the template of a wallet's owner.
func (t *Tx) PutDeposit(wallet protocol.ID, d Deposit) error {
	return put(t, bucketDeposits, []byte(wallet), d)
}

// Statement is a desk's, that a wallet's owner has no readable print:
// protocol.Signed[protocol.DeskOrder].
type Statement struct {
	Signed   []byte      `json:"signed"`
	Desk     protocol.ID `json:"desk"`
	Received time.Time   `json:"received"`
}

// Statement returns the newest statement about a wallet's owner.
func (t *Tx) Statement(wallet protocol.ID) (Statement, bool, error) {
	return get[Statement](t, bucketStatements, []byte(wallet))
}

// PutStatement keeps a statement about a wallet's owner.
func (t *Tx) PutStatement(wallet protocol.ID, s Statement) error {
	return put(t, bucketStatements, []byte(wallet), s)
}

// Revocation takes back every certificate of a subject that began at or before
// Until.
type Revocation struct {
	Until protocol.Time `json:"until"`
	At    time.Time     `json:"at"`
}

// Revocation returns what of a subject was revoked.
func (t *Tx) Revocation(subject protocol.ID) (Revocation, bool, error) {
	return get[Revocation](t, bucketRevocations, []byte(subject))
}

// PutRevocation revokes.
func (t *Tx) PutRevocation(subject protocol.ID, r Revocation) error {
	return put(t, bucketRevocations, []byte(subject), r)
}

// Revocations returns all of them as a revocation list has them: sorted by
// subject, each once.
func (t *Tx) Revocations() ([]protocol.Revoked, error) {
	revoked := []protocol.Revoked{}
	err := each(t, bucketRevocations, func(subject []byte, r Revocation) error {
		revoked = append(revoked, protocol.Revoked{Subject: protocol.ID(subject), Until: r.Until})
		return nil
	})
	return revoked, err
}
