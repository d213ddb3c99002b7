package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"countersign/app/program"
	"countersign/app/wallet/tee/confinement"
	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// desk is what the commands do, over a phone.
type desk struct {
	*phone
	commands.Cards
	screen   bool
	files    pinFiles
	confined confinement.Report
}

// pinFiles are what the owner's PIN is set from where nobody uses the trusted
// screen. They are read at the start, before files are out of reach.
type pinFiles struct{ fresh, old, phrase []byte }

func readPINFiles(s *settings) (f pinFiles, err error) {
	for _, one := range []struct {
		name string
		into *[]byte
	}{{s.newPIN, &f.fresh}, {s.oldPIN, &f.old}, {s.phrase, &f.phrase}} {
		if one.name == "" {
			continue
		}
		text, err := os.ReadFile(one.name)
		if err != nil {
			return pinFiles{}, fmt.Errorf("read the owner's PIN: %w", err)
		}
		*one.into = bytes.TrimRight(text, "\r\n")
	}
	return f, nil
}

// Describe says what the trusted application is and has.
func (d *desk) Describe(ctx context.Context) (commands.Description, error) {
	has, err := d.owner.HasPIN()
	if err != nil { // scan payments go on without it
		d.log.ErrorContext(ctx, "the owner's PIN cannot be read", "error", err.Error())
	}
	c := commands.Description{Sensor: d.sensor != nil, Screen: d.screen, PIN: has, Unlocked: d.owner.Unlocked(), Confined: d.confined.Applied, Unconfined: d.confined.Missing}
	c.Authority = d.settings.authority
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.papers != nil {
		now := d.papers.Current()
		if c.Authority == "" {
			c.Authority = now.AuthorityURL
		}
		c.Enrolled, c.Subject, c.Expires = true, now.Subject, now.Claims.Expires.Time()
	}
	return c, nil
}

// Query asks settlement.
func (d *desk) Query(ctx context.Context, question *protocol.Signed[protocol.Query]) (*protocol.Signed[protocol.Outcome], error) {
	_, client, err := d.services()
	if err != nil {
		return nil, err
	}
	answer, err := query(ctx, client, question)
	if err != nil {
		return nil, err
	}
	a, err := d.Application()
	if err != nil {
		return nil, err
	}
	// It is settled next, and may be from before settlement renewed its certificate.
	certificate, err := client.SignedUnder(ctx, answer.Unverified().Signer)
	if err != nil {
		return nil, err
	}
	return answer, a.KnowSettlement(certificate)
}

// Enrol is step 1. It may be interrupted and run again.
func (d *desk) Enrol(ctx context.Context, code string, byHash bool) (commands.Enrolled, error) {
	o := d.options()
	o.Code, o.Role, o.ByHash = code, protocol.RoleWallet, byHash
	c, err := enrolment.Enrol(ctx, over(d.unit), o)
	if err != nil {
		return commands.Enrolled{}, err
	}
	if err := d.take(c); err != nil {
		return commands.Enrolled{}, err
	}
	done := commands.Enrolled{Subject: c.Subject, Authority: c.Anchor.Authority, Expires: c.Claims.Expires.Time()}
	d.log.InfoContext(ctx, "wallet enrolled", "subject", string(done.Subject), "authority", string(done.Authority), "expires", done.Expires)
	if d.settings.settlement != "" {
		if err := d.Deposit(ctx); err != nil {
			d.log.WarnContext(ctx, "sealed template not handed to settlement yet", "error", err.Error()) // run and account add do it
		}
	}
	return done, nil
}

// Register registers an account to this phone's key (claim 2 step F).
func (d *desk) Register(ctx context.Context, number protocol.Account, activation string) (trusted.Account, int, error) {
	if err := d.Deposit(ctx); err != nil {
		return trusted.Account{}, 0, fmt.Errorf("hand in the sealed template: %w", err)
	}
	a, err := d.Application()
	if err != nil {
		return trusted.Account{}, 0, err
	}
	info, err := d.change(ctx, a, number, activation)
	if err != nil {
		return trusted.Account{}, 0, err
	}
	if err := a.Registered(ctx, number, info); err != nil {
		return trusted.Account{}, 0, err
	}
	all, err := a.Accounts(ctx)
	return trusted.Account{Kind: info.Kind, Currency: info.Currency, Ending: trusted.Ending(number)}, len(all), err
}

// Unregister takes an account off this phone's key.
func (d *desk) Unregister(ctx context.Context, number protocol.Account) error {
	a, err := d.Application()
	if err != nil {
		return err
	}
	if _, err := d.change(ctx, a, number, ""); err != nil {
		return err
	}
	return a.Removed(ctx, number)
}

// change has settlement register the account, or remove it without an activation
// code.
func (d *desk) change(ctx context.Context, a *trusted.Application, number protocol.Account, activation string) (protocol.AccountInfo, error) {
	_, client, err := d.services()
	if err != nil {
		return protocol.AccountInfo{}, err
	}
	signed, err := a.Registration(number, activation)
	if err != nil {
		return protocol.AccountInfo{}, err
	}
	return client.RegisterAccount(ctx, signed)
}

// Deposit hands settlement the sealed template of a wallet that was enrolled by
// hash, once.
func (d *phone) Deposit(ctx context.Context) error {
	_, client, err := d.services()
	if err != nil {
		return err
	}
	deposit, err := enrolment.PendingDeposit(over(d.unit))
	if err != nil || deposit == nil {
		return err
	}
	if err := client.DepositTemplate(ctx, deposit); err != nil {
		return err
	}
	d.log.InfoContext(ctx, "sealed template handed to settlement")
	return enrolment.DepositDelivered(ctx, over(d.unit))
}

// SetPIN sets the owner's PIN from the files that were named at the start, or asks
// for it on the trusted screen.
func (d *desk) SetPIN(ctx context.Context) error {
	if d.files.fresh == nil {
		err := d.owner.SetUp(ctx)
		if errors.Is(err, trusted.ErrNoScreen) {
			return program.Usagef("pin set needs --new-file, or --screen for the trusted screen")
		}
		return err
	}
	var mark trusted.Mark
	if d.files.phrase != nil {
		mark = trusted.NewMark()
		mark.Phrase = string(d.files.phrase)
	}
	has, err := d.owner.HasPIN()
	switch {
	case err != nil:
		return err
	case !has:
		if mark == (trusted.Mark{}) {
			mark = trusted.NewMark()
		}
		return d.owner.SetFirst(ctx, d.files.fresh, mark)
	case d.files.old == nil:
		return fmt.Errorf("%w: name the present one with --old-file", trusted.ErrPINSet)
	}
	return d.owner.Change(ctx, d.files.old, d.files.fresh, mark)
}

var _ commands.Services = (*desk)(nil)
