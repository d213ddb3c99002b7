package main

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"errors"
	"fmt"

	"countersign/app/terminal/sale"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
)

// tokenName is the label of a terminal's token.
const tokenName = "terminal"

// inToken is the real secure unit, for who measures.
type inToken struct {
	*secureunit.Unit
	clock stopwatch
}

func openToken(ctx context.Context, dir string, clock stopwatch) (*inToken, error) {
	tokens, err := virtualtoken.Make(dir)
	if err != nil {
		return nil, err
	}
	if err := tokens.Use(); err != nil {
		return nil, err
	}
	unit, err := secureunit.Open(ctx, tokens.Config(tokenName))
	if err != nil {
		return nil, err
	}
	return &inToken{unit, clock}, nil
}

// Signer implements sale.Unit.
func (u *inToken) Signer() (crypto.Signer, error) {
	signer, err := u.Unit.Signer(secureunit.Signing)
	return timedSigner{signer, u.clock}, err
}

// Agreement implements sale.Unit.
func (u *inToken) Agreement() (ecdh.KeyExchanger, error) {
	key, err := u.Unit.Agreement()
	return timedAgreement{key, u.clock}, err
}

// DrawScrambleCode implements sale.Unit.
func (u *inToken) DrawScrambleCode(ctx context.Context) (sale.ScrambleCode, error) {
	code, err := u.Unit.DrawScrambleCode(ctx)
	if err != nil {
		return nil, err
	}
	return tokenCode{code}, nil
}

// tokenCode is a scramble code in the token.
type tokenCode struct{ *secureunit.ScrambleCode }

// Spend implements sale.ScrambleCode.
func (c tokenCode) Spend(code [16]byte, request [32]byte) error {
	err := c.ScrambleCode.Spend(code, request)
	if errors.Is(err, secureunit.ErrWrongCode) {
		return fmt.Errorf("%w: %w", sale.ErrWrongCode, err)
	}
	return err
}
