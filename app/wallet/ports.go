package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"countersign/app/wallet/client"
	"countersign/app/wallet/trusted"
	"countersign/devices/camera"
	"countersign/devices/fingerprint"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
)

// This file fits devices and services to what the phone asks for. Each adapter
// only translates names and errors.

// token is the phone's secure unit.
type token struct{ *secureunit.Unit }

func (t token) Signer() (crypto.Signer, error) { return t.Unit.Signer(secureunit.Signing) }

// Store keeps everything behind the PIN: accounts and payments are nobody else's.
func (t token) Store(ctx context.Context, label string, data []byte) error {
	return t.Unit.Store(ctx, label, data, true)
}

func (t token) Missing(err error) bool { return errors.Is(err, secureunit.ErrNotFound) }

// papers are what the authority has given, kept current.
type papers struct{ *enrolment.Maintainer }

func (p papers) Certificate() *protocol.Signed[protocol.Certificate] { return p.Current().Certificate }
func (p papers) Trust() protocol.Trust                               { return p.Current().Trust }
func (p papers) Settlement() *protocol.Signed[protocol.Certificate]  { return p.Current().Settlement }

// lens reads codes with the phone's camera.
type lens struct{ *camera.Camera }

func (l lens) Scan(ctx context.Context, want func(text string) bool) (string, error) {
	code, err := l.Camera.Scan(ctx, want)
	return code.Text, err
}

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
		return nil, fmt.Errorf("%w: %w", client.ErrFingerPoor, err)
	}
	return nil, fmt.Errorf("%w: %w", client.ErrSensorLost, err)
}

// settlement answers the phone's questions.
type settlement struct{ *settlementclient.Client }

func (s settlement) Query(ctx context.Context, question *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error) {
	answer, err := s.Client.Query(ctx, question)
	switch {
	case err == nil:
		return answer.Signed, nil
	case errors.Is(err, settlementclient.ErrUndecided):
		return nil, fmt.Errorf("%w: %w", client.ErrUndecided, err)
	case errors.Is(err, settlementclient.ErrNeverSeen):
		return nil, fmt.Errorf("%w: %w", client.ErrNeverSeen, err)
	}
	return nil, err
}
