package trusted

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/protocol"
)

// prefixPending begins the label of a pending payment in the secure unit.
const prefixPending = "wallet pending "

// Pending is a payment whose code was made and whose outcome is not verified
// yet: do not pay again.
type Pending struct {
	Request  protocol.Hash     `json:"request"`
	Payment  protocol.Hash     `json:"payment"`
	Scramble protocol.Code     `json:"scramble"`
	Shop     string            `json:"shop"`
	Amount   protocol.Amount   `json:"amount"`
	Currency protocol.Currency `json:"currency"`
	Since    time.Time         `json:"since"`
	// Until is the end of the request's life, by the terminal's clock.
	Until time.Time `json:"until"`
}

// TooLate says whether settlement would refuse the payment by now if it has not
// seen it: its own deadline, and as much again for clocks that differ.
func (p Pending) TooLate(now time.Time) bool {
	return now.After(p.Until.Add(protocol.Grace + protocol.MaxSkew))
}

func (a *Application) remember(ctx context.Context, o Offer, scramble protocol.Code, payment protocol.Hash) error {
	data, err := json.Marshal(Pending{
		Request: o.Request, Payment: payment, Scramble: scramble, Shop: o.Shop,
		Amount: o.Amount, Currency: o.Currency, Since: a.now().UTC(), Until: o.ends,
	})
	if err != nil {
		return err
	}
	if err := a.unit.Store(ctx, pendingLabel(o.Request), data); err != nil {
		return fmt.Errorf("remember the payment: %w", err)
	}
	return nil
}

// Pending lists the pending payments, oldest first.
func (a *Application) Pending(context.Context) ([]Pending, error) {
	labels, err := a.unit.List(prefixPending)
	if err != nil {
		return nil, fmt.Errorf("pending payments: %w", err)
	}
	all := make([]Pending, 0, len(labels))
	for _, label := range labels {
		p, err := a.pendingAt(label)
		if errors.Is(err, ErrNotPending) {
			continue // settled since it was listed
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Pending) int { return a.Since.Compare(b.Since) })
	return all, nil
}

// Question signs the message that asks settlement how a pending payment ended.
func (a *Application) Question(_ context.Context, request protocol.Hash) (*protocol.Signed[protocol.Query], error) {
	p, err := a.pending(request)
	if err != nil {
		return nil, err
	}
	signer, err := a.unit.Signer()
	if err != nil {
		return nil, err
	}
	return protocol.Sign(signer, protocol.Query{
		Request: p.Request, Payment: p.Payment, Amount: p.Amount, Currency: p.Currency,
		Scramble: p.Scramble, Sent: protocol.At(a.now()),
	})
}

// Settle verifies settlement's outcome, from the terminal's screen or from
// settlement itself, and takes the payment off the pending ones. An outcome
// about no pending payment fails with ErrNotPending, one that is not final
// changes nothing.
func (a *Application) Settle(_ context.Context, o *protocol.Signed[protocol.Outcome]) (protocol.Outcome, Pending, error) {
	p, err := a.pending(o.Unverified().Request)
	if err != nil {
		return protocol.Outcome{}, Pending{}, err
	}
	server := a.signedUnder(o.Unverified().Signer)
	if server == nil {
		return protocol.Outcome{}, p, ErrNoSettlement
	}
	outcome, err := protocol.VerifyOutcome(o, server, p.Request, p.Payment, a.identity.Trust(), a.now())
	if err != nil {
		return protocol.Outcome{}, p, err
	}
	if outcome.Amount != p.Amount || outcome.Currency != p.Currency {
		return protocol.Outcome{}, p, protocol.ErrOtherAmount
	}
	if !outcome.Result.Final() {
		return outcome, p, nil
	}
	return outcome, p, a.forget(p.Request)
}

// GiveUp takes a payment off the pending ones that settlement has never seen and
// would now refuse as too late (else ErrTooEarly). The caller has settlement's
// word for the first.
func (a *Application) GiveUp(_ context.Context, request protocol.Hash) error {
	p, err := a.pending(request)
	if err != nil {
		return err
	}
	if !p.TooLate(a.now()) {
		return ErrTooEarly
	}
	return a.forget(request)
}

// forget takes a payment off the pending ones; that another call has just done so
// is no error.
func (a *Application) forget(request protocol.Hash) error {
	if err := a.unit.Delete(pendingLabel(request)); err != nil && !a.unit.Missing(err) {
		return fmt.Errorf("forget a settled payment: %w", err)
	}
	return nil
}

func (a *Application) pending(request protocol.Hash) (Pending, error) {
	return a.pendingAt(pendingLabel(request))
}

func (a *Application) pendingAt(label string) (Pending, error) {
	data, err := a.unit.Load(label)
	switch {
	case a.unit.Missing(err):
		return Pending{}, ErrNotPending
	case err != nil:
		return Pending{}, fmt.Errorf("pending payment: %w", err)
	}
	var p Pending
	if err := json.Unmarshal(data, &p); err != nil {
		return Pending{}, fmt.Errorf("pending payment: %w", err)
	}
	return p, nil
}

func pendingLabel(request protocol.Hash) string {
	return prefixPending + hex.EncodeToString(request[:])
}
