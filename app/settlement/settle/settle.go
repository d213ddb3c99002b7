package settle

import (
	"crypto"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
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
	// PrintKey keys the marks by which live prints are known again, and seals those
	// that are kept, 32 bytes. With another key, earlier prints are forgotten.
	PrintKey []byte
	// Acquirer is what card payments go out through; without one, card accounts
	// are refused.
	Acquirer Acquirer
	// Process names this process among those that share the ledger, for as long
	// as it runs; default at random.
	Process string
	Policy  Policy
	Log     *slog.Logger
}

// Policy is what the operator decides. Zero values mean the defaults.
type Policy struct {
	// Threshold is the least score that counts as the same finger where no band
	// says otherwise; default minutiae.ProvisionalThreshold.
	Threshold minutiae.Score
	// FingerBands are the least scores by amount, for the currencies that have any.
	FingerBands map[protocol.Currency]Bands
	// KeptPrints is how many live prints of a wallet are kept to be compared with
	// later ones; default 32, at most ledger.MaxPlaces.
	KeptPrints int
	// MaxFailures is how many failed fingers lock a wallet; default 5.
	MaxFailures uint8
	// PINLimit is the largest amount, by currency, for which a holder verified
	// by PIN on the phone will do whose finger is enrolled. Default: none.
	PINLimit map[protocol.Currency]protocol.Amount
	// NoPrintLimit is the same for owners who were enrolled without a print: some
	// people have none that can be read. Default: none.
	NoPrintLimit map[protocol.Currency]protocol.Amount
	// MaxListAge is how old the revocation list may be; default 5 minutes.
	MaxListAge time.Duration
	// CardLease is how long one process works on an authorisation before others
	// may take it for abandoned; default 1 minute. It has to be longer than the
	// acquirer's time-outs together.
	CardLease time.Duration
	// CardRetry is how long after a failure a reversal or a card's refund is
	// sent again; default 5 seconds.
	CardRetry time.Duration
	// CardCeiling is the most that a virtual card may hold, and CardConfirmAbove
	// the largest tap without its owner's word, by currency; defaults 1000.00 and
	// 200.00 of a currency with two decimals.
	CardCeiling, CardConfirmAbove map[protocol.Currency]protocol.Amount
	// CardLife is how long a virtual card pays before it has to be renewed;
	// default 365 days.
	CardLife time.Duration
}

// Terms of virtual cards where the operator says nothing, in minor units.
const (
	defaultCeiling      protocol.Amount = 100_000
	defaultConfirmAbove protocol.Amount = 20_000
)

func (p Policy) withDefaults() Policy {
	if p.Threshold == 0 {
		p.Threshold = minutiae.ProvisionalThreshold
	}
	if p.KeptPrints == 0 {
		p.KeptPrints = 32
	}
	if p.MaxFailures == 0 {
		p.MaxFailures = 5
	}
	if p.MaxListAge == 0 {
		p.MaxListAge = 5 * time.Minute
	}
	if p.CardLease == 0 {
		p.CardLease = time.Minute
	}
	if p.CardRetry == 0 {
		p.CardRetry = 5 * time.Second
	}
	if p.CardLife == 0 {
		p.CardLife = 365 * 24 * time.Hour
	}
	return p
}

// Settler decides. It has no state of its own beside the ledger, but for the list
// of blocked cards that it signed last, and is safe for concurrent use.
type Settler struct {
	Config
	// kicked holds a token when an authorisation is to be looked at.
	kicked chan struct{}
	list   signedList
	probes cipher.AEAD // seals live prints that are kept
}

// New returns a Settler.
func New(c Config) (*Settler, error) {
	if len(c.PrintKey) != 32 {
		return nil, fmt.Errorf("settle: the key for marks of prints has %d bytes, not 32", len(c.PrintKey))
	}
	c.Policy = c.Policy.withDefaults()
	if err := c.Policy.check(); err != nil {
		return nil, err
	}
	probes, err := sealer(c.PrintKey)
	if err != nil {
		return nil, fmt.Errorf("settle: the key for live prints that are kept: %w", err)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Process == "" {
		c.Process = rand.Text()
	}
	c.Ledger = available{c.Ledger, c.Log}
	return &Settler{Config: c, kicked: make(chan struct{}, 1), probes: probes}, nil
}

// self is settlement's name.
func (s *Settler) self() protocol.ID { return s.Identity().Certificate.Unverified().Subject }
