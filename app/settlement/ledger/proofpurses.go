package ledger

import (
	"errors"
	"fmt"

	"countersign/protocol"
)

// purseSums are what records and entries make of one card.
type purseSums struct {
	Purse
	loads    uint64
	loaded   protocol.Sum // by its loads
	deducted protocol.Sum // by its chain
	moved    int64        // left the purse for deductions
	// cleared is the counter up to which all is settled and nothing is missing;
	// last is the counter that was seen last, and heads the hashes there.
	cleared, last uint64
	heads         []protocol.Hash
}

// linkKey is one deduction.
type linkKey struct {
	number  protocol.CardNumber
	counter uint64
	hash    protocol.Hash
}

// readPurses gathers the cards, their loads and chains.
func (p *prover) readPurses() error {
	blocked := map[protocol.CardMark]BlockedCard{}
	err := p.snapshot.EachBlocked(func(m protocol.CardMark, b BlockedCard) error {
		blocked[m] = b
		return nil
	})
	if err != nil {
		return err
	}
	c, list := p.check(checkPurses), p.check(checkBlocklist)
	err = p.snapshot.EachPurse(func(u Purse) error {
		p.purses[u.Number] = &purseSums{Purse: u}
		invalid := u.validate()
		c.look(invalid == nil, "card …%s: %v", u.Number.Ending(), invalid)
		owner, err := p.snapshot.PurseByMark(u.Mark())
		c.look(err == nil && owner == u.Number, "card …%s is not found by its mark", u.Number.Ending())
		entry, there := blocked[u.Mark()]
		list.look(there == (u.Blocked != 0) && entry.Why == u.Blocked, "card …%s is blocked: %q; on the list: %v", u.Number.Ending(), u.Blocked, there)
		delete(blocked, u.Mark())
		wrong := p.misstatedCard(u)
		p.check(checkSignatures).look(wrong == nil, "card …%s: %v", u.Number.Ending(), wrong)
		return nil
	})
	for mark := range blocked {
		list.look(false, "no card has the mark %v", mark)
	}
	if err != nil {
		return err
	}
	err = p.snapshot.EachPurseLoad(func(k PurseLoadKey, l PurseLoad) error {
		u := p.purses[k.Number]
		if u == nil {
			c.look(false, "load %d of card …%s, which is not kept", k.Sequence, k.Number.Ending())
			return nil
		}
		u.loads++
		u.loaded += protocol.Sum(l.Amount)
		c.look(k.Sequence == u.loads && l.Total == u.loaded, "load %d of card …%s to %d", k.Sequence, k.Number.Ending(), l.Total)
		// The account is whatever it was then: a renewed card may have another.
		from, kind := p.purseEntries[l.Entry].Debit, EntryTopUp
		c.look(l.Waiting || p.accounts[from].Class == Payer, "load %d of card …%s comes from no account", k.Sequence, k.Number.Ending())
		if l.Waiting {
			from, kind = WaitingAccount(k.Number), EntryTaken
		}
		p.claim(c, l.Entry, kind, from, PurseAccount(k.Number), l.Amount, fmt.Sprintf("load %d of card …%s", k.Sequence, k.Number.Ending()))
		wrong := p.misstatedLoad(k, l, u.Currency)
		p.check(checkSignatures).look(wrong == nil, "load %d of card …%s: %v", k.Sequence, k.Number.Ending(), wrong)
		return nil
	})
	if err != nil {
		return err
	}
	if err := p.readChains(); err != nil {
		return err
	}
	return p.readReports()
}

// claim holds an entry against the one record that it belongs to.
func (p *prover) claim(c *Check, sequence uint64, kind EntryKind, debit, credit AccountID, amount protocol.Amount, what string) {
	e, there := p.purseEntries[sequence]
	delete(p.purseEntries, sequence)
	c.look(there && e.Kind == kind && e.Debit == debit && e.Credit == credit && e.Amount == amount, "entry %d is not of %s", sequence, what)
}

