package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"countersign/app/program"
	"countersign/app/wallet/trusted"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/settlementclient"
	"countersign/settlementclient/enrolment"
)

// phone is what every command but enrol opens: the token, what the authority has
// given, and the trusted side over both.
type phone struct {
	log      *slog.Logger
	closeLog func() error
	unit     *secureunit.Unit
	over     enrolment.Unit
	papers   *enrolment.Maintainer
	client   *settlementclient.Client // nil without --settlement
	trusted  *trusted.Application
}

// over gives enrolment the token.
func over(unit *secureunit.Unit) enrolment.Unit {
	return enrolment.Over(unit, secureunit.Signing, secureunit.Agreement, secureunit.TLS)
}

// openPhone opens the phone; sensor may be nil. Nobody is asked anything yet.
func (s *settings) openPhone(ctx context.Context, errOut io.Writer, sensor trusted.Sensor) (_ *phone, err error) {
	p := &phone{}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if p.log, p.closeLog, err = s.logger(errOut); err != nil {
		return nil, err
	}
	if p.unit, err = secureunit.Open(ctx, s.SecureUnit()); err != nil {
		return nil, err
	}
	p.over = over(p.unit)
	credentials, err := enrolment.Load(p.over)
	if err != nil {
		return nil, err
	}
	p.papers = enrolment.NewMaintainer(p.over, credentials, enrolment.Options{AuthorityURL: s.authority, Log: p.log})
	p.trusted = trusted.New(token{p.unit}, papers{p.papers}, sensor, nil, time.Now)
	if s.settlement != "" {
		if p.client, err = newClient(s.settlement, p.papers); err != nil {
			return nil, program.Usagef("--settlement: %w", err)
		}
	}
	return p, nil
}

func newClient(url string, m *enrolment.Maintainer) (*settlementclient.Client, error) {
	return settlementclient.New(settlementclient.Options{
		URL: url, TLS: m.ClientTLS(protocol.RoleSettlement), Trust: papers{m}.Trust, Certificate: papers{m}.Certificate,
	})
}

// deliverDeposit hands settlement the sealed template of a wallet that was
// enrolled by hash, once.
func deliverDeposit(ctx context.Context, unit enrolment.Unit, client *settlementclient.Client, log *slog.Logger) error {
	deposit, err := enrolment.PendingDeposit(unit)
	if err != nil || deposit == nil {
		return err
	}
	if err := client.DepositTemplate(ctx, deposit); err != nil {
		return err
	}
	log.InfoContext(ctx, "sealed template handed to settlement")
	return enrolment.DepositDelivered(ctx, unit)
}

func (p *phone) close() error {
	var errs []error
	if p.client != nil {
		p.client.Close()
	}
	if p.unit != nil {
		errs = append(errs, p.unit.Close())
	}
	if p.closeLog != nil {
		errs = append(errs, p.closeLog())
	}
	return errors.Join(errs...)
}
