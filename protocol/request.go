package protocol

import (
	"fmt"
	"time"
)

// Times that bound a request (steps 4 and 5).
const (
	// MaxLife is the longest time to live of a request.
	MaxLife = 60 * time.Second
	// MaxAge is how far a request's time of issue may be from the wallet's
	// clock, either way.
	MaxAge = 120 * time.Second
	// MaxSkew is how far it may be before the wallet stops blaming a clock.
	MaxSkew = 300 * time.Second
	// Grace is how long after the end of its life settlement still accepts a
	// payment, by its own clock; then it burns the code.
	Grace = 120 * time.Second
)

// Request is what the terminal shows as the consumption QR code ImageP (step
// 3): the amount, its own certificate, the merchant account that is credited
// and the scramble code, signed by the key in its token.
type Request struct {
	// Settlement is the subject of the one settlement server that may charge.
	Settlement ID `cbor:"1,keyasint"`
	// Amount is Sum, Currency its ISO 4217 numeric code.
	Amount   Amount   `cbor:"2,keyasint"`
	Currency Currency `cbor:"3,keyasint"`
	// Merchant is the reference of the account to be credited (关联消费账号
	// 信息), 1 to 16 bytes, registered to this terminal at settlement.
	Merchant []byte `cbor:"4,keyasint"`
	// Scramble is RandCodeP, drawn in the token.
	Scramble Code `cbor:"5,keyasint"`
	// Issued and Life (1 to 60 seconds) say when the request ends.
	Issued Time  `cbor:"6,keyasint"`
	Life   uint8 `cbor:"7,keyasint"`
	// Terminal is the terminal's certificate PriA_InforAP+PubP.
	Terminal *Signed[Certificate] `cbor:"8,keyasint"`
	// WantsPIN asks the phone to verify its holder by PIN: the fallback for a
	// finger that cannot be read, in a new request.
	WantsPIN bool `cbor:"9,keyasint,omitempty"`
}

func (Request) context() string { return "cs1/request" }

func (r Request) validate() error {
	if err := r.Settlement.validate("settlement"); err != nil {
		return err
	}
	if err := r.Amount.validate(); err != nil {
		return err
	}
	if err := r.Currency.validate(); err != nil {
		return err
	}
	if len(r.Merchant) < 1 || len(r.Merchant) > 16 {
		return outOfRange("merchant account")
	}
	if err := r.Issued.validate("issued"); err != nil {
		return err
	}
	if r.Life < 1 || time.Duration(r.Life)*time.Second > MaxLife {
		return outOfRange("life")
	}
	if r.Terminal == nil {
		return outOfRange("terminal certificate")
	}
	return nil
}

// Ends returns the last moment of the request's life.
func (r Request) Ends() time.Time { return (r.Issued + Time(r.Life)).Time() }

// VerifyRequest is step 5, done by the wallet: the terminal's certificate by
// PubA and InforA, its role and dates, the signature over the request by the
// certified key, and the time of issue against the wallet's clock. A request
// that fails is not from a genuine terminal, or not for now; the returned
// certificate names the shop.
func VerifyRequest(r *Signed[Request], t Trust, now time.Time) (Request, Certificate, error) {
	claimed := r.Unverified()
	terminal, err := t.Certificate(claimed.Terminal, RoleTerminal, now)
	if err != nil {
		return Request{}, Certificate{}, fmt.Errorf("terminal's certificate: %w", err)
	}
	request, err := r.Verify(terminal.Holder.Key)
	if err != nil {
		return Request{}, Certificate{}, err
	}
	if err := current(request.Issued, now); err != nil {
		return Request{}, Certificate{}, err
	}
	return request, terminal, nil
}

// current holds a time of issue against a reader's clock.
func current(issued Time, now time.Time) error {
	switch off := now.Sub(issued.Time()).Abs(); {
	case off > MaxSkew:
		return fmt.Errorf("%w: issued at %v", ErrRequestStale, issued.Time())
	case off > MaxAge:
		return fmt.Errorf("%w by %v", ErrClockSkew, off.Round(time.Second))
	}
	return nil
}
