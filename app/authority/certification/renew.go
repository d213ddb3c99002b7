package certification

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Renew certifies a device anew, with the same signature key and the same
// template, in the last third of its certificate's life and up to 30 days after
// its end, unless it was revoked. Agreement and TLS keys may be new ones; they
// are proved again. Asking again after the answer was lost repeats it.
func (a *Authority) Renew(ctx context.Context, application *protocol.Signed[protocol.Renewal]) (protocol.Issued, error) {
	var issued protocol.Issued
	old := application.Unverified().Certificate.Unverified()
	err := a.renew(application, &issued)
	a.decided(ctx, "renewal", err, "role", old.Device.Role.String(), "subject", old.Subject, "application", application.Hash().String())
	return issued, err
}

func (a *Authority) renew(signed *protocol.Signed[protocol.Renewal], issued *protocol.Issued) error {
	now := a.clock()
	claimed := signed.Unverified()
	open, ok := a.challenges.take(claimed.Nonce, now)
	if !ok {
		return challengeEnded()
	}
	hash := claimed.Certificate.Hash()
	if open.about != hash {
		return proof("the challenge was for another certificate")
	}
	old, err := claimed.Certificate.Verify(a.key)
	if err != nil || old.Issuer != a.name {
		return unauthorised("the certificate is not by this authority", "Enrol the device here first.")
	}
	r, err := signed.Verify(old.Holder.Key)
	if err != nil {
		return proof("the application is not signed by the certified key")
	}
	return a.registry.Update(func(tx *store.Tx) error {
		if gone, err := isRevoked(tx, old); err != nil {
			return err
		} else if gone {
			return revoked()
		}
		device, ok, err := tx.Device(old.Subject)
		if err != nil {
			return err
		}
		record, known, err := tx.Certificate(hash)
		if err != nil {
			return err
		}
		if !ok || !known || device.Role != old.Device.Role {
			return unauthorised("the certificate is not in the registry", "Enrol the device again.")
		}
		keys, err := application{
			role: old.Device.Role, key: old.Holder.Key, agreement: r.Agreement, answer: r.Answer, request: r.Request,
			nonce: r.Nonce, challenge: open, hosts: device.Hosts,
		}.prove()
		if err != nil {
			return err
		}
		if !bytes.Equal(device.Current, hash[:]) {
			return a.renewOlder(tx, device, keys, issued)
		}
		if err := renewable(old, now); err != nil {
			return err
		}
		renewed, next, err := a.certify(tx, claims{role: device.Role, subject: device.Subject, name: device.Name, renewed: &record}, keys)
		if err != nil {
			return err
		}
		device.Current, device.Issued = next[:], now
		if err := tx.PutDevice(device); err != nil {
			return err
		}
		*issued, err = a.answer(tx, renewed)
		return err
	})
}

// renewOlder answers a device that shows a certificate which was renewed
// already: the answer was lost. It is given the current one if its keys are the
// same.
func (a *Authority) renewOlder(tx *store.Tx, device store.Device, keys proved, issued *protocol.Issued) error {
	current, ok, err := tx.Certificate(protocol.Hash(device.Current))
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("renew %q: its current certificate is not in the registry", device.Subject)
	}
	if !bytes.Equal(current.Keys, keys.digest()) {
		return conflict("a newer certificate for other keys was issued", "Ask the authority for a new enrolment code.")
	}
	*issued, err = a.again(tx, protocol.Hash(device.Current))
	return err
}

// renewable tells why a certificate cannot be renewed now.
func renewable(c protocol.Certificate, now time.Time) error {
	begins, ends := c.NotBefore.Time(), c.Expires.Time()
	opens := ends.Add(-ends.Sub(begins) / 3)
	switch {
	case now.Before(opens):
		return problem.New(http.StatusConflict, problem.Stale, "renewal opens at "+opens.Format(time.RFC3339),
			"Nothing is to be done: the device asks again by itself.")
	case now.After(ends.Add(lateRenewal)):
		return problem.New(http.StatusForbidden, problem.Stale, "the certificate ended more than 30 days ago",
			"Ask the authority for a new enrolment code.")
	}
	return nil
}
