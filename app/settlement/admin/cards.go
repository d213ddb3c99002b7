package admin

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"countersign/app/program/adminsocket"
	"countersign/app/settlement/operator"
)

const (
	pathCards    = "/cards"
	pathCard     = "/cards/one"
	pathBlocks   = "/cards/blocks"
	pathUnblocks = "/cards/unblocks"
	pathReleases = "/cards/releases"
	pathClosings = "/cards/closings"
)

// Card is a virtual card in a list.
type Card struct {
	// Mark names the card in orders: 32 hex digits. Ending is the last four digits
	// of its number.
	Mark    string `json:"mark"`
	Ending  string `json:"ending"`
	Wallet  string `json:"wallet"`
	Account string `json:"account"` // its last four digits
	Expires string `json:"expires"`
	Held    string `json:"held"`
	Waiting string `json:"waiting"`
	// Shadow is what the card ought to hold by what settlement has heard of.
	Shadow   int64  `json:"shadow_minor"`
	Loads    uint64 `json:"loads"`
	Loaded   int64  `json:"loaded_minor"`
	Deducted int64  `json:"deducted_minor"`
	Cleared  uint64 `json:"cleared"`
	Forked   bool   `json:"forked,omitempty"`
	Blocked  string `json:"blocked,omitempty"`
	Note     string `json:"note,omitempty"`
	// Open is the oldest deduction that is not settled, none if all are.
	Open *Open `json:"open,omitempty"`
	// Chain is of one card alone.
	Chain []Link `json:"chain,omitempty"`
}

// Open is the deduction that holds a card's cleared counter back.
type Open struct {
	Counter uint64 `json:"counter"`
	// State is "reported", by the wallet, or "unknown" if nobody has told of it yet.
	State string `json:"state"`
	// Since is when it was first reported, and Days how many days ago that was.
	Since string `json:"since,omitempty"`
	Days  int64  `json:"days,omitempty"`
	// Behind is how many deductions later ones go.
	Behind uint64 `json:"behind"`
}

// Link is a deduction of a card.
type Link struct {
	Counter  uint64 `json:"counter"`
	Minor    int64  `json:"minor"`
	State    string `json:"state"`
	Terminal string `json:"terminal,omitempty"` // none for a transfer
	Hash     string `json:"hash"`
	Entry    uint64 `json:"entry,omitempty"`
	// Closed is why the operator closed it.
	Closed string `json:"closed,omitempty"`
}

// CloseOrder closes a deduction of a card: operator.Order says what each field is.
type CloseOrder struct {
	Mark     string `json:"mark"`
	Counter  uint64 `json:"counter"`
	To       string `json:"to"`
	Merchant string `json:"merchant,omitempty"`
	Hash     string `json:"hash,omitempty"`
	Reason   string `json:"reason"`
}

// Closed is how a deduction was closed.
type Closed struct {
	To     string `json:"to"`
	Minor  int64  `json:"minor"`
	Amount string `json:"amount"`
	// Merchant is whom it was credited to, and Reference the number to refund it by.
	Merchant  string `json:"merchant,omitempty"`
	Reference uint64 `json:"reference,omitempty"`
}

// CardOrder is what is to be done to a card.
type CardOrder struct {
	Mark string `json:"mark"`
	// Reason is kept with a block or its end; Reference names a release.
	Reason    string `json:"reason,omitempty"`
	Reference string `json:"reference,omitempty"`
}

