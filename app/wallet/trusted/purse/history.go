package purse

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
)

// maxHistory bounds the entries that are kept for the owner's screen.
const maxHistory = 256

// Kind is what an entry of the history is about.
type Kind string

// The kinds.
const (
	Paid        Kind = "paid"        // a tap was deducted
	Loaded      Kind = "loaded"      // topped up from the card's account
	Received    Kind = "received"    // loaded what waited: transfers, and taps given back
	Transferred Kind = "transferred" // sent to another card
)

// Ending is how a transfer ended; empty for whatever else, and until it is known.
type Ending string

// The endings.
const (
	Delivered Ending = "made"     // it waits for the other card
	Returned  Ending = "returned" // it could not be delivered, and waits for this card
	Conflict  Ending = "conflict" // settlement takes it for fraud
)

// Entry is one line of the owner's history.
type Entry struct {
	_      struct{} `cbor:",toarray"`
	Number uint64
	Kind   Kind
	Amount protocol.Amount
	// Other is the shop's name, or the last four digits of a transfer's receiver.
	Other  string
	At     protocol.Time
	Ending Ending
	// Counter is the deduction's; 0 for loads.
	Counter uint64
}

func (e Entry) write(tx *store.Tx) error {
	raw, err := encode(e)
	if err != nil {
		return err
	}
	return tx.Put(store.History, number(e.Number), raw)
}

// withEntry returns a history with an entry added, or put in its own place.
func withEntry(history []Entry, e Entry) []Entry {
	for i, have := range history {
		if have.Number == e.Number {
			history = slices.Clone(history)
			history[i] = e
			return history
		}
	}
	if len(history) > 0 && e.Number < history[0].Number {
		return history // it was forgotten meanwhile
	}
	return append(history[:len(history):len(history)], e)
}

// bounds are the numbers of the first entry and of the one after the last.
func bounds(history []Entry, next uint64) (first, after uint64) {
	if len(history) == 0 {
		return next, next
	}
	return history[0].Number, history[len(history)-1].Number + 1
}

func readHistory(tx *store.Tx, s *state) (history []Entry, err error) {
	next := s.First
	err = tx.All(store.History, func(key, value []byte) error {
		var e Entry
		if err := decode(value, &e); err != nil {
			return err
		}
		if len(key) != 8 || binary.BigEndian.Uint64(key) != e.Number || e.Number != next {
			return fmt.Errorf("%w: entry %d of the history in the place of %d", ErrDamaged, e.Number, next)
		}
		next++
		history = append(history, e)
		return nil
	})
	if err == nil && next != s.Next {
		err = fmt.Errorf("%w: the history ends before entry %d", ErrDamaged, s.Next)
	}
	return history, err
}

// entry is a new entry.
func (s *state) entry(kind Kind, amount protocol.Amount, other string, at time.Time) Entry {
	return Entry{Number: s.Next, Kind: kind, Amount: amount, Other: other, At: protocol.At(at)}
}

// History lists the entries that are kept, newest first, at most 256.
func (p *Purse) History() []Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	history := slices.Clone(p.history)
	slices.Reverse(history)
	return history
}
