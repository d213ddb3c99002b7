package ledger

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"

	"countersign/protocol"
)

// Class says on which side of the books an account stands.
type Class uint8

// The classes. Funding and Acquirer are assets, what the operator holds and what
// the acquirer owes it, and grow by debits; the others are liabilities and grow
// by credits.
const (
	Funding  Class = 1
	Payer    Class = 2
	Merchant Class = 3
	Acquirer Class = 4
	// PurseMoney is the money on a virtual card, and Waiting what waits for it.
	PurseMoney Class = 5
	Waiting    Class = 6
)

// held says whether accounts of the class are assets.
func (c Class) held() bool { return c == Funding || c == Acquirer }

// AccountID names an account: class and number.
type AccountID string

// FundingAccount is the operator's account in a currency: every load is
// debited to it, so that money never comes from nowhere.
func FundingAccount(c protocol.Currency) AccountID {
	return AccountID(fmt.Sprintf("funding/%03d", c))
}

// AcquirerAccount is what the acquirer owes the operator in a currency: what
// cards paid is debited to it, until the acquirer has paid it out.
func AcquirerAccount(c protocol.Currency) AccountID {
	return AccountID(fmt.Sprintf("acquirer/%03d", c))
}

// PayerAccount is an account InforCn.
func PayerAccount(number protocol.Account) AccountID { return AccountID("payer/" + number) }

// MerchantAccount is a shop's account, by the reference in its requests.
func MerchantAccount(reference []byte) AccountID {
	return AccountID("merchant/" + string(reference))
}

// Number returns the name without its class.
func (id AccountID) Number() string {
	_, number, _ := strings.Cut(string(id), "/")
	return number
}

// Tail returns what of an account may be logged: at most its last four
// characters, and never more than half of it.
func (id AccountID) Tail() string {
	number := []rune(id.Number())
	return "…" + string(number[len(number)-min(4, len(number)/2):])
}

// Account is what is known of an account, beside its balance.
type Account struct {
	_        struct{} `cbor:",toarray"`
	ID       AccountID
	Class    Class
	Currency protocol.Currency
	// Kind is a payer account's; 0 otherwise.
	Kind protocol.AccountKind
	// Name is a merchant's, for lists.
	Name string
	// Terminals are those whose requests may be credited to a merchant account.
	Terminals []protocol.ID
	// Activation is ActivationDigest of the code that registers a payer
	// account, nil when there is none left to use.
	Activation []byte
	// Wallet and Key are the wallet that a payer account is registered to and
	// the thumbprint of its signature key; empty before registration.
	Wallet protocol.ID
	Key    protocol.Hash
}

// ActivationDigest is how an activation code is kept. The code has 80 random
// bits, so that a plain hash does; the number keeps equal codes apart.
func ActivationDigest(number protocol.Account, code string) []byte {
	sum := sha256.Sum256([]byte("countersign activation\x00" + string(number) + "\x00" + code))
	return sum[:]
}

// ActivatedBy says whether code is the account's unused activation code.
func (a Account) ActivatedBy(code string) bool {
	digest := ActivationDigest(protocol.Account(a.ID.Number()), code)
	return len(a.Activation) != 0 && subtle.ConstantTimeCompare(a.Activation, digest) == 1
}

// RegisteredTo says whether a payer account belongs to this wallet's key.
func (a Account) RegisteredTo(wallet protocol.ID, key protocol.Hash) bool {
	return a.Class == Payer && a.Wallet != "" && a.Wallet == wallet && a.Key == key
}

// Credits says whether requests of a terminal may be credited to the account.
func (a Account) Credits(terminal protocol.ID) bool {
	return a.Class == Merchant && slices.Contains(a.Terminals, terminal)
}

// Card says whether the account is a card's: its money is at the issuer, and
// reached through the acquirer.
func (a Account) Card() bool {
	return a.Class == Payer && (a.Kind == protocol.AccountBankCard || a.Kind == protocol.AccountCreditCard)
}

func (a Account) validate() error {
	prefix, ok := map[Class]string{Funding: "funding/", Payer: "payer/", Merchant: "merchant/", Acquirer: "acquirer/",
		PurseMoney: "purse/", Waiting: "waiting/"}[a.Class]
	switch {
	case !ok || !strings.HasPrefix(string(a.ID), prefix) || len(a.ID) == len(prefix):
		return fmt.Errorf("account %q is not of class %d", a.ID.Tail(), a.Class)
	case a.Currency < 1 || a.Currency > 999:
		return fmt.Errorf("account %q: currency %d", a.ID.Tail(), a.Currency)
	case (a.Class == Payer) != (a.Kind >= protocol.AccountBankCard && a.Kind <= protocol.AccountPrepaid):
		return fmt.Errorf("account %q: kind %d", a.ID.Tail(), a.Kind)
	}
	return nil
}

// sameNature says whether b may replace a.
func (a Account) sameNature(b Account) bool {
	return a.ID == b.ID && a.Class == b.Class && a.Currency == b.Currency && a.Kind == b.Kind
}
