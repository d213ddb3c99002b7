package protocol

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// CardMark names a virtual card without telling its number: half of its key's
// thumbprint. Terminals keep it, and lists of blocked cards consist of it.
type CardMark [16]byte

// MarkOf returns the mark of the card with a key.
func MarkOf(card Key) CardMark {
	h := card.Thumbprint()
	return CardMark(h[:16])
}

// String returns the first eight hex digits.
func (m CardMark) String() string { return fmt.Sprintf("%x", m[:4]) }

// Compare orders marks by their bytes.
func (m CardMark) Compare(o CardMark) int { return strings.Compare(string(m[:]), string(o[:])) }

// VirtualCard is what settlement signs for an owner who applied for one (step
// S1): the number, bound to a key that only the wallet's trusted application has.
type VirtualCard struct {
	// Issuer is settlement's name; a tap with this card is cleared there only.
	Issuer ID         `cbor:"1,keyasint"`
	Number CardNumber `cbor:"2,keyasint"`
	// Expires is the last second in which the card pays.
	Expires Time `cbor:"4,keyasint"`
	// Holder confirms the card's signature key.
	Holder Confirmation `cbor:"8,keyasint"`
	Purse  PurseTerms   `cbor:"-65537,keyasint"`
}

// PurseTerms are what settlement allows a virtual card, in minor units of its
// one currency.
type PurseTerms struct {
	_        struct{} `cbor:",toarray"`
	Currency Currency
	// Ceiling is the most that the card may hold.
	Ceiling Amount
	// ConfirmAbove is the largest tap that the wallet pays without its owner's
	// word on the trusted screen.
	ConfirmAbove Amount
}

func (VirtualCard) context() string { return "cs1/virtual-card" }

func (c VirtualCard) validate() error {
	if err := c.Issuer.validate("issuer"); err != nil {
		return err
	}
	if err := c.Number.validate(); err != nil {
		return err
	}
	if err := c.Expires.validate("expiry"); err != nil {
		return err
	}
	if err := c.Holder.Key.validate(); err != nil {
		return err
	}
	if err := errors.Join(c.Purse.Currency.validate(), c.Purse.Ceiling.validate(), c.Purse.ConfirmAbove.validate()); err != nil {
		return err
	}
	if c.Purse.ConfirmAbove > c.Purse.Ceiling {
		return outOfRange("confirmation above the ceiling")
	}
	return nil
}

// VerifyVirtualCard checks that a card was signed by the settlement server whose
// certificate is given, which must itself be trusted now, that this server is
// its issuer (ErrOtherSettlement), and that it has not expired (ErrExpired). Whether it is
// blocked is for [CardBlocklist.Blocks] to say. Settlement renews its certificate
// and keeps its key; after a new key cards are issued anew.
func VerifyVirtualCard(c *Signed[VirtualCard], settlement *Signed[Certificate], t Trust, now time.Time) (VirtualCard, error) {
	card, err := VerifyRecoveredCard(c, settlement, t, now)
	if err != nil {
		return VirtualCard{}, err
	}
	if At(now) > card.Expires {
		return VirtualCard{}, fmt.Errorf("%w: virtual card ended %v", ErrExpired, card.Expires.Time())
	}
	return card, nil
}

// VerifyRecoveredCard is VerifyVirtualCard for the card beside a recovered result,
// which may have ended since the torn tap. It is to be called before anything is sold
// on such a result: the holder of the card's key could put a card of his own making
// beside a true deduction, and settlement would credit nothing for it.
func VerifyRecoveredCard(c *Signed[VirtualCard], settlement *Signed[Certificate], t Trust, now time.Time) (VirtualCard, error) {
	server, err := t.Certificate(settlement, RoleSettlement, now)
	if err != nil {
		return VirtualCard{}, fmt.Errorf("settlement's certificate: %w", err)
	}
	card, err := c.Verify(server.Holder.Key)
	if err != nil {
		return VirtualCard{}, err
	}
	if card.Issuer != server.Subject {
		return VirtualCard{}, fmt.Errorf("%w: card of %q", ErrOtherSettlement, card.Issuer)
	}
	return card, nil
}