// readChains holds every chain to its order.
func (p *prover) readChains() error {
	c := p.check(checkChains)
	return p.snapshot.EachDeduction(func(k DeductionKey, links []Deduction) error {
		u := p.purses[k.Number]
		if u == nil {
			c.look(false, "a deduction of card …%s, which is not kept", k.Number.Ending())
			return nil
		}
		invalid := place(links, nil)
		c.look(invalid == nil, "card …%s, counter %d: %v", k.Number.Ending(), k.Counter, invalid)
		settled, fits := true, len(links) == 1
		heads := make([]protocol.Hash, 0, len(links))
		for _, d := range links {
			settled = settled && d.State.Settled()
			u.deducted += protocol.Sum(d.Amount)
			heads = append(heads, d.Hash)
			p.links[linkKey{k.Number, k.Counter, d.Hash}] = d
			if d.State.Moved() {
				u.moved += int64(d.Amount)
			}
			if k.Counter == u.last+1 && u.last > 0 {
				known := false
				for _, h := range u.heads {
					known = known || h == d.Previous
				}
				fits = fits && known
			}
		}
		c.look(fits || u.Forked, "card …%s, counter %d: a fork that nobody flagged", k.Number.Ending(), k.Counter)
		if settled && u.cleared == k.Counter-1 {
			u.cleared = k.Counter
		}
		u.last, u.heads = k.Counter, heads
		return nil
	})
}

// finishPurses compares the sums once all has been read.
func (p *prover) finishPurses() error {
	c, chains := p.check(checkPurses), p.check(checkChains)
	for n, u := range p.purses {
		c.look(u.loads == u.Sequence && u.loaded == u.Loaded, "card …%s: %d loads of %d, kept are %d of %d", n.Ending(), u.loads, u.loaded, u.Sequence, u.Loaded)
		have := p.computed[PurseAccount(n)]
		c.look(have == int64(u.Loaded)-u.moved-p.released[PurseAccount(n)], "card …%s holds %d: loaded %d, moved %d, released %d",
			n.Ending(), have, u.Loaded, u.moved, p.released[PurseAccount(n)])
		c.look(int64(u.Released) == p.released[PurseAccount(n)], "card …%s: %d released, kept is %d", n.Ending(), p.released[PurseAccount(n)], u.Released)
		chains.look(u.deducted == u.Deducted && (u.cleared == u.Cleared || u.Forked), "card …%s has deducted %d and is cleared to %d, kept are %d and %d",
			n.Ending(), u.deducted, u.cleared, u.Deducted, u.Cleared)
	}
	for sequence, e := range p.purseEntries {
		p.check(checkOrphans).look(false, "entry %d, %v, belongs to nothing", sequence, e.Kind)
	}
	// To the cent, over all cards of a currency.
	type sums struct{ loaded, out, purses, released int64 }
	all := map[protocol.Currency]sums{}
	for n, u := range p.purses {
		s := all[u.Currency]
		s.loaded += int64(u.loaded)
		s.out += u.moved
		s.purses += p.computed[PurseAccount(n)]
		s.released += p.released[PurseAccount(n)]
		all[u.Currency] = s
	}
	for currency, s := range all {
		c.look(s.loaded == s.purses+s.out+s.released, "currency %d: %d loaded, %d on cards, %d moved on, %d released", currency, s.loaded, s.purses, s.out, s.released)
	}
	return nil
}

// readTaps holds every tap against its deduction and its entry.
func (p *prover) readTaps() error {
	c := p.check(checkTaps)
	numbers := map[uint64]PurseReference{}
	err := p.snapshot.EachPurseReference(func(n uint64, r PurseReference) error {
		numbers[n] = r
		_, sale := p.references[n]
		p.check(checkReferences).look(!sale, "number %d is a sale's and a tap's or transfer's", n)
		return nil
	})
	if err != nil {
		return err
	}
	err = p.snapshot.EachTap(func(k TapKey, t Tap) error {
		invalid := t.validate()
		closing, again, wrong := p.closing(k, t)
		c.look(invalid == nil && wrong == nil && (closing || k == NewTapKey(k.Terminal, t.Pay)), "%s: %v, %v", k, invalid, wrong)
		if !again {
			wrong = p.wronglyCleared(k, t)
			c.look(wrong == nil, "%s: %v", k, wrong)
		}
		p.check(checkRefunds).look(t.Refunded == p.given[k.Sale()], "%s has given back %d, its refunds make %d", k, t.Refunded, p.given[k.Sale()])
		delete(p.given, k.Sale())
		for _, e := range p.tapRefunds[k.Sale()] {
			c.look(e.Debit == t.Merchant && e.Credit == WaitingAccount(t.Number), "entry %d is no refund of %s", e.Sequence, k)
		}
		delete(p.tapRefunds, k.Sale())
		if t.Reference != 0 && !again {
			r, there := numbers[t.Reference]
			p.check(checkReferences).look(there && r.Tap != nil && *r.Tap == k, "reference %d is not of %s", t.Reference, k)
			delete(numbers, t.Reference)
		}
		wrong = p.misstatedTap(t)
		p.check(checkSignatures).look(wrong == nil, "%s: %v", k, wrong)
		return nil
	})
	for k := range p.tapRefunds {
		p.check(checkOrphans).look(false, "refunds are for %s, which is not kept", TapOf(k))
	}
	if err != nil {
		return err
	}
	for at, found := range p.closed {
		c.look(found, "card …%s, counter %d was closed, and its tap is not kept", at.number.Ending(), at.counter)
	}
	if err := p.readPurseTransfers(numbers); err != nil {
		return err
	}
	for _, d := range p.links { // those left are of taps that nobody handed in
		c.look(d.State == DeductionReported && d.Tap != TapKey{}, "a deduction of %d in state %d belongs to nothing", d.Amount, d.State)
	}
	for n := range numbers {
		p.check(checkReferences).look(false, "number %d belongs to nothing", n)
	}
	return p.finishPurses()
}

