// Package operator is what the people who run settlement may do: add merchant
// and payer accounts, load money, unlock a wallet, look after virtual cards, list
// and prove the ledger.
// Money is loaded by double entry: debited to the operator's funding account in
// its currency, which is added with the first account that needs it.
package operator

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/money"
	"countersign/protocol/problem"
)

// Operator does what it is told, and logs it. It is safe for concurrent use.
type Operator struct {
	Ledger  ledger.Ledger
	Settler *settle.Settler
	Clock   func() time.Time
	Log     *slog.Logger
}

// codeLength is the length of an activation code: base32 characters, 80 bits.
const codeLength = 16

// kinds are read only.
var kinds = map[string]protocol.AccountKind{
	"bank-card": protocol.AccountBankCard, "credit-card": protocol.AccountCreditCard,
	"third-party": protocol.AccountThirdParty, "prepaid": protocol.AccountPrepaid,
}

// KindName is how commands spell a kind of account.
func KindName(kind protocol.AccountKind) string {
	for name, k := range kinds {
		if k == kind {
			return name
		}
	}
	return ""
}

func refuse(status int, code problem.Code, detail, hint string) error {
	return problem.New(status, code, detail, hint)
}

// AddMerchant adds a merchant account, or lets one more terminal be credited to
// it. Again the same changes nothing.
func (o *Operator) AddMerchant(ctx context.Context, reference string, terminal protocol.ID, name, currency string) error {
	c, err := money.CurrencyByCode(currency)
	switch {
	case err != nil:
		return refuse(http.StatusBadRequest, problem.Malformed, err.Error(), "Currencies are named by three letters, such as CNY.")
	case len(reference) < 1 || len(reference) > 16:
		return refuse(http.StatusBadRequest, problem.Malformed, "a merchant reference has 1 to 16 bytes", "")
	case len(terminal) < 1 || len(terminal) > 16 || !utf8.ValidString(string(terminal)):
		return refuse(http.StatusBadRequest, problem.Malformed, "a terminal's name has 1 to 16 bytes", "")
	}
	id := ledger.MerchantAccount([]byte(reference))
	err = o.Ledger.Update(ctx, func(tx ledger.Tx) error {
		account, err := tx.Account(id)
		switch {
		case errors.Is(err, ledger.ErrNotFound):
			return tx.AddAccount(ledger.Account{ID: id, Class: ledger.Merchant, Currency: protocol.Currency(c), Name: name, Terminals: []protocol.ID{terminal}})
		case err != nil:
			return err
		case account.Currency != protocol.Currency(c):
			return refuse(http.StatusConflict, problem.Conflict, "the merchant account has another currency", "Use another reference.")
		case slices.Contains(account.Terminals, terminal):
			return nil
		}
		account.Terminals = append(account.Terminals, terminal)
		return tx.SetAccount(account)
	})
	if err == nil {
		o.Log.InfoContext(ctx, "merchant account", "reference", reference, "terminal", string(terminal))
	}
	return err
}

// AddAccount adds a payer account and returns the code with which its owner
// registers it. The code is not kept: there is no second look. A bank or credit card's
// number has 12 to 19 digits; any other has 1 to 24 bytes.
func (o *Operator) AddAccount(ctx context.Context, number protocol.Account, kind, currency string) (string, error) {
	c, err := money.CurrencyByCode(currency)
	if err != nil {
		return "", refuse(http.StatusBadRequest, problem.Malformed, err.Error(), "Currencies are named by three letters, such as CNY.")
	}
	k, known := kinds[kind]
	if !known {
		return "", refuse(http.StatusBadRequest, problem.Malformed, fmt.Sprintf("no kind of account %q", kind), "Kinds are bank-card, credit-card, third-party and prepaid.")
	}
	// The message that registers it says what a number may be.
	if _, err := protocol.NewAccountChange(number, "", protocol.Code{}, 0, nil); err != nil {
		return "", refuse(http.StatusBadRequest, problem.Malformed, "an account number has 1 to 24 bytes", "")
	}
	if (ledger.Account{Class: ledger.Payer, Kind: k}).Card() && !cardNumber(number) {
		return "", refuse(http.StatusBadRequest, problem.Malformed, "a card's number has 12 to 19 digits", "Type the number as it is on the card, without spaces.")
	}
	code := rand.Text()[:codeLength]
	err = o.Ledger.Update(ctx, func(tx ledger.Tx) error {
		funding := ledger.Account{ID: ledger.FundingAccount(protocol.Currency(c)), Class: ledger.Funding, Currency: protocol.Currency(c)}
		if err := tx.AddAccount(funding); err != nil && !errors.Is(err, ledger.ErrExists) {
			return err
		}
		return tx.AddAccount(ledger.Account{ID: ledger.PayerAccount(number), Class: ledger.Payer, Currency: protocol.Currency(c),
			Kind: k, Activation: ledger.ActivationDigest(number, code)})
	})
	if errors.Is(err, ledger.ErrExists) {
		return "", refuse(http.StatusConflict, problem.Conflict, "the account is there already", "For another activation code use account code.")
	}
	if err == nil {
		o.Log.InfoContext(ctx, "account added", "account", ledger.PayerAccount(number).Tail(), "kind", kind)
	}
	return code, err
}

// cardNumber says whether the acquirer can be asked about a number: a primary account
// number has 12 to 19 digits (ISO/IEC 7812-1, ISO 8583 field 2).
func cardNumber(number protocol.Account) bool {
	return len(number) >= 12 && len(number) <= 19 && strings.Trim(string(number), "0123456789") == ""
}

// NewCode replaces an account's activation code. The wallet that it is
// registered to keeps it until the code is used.
func (o *Operator) NewCode(ctx context.Context, number protocol.Account) (string, error) {
	code := rand.Text()[:codeLength]
	err := o.Ledger.Update(ctx, func(tx ledger.Tx) error {
		account, err := tx.Account(ledger.PayerAccount(number))
		if err != nil {
			return err
		}
		account.Activation = ledger.ActivationDigest(number, code)
		return tx.SetAccount(account)
	})
	if err == nil {
		o.Log.InfoContext(ctx, "activation code given out", "account", ledger.PayerAccount(number).Tail())
	}
	return code, found(err)
}

func found(err error) error {
	if errors.Is(err, ledger.ErrNotFound) {
		return refuse(http.StatusNotFound, problem.NotFound, "no such account", "See account list.")
	}
	return err
}

// Text is a balance for people: money.Amount knows no zero and no sum beyond
// one message's.
func Text(minor int64, currency protocol.Currency) string {
	c := money.Currency(currency)
	digits := c.Digits()
	text := fmt.Sprintf("%0*d", digits+1, minor)
	if digits > 0 {
		text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	}
	return text + " " + c.String()
}

// Account is an account in a list.
type Account struct {
	ledger.Account
	Balance int64
}

// Accounts lists all accounts but those of virtual cards: see Cards.
func (o *Operator) Accounts(ctx context.Context) ([]Account, error) {
	var all []Account
	err := o.Ledger.View(ctx, func(s ledger.Snapshot) error {
		return s.EachAccount(func(a ledger.Account, balance int64) error {
			if a.Class != ledger.PurseMoney && a.Class != ledger.Waiting {
				all = append(all, Account{a, balance})
			}
			return nil
		})
	})
	return all, err
}
