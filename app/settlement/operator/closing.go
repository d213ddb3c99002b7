package operator

import (
	"context"
	"net/http"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Order is an order to close a deduction of a card.
type Order struct {
	// Mark is the card's 32 hex digits, as Cards lists it, and Counter the deduction's.
	Mark    string
	Counter uint64
	// To is "shop" or "card".
	To string
	// Merchant is the reference of the shop, needed only if its terminal has served more
	// than one.
	Merchant string
	// Hash begins the deduction's, needed only where more than one was reported under the
	// counter.
	Hash string
	// Reason is kept with the deduction, 1 to 200 bytes.
	Reason string
}

// Closed is how a deduction was closed.
type Closed struct {
	Amount   protocol.Amount
	Currency protocol.Currency
	// Merchant and Reference are of what was credited: with the number it is refunded.
	Merchant  ledger.AccountID
	Reference uint64
}

// CloseCard closes a deduction that a wallet reported and that no terminal hands in: to the shop
// it is credited as if it had been; to the card it waits for that. Should
// its terminal hand it in or give it up after all, it is answered as it was closed. The same order
// again changes nothing.
func (o *Operator) CloseCard(ctx context.Context, m Order) (Closed, error) {
	switch {
	case m.Reason == "" || len(m.Reason) > maxNote:
		return Closed{}, refuse(http.StatusBadRequest, problem.Malformed, "a reason has 1 to 200 bytes", "Say why: it is kept with the deduction.")
	case m.To != "shop" && m.To != "card":
		return Closed{}, refuse(http.StatusBadRequest, problem.Malformed, "a deduction is closed to shop or to card", "Say --to shop or --to card.")
	case m.To == "card" && m.Merchant != "":
		return Closed{}, refuse(http.StatusBadRequest, problem.Malformed, "what goes back to the card is no merchant's", "Say --to shop, or no merchant.")
	}
	var purse ledger.Purse
	err := o.Ledger.View(ctx, func(s ledger.Snapshot) (err error) {
		purse, err = marked(s, m.Mark)
		return err
	})
	if err != nil {
		return Closed{}, err
	}
	order := settle.Closing{Mark: purse.Mark(), Counter: m.Counter, Hash: m.Hash, ToShop: m.To == "shop", Reason: m.Reason}
	if m.Merchant != "" {
		order.Merchant = ledger.MerchantAccount([]byte(m.Merchant))
	}
	tap, err := o.Settler.CloseDeduction(ctx, order)
	if err != nil {
		return Closed{}, err
	}
	return Closed{Amount: tap.Amount, Currency: tap.Currency, Merchant: tap.Merchant, Reference: tap.Reference}, nil
}
