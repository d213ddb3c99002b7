package settle

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net/http"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// forVirtualCards is the form of virtual cards, which bear no mark of their signer.
var forVirtualCards = form[protocol.VirtualCard]{
	numbered: func(protocol.VirtualCard) bool { return false },
	number:   func(*protocol.VirtualCard, uint64) {},
	sign:     func(*protocol.VirtualCard, [8]byte) {},
	result:   func(protocol.VirtualCard) string { return "card" },
}

// blocked says that a virtual card is of no more use.
func blocked(detail string) error {
	return problem.New(http.StatusConflict, problem.Blocked, detail, "Apply for another card, or call the operator of the settlement server.")
}

// application is an application for a card with what is needed to decide it.
type application struct {
	protocol.CardApplication
	key     ledger.ApplicationKey
	content protocol.Hash
	card    protocol.Key
	wallet  protocol.ID
	holder  protocol.Hash // thumbprint of the wallet's key
	account ledger.AccountID
	now     protocol.Time
	// number is drawn for a new card.
	number protocol.CardNumber
}

// ApplyCard gives a wallet's owner a virtual card (step S1 of CN103942678A) and
// returns the signed card. An application repeated gets the same bytes. The same
// card key again renews the card under its number; another key gets another
// card, and the wallet's card before it is blocked, whatever phone it was on.
func (s *Settler) ApplyCard(ctx context.Context, p Peer, m *protocol.Signed[protocol.CardApplication]) ([]byte, error) {
	now := s.Clock()
	trust := s.Trust()
	if p.Role != protocol.RoleWallet {
		return nil, unauthorised("virtual cards belong to wallets")
	}
	if err := trust.ListCurrent(now, s.Policy.MaxListAge); err != nil {
		return nil, notReady(err.Error())
	}
	asked, proof, wallet, err := protocol.VerifyCardApplication(m, trust, now)
	switch {
	case err != nil:
		return nil, unauthorised(err.Error())
	case wallet.Subject != p.Subject:
		return nil, unauthorised(fmt.Sprintf("certificate of %q shown by %q", wallet.Subject, p.Subject))
	}
	number, err := asked.Account()
	if err != nil {
		return nil, malformed(err.Error())
	}
	holder := wallet.Holder.Key.Thumbprint()
	a := application{CardApplication: asked, key: ledger.ApplicationKey{Wallet: holder, Key: asked.Key}, content: m.Hash(), card: proof.Key,
		wallet: p.Subject, holder: holder, account: ledger.PayerAccount(number), now: protocol.At(now)}
	for range maxTurns {
		if a.number, err = drawNumber(); err != nil {
			return nil, err
		}
		answer, v, err := conclude(ctx, s, forVirtualCards, "card of "+string(p.Subject), func(r ledger.Reader, _ uint64) (verdictOf[protocol.VirtualCard], error) {
			return s.decideCard(r, a)
		})
		if errors.Is(err, errOvertaken) {
			continue
		}
		if err == nil && v.answer == nil {
			s.Log.InfoContext(ctx, "virtual card", "wallet", string(p.Subject), "card", v.outcome.Number.Ending(), "why", v.why)
		}
		return answer, err
	}
	return nil, busy("no free card number was drawn")
}

// drawNumber draws a number that cannot be guessed from others.
func drawNumber() (protocol.CardNumber, error) {
	serial, err := rand.Int(rand.Reader, big.NewInt(100_000_000_000))
	if err != nil {
		return "", notReady("no number could be drawn: " + err.Error())
	}
	return protocol.NewCardNumber(serial.Uint64())
}

