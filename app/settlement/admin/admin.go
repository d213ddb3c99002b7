// Package admin is how an operator on settlement's own machine adds accounts,
// loads money, unlocks wallets and has the ledger proved: the API on the running
// server's socket (package adminsocket says who may use it), and its client.
package admin

import (
	"context"
	"net"
	"net/http"
	"strings"
	"time"

	"countersign/app/program/adminsocket"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/operator"
	"countersign/protocol"
)

const (
	pathMerchants = "/merchants"
	pathAccounts  = "/accounts"
	pathCodes     = "/codes"
	pathLoads     = "/loads"
	pathPayouts   = "/payouts"
	pathClearings = "/clearings"
	pathLocks     = "/locks"
	pathProof     = "/proof"
)

// Merchant asks for a merchant account.
type Merchant struct {
	Reference string `json:"reference"`
	Terminal  string `json:"terminal"`
	Name      string `json:"name"`
	Currency  string `json:"currency"`
}

// NewAccount asks for a payer account.
type NewAccount struct {
	Number   string `json:"number"`
	Kind     string `json:"kind"`
	Currency string `json:"currency"`
}

// Code is an activation code.
type Code struct {
	Activation string `json:"activation"`
}

// Load asks for money to be brought into an account.
type Load struct {
	Number    string `json:"number"`
	Amount    string `json:"amount"`
	Reference string `json:"reference,omitempty"`
}

// Payout asks for a merchant to be given its money.
type Payout struct {
	Merchant  string `json:"merchant"`
	Amount    string `json:"amount"`
	Reference string `json:"reference"`
}

// Clearing says what the acquirer paid out.
type Clearing struct {
	Currency  string `json:"currency"`
	Amount    string `json:"amount"`
	Reference string `json:"reference"`
}

// Balance is what an account holds, as text such as "100.00 CNY".
type Balance struct {
	Balance string `json:"balance"`
}

// Account is an account in a list.
type Account struct {
	Number    string   `json:"number"`
	Class     string   `json:"class"` // funding, payer, merchant
	Kind      string   `json:"kind,omitempty"`
	Name      string   `json:"name,omitempty"`
	Terminals []string `json:"terminals,omitempty"`
	Wallet    string   `json:"wallet,omitempty"`
	Minor     int64    `json:"minor"`
	Balance   string   `json:"balance"`
}

// Wallet names a wallet to unlock.
type Wallet struct {
	Subject string `json:"subject"`
}

// Unlocked says for how many keys failed fingers were forgotten.
type Unlocked struct {
	Keys int `json:"keys"`
}

// Proof is the printed proof of the ledger.
type Proof struct {
	Holds bool   `json:"holds"`
	Text  string `json:"text"`
}

// answerWithin bounds the answer to an operator: a proof reads the whole ledger.
const answerWithin = 10 * time.Minute

// Serve answers on l until ctx ends.
func Serve(ctx context.Context, l net.Listener, o *operator.Operator) error {
	return adminsocket.Serve(ctx, l, Handler(o), answerWithin)
}

// Handler is the API.
func Handler(o *operator.Operator) http.Handler {
	mux := http.NewServeMux()
	adminsocket.Handle(mux, o.Log, "POST "+pathMerchants, func(ctx context.Context, m Merchant) (struct{}, error) {
		return struct{}{}, o.AddMerchant(ctx, m.Reference, protocol.ID(m.Terminal), m.Name, m.Currency)
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathAccounts, func(ctx context.Context, a NewAccount) (Code, error) {
		code, err := o.AddAccount(ctx, protocol.Account(a.Number), a.Kind, a.Currency)
		return Code{code}, err
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathCodes, func(ctx context.Context, a NewAccount) (Code, error) {
		code, err := o.NewCode(ctx, protocol.Account(a.Number))
		return Code{code}, err
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathLoads, func(ctx context.Context, l Load) (Balance, error) {
		balance, err := o.Load(ctx, protocol.Account(l.Number), l.Amount, l.Reference)
		return Balance{balance}, err
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathPayouts, func(ctx context.Context, p Payout) (Balance, error) {
		balance, err := o.Payout(ctx, p.Merchant, p.Amount, p.Reference)
		return Balance{balance}, err
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathClearings, func(ctx context.Context, c Clearing) (Balance, error) {
		balance, err := o.Cleared(ctx, c.Currency, c.Amount, c.Reference)
		return Balance{balance}, err
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathLocks, func(ctx context.Context, w Wallet) (Unlocked, error) {
		n, err := o.Settler.Unlock(ctx, protocol.ID(w.Subject))
		return Unlocked{n}, err
	})
	adminsocket.Handle(mux, o.Log, "GET "+pathAccounts, func(ctx context.Context, _ struct{}) ([]Account, error) {
		all, err := o.Accounts(ctx)
		shown := make([]Account, len(all))
		for i, a := range all {
			shown[i] = show(a)
		}
		return shown, err
	})
	adminsocket.Handle(mux, o.Log, "GET "+pathProof, func(ctx context.Context, _ struct{}) (Proof, error) { return Prove(ctx, o.Ledger) })
	return mux
}

// Prove has a ledger proved and the proof printed.
func Prove(ctx context.Context, l ledger.Ledger) (Proof, error) {
	proof, err := ledger.Prove(ctx, l)
	if err != nil {
		return Proof{}, err
	}
	var text strings.Builder
	_, err = proof.WriteTo(&text)
	return Proof{Holds: proof.Holds(), Text: text.String()}, err
}

func show(a operator.Account) Account {
	class, _, _ := strings.Cut(string(a.ID), "/")
	shown := Account{
		Number: a.ID.Number(), Class: class, Kind: operator.KindName(a.Kind), Name: a.Name, Wallet: string(a.Wallet),
		Minor: a.Balance, Balance: operator.Text(a.Balance, a.Currency),
	}
	for _, t := range a.Terminals {
		shown.Terminals = append(shown.Terminals, string(t))
	}
	return shown
}
