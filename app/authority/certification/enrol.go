package certification

import (
	"bytes"
	"context"
	"fmt"

	"countersign/app/authority/store"
	"countersign/protocol"
	"countersign/protocol/steps"
)

// Enrol certifies a device (claim 2 steps C to E, claim 3 steps b to d). The
// same keys asking again with the same code are given what they were given.
func (a *Authority) Enrol(ctx context.Context, application *protocol.Signed[protocol.Enrolment]) (protocol.Issued, error) {
	var issued protocol.Issued
	began := a.clock()
	code, err := a.enrol(application, &issued)
	if err == nil {
		a.outdateList() // another device may have been superseded
		steps.Log(ctx, a.log, steps.Enrolled, a.clock().Sub(began), "role", code.Role.String(), "subject", code.Subject)
	}
	a.decided(ctx, "enrolment", err, "role", code.Role.String(), "subject", code.Subject, "application", application.Hash().String())
	return issued, err
}

func (a *Authority) enrol(signed *protocol.Signed[protocol.Enrolment], issued *protocol.Issued) (store.Code, error) {
	now := a.clock()
	nonce := signed.Unverified().Nonce
	open, ok := a.challenges.take(nonce, now)
	if !ok {
		return store.Code{}, challengeEnded()
	}
	e, err := signed.Verify(signed.Unverified().Key)
	if err != nil {
		return store.Code{}, proof("the application is not signed by the key in it")
	}
	key := store.CodeKey(e.Secret)
	if open.about != key {
		return store.Code{}, proof("the challenge was for another enrolment code")
	}
	var code store.Code
	err = a.registry.Update(func(tx *store.Tx) error {
		var ok bool
		if code, ok, err = tx.Code(key); err != nil {
			return err
		}
		if !ok {
			return codeUnknown()
		}
		if err := usable(code, now); err != nil {
			return err
		}
		keys, err := application{
			role: code.Role, key: e.Key, agreement: e.Agreement, answer: e.Answer, request: e.Request,
			nonce: nonce, challenge: open, hosts: code.Hosts,
		}.prove()
		if err != nil {
			return err
		}
		if e.ByHash && code.Role != protocol.RoleWallet {
			return malformed("only a wallet's certificate names a template")
		}
		if code.UsedBy != nil {
			if !bytes.Equal(code.UsedBy, keys.digest()) {
				return codeUsed()
			}
			*issued, err = a.again(tx, protocol.Hash(code.Issued))
			return err
		}
		if err := a.supersede(tx, code.Subject, keys.signing); err != nil {
			return err
		}
		subject := claims{role: code.Role, subject: code.Subject, name: code.Name, byHash: e.ByHash, noPrint: code.NoPrint}
		record, hash, err := a.certify(tx, subject, keys)
		if err != nil {
			return err
		}
		code.UsedBy, code.Issued = keys.digest(), hash[:]
		if err := tx.PutCode(key, code); err != nil {
			return err
		}
		err = tx.PutDevice(store.Device{
			Subject: code.Subject, Role: code.Role, Name: code.Name, Hosts: code.Hosts,
			Enrolled: now, Current: hash[:], Issued: now,
		})
		if err != nil {
			return err
		}
		*issued, err = a.answer(tx, record)
		return err
	})
	return code, err
}

// again repeats an answer that was given before.
func (a *Authority) again(tx *store.Tx, hash protocol.Hash) (protocol.Issued, error) {
	record, ok, err := tx.Certificate(hash)
	if err != nil {
		return protocol.Issued{}, err
	}
	if !ok {
		return protocol.Issued{}, fmt.Errorf("repeat certificate %v: it is not in the registry", hash)
	}
	claims, err := record.Claims()
	if err != nil {
		return protocol.Issued{}, fmt.Errorf("repeat certificate %v: %w", hash, err)
	}
	if gone, err := isRevoked(tx, claims); err != nil {
		return protocol.Issued{}, err
	} else if gone {
		return protocol.Issued{}, revoked()
	}
	return a.answer(tx, record)
}

// supersede takes back what another device has under a subject that enrols with
// another signature key: a subject is one device.
func (a *Authority) supersede(tx *store.Tx, subject protocol.ID, key protocol.Key) error {
	device, ok, err := tx.Device(subject)
	if err != nil || !ok {
		return err
	}
	current, err := currentCertificate(tx, device)
	if err != nil || current.Holder.Key == key {
		return err
	}
	return a.takeBack(tx, current)
}
