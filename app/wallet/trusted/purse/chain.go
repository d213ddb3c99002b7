package purse

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
)

// keepSettled is how many deductions are kept after they were settled, whatever their
// age: a terminal that never had the answer may ask for it late, be it that settlement's
// operator has closed the deduction meanwhile, and must not be told that there was none.
const keepSettled = 64

// link is one deduction of the chain.
type link struct {
	counter  uint64
	hash     protocol.Hash
	previous protocol.Hash
	amount   protocol.Amount
	// result is what a tap's was answered with, of its terminal and code; transfer is
	// the other kind. One of them is nil.
	result   *protocol.Signed[protocol.TapResult]
	transfer *protocol.Signed[protocol.Transfer]
	record   kept
}

// code is what a terminal names a sale by.
type code struct {
	terminal protocol.ID
	scramble protocol.Code
}

func (l *link) code() code {
	r := l.result.Unverified()
	return code{r.Terminal, r.Scramble}
}

func (l *link) write(tx *store.Tx) error {
	raw, err := encode(l.record)
	if err != nil {
		return err
	}
	return tx.Put(store.Kept, number(l.counter), raw)
}

// newLink reads a record of the chain.
func newLink(record kept) (*link, error) {
	if record.Transfer {
		t, err := protocol.Parse[protocol.Transfer](record.Message)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		of := t.Unverified()
		return &link{counter: of.Counter, hash: t.Hash(), previous: of.Previous, amount: of.Amount, transfer: t, record: record}, nil
	}
	r, err := protocol.Parse[protocol.TapResult](record.Message)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	of := r.Unverified()
	if of.Status != protocol.TapDeducted || record.Receipt != receiptNone {
		return nil, fmt.Errorf("%w: deduction %d", ErrDamaged, of.Counter)
	}
	return &link{counter: of.Counter, hash: r.Hash(), previous: *of.Previous, amount: of.Amount, result: r, record: record}, nil
}

// chain is what is kept of the card's deductions, by ascending counter. It is never
// changed: grown and without return another.
type chain struct {
	links []*link
	codes map[code]*link
}

// readChain reads the chain and holds it against the state: counters without a gap,
// each naming the one before, sums that add up.
func readChain(tx *store.Tx, s *state) (chain, error) {
	c := chain{codes: map[code]*link{}}
	counter, head, sum := s.Dropped, s.Base, s.Before
	err := tx.All(store.Kept, func(key, value []byte) error {
		var record kept
		if err := decode(value, &record); err != nil {
			return err
		}
		l, err := newLink(record)
		if err != nil {
			return err
		}
		if len(key) != 8 || binary.BigEndian.Uint64(key) != l.counter || l.counter != counter+1 || l.previous != head {
			return fmt.Errorf("%w: deduction %d does not follow %d", ErrDamaged, l.counter, counter)
		}
		counter, head, sum = l.counter, l.hash, sum+protocol.Sum(l.amount)
		c.links = append(c.links, l)
		if l.result != nil {
			if c.codes[l.code()] != nil {
				return fmt.Errorf("%w: deduction %d was made before", ErrDamaged, l.counter)
			}
			c.codes[l.code()] = l
		}
		return nil
	})
	if err == nil && (counter != s.Counter || head != s.Head || sum != s.Deducted) {
		err = fmt.Errorf("%w: the chain ends at deduction %d, not at %d", ErrDamaged, counter, s.Counter)
	}
	return c, err
}

// grown returns the chain with one more link, or with one in another's place.
func (c chain) grown(add, put *link) chain {
	if add == nil && put == nil {
		return c
	}
	next := chain{links: slices.Clone(c.links), codes: c.codes}
	if add != nil {
		next.links = append(next.links, add)
	}
	if add != nil && add.result != nil {
		next.codes = maps.Clone(c.codes)
		next.codes[add.code()] = add
	}
	for i, l := range next.links {
		if put != nil && l.counter == put.counter {
			next.links[i] = put // a transfer, which no code names
		}
	}
	return next
}

// without drops the oldest deductions that were settled and need not be repeated any
// more, and says so in the state. It returns their counters.
func (c chain) without(s *state) (chain, []uint64) {
	settled := 0 // links that settlement has settled
	for settled < len(c.links) && c.links[settled].counter <= s.Cleared && c.links[settled].over() {
		settled++
	}
	var dropped []uint64
	for n := 0; n < settled; n++ {
		l := c.links[n]
		if settled-n <= keepSettled {
			break
		}
		dropped = append(dropped, l.counter)
		s.Dropped, s.Base, s.Before = l.counter, l.hash, s.Before+protocol.Sum(l.amount)
	}
	if dropped == nil {
		return c, nil
	}
	next := chain{links: c.links[len(dropped):], codes: maps.Clone(c.codes)}
	for _, l := range c.links[:len(dropped)] {
		if l.result != nil {
			delete(next.codes, l.code())
		}
	}
	return next, dropped
}

// over says whether nobody waits for a link's answer: for a transfer's receipt.
func (l *link) over() bool { return l.transfer == nil || l.record.Receipt != receiptNone }

// unsettled counts the links that settlement has not settled.
func (c chain) unsettled(cleared uint64) (n int) {
	for _, l := range c.links {
		if l.counter > cleared {
			n++
		}
	}
	return n
}
