package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/user"
	"time"

	"countersign/app/enrol/capture"
	"countersign/app/enrol/visit"
	"countersign/devices/secureunit"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/problem"
	"countersign/settlementclient/enrolment"
)

// office is the desk's side of the authority: what visit.Desk and the commands
// have in common.
type office struct {
	*desk
	authority string
	size      minutiae.Size
	// taken, if it is set, is told that the finger is taken and is being sent.
	taken func()
}

var _ visit.Office = (*office)(nil)

// Enrol implements visit.Office.
func (o *office) Enrol(ctx context.Context, reader capture.Reader, officer capture.Officer, wallet protocol.ID, agreed capture.Agreement) (string, error) {
	c, err := o.current(ctx, o.authority)
	if err != nil {
		return "", err
	}
	taking := capture.Desk{
		Reader: reader, Officer: officer, Signer: c.Signer, Certificate: c.Certificate, Trust: c.Trust, Settlement: c.Settlement,
		Size: o.size, Clock: time.Now,
		Deposit: func(ctx context.Context, deposit *protocol.Signed[protocol.TemplateDeposit]) (string, error) {
			if o.taken != nil {
				o.taken()
			}
			return enrolment.DepositTemplate(ctx, c, o.options(), deposit)
		},
	}
	code, err := taking.Enrol(ctx, wallet, &agreed)
	if err != nil {
		o.log.WarnContext(ctx, "finger not taken", "wallet", string(wallet), "reason", err.Error())
		return "", err
	}
	o.log.InfoContext(ctx, "finger taken and deposited", "wallet", string(wallet), "consent", string(agreed.Name), "officer", agreed.Officer)
	return code, nil
}

// Order implements visit.Office.
func (o *office) Order(ctx context.Context, kind protocol.OrderKind, wallet protocol.ID, officer, reason string) (code string, err error) {
	c, err := o.current(ctx, o.authority)
	if err != nil {
		return "", err
	}
	order, err := protocol.Sign(c.Signer, protocol.DeskOrder{
		Authority: c.Anchor.Authority, Kind: kind, Wallet: wallet, Reason: reason, Officer: officer,
		Made: protocol.At(time.Now()), Desk: c.Certificate,
	})
	if err != nil {
		return "", fmt.Errorf("sign order: %w", err)
	}
	what := "no readable print"
	if kind == protocol.OrderErase {
		what = "erasure"
		_, err = enrolment.EraseTemplate(ctx, c, o.options(), order)
	} else {
		code, err = enrolment.StateNoPrint(ctx, c, o.options(), order)
	}
	if err != nil {
		o.log.WarnContext(ctx, "order refused", "order", what, "wallet", string(wallet), "reason", err.Error())
		return "", err
	}
	o.log.InfoContext(ctx, "order carried out", "order", what, "wallet", string(wallet), "officer", officer)
	return code, nil
}

func (o *office) options() enrolment.Options {
	return enrolment.Options{AuthorityURL: o.authority, Log: o.log}
}

// current returns the desk's credentials with today's revocation list and
// settlement's certificate, renewed if they were due.
func (d *desk) current(ctx context.Context, authority string) (*enrolment.Credentials, error) {
	c, err := enrolment.Load(d.unit)
	if err != nil {
		return nil, err
	}
	keeper := enrolment.NewMaintainer(d.unit, c, enrolment.Options{AuthorityURL: authority, Log: d.log})
	if err := keeper.Refresh(ctx); err != nil {
		return nil, err
	}
	return keeper.Current(), nil
}

// reason sorts an error for the officer.
func reason(err error) visit.Reason {
	var refusal *problem.Problem
	var token *secureunit.Fault
	switch {
	case errors.Is(err, enrolment.ErrUnreachable), errors.Is(err, enrolment.ErrBusy):
		return visit.ReasonUnreachable
	case errors.Is(err, enrolment.ErrClock):
		return visit.ReasonClock
	case errors.Is(err, enrolment.ErrRevoked), errors.Is(err, enrolment.ErrTooLate), errors.Is(err, enrolment.ErrNotEnrolled),
		errors.Is(err, enrolment.ErrWrongAuthority), errors.Is(err, enrolment.ErrProof):
		return visit.ReasonDesk
	case errors.As(err, &refusal) && refusal.Code == problem.Conflict:
		return visit.ReasonEnrolled
	case errors.As(err, &refusal) && refusal.Code == problem.NotFound:
		return visit.ReasonNothing
	case errors.As(err, &refusal) && refusal.Status == http.StatusForbidden:
		return visit.ReasonDesk
	case errors.As(err, &token):
		return visit.ReasonToken
	}
	return visit.ReasonUnexpected
}

// whoever is the officer when nobody says who it is: the machine's user.
func whoever() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "officer"
}
