package ledger

import (
	"errors"
	"fmt"

	"countersign/protocol"
)

func (p *prover) readReferences() error {
	err := p.snapshot.EachReference(func(n uint64, k SaleKey) error {
		p.references[n] = k
		return nil
	})
	if err != nil {
		return err
	}
	return p.snapshot.EachRequest(func(h protocol.Hash, k SaleKey) error {
		p.requests[h] = k
		return nil
	})
}

func (p *prover) readSales() error {
	paid := 0
	err := p.snapshot.EachSale(func(k SaleKey, s Sale) error {
		invalid := s.validate()
		p.check(checkSales).look(invalid == nil && (len(s.Decisions)+len(s.Conflicts) > 0 || p.asking(k)), "%s: %v", k, invalid)
		wrong := s.wronglyMoved(p.moves[k])
		p.check(checkMoney).look(wrong == nil, "%s: %v", k, wrong)
		delete(p.moves, k)
		p.check(checkRefunds).look(s.Refunded == p.given[k] && s.Refunding == p.giving[k],
			"%s has given back %d and is giving %d, its refunds make %d and %d", k, s.Refunded, s.Refunding, p.given[k], p.giving[k])
		delete(p.given, k)
		delete(p.giving, k)
		if s.Paid() && p.accounts[s.Source].Class == Acquirer {
			p.cards[k] = s
		}
		owner, taken := p.requests[s.Request]
		p.check(checkRequests).look(taken && (owner == k || !s.Paid()), "the request of %s is of %s", k, owner)
		if s.Paid() {
			paid++
			p.check(checkReferences).look(p.references[s.Reference] == k, "reference %d is not of %s", s.Reference, k)
		}
		p.checkFingersOf(k, s)
		for _, d := range s.Decisions {
			if d.Print != nil {
				p.prints[*d.Print] = PrintUse{Sale: k, Attempt: d.Attempt}
			}
			wrong := p.misstated(s, d, true)
			p.check(checkSignatures).look(wrong == nil, "%s, attempt %d: %v", k, d.Attempt, wrong)
		}
		for _, d := range s.Conflicts {
			wrong := p.misstated(s, d, false)
			p.check(checkSignatures).look(wrong == nil, "%s, conflict: %v", k, wrong)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for k, entries := range p.moves {
		p.check(checkOrphans).look(false, "entry %d is for %s, which is not kept", entries[0].Sequence, k)
	}
	p.check(checkOrphans).Looked += paid
	for _, given := range []map[SaleKey]protocol.Amount{p.given, p.giving} {
		for k := range given {
			p.check(checkOrphans).look(false, "a refund is for %s, which is not kept", k)
		}
	}
	p.check(checkReferences).look(len(p.references) == paid, "%d references for %d paid sales", len(p.references), paid)
	return nil
}

// String names a sale in a finding.
func (k SaleKey) String() string {
	return fmt.Sprintf("sale %s/%x", k.Terminal, k.Scramble[:4])
}

// wronglyMoved compares a sale with its entries.
func (s Sale) wronglyMoved(all []Entry) error {
	var entries []Entry
	var refunded protocol.Amount
	for _, e := range all {
		if e.Kind != EntryRefund {
			entries = append(entries, e)
			continue
		}
		refunded += e.Amount
		if e.Currency != s.Currency || e.Debit != s.Merchant || e.Credit != s.Source {
			return fmt.Errorf("entry %d is not its refund", e.Sequence)
		}
	}
	if refunded != s.Refunded || refunded > s.Amount {
		return fmt.Errorf("%d given back by entries, %d kept, of %d", refunded, s.Refunded, s.Amount)
	}
	want := []EntryKind{}
	for _, d := range s.Decisions {
		switch {
		case d.Result == protocol.ResultPaid:
			want = append(want, EntryPayment)
		case d.Result == protocol.ResultReversed && len(want) > 0:
			want = append(want, EntryReversal)
		}
	}
	if len(want) != len(entries) {
		return fmt.Errorf("%d entries where %d belong", len(entries), len(want))
	}
	for i, e := range entries {
		from, to := s.Source, s.Merchant
		if want[i] == EntryReversal {
			from, to = to, from
		}
		if e.Kind != want[i] || e.Amount != s.Amount || e.Currency != s.Currency || e.Debit != from || e.Credit != to {
			return fmt.Errorf("entry %d is not its %v", e.Sequence, want[i])
		}
	}
	return nil
}

// misstated says how a kept outcome differs from what is kept beside it. own
// is false for outcomes about other requests or payments under the same key.
func (p *prover) misstated(s Sale, d Decision, own bool) error {
	signed, err := protocol.Parse[protocol.Outcome](d.Outcome)
	if err != nil {
		return err
	}
	key, err := p.key(signed.Unverified().Signer)
	if err != nil {
		return err
	}
	o, err := signed.Verify(key)
	if err != nil {
		return err
	}
	if o.Result != d.Result || o.Attempt != d.Attempt || o.Decided != d.Decided {
		return fmt.Errorf("outcome says %v on attempt %d", o.Result, o.Attempt)
	}
	about := o.Request == s.Request && o.Payment == s.Payment
	if own != about || own && (o.Amount != s.Amount || o.Currency != s.Currency) {
		return errors.New("outcome is about another sale")
	}
	if moved := o.Result == protocol.ResultPaid || o.Result == protocol.ResultReversed && s.Paid(); own && moved && o.Reference != s.Reference {
		return fmt.Errorf("outcome bears reference %d, not %d", o.Reference, s.Reference)
	}
	return nil
}

// key returns the key that outcomes with this mark are signed by.
func (p *prover) key(signer [8]byte) (protocol.Key, error) {
	if key, ok := p.keys[signer]; ok {
		return key, nil
	}
	raw, err := p.snapshot.Certificate(signer)
	if err != nil {
		return protocol.Key{}, fmt.Errorf("certificate %x: %w", signer, err)
	}
	certificate, err := protocol.Parse[protocol.Certificate](raw)
	if err != nil {
		return protocol.Key{}, fmt.Errorf("certificate %x: %w", signer, err)
	}
	p.keys[signer] = certificate.Unverified().Holder.Key
	return p.keys[signer], nil
}

// asking says whether the acquirer is still to be heard about a sale: then it
// may wait for its decision, and its live print is taken already.
func (p *prover) asking(k SaleKey) bool {
	a, err := p.snapshot.Authorisation(AuthorisationKey{Terminal: k.Terminal, Code: k.Scramble})
	return err == nil && a.State.Open()
}

func (p *prover) readPrints() error {
	seen := 0
	err := p.snapshot.EachPrint(func(mark protocol.Hash, use PrintUse) error {
		seen++
		if p.prints[mark] != use && p.asking(use.Sale) {
			seen-- // no decision bears it yet
			return nil
		}
		p.check(checkPrints).look(p.prints[mark] == use, "a print kept for %s, attempt %d", use.Sale, use.Attempt)
		return nil
	})
	p.check(checkPrints).look(seen == len(p.prints), "%d prints kept, %d used", seen, len(p.prints))
	return err
}
