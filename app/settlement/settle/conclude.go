package settle

import (
	"context"
	"errors"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// verdictOf is what is to be done about a message, as the ledger stands. P is the
// answer that is signed.
type verdictOf[P any] struct {
	// answer is one that is kept already: nothing is decided, and nothing changes but
	// for what keep notes, if there is one.
	answer []byte
	// outcome is to be signed and kept.
	outcome P
	keep    func(tx ledger.Tx, signed []byte) error
	// why is for the log; fraud raises a flag.
	why   string
	fraud bool
}

type verdict = verdictOf[protocol.Outcome]

// decisionOf derives a verdict from the ledger. It is run more than once and must
// give the same for the same ledger. number is what a payment or refund is to
// bear.
type decisionOf[P any] func(r ledger.Reader, number uint64) (verdictOf[P], error)

type decision = decisionOf[protocol.Outcome]

// form is what answers of different kinds have in common.
type form[P any] struct {
	// numbered says whether the answer bears a number of its own.
	numbered func(P) bool
	number   func(*P, uint64)
	sign     func(*P, [8]byte)
	result   func(P) string
}

// forSales is the form of outcomes. It is read only, as all forms.
var forSales = form[protocol.Outcome]{
	numbered: func(o protocol.Outcome) bool { return o.Result == protocol.ResultPaid },
	number:   func(o *protocol.Outcome, n uint64) { o.Reference = n },
	sign:     func(o *protocol.Outcome, signer [8]byte) { o.Signer = signer },
	result:   func(o protocol.Outcome) string { return o.Result.String() },
}

// errOvertaken says that the ledger changed between signing and keeping.
var errOvertaken = errors.New("decided otherwise meanwhile")

// maxTurns bounds how often a decision is signed anew.
const maxTurns = 8

// conclude brings a decision about a sale into the ledger and returns the
// outcome's bytes.
func (s *Settler) conclude(ctx context.Context, request protocol.Hash, decide decision) ([]byte, verdict, error) {
	return conclude(ctx, s, forSales, request.String(), decide)
}

// conclude brings a decision into the ledger and returns the answer's bytes.
// subject names in the log what it is about.
func conclude[P interface {
	protocol.Payload
	comparable
}](ctx context.Context, s *Settler, f form[P], subject string, decide decisionOf[P]) ([]byte, verdictOf[P], error) {
	var number uint64
	for range maxTurns {
		var v verdictOf[P]
		err := s.Ledger.View(ctx, func(r ledger.Snapshot) (err error) {
			v, err = decide(r, number)
			return err
		})
		if err != nil || v.answer != nil && v.keep == nil {
			return v.answer, v, err
		}
		if v.answer != nil {
			v, err = noted(ctx, s, number, decide)
			if errors.Is(err, errOvertaken) {
				continue
			}
			return v.answer, v, err
		}
		if f.numbered(v.outcome) && number == 0 {
			if number, err = s.Ledger.NextReference(ctx); err != nil {
				return nil, v, err
			}
			f.number(&v.outcome, number)
		}
		signed, identity, err := sign(s, f, &v.outcome)
		if err != nil {
			return nil, v, err
		}
		answer := signed
		err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
			again, err := decide(tx, number)
			if err != nil {
				return err
			}
			if again.answer != nil {
				answer, v = again.answer, again
				return nil
			}
			f.sign(&again.outcome, protocol.SignerOf(identity.Certificate))
			if again.outcome != v.outcome {
				return errOvertaken
			}
			answer, v = signed, again
			if err := tx.AddCertificate(identity.Certificate); err != nil {
				return err
			}
			return again.keep(tx, signed)
		})
		if errors.Is(err, errOvertaken) {
			continue
		}
		if err != nil {
			return nil, v, err
		}
		if v.fraud && v.answer == nil {
			s.Log.WarnContext(ctx, "fraud", "sale", subject, "why", v.why, "result", f.result(v.outcome))
		}
		return answer, v, nil
	}
	return nil, verdictOf[P]{}, busy("the ledger changed while this was decided")
}

// noted keeps that an answer was given, without signing anything.
func noted[P any](ctx context.Context, s *Settler, number uint64, decide decisionOf[P]) (v verdictOf[P], err error) {
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) (err error) {
		switch v, err = decide(tx, number); {
		case err != nil:
			return err
		case v.answer == nil:
			return errOvertaken
		case v.keep == nil:
			return nil
		}
		return v.keep(tx, v.answer)
	})
	return v, err
}

func sign[P protocol.Payload](s *Settler, f form[P], o *P) ([]byte, Identity, error) {
	identity := s.Identity()
	f.sign(o, protocol.SignerOf(identity.Certificate))
	signed, err := protocol.Sign(identity.Signer, *o)
	if err != nil {
		return nil, identity, notReady("the answer could not be signed: " + err.Error())
	}
	return signed.Bytes(), identity, nil
}
