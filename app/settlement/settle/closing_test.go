package settle_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// Whatever a terminal, a wallet or the operator says of a deduction that was closed,
// and in whatever order: it is answered as it was closed, and no more money moves.
func TestClosedDeductionStaysClosed(t *testing.T) {
	t.Parallel()
	all := newWorld(t)
	for to, shop := range map[string]bool{"shop": true, "card": false} {
		for _, order := range permutations([]string{"clear", "give up", "abandon", "report"}) {
			t.Run(to+"/"+strings.Join(order, ","), func(t *testing.T) {
				w := all.fresh(t)
				p := w.card("a")
				w.loaded(p, 1000)
				a := w.tap(p, 300)
				w.tap(p, 100).clear(false)
				if w.state(p, a.result); w.purse(p).Cleared != 0 {
					t.Fatal("a reported deduction is settled")
				}
				want, waiting, sold := protocol.ClearingGivenBack, int64(300), int64(100)
				if shop {
					want, waiting, sold = protocol.ClearingCredited, 0, 400
				}
				first := w.closed(p.Mark(), 1, shop)
				same := func(what string) {
					t.Helper()
					if again := w.closed(p.Mark(), 1, shop); !bytes.Equal(again.Answer, first.Answer) || again.Entry != first.Entry {
						t.Errorf("after %s: closed again as %+v, first as %+v", what, again, first)
					}
					if _, err := w.close(p.Mark(), 1, !shop); err == nil {
						t.Errorf("after %s: closed otherwise", what)
					}
					if h, g, s := w.balance(ledger.PurseAccount(p.Number())), w.balance(ledger.WaitingAccount(p.Number())), w.balance(w.shop())-w.before; h != 600 || g != waiting || s != sold {
						t.Errorf("after %s the card holds %d, %d waits, the shop has %d", what, h, g, s)
					}
					if u := w.purse(p); u.Cleared != 2 || u.Blocked != 0 || u.Forked || u.Deducted != 400 {
						t.Errorf("after %s: %+v", what, u)
					}
				}
				same("closing")
				for _, what := range slices.Concat(order, order) {
					var raw []byte
					var err error
					switch what {
					case "clear", "give up":
						raw, err = w.settler.ClearTap(t.Context(), "T-0001", a.envelope(what == "give up"))
					case "abandon":
						raw, err = w.settler.AbandonTap(t.Context(), w.asTerminal(), a.abandonment())
					case "report":
						w.state(p, a.result)
						continue
					}
					if o := a.about(raw, err); o.Result != want || o.Reference != first.Reference || !bytes.Equal(raw, first.Answer) {
						t.Errorf("%s: %+v", what, o)
					}
					same(what)
				}
				w.holds()
			})
		}
	}
	if strings.Contains(all.log.String(), `"msg":"fraud"`) {
		t.Error("somebody was taken for a fraud")
	}
}

// What the terminal has said before is not closed: it is settled.
func TestSettledDeductionIsNotClosed(t *testing.T) {
	t.Parallel()
	all := newWorld(t)
	for name, say := range map[string]func(w *world, a tap){
		"cleared":   func(_ *world, a tap) { a.clear(false) },
		"given up":  func(_ *world, a tap) { a.clear(true) },
		"abandoned": func(_ *world, a tap) { a.abandon() },
	} {
		for _, shop := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				w := all.fresh(t)
				p := w.card("a")
				w.loaded(p, 1000)
				a := w.tap(p, 300)
				w.state(p, a.result)
				say(w, a)
				_, err := w.close(p.Mark(), 1, shop)
				refusedWith(t, "close", err, problem.Conflict)
				if u := w.purse(p); u.Cleared != 1 || u.Blocked != 0 {
					t.Errorf("%+v", u)
				}
				w.holds()
			})
		}
	}
}

// A merchant refunds what was closed in its favour, by the number of the closing, and the
// terminal hands it in after that.
func TestClosedTapIsRefunded(t *testing.T) {
	t.Parallel()
	for _, early := range []bool{false, true} {
		w := newWorld(t)
		p := w.card("a")
		w.loaded(p, 1000)
		a := w.tap(p, 300)
		w.state(p, a.result)
		closed := w.closed(p.Mark(), 1, true)
		if early {
			a.clear(false)
		}
		refund := func(key byte, amount protocol.Amount, want protocol.RefundResult) {
			t.Helper()
			raw, err := w.settler.Refund(t.Context(), w.asTerminal(), protocoltest.Sign(t, w.sale.Terminal.Key, protocol.Refund{Reference: closed.Reference,
				Amount: amount, Currency: cny, Key: protocol.Code{key}, Staff: "S-1", Sent: protocol.At(w.now)}))
			if o := parsed[protocol.RefundOutcome](w, raw, err).Unverified(); o.Result != want {
				t.Errorf("refund of %d: %v", amount, o.Result)
			}
		}
		refund(1, 200, protocol.RefundMade)
		w.books(p, 700, 200, 100)
		if o := a.clear(false); o.Result != protocol.ClearingCredited || o.Reference != closed.Reference {
			t.Errorf("%+v", o)
		}
		refund(2, 101, protocol.RefundExceeds)
		refund(3, 100, protocol.RefundMade)
		w.books(p, 700, 300, 0)
		if _, code := w.load(p.LoadRequest(300, true)); code != "" {
			t.Errorf("load of what waits: %s", code)
		}
		now := protocol.At(w.now)
		raw, err := w.settler.Totals(t.Context(), w.asTerminal(), protocoltest.Sign(t, w.sale.Terminal.Key, protocol.TotalsQuery{From: now - 60, To: now + 60, Sent: now}))
		totals := parsed[protocol.DayTotals](w, raw, err).Unverified()
		if len(totals.Lines) != 3 || totals.Lines[0].Request != a.pay.Hash() || totals.Lines[0].Reference != closed.Reference || totals.Sums[0].Paid != 300 || totals.Sums[0].Refunded != 300 {
			t.Errorf("totals: %+v, %+v", totals.Lines, totals.Sums)
		}
	}
}

