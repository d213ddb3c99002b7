package certification

import (
	"context"
	"fmt"

	"countersign/app/authority/store"
	"countersign/protocol"
)

// Revoke takes back every certificate that a subject has, and its unused
// enrolment codes. It can be enrolled anew with a new code.
func (a *Authority) Revoke(ctx context.Context, subject protocol.ID) error {
	err := a.revoke(subject)
	a.decided(ctx, "revocation", err, "subject", subject)
	return err
}

func (a *Authority) revoke(subject protocol.ID) error {
	err := a.registry.Update(func(tx *store.Tx) error {
		cancelled, err := tx.CancelCodes(subject)
		if err != nil {
			return err
		}
		device, ok, err := tx.Device(subject)
		if err != nil {
			return err
		}
		if !ok && cancelled > 0 {
			return nil
		}
		if !ok {
			return notFound(fmt.Sprintf("no device %q", subject))
		}
		current, err := currentCertificate(tx, device)
		if err != nil {
			return err
		}
		return a.takeBack(tx, current)
	})
	if err != nil {
		return err
	}
	a.outdateList()
	return nil
}

// outdateList has the next reader get a list with what was just revoked in it.
func (a *Authority) outdateList() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.list = nil
}

// takeBack revokes a device's certificates up to its newest, current. Its
// beginning covers all of them, and lets the next one begin without waiting.
func (a *Authority) takeBack(tx *store.Tx, current protocol.Certificate) error {
	until := current.NotBefore
	past, ok, err := tx.Revocation(current.Subject)
	if err != nil {
		return err
	}
	if ok {
		until = max(until, past.Until)
	}
	return tx.PutRevocation(current.Subject, store.Revocation{Until: until, At: a.clock()})
}

// currentCertificate reads a device's newest certificate in the registry.
func currentCertificate(tx *store.Tx, d store.Device) (protocol.Certificate, error) {
	record, ok, err := tx.Certificate(protocol.Hash(d.Current))
	if err != nil {
		return protocol.Certificate{}, err
	}
	if !ok {
		return protocol.Certificate{}, fmt.Errorf("certificate of %q is not in the registry", d.Subject)
	}
	return record.Claims()
}

// RevocationList returns the signed list, made within the last minute and after
// the last revocation. Its sequence number is on disk before it is signed.
func (a *Authority) RevocationList() (*protocol.Signed[protocol.RevocationList], error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock()
	if a.list != nil && fresh(a.list.Unverified().Issued, now) {
		return a.list, nil
	}
	list := protocol.RevocationList{Issuer: a.name, Issued: protocol.At(now)}
	err := a.registry.Update(func(tx *store.Tx) (err error) {
		if list.Sequence, err = tx.NextSequence(now); err != nil {
			return err
		}
		list.Revoked, err = tx.Revocations()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("make revocation list: %w", err)
	}
	signed, err := protocol.Sign(a.signer, list)
	if err != nil {
		return nil, fmt.Errorf("make revocation list: %w", err)
	}
	a.list = signed
	return signed, nil
}

// Device is a certified device as an administrator sees it.
type Device struct {
	store.Device
	Expires protocol.Time
	Revoked bool
}

// Devices returns every device, sorted by subject.
func (a *Authority) Devices() ([]Device, error) {
	var all []Device
	err := a.registry.View(func(tx *store.Tx) error {
		devices, err := tx.Devices()
		if err != nil {
			return err
		}
		for _, d := range devices {
			certificate, err := currentCertificate(tx, d)
			if err != nil {
				return fmt.Errorf("list devices: %w", err)
			}
			gone, err := isRevoked(tx, certificate)
			if err != nil {
				return err
			}
			all = append(all, Device{Device: d, Expires: certificate.Expires, Revoked: gone})
		}
		return nil
	})
	return all, err
}
