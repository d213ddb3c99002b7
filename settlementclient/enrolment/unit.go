package enrolment

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"fmt"
	"slices"
)

// Unit is what enrolment needs of a device's secure unit. Over makes one of
// what package devices/secureunit opens.
type Unit interface {
	// EnsureKey makes the key for a use unless there is one.
	EnsureKey(ctx context.Context, use Use) error
	// Signer returns the key for a use that signs.
	Signer(use Use) (crypto.Signer, error)
	// Agreement returns the newest agreement key.
	Agreement() (ecdh.KeyExchanger, error)
	// Store replaces what is kept under label, durably.
	Store(ctx context.Context, label string, data []byte, secret bool) error
	// Load returns what is kept under label.
	Load(label string) ([]byte, error)
	// List returns the labels in use that begin with prefix.
	List(prefix string) ([]string, error)
}

// Use is what one of a device's keys is for.
type Use int

// The uses.
const (
	UseSigning Use = iota
	UseAgreement
	UseTLS
)

// Token is a secure unit whose purposes are of type P, as *secureunit.Unit is.
type Token[P any] interface {
	EnsureKey(ctx context.Context, purpose P) (made bool, err error)
	Signer(purpose P) (crypto.Signer, error)
	Agreement() (ecdh.KeyExchanger, error)
	Store(ctx context.Context, label string, data []byte, secret bool) error
	Load(label string) ([]byte, error)
	List(prefix string) ([]string, error)
}

// Over adapts a token. The purposes are the token's own names of the three
// uses: Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS).
func Over[P any](token Token[P], signing, agreement, tls P) Unit {
	return adapter[P]{token, [...]P{UseSigning: signing, UseAgreement: agreement, UseTLS: tls}}
}

type adapter[P any] struct {
	Token[P]
	purposes [3]P
}

func (a adapter[P]) EnsureKey(ctx context.Context, use Use) error {
	_, err := a.Token.EnsureKey(ctx, a.purposes[use])
	return err
}

func (a adapter[P]) Signer(use Use) (crypto.Signer, error) { return a.Token.Signer(a.purposes[use]) }

// The labels under which a secure unit keeps what belongs to the enrolment.
const (
	labels            = "enrolment/"
	labelAuthorityURL = labels + "authority-url"
	labelAnchor       = labels + "anchor"          // PubA and InforA
	labelRoot         = labels + "tls-root"        // X.509, DER
	labelLeaf         = labels + "tls-leaf"        // X.509, DER
	labelCertificate  = labels + "certificate"     // stored last: its presence means enrolled
	labelSettlement   = labels + "settlement"      // settlement's certificate
	labelList         = labels + "revocation-list" // the newest one seen
	labelSequence     = labels + "revocation-sequence"
	labelDeposit      = labels + "template-deposit" // until settlement has it
)

// shelf reads labels that may be absent.
type shelf struct {
	unit Unit
	have []string
}

func openShelf(unit Unit) (shelf, error) {
	have, err := unit.List(labels)
	if err != nil {
		return shelf{}, fmt.Errorf("read secure unit: %w", err)
	}
	return shelf{unit, have}, nil
}

// load returns nil for a label that holds nothing.
func (s shelf) load(label string) ([]byte, error) {
	if !slices.Contains(s.have, label) {
		return nil, nil
	}
	data, err := s.unit.Load(label)
	if err != nil {
		return nil, fmt.Errorf("read secure unit: %w", err)
	}
	if len(data) == 0 {
		return nil, nil
	}
	return data, nil
}