// CardKey proves possession of a card's key to settlement: signed by it, over
// the wallet that applies and the application's own key.
type CardKey struct {
	Wallet      ID   `cbor:"1,keyasint"`
	Key         Key  `cbor:"2,keyasint"`
	Application Code `cbor:"3,keyasint"`
}

func (CardKey) context() string { return "cs1/card-key" }

func (k CardKey) validate() error {
	if err := k.Wallet.validate("wallet"); err != nil {
		return err
	}
	return k.Key.validate()
}

// CardApplication, by a wallet's certified key, applies for a virtual card whose
// loads come from, and whose refunds go to, one of the wallet's registered
// accounts (step S1). The same wallet with the same card key gets the same number
// again: an application repeated is the same, one with a new key renews the card.
type CardApplication struct {
	Wallet *Signed[Certificate] `cbor:"1,keyasint"`
	// Proof is signed by the card's key.
	Proof    *Signed[CardKey]    `cbor:"2,keyasint"`
	Number   [accountLength]byte `cbor:"3,keyasint"` // the account's, zero-padded
	Currency Currency            `cbor:"4,keyasint"`
	// Key makes a repeat the same application.
	Key  Code `cbor:"5,keyasint"`
	Sent Time `cbor:"6,keyasint"`
}

// NewCardApplication makes the proof with the card's signer and pads the account
// number.
func NewCardApplication(card crypto.Signer, wallet *Signed[Certificate], account Account, currency Currency, application Code, sent Time) (CardApplication, error) {
	number, err := account.pad()
	if err != nil {
		return CardApplication{}, err
	}
	key, err := keyOf(card)
	if err != nil {
		return CardApplication{}, err
	}
	proof, err := Sign(card, CardKey{Wallet: wallet.Unverified().Subject, Key: key, Application: application})
	if err != nil {
		return CardApplication{}, err
	}
	return CardApplication{Wallet: wallet, Proof: proof, Number: number, Currency: currency, Key: application, Sent: sent}, nil
}

func (CardApplication) context() string { return "cs1/card-application" }

func (a CardApplication) validate() error {
	if a.Wallet == nil || a.Proof == nil {
		return outOfRange("certificate or proof")
	}
	if _, err := unpadAccount(a.Number); err != nil {
		return err
	}
	if err := a.Currency.validate(); err != nil {
		return err
	}
	return a.Sent.validate("sent")
}

// Account returns the number of the account that the card is for.
func (a CardApplication) Account() (Account, error) { return unpadAccount(a.Number) }

// VerifyCardApplication is settlement's side: the wallet's certificate, its
// signature, and that whoever applies has the card's key and means this
// application.
func VerifyCardApplication(a *Signed[CardApplication], t Trust, now time.Time) (CardApplication, CardKey, Certificate, error) {
	fail := func(err error) (CardApplication, CardKey, Certificate, error) {
		return CardApplication{}, CardKey{}, Certificate{}, fmt.Errorf("card application: %w", err)
	}
	wallet, err := t.Certificate(a.Unverified().Wallet, RoleWallet, now)
	if err != nil {
		return fail(err)
	}
	application, err := a.Verify(wallet.Holder.Key)
	if err != nil {
		return fail(err)
	}
	proof, err := application.Proof.Verify(application.Proof.Unverified().Key)
	if err != nil {
		return fail(err)
	}
	if proof.Wallet != wallet.Subject || proof.Application != application.Key {
		return fail(fmt.Errorf("%w: proof of another application", ErrSignature))
	}
	return application, proof, wallet, nil
}

// thumb is SHA-256 over parts in order.
func thumb(parts ...[]byte) Hash {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return Hash(h.Sum(nil))
}

// keyOf returns the COSE key of a signer.
func keyOf(signer crypto.Signer) (Key, error) {
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return Key{}, outOfRange("key is not on P-256")
	}
	return NewKey(public)
}
