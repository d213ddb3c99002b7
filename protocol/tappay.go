package protocol

import (
	"crypto/ecdh"
	"errors"
	"fmt"
	"time"
)

// TapPay, by a terminal, is the payment request command (支付请求指令, step S8). It
// names one answer to one GET, and so one card and one tap.
type TapPay struct {
	// Answer is AnswerHash of the GET and its answer.
	Answer   Hash     `cbor:"1,keyasint"`
	Amount   Amount   `cbor:"2,keyasint"`
	Currency Currency `cbor:"3,keyasint"`
	// Scramble is the GET's.
	Scramble Code `cbor:"4,keyasint"`
	Issued   Time `cbor:"5,keyasint"`
	// Life is how long the terminal waits for the answer, 1 to 60 s.
	Life uint8 `cbor:"6,keyasint"`
}

func (TapPay) context() string { return "cs1/tap-pay" }

func (p TapPay) validate() error {
	if err := errors.Join(p.Amount.validate(), p.Currency.validate(), p.Issued.validate("issued")); err != nil {
		return err
	}
	if p.Life < 1 || time.Duration(p.Life)*time.Second > MaxLife {
		return outOfRange("life")
	}
	return nil
}

// VerifyTapPay is done by the wallet's trusted application before it deducts:
// signed by the terminal of the GET that it answered, naming that answer and code
// (ErrOtherRequest), dated within the terminal's certificate, as settlement will want it
// (ErrNotYetValid, ErrExpired), and for now by the wallet's clock, with the bounds of
// VerifyRequest (ErrClockSkew, ErrRequestStale). That it is not an earlier tap's is the nonce's
// doing and not the clock's, so Life, which is how long the terminal waits, is not
// held against the wallet's clock. Currency, confirmation and balance are the
// caller's to check.
func VerifyTapPay(p *Signed[TapPay], terminal Certificate, get *Signed[TapGet], answer []byte, now time.Time) (TapPay, error) {
	pay, err := p.Verify(terminal.Holder.Key)
	if err != nil {
		return TapPay{}, err
	}
	if pay.Answer != AnswerHash(get.Hash(), answer) || pay.Scramble != get.Unverified().Scramble {
		return TapPay{}, fmt.Errorf("%w: PAY for another answer", ErrOtherRequest)
	}
	switch {
	case pay.Issued < terminal.NotBefore:
		return TapPay{}, fmt.Errorf("PAY: %w: begins %v", ErrNotYetValid, terminal.NotBefore.Time())
	case pay.Issued > terminal.Expires:
		return TapPay{}, fmt.Errorf("PAY: %w: ended %v", ErrExpired, terminal.Expires.Time())
	}
	if err := current(pay.Issued, now); err != nil {
		return TapPay{}, err
	}
	return pay, nil
}

// TapStatus is what the trusted application did about a PAY or a RECOVER.
type TapStatus uint8

// The statuses. Only TapDeducted moved money.
const (
	TapDeducted TapStatus = 0 // the amount was deducted
	TapConfirm  TapStatus = 1 // the owner is asked on the phone's trusted screen; tap again
	TapFunds    TapStatus = 2 // the card does not hold that much
	TapRefused  TapStatus = 3 // the owner or the wallet refused
	TapNever    TapStatus = 4 // nothing was deducted for this code, and nothing will be for a PAY signed so far
)

