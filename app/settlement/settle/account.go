package settle

import (
	"context"
	"crypto/ecdh"
	"errors"
	"fmt"
	"net/http"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/problem"
)

// ChangeAccount registers an account to the wallet's key, or takes it off
// again (claim 2 step F), and returns what the wallet may know of it. A repeat
// of the same change is answered as the first time. An activation code works
// once, and also takes an account over from a key that was lost: whoever has
// the code was given the account by its keeper.
func (s *Settler) ChangeAccount(ctx context.Context, p Peer, m *protocol.Signed[protocol.AccountChange]) (protocol.AccountInfo, error) {
	var info protocol.AccountInfo
	if p.Role != protocol.RoleWallet {
		return info, unauthorised("accounts belong to wallets")
	}
	p.Certificate = m.Unverified().Wallet
	change, certificate, err := signedBy(s, p, m)
	if err != nil {
		return info, err
	}
	number, err := change.Account()
	if err != nil {
		return info, malformed(err.Error())
	}
	if off := s.Clock().Sub(change.Sent.Time()).Abs(); off > protocol.MaxSkew {
		return info, problem.New(http.StatusBadRequest, problem.Stale, "sent at a time that is not now", "Set the phone's clock.")
	}
	holder := certificate.Holder.Key.Thumbprint()
	key := ledger.ChangeKey{Wallet: holder, Key: change.Key}
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		before, err := tx.Change(key)
		switch {
		case err == nil && before.Content != m.Hash():
			return conflict("another change under the same key")
		case err == nil:
			info, err = protocol.DecodeAccountInfo(before.Info)
			return err
		case !isNotFound(err):
			return err
		}
		account, err := tx.Account(ledger.PayerAccount(number))
		if err != nil && !isNotFound(err) {
			return err
		}
		known := err == nil
		switch {
		case change.Remove && !(known && account.RegisteredTo(p.Subject, holder)):
			return problem.New(http.StatusForbidden, problem.NotRegistered, "no such account of this wallet", "")
		case change.Remove:
			account.Wallet, account.Key = "", protocol.Hash{}
		case !known || !account.ActivatedBy(change.Activation):
			// The same for an unknown account: numbers cannot be tried out.
			return problem.New(http.StatusForbidden, problem.Activation, "no such account, or another code", "Check account number and activation code.")
		case account.Card() && s.Acquirer == nil:
			return notReady("settlement has no acquirer, and cards can only be used through one")
		default:
			account.Wallet, account.Key, account.Activation = p.Subject, holder, nil
		}
		if err := tx.SetAccount(account); err != nil {
			return err
		}
		info = protocol.AccountInfo{Kind: account.Kind, Currency: account.Currency}
		encoded, err := protocol.EncodeAccountInfo(info)
		if err != nil {
			return err
		}
		return tx.AddChange(key, ledger.Change{Content: m.Hash(), Info: encoded})
	})
	if err != nil {
		return protocol.AccountInfo{}, err
	}
	s.Log.InfoContext(ctx, "account changed", "wallet", string(p.Subject), "account", ledger.PayerAccount(number).Tail(), "removed", change.Remove)
	return info, nil
}

// Deposit keeps the sealed template of a wallet whose certificate names it by
// its hash. The desk's signature is checked as of the capture: by now its
// certificate may have ended, and the authority, which signed the hash, has
// seen the deposit then.
func (s *Settler) Deposit(ctx context.Context, p Peer, m *protocol.Signed[protocol.TemplateDeposit]) error {
	if p.Role != protocol.RoleWallet {
		return unauthorised("templates are deposited by wallets")
	}
	wallet, err := s.certified(p)
	if err != nil {
		return err
	}
	claimed := m.Unverified()
	if ahead := claimed.Captured.Time().Sub(s.Clock()); ahead > protocol.MaxSkew {
		return malformed("captured in the future")
	}
	desk, err := s.Trust().Certificate(claimed.Desk, protocol.RoleDesk, claimed.Captured.Time())
	if err != nil {
		return unauthorised(fmt.Sprintf("enrolment desk's certificate: %v", err))
	}
	deposit, err := m.Verify(desk.Holder.Key)
	if err != nil {
		return unauthorised(err.Error())
	}
	hash, named := wallet.Device.PrintDeposited()
	if !named || hash != deposit.SealedHash() || deposit.Wallet != wallet.Subject || deposit.Authority != wallet.Issuer {
		return conflict("the template is not the one that the wallet's certificate names")
	}
	template, err := openWith(s, func(key ecdh.KeyExchanger) (*protocol.Template, error) {
		template, err := protocol.OpenEnrolledTemplate(key, wallet.Issuer, wallet.Subject, deposit.Sealed)
		return &template, err
	})
	if err != nil {
		return err
	}
	if template == nil {
		return malformed("the template cannot be opened")
	}
	if _, err := minutiae.Decode(*template); err != nil {
		return malformed("the template cannot be read")
	}
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error { return tx.AddDeposit(deposit.Sealed) })
	if errors.Is(err, ledger.ErrErased) {
		return conflict("the template was erased on its owner's request: the wallet has to be enrolled anew")
	}
	if err != nil {
		return err
	}
	s.Log.InfoContext(ctx, "template deposited", "wallet", string(p.Subject))
	return nil
}

// Unlock clears the failed fingers of every key of a wallet, by order of the
// operator and for a reason that is kept, and returns how many keys had any.
func (s *Settler) Unlock(ctx context.Context, wallet protocol.ID, reason string) (int, error) {
	var keys []protocol.Hash
	err := s.Ledger.View(ctx, func(r ledger.Snapshot) error {
		return r.EachFailures(func(key protocol.Hash, f ledger.Failures) error {
			if f.Wallet == wallet && f.Count > 0 {
				keys = append(keys, key)
			}
			return nil
		})
	})
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	now := protocol.At(s.Clock())
	err = s.Ledger.Update(ctx, func(tx ledger.Tx) error {
		var failed error
		for _, key := range keys {
			failed = errors.Join(failed, tx.SetFailures(key, ledger.Failures{Wallet: wallet, Last: now}))
		}
		failed = errors.Join(failed, tx.AddFingerEvent(ledger.FingerEvent{Wallet: wallet, WalletKey: keys[0], At: now, Outcome: ledger.FingerUnlocked, Note: reason}))
		return failed
	})
	s.Log.InfoContext(ctx, "wallet unlocked", "wallet", string(wallet), "keys", len(keys))
	return len(keys), err
}

// Certificate returns settlement's certificate (step 12): the current one, or
// the one under which outcomes with this mark were signed.
func (s *Settler) Certificate(ctx context.Context, signer *[8]byte) (raw []byte, err error) {
	if current := s.Identity().Certificate; signer == nil || protocol.SignerOf(current) == *signer {
		return current.Bytes(), nil
	}
	err = s.Ledger.View(ctx, func(r ledger.Snapshot) (err error) {
		raw, err = r.Certificate(*signer)
		return err
	})
	if isNotFound(err) {
		return nil, problem.New(http.StatusNotFound, problem.NotFound, "no such certificate", "")
	}
	return raw, err
}
