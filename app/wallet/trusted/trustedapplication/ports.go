package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"countersign/app/wallet/trusted"
	"countersign/devices/fingerprint"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
)

// This file fits devices and services to what the trusted side asks for. Each
// adapter only translates names and errors.

// token is the phone's secure unit.
type token struct{ *secureunit.Unit }

func (t token) Signer() (crypto.Signer, error) { return t.Unit.Signer(secureunit.Signing) }

// Store keeps everything behind the PIN: accounts and payments are nobody else's.
func (t token) Store(ctx context.Context, label string, data []byte) error {
	return t.Unit.Store(ctx, label, data, true)
}

func (t token) Missing(err error) bool { return errors.Is(err, secureunit.ErrNotFound) }

// over gives enrolment the token.
func over(unit *secureunit.Unit) enrolment.Unit {
	return enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
}

// papers are what the authority has given, kept current.
type papers struct{ *enrolment.Maintainer }

func (p papers) Certificate() *protocol.Signed[protocol.Certificate] { return p.Current().Certificate }
func (p papers) Trust() protocol.Trust                               { return p.Current().Trust }
func (p papers) Settlement() *protocol.Signed[protocol.Certificate]  { return p.Current().Settlement }

// glass is the phone's own fingerprint sensor.
type glass struct{ *fingerprint.Reader }

func (g glass) Read(ctx context.Context, progress func(trusted.Progress)) (protocol.Template, error) {
	template, _, _, err := g.Reader.Read(ctx, func(p fingerprint.Progress) {
		now := trusted.Progress{Touching: p.Stage == fingerprint.Reading, Fraction: float64(p.Received) / float64(max(p.Total, 1))}
		progress(now)
	})
	switch {
	case err == nil:
		return template, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, fingerprint.ErrFinger), errors.Is(err, fingerprint.ErrTooPoor):
		return nil, fmt.Errorf("%w: %w", trusted.ErrFingerPoor, err)
	}
	return nil, fmt.Errorf("%w: %w", trusted.ErrSensorLost, err)
}

// query asks settlement, with the errors that the trusted side names.
func query(ctx context.Context, client *settlementclient.Client, question *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error) {
	answer, err := client.Query(ctx, question)
	switch {
	case err == nil:
		return answer.Signed, nil
	case errors.Is(err, settlementclient.ErrUndecided):
		return nil, fmt.Errorf("%w: %w", trusted.ErrUndecided, err)
	case errors.Is(err, settlementclient.ErrNeverSeen):
		return nil, fmt.Errorf("%w: %w", trusted.ErrNeverSeen, err)
	}
	return nil, err
}
