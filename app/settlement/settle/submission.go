package settle

import (
	"context"
	"errors"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/steps"
)

// maxConflicts bounds the refusals that are kept about other requests and
// payments under one key.
const maxConflicts = 16

// Submit is steps 13 to 15: it opens, verifies, decides, moves the money and
// returns the signed outcome's bytes. peer is the terminal that mutual TLS
// names. ErrUndecided means that a card's issuer has the last word and has not
// given it: nothing else may be tried before it has. Any other error means that
// nothing was kept of this submission; it is a *problem.Problem, or a failure of
// the ledger after which nobody knows.
func (s *Settler) Submit(ctx context.Context, peer protocol.ID, envelope protocol.Envelope) ([]byte, error) {
	begun := time.Now()
	o, err := s.open(peer, envelope)
	if err != nil {
		return nil, err
	}
	defer func() { clear(o.live) }()
	sale := o.request.String()
	steps.Log(ctx, s.Log, steps.Submitted, time.Since(begun), "sale", sale, "terminal", string(peer), "attempt", int(o.attempt))

	// A repeat is answered as the first time, even if the list is stale or a
	// certificate has ended since.
	begun = time.Now()
	kept, err := s.repeated(ctx, o)
	if err != nil {
		return nil, err
	}
	if kept != nil {
		s.Log.InfoContext(ctx, "submission repeated", "sale", sale, "attempt", int(o.attempt))
		return kept, nil
	}
	if err := s.Trust().ListCurrent(o.now, s.Policy.MaxListAge); err != nil {
		return nil, notReady(err.Error())
	}
	e, err := s.examine(ctx, o)
	if err != nil {
		return nil, err
	}
	for range maxTurns {
		answer, v, err := s.answer(ctx, e)
		for n := 0; errors.Is(err, errMorePrints) && n < maxComparisons; n++ {
			if err = s.compareNewer(ctx, e); err != nil {
				return nil, err
			}
			answer, v, err = s.answer(ctx, e)
		}
		if errors.Is(err, errMorePrints) {
			break
		}
		if errors.Is(err, errOvertaken) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if v.answer == nil {
			s.logDecision(ctx, e, v, begun)
		}
		return answer, nil
	}
	return nil, busy("the ledger changed while this was decided")
}

// answer brings what there is to decide about an attempt into the ledger.
func (s *Settler) answer(ctx context.Context, e *evidence) ([]byte, verdict, error) {
	answer, v, err := s.conclude(ctx, e.request, func(r ledger.Reader, reference uint64) (verdict, error) {
		return s.decide(r, e, reference)
	})
	var ask *throughAcquirer
	if errors.As(err, &ask) {
		return s.payByCard(ctx, e)
	}
	return answer, v, err
}

func (s *Settler) logDecision(ctx context.Context, e *evidence, v verdict, begun time.Time) {
	sale, took := e.request.String(), time.Since(begun)
	if v.outcome.Result == protocol.ResultPaid {
		steps.Log(ctx, s.Log, steps.Verified, took, "sale", sale, "wallet", string(e.wallet))
		steps.Log(ctx, s.Log, steps.Answered, took, "sale", sale, "result", v.outcome.Result.String(), "reference", v.outcome.Reference)
		return
	}
	s.Log.InfoContext(ctx, "refused", "step", int(steps.Verified), "sale", sale, "result", v.outcome.Result.String(), "why", v.why)
	steps.Log(ctx, s.Log, steps.Answered, took, "sale", sale, "result", v.outcome.Result.String())
}

// repeated returns the outcome of a submission that was decided before.
func (s *Settler) repeated(ctx context.Context, o *opened) (answer []byte, err error) {
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		kept, err := r.Sale(o.key)
		if err != nil {
			return err
		}
		answer = o.repeats(kept)
		return nil
	})
	if isNotFound(err) {
		return nil, nil
	}
	return answer, err
}

// repeats returns what was answered to the same content before, or what ended
// the sale meanwhile; nil if there is something to decide or to refuse.
func (o *opened) repeats(kept ledger.Sale) []byte {
	if kept.Request != o.request || kept.Payment != o.payment {
		for _, d := range kept.Conflicts {
			if d.Attempt == o.attempt && d.Content == o.content {
				return d.Outcome
			}
		}
		return nil
	}
	final, ended := kept.Final()
	if ended && final.Result == protocol.ResultReversed {
		return final.Outcome
	}
	decided := false
	for _, d := range kept.Decisions {
		if d.Attempt == o.attempt && d.Content == o.content {
			return d.Outcome
		}
		decided = decided || d.Kind == ledger.DecidedSubmission && d.Attempt == o.attempt
	}
	if ended && !decided {
		return final.Outcome
	}
	return nil
}

