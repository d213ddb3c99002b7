package enrolment

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"countersign/protocol"
)

const labelCode = labels + "code" // SHA-256 of the secret that was used

// Enrol makes a device's keys in its secure unit, proves possession of each to
// the authority and keeps what it is given: certificate, TLS leaf and root,
// PubA and InforA, settlement's certificate and the revocation list (claim 2
// steps A to E, claim 3 steps a to d). It may be interrupted at any point and
// run again with the same code; once it is complete, running it again with that
// code changes nothing. Another code enrols the device anew.
//
// Errors: ErrCode, ErrCodeRole, ErrCodeUsed, ErrCodeUnknown, ErrWrongAuthority,
// ErrClock, ErrUnreachable, ErrProof, ErrRefused, ErrBusy, ErrAnswer, those of
// the secure unit and ctx's.
func Enrol(ctx context.Context, unit Unit, o Options) (*Credentials, error) {
	o = o.withDefaults()
	code, err := protocol.ParseEnrolmentText(o.Code)
	if err != nil {
		return nil, fmt.Errorf("enrol: %w: %w", ErrCode, err)
	}
	if o.Role != 0 && o.Role != code.Role {
		return nil, fmt.Errorf("enrol: %w: it is for a %v", ErrCodeRole, code.Role)
	}
	if done, err := enrolledWith(unit, code); err != nil || done != nil {
		return done, err
	}
	if err := enrol(ctx, unit, code, o); err != nil {
		return nil, fmt.Errorf("enrol %v %q: %w", code.Role, code.Subject, err)
	}
	return Load(unit)
}

// enrolledWith returns the credentials if this code was used to the end.
func enrolledWith(unit Unit, code protocol.EnrolmentCode) (*Credentials, error) {
	shelf, err := openShelf(unit)
	if err != nil {
		return nil, err
	}
	used, err := shelf.load(labelCode)
	if err != nil {
		return nil, err
	}
	about := sha256.Sum256(code.Secret[:])
	credentials, err := Load(unit)
	if err != nil || !bytes.Equal(used, about[:]) || credentials.Subject != code.Subject {
		return nil, nil // whatever is there is replaced
	}
	return credentials, nil
}

func enrol(ctx context.Context, unit Unit, code protocol.EnrolmentCode, o Options) error {
	keys, err := openKeys(ctx, unit, code.Role)
	if err != nil {
		return err
	}
	met, err := meet(ctx, code.Authority, o)
	if err != nil {
		return err
	}
	c, err := newClient(o.AuthorityURL, authorityTLS(met.anchor, met.root, o.Clock), o)
	if err != nil {
		return err
	}
	about := protocol.Hash(sha256.Sum256(code.Secret[:]))
	challenge, err := c.challenge(ctx, met.anchor.Key, protocol.ChallengeRequest{About: about, Agreement: keys.point})
	if err != nil {
		return err
	}
	application := protocol.Enrolment{Nonce: challenge.Nonce, Secret: code.Secret, Key: keys.key, Agreement: keys.point, ByHash: o.ByHash}
	if application.Answer, err = keys.answer(challenge); err != nil {
		return err
	}
	if application.Request, err = keys.request(challenge.Nonce, o.Hosts); err != nil {
		return err
	}
	signed, err := protocol.Sign(keys.signing, application)
	if err != nil {
		return err
	}
	answer, err := c.post(ctx, protocol.PathEnrolments, protocol.ContentTypeCOSE, signed.Bytes())
	if err != nil {
		return err
	}
	issued, err := protocol.DecodeIssued(answer)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	expected := expectation{authority: met, role: code.Role, subject: code.Subject, keys: keys, now: o.Clock()}
	if err := expected.check(issued); err != nil {
		return err
	}
	return keep(ctx, unit, c, met, issued, about, o)
}

// keep stores what was issued, the certificate last: until it is there, the
// device counts as not enrolled, or as enrolled as before.
func keep(ctx context.Context, unit Unit, c *client, met authority, issued protocol.Issued, about protocol.Hash, o Options) error {
	floor, err := lowestSequence(unit, met.anchor)
	if err != nil {
		return err
	}
	role := issued.Certificate.Unverified().Device.Role
	trust := protocol.Trust{Anchors: []protocol.Anchor{met.anchor}}
	list, _, err := c.list(ctx, trust, floor, o.maxListAge(role), o.Clock())
	if err != nil {
		return err
	}
	anchor, err := protocol.EncodeAnchor(met.anchor)
	if err != nil {
		return err
	}
	for _, o := range []object{{labelAuthorityURL, []byte(o.AuthorityURL)}, {labelAnchor, anchor}, {labelRoot, met.root.Raw}} {
		if err := o.store(ctx, unit); err != nil {
			return err
		}
	}
	if err := storeList(ctx, unit, met.anchor, list); err != nil {
		return err
	}
	if err := storeIssued(ctx, unit, issued, true); err != nil {
		return err
	}
	return object{labelCode, about[:]}.store(ctx, unit)
}

// object is something to keep in the secure unit.
type object struct {
	label string
	data  []byte
}

func (o object) store(ctx context.Context, unit Unit) error {
	if err := unit.Store(ctx, o.label, o.data, false); err != nil {
		return fmt.Errorf("keep %s: %w", o.label, err)
	}
	return nil
}

// storeIssued keeps an answer of the authority. What a new enrolment does not
// bring is emptied, so that nothing is left of an earlier one.
func storeIssued(ctx context.Context, unit Unit, issued protocol.Issued, anew bool) error {
	var settlement, deposit []byte
	if issued.Settlement != nil {
		settlement = issued.Settlement.Bytes()
	}
	if issued.Deposit != nil {
		deposit = issued.Deposit.Bytes()
	}
	objects := []object{{labelLeaf, issued.Leaf}}
	if settlement != nil || anew {
		objects = append(objects, object{labelSettlement, settlement})
	}
	if anew {
		objects = append(objects, object{labelDeposit, deposit})
	}
	for _, o := range append(objects, object{labelCertificate, issued.Certificate.Bytes()}) {
		if err := o.store(ctx, unit); err != nil {
			return err
		}
	}
	return nil
}

// PendingDeposit returns the owner's sealed template that a wallet enrolled by
// hash has still to hand to settlement, or nil.
func PendingDeposit(unit Unit) (*protocol.Signed[protocol.TemplateDeposit], error) {
	shelf, err := openShelf(unit)
	if err != nil {
		return nil, err
	}
	raw, err := shelf.load(labelDeposit)
	if err != nil || raw == nil {
		return nil, err
	}
	deposit, err := protocol.Parse[protocol.TemplateDeposit](raw)
	if err != nil {
		return nil, fmt.Errorf("read template deposit: %w: %w", ErrDamaged, err)
	}
	return deposit, nil
}

// DepositDelivered forgets the deposit once settlement has it.
func DepositDelivered(ctx context.Context, unit Unit) error {
	return object{labelDeposit, nil}.store(ctx, unit)
}
