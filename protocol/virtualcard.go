package protocol

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// CardNumber is a virtual card's number (虚拟卡号 of CN103942678A, step S1): 16
// digits as ISO/IEC 7812 has them, the last of which is the Luhn check digit. It
// begins with [CardIssuerPrefix]. It is never logged whole: see [CardNumber.Ending].
type CardNumber string

// CardIssuerPrefix begins the number of every virtual card: major industry
// identifier 9, for use within a country, and the country by ISO 3166-1 numeric.
const CardIssuerPrefix = "9156"

// cardDigits is a number's length.
const cardDigits = 16

// NewCardNumber completes an issuer's serial number, 0 to 99999999999, with
// prefix and check digit.
func NewCardNumber(serial uint64) (CardNumber, error) {
	if serial > 99_999_999_999 {
		return "", outOfRange("serial number of a card")
	}
	body := fmt.Sprintf("%s%011d", CardIssuerPrefix, serial)
	return CardNumber(body + string('0'+luhn(body))), nil
}

// luhn returns the check digit that belongs behind digits (ISO/IEC 7812-1 annex B).
func luhn(digits string) byte {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte((10 - sum%10) % 10)
}

// Validate checks length, digits, check digit (Luhn) and issuer, in that order; it fails
// with ErrCardNumber (step S8, "the number meets the requirements").
func (n CardNumber) Validate() error {
	if len(n) != cardDigits || strings.Trim(string(n), "0123456789") != "" {
		return fmt.Errorf("%w: not %d digits", ErrCardNumber, cardDigits)
	}
	if luhn(string(n[:cardDigits-1])) != n[cardDigits-1]-'0' {
		return fmt.Errorf("%w: its check digit is wrong", ErrCardNumber)
	}
	if !strings.HasPrefix(string(n), CardIssuerPrefix) {
		return fmt.Errorf("%w: another issuer's", ErrCardNumber)
	}
	return nil
}

func (n CardNumber) validate() error {
	if err := n.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrRange, err)
	}
	return nil
}

// Ending returns the last four digits, which is as much as a screen, a receipt
// or a log shows.
func (n CardNumber) Ending() string { return string(n[max(len(n)-4, 0):]) }

// BCD returns the number as it is sealed in step S6: 8 bytes, two digits each.
func (n CardNumber) BCD() (b [cardDigits / 2]byte, err error) {
	if len(n) != cardDigits || strings.Trim(string(n), "0123456789") != "" {
		return b, fmt.Errorf("%w: not %d digits", ErrCardNumber, cardDigits)
	}
	for i := range b {
		b[i] = (n[2*i]-'0')<<4 | (n[2*i+1] - '0')
	}
	return b, nil
}

// CardNumberFromBCD is the inverse of BCD. It fails with ErrCardNumber for
// anything but digits; whether the number is good is for Validate to say.
func CardNumberFromBCD(b []byte) (CardNumber, error) {
	if len(b) != cardDigits/2 {
		return "", fmt.Errorf("%w: %d bytes", ErrCardNumber, len(b))
	}
	digits := make([]byte, 0, cardDigits)
	for _, d := range b {
		if d>>4 > 9 || d&15 > 9 {
			return "", fmt.Errorf("%w: not digits", ErrCardNumber)
		}
		digits = append(digits, '0'+d>>4, '0'+d&15)
	}
	return CardNumber(digits), nil
}

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

// CardBlocklist names the virtual cards that settlement no longer honours: the
// lost, the cloned and the rolled back. Lists are sequenced as revocation lists
// are.
type CardBlocklist struct {
	Issuer   ID         `cbor:"1,keyasint"`
	Sequence uint64     `cbor:"2,keyasint"`
	Issued   Time       `cbor:"3,keyasint"`
	Blocked  []CardMark `cbor:"4,keyasint"` // sorted, each once, at most 16384
	// Signer is as in Outcome.
	Signer [8]byte `cbor:"5,keyasint"`
}

func (CardBlocklist) context() string { return "cs1/card-blocklist" }

func (l CardBlocklist) validate() error {
	if err := l.Issuer.validate("issuer"); err != nil {
		return err
	}
	if err := l.Issued.validate("issued"); err != nil {
		return err
	}
	if l.Blocked == nil || len(l.Blocked) > maxRevoked {
		return outOfRange("blocked")
	}
	for i := range l.Blocked {
		if i > 0 && l.Blocked[i-1].Compare(l.Blocked[i]) >= 0 {
			return outOfRange("blocked cards are not sorted")
		}
	}
	return nil
}

// Blocks says whether a card is on the list.
func (l CardBlocklist) Blocks(card Key) bool {
	mark := MarkOf(card)
	for _, m := range l.Blocked { // some thousands at the most, and once a tap
		if m == mark {
			return true
		}
	}
	return false
}

// VerifyCardBlocklist checks a fetched list against the certificate that it says
// it was signed under, and against the one that it replaces, which may be nil: a
// lower sequence is refused (ErrListStale).
func VerifyCardBlocklist(l *Signed[CardBlocklist], settlement *Signed[Certificate], old *CardBlocklist, t Trust, now time.Time) (CardBlocklist, error) {
	list, err := verifyAnswer(l, l.Unverified().Signer, settlement, t, now)
	if err != nil {
		return CardBlocklist{}, fmt.Errorf("list of blocked cards: %w", err)
	}
	if list.Issuer != settlement.Unverified().Subject {
		return CardBlocklist{}, fmt.Errorf("list of blocked cards: %w", ErrOtherSettlement)
	}
	if old != nil && old.Issuer == list.Issuer && (list.Sequence < old.Sequence || list.Issued < old.Issued) {
		return CardBlocklist{}, fmt.Errorf("list of blocked cards: %w: sequence %d after %d", ErrListStale, list.Sequence, old.Sequence)
	}
	if list.Issued.Time().Sub(now) > MaxSkew {
		return CardBlocklist{}, fmt.Errorf("list of blocked cards: %w", ErrClockSkew)
	}
	return list, nil
}

// thumb is SHA-256 over parts in order.
func thumb(parts ...[]byte) Hash {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return Hash(h.Sum(nil))
}
