package admin

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"countersign/app/program/adminsocket"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/operator"
	"countersign/protocol"
)

const (
	pathWallets = "/wallets"
	pathFingers = "/fingers"
)

// Wallet names a wallet to unlock.
type Wallet struct {
	Subject string `json:"subject"`
	Reason  string `json:"reason"`
}

// Unlocked says for how many keys failed fingers were forgotten.
type Unlocked struct {
	Keys int `json:"keys"`
}

// Lock is a wallet with failed fingers.
type Lock struct {
	Wallet   string `json:"wallet"`
	Failures int    `json:"failures"`
	Locked   bool   `json:"locked"`
	Last     string `json:"last"`
}

// Fingers asks what became of comparisons.
type Fingers struct {
	// Wallet is empty for all of them.
	Wallet string `json:"wallet,omitempty"`
	// Since is in seconds of Unix time.
	Since int64 `json:"since"`
}

// Finger is what became of one.
type Finger struct {
	At       string `json:"at"`
	Wallet   string `json:"wallet"`
	Outcome  string `json:"outcome"`
	Terminal string `json:"terminal,omitempty"`
	// Sale is the scramble code, hex; with the terminal it names the sale.
	Sale    string `json:"sale,omitempty"`
	Attempt int    `json:"attempt,omitempty"`
	Amount  string `json:"amount,omitempty"`
	// Band is how far the band goes that applied, empty where it has no end; for a PIN
	// the limit.
	Band     string `json:"band,omitempty"`
	Failures int    `json:"failures"`
	Note     string `json:"note,omitempty"`
}

func handleFingers(mux *http.ServeMux, o *operator.Operator) {
	adminsocket.Handle(mux, o.Log, "POST "+pathLocks, func(ctx context.Context, w Wallet) (Unlocked, error) {
		n, err := o.Unlock(ctx, protocol.ID(w.Subject), w.Reason)
		return Unlocked{n}, err
	})
	adminsocket.Handle(mux, o.Log, "GET "+pathWallets, func(ctx context.Context, _ struct{}) ([]Lock, error) {
		all, err := o.Locks(ctx)
		shown := make([]Lock, len(all))
		for n, l := range all {
			shown[n] = Lock{string(l.Wallet), int(l.Count), l.Locked, l.Last.Time().UTC().Format(time.RFC3339)}
		}
		return shown, err
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathFingers, func(ctx context.Context, f Fingers) ([]Finger, error) {
		all, err := o.Fingers(ctx, protocol.ID(f.Wallet), protocol.Time(f.Since))
		shown := make([]Finger, len(all))
		for n, e := range all {
			shown[n] = showFinger(e)
		}
		return shown, err
	})
}

func showFinger(e ledger.FingerEvent) Finger {
	f := Finger{At: e.At.Time().UTC().Format(time.RFC3339), Wallet: string(e.Wallet), Outcome: e.Outcome.String(), Failures: int(e.Failures), Note: e.Note}
	if e.Sale.Terminal == "" {
		return f
	}
	f.Terminal, f.Sale, f.Attempt = string(e.Sale.Terminal), hex.EncodeToString(e.Sale.Scramble[:]), int(e.Attempt)
	f.Amount = operator.Text(int64(e.Amount), e.Currency)
	if e.Band != 0 {
		f.Band = operator.Text(int64(e.Band), e.Currency)
	}
	return f
}

// Unlock forgets a wallet's failed fingers.
func (c Client) Unlock(ctx context.Context, w Wallet) (Unlocked, error) {
	return adminsocket.Ask[Unlocked](ctx, c.socket, http.MethodPost, pathLocks, w)
}

// Locks lists wallets with failed fingers.
func (c Client) Locks(ctx context.Context) ([]Lock, error) {
	return adminsocket.Ask[[]Lock](ctx, c.socket, http.MethodGet, pathWallets, struct{}{})
}

// Fingers lists what became of comparisons.
func (c Client) Fingers(ctx context.Context, f Fingers) ([]Finger, error) {
	return adminsocket.Ask[[]Finger](ctx, c.socket, http.MethodPost, pathFingers, f)
}
