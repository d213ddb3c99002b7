package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"countersign/app/wallet/trusted/commands"
	"countersign/app/wallet/trusted/purse"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient"
)

// This file is step S1 with settlement: applications, loads and transfers are kept by
// the purse before they are sent, and sent until they have an answer.

// The pauses between two tries to reach settlement, and how long it is before it is
// asked again how the card stands.
const (
	sendFirst  = time.Second
	sendMost   = time.Minute
	stateEvery = 10 * time.Minute
)

// ApplyCard applies for a virtual card (step S1).
func (d *cards) ApplyCard(ctx context.Context, account int) error {
	a, err := d.Application()
	if err != nil {
		return err
	}
	number, currency, err := a.AccountNumber(account)
	if err != nil {
		return err
	}
	p, err := d.Purse(ctx)
	if err != nil {
		return err
	}
	_, client, err := d.services()
	if err != nil {
		return err
	}
	d.sending.Lock()
	defer d.sending.Unlock()
	asked, err := p.Apply(ctx, number, currency)
	if err != nil {
		return err
	}
	answer, err := client.ApplyCard(ctx, asked)
	if err != nil {
		if refused(err) {
			return errors.Join(cause(err), p.ApplicationRefused(ctx, asked.Unverified().Key))
		}
		return cause(err)
	}
	_, err = p.AcceptCard(ctx, answer.Signed)
	return err
}

// LoadCard tops the card up (step S1).
func (d *cards) LoadCard(ctx context.Context, amount protocol.Amount, waiting bool) error {
	p, client, err := d.bank(ctx)
	if err != nil {
		return err
	}
	d.sending.Lock()
	defer d.sending.Unlock()
	asked, err := p.BeginLoad(ctx, amount, waiting)
	if err != nil {
		return err
	}
	return load(ctx, p, client, asked)
}

func load(ctx context.Context, p *purse.Purse, client *settlementclient.Client, asked *protocol.Signed[protocol.LoadRequest]) error {
	answer, err := client.Load(ctx, asked)
	if err != nil {
		if refused(err) {
			return errors.Join(cause(err), p.LoadRefused(ctx, asked.Hash()))
		}
		return cause(err)
	}
	if err := knowSigner(ctx, p, client, answer.Load.Signer); err != nil {
		return err
	}
	_, err = p.AcceptLoad(ctx, answer.Signed)
	return err
}

// TransferCard gives money to another card, once the owner has agreed (step S1).
func (d *cards) TransferCard(ctx context.Context, to protocol.CardNumber, amount protocol.Amount) error {
	p, client, err := d.bank(ctx)
	if err != nil {
		return err
	}
	sent, err := p.Transfer(ctx, to, amount)
	if err != nil {
		return err
	}
	d.sending.Lock()
	defer d.sending.Unlock()
	return transfer(ctx, p, client, sent)
}

func transfer(ctx context.Context, p *purse.Purse, client *settlementclient.Client, sent *protocol.Signed[protocol.Transfer]) error {
	answer, err := client.Transfer(ctx, sent)
	if err != nil {
		return cause(err) // it was deducted: it is sent until there is a receipt
	}
	if err := knowSigner(ctx, p, client, answer.Receipt.Signer); err != nil {
		return err
	}
	receipt, err := p.AcceptReceipt(ctx, answer.Signed)
	if errors.Is(err, purse.ErrNotWaiting) {
		return nil // a repeat had the receipt first
	}
	if err == nil && receipt.Result != protocol.TransferMade {
		err = fmt.Errorf("%w: the transfer was %v", commands.ErrCardRefused, receipt.Result)
	}
	return err
}

// RefreshCard asks settlement how the card stands.
func (d *cards) RefreshCard(ctx context.Context) error {
	p, client, err := d.bank(ctx)
	if err != nil {
		return err
	}
	asked, err := p.Question(ctx)
	if err != nil {
		return err
	}
	answer, err := client.CardState(ctx, asked)
	if err != nil {
		return cause(err)
	}
	if err := knowSigner(ctx, p, client, answer.State.Signer); err != nil {
		return err
	}
	_, err = p.AcceptState(ctx, answer.Signed)
	return err
}

// knowSigner tells the purse of the certificate that an answer is signed under: a
// repeated one may be from before settlement renewed it.
func knowSigner(ctx context.Context, p *purse.Purse, client *settlementclient.Client, mark [8]byte) error {
	certificate, err := client.SignedUnder(ctx, mark)
	if err != nil {
		return cause(err)
	}
	return p.KnowSettlement(certificate)
}

// bank is the purse and settlement.
func (d *cards) bank(ctx context.Context) (*purse.Purse, *settlementclient.Client, error) {
	p, err := d.Purse(ctx)
	if err != nil {
		return nil, nil, err
	}
	_, client, err := d.services()
	return p, client, err
}

// run tells the client what happens to the card, and keeps it up to date with
// settlement if it is to, until ctx ends.
func (d *cards) run(ctx context.Context, maintain bool, emit func(ctx context.Context, kind uint32, data []byte) error) {
	var all sync.WaitGroup
	all.Go(func() { d.tell(ctx, emit) })
	if maintain {
		all.Go(func() { d.maintain(ctx) })
	}
	all.Wait()
}

// maintain sends what has no answer yet, and asks how the card stands, until ctx
// ends.
func (d *cards) maintain(ctx context.Context) {
	select {
	case <-d.enrolled:
	case <-ctx.Done():
		return
	}
	for wait := sendFirst; ; {
		err := d.sendWaiting(ctx)
		pause := stateEvery
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, purse.ErrNoCard):
		case err != nil:
			pause, wait = wait, min(2*wait, sendMost)
			d.log.WarnContext(ctx, "the card is not up to date with settlement", "again_in", pause.String(), "error", err.Error())
		default:
			wait = sendFirst
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// sendWaiting sends what has no answer yet.
func (d *cards) sendWaiting(ctx context.Context) error {
	p, client, err := d.bank(ctx)
	if err != nil {
		return err
	}
	// What cannot be ended now must not keep the wallet from hearing how its card stands.
	return errors.Join(d.repeat(ctx, p, client), d.RefreshCard(ctx))
}

func (d *cards) repeat(ctx context.Context, p *purse.Purse, client *settlementclient.Client) error {
	d.sending.Lock()
	defer d.sending.Unlock()
	var errs []error
	if asked := p.PendingLoad(); asked != nil {
		errs = append(errs, load(ctx, p, client, asked))
	}
	for _, sent := range p.Transfers() {
		errs = append(errs, transfer(ctx, p, client, sent))
	}
	return errors.Join(errs...)
}

// refused says that settlement has refused for good.
func refused(err error) bool { return errors.Is(err, settlementclient.ErrRefused) }

// cause names an error of settlement's for the client.
func cause(err error) error {
	var p *problem.Problem
	switch {
	case refused(err) && errors.As(err, &p) && p.Code == problem.Funds:
		return fmt.Errorf("%w: %w: %w", commands.ErrCardRefused, purse.ErrFunds, err)
	case refused(err) && errors.As(err, &p) && p.Code == problem.Ceiling:
		return fmt.Errorf("%w: %w: %w", commands.ErrCardRefused, purse.ErrCeiling, err)
	case refused(err):
		return fmt.Errorf("%w: %w", commands.ErrCardRefused, err)
	}
	return fmt.Errorf("%w: %w", commands.ErrCardWaits, err)
}
