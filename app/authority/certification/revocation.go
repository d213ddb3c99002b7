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
		record, ok, err := tx.Certificate(protocol.Hash(device.Current))
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("revoke %q: its certificate is not in the registry", subject)
		}
		current, err := protocol.Parse[protocol.Certificate](record.Signed)
		if err != nil {
			return fmt.Errorf("revoke %q: %w", subject, err)
		}
		// The beginning of the newest certificate covers all of them, and lets
		// the next one begin without waiting.
		until := current.Unverified().NotBefore
		if past, ok, err := tx.Revocation(subject); err != nil {
			return err
		} else if ok {
			until = max(until, past.Until)
		}
		return tx.PutRevocation(subject, store.Revocation{Until: until, At: a.clock()})
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.list = nil // the next reader gets one with this revocation in it
	a.mu.Unlock()
	return nil
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
			record, ok, err := tx.Certificate(protocol.Hash(d.Current))
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("list devices: certificate of %q is not in the registry", d.Subject)
			}
			certificate, err := protocol.Parse[protocol.Certificate](record.Signed)
			if err != nil {
				return fmt.Errorf("list devices: %w", err)
			}
			gone, err := isRevoked(tx, certificate.Unverified())
			if err != nil {
				return err
			}
			all = append(all, Device{Device: d, Expires: certificate.Unverified().Expires, Revoked: gone})
		}
		return nil
	})
	return all, err
}
