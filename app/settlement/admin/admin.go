// Package admin is how an operator on settlement's own machine adds accounts,
// loads money, unlocks wallets and has the ledger proved: a small HTTP and JSON
// API on a unix socket in the data directory, and its client. Who may open the
// socket (mode 0600, so its owner) may do everything; there is no other
// authentication.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/operator"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Socket is where the running server listens in a data directory.
func Socket(data string) string { return filepath.Join(data, "admin.sock") }

const (
	pathMerchants = "/merchants"
	pathAccounts  = "/accounts"
	pathCodes     = "/codes"
	pathLoads     = "/loads"
	pathLocks     = "/locks"
	pathProof     = "/proof"
	maxBody       = 64 << 10
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
	Number string `json:"number"`
	Amount string `json:"amount"`
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

// Listen makes the socket. One left behind by a server that died is replaced;
// the caller has the ledger's lock, so no other server is running.
func Listen(data string) (net.Listener, error) {
	path := Socket(data)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open administration socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("open administration socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open administration socket: %w", err), l.Close())
	}
	return l, nil
}

// Serve answers on l until ctx ends.
func Serve(ctx context.Context, l net.Listener, o *operator.Operator) error {
	server := &http.Server{Handler: Handler(o), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve administration: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := server.Shutdown(grace)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop administration: %w", err), server.Close())
	}
	<-ended
	return err
}

// Handler is the API.
func Handler(o *operator.Operator) http.Handler {
	mux := http.NewServeMux()
	handle(mux, o.Log, "POST "+pathMerchants, func(ctx context.Context, m Merchant) (struct{}, error) {
		return struct{}{}, o.AddMerchant(ctx, m.Reference, protocol.ID(m.Terminal), m.Name, m.Currency)
	})
	handle(mux, o.Log, "POST "+pathAccounts, func(ctx context.Context, a NewAccount) (Code, error) {
		code, err := o.AddAccount(ctx, protocol.Account(a.Number), a.Kind, a.Currency)
		return Code{code}, err
	})
	handle(mux, o.Log, "POST "+pathCodes, func(ctx context.Context, a NewAccount) (Code, error) {
		code, err := o.NewCode(ctx, protocol.Account(a.Number))
		return Code{code}, err
	})
	handle(mux, o.Log, "POST "+pathLoads, func(ctx context.Context, l Load) (Balance, error) {
		balance, err := o.Load(ctx, protocol.Account(l.Number), l.Amount)
		return Balance{balance}, err
	})
	handle(mux, o.Log, "POST "+pathLocks, func(ctx context.Context, w Wallet) (Unlocked, error) {
		n, err := o.Settler.Unlock(ctx, protocol.ID(w.Subject))
		return Unlocked{n}, err
	})
	handle(mux, o.Log, "GET "+pathAccounts, func(ctx context.Context, _ struct{}) ([]Account, error) {
		all, err := o.Accounts(ctx)
		shown := make([]Account, len(all))
		for i, a := range all {
			shown[i] = show(a)
		}
		return shown, err
	})
	handle(mux, o.Log, "GET "+pathProof, func(ctx context.Context, _ struct{}) (Proof, error) { return Prove(ctx, o.Ledger) })
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

// handle answers one path with JSON.
func handle[Asked, Given any](mux *http.ServeMux, log *slog.Logger, path string, do func(context.Context, Asked) (Given, error)) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		var asked Asked
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&asked); err != nil && !errors.Is(err, io.EOF) {
			refuse(w, log, problem.New(http.StatusBadRequest, problem.Malformed, err.Error(), ""))
			return
		}
		given, err := do(r.Context(), asked)
		if err != nil {
			refuse(w, log, err)
			return
		}
		body, err := json.Marshal(given)
		if err != nil {
			refuse(w, log, err)
			return
		}
		write(w, http.StatusOK, "application/json", body)
	})
}

func refuse(w http.ResponseWriter, log *slog.Logger, err error) {
	var p *problem.Problem
	if !errors.As(err, &p) {
		log.Error("administration failed", "reason", err.Error())
		p = problem.New(http.StatusInternalServerError, problem.Internal, err.Error(), "See settlement's log.")
	}
	write(w, p.Status, problem.ContentType, p.Encode())
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the operator has gone: nobody to tell
}
