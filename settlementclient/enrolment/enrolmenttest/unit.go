package enrolmenttest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"countersign/settlementclient/enrolment"
)

// Unit is a secure unit in memory, for tests that are not about tokens: its
// keys are software keys. It is safe for concurrent use.
type Unit struct {
	mu        sync.Mutex
	signers   map[enrolment.Use]*ecdsa.PrivateKey
	agreement *ecdh.PrivateKey
	objects   map[string][]byte
}

// ErrNothing says that nothing is kept under a label.
var ErrNothing = errors.New("nothing is kept under this label")

// NewUnit returns an empty unit.
func NewUnit() *Unit {
	return &Unit{signers: map[enrolment.Use]*ecdsa.PrivateKey{}, objects: map[string][]byte{}}
}

// EnsureKey makes a key unless there is one.
func (u *Unit) EnsureKey(_ context.Context, use enrolment.Use) (err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if use == enrolment.UseAgreement {
		if u.agreement == nil {
			u.agreement, err = ecdh.P256().GenerateKey(rand.Reader)
		}
		return err
	}
	if u.signers[use] == nil {
		u.signers[use], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return err
}

// Signer returns a key that was made.
func (u *Unit) Signer(use enrolment.Use) (crypto.Signer, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if key := u.signers[use]; key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("no key for use %d", use)
}

// Agreement returns the agreement key, if it was made.
func (u *Unit) Agreement() (ecdh.KeyExchanger, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.agreement == nil {
		return nil, errors.New("no agreement key")
	}
	return u.agreement, nil
}

// Store replaces what is kept under label.
func (u *Unit) Store(_ context.Context, label string, data []byte, _ bool) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.objects[label] = bytes.Clone(data)
	return nil
}

// Load returns what is kept under label, or ErrNothing.
func (u *Unit) Load(label string) ([]byte, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	data, ok := u.objects[label]
	if !ok {
		return nil, fmt.Errorf("load %q: %w", label, ErrNothing)
	}
	return bytes.Clone(data), nil
}

// List returns the labels in use that begin with prefix, sorted.
func (u *Unit) List(prefix string) ([]string, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	var labels []string
	for label := range u.objects {
		if strings.HasPrefix(label, prefix) {
			labels = append(labels, label)
		}
	}
	slices.Sort(labels)
	return labels, nil
}
