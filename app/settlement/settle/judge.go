package settle

import (
	"countersign/app/settlement/ledger"
	"countersign/protocol"
)

// findings are what judge makes of an attempt.
type findings struct {
	result protocol.Result
	why    string
	fraud  bool
	// takePrint says that the live print is new and now used.
	takePrint bool
	// failures replaces the wallet's count, unless nil.
	failures *ledger.Failures
	// finger is what auditors may read of the holder's being the owner, if that was
	// decided on. keepPrint says that later live prints are compared with this one.
	finger    *ledger.FingerEvent
	keepPrint bool
	// card says that what is left is the acquirer's to decide.
	card bool
}

// judge decides about an attempt that was not decided before. The order counts:
// nobody learns anything about an account or its money without the finger.
func (s *Settler) judge(r ledger.Reader, e *evidence) (findings, error) {
	var f findings
	refuse := func(result protocol.Result, why string) (findings, error) {
		f.result, f.why = result, why
		return f, nil
	}
	used := false
	if e.live != nil {
		_, err := r.Print(e.mark)
		switch {
		case err == nil:
			used = true
		case !isNotFound(err):
			return f, err
		}
		f.takePrint = !used
	}
	if e.refusal != nil {
		return refuse(*e.refusal, e.why)
	}
	if e.now.After(e.asked.Ends().Add(protocol.Grace)) {
		return refuse(protocol.ResultLate, "submitted too long after the request's end")
	}
	if ahead := e.asked.Issued.Time().Sub(e.now); ahead > protocol.MaxSkew {
		return refuse(protocol.ResultTerminal, "the request is from the future: the terminal's clock is ahead by "+ahead.String())
	}
	merchant, err := r.Account(e.merchant)
	if err != nil && !isNotFound(err) {
		return f, err
	}
	if err != nil || !merchant.Credits(e.peer) || merchant.Currency != e.asked.Currency {
		return refuse(protocol.ResultTerminal, "the merchant account is not registered to this terminal in this currency")
	}
	payer, err := r.Account(e.payer)
	if err != nil && !isNotFound(err) {
		return f, err
	}
	if err != nil || !payer.RegisteredTo(e.wallet, e.walletKey) || payer.Currency != e.asked.Currency {
		return refuse(protocol.ResultWallet, "the account is not registered to this wallet in this currency")
	}
	if err := s.judgeFinger(r, e, used, &f); err != nil || f.result != protocol.ResultPaid {
		return f, err
	}
	if payer.Card() {
		if s.Acquirer == nil {
			return refuse(protocol.ResultDeclined, "a card's account, and there is no acquirer")
		}
		f.card = true
		return refuse(protocol.ResultPaid, "")
	}
	balance, err := r.Balance(e.payer)
	if err != nil {
		return f, err
	}
	if balance < int64(e.asked.Amount) {
		return refuse(protocol.ResultFunds, "the account does not cover the amount")
	}
	return refuse(protocol.ResultPaid, "")
}

// judgeFinger leaves f.result at ResultPaid when the holder is the owner. It fails
// with errMorePrints if the live print has to be compared with newer ones first.
func (s *Settler) judgeFinger(r ledger.Reader, e *evidence, used bool, f *findings) error {
	count, err := r.Failures(e.walletKey)
	if err != nil {
		return err
	}
	f.finger = &ledger.FingerEvent{Wallet: e.wallet, WalletKey: e.walletKey, At: protocol.At(e.now), Sale: e.key, Attempt: e.attempt,
		Amount: e.asked.Amount, Currency: e.asked.Currency, Band: e.band.UpTo, Failures: count.Count}
	refused := func(as ledger.FingerOutcome, why string) {
		f.finger.Outcome, f.result, f.why = as, protocol.ResultFinger, why
	}
	failed := func(as ledger.FingerOutcome, final bool, why string) {
		refused(as, why)
		next := ledger.Failures{Wallet: e.wallet, Count: count.Count + 1, Last: protocol.At(e.now)}
		f.failures, f.finger.Failures = &next, next.Count
		if !final && !e.phone && e.attempt < protocol.MaxAttempts && next.Count < s.Policy.MaxFailures {
			f.result = protocol.ResultRetryFinger
		}
	}
	switch {
	case count.Count >= s.Policy.MaxFailures:
		refused(ledger.FingerLocked, "the wallet is locked after failed fingers")
		return nil
	case e.finger == fingerByPIN:
		limit := s.Policy.pinLimit(e.asked.Currency, e.enrolled)
		f.finger.Outcome, f.finger.Band = ledger.FingerPIN, limit
		if e.asked.Amount > limit {
			refused(ledger.FingerPINRefused, "a holder verified by PIN is not accepted for this amount")
		}
		return nil
	case e.finger == fingerMissing:
		refused(ledger.FingerMissing, e.why)
		return nil
	case e.finger == fingerCopied:
		f.fraud = true
		failed(ledger.FingerCopied, true, "the enrolled print was sent as the live one")
		return nil
	case used || e.replayed:
		f.fraud = true
		failed(ledger.FingerReplayed, true, "the live print was used before")
		return nil
	}
	if e.probe != nil {
		kept, err := r.Probes(e.wallet)
		if err != nil {
			return err
		}
		if kept.Number != e.seen {
			return errMorePrints
		}
		f.keepPrint = true
	}
	if e.finger == fingerDiffers {
		failed(ledger.FingerDiffers, false, "the finger does not match")
		return nil
	}
	f.finger.Outcome, f.finger.Failures = ledger.FingerMatch, 0
	if count.Count > 0 {
		f.failures = &ledger.Failures{Wallet: e.wallet, Last: protocol.At(e.now)}
	}
	return nil
}

// keepFinger keeps what findings say of the finger, in the transaction that keeps
// the decision. marked says where the mark was kept, nil if it was not.
func (s *Settler) keepFinger(tx ledger.Tx, e *evidence, f findings) (marked *protocol.Hash, err error) {
	if f.takePrint {
		if err := tx.AddPrint(e.mark, ledger.PrintUse{Sale: e.key, Attempt: e.attempt}); err != nil {
			return nil, err
		}
		marked = &e.mark
	}
	if f.failures != nil {
		if err := tx.SetFailures(e.walletKey, *f.failures); err != nil {
			return nil, err
		}
	}
	if f.keepPrint {
		if err := tx.AddProbe(e.wallet, uint8(s.Policy.KeptPrints), *e.probe); err != nil {
			return nil, err
		}
	}
	if f.finger != nil {
		return marked, tx.AddFingerEvent(*f.finger)
	}
	return marked, nil
}
