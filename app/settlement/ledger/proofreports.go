package ledger

import (
	"errors"
	"fmt"

	"countersign/protocol"
)

// readReports holds what wallets reported against the chains, and gathers what the
// operator closed.
func (p *prover) readReports() error {
	return p.snapshot.EachReport(func(k ReportKey, r Report) error {
		at := linkKey{k.Number, k.Counter, k.Result}
		d, there := p.links[at]
		state := there && d.State == DeductionReported
		if r.Closed != 0 {
			p.closed[at] = false
			state = there && (d.State == DeductionCredited || d.State == DeductionGivenBack)
		}
		p.check(checkChains).look(state, "card …%s, counter %d: reported, closed at %d, and in state %d", k.Number.Ending(), k.Counter, r.Closed, d.State)
		wrong := p.misreported(k, r, d)
		p.check(checkSignatures).look(wrong == nil, "card …%s, counter %d, as reported: %v", k.Number.Ending(), k.Counter, wrong)
		return nil
	})
}

// misreported says how the card's own word differs from what is kept of a deduction.
func (p *prover) misreported(k ReportKey, r Report, d Deduction) error {
	u := p.purses[k.Number]
	if u == nil {
		return errors.New("no such card is kept")
	}
	result, err := readReport(r, k, u.Key)
	if err != nil {
		return err
	}
	if result.Amount != d.Amount || result.Currency != u.Currency || *result.Previous != d.Previous || NewTapKey(result.Terminal, result.Answers) != d.Tap {
		return fmt.Errorf("the card signed a deduction of %d", result.Amount)
	}
	return nil
}

// readReport verifies what was reported.
func readReport(r Report, k ReportKey, card protocol.Key) (protocol.TapResult, error) {
	signed, err := protocol.Parse[protocol.TapResult](r.Result)
	if err != nil {
		return protocol.TapResult{}, err
	}
	result, err := signed.Verify(card)
	if err == nil && (signed.Hash() != k.Result || result.Status != protocol.TapDeducted || result.Counter != k.Counter) {
		err = errors.New("another result")
	}
	return result, err
}

// closing says whether a tap is one that the operator closed, and again whether a terminal
// has handed that in since: its money is claimed by the other one.
func (p *prover) closing(k TapKey, t Tap) (closing, again bool, wrong error) {
	at := linkKey{t.Number, t.Counter, t.Result}
	if _, closed := p.closed[at]; !closed || t.Answer == nil {
		return false, false, nil
	}
	own := ClosedTapKey(k.Terminal, t.Result)
	if k == own {
		p.closed[at] = true
		return true, false, p.wronglyClosed(k, t)
	}
	p.conflicts(t)
	kept, err := p.snapshot.Tap(own)
	switch {
	case err != nil:
		return true, true, fmt.Errorf("the tap that was closed: %w", err)
	case k != NewTapKey(k.Terminal, t.Pay) || !t.SameClosing(kept):
		return true, true, errors.New("answered otherwise than the operator had closed it")
	}
	return true, true, nil
}

// wronglyClosed holds a closed tap against the card's own word.
func (p *prover) wronglyClosed(k TapKey, t Tap) error {
	kept, err := p.snapshot.Report(t.report())
	if err != nil {
		return err
	}
	u := p.purses[t.Number]
	if u == nil {
		return errors.New("no such card is kept")
	}
	result, err := readReport(kept, t.report(), u.Key)
	switch {
	case err != nil:
		return err
	case result.Answers != t.Pay || result.Scramble != t.Scramble || result.Amount != t.Amount || result.Terminal != k.Terminal:
		return errors.New("the card's word is about another tap")
	case t.Tombstone != nil || !t.Credited() && t.Decision != protocol.ClearingGivenBack:
		return fmt.Errorf("closed as %v", t.Decision)
	}
	return nil
}