// wronglyCleared says how a tap, its deduction and its entry differ.
func (p *prover) wronglyCleared(k TapKey, t Tap) error {
	p.conflicts(t)
	if t.Number == "" {
		if t.Entry != 0 {
			return errors.New("moved money without a deduction")
		}
		return nil
	}
	if t.Answer == nil && t.Tombstone == nil {
		return nil // the wallet's word alone, which another's may have taken the place of
	}
	at := linkKey{t.Number, t.Counter, t.Result}
	d, there := p.links[at]
	if !there {
		return errors.New("its deduction is not kept")
	}
	delete(p.links, at)
	want := DeductionUnpaid
	credit, kind := AccountID(""), EntryKind(0)
	switch {
	case t.Credited():
		want, credit, kind = DeductionCredited, t.Merchant, EntryTap
	case t.Entry != 0:
		want, credit, kind = DeductionGivenBack, WaitingAccount(t.Number), EntryGivenBack
	}
	if d.State != want || d.Entry != t.Entry || d.Tap != NewTapKey(k.Terminal, t.Pay) || d.Amount != t.Amount {
		return fmt.Errorf("its deduction of %d is in state %d, not %d", d.Amount, d.State, want)
	}
	if t.Answer != nil && t.Decision == protocol.ClearingGivenBack && t.Entry == 0 {
		return errors.New("given back, and nothing moved")
	}
	if kind != 0 {
		p.claim(p.check(checkTaps), t.Entry, kind, PurseAccount(t.Number), credit, t.Amount, k.String())
	}
	return nil
}

// conflicts takes the deductions of refused results off those that are left.
func (p *prover) conflicts(t Tap) {
	for _, refused := range t.Conflicts {
		for at, d := range p.links {
			if at.hash == refused.Result && d.State == DeductionUnpaid && d.Tap.Pay == protocol.Code(t.Pay[:16]) {
				delete(p.links, at)
			}
		}
	}
}

func (p *prover) readPurseTransfers(numbers map[uint64]PurseReference) error {
	c := p.check(checkTaps)
	return p.snapshot.EachPurseTransfer(func(h protocol.Hash, m PurseTransfer) error {
		at := linkKey{m.From, m.Counter, h}
		d, there := p.links[at]
		delete(p.links, at)
		wrong := p.misstatedTransfer(h, m)
		p.check(checkSignatures).look(wrong == nil, "transfer of card …%s: %v", m.From.Ending(), wrong)
		if !m.Result.Booked() {
			c.look(m.Reference == 0 && m.Entry == 0 && (!there || d.State == DeductionUnpaid), "a refused transfer of card …%s moved money", m.From.Ending())
			return nil
		}
		r, borne := numbers[m.Reference]
		p.check(checkReferences).look(borne && r.Transfer != nil && *r.Transfer == h, "reference %d is not of a transfer of card …%s", m.Reference, m.From.Ending())
		delete(numbers, m.Reference)
		to, kind, state := m.To, EntryMoved, DeductionTransferred
		if m.Result == protocol.TransferReturned {
			to, kind, state = m.From, EntryGivenBack, DeductionGivenBack
		}
		c.look(there && d.State == state && d.Entry == m.Entry && d.Amount == m.Amount && d.Tap == TapKey{}, "transfer %d of card …%s and its chain differ", m.Reference, m.From.Ending())
		p.claim(c, m.Entry, kind, PurseAccount(m.From), WaitingAccount(to), m.Amount, fmt.Sprintf("transfer %d", m.Reference))
		return nil
	})
}
