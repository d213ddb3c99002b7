package clearing

import (
	"errors"
	"fmt"

	"countersign/protocol"
)

// Limits bound what a terminal takes on trust. Amounts are minor units of its one
// currency.
type Limits struct {
	// Tap is the most that one tap may be.
	Tap protocol.Amount
	// Card is the most that taps of one wallet may come to before settlement has
	// answered.
	Card protocol.Amount
	// Count and Sum are how many taps, of all wallets, and how much.
	Count int
	Sum   protocol.Sum
}

// Errors of Admit and AdmitCard.
var (
	ErrTap      = errors.New("more than one tap may be")
	ErrCard     = errors.New("settlement has not answered about enough of this wallet's taps")
	ErrTerminal = errors.New("settlement has not answered about enough of this terminal's taps")
)

// Unsent is what settlement has not answered about.
type Unsent struct {
	Count int
	Sum   protocol.Sum
}

// Admit says whether a tap may be offered at all. Errors: ErrTap, ErrTerminal.
func (q *Queue) Admit(amount protocol.Amount) error {
	if amount > q.Limits.Tap {
		return fmt.Errorf("%w: %d of %d", ErrTap, amount, q.Limits.Tap)
	}
	u := q.Unsent()
	if u.Count >= q.Limits.Count || u.Sum+protocol.Sum(amount) > q.Limits.Sum {
		return fmt.Errorf("%w: %d taps, %d", ErrTerminal, u.Count, u.Sum)
	}
	return nil
}

// AdmitCard says whether a card may pay an amount. Errors: ErrCard and those of
// Admit.
func (q *Queue) AdmitCard(card protocol.CardMark, amount protocol.Amount) error {
	if err := q.Admit(amount); err != nil {
		return err
	}
	var sum protocol.Sum
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, i := range q.items {
		if i.Card == card {
			sum += protocol.Sum(i.Amount)
		}
	}
	if sum+protocol.Sum(amount) > protocol.Sum(q.Limits.Card) {
		return fmt.Errorf("%w: %d", ErrCard, sum)
	}
	return nil
}

// Unsent returns what settlement has not answered about and somebody owes: what was
// given up is none of it.
func (q *Queue) Unsent() (u Unsent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, i := range q.items {
		if i.Amount != 0 {
			u.Count++
			u.Sum += protocol.Sum(i.Amount)
		}
	}
	return u
}
