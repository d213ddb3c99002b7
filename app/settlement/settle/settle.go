package settle

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// Identity is what outcomes are signed with: it changes when settlement's
// certificate is renewed.
type Identity struct {
	Certificate *protocol.Signed[protocol.Certificate]
	Signer      crypto.Signer
}

// Config is what a Settler works with. All functions must be safe for
// concurrent use and fast.
type Config struct {
	Ledger ledger.Ledger
	// Identity is settlement's, as it is now.
	Identity func() Identity
	// Agreement returns the agreement keys, newest first: older ones open what
	// was sealed before the newest was made.
	Agreement func() []ecdh.KeyExchanger
	// Trust is the anchors and the newest revocation list.
	Trust func() protocol.Trust
	Clock func() time.Time
	// PrintKey keys the marks by which live prints are known again, 32 bytes.
	// With another key, earlier prints are forgotten.
	PrintKey []byte
	Policy   Policy
	Log      *slog.Logger
}

// Policy is what the operator decides. Zero values mean the defaults.
type Policy struct {
	// Threshold is the least score that counts as the same finger; default
	// minutiae.ProvisionalThreshold.
	Threshold minutiae.Score
	// MaxFailures is how many failed fingers lock a wallet; default 5.
	MaxFailures uint8
	// PINLimit is the largest amount, by currency, for which a holder verified
	// by PIN on the phone will do. Default: none.
	PINLimit map[protocol.Currency]protocol.Amount
	// MaxListAge is how old the revocation list may be; default 5 minutes.
	MaxListAge time.Duration
}

func (p Policy) withDefaults() Policy {
	if p.Threshold == 0 {
		p.Threshold = minutiae.ProvisionalThreshold
	}
	if p.MaxFailures == 0 {
		p.MaxFailures = 5
	}
	if p.MaxListAge == 0 {
		p.MaxListAge = 5 * time.Minute
	}
	return p
}

// Settler decides. It has no state of its own beside the ledger, and is safe
// for concurrent use.
type Settler struct {
	Config
}

// New returns a Settler.
func New(c Config) (*Settler, error) {
	if len(c.PrintKey) != 32 {
		return nil, fmt.Errorf("settle: the key for marks of prints has %d bytes, not 32", len(c.PrintKey))
	}
	c.Policy = c.Policy.withDefaults()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Settler{Config: c}, nil
}

// self is settlement's name.
func (s *Settler) self() protocol.ID { return s.Identity().Certificate.Unverified().Subject }

// verdict is what is to be done about a message, as the ledger stands.
type verdict struct {
	// answer is an outcome that is kept already; nothing changes.
	answer []byte
	// outcome is to be signed and kept.
	outcome protocol.Outcome
	keep    func(tx ledger.Tx, signed []byte) error
	// why is for the log; fraud raises a flag.
	why   string
	fraud bool
}

// decision derives a verdict from the ledger. It is run more than once and must
// give the same for the same ledger. reference is what a payment is to bear.
type decision func(r ledger.Reader, reference uint64) (verdict, error)

// errOvertaken says that the ledger changed between signing and keeping.
var errOvertaken = errors.New("decided otherwise meanwhile")

// maxTurns bounds how often a decision is signed anew.
const maxTurns = 8

// conclude brings a decision into the ledger and returns the outcome's bytes.
func (s *Settler) conclude(ctx context.Context, request protocol.Hash, decide decision) ([]byte, verdict, error) {
	var reference uint64
	for range maxTurns {
		var v verdict
		err := s.Ledger.View(ctx, func(r ledger.Snapshot) (err error) {
			v, err = decide(r, reference)
			return err
		})
		if err != nil || v.answer != nil {
			return v.answer, v, err
		}
		if v.outcome.Result == protocol.ResultPaid && reference == 0 {
			if reference, err = s.Ledger.NextReference(ctx); err != nil {
				return nil, v, err
			}
			v.outcome.Reference = reference
		}
		signed, identity, err := s.sign(&v.outcome)
		if err != nil {
			return nil, v, err
		}
		answer := signed
		err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
			again, err := decide(tx, reference)
			if err != nil {
				return err
			}
			if again.answer != nil {
				answer, v = again.answer, again
				return nil
			}
			again.outcome.Signer = v.outcome.Signer
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
			s.Log.WarnContext(ctx, "fraud", "sale", request.String(), "why", v.why, "result", v.outcome.Result.String())
		}
		return answer, v, nil
	}
	return nil, verdict{}, busy("the ledger changed while this was decided")
}

func (s *Settler) sign(o *protocol.Outcome) ([]byte, Identity, error) {
	identity := s.Identity()
	o.Signer = protocol.SignerOf(identity.Certificate)
	signed, err := protocol.Sign(identity.Signer, *o)
	if err != nil {
		return nil, identity, notReady("the outcome could not be signed: " + err.Error())
	}
	return signed.Bytes(), identity, nil
}
