package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"countersign/app/terminal/sale"
	"countersign/devices/camera"
	"countersign/devices/fingerprint"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// This file fits the devices to what a sale asks for. Each adapter only
// translates names and errors.

// token is the secure unit as a sale sees it.
type token struct{ *secureunit.Unit }

func (t token) Signer() (crypto.Signer, error) { return t.Unit.Signer(secureunit.Signing) }

func (t token) DrawScrambleCode(ctx context.Context) (sale.ScrambleCode, error) {
	code, err := t.Unit.DrawScrambleCode(ctx)
	if err != nil {
		return nil, err
	}
	return scramble{code}, nil
}

// scramble is a scramble code in the token.
type scramble struct{ *secureunit.ScrambleCode }

func (s scramble) Spend(code [16]byte, request [32]byte) error {
	err := s.ScrambleCode.Spend(code, request)
	if errors.Is(err, secureunit.ErrWrongCode) || errors.Is(err, secureunit.ErrSpent) {
		return fmt.Errorf("%w: %w", sale.ErrWrongCode, err)
	}
	return err
}

// papers are what the authority has given, kept current.
type papers struct{ *enrolment.Maintainer }

func (p papers) Certificate() *protocol.Signed[protocol.Certificate] { return p.Current().Certificate }
func (p papers) Trust() protocol.Trust                               { return p.Current().Trust }

// lens is the camera.
type lens struct{ *camera.Camera }

func (l lens) Scan(ctx context.Context, want func(string) bool) (string, error) {
	code, err := l.Camera.Scan(ctx, want)
	if errors.Is(err, camera.ErrMissing) || errors.Is(err, camera.ErrLost) {
		return "", fmt.Errorf("%w: %w", sale.ErrCameraLost, err)
	}
	return code.Text, err
}

// glass is the fingerprint sensor.
type glass struct{ *fingerprint.Reader }

func (g glass) Read(ctx context.Context, progress func(sale.FingerProgress)) (sale.Print, error) {
	template, sensor, captured, err := g.Reader.Read(ctx, func(p fingerprint.Progress) {
		at := sale.FingerProgress{Touching: p.Stage == fingerprint.Reading, Advice: string(p.Advice)}
		if p.Total > 0 {
			at.Fraction = min(float64(p.Received)/float64(p.Total), 1)
		}
		if p.Stage == fingerprint.Done {
			at.Fraction = 1
		}
		progress(at)
	})
	switch {
	case err == nil:
		return sale.Print{Template: template, Sensor: protocol.NewSensorID(sensor), Captured: captured}, nil
	case errors.Is(err, fingerprint.ErrTooPoor), errors.Is(err, fingerprint.ErrFinger):
		return sale.Print{}, advised(sale.ErrFingerPoor, err)
	case ctx.Err() != nil:
		return sale.Print{}, err
	}
	return sale.Print{}, advised(sale.ErrSensorLost, err)
}

func (g glass) Lifted(ctx context.Context) error {
	err := g.WaitLifted(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return advised(sale.ErrSensorLost, err)
}

// advised is one of the sale's errors with what the driver advises.
func advised(kind, err error) error {
	return &sale.AdvisedError{Advice: string(fingerprint.AdviceOn(err)), Err: fmt.Errorf("%w: %w", kind, err)}
}
