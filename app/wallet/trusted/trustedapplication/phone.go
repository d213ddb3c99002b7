package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"countersign/app/program"
	"countersign/app/wallet/trusted"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
)

// dial opens a connection to a service; the client relays its bytes.
type dial func(ctx context.Context, network, address string) (net.Conn, error)

// phone is what the trusted application holds: the secure unit, what the authority
// has given, and the application over both. Until the wallet is enrolled there is
// the unit alone.
type phone struct {
	settings *settings
	log      *slog.Logger
	dial     dial
	unit     *secureunit.Unit
	owner    *trusted.Owner
	sensor   trusted.Sensor // or nil

	mu     sync.Mutex
	papers *enrolment.Maintainer // nil until the wallet is enrolled
	client *settlementclient.Client
	trust  *trusted.Application
	missed error // why there are no papers

	enrolled chan struct{} // closed once there are
}

// openPhone opens the secure unit, made first if that was asked for, and what it
// holds.
func openPhone(ctx context.Context, s *settings, log *slog.Logger, d dial, prompter trusted.Prompter, sensor trusted.Sensor) (*phone, error) {
	if err := s.newToken.Initialise(s.SecureUnit()); err != nil {
		return nil, err
	}
	unit, err := secureunit.Open(ctx, s.SecureUnit())
	if err != nil {
		return nil, err
	}
	p := &phone{settings: s, log: log, dial: d, unit: unit, sensor: sensor, enrolled: make(chan struct{})}
	turns, err := turnsAt(s.PINFile)
	if err != nil {
		return nil, errors.Join(err, unit.Close())
	}
	p.owner = trusted.NewOwner(token{unit}, trusted.OwnerOptions{Prompter: prompter, Now: time.Now, Turns: turns})
	if err := p.load(); err != nil && !errors.Is(err, enrolment.ErrNotEnrolled) {
		return nil, errors.Join(err, unit.Close())
	}
	return p, nil
}

// options are how the authority is spoken to.
func (p *phone) options() enrolment.Options {
	return enrolment.Options{AuthorityURL: p.settings.authority, Log: p.log, DialContext: p.dial}
}

// load takes up what the secure unit holds of the enrolment.
func (p *phone) load() error {
	credentials, err := enrolment.Load(over(p.unit))
	if err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.missed = err
		return err
	}
	return p.take(credentials)
}

// take goes on with what the authority has given.
func (p *phone) take(credentials *enrolment.Credentials) error {
	m := enrolment.NewMaintainer(over(p.unit), credentials, p.options())
	var client *settlementclient.Client
	if p.settings.settlement != "" {
		var err error
		client, err = settlementclient.New(settlementclient.Options{
			URL: p.settings.settlement, TLS: m.ClientTLS(protocol.RoleSettlement), Trust: papers{m}.Trust, Certificate: papers{m}.Certificate,
			DialContext: p.dial,
		})
		if err != nil {
			return program.Usagef("--settlement: %w", err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.papers == nil {
		close(p.enrolled)
	}
	if p.client != nil {
		p.client.Close()
	}
	p.papers, p.client, p.missed = m, client, nil
	p.trust = trusted.New(token{p.unit}, papers{m}, p.sensor, p.owner, time.Now)
	return nil
}

// Application is the trusted application module, once the wallet is enrolled.
func (p *phone) Application() (*trusted.Application, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.trust, p.missed
}

// Owner is who the phone belongs to.
func (p *phone) Owner() *trusted.Owner { return p.owner }

// services are papers and settlement, or why there are none.
func (p *phone) services() (*enrolment.Maintainer, *settlementclient.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.missed != nil:
		return nil, nil, p.missed
	case p.client == nil:
		return nil, nil, program.Usagef("--settlement is needed")
	}
	return p.papers, p.client, nil
}

func (p *phone) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != nil {
		p.client.Close()
	}
	return p.unit.Close()
}

// maintain keeps the papers current, and hands in the sealed template of a wallet
// that was enrolled by hash: without it no payment can be verified. It ends with
// ctx.
func (p *phone) maintain(ctx context.Context) {
	select {
	case <-p.enrolled:
	case <-ctx.Done():
		return
	}
	p.mu.Lock()
	m := p.papers
	p.mu.Unlock()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { _ = m.Run(ctx) }) // ends with ctx, and logs its failures
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := p.Deposit(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		p.log.WarnContext(ctx, "sealed template not handed to settlement yet", "again_in", wait.String(), "error", err.Error())
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}
