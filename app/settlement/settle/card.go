package settle

import (
	"context"
	"errors"
	"time"

	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Acquirer is what card payments go out through: an [acquirer.Link], whose
// errors and care these methods have.
type Acquirer interface {
	// Await waits for a link, for a bounded time.
	Await(ctx context.Context) error
	Purchase(ctx context.Context, t acquirer.Transaction) (acquirer.Answer, error)
	ReversalAdvice(ctx context.Context, t acquirer.Transaction, repeat bool) error
	Refund(ctx context.Context, t acquirer.Transaction, repeat bool) (acquirer.Answer, error)
}

// throughAcquirer is what decide fails with when there is nothing left to
// decide here: the acquirer has to be asked.
type throughAcquirer struct {
	kept     ledger.Sale
	findings findings
}

func (*throughAcquirer) Error() string { return "the card's issuer has to be asked" }

// forCards is the form of outcomes about card sales: they bear the number that
// the acquirer was asked under.
var forCards = form[protocol.Outcome]{
	numbered: func(protocol.Outcome) bool { return false },
	number:   func(*protocol.Outcome, uint64) {},
	sign:     forSales.sign,
	result:   forSales.result,
}

// asking is where the authorisation of a sale is kept.
func asking(k ledger.SaleKey) ledger.AuthorisationKey {
	return ledger.AuthorisationKey{Terminal: k.Terminal, Code: k.Scramble}
}

// openAuthorisation returns the authorisation of a sale while something is still to be
// heard from the acquirer, nil otherwise.
func openAuthorisation(r ledger.Reader, k ledger.SaleKey) (*ledger.Authorisation, error) {
	a, err := r.Authorisation(asking(k))
	switch {
	case isNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case !a.State.Open():
		return nil, nil
	}
	return &a, nil
}

// leased says until when this process may work on an authorisation alone. The
// clock has whole seconds, so that one more is added.
func (s *Settler) leased(d time.Duration) protocol.Time {
	return protocol.At(s.Clock().Add(d)) + 1
}

// begin writes down what is about to be asked.
func (s *Settler) begin(card, merchant ledger.AccountID, amount protocol.Amount, currency protocol.Currency, number uint64) ledger.Authorisation {
	now := s.Clock()
	return ledger.Authorisation{
		Card: card, Merchant: merchant, Amount: amount, Currency: currency, Trace: acquirer.NewTrace(number, now).STAN, Retrieval: number,
		Sent: protocol.At(now), State: ledger.AuthorisationSent, Lease: s.leased(s.Policy.CardLease), Holder: s.Process,
	}
}

// trace is the name that an authorisation has at the acquirer.
func trace(a ledger.Authorisation) acquirer.Trace {
	t := acquirer.NewTrace(a.Retrieval, a.Sent.Time())
	t.STAN = a.Trace
	return t
}

// transaction is what the acquirer is told of an authorisation.
func transaction(k ledger.AuthorisationKey, a ledger.Authorisation) acquirer.Transaction {
	return acquirer.Transaction{
		Trace: trace(a), Card: protocol.Account(a.Card.Number()), Amount: a.Amount, Currency: a.Currency,
		Terminal: k.Terminal, Shop: a.Merchant.Number(),
	}
}

// payByCard is step 15 for a card: what is about to be asked is committed
// before anything is sent, and the answer together with the outcome and the
// entry. Without a certain answer the authorisation is left to be taken back,
// and the sale is undecided until it is. errOvertaken says that there is
// something else to decide now, and that nothing was asked.
func (s *Settler) payByCard(ctx context.Context, e *evidence) ([]byte, verdict, error) {
	if err := s.Acquirer.Await(ctx); err != nil {
		return nil, verdict{}, notReady("the acquirer cannot be reached")
	}
	number, err := s.Ledger.NextReference(ctx)
	if err != nil {
		return nil, verdict{}, err
	}
	var a ledger.Authorisation
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		_, err := s.decide(tx, e, 0)
		var ask *throughAcquirer
		switch {
		case err == nil:
			return errOvertaken
		case !errors.As(err, &ask):
			return err
		}
		a = s.begin(e.payer, e.merchant, ask.kept.Amount, ask.kept.Currency, number)
		a.Attempt = e.attempt
		// The print counts from now on, and the finger was the right one,
		// whatever the issuer says.
		marked, err := s.keepFinger(tx, e, ask.findings)
		if err != nil {
			return err
		}
		a.Note = note{content: e.content, print: marked}.bytes()
		// The sale takes its request, so that no other can be paid for it.
		if err := tx.PutSale(e.key, ask.kept); err != nil {
			return err
		}
		return tx.PutAuthorisation(asking(e.key), a)
	})
	if err != nil {
		return nil, verdict{}, err
	}
	// The terminal may hang up now; the answer is still of use.
	ctx = context.WithoutCancel(ctx)
	begun := time.Now()
	answer, err := s.Acquirer.Purchase(ctx, transaction(asking(e.key), a))
	s.Log.InfoContext(ctx, "card asked", "sale", e.request.String(), "card", a.Card.Tail(), "trace", a.Trace, "retrieval", a.Retrieval,
		"code", answer.Code, "verdict", answer.Verdict().String(), "error", err, "took", time.Since(begun))
	result, state := protocol.ResultDeclined, ledger.AuthorisationDeclined
	switch said := answer.Verdict(); {
	case errors.Is(err, acquirer.ErrCard):
	case err != nil || said == acquirer.Unsure:
		if err := s.giveUp(ctx, asking(e.key), answer); err != nil {
			return nil, verdict{}, s.uncertain(ctx, err)
		}
		return nil, verdict{}, ErrUndecided
	case said == acquirer.Approved:
		result, state = protocol.ResultPaid, ledger.AuthorisationApproved
	case said == acquirer.DeclinedFunds:
		result = protocol.ResultFunds
	}
	raw, v, err := s.answered(ctx, e.key, ledger.AuthorisationSent, result, state, answer)
	return raw, v, s.uncertain(ctx, err)
}