// Orders that are refused, and change nothing.
func TestClosingIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx ledger.Tx) error {
		for _, a := range []ledger.Account{
			{ID: ledger.MerchantAccount([]byte("M-0002")), Class: ledger.Merchant, Currency: cny, Terminals: []protocol.ID{"T-0002"}},
			{ID: ledger.MerchantAccount([]byte("M-0003")), Class: ledger.Merchant, Currency: 840, Terminals: []protocol.ID{"T-0001"}},
		} {
			if err := tx.AddAccount(a); err != nil {
				return err
			}
		}
		return nil
	})
	p := w.card("a")
	w.loaded(p, 1000)
	a := w.tap(p, 300)
	nobody := w.tap(p, 50)
	made := nobody.result.Unverified()
	made.Terminal = "T-9"
	p.Counter, p.Head = 1, a.result.Hash()
	nobody.result = protocoltest.Sign(t, p.Key, made)
	_, err := w.close(p.Mark(), 1, true)
	refusedWith(t, "before it was reported", err, problem.NotFound)
	w.state(p, a.result, nobody.result)
	by := func(merchant string) func(*settle.Closing) {
		return func(c *settle.Closing) { c.Merchant = ledger.MerchantAccount([]byte(merchant)) }
	}
	for _, test := range []struct {
		name    string
		mark    protocol.CardMark
		counter uint64
		shop    bool
		change  func(*settle.Closing)
		want    problem.Code
	}{
		{"no such card", protocol.CardMark{1}, 1, true, nil, problem.NotFound},
		{"no such counter", p.Mark(), 3, true, nil, problem.NotFound},
		{"counter 0", p.Mark(), 0, false, nil, problem.NotFound},
		{"another hash", p.Mark(), 1, true, func(c *settle.Closing) { c.Hash = "zz" }, problem.NotFound},
		{"another shop's terminal", p.Mark(), 1, true, by("M-0002"), problem.Conflict},
		{"a shop in another currency", p.Mark(), 1, true, by("M-0003"), problem.Conflict},
		{"no such shop", p.Mark(), 1, true, by("M-9"), problem.Conflict},
		{"a terminal of nobody", p.Mark(), 2, true, nil, problem.Conflict},
	} {
		_, err := w.close(test.mark, test.counter, test.shop, func(c *settle.Closing) {
			if test.change != nil {
				test.change(c)
			}
		})
		refusedWith(t, test.name, err, test.want)
		w.books(p, 1000, 0, 0)
	}
	// A terminal that two shops share has to be told whose it was.
	w.update(func(tx ledger.Tx) error {
		m, err := tx.Account(ledger.MerchantAccount([]byte("M-0002")))
		if err != nil {
			return err
		}
		m.Terminals = append(m.Terminals, "T-0001")
		return tx.SetAccount(m)
	})
	_, err = w.close(p.Mark(), 1, true)
	refusedWith(t, "two shops", err, problem.Conflict)
	if tap := w.closed(p.Mark(), 1, true, by("M-0002")); tap.Merchant != ledger.MerchantAccount([]byte("M-0002")) {
		t.Errorf("%+v", tap)
	}
	w.closed(p.Mark(), 1, true) // a repeat need not say it again
	_, err = w.close(p.Mark(), 1, true, by("M-0001"))
	refusedWith(t, "to another shop afterwards", err, problem.Conflict)
	w.closed(p.Mark(), 2, false) // nobody's terminal: it can go back
	w.books(p, 650, 50, 0)
	if u := w.purse(p); u.Cleared != 2 {
		t.Errorf("%+v", u)
	}
}

// A report is kept as long as the deduction is open, and for good once it was closed.
func TestReportsGoWhenTheyHaveDoneTheirWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 1000)
	taps := []tap{w.tap(p, 10), w.tap(p, 20), w.tap(p, 30), w.tap(p, 40)}
	for _, a := range taps {
		w.state(p, a.result)
		w.passFresh(60e9)
	}
	taps[0].clear(false)
	taps[1].clear(true)
	taps[2].abandon()
	w.state(p, taps[2].result, taps[3].result)
	w.closed(p.Mark(), 4, true)
	taps[3].clear(false)
	var kept []ledger.Report
	err := w.ledger.View(t.Context(), func(s ledger.Snapshot) error {
		return s.EachReport(func(_ ledger.ReportKey, r ledger.Report) error {
			kept = append(kept, r)
			return nil
		})
	})
	if err != nil || len(kept) != 1 || !bytes.Equal(kept[0].Result, taps[3].result.Bytes()) || kept[0].Reason == "" || kept[0].Closed <= kept[0].At {
		t.Errorf("%+v, %v", kept, err)
	}
}