// String returns the status's name as logs and records spell it.
func (s TapStatus) String() string {
	names := [...]string{"deducted", "confirm", "funds", "refused", "never"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("tap status %d", uint8(s))
}

// TapResult, by a card's key, is the result of the deduction (扣减结果, step S9).
// Those that deducted are the links of the card's chain: each has the next counter
// and names the one before it, transfers included.
type TapResult struct {
	// Answers is H(PAY), or H(RECOVER) with TapNever.
	Answers  Hash      `cbor:"1,keyasint"`
	Scramble Code      `cbor:"2,keyasint"`
	Status   TapStatus `cbor:"3,keyasint"`
	// Amount is what was deducted; 0 unless TapDeducted.
	Amount   Amount   `cbor:"4,keyasint"`
	Currency Currency `cbor:"5,keyasint"` // with TapNever the card's own
	// Counter numbers the card's deductions, 1 to 2^53; 0 unless TapDeducted.
	Counter uint64 `cbor:"6,keyasint,omitempty"`
	// Previous is the Hash of the deduction before, zeros for the first; nil
	// unless TapDeducted.
	Previous *Hash `cbor:"7,keyasint,omitempty"`
	Terminal ID    `cbor:"8,keyasint"`
}

// paddedResult is the length that every result is padded to before it is sealed,
// bytes: the longest has 207.
const paddedResult = 208

func (TapResult) context() string { return "cs1/tap-result" }

func (r TapResult) validate() error {
	if r.Status > TapNever {
		return outOfRange("status")
	}
	deducted := r.Status == TapDeducted
	if deducted != (r.Amount != 0) || deducted != (r.Counter != 0) || deducted != (r.Previous != nil) {
		return outOfRange("amount, counter and previous belong to a deduction, and to nothing else")
	}
	if deducted {
		if err := r.Amount.validate(); err != nil {
			return err
		}
		if err := validCount(r.Counter, 1, "counter"); err != nil {
			return err
		}
		if (r.Counter == 1) != (*r.Previous == Hash{}) {
			return outOfRange("previous of the first deduction, or none of a later one")
		}
	}
	return errors.Join(r.Currency.validate(), r.Terminal.validate("terminal"))
}

// VerifyTapResult is the terminal's last check (step S9): the result is signed by the
// card that answered the GET, answers this PAY (ErrOtherRequest) at this terminal, and
// what was deducted is what was asked (ErrOtherAmount, ErrOtherCurrency).
func VerifyTapResult(r *Signed[TapResult], card VirtualCard, pay *Signed[TapPay], terminal ID) (TapResult, error) {
	result, err := r.Verify(card.Holder.Key)
	if err != nil {
		return TapResult{}, err
	}
	asked := pay.Unverified()
	switch {
	case result.Answers != pay.Hash() || result.Scramble != asked.Scramble || result.Terminal != terminal || result.Status == TapNever:
		return TapResult{}, fmt.Errorf("%w: result of another tap", ErrOtherRequest)
	case result.Currency != asked.Currency:
		return TapResult{}, fmt.Errorf("%w: asked %d, got %d", ErrOtherCurrency, asked.Currency, result.Currency)
	case result.Status == TapDeducted && result.Amount != asked.Amount:
		return TapResult{}, fmt.Errorf("%w: asked %d, deducted %d", ErrOtherAmount, asked.Amount, result.Amount)
	}
	return result, nil
}

// TapRecover, by the terminal of a torn tap, asks the wallet what became of its
// code. A code that was never deducted for is burnt by the question; whoever asks sends no
// PAY under it any more.
type TapRecover struct {
	Nonce Code `cbor:"1,keyasint"` // of this SELECT
	// Scramble is the torn sale's.
	Scramble Code                 `cbor:"2,keyasint"`
	Terminal *Signed[Certificate] `cbor:"3,keyasint"`
}

func (TapRecover) context() string { return "cs1/tap-recover" }

func (r TapRecover) validate() error {
	if r.Terminal == nil {
		return outOfRange("terminal certificate")
	}
	return nil
}

// VerifyTapRecover is done by the trusted application: codes are kept by
// terminal, so that no terminal can burn or learn of another's.
func VerifyTapRecover(r *Signed[TapRecover], nonce Code, t Trust, now time.Time) (TapRecover, Certificate, error) {
	terminal, err := t.Certificate(r.Unverified().Terminal, RoleTerminal, now)
	if err != nil {
		return TapRecover{}, Certificate{}, fmt.Errorf("terminal's certificate: %w", err)
	}
	asked, err := r.Verify(terminal.Holder.Key)
	switch {
	case err != nil:
		return TapRecover{}, Certificate{}, err
	case asked.Nonce != nonce:
		return TapRecover{}, Certificate{}, fmt.Errorf("%w: nonce of another SELECT", ErrOtherRequest)
	}
	return asked, terminal, nil
}

// paddedRecovery is the length that every answer to RECOVER is padded to before it
// is sealed, bytes: the longest has 405.
const paddedRecovery = 408

// tapRecovery is the plaintext of the answer to RECOVER, before it is padded.
type tapRecovery struct {
	_      struct{} `cbor:",toarray"`
	Card   *Signed[VirtualCard]
	Result *Signed[TapResult]
}

// SealTapRecovery seals the answer to RECOVER to the terminal, padded.
func SealTapRecovery(terminal Point, asked Hash, card *Signed[VirtualCard], result *Signed[TapResult]) (Sealed, error) {
	plaintext, err := encode(tapRecovery{Card: card, Result: result})
	if err != nil {
		return nil, err
	}
	padded, err := pad(plaintext, paddedRecovery)
	if err != nil {
		return nil, err
	}
	return seal(terminal, purposeTapRecovery, asked[:], padded)
}

// decodeTapRecovery reads what OpenTapRecovery has opened.
func decodeTapRecovery(padded []byte) (tapRecovery, error) {
	plaintext, err := unpad(padded, paddedRecovery)
	if err != nil {
		return tapRecovery{}, fmt.Errorf("tap recovery: %w", err)
	}
	var a tapRecovery
	if err := decode(plaintext, &a); err != nil {
		return tapRecovery{}, fmt.Errorf("tap recovery: %w", err)
	}
	if a.Card == nil || a.Result == nil {
		return tapRecovery{}, fmt.Errorf("tap recovery: %w: card or result is missing", ErrMalformed)
	}
	return a, nil
}

// OpenTapRecovery is the terminal's side of SealTapRecovery. The result is good
// for the torn PAY: it deducted as that asked, or never will. The card must be the torn tap's, by its mark:
// ErrOtherCard says that another phone was held there, whose answer says
// nothing. Expiry and blocking of the card do not matter here, and its own signature is not
// looked at: before anything is sold on a deduction, and it is handed in,
// [VerifyRecoveredCard] is still to be called.
func OpenTapRecovery(with ecdh.KeyExchanger, asked *Signed[TapRecover], sealed Sealed, torn *Signed[TapPay], card CardMark, terminal ID) (*Signed[VirtualCard], *Signed[TapResult], error) {
	h := asked.Hash()
	plaintext, err := open(with, purposeTapRecovery, h[:], sealed)
	if err != nil {
		return nil, nil, err
	}
	a, err := decodeTapRecovery(plaintext)
	if err != nil {
		return nil, nil, err
	}
	of := a.Card.Unverified() // its key is what the torn tap proved
	if MarkOf(of.Holder.Key) != card {
		return nil, nil, ErrOtherCard
	}
	if err := verifyRecovered(a.Result, of, asked, torn, terminal); err != nil {
		return nil, nil, err
	}
	return a.Card, a.Result, nil
}

// verifyRecovered checks that a result is the end of the torn tap that was asked about.
func verifyRecovered(r *Signed[TapResult], card VirtualCard, asked *Signed[TapRecover], torn *Signed[TapPay], terminal ID) error {
	if asked.Unverified().Scramble != torn.Unverified().Scramble {
		return fmt.Errorf("%w: RECOVER for another code", ErrOtherRequest)
	}
	switch status := r.Unverified().Status; status {
	case TapDeducted:
		_, err := VerifyTapResult(r, card, torn, terminal)
		return err
	case TapNever:
		result, err := r.Verify(card.Holder.Key)
		if err != nil {
			return err
		}
		if result.Answers != asked.Hash() || result.Scramble != torn.Unverified().Scramble || result.Terminal != terminal {
			return fmt.Errorf("%w: result of another tap", ErrOtherRequest)
		}
		return nil
	default:
		return fmt.Errorf("%w: %v is no answer to RECOVER", ErrRange, status)
	}
}
