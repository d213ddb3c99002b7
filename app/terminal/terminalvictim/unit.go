package main

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/rand"
	"sync"

	"countersign/app/program/virtualrealm"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// unit is a terminal's secure unit, in memory: what it holds of scramble codes is
// lost with the process, as a token's session objects are.
type unit struct{ device virtualrealm.Device }

func (u unit) Signer() (crypto.Signer, error)        { return u.device.Signer, nil }
func (u unit) Agreement() (ecdh.KeyExchanger, error) { return u.device.Agreement, nil }

func (unit) DrawScrambleCode(context.Context) (sale.ScrambleCode, error) {
	s := &scramble{}
	rand.Read(s.code[:]) //nolint:errcheck // never fails
	return s, nil
}

// scramble is a code that can be spent once.
type scramble struct {
	mu      sync.Mutex
	code    [16]byte
	request [32]byte
	bound   bool
	spent   bool
}

func (s *scramble) Code() [16]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bound {
		return [16]byte{}
	}
	return s.code
}

func (s *scramble) Bind(request [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bound, s.request = true, request
	return nil
}

func (s *scramble) Spend(code [16]byte, request [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	right := !s.spent && s.bound && code == s.code && request == s.request
	s.spent = true
	if !right {
		return sale.ErrWrongCode
	}
	return nil
}

func (s *scramble) Discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spent = true
}

// identity is what the authority has given the terminal.
type identity struct{ device virtualrealm.Device }

func (i identity) Certificate() *protocol.Signed[protocol.Certificate] { return i.device.Certificate }
func (i identity) Trust() protocol.Trust                               { return i.device.Trust }
