package cardservice

import (
	"context"
	"errors"
	"fmt"
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

// ApplyCard applies for a virtual card, or renews it (step S1), once the owner has
// unlocked the wallet. A card that is of no more use gives way to another one on the same
// phone, once the owner has agreed with the PIN on the trusted screen; until the other
// one is there it stays what it is.
func (s *Service) ApplyCard(ctx context.Context, account int) error {
	before, why, err := s.useless(ctx)
	if before.Card && why != nil {
		// The block may have been lifted, and what is not settled is handed in.
		if err := s.RefreshCard(ctx); errors.Is(err, commands.ErrCardWaits) {
			return err
		}
		before, why, err = s.useless(ctx)
	}
	if err != nil {
		return err
	}
	client, err := s.o.Settlement()
	if err != nil {
		return err
	}
	number, currency, err := s.o.Account(account)
	if err != nil {
		return err
	}
	if why != nil {
		err = s.askReplace(ctx, before)
	} else {
		err = s.present(ctx)
	}
	if err != nil {
		return err
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	asked := why != nil
	switch before, why, err = s.useless(ctx); { // again: time has passed
	case err != nil:
		return err
	case why != nil && !asked:
		return why
	case why != nil:
		return s.replace(ctx, client, before, number, currency)
	case asked:
		return nil // settlement has lifted the block, or another call was first
	}
	p, err := s.Purse(ctx)
	if err != nil {
		return err
	}
	application, err := p.Apply(ctx, number, currency)
	if err != nil {
		return err
	}
	return send(ctx, p, client, application)
}

// send sends an application and keeps the card.
func send(ctx context.Context, p *purse.Purse, client Settlement, asked *protocol.Signed[protocol.CardApplication]) error {
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

// LoadCard tops the card up (step S1): from its account once the owner has unlocked the
// wallet; what waits for it is the card's already.
func (s *Service) LoadCard(ctx context.Context, amount protocol.Amount, waiting bool) error {
	p, client, err := s.bank(ctx)
	if err != nil {
		return err
	}
	if !waiting {
		if err := s.present(ctx); err != nil {
			return err
		}
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	asked, err := p.BeginLoad(ctx, amount, waiting)
	if err != nil {
		return err
	}
	return load(ctx, p, client, asked)
}

func load(ctx context.Context, p *purse.Purse, client Settlement, asked *protocol.Signed[protocol.LoadRequest]) error {
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
func (s *Service) TransferCard(ctx context.Context, to protocol.CardNumber, amount protocol.Amount) error {
	p, client, err := s.bank(ctx)
	if err != nil {
		return err
	}
	sent, err := p.Transfer(ctx, to, amount)
	if err != nil {
		return err
	}
	s.sending.Lock()
	defer s.sending.Unlock()
	return transfer(ctx, p, client, sent)
}

func transfer(ctx context.Context, p *purse.Purse, client Settlement, sent *protocol.Signed[protocol.Transfer]) error {
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
func (s *Service) RefreshCard(ctx context.Context) error {
	p, client, err := s.bank(ctx)
	if err != nil {
		return err
	}
	return refresh(ctx, p, client)
}

func refresh(ctx context.Context, p *purse.Purse, client Settlement) error {
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
func knowSigner(ctx context.Context, p *purse.Purse, client Settlement, mark [8]byte) error {
	certificate, err := client.SignedUnder(ctx, mark)
	if err != nil {
		return cause(err)
	}
	return p.KnowSettlement(certificate)
}

// bank is the purse and settlement.
func (s *Service) bank(ctx context.Context) (*purse.Purse, Settlement, error) {
	p, err := s.Purse(ctx)
	if err != nil {
		return nil, nil, err
	}
	client, err := s.o.Settlement()
	return p, client, err
}

// Maintain sends what has no answer yet, and asks how the card stands, until ctx
// ends.
func (s *Service) Maintain(ctx context.Context) {
	for wait := sendFirst; ; {
		err := s.SendWaiting(ctx)
		pause := stateEvery
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, purse.ErrNoCard):
		case err != nil:
			pause, wait = wait, min(2*wait, sendMost)
			s.o.Log.WarnContext(ctx, "the card is not up to date with settlement", "again_in", pause.String(), "error", err.Error())
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

// SendWaiting sends what has no answer yet, and asks how the card stands.
func (s *Service) SendWaiting(ctx context.Context) error {
	_, failed := s.Purse(ctx) // a new card may be on its way where this one cannot be opened
	client, err := s.o.Settlement()
	if err != nil {
		return errors.Join(failed, err)
	}
	replaced := s.locked(func() error { return s.repeatNext(ctx, client) })
	p, err := s.Purse(ctx)
	if err != nil {
		return errors.Join(replaced, err)
	}
	// What cannot be ended now must not keep the wallet from hearing how its card stands.
	repeated := s.locked(func() error { return errors.Join(s.repeat(ctx, p, client), s.handIn(ctx, client)) })
	return errors.Join(replaced, repeated, s.RefreshCard(ctx))
}

// locked does something while nothing else is sent.
func (s *Service) locked(do func() error) error {
	s.sending.Lock()
	defer s.sending.Unlock()
	return do()
}

// repeat sends what has no answer yet of the card that is used. The caller has sending.
func (s *Service) repeat(ctx context.Context, p *purse.Purse, client Settlement) error {
	var errs []error
	if v := p.View(); !v.Blocked && !v.RolledBack {
		asked, err := p.PendingApplication(ctx)
		if err == nil && asked != nil {
			err = send(ctx, p, client, asked)
		}
		errs = append(errs, err)
	}
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
