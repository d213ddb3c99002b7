package certification

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"countersign/app/authority/store"
	"countersign/protocol"
)

// Lives of certificates, by role. A device renews in the last third.
const (
	terminalLife   = 7 * 24 * time.Hour
	walletLife     = 90 * 24 * time.Hour
	settlementLife = 90 * 24 * time.Hour
	deskLife       = 30 * 24 * time.Hour
)

const (
	// CodeLife is how long an enrolment code may be used.
	CodeLife = 24 * time.Hour
	// backdating lets a certificate begin before it is issued, so that a device
	// whose clock is behind by the skew that is allowed can use it at once.
	backdating = 5 * time.Minute
	// lateRenewal is how long after its end a certificate may be renewed.
	lateRenewal = 30 * 24 * time.Hour
	// freshness bounds the age of signed statements that are handed out.
	freshness = time.Minute
)

// Life returns how long certificates of a role are good.
func Life(role protocol.Role) time.Duration {
	switch role {
	case protocol.RoleTerminal:
		return terminalLife
	case protocol.RoleWallet:
		return walletLife
	case protocol.RoleSettlement:
		return settlementLife
	case protocol.RoleDesk:
		return deskLife
	}
	return 0
}

// Config is what an Authority is made of.
type Config struct {
	Registry *store.Registry
	// Signer holds PriA, CA the key of the X.509 root; both stay in the token.
	Signer, CA crypto.Signer
	// Clock is asked for every decision on time.
	Clock func() time.Time
	// Log receives every decision.
	Log *slog.Logger
}

// Authority certifies. It is safe for concurrent use.
type Authority struct {
	name       protocol.ID
	key        protocol.Key
	signer, ca crypto.Signer
	root       *x509.Certificate
	registry   *store.Registry
	clock      func() time.Time
	log        *slog.Logger
	challenges challenges

	mu       sync.Mutex
	identity *protocol.Signed[protocol.Identity]
	list     *protocol.Signed[protocol.RevocationList]
}

// Found makes an authority called name: its root certificate and its registry.
// Founding again with the same name and keys changes nothing; another name is
// refused with store.ErrInitialised.
func Found(c Config, name protocol.ID) error {
	if !plainName(string(name), "/") {
		return fmt.Errorf("found authority: name %q is not 1 to 16 letters, digits, '-', '_', '.', '/'", name)
	}
	key, err := publicKey(c.Signer)
	if err != nil {
		return fmt.Errorf("found authority: %w", err)
	}
	now := c.Clock()
	root, err := makeRoot(c.CA, name, now)
	if err != nil {
		return fmt.Errorf("found authority: %w", err)
	}
	thumbprint := key.Thumbprint()
	return c.Registry.Update(func(tx *store.Tx) error {
		return tx.SetAuthority(store.Authority{Name: name, Key: thumbprint[:], Root: root, Made: now})
	})
}

// New opens the authority that was founded. It fails with
// store.ErrNotInitialised, or when the token's keys are not those of the
// registry.
func New(c Config) (*Authority, error) {
	a := &Authority{signer: c.Signer, ca: c.CA, registry: c.Registry, clock: c.Clock, log: c.Log}
	var self store.Authority
	err := c.Registry.View(func(tx *store.Tx) (err error) {
		self, err = tx.Authority()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open authority: %w", err)
	}
	if a.key, err = publicKey(c.Signer); err != nil {
		return nil, fmt.Errorf("open authority: %w", err)
	}
	if thumbprint := a.key.Thumbprint(); !bytes.Equal(thumbprint[:], self.Key) {
		return nil, fmt.Errorf("open authority: the token's signing key is not that of %q", self.Name)
	}
	if a.root, err = x509.ParseCertificate(self.Root); err != nil {
		return nil, fmt.Errorf("open authority: root certificate: %w", err)
	}
	public, ok := c.CA.Public().(*ecdsa.PublicKey)
	if !ok || !public.Equal(a.root.PublicKey) {
		return nil, fmt.Errorf("open authority: the token's CA key is not that of %q", self.Name)
	}
	a.name = self.Name
	return a, nil
}

// Name is InforA.
func (a *Authority) Name() protocol.ID { return a.name }

// Root is the root of every TLS leaf.
func (a *Authority) Root() *x509.Certificate { return a.root }

// Thumbprint is PubA's, which enrolment codes carry.
func (a *Authority) Thumbprint() protocol.Hash { return a.key.Thumbprint() }

// Anchor is the pair InforA and PubA that every device keeps.
func (a *Authority) Anchor() protocol.Anchor {
	return protocol.Anchor{Authority: a.name, Key: a.key}
}

// Identity is what the authority says of itself, signed within the last minute:
// devices also compare their clock with it.
func (a *Authority) Identity() (*protocol.Signed[protocol.Identity], error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock()
	if a.identity != nil && fresh(a.identity.Unverified().Issued, now) {
		return a.identity, nil
	}
	identity, err := protocol.Sign(a.signer, protocol.Identity{
		Authority: a.name, Key: a.key, Root: a.root.Raw, Issued: protocol.At(now),
	})
	if err != nil {
		return nil, fmt.Errorf("state identity: %w", err)
	}
	a.identity = identity
	return identity, nil
}

// fresh tells whether a statement may still be handed out. One from the future,
// after the clock was set back, may not.
func fresh(issued protocol.Time, now time.Time) bool {
	age := now.Sub(issued.Time())
	return age >= 0 && age < freshness
}

func publicKey(signer crypto.Signer) (protocol.Key, error) {
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok {
		return protocol.Key{}, fmt.Errorf("signing key is a %T, not ECDSA", signer.Public())
	}
	return protocol.NewKey(public)
}