// uncertain turns a problem, which says that nothing was kept, into
// ErrUndecided: the acquirer has been asked, and what it was asked is kept. Its
// answer is lost, so that it is taken back or asked for again once the lease
// has run out.
func (s *Settler) uncertain(ctx context.Context, err error) error {
	var p *problem.Problem
	if errors.As(err, &p) {
		s.Log.WarnContext(ctx, "the acquirer's answer could not be kept", "error", err)
		return ErrUndecided
	}
	return err
}

// answered ends a card sale that this process works on, and that nothing else
// has ended, in one transaction with its authorisation.
func (s *Settler) answered(ctx context.Context, key ledger.SaleKey, from ledger.AuthorisationState, result protocol.Result, state ledger.AuthorisationState, answer acquirer.Answer) ([]byte, verdict, error) {
	now := protocol.At(s.Clock())
	return conclude(ctx, s, forCards, key.String(), func(r ledger.Reader, _ uint64) (verdict, error) {
		a, err := r.Authorisation(asking(key))
		if err != nil {
			return verdict{}, err
		}
		kept, err := r.Sale(key)
		if err != nil {
			return verdict{}, err
		}
		if last, ended := kept.Final(); ended {
			return verdict{answer: last.Outcome}, nil
		}
		if a.State != from || a.Holder != s.Process {
			return verdict{}, ErrUndecided
		}
		n, err := readNote(a.Note)
		if err != nil {
			return verdict{}, err
		}
		a.State, a.Lease, a.Holder = state, 0, ""
		if answer.Code != "" {
			a.Response, a.Approval = answer.Code, answer.Approval
		}
		o := protocol.Outcome{Request: kept.Request, Payment: kept.Payment, Attempt: a.Attempt, Result: result,
			Amount: kept.Amount, Currency: kept.Currency, Decided: now}
		if result == protocol.ResultPaid {
			o.Reference = a.Retrieval
		}
		return verdict{outcome: o, why: "the card's issuer: " + answer.Code, keep: func(tx ledger.Tx, signed []byte) error {
			if result == protocol.ResultPaid {
				kept.Reference, kept.Payer, kept.Merchant, kept.Source = a.Retrieval, a.Card, a.Merchant, ledger.AcquirerAccount(a.Currency)
				if err := owed(tx, kept, key, now); err != nil {
					return err
				}
			}
			return ended(tx, key, kept, a, ledger.Decision{Kind: ledger.DecidedSubmission, Attempt: a.Attempt, Content: n.content,
				Result: result, Decided: now, Outcome: signed, Print: n.print})
		}}, nil
	})
}

