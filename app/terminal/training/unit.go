package training

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"sync"

	"countersign/app/terminal/sale"
	"countersign/protocol"
)

// unit stands for the secure unit; it implements sale.Unit.
type unit struct{ of party }

func (u unit) Signer() (crypto.Signer, error)        { return u.of.key, nil }
func (u unit) Agreement() (ecdh.KeyExchanger, error) { return u.of.agreement, nil }

func (u unit) DrawScrambleCode(ctx context.Context) (sale.ScrambleCode, error) {
	return &scramble{code: protocol.NewCode()}, ctx.Err()
}

// scramble behaves as the token's: bound once, spent once.
type scramble struct {
	mu    sync.Mutex
	code  protocol.Code
	bound [32]byte
	over  bool
}

func (s *scramble) Code() [16]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bound != [32]byte{} {
		return [16]byte{}
	}
	return s.code
}

func (s *scramble) Bind(request [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.bound != [32]byte{} {
		return sale.ErrWrongCode
	}
	s.bound = request
	return nil
}

func (s *scramble) Spend(code [16]byte, request [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	fits := !s.over && code == s.code && request == s.bound
	s.over = true
	if !fits {
		return sale.ErrWrongCode
	}
	return nil
}

func (s *scramble) Discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
}
