// Package admin is how an operator on settlement's own machine adds accounts,
// loads money, unlocks wallets and has the ledger proved: the API on the running
// server's socket (package adminsocket says who may use it), and its client.
package admin

import (
	"context"
	"io"
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
	pathBackup    = "/backup"
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

// MoneyOrder asks for money to be moved into or out of the books.
type MoneyOrder struct {
	// Account is whose money it is: a payer's account number for a load, a
	// merchant's reference for a payout, three letters of a currency for a clearing.
	Account string `json:"account"`
	// Amount is how much, as text such as "100.00".
	Amount string `json:"amount"`
	// Reference is the operator's own: with it the same order again moves nothing
	// more. Only a load may go without.
	Reference string `json:"reference,omitempty"`
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
	moves := func(path string, move func(ctx context.Context, account, amount, reference string) (string, error)) {
		adminsocket.Handle(mux, o.Log, "POST "+path, func(ctx context.Context, m MoneyOrder) (Balance, error) {
			balance, err := move(ctx, m.Account, m.Amount, m.Reference)
			return Balance{balance}, err
		})
	}
	moves(pathLoads, func(ctx context.Context, number, amount, reference string) (string, error) {
		return o.Load(ctx, protocol.Account(number), amount, reference)
	})
	moves(pathPayouts, o.Payout)
	moves(pathClearings, o.Cleared)
	handleFingers(mux, o)
	adminsocket.Handle(mux, o.Log, "GET "+pathAccounts, func(ctx context.Context, _ struct{}) ([]Account, error) {
		all, err := o.Accounts(ctx)
		shown := make([]Account, len(all))
		for i, a := range all {
			shown[i] = show(a)
		}
		return shown, err
	})
	handleCards(mux, o)
	handleStoreUsers(mux, o)
	adminsocket.Handle(mux, o.Log, "GET "+pathProof, func(ctx context.Context, _ struct{}) (Proof, error) { return Prove(ctx, o.Ledger) })
	adminsocket.HandleStream(mux, o.Log, "GET "+pathBackup, func(ctx context.Context, to io.Writer) error {
		o.Log.InfoContext(ctx, "ledger backup begins")
		err := ledger.Backup(ctx, o.Ledger, to, o.Clock())
		if err == nil {
			o.Log.InfoContext(ctx, "ledger backup written")
		}
		return err
	})
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