// owed has the acquirer owe what a card paid.
func owed(tx ledger.Tx, sale ledger.Sale, key ledger.SaleKey, now protocol.Time) error {
	if _, err := tx.Account(sale.Source); isNotFound(err) {
		if err := tx.AddAccount(ledger.Account{ID: sale.Source, Class: ledger.Acquirer, Currency: sale.Currency}); err != nil {
			return err
		}
	}
	_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryPayment, Debit: sale.Source, Credit: sale.Merchant, Amount: sale.Amount, At: now, Sale: &key})
	return err
}

// ended adds the last decision to a card sale and keeps its authorisation.
func ended(tx ledger.Tx, key ledger.SaleKey, kept ledger.Sale, a ledger.Authorisation, d ledger.Decision) error {
	kept.Decisions = append(kept.Decisions[:len(kept.Decisions):len(kept.Decisions)], d)
	if err := tx.PutSale(key, kept); err != nil {
		return err
	}
	return tx.PutAuthorisation(asking(key), a)
}

// giveUp leaves a purchase without a certain answer to be taken back, by
// whichever process comes first. If this fails, the lease runs out.
func (s *Settler) giveUp(ctx context.Context, k ledger.AuthorisationKey, answer acquirer.Answer) error {
	err := s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		a, err := tx.Authorisation(k)
		if err != nil || a.State != ledger.AuthorisationSent || a.Holder != s.Process {
			return err
		}
		a.Response = answer.Code
		return tx.PutAuthorisation(k, released(a))
	})
	s.kick()
	return err
}

// released is an authorisation that is to be taken back, by nobody yet.
func released(a ledger.Authorisation) ledger.Authorisation {
	a.State, a.Lease, a.Holder = ledger.AuthorisationReversing, 0, ""
	return a
}

// takingBack is closing by a reversal, for a sale that the acquirer may know
// of: what it approved, or may still approve, is taken back there as well.
func takingBack(r ledger.Reader, key ledger.SaleKey, kept ledger.Sale, now protocol.Time) (verdict, error) {
	v := closing(key, kept, ledger.DecidedReversal, protocol.ResultReversed, now)
	a, err := r.Authorisation(asking(key))
	switch {
	case isNotFound(err):
		return v, nil
	case err != nil:
		return v, err
	case a.State != ledger.AuthorisationSent && a.State != ledger.AuthorisationApproved && a.State != ledger.AuthorisationReversing:
		return v, nil
	}
	var print *protocol.Hash
	if a.State.Open() {
		// The attempt that this ends was not decided; its print was taken.
		n, err := readNote(a.Note)
		if err != nil {
			return v, err
		}
		v.outcome.Attempt, print = a.Attempt, n.print
	}
	if a.State != ledger.AuthorisationReversing {
		a = released(a)
	}
	attempt := v.outcome.Attempt
	v.keep = func(tx ledger.Tx, signed []byte) error {
		return ended(tx, key, kept, a, ledger.Decision{Kind: ledger.DecidedReversal, Attempt: attempt, Result: protocol.ResultReversed,
			Decided: now, Outcome: signed, Print: print})
	}
	return v, nil
}
