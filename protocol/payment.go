package protocol

import (
	"crypto/ecdh"
	"fmt"
	"time"
)

// Payment is the consumption authentication information that the wallet's
// secure unit makes (InforPay, step 6), signed by the wallet's key and shown
// sealed to the terminal as the payment QR code ImageC (step 7).
type Payment struct {
	// Request is the identity of the request that this answers.
	Request Hash `cbor:"1,keyasint"`
	// Amount and Currency are what the owner saw and confirmed.
	Amount   Amount   `cbor:"2,keyasint"`
	Currency Currency `cbor:"3,keyasint"`
	// Scramble is RandCodeC, which must equal the request's RandCodeP.
	Scramble Code `cbor:"4,keyasint"`
	// Secret is the account InforCn and, from a phone with its own sensor, the
	// live print InforFpN: sealed to settlement, closed to the terminal.
	Secret Sealed `cbor:"5,keyasint"`
	// Wallet is the wallet's certificate PriA_InforACFp+PubC.
	Wallet *Signed[Certificate] `cbor:"6,keyasint"`
	// HasPrint says that Secret holds a live print, so that the terminal does
	// not ask for the finger (step 11).
	HasPrint bool `cbor:"7,keyasint,omitempty"`
	// HolderByPIN says that the phone verified its holder by PIN, the fallback
	// that a shop's policy may allow.
	HolderByPIN bool `cbor:"8,keyasint,omitempty"`
}

func (Payment) context() string { return "cs1/payment" }

func (p Payment) validate() error {
	if err := p.Amount.validate(); err != nil {
		return err
	}
	if err := p.Currency.validate(); err != nil {
		return err
	}
	if p.Wallet == nil {
		return outOfRange("wallet certificate")
	}
	switch len(p.Secret) {
	case sealedSecret:
		if p.HasPrint {
			return outOfRange("a print is announced and not there")
		}
	case sealedSecretPrint40, sealedSecretPrint60:
		if !p.HasPrint {
			return outOfRange("a print is there and not announced")
		}
	default:
		return outOfRange("length of the sealed secret")
	}
	if p.HasPrint && p.HolderByPIN {
		return outOfRange("print and PIN exclude one another")
	}
	return nil
}

// HolderVerified says whether the phone itself brings proof of its holder, so
// that the terminal needs no finger.
func (p Payment) HolderVerified() bool { return p.HasPrint || p.HolderByPIN }

// PayerSecret is what only settlement may read of a payment.
type PayerSecret struct {
	Account Account
	Print   Template // InforFpN from the phone's own sensor, or nil
}

type payerSecretWire struct {
	Account [accountLength]byte `cbor:"1,keyasint"`
	Print   Template            `cbor:"2,keyasint,omitempty"`
}

// The lengths that a sealed secret can have: without a print, and with one of
// 40 or 60 minutiae. CBOR spends four bytes on the account and three on the
// print.
const (
	sealedSecret        = sealedOverhead + 4 + accountLength
	sealedSecretPrint40 = sealedSecret + 3 + 120
	sealedSecretPrint60 = sealedSecret + 3 + 180
)

// SealPayerSecret seals account and print to settlement, bound to the request
// that is paid and to the wallet's own certificate: lifted into another
// wallet's payment it does not open (step 6).
func SealPayerSecret(settlement Point, request, walletCertificate Hash, secret PayerSecret) (Sealed, error) {
	padded, err := secret.Account.pad()
	if err != nil {
		return nil, err
	}
	if secret.Print != nil {
		if err := secret.Print.validate(); err != nil {
			return nil, err
		}
	}
	plaintext, err := encode(payerSecretWire{Account: padded, Print: secret.Print})
	if err != nil {
		return nil, err
	}
	aad, err := bind(request, walletCertificate)
	if err != nil {
		return nil, err
	}
	return seal(settlement, purposePayerSecret, aad, plaintext)
}