// decideCard decides an application, as the ledger stands. It fails with
// errOvertaken if the number that was drawn is taken.
func (s *Settler) decideCard(r ledger.Reader, a application) (v verdictOf[protocol.VirtualCard], err error) {
	kept, err := r.Application(a.key)
	switch {
	case err == nil && kept.Content != a.content:
		return v, conflict("another application under the same key")
	case err == nil:
		return verdictOf[protocol.VirtualCard]{answer: kept.Card}, nil
	case !isNotFound(err):
		return v, err
	}
	if off := a.now.Time().Sub(a.Sent.Time()).Abs(); off > protocol.MaxSkew {
		return v, problem.New(http.StatusBadRequest, problem.Stale, "sent at a time that is not now", "Set the phone's clock.")
	}
	account, err := r.Account(a.account)
	switch {
	case err != nil && !isNotFound(err):
		return v, err
	case err != nil || !account.RegisteredTo(a.wallet, a.holder):
		return v, problem.New(http.StatusForbidden, problem.NotRegistered, "no such account of this wallet", "Register the account first.")
	case account.Card():
		return v, conflict("virtual cards are loaded from prepaid and third-party accounts, not from bank cards")
	case account.Currency != a.Currency:
		return v, conflict("the account has another currency")
	}
	purse, known, err := s.purseOf(r, a)
	if err != nil {
		return v, err
	}
	replaced, err := a.replaced(r, purse.Number)
	if err != nil {
		return v, err
	}
	terms := s.terms(a.Currency)
	purse.Ceiling, purse.Expires = terms.Ceiling, protocol.At(a.now.Time().Add(s.Policy.CardLife))
	purse.Account, purse.WalletKey = a.account, a.holder
	v.why = "new"
	if known {
		v.why = "renewed"
	}
	v.outcome = protocol.VirtualCard{Issuer: s.self(), Number: purse.Number, Expires: purse.Expires, Holder: protocol.Confirmation{Key: a.card}, Purse: terms}
	v.keep = func(tx ledger.Tx, signed []byte) error {
		if replaced != nil {
			replaced.Block(ledger.BlockReplaced, a.now)
			replaced.Blocked = ledger.BlockReplaced
			if err := tx.PutPurse(*replaced); err != nil {
				return err
			}
		}
		purse.Signed = signed
		put := tx.AddPurse
		if known {
			put = tx.PutPurse
		}
		if err := put(purse); err != nil {
			return err
		}
		return tx.AddApplication(a.key, ledger.Application{Content: a.content, Number: purse.Number, Card: signed})
	}
	return v, nil
}

// purseOf returns the card with the applicant's key, or a new one.
func (s *Settler) purseOf(r ledger.Reader, a application) (purse ledger.Purse, known bool, err error) {
	number, err := r.PurseByMark(protocol.MarkOf(a.card))
	if isNotFound(err) {
		if _, err := r.Purse(a.number); err == nil {
			return purse, false, errOvertaken
		} else if !isNotFound(err) {
			return purse, false, err
		}
		return ledger.Purse{Number: a.number, Currency: a.Currency, Wallet: a.wallet, Key: a.card}, false, nil
	}
	if err != nil {
		return purse, false, err
	}
	purse, err = r.Purse(number)
	switch {
	case err != nil:
	case purse.Wallet != a.wallet || purse.Key != a.card || purse.Currency != a.Currency:
		err = conflict("the card's key is another card's")
	case purse.Blocked != 0:
		err = blocked("the card is blocked: " + purse.Blocked.String())
	}
	return purse, true, err
}

// replaced returns the card that the wallet had before, nil if it had none.
func (a application) replaced(r ledger.Reader, now protocol.CardNumber) (*ledger.Purse, error) {
	number, err := r.PurseOf(a.wallet, a.Currency)
	if isNotFound(err) || err == nil && number == now {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	before, err := r.Purse(number)
	return &before, err
}

// terms are what a new card in a currency allows.
func (s *Settler) terms(c protocol.Currency) protocol.PurseTerms {
	terms := protocol.PurseTerms{Currency: c, Ceiling: defaultCeiling, ConfirmAbove: defaultConfirmAbove}
	if ceiling, set := s.Policy.CardCeiling[c]; set {
		terms.Ceiling = ceiling
	}
	if above, set := s.Policy.CardConfirmAbove[c]; set {
		terms.ConfirmAbove = above
	}
	terms.ConfirmAbove = min(terms.ConfirmAbove, terms.Ceiling)
	return terms
}

// own returns a wallet's card. Others' are answered like numbers that nobody
// has: they cannot be tried out.
func own(r ledger.Reader, p Peer, n protocol.CardNumber) (ledger.Purse, error) {
	purse, err := r.Purse(n)
	if isNotFound(err) || err == nil && purse.Wallet != p.Subject {
		return ledger.Purse{}, unauthorised("no such virtual card of this wallet")
	}
	return purse, err
}

// byCard verifies that a message is a card's of this wallet.
func byCard[P protocol.Payload](ctx context.Context, s *Settler, p Peer, n protocol.CardNumber, m *protocol.Signed[P]) (P, protocol.Certificate, error) {
	var payload P
	if p.Role != protocol.RoleWallet {
		return payload, protocol.Certificate{}, unauthorised("virtual cards belong to wallets")
	}
	certificate, err := s.certified(p)
	if err != nil {
		return payload, certificate, err
	}
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		purse, err := own(r, p, n)
		if err != nil {
			return err
		}
		if payload, err = m.Verify(purse.Key); err != nil {
			return unauthorised(err.Error())
		}
		return nil
	})
	return payload, certificate, err
}
