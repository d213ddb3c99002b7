package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"countersign/app/program/victim"
)

// ending is what a stall's terminal and wallet hold in the end.
type ending struct {
	account victim.Account
	card    view          // after settlement has said how it stands
	paid    map[int64]int // deductions of the wallet's, by amount
	loaded  int64         // by the wallet's history
}

// tally counts sales.
type tally struct {
	sales, paid, givenUp, givenBack int
	sum, back                       int64
}

func (t *tally) add(o tally) {
	t.sales += o.sales
	t.paid += o.paid
	t.givenUp += o.givenUp
	t.givenBack += o.givenBack
	t.sum += o.sum
	t.back += o.back
}

// end asks a stall's terminal and wallet what they hold, the wallet after it has
// spoken to settlement.
func (s *stall) end(ctx context.Context) (e ending, err error) {
	if err := s.await(ctx, "settlement has heard of all", func() bool { return s.shows.Unsent == 0 }); err != nil {
		return e, err
	}
	raw, err := s.askOf(ctx, s.terminal, "journals", nil)
	if err != nil {
		return e, err
	}
	var accounts []victim.Account
	if err := json.Unmarshal(raw, &accounts); err != nil || len(accounts) != 1 {
		return e, fmt.Errorf("the journal of stall %d: %d accounts, %v", s.n, len(accounts), err)
	}
	if e.card, err = s.card(ctx, "refresh"); err != nil {
		return e, err
	}
	e.account, e.paid = accounts[0], map[int64]int{}
	for _, line := range s.entries {
		switch line.Kind {
		case "paid":
			e.paid[line.Amount]++
		case "loaded":
			e.loaded += line.Amount
		}
	}
	return e, nil
}

// compare holds terminal, wallet and settlement against one another.
func (e ending) compare(f findings, b victim.Books, n int) (t tally) {
	name := e.account.Terminal
	if e.account.Broken != "" {
		f.add(invariantJournals, "%s: %s", name, e.account.Broken)
	}
	spent := int64(0)
	for _, r := range e.account.Sales {
		t.sales++
		taken := e.paid[r.Amount]
		delete(e.paid, r.Amount)
		spent += int64(taken) * r.Amount
		switch {
		case r.Ending == "paid":
			t.paid++
			t.sum += r.Amount
			if taken != 1 {
				f.add(invariantOnce, "%s sale %d of %d is paid, the wallet has deducted it %d times", name, r.Number, r.Amount, taken)
			}
			if r.Last != "tap-cleared" {
				f.add(invariantFinal, "%s sale %d is paid, and its last entry is %s", name, r.Number, r.Last)
			}
		case r.Ending == "given-up":
			t.givenUp++
			if taken > 1 {
				f.add(invariantOnce, "%s sale %d of %d was deducted %d times", name, r.Number, r.Amount, taken)
			}
			t.givenBack += taken
			t.back += int64(taken) * r.Amount
		case taken != 0:
			f.add(invariantOnce, "%s sale %d of %d (%s %q) is not paid, the wallet has deducted it %d times", name, r.Number, r.Amount, r.Last, r.Ending, taken)
		case strings.HasPrefix(r.Last, "tap-") && !r.Over:
			f.add(invariantKnown, "%s sale %d: %s", name, r.Number, r.Last)
		}
	}
	for amount, times := range e.paid {
		f.add(invariantFinal, "%s: the wallet has deducted %d %d times, and no sale is of that", name, amount, times)
	}
	var card victim.Card
	for _, c := range b.Cards {
		if c.Wallet == fmt.Sprintf("W-%04d", n+1) {
			card = c
		}
	}
	if at := b.Merchant[fmt.Sprintf("M-%04d", n+1)]; at != t.sum {
		f.add(invariantSums, "%s took %d, settlement has %d for it", name, t.sum, at)
	}
	if card.Blocked != "" || card.Forked || e.card.Blocked || e.card.RolledBack {
		f.add(invariantFinal, "%s: card %+v, the wallet's word %+v", name, card, e.card)
	}
	if e.card.Kept != 0 {
		f.add(invariantFinal, "%s: %d deductions are not settled", name, e.card.Kept)
	}
	for what, pair := range map[string][2]int64{
		"loaded":                            {card.Loaded, e.loaded},
		"deducted":                          {card.Deducted, spent},
		"shadow balance and balance":        {card.Loaded - card.Deducted, e.card.Balance},
		"money of the card and its balance": {card.Purse, e.card.Balance},
		"what waits for the card":           {card.Waiting, e.card.Waiting},
		"what was given back":               {card.Waiting, t.back},
	} {
		if pair[0] != pair[1] {
			f.add(invariantSums, "%s: %s: settlement has %d, the others %d", name, what, pair[0], pair[1])
		}
	}
	return t
}
