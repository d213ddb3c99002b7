package certification

import (
	"fmt"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
)

// claims are what a certificate is to say beside keys and dates.
type claims struct {
	role    protocol.Role
	subject protocol.ID
	name    string
	byHash  bool
	noPrint bool
	// renewed is the certificate that is renewed: its template stays.
	renewed *store.Certificate
}

// certify signs certificate and TLS leaf and keeps both (claim 2 step D, claim
// 3 step c). Only then are they handed out.
func (a *Authority) certify(tx *store.Tx, c claims, keys proved) (store.Certificate, protocol.Hash, error) {
	var none protocol.Hash
	if err := claimKeys(tx, c.subject, keys); err != nil {
		return store.Certificate{}, none, err
	}
	print, deposit, err := a.print(tx, c)
	if err != nil {
		return store.Certificate{}, none, err
	}
	now := a.clock()
	begins, err := beginning(tx, c.subject, now)
	if err != nil {
		return store.Certificate{}, none, err
	}
	ends := protocol.At(now.Add(Life(c.role)))
	certificate := protocol.Certificate{
		Issuer: a.name, Subject: c.subject, NotBefore: begins, Expires: ends,
		Holder: protocol.Confirmation{Key: keys.signing},
		Device: protocol.Device{Role: c.role, Agreement: keys.agreement, Print: print},
	}
	if c.role.Agrees() {
		certificate.Device.Name = &c.name
	}
	signed, err := protocol.Sign(a.signer, certificate)
	if err != nil {
		return store.Certificate{}, none, fmt.Errorf("certify %v %q: %w", c.role, c.subject, err)
	}
	leaf, err := a.leaf(leafClaims{
		name: protocol.TLSName(c.role, c.subject), common: string(c.subject), hosts: keys.hosts, public: keys.public,
		begins: begins.Time(), ends: ends.Time(),
	})
	if err != nil {
		return store.Certificate{}, none, fmt.Errorf("certify %v %q: %w", c.role, c.subject, err)
	}
	record := store.Certificate{
		Subject: c.subject, Signed: signed.Bytes(), Leaf: leaf, Keys: keys.digest(), Issued: now, Deposit: deposit,
	}
	return record, signed.Hash(), tx.PutCertificate(signed.Hash(), record)
}

// claimKeys registers every key to its subject and its use.
func claimKeys(tx *store.Tx, subject protocol.ID, keys proved) error {
	points := map[string]*protocol.Point{"signing": pointOf(keys.signing), "tls": pointOf(keys.tls), "agreement": keys.agreement}
	for use, point := range points {
		if point == nil {
			continue
		}
		ok, err := tx.ClaimKey(*point, store.KeyOwner{Subject: subject, Use: use})
		if err != nil {
			return err
		}
		if !ok {
			return conflict("the "+use+" key is registered to another device or another use",
				"Make new keys: enrol with a new token.")
		}
	}
	return nil
}

func pointOf(k protocol.Key) *protocol.Point {
	p := protocol.Point{2}
	if k.Odd {
		p[0] = 3
	}
	copy(p[1:], k.X[:])
	return &p
}

// print returns what a wallet's certificate says of the owner's template, and
// the deposit that goes with it when it is named by hash. It comes from the
// archive; the wallet has no say.
func (a *Authority) print(tx *store.Tx, c claims) (print, deposit []byte, err error) {
	if c.renewed != nil {
		old, err := protocol.Parse[protocol.Certificate](c.renewed.Signed)
		if err != nil {
			return nil, nil, fmt.Errorf("read renewed certificate: %w", err)
		}
		return old.Unverified().Device.Print, c.renewed.Deposit, nil
	}
	if c.role != protocol.RoleWallet || c.noPrint {
		return nil, nil, nil
	}
	archived, ok, err := tx.Deposit(c.subject)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, nil, conflict("the owner's template is not in the archive", "Capture the owner's finger at the enrolment desk.")
	}
	signed, err := protocol.Parse[protocol.TemplateDeposit](archived.Signed)
	if err != nil {
		return nil, nil, fmt.Errorf("read archived template of %q: %w", c.subject, err)
	}
	template := signed.Unverified()
	if c.byHash {
		hash := template.SealedHash()
		return hash[:], archived.Signed, nil
	}
	return template.Sealed, nil, nil
}

// beginning is when a new certificate of a subject begins: a little before now,
// but after what was revoked.
func beginning(tx *store.Tx, subject protocol.ID, now time.Time) (protocol.Time, error) {
	begins := protocol.At(now.Add(-backdating))
	past, ok, err := tx.Revocation(subject)
	if ok && past.Until >= begins {
		begins = past.Until + 1
	}
	return begins, err
}

func isRevoked(tx *store.Tx, c protocol.Certificate) (bool, error) {
	r, ok, err := tx.Revocation(c.Subject)
	return ok && c.NotBefore <= r.Until, err
}

// answer puts together what a device is sent.
func (a *Authority) answer(tx *store.Tx, record store.Certificate) (protocol.Issued, error) {
	certificate, err := protocol.Parse[protocol.Certificate](record.Signed)
	if err != nil {
		return protocol.Issued{}, fmt.Errorf("read certificate of %q: %w", record.Subject, err)
	}
	issued := protocol.Issued{Certificate: certificate, Leaf: record.Leaf}
	if record.Deposit != nil {
		if issued.Deposit, err = protocol.Parse[protocol.TemplateDeposit](record.Deposit); err != nil {
			return protocol.Issued{}, fmt.Errorf("read template deposit of %q: %w", record.Subject, err)
		}
	}
	issued.Settlement, err = a.settlement(tx)
	return issued, err
}

// settlement returns the certificate of the settlement server that was
// certified last and is still good, or nil.
func (a *Authority) settlement(tx *store.Tx) (*protocol.Signed[protocol.Certificate], error) {
	devices, err := tx.Devices()
	if err != nil {
		return nil, err
	}
	var newest *protocol.Signed[protocol.Certificate]
	var since time.Time
	for _, d := range devices {
		if d.Role != protocol.RoleSettlement || newest != nil && !d.Issued.After(since) {
			continue
		}
		record, ok, err := tx.Certificate(protocol.Hash(d.Current))
		if err != nil || !ok {
			return nil, err
		}
		signed, err := protocol.Parse[protocol.Certificate](record.Signed)
		if err != nil {
			return nil, fmt.Errorf("read certificate of %q: %w", d.Subject, err)
		}
		gone, err := isRevoked(tx, signed.Unverified())
		if err != nil {
			return nil, err
		}
		if !gone && protocol.At(a.clock()) <= signed.Unverified().Expires {
			newest, since = signed, d.Issued
		}
	}
	return newest, nil
}

// Settlement returns settlement's certificate (step 12), or a refusal while
// there is none.
func (a *Authority) Settlement() (*protocol.Signed[protocol.Certificate], error) {
	var current *protocol.Signed[protocol.Certificate]
	err := a.registry.View(func(tx *store.Tx) (err error) {
		current, err = a.settlement(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if current == nil {
		return nil, notFound("no settlement server is enrolled")
	}
	return current, nil
}
