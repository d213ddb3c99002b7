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

// judgeFinger leaves f.result at ResultPaid when the holder is the owner.
func (s *Settler) judgeFinger(r ledger.Reader, e *evidence, used bool, f *findings) error {
	if e.finger == fingerByPIN {
		if limit := s.Policy.PINLimit[e.asked.Currency]; e.asked.Amount > limit {
			f.result, f.why = protocol.ResultFinger, "a holder verified by PIN is not accepted for this amount"
		}
		return nil
	}
	count, err := r.Failures(e.walletKey)
	if err != nil {
		return err
	}
	failed := func(final bool, why string) {
		f.why = why
		next := ledger.Failures{Wallet: e.wallet, Count: count.Count + 1, Last: protocol.At(e.now)}
		f.failures = &next
		f.result = protocol.ResultRetryFinger
		if final || e.phone || e.attempt >= protocol.MaxAttempts || next.Count >= s.Policy.MaxFailures {
			f.result = protocol.ResultFinger
		}
	}
	switch {
	case count.Count >= s.Policy.MaxFailures:
		f.result, f.why = protocol.ResultFinger, "the wallet is locked after failed fingers"
	case e.finger == fingerMissing:
		f.result, f.why = protocol.ResultFinger, e.why
	case e.finger == fingerCopied:
		f.fraud = true
		failed(true, "the enrolled print was sent as the live one")
	case used:
		f.fraud = true
		failed(true, "the live print was used before")
	case e.finger == fingerDiffers:
		failed(false, "the finger does not match")
	case count.Count > 0:
		f.failures = &ledger.Failures{Wallet: e.wallet, Last: protocol.At(e.now)}
	}
	return nil
}