// decide is the second half of step 14 and step 15, as the ledger stands.
func (s *Settler) decide(r ledger.Reader, e *evidence, reference uint64) (verdict, error) {
	kept, err := r.Sale(e.key)
	switch {
	case isNotFound(err):
		kept = ledger.Sale{
			Request: e.request, Payment: e.payment, Amount: e.asked.Amount, Currency: e.asked.Currency,
			Closes: protocol.At(e.asked.Ends().Add(protocol.Grace)), Wallet: e.wallet, WalletKey: e.walletKey,
		}
	case err != nil:
		return verdict{}, err
	}
	if answer := e.repeats(kept); answer != nil {
		return verdict{answer: answer}, nil
	}
	if kept.Request != e.request || kept.Payment != e.payment {
		return e.refuseOther(kept)
	}
	if a, err := openAuthorisation(r, e.key); err != nil {
		return verdict{}, err
	} else if a != nil {
		return verdict{}, ErrUndecided
	}
	_, ended := kept.Final()
	next := kept.Attempts() + 1
	switch {
	case ended:
		s.Log.Warn("fraud", "sale", e.request.String(), "why", "another print for an attempt that was decided", "result", "none: the sale has ended")
		return verdict{}, conflict("another print for an attempt that was decided; the sale has ended")
	case int(e.attempt) < next:
		return s.conclusion(e, kept, ledger.DecidedConflict, findings{result: protocol.ResultConflict, why: "another print for an attempt that was decided", fraud: true}), nil
	case int(e.attempt) > next:
		return verdict{}, conflict("an attempt before this one was not seen")
	}
	if owner, err := r.SaleByRequest(e.request); err == nil && owner != e.key {
		return s.conclusion(e, kept, ledger.DecidedSubmission, findings{result: protocol.ResultConflict, why: "the request was named by another terminal before", fraud: true}), nil
	} else if err != nil && !isNotFound(err) {
		return verdict{}, err
	}
	f, err := s.judge(r, e)
	if err != nil {
		return verdict{}, err
	}
	if f.card {
		return verdict{}, &throughAcquirer{kept, f}
	}
	if f.result == protocol.ResultPaid {
		kept.Reference, kept.Payer, kept.Merchant, kept.Source = reference, e.payer, e.merchant, e.payer
	}
	return s.conclusion(e, kept, ledger.DecidedSubmission, f), nil
}

// conclusion adds a decision to the sale.
func (s *Settler) conclusion(e *evidence, kept ledger.Sale, kind ledger.DecisionKind, f findings) verdict {
	outcome := protocol.Outcome{
		Request: e.request, Payment: e.payment, Attempt: e.attempt, Result: f.result, Reference: kept.Reference,
		Amount: kept.Amount, Currency: kept.Currency, Decided: protocol.At(e.now),
	}
	return verdict{outcome: outcome, why: f.why, fraud: f.fraud, keep: func(tx ledger.Tx, signed []byte) error {
		d := ledger.Decision{Kind: kind, Attempt: e.attempt, Content: e.content, Result: f.result, Decided: outcome.Decided, Outcome: signed}
		var err error
		if d.Print, err = s.keepFinger(tx, e, f); err != nil {
			return err
		}
		if f.result == protocol.ResultPaid {
			_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryPayment, Debit: e.payer, Credit: e.merchant,
				Amount: kept.Amount, At: outcome.Decided, Sale: &e.key})
			if err != nil {
				return err
			}
		}
		kept.Decisions = append(kept.Decisions[:len(kept.Decisions):len(kept.Decisions)], d)
		return tx.PutSale(e.key, kept)
	}}
}

// refuseOther answers another request or payment under a key that is taken.
func (e *evidence) refuseOther(kept ledger.Sale) (verdict, error) {
	if len(kept.Conflicts) >= maxConflicts {
		return verdict{}, conflict("too many other payments under this scramble code")
	}
	outcome := protocol.Outcome{
		Request: e.request, Payment: e.payment, Attempt: e.attempt, Result: protocol.ResultConflict,
		Amount: e.asked.Amount, Currency: e.asked.Currency, Decided: protocol.At(e.now),
	}
	return verdict{outcome: outcome, fraud: true, why: "another request or payment under a scramble code that was used", keep: func(tx ledger.Tx, signed []byte) error {
		kept.Conflicts = append(kept.Conflicts[:len(kept.Conflicts):len(kept.Conflicts)], ledger.Decision{
			Kind: ledger.DecidedConflict, Attempt: e.attempt, Content: e.content, Result: outcome.Result, Decided: outcome.Decided, Outcome: signed})
		return tx.PutSale(e.key, kept)
	}}, nil
}

func isNotFound(err error) bool { return errors.Is(err, ledger.ErrNotFound) }
