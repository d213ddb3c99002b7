package purse

import (
	"context"

	"countersign/app/wallet/trusted/store"
	"countersign/protocol"
)

// keyState is where the state is kept.
var keyState = []byte("state")

// operation is what is written in one transaction.
type operation string

// The operations.
const (
	opApply    operation = "apply"
	opCard     operation = "card"
	opRequest  operation = "request"
	opLoad     operation = "load"
	opRefused  operation = "refused"
	opDeduct   operation = "deduct"
	opTransfer operation = "transfer"
	opReceipt  operation = "receipt"
	opBurn     operation = "burn"
	opState    operation = "state"
	opOwner    operation = "owner"
	opClock    operation = "clock"
)

// The stages of an operation at which Options.FailPoint is called.
const (
	stageBefore  = "before"  // decided and signed, nothing written
	stageWritten = "written" // on the disk, nobody told
)

// FailPoints lists the names that Options.FailPoint is called with:
// "purse.<operation>.before", ".written" and ".anchored".
func FailPoints() []string {
	var names []string
	for _, op := range []operation{opApply, opCard, opRequest, opLoad, opRefused, opDeduct, opTransfer, opReceipt, opBurn, opState, opOwner, opClock} {
		for _, stage := range []string{stageBefore, stageWritten} {
			names = append(names, failPoint(op, stage))
		}
	}
	return names
}

func failPoint(op operation, stage string) string { return "purse." + string(op) + "." + stage }

// change is a transaction before it is written.
type change struct {
	// state is the new one; the slices in it are never changed in place.
	state state
	// add is the next deduction, put one that changed.
	add *link
	put *link
	// entries are new or changed entries of the history.
	entries []Entry
}

// commit writes a change, and has it in memory when it is on the disk. After an error
// nothing is changed in memory; a disk's error leaves open what is on it, and the
// store does nothing any more. The caller has the lock.
func (p *Purse) commit(ctx context.Context, op operation, c *change) error {
	c.state.Highest = protocol.At(p.highest)
	c.state.Written++
	next, forget := p.history, []uint64(nil)
	for _, e := range c.entries {
		next = withEntry(next, e)
	}
	for len(next) > maxHistory {
		forget = append(forget, next[0].Number)
		next = next[1:]
	}
	c.state.First, c.state.Next = bounds(next, c.state.Next)
	grown, dropped := p.chain.grown(c.add, c.put).without(&c.state)
	raw, err := encode(c.state)
	if err != nil {
		return err
	}
	if err := c.state.valid(); err != nil {
		return err // a mistake here, not in the file; it must not get there
	}
	p.o.FailPoint(failPoint(op, stageBefore))
	err = p.o.Store.Update(func(tx *store.Tx) error {
		for _, l := range []*link{c.add, c.put} {
			if l == nil {
				continue
			}
			if err := l.write(tx); err != nil {
				return err
			}
		}
		for _, counter := range dropped {
			if err := tx.Delete(store.Kept, number(counter)); err != nil {
				return err
			}
		}
		for _, e := range c.entries {
			if e.Number < c.state.First {
				continue // forgotten meanwhile
			}
			if err := e.write(tx); err != nil {
				return err
			}
		}
		for _, n := range forget {
			if err := tx.Delete(store.History, number(n)); err != nil {
				return err
			}
		}
		return tx.Put(store.Purse, keyState, raw)
	})
	if err != nil {
		return err
	}
	p.o.FailPoint(failPoint(op, stageWritten))
	p.state, p.chain, p.history = c.state, grown, next
	p.anchor.behind()
	return nil
}
