package ledger

import (
	"errors"
	"fmt"

	"countersign/protocol"
)

// readRefunds gathers what the refunds say of their sales.
func (p *prover) readRefunds() error {
	numbers := map[uint64]RefundKey{}
	err := p.snapshot.EachRefundNumber(func(n uint64, k RefundKey) error {
		numbers[n] = k
		_, sale := p.references[n]
		p.check(checkReferences).look(!sale, "number %d is a sale's and a refund's", n)
		return nil
	})
	if err != nil {
		return err
	}
	err = p.snapshot.EachRefund(func(k RefundKey, r Refund) error {
		invalid := r.validate()
		p.check(checkRefunds).look(invalid == nil, "%s: %v", k, invalid)
		entries := p.refunds[k]
		delete(p.refunds, k)
		switch r.State {
		case RefundPending:
			p.giving[r.Sale] += r.Amount
		case RefundDone:
			p.given[r.Sale] += r.Amount
			p.check(checkRefunds).look(numbers[r.Number] == k, "number %d is not of %s", r.Number, k)
			delete(numbers, r.Number)
			once := len(entries) == 1 && entries[0].Amount == r.Amount && entries[0].Currency == r.Currency && *entries[0].Sale == r.Sale
			p.check(checkRefunds).look(once, "%s moved money %d times", k, len(entries))
		}
		p.check(checkRefunds).look(r.State == RefundDone || len(entries) == 0, "%s moved money and is not done", k)
		wrong := p.misstatedRefund(k, r)
		p.check(checkSignatures).look(wrong == nil, "%s: %v", k, wrong)
		return nil
	})
	for k, entries := range p.refunds {
		p.check(checkOrphans).look(false, "entry %d is for %s, which is not kept", entries[0].Sequence, k)
	}
	for n, k := range numbers {
		p.check(checkRefunds).look(false, "number %d is of %s, which does not bear it", n, k)
	}
	return err
}

// readAuthorisations holds what the acquirer was asked against the card sales
// and refunds: each that moved money was approved, for the same amount, and an
// approval that moved none here is being taken back.
func (p *prover) readAuthorisations() error {
	open := map[AuthorisationKey]bool{}
	err := p.snapshot.EachOpenAuthorisation(func(k AuthorisationKey, _ Authorisation) error {
		open[k] = true
		return nil
	})
	if err != nil {
		return err
	}
	c, asked := p.check(checkAuthorisations), map[uint64]AuthorisationKey{}
	err = p.snapshot.EachAuthorisation(func(k AuthorisationKey, a Authorisation) error {
		other, again := asked[a.Retrieval]
		c.look(!again, "%s and %s were asked under one number, %d", other, k, a.Retrieval)
		asked[a.Retrieval] = k
		if owner, taken := p.references[a.Retrieval]; taken {
			c.look(!k.Refund && owner == SaleKey{Terminal: k.Terminal, Scramble: k.Code}, "%s was asked under number %d, which is of %s", k, a.Retrieval, owner)
		}
		c.look(open[k] == a.State.Open(), "%s, state %d, is marked as open: %v", k, a.State, open[k])
		if k.Refund {
			r, err := p.snapshot.Refund(RefundKey{Terminal: k.Terminal, Key: k.Code})
			c.look(err == nil && r.Amount == a.Amount && r.Currency == a.Currency, "%s and its refund differ", k)
			c.look((a.State == AuthorisationApproved) == (r.State == RefundDone), "%s, state %d: refund in state %d", k, a.State, r.State)
			c.look(r.State != RefundDone || r.Number == a.Retrieval, "%s was asked under %d, its refund bears %d", k, a.Retrieval, r.Number)
			return nil
		}
		sale := SaleKey{Terminal: k.Terminal, Scramble: k.Code}
		s, paid := p.cards[sale]
		delete(p.cards, sale)
		last, _ := s.Final()
		standing := paid && last.Result == protocol.ResultPaid
		c.look((a.State == AuthorisationApproved) == standing, "%s, state %d: the sale stands paid: %v", k, a.State, standing)
		c.look(!paid || s.Amount == a.Amount && s.Currency == a.Currency && s.Payer == a.Card && s.Merchant == a.Merchant && s.Reference == a.Retrieval, "%s and its sale differ", k)
		return nil
	})
	for k := range p.cards {
		c.look(false, "%s was paid by a card that nobody authorised", k)
	}
	return err
}

func (p *prover) readAnchors() error {
	newest := map[protocol.ID]uint64{}
	c := p.check(checkAnchors)
	err := p.snapshot.EachAnchor(func(terminal protocol.ID, a Anchor) error {
		c.look(a.Sequence > newest[terminal], "anchor %d of %s after %d", a.Sequence, terminal, newest[terminal])
		newest[terminal] = a.Sequence
		wrong := p.misstatedAnchor(terminal, a)
		p.check(checkSignatures).look(wrong == nil, "anchor %d of %s: %v", a.Sequence, terminal, wrong)
		return nil
	})
	for _, a := range p.accounts {
		for _, terminal := range a.Terminals {
			newest[terminal] += 0 // a head without any anchor is wrong too
		}
	}
	for terminal, sequence := range newest {
		head, err := p.snapshot.Anchor(terminal)
		if sequence == 0 && errors.Is(err, ErrNotFound) {
			continue
		}
		c.look(err == nil && head.Sequence == sequence, "the head of %s is %d, not %d", terminal, head.Sequence, sequence)
	}
	return err
}

// misstatedRefund says how a kept answer differs from what is kept beside it.
func (p *prover) misstatedRefund(k RefundKey, r Refund) error {
	if r.State == RefundPending {
		return nil
	}
	o, err := p.refundOutcome(r.Answer)
	if err != nil {
		return err
	}
	made := r.State == RefundDone
	if o.Key != k.Key || o.Reference != r.Reference || o.Amount != r.Amount || o.Currency != r.Currency || o.Decided != r.Decided ||
		made != (o.Result == protocol.RefundMade) || o.Result == protocol.RefundConflict || o.Number != r.Number {
		return fmt.Errorf("answer says %v, number %d", o.Result, o.Number)
	}
	for _, c := range r.Conflicts {
		o, err := p.refundOutcome(c.Answer)
		if err != nil {
			return err
		}
		if o.Key != k.Key || o.Result != protocol.RefundConflict || o.Reference != c.Reference || o.Amount != c.Amount || o.Currency != c.Currency {
			return fmt.Errorf("conflict answered as %v", o.Result)
		}
	}
	return nil
}

func (p *prover) refundOutcome(raw []byte) (protocol.RefundOutcome, error) {
	signed, err := protocol.Parse[protocol.RefundOutcome](raw)
	if err != nil {
		return protocol.RefundOutcome{}, err
	}
	key, err := p.key(signed.Unverified().Signer)
	if err != nil {
		return protocol.RefundOutcome{}, err
	}
	return signed.Verify(key)
}

func (p *prover) misstatedAnchor(terminal protocol.ID, a Anchor) error {
	signed, err := protocol.Parse[protocol.AnchorReceipt](a.Receipt)
	if err != nil {
		return err
	}
	key, err := p.key(signed.Unverified().Signer)
	if err != nil {
		return err
	}
	r, err := signed.Verify(key)
	if err != nil {
		return err
	}
	if r.Terminal != terminal || r.Sequence != a.Sequence || r.Head != a.Head || r.Received != a.Received {
		return fmt.Errorf("receipt is for record %d of %s", r.Sequence, r.Terminal)
	}
	return nil
}
