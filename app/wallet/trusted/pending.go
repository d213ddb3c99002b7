package trusted

import (
	"context"
	"encoding/hex"
	"encoding/json"
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
	// Until is the end of the request's life.
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
		Amount: o.Amount, Currency: o.Currency, Since: a.now().UTC(), Until: o.Until,
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
		data, err := a.unit.Load(label)
		if a.unit.Missing(err) {
			continue // settled since it was listed
		}
		if err != nil {
			return nil, fmt.Errorf("pending payments: %w", err)
		}
		var p Pending
		if err := json.Unmarshal(data, &p); err != nil {
			return nil, fmt.Errorf("pending payments: %w", err)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Pending) int { return a.Since.Compare(b.Since) })
	return all, nil
}

// Question signs the message that asks settlement how a pending payment ended.
func (a *Application) Question(ctx context.Context, request protocol.Hash) (*protocol.Signed[protocol.Query], error) {
	p, err := a.pending(ctx, request)
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
func (a *Application) Settle(ctx context.Context, o *protocol.Signed[protocol.Outcome]) (protocol.Outcome, Pending, error) {
	p, err := a.pending(ctx, o.Unverified().Request)
	if err != nil {
		return protocol.Outcome{}, Pending{}, err
	}
	server := a.identity.Settlement()
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
	return outcome, p, a.unit.Delete(pendingLabel(p.Request))
}

// GiveUp takes a payment off the pending ones that settlement has never seen and
// would now refuse as too late. The caller has settlement's word for the first.
func (a *Application) GiveUp(ctx context.Context, request protocol.Hash) error {
	p, err := a.pending(ctx, request)
	if err != nil {
		return err
	}
	if !p.TooLate(a.now()) {
		return fmt.Errorf("%w: it may still be charged", ErrNotPending)
	}
	return a.unit.Delete(pendingLabel(request))
}

func (a *Application) pending(ctx context.Context, request protocol.Hash) (Pending, error) {
	all, err := a.Pending(ctx)
	if err != nil {
		return Pending{}, err
	}
	for _, p := range all {
		if p.Request == request {
			return p, nil
		}
	}
	return Pending{}, ErrNotPending
}

func pendingLabel(request protocol.Hash) string {
	return prefixPending + hex.EncodeToString(request[:])
}
