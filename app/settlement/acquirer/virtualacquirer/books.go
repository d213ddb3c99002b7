package virtualacquirer

import (
	"countersign/app/settlement/acquirer"
	"countersign/protocol"
)

// Card is an account at the issuer behind this acquirer.
type Card struct {
	Number   protocol.Account  `json:"-"`
	Tail     string            `json:"card"`
	Currency protocol.Currency `json:"currency"`
	Balance  int64             `json:"balance"` // minor units
	// Refuse is the response code for whatever is asked of it but refunds and
	// reversals, such as acquirer.CodeExpired; empty for none.
	Refuse string `json:"refuse,omitempty"`
}

// Key names a transaction: type of its first message, STAN, time of its first
// transmission, terminal and RRN.
type Key struct {
	Type, STAN, Transmitted, Terminal, RRN string
}

// Purchase is a purchase or an authorisation as it was first answered.
type Purchase struct {
	Key      Key
	Card     protocol.Account `json:"-"`
	Amount   int64
	Currency string
	// Code is the answer. Only 00 has charged the card.
	Code string
	// Reversed says that the charge was taken back, or that a reversal came
	// first, so that there never was one.
	Reversed bool
	// Refunded is the sum of approved refunds.
	Refunded int64
	// Times counts how often the message came.
	Times int
}

// Charged says whether the purchase holds money of the card's now.
func (p Purchase) Charged() bool { return p.Code == acquirer.CodeApproved && !p.Reversed }

// Refund is a refund as it was first answered.
type Refund struct {
	Key, Original Key
	Card          protocol.Account `json:"-"`
	Amount        int64
	Code          string
	Times         int
}

// Reversal is a reversal by the purchase that it names.
type Reversal struct {
	Original Key
	// Known says that the purchase had come before.
	Known bool
	Times int
}

// Books is everything that a server did, in order.
type Books struct {
	Cards     []Card
	Purchases []Purchase
	Refunds   []Refund
	Reversals []Reversal
}

// Net returns what a card has been charged in the end: captured purchases less
// refunds, in minor units. Authorisations count for nothing.
func (b Books) Net(card protocol.Account) int64 {
	var net int64
	for _, p := range b.Purchases {
		if p.Card == card && p.Charged() && p.Key.Type == "0200" {
			net += p.Amount - p.Refunded
		}
	}
	return net
}

// Total returns the net of all cards.
func (b Books) Total() int64 {
	var total int64
	for _, c := range b.Cards {
		total += b.Net(c.Number)
	}
	return total
}

// Issue adds a card, or replaces one.
func (s *Server) Issue(c Card) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Tail = acquirer.Tail(string(c.Number))
	if _, again := s.cards[c.Number]; !again {
		s.issued = append(s.issued, c.Number)
	}
	s.cards[c.Number] = &c
}

// Books returns a copy of the books as they stand.
func (s *Server) Books() Books {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Books
	for _, number := range s.issued {
		b.Cards = append(b.Cards, *s.cards[number])
	}
	for _, p := range s.purchaseOrder {
		b.Purchases = append(b.Purchases, *p)
	}
	for _, r := range s.refundOrder {
		b.Refunds = append(b.Refunds, *r)
	}
	for _, r := range s.reversalOrder {
		b.Reversals = append(b.Reversals, *r)
	}
	return b
}
