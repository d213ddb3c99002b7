package purse

import (
	"context"
	"maps"
	"time"

	"countersign/protocol"
)

const (
	// askFor is how long the owner has to answer.
	askFor = time.Minute
	// answerFor is how long the answer holds: within it the terminal is tapped again.
	answerFor = time.Minute
)

// wish is what the owner is asked to confirm: a terminal's code and an amount, in the
// card's currency.
type wish struct {
	sale   code
	amount protocol.Amount
}

// verdict is what the owner said, and until when it holds.
type verdict struct {
	said  word
	until time.Time
}

type word uint8

const (
	nothing word = iota
	agreed
	refused
)

// verdict returns what the owner said to a wish. The caller has the lock.
func (p *Purse) verdict(w wish, now time.Time) word {
	maps.DeleteFunc(p.confirmed, func(_ wish, v verdict) bool {
		return now.After(v.until) || v.until.Sub(now) > answerFor // a clock set back must not stretch it
	})
	return p.confirmed[w].said
}

// ask has the trusted screen show a question, and returns at once. One is shown at a
// time, and none takes another's place under the owner's finger: ask then returns
// false, unless it is the same. The caller has the lock.
func (p *Purse) ask(w wish, shop string, currency protocol.Currency, now time.Time) bool {
	if p.asking != nil {
		return *p.asking == w
	}
	p.asking = &w
	q := Question{About: AboutTap, Amount: w.amount, Currency: currency, Shop: shop, Until: now.Add(askFor)}
	p.prompted.Go(func() {
		ctx, cancel := context.WithTimeout(p.prompts, askFor)
		defer cancel()
		yes, err := p.o.Owner.Confirm(ctx, q)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asking = nil
		if p.closed {
			return
		}
		switch {
		case err != nil:
			p.o.Log.InfoContext(ctx, "no answer on the trusted screen", "err", err)
		case yes:
			p.confirmed[w] = verdict{agreed, p.o.Clock().Add(answerFor)}
			p.o.Display(Event{Kind: ShowTapAgain, Amount: w.amount, Currency: currency, Other: shop, Balance: p.state.balance()})
		default:
			p.confirmed[w] = verdict{refused, p.o.Clock().Add(answerFor)}
		}
	})
	return true
}

// OwnerVerified says that the owner has entered the PIN: taps without confirmation are
// counted anew.
func (p *Purse) OwnerVerified(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if p.state.Unconfirmed == 0 {
		return nil
	}
	next := p.state
	next.Unconfirmed, next.UnconfirmedSum = 0, 0
	return p.commit(ctx, opOwner, &change{state: next})
}
