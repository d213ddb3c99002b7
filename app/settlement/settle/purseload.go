package settle

import (
	"context"
	"errors"
	"net/http"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// forLoads is the form of loads.
var forLoads = form[protocol.Load]{
	numbered: func(protocol.Load) bool { return false },
	number:   func(*protocol.Load, uint64) {},
	sign:     func(o *protocol.Load, signer [8]byte) { o.Signer = signer },
	result:   func(protocol.Load) string { return "loaded" },
}

// loadRefused is what a load's decision fails with when it is never to be made.
type loadRefused struct {
	code   problem.Code
	detail string
	kept   bool // the refusal is in the ledger already, or needs not be
	fraud  bool
}

func (e *loadRefused) Error() string { return e.detail }

func (e *loadRefused) problem() error {
	return problem.New(http.StatusConflict, e.code, e.detail, "")
}

// load is a request for a load with what is needed to decide it.
type load struct {
	protocol.LoadRequest
	key     ledger.PurseLoadKey
	content protocol.Hash
	holder  protocol.Hash // thumbprint of the wallet's key
	now     protocol.Time
}

// Load puts money on a virtual card (step S1 of CN103942678A) and returns the
// signed load. Account, or what waits, is debited in the transaction that keeps
// the signed load: the same bytes are answered the same for ever. Another
// request under a sequence that was used is refused. Whatever is refused with
// status 409 is kept as refused under its sequence and nonce, so that no late
// duplicate of it debits anybody.
func (s *Settler) Load(ctx context.Context, p Peer, m *protocol.Signed[protocol.LoadRequest]) ([]byte, error) {
	asked, certificate, err := byCard(ctx, s, p, m.Unverified().Number, m)
	if err != nil {
		return nil, err
	}
	l := load{asked, ledger.PurseLoadKey{Number: asked.Number, Sequence: asked.Sequence}, m.Hash(), certificate.Holder.Key.Thumbprint(), protocol.At(s.Clock())}
	for range maxTurns {
		answer, v, err := conclude(ctx, s, forLoads, "load of card …"+asked.Number.Ending(), func(r ledger.Reader, _ uint64) (verdictOf[protocol.Load], error) {
			return l.decide(r, p)
		})
		var refused *loadRefused
		if !errors.As(err, &refused) {
			if err == nil && v.answer == nil {
				s.Log.InfoContext(ctx, "loaded", "wallet", string(p.Subject), "card", asked.Number.Ending(), "sequence", asked.Sequence,
					"amount", int64(asked.Amount), "waiting", asked.Waiting)
			}
			return answer, err
		}
		if err := s.refuseLoad(ctx, p, l, refused); !errors.Is(err, errOvertaken) {
			return nil, err
		}
	}
	return nil, busy("the ledger changed while this was decided")
}

// refuseLoad keeps a refusal and returns it as a problem.
func (s *Settler) refuseLoad(ctx context.Context, p Peer, l load, refused *loadRefused) error {
	if !refused.kept {
		err := s.Ledger.Update(ctx, func(tx ledger.Tx) error {
			_, err := l.decide(tx, p)
			var again *loadRefused
			switch {
			case err == nil:
				return errOvertaken
			case !errors.As(err, &again):
				return err
			case again.kept:
				refused = again
				return nil
			case again.code != refused.code:
				return errOvertaken
			}
			return tx.AddRefusedLoad(l.key, l.Nonce, ledger.RefusedLoad{Request: l.content, Code: string(refused.code), Decided: l.now})
		})
		if err != nil {
			return err
		}
	}
	if refused.fraud {
		s.Log.WarnContext(ctx, "fraud", "card", l.Number.Ending(), "why", refused.detail, "result", string(refused.code))
	}
	s.Log.InfoContext(ctx, "load refused", "wallet", string(p.Subject), "card", l.Number.Ending(), "sequence", l.Sequence, "code", string(refused.code))
	return refused.problem()
}

// decide decides a load, as the ledger stands.
func (l load) decide(r ledger.Reader, p Peer) (v verdictOf[protocol.Load], err error) {
	purse, err := own(r, p, l.Number)
	if err != nil {
		return v, err
	}
	before, err := r.RefusedLoad(l.key, l.Nonce)
	switch {
	case err == nil && before.Request == l.content:
		return v, &loadRefused{problem.Code(before.Code), "refused before", true, false}
	case err == nil:
		return v, &loadRefused{problem.Conflict, "another load was refused under this sequence and nonce", true, true}
	case !isNotFound(err):
		return v, err
	}
	kept, err := r.PurseLoad(l.key)
	switch {
	case err == nil && kept.Request == l.content:
		return verdictOf[protocol.Load]{answer: kept.Answer}, nil
	case err == nil:
		return v, &loadRefused{problem.Conflict, "another load was made under this sequence", true, true}
	case !isNotFound(err):
		return v, err
	}
	if err := l.refusal(r, p, purse); err != nil {
		return v, err
	}
	return l.made(purse), nil
}

// refusal says why a load is never to be made; nil if it can be.
func (l load) refusal(r ledger.Reader, p Peer, purse ledger.Purse) error {
	refuse := func(code problem.Code, detail string) error { return &loadRefused{code, detail, false, false} }
	switch {
	case l.Sequence != purse.Sequence+1:
		return refuse(problem.Conflict, "not the next load of this card")
	case purse.Blocked != 0:
		return refuse(problem.Blocked, "the card is blocked: "+purse.Blocked.String())
	case l.now > purse.Expires:
		return refuse(problem.Blocked, "the card has expired")
	case l.Currency != purse.Currency:
		return refuse(problem.Conflict, "the card has another currency")
	}
	held, err := r.Balance(ledger.PurseAccount(purse.Number))
	if err != nil {
		return err
	}
	if held+int64(l.Amount) > int64(purse.Ceiling) {
		return refuse(problem.Ceiling, "the card would hold more than it may")
	}
	source := ledger.WaitingAccount(purse.Number)
	if !l.Waiting {
		source = purse.Account
		account, err := r.Account(source)
		if err != nil && !isNotFound(err) {
			return err
		}
		if err != nil || !account.RegisteredTo(p.Subject, l.holder) || account.Card() || account.Currency != purse.Currency {
			return refuse(problem.NotRegistered, "the card's account is not this wallet's any more")
		}
	}
	balance, err := r.Balance(source)
	if err != nil {
		return err
	}
	if balance < int64(l.Amount) {
		return refuse(problem.Funds, "there is not that much")
	}
	return nil
}

// made debits, and keeps the load.
func (l load) made(purse ledger.Purse) verdictOf[protocol.Load] {
	total := purse.Loaded + protocol.Sum(l.Amount)
	o := protocol.Load{Number: l.Number, Sequence: l.Sequence, Amount: l.Amount, Currency: l.Currency, Total: total, Nonce: l.Nonce, Made: l.now, Cleared: purse.Cleared}
	return verdictOf[protocol.Load]{outcome: o, keep: func(tx ledger.Tx, signed []byte) error {
		t := ledger.Transfer{Kind: ledger.EntryTopUp, Debit: purse.Account, Credit: ledger.PurseAccount(l.Number), Amount: l.Amount, At: l.now}
		if l.Waiting {
			t.Kind, t.Debit = ledger.EntryTaken, ledger.WaitingAccount(l.Number)
		}
		entry, err := tx.Transfer(t)
		if err != nil {
			return err
		}
		purse.Sequence, purse.Loaded = l.Sequence, total
		if err := tx.PutPurse(purse); err != nil {
			return err
		}
		return tx.AddPurseLoad(l.key, ledger.PurseLoad{Request: l.content, Amount: l.Amount, Waiting: l.Waiting, Total: total, Entry: entry, Made: l.now, Answer: signed})
	}}
}
