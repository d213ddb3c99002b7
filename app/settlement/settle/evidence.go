package settle

import (
	"context"
	"errors"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/minutiae"
)

// finger is what is known of the payer's finger.
type finger int

const (
	fingerMatches finger = iota
	fingerDiffers
	fingerCopied  // the enrolled print itself, or as good as
	fingerMissing // nothing to compare, or with
	fingerByPIN   // the phone verified its holder
)

// evidence is a submission after the first half of step 14: what can be said of
// it without the ledger's accounts.
type evidence struct {
	*opened
	// refusal is the result if signatures, certificates or roles do not hold,
	// and why it is.
	refusal *protocol.Result
	why     string

	wallet    protocol.ID
	walletKey protocol.Hash
	payer     ledger.AccountID
	merchant  ledger.AccountID
	finger    finger
	// band is the one that the amount is in.
	band Band
	// enrolled says whether the owner has an enrolled print.
	enrolled bool
	// replayed says that the live print is as good as an earlier one of the wallet,
	// up to that of number seen; probe is the live print sealed, to be kept next,
	// nil if it was not compared.
	replayed bool
	seen     uint64
	probe    *ledger.Probe
	// phone says that the print came from the phone: a further attempt would
	// need another payment.
	phone bool
}

// examine is the first half of step 14: every signature, certificate and role,
// and the finger.
func (s *Settler) examine(ctx context.Context, o *opened) (*evidence, error) {
	e := &evidence{opened: o, merchant: ledger.MerchantAccount(o.asked.Merchant)}
	trust := s.Trust()
	v, err := protocol.VerifySubmission(o.signed, s.self(), o.peer, trust, o.now)
	if err != nil {
		result := blame(o, trust, err)
		e.refusal, e.why = &result, err.Error()
		return e, nil
	}
	e.wallet, e.walletKey = v.Wallet.Subject, v.Wallet.Holder.Key.Thumbprint()
	e.phone = v.Payment.HolderVerified()
	if o.secret == nil {
		e.refuse(protocol.ResultWallet, "the payer's secret does not open for this request and wallet")
		return e, nil
	}
	e.payer = ledger.PayerAccount(o.secret.Account)
	e.band, e.enrolled = s.Policy.band(o.asked.Currency, o.asked.Amount), v.Wallet.Device.Print != nil
	if v.Payment.HolderByPIN {
		e.finger = fingerByPIN
		return e, nil
	}
	if o.live == nil {
		e.refuse(protocol.ResultTerminal, "the live print does not open for this sale and attempt")
		return e, nil
	}
	enrolled, why, err := s.enrolled(ctx, v.Wallet)
	if err != nil {
		return nil, err
	}
	if enrolled == nil {
		e.finger, e.why = fingerMissing, why
		return e, nil
	}
	defer clear(enrolled)
	if err := s.compare(ctx, e, enrolled); err != nil {
		return nil, err
	}
	return e, nil
}

func (e *evidence) refuse(r protocol.Result, why string) { e.refusal, e.why = &r, why }

// compare is the second half of step 14: with the enrolled print, and with earlier
// live ones, that the same capture is not sent twice. A live print that cannot be
// read matches nothing.
func (s *Settler) compare(ctx context.Context, e *evidence, enrolled []minutiae.Minutia) error {
	probe, err := minutiae.Decode(e.live)
	if err != nil {
		e.finger = fingerDiffers
		return nil
	}
	defer clear(probe)
	switch score, copied := minutiae.Judge(probe, enrolled); {
	case copied:
		e.finger = fingerCopied
	case score >= e.band.Threshold:
		e.finger = fingerMatches
	default:
		e.finger = fingerDiffers
	}
	return s.compareEarlier(ctx, e, probe)
}

// blame says whose part of a submission does not hold. The terminal answers for
// its own certificate and signatures, and for having put a payment to a request
// that it does not belong to, which step 9 would have shown it.
func blame(o *opened, t protocol.Trust, err error) protocol.Result {
	claimed := o.signed.Unverified()
	if errors.Is(err, protocol.ErrNoPrint) {
		return protocol.ResultFinger
	}
	for _, terminals := range []error{protocol.ErrOtherSettlement, protocol.ErrOtherRequest, protocol.ErrOtherAmount, protocol.ErrOtherCurrency} {
		if errors.Is(err, terminals) {
			return protocol.ResultTerminal
		}
	}
	terminal, certified := t.Certificate(o.asked.Terminal, protocol.RoleTerminal, o.now)
	if certified != nil {
		return protocol.ResultTerminal
	}
	_, request := claimed.Request.Verify(terminal.Holder.Key)
	_, submission := o.signed.Verify(terminal.Holder.Key)
	if request != nil || submission != nil {
		return protocol.ResultTerminal
	}
	return protocol.ResultWallet
}