func handleCards(mux *http.ServeMux, o *operator.Operator) {
	adminsocket.Handle(mux, o.Log, "GET "+pathCards, func(ctx context.Context, _ struct{}) ([]Card, error) {
		all, err := o.Cards(ctx)
		shown := make([]Card, len(all))
		for i, c := range all {
			shown[i] = showCard(c, o.Clock())
		}
		return shown, err
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathCard, func(ctx context.Context, m CardOrder) (Card, error) {
		c, err := o.Card(ctx, m.Mark)
		if err != nil {
			return Card{}, err
		}
		return showCard(c, o.Clock()), nil
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathBlocks, func(ctx context.Context, m CardOrder) (struct{}, error) {
		return struct{}{}, o.BlockCard(ctx, m.Mark, m.Reason)
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathUnblocks, func(ctx context.Context, m CardOrder) (struct{}, error) {
		return struct{}{}, o.UnblockCard(ctx, m.Mark, m.Reason)
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathReleases, func(ctx context.Context, m CardOrder) (Balance, error) {
		given, err := o.ReleaseCard(ctx, m.Mark, m.Reference)
		return Balance{given}, err
	})
	adminsocket.Handle(mux, o.Log, "POST "+pathClosings, func(ctx context.Context, m CloseOrder) (Closed, error) {
		c, err := o.CloseCard(ctx, operator.Order(m))
		if err != nil {
			return Closed{}, err
		}
		return Closed{To: m.To, Minor: int64(c.Amount), Amount: operator.Text(int64(c.Amount), c.Currency), Merchant: c.Merchant.Number(), Reference: c.Reference}, nil
	})
}

// showOpen says what is open, as of now.
func showOpen(o operator.Open, now time.Time) *Open {
	shown := &Open{Counter: o.Counter, State: "unknown", Behind: o.Behind}
	if o.Reported {
		shown.State = "reported"
	}
	if o.Since != 0 {
		shown.Since = o.Since.Time().UTC().Format(time.RFC3339)
		shown.Days = max(0, int64(now.Sub(o.Since.Time())/(24*time.Hour)))
	}
	return shown
}

func showCard(c operator.Card, now time.Time) Card {
	mark := c.Mark()
	shown := Card{
		Mark: hex.EncodeToString(mark[:]), Ending: c.Number.Ending(), Wallet: string(c.Wallet), Account: c.Account.Tail(),
		Expires: c.Expires.Time().UTC().Format(time.RFC3339), Held: operator.Text(c.Held, c.Currency), Waiting: operator.Text(c.Waiting, c.Currency),
		Shadow: c.Shadow(), Loads: c.Sequence, Loaded: int64(c.Loaded), Deducted: int64(c.Deducted), Cleared: c.Cleared, Forked: c.Forked, Note: c.Note,
	}
	if c.Blocked != 0 {
		shown.Blocked = c.Blocked.String()
	}
	if c.Open != nil {
		shown.Open = showOpen(*c.Open, now)
	}
	for _, l := range c.Links {
		shown.Chain = append(shown.Chain, Link{Counter: l.Counter, Minor: int64(l.Amount), State: l.State.String(), Terminal: string(l.Tap.Terminal),
			Hash: hex.EncodeToString(l.Hash[:8]), Entry: l.Entry, Closed: l.Reason})
	}
	return shown
}

// Cards lists all virtual cards.
func (c Client) Cards(ctx context.Context) ([]Card, error) {
	return adminsocket.Ask[[]Card](ctx, c.socket, http.MethodGet, pathCards, struct{}{})
}

// Card shows one with its chain.
func (c Client) Card(ctx context.Context, m CardOrder) (Card, error) {
	return adminsocket.Ask[Card](ctx, c.socket, http.MethodPost, pathCard, m)
}

// BlockCard blocks a card.
func (c Client) BlockCard(ctx context.Context, m CardOrder) error {
	_, err := adminsocket.Ask[struct{}](ctx, c.socket, http.MethodPost, pathBlocks, m)
	return err
}

// UnblockCard lifts a block.
func (c Client) UnblockCard(ctx context.Context, m CardOrder) error {
	_, err := adminsocket.Ask[struct{}](ctx, c.socket, http.MethodPost, pathUnblocks, m)
	return err
}

// ReleaseCard gives back what a blocked card holds.
func (c Client) ReleaseCard(ctx context.Context, m CardOrder) (Balance, error) {
	return adminsocket.Ask[Balance](ctx, c.socket, http.MethodPost, pathReleases, m)
}

// CloseCard closes a deduction of a card.
func (c Client) CloseCard(ctx context.Context, m CloseOrder) (Closed, error) {
	return adminsocket.Ask[Closed](ctx, c.socket, http.MethodPost, pathClosings, m)
}