// OpenPayerSecret is settlement's side of SealPayerSecret (step 13).
func OpenPayerSecret(with ecdh.KeyExchanger, request, walletCertificate Hash, sealed Sealed) (PayerSecret, error) {
	aad, err := bind(request, walletCertificate)
	if err != nil {
		return PayerSecret{}, err
	}
	plaintext, err := open(with, purposePayerSecret, aad, sealed)
	if err != nil {
		return PayerSecret{}, err
	}
	return decodePayerSecret(plaintext)
}

func decodePayerSecret(plaintext []byte) (PayerSecret, error) {
	var wire payerSecretWire
	if err := decode(plaintext, &wire); err != nil {
		return PayerSecret{}, fmt.Errorf("payer's secret: %w", err)
	}
	account, err := unpadAccount(wire.Account)
	if err != nil {
		return PayerSecret{}, fmt.Errorf("payer's secret: %w", err)
	}
	if wire.Print != nil {
		if err := wire.Print.validate(); err != nil {
			return PayerSecret{}, fmt.Errorf("payer's secret: %w", err)
		}
	}
	return PayerSecret{Account: account, Print: wire.Print}, nil
}

// SealPayment seals a signed payment to the terminal, bound to its request:
// PubP_InforPay (step 6).
func SealPayment(terminal Point, request Hash, p *Signed[Payment]) (Sealed, error) {
	return seal(terminal, purposePayment, request[:], p.Bytes())
}

// OpenPayment opens what the camera read, with the key in the terminal's token
// (step 9). Another terminal's payment, and one for another request, fail with
// ErrSealed.
func OpenPayment(with ecdh.KeyExchanger, request Hash, sealed Sealed) (*Signed[Payment], error) {
	plaintext, err := open(with, purposePayment, request[:], sealed)
	if err != nil {
		return nil, err
	}
	return Parse[Payment](plaintext)
}

// VerifyPayment is step 9, done by the terminal after it has opened the
// payment: it must answer this request with the same amount and currency, and
// be signed by a genuine wallet. The scramble code is checked afterwards, in
// the token (step 10), so that a bystander's junk cannot spend it. A holder
// verified by PIN is accepted only where the request asked for it (ErrNoPrint).
func VerifyPayment(p *Signed[Payment], request *Signed[Request], t Trust, now time.Time) (Payment, Certificate, error) {
	asked := request.Unverified()
	if now.After(asked.Ends()) {
		return Payment{}, Certificate{}, fmt.Errorf("%w at %v", ErrRequestExpired, asked.Ends())
	}
	return verifyPayment(p, request, t, now)
}

// verifyPayment is what terminal and settlement check alike: first who says it,
// then what. So a wrong amount is always a wallet's own word, and whatever a
// bystander makes up fails as ErrOtherAuthority or ErrSignature.
func verifyPayment(p *Signed[Payment], request *Signed[Request], t Trust, now time.Time) (Payment, Certificate, error) {
	wallet, err := t.Certificate(p.Unverified().Wallet, RoleWallet, now)
	if err != nil {
		return Payment{}, Certificate{}, fmt.Errorf("wallet's certificate: %w", err)
	}
	payment, err := p.Verify(wallet.Holder.Key)
	if err != nil {
		return Payment{}, Certificate{}, err
	}
	asked := request.Unverified()
	switch {
	case payment.Request != request.Hash():
		return Payment{}, Certificate{}, ErrOtherRequest
	case payment.Amount != asked.Amount:
		return Payment{}, Certificate{}, fmt.Errorf("%w: asked %d, got %d", ErrOtherAmount, asked.Amount, payment.Amount)
	case payment.Currency != asked.Currency:
		return Payment{}, Certificate{}, fmt.Errorf("%w: asked %d, got %d", ErrOtherCurrency, asked.Currency, payment.Currency)
	case payment.HolderByPIN && !asked.WantsPIN:
		// Else whoever holds a stolen phone would choose for himself to be
		// spared the finger.
		return Payment{}, Certificate{}, fmt.Errorf("%w: holder verified by PIN, which the request did not ask for", ErrNoPrint)
	}
	return payment, wallet, nil
}
