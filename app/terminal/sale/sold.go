package sale

import (
	"countersign/protocol"
)

// Sold is what the journal knows of a sale that may be refunded.
type Sold struct {
	// Sale is the sale's last entry with its outcome; zero where this terminal
	// has not sold it.
	Sale Entry
	// Refunds are the last entries of its refunds, in the order of their numbers.
	Refunds []Entry
}

// Gather reads all entries, oldest first, and picks those of one sale: by its
// number on this terminal, or where that is 0 by settlement's reference. A journal
// that has an index need not use it.
func Gather(all func(visit func(Entry) error) error, number, reference uint64) (Sold, error) {
	var s Sold
	err := all(func(e Entry) error {
		switch {
		case e.Refund != nil:
			if number != 0 && e.Refund.Sale == number || reference != 0 && e.Refund.Reference == reference {
				s.add(e)
			}
		case e.Event == EventCashSold:
			if number != 0 && e.Sale == number {
				s.Sale = e
			}
		case e.Sale != 0 && (len(e.Outcome) > 0 || e.tapped()) && (e.Sale == number || number == 0 && reference != 0 && e.Ending == Paid && e.Reference == reference):
			s.Sale, number = e, e.Sale
			if e.Ending == Paid && e.Reference != 0 { // a tap has none before it is cleared
				reference = e.Reference
			}
		}
		return nil
	})
	return s, err
}

// tapped says whether the entry is of a sale that a wallet has paid by tap.
func (e Entry) tapped() bool { return e.Tap != nil && (e.Ending == Paid || e.Ending == Uncredited) }

func (s *Sold) add(e Entry) {
	for i := range s.Refunds {
		if s.Refunds[i].Sale == e.Sale {
			s.Refunds[i] = e
			return
		}
	}
	s.Refunds = append(s.Refunds, e)
}

// Paid says whether this terminal has sold it and was paid.
func (s Sold) Paid() bool { return s.Sale.Ending == Paid }

// Open is a refund of it that is not over; 0 if there is none.
func (s Sold) Open() (number uint64) {
	for _, e := range s.Refunds {
		if !e.Over() {
			return e.Sale
		}
	}
	return 0
}

// Left is what can still be given back, as far as is known here: the amount less
// what was refunded here, and less what settlement has said was refunded
// altogether, which counts the refunds of other terminals.
func (s Sold) Left() protocol.Amount {
	here, altogether := protocol.Amount(0), protocol.Amount(0)
	for _, e := range s.Refunds {
		if e.Ending == Refunded || !e.Over() { // one without an answer may have been made
			here += e.Amount
		}
		if len(e.Outcome) > 0 {
			if said, err := protocol.Parse[protocol.RefundOutcome](e.Outcome); err == nil {
				altogether = max(altogether, said.Unverified().Refunded)
			}
		}
	}
	return max(0, s.Sale.Amount-max(here, altogether))
}
