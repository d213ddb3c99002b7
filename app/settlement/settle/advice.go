package settle

import (
	"context"
	"errors"
	"fmt"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// ErrUndecided says that a card's issuer has not decided yet, or that a wallet
// has to wait: how the sale ended is not told
// before the terminal has acknowledged it, taken it back, or can do nothing more
// about it. Wallet and terminal wait while a card's issuer has the last word.
var ErrUndecided = errors.New("not decided yet")

// Peer is a device as mutual TLS names it, and the certificate with which it
// signs. Advices do not carry one.
type Peer struct {
	Role        protocol.Role
	Subject     protocol.ID
	Certificate *protocol.Signed[protocol.Certificate]
}

// certified verifies a peer's certificate and that it is the peer's.
func (s *Settler) certified(p Peer) (protocol.Certificate, error) {
	now := s.Clock()
	trust := s.Trust()
	if err := trust.ListCurrent(now, s.Policy.MaxListAge); err != nil {
		return protocol.Certificate{}, notReady(err.Error())
	}
	certificate, err := trust.Certificate(p.Certificate, p.Role, now)
	if err != nil {
		return certificate, unauthorised(fmt.Sprintf("certificate of %v %q: %v", p.Role, p.Subject, err))
	}
	if certificate.Subject != p.Subject {
		return certificate, unauthorised(fmt.Sprintf("certificate of %q shown by %q", certificate.Subject, p.Subject))
	}
	return certificate, nil
}

// signedBy verifies a message by a peer's certificate.
func signedBy[P protocol.Payload](s *Settler, p Peer, m *protocol.Signed[P]) (P, protocol.Certificate, error) {
	var none P
	certificate, err := s.certified(p)
	if err != nil {
		return none, certificate, err
	}
	payload, err := m.Verify(certificate.Holder.Key)
	if err != nil {
		return none, certificate, unauthorised(err.Error())
	}
	return payload, certificate, nil
}

// about says how an advice relates to the sale that is kept.
func about(a protocol.Advice, kept ledger.Sale) (own bool, other []byte, err error) {
	switch {
	case a.Request == kept.Request && a.Payment == kept.Payment:
		if a.Amount != kept.Amount || a.Currency != kept.Currency {
			return false, nil, conflict("the sale is kept with another amount")
		}
		return true, nil, nil
	default:
		// The sale was refused because the scramble code had been used: that
		// refusal is all there is to say about it, signed once.
		for _, d := range kept.Conflicts {
			if o, err := protocol.Parse[protocol.Outcome](d.Outcome); err == nil && o.Unverified().Request == a.Request && o.Unverified().Payment == a.Payment {
				return false, d.Outcome, nil
			}
		}
		return false, nil, conflict("another sale is kept under this scramble code")
	}
}

// Query answers how a sale stands: a terminal with the last outcome, a wallet
// with the final one once it may know (ErrUndecided until then). A sale that
// was never seen is a problem of code not-found.
func (s *Settler) Query(ctx context.Context, p Peer, q *protocol.Signed[protocol.Query]) ([]byte, error) {
	query, certificate, err := signedBy(s, p, q)
	if err != nil {
		return nil, err
	}
	now := s.Clock()
	answer, _, err := s.conclude(ctx, query.Request, func(r ledger.Reader, _ uint64) (verdict, error) {
		key, kept, err := s.asked(r, p, certificate, protocol.Advice(query))
		if err != nil {
			return verdict{}, err
		}
		own, other, err := about(protocol.Advice(query), kept)
		if err != nil || !own {
			return verdict{answer: other}, err
		}
		if a, err := openAuthorisation(r, key); err != nil {
			return verdict{}, err
		} else if a != nil && !hasEnded(kept) {
			return verdict{}, ErrUndecided
		}
		last, ended := kept.Final()
		closed := kept.Closes != 0 && now.After(kept.Closes.Time())
		switch {
		case !ended && closed:
			return closing(key, kept, ledger.DecidedEnd, protocol.ResultLate, protocol.At(now)), nil
		case p.Role == protocol.RoleWallet && !ended,
			p.Role == protocol.RoleWallet && kept.Acknowledged == 0 && last.Result != protocol.ResultReversed && last.Result != protocol.ResultLate && !closed:
			return verdict{}, ErrUndecided
		}
		return verdict{answer: last.Outcome}, nil
	})
	return answer, err
}

func hasEnded(kept ledger.Sale) bool {
	_, ended := kept.Final()
	return ended
}

// asked finds the sale of a query. A terminal names its own by the scramble
// code; a wallet finds it by the request, and only its own.
func (s *Settler) asked(r ledger.Reader, p Peer, certificate protocol.Certificate, a protocol.Advice) (ledger.SaleKey, ledger.Sale, error) {
	key := ledger.SaleKey{Terminal: p.Subject, Scramble: a.Scramble}
	var err error
	if p.Role == protocol.RoleWallet {
		if key, err = r.SaleByRequest(a.Request); err != nil {
			return key, ledger.Sale{}, seenOr(err)
		}
	}
	kept, err := r.Sale(key)
	if err != nil {
		return key, kept, seenOr(err)
	}
	if p.Role == protocol.RoleWallet {
		own := kept.Wallet == p.Subject && kept.WalletKey == certificate.Holder.Key.Thumbprint()
		// A tombstone for a submission that was never seen knows no wallet, but
		// names the payment, which only payer and terminal know.
		tombstone := kept.Wallet == "" && kept.Payment == a.Payment
		if !own && !tombstone {
			return key, kept, neverSeen()
		}
	}
	return key, kept, nil
}

func seenOr(err error) error {
	if isNotFound(err) {
		return neverSeen()
	}
	return err
}

// closing ends an open sale.
func closing(key ledger.SaleKey, kept ledger.Sale, kind ledger.DecisionKind, result protocol.Result, now protocol.Time) verdict {
	outcome := protocol.Outcome{
		Request: kept.Request, Payment: kept.Payment, Attempt: 1, Result: result, Reference: kept.Reference,
		Amount: kept.Amount, Currency: kept.Currency, Decided: now,
	}
	if n := len(kept.Decisions); n > 0 {
		outcome.Attempt = kept.Decisions[n-1].Attempt
	}
	return verdict{outcome: outcome, keep: func(tx ledger.Tx, signed []byte) error {
		kept.Decisions = append(kept.Decisions[:len(kept.Decisions):len(kept.Decisions)], ledger.Decision{
			Kind: kind, Attempt: outcome.Attempt, Result: result, Decided: now, Outcome: signed})
		return tx.PutSale(key, kept)
	}}
}

// Reverse takes a sale back whose outcome the terminal never learned, even one
// that was never seen. What was acknowledged, or refused anyway, stays: then the
// outcome that is kept is returned.
func (s *Settler) Reverse(ctx context.Context, p Peer, m *protocol.Signed[protocol.Reversal]) ([]byte, error) {
	reversal, _, err := signedBy(s, p, m)
	if err != nil {
		return nil, err
	}
	key := ledger.SaleKey{Terminal: p.Subject, Scramble: reversal.Scramble}
	now := protocol.At(s.Clock())
	answer, v, err := s.conclude(ctx, reversal.Request, func(r ledger.Reader, _ uint64) (verdict, error) {
		kept, err := r.Sale(key)
		if isNotFound(err) {
			return s.tombstone(r, key, protocol.Advice(reversal), now)
		}
		if err != nil {
			return verdict{}, err
		}
		own, other, err := about(protocol.Advice(reversal), kept)
		if err != nil || !own {
			return verdict{answer: other}, err
		}
		last, ended := kept.Final()
		switch {
		case !ended:
			return takingBack(r, key, kept, now)
		case last.Result == protocol.ResultPaid && kept.Acknowledged == 0 && kept.Refunded+kept.Refunding == 0:
			return s.payBack(r, key, kept, now)
		}
		return verdict{answer: last.Outcome}, nil
	})
	if err == nil && v.answer == nil {
		s.kick()
		s.Log.InfoContext(ctx, "reversed", "sale", reversal.Request.String(), "terminal", string(p.Subject), "reference", v.outcome.Reference)
	}
	return answer, err
}

// tombstone keeps a reversal for a submission that was not seen.
func (s *Settler) tombstone(r ledger.Reader, key ledger.SaleKey, a protocol.Advice, now protocol.Time) (verdict, error) {
	owner, err := r.SaleByRequest(a.Request)
	if err == nil {
		s.Log.Warn("fraud", "sale", a.Request.String(), "why", "reversal of another terminal's sale", "terminal", string(key.Terminal), "owner", string(owner.Terminal))
		return verdict{}, conflict("the request belongs to another sale")
	}
	if !isNotFound(err) {
		return verdict{}, err
	}
	kept := ledger.Sale{Request: a.Request, Payment: a.Payment, Amount: a.Amount, Currency: a.Currency}
	return closing(key, kept, ledger.DecidedReversal, protocol.ResultReversed, now), nil
}

// payBack moves the money of a paid sale back.
func (s *Settler) payBack(r ledger.Reader, key ledger.SaleKey, kept ledger.Sale, now protocol.Time) (verdict, error) {
	balance, err := r.Balance(kept.Merchant)
	if err != nil {
		return verdict{}, err
	}
	if balance < int64(kept.Amount) {
		return verdict{}, notReady("the merchant account does not cover the reversal")
	}
	v, err := takingBack(r, key, kept, now)
	if err != nil {
		return v, err
	}
	keep := v.keep
	v.keep = func(tx ledger.Tx, signed []byte) error {
		err := handBack(tx, ledger.Transfer{Kind: ledger.EntryReversal, Debit: kept.Merchant, Credit: kept.Source, Amount: kept.Amount, At: now, Sale: &key})
		switch {
		case errors.Is(err, ledger.ErrInsufficient):
			return notReady("the operator's funds do not cover the reversal of what the acquirer has paid out")
		case err != nil:
			return err
		}
		return keep(tx, signed)
	}
	return v, nil
}

// Acknowledge notes that the terminal has the final outcome, which is returned:
// from then on there is no reversal, and the wallet may know.
func (s *Settler) Acknowledge(ctx context.Context, p Peer, m *protocol.Signed[protocol.Acknowledgement]) (answer []byte, err error) {
	ack, _, err := signedBy(s, p, m)
	if err != nil {
		return nil, err
	}
	key := ledger.SaleKey{Terminal: p.Subject, Scramble: ack.Scramble}
	now := protocol.At(s.Clock())
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		kept, err := tx.Sale(key)
		if err != nil {
			return seenOr(err)
		}
		own, other, err := about(protocol.Advice(ack), kept)
		if err != nil || !own {
			answer = other
			return err
		}
		last, ended := kept.Final()
		if !ended {
			return conflict("the sale has not ended")
		}
		answer = last.Outcome
		if kept.Acknowledged != 0 {
			return nil
		}
		kept.Acknowledged = max(now, 1)
		return tx.PutSale(key, kept)
	})
	if err != nil {
		return nil, err
	}
	s.Log.InfoContext(ctx, "acknowledged", "sale", ack.Request.String(), "terminal", string(p.Subject))
	return answer, nil
}
