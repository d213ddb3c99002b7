package ledger

import (
	"fmt"

	"countersign/protocol"
)

// readFingerEvents gathers what was noted of fingers, for readSales.
func (p *prover) readFingerEvents() error {
	return p.snapshot.EachFingerEvent(func(e FingerEvent) error {
		if e.Outcome == FingerUnlocked {
			p.check(checkFingers).look(e.Note != "" && e.Failures == 0, "%s was unlocked at %d, with %d failures", e.Wallet, e.At, e.Failures)
			return nil
		}
		p.fingers[e.Sale] = append(p.fingers[e.Sale], e)
		return nil
	})
}

// checkFingersOf compares what was noted of a sale's fingers with what was decided.
func (p *prover) checkFingersOf(k SaleKey, s Sale) {
	for _, e := range p.fingers[k] {
		wrong := e.contradicts(s)
		if wrong == nil && e.Attempt > uint8(s.Attempts()) && !p.asking(k) {
			wrong = p.undecided(s, e)
		}
		p.check(checkFingers).look(wrong == nil, "%s, attempt %d, %v: %v", k, e.Attempt, e.Outcome, wrong)
	}
	delete(p.fingers, k)
}

// contradicts says how an event differs from its sale.
func (e FingerEvent) contradicts(s Sale) error {
	if e.Wallet != s.Wallet || e.WalletKey != s.WalletKey || e.Amount != s.Amount || e.Currency != s.Currency {
		return fmt.Errorf("of another wallet or amount")
	}
	accepted := e.Outcome == FingerMatch || e.Outcome == FingerPIN
	for _, d := range s.Decisions {
		if d.Kind != DecidedSubmission || d.Attempt != e.Attempt {
			continue
		}
		if refused := d.Result == protocol.ResultFinger || d.Result == protocol.ResultRetryFinger; refused == accepted {
			return fmt.Errorf("decided as %v", d.Result)
		}
	}
	return nil
}

// undecided says why there is no decision about an attempt: a card's sale was taken
// back before its issuer had answered.
func (p *prover) undecided(s Sale, e FingerEvent) error {
	if last, ended := s.Final(); ended && last.Kind == DecidedReversal && last.Attempt == e.Attempt {
		return nil
	}
	return fmt.Errorf("was never decided")
}

// checkFingersLeft finds what was noted for sales that are not kept.
func (p *prover) checkFingersLeft() error {
	for k, all := range p.fingers {
		p.check(checkFingers).look(false, "%v at %d is for %s, which is not kept", all[0].Outcome, all[0].At, k)
	}
	return nil
}

// readProbes holds the live prints that are kept to their heads.
func (p *prover) readProbes() error {
	heads := map[protocol.ID]Probes{}
	err := p.snapshot.EachProbesHead(func(wallet protocol.ID, h Probes) error {
		heads[wallet] = h
		p.check(checkProbes).look(h.Number > 0 && h.Places <= MaxPlaces, "%s has %d places for %d live prints", wallet, h.Places, h.Number)
		return nil
	})
	if err != nil {
		return err
	}
	newest := map[protocol.ID]uint64{}
	err = p.snapshot.EachProbe(func(wallet protocol.ID, place uint8, probe Probe) error {
		h := heads[wallet]
		good := place < h.Places && probe.Number > 0 && probe.Number <= h.Number && len(probe.Sealed) > 0
		p.check(checkProbes).look(good, "%s has live print %d in place %d of %d, up to number %d", wallet, probe.Number, place, h.Places, h.Number)
		newest[wallet] = max(newest[wallet], probe.Number)
		return nil
	})
	for wallet, h := range heads {
		if h.Places > 0 {
			p.check(checkProbes).look(newest[wallet] == h.Number, "%s has live prints up to %d, not %d", wallet, newest[wallet], h.Number)
		}
	}
	return err
}
