package settle_test

import (
	"encoding/hex"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// What a terminal said that does not fit the deduction keeps it from the shop: it goes
// back to the card.
func TestContradictedDeductionGoesBack(t *testing.T) {
	t.Parallel()
	all := newWorld(t)
	t.Run("abandoned for another card", func(t *testing.T) {
		w := all.fresh(t)
		p := w.card("a")
		w.loaded(p, 1000)
		a := w.tap(p, 300)
		other := a
		other.mark = protocol.CardMark{9}
		other.abandon()
		w.state(p, a.result)
		_, err := w.close(p.Mark(), 1, true)
		refusedWith(t, "to the shop", err, problem.Conflict)
		w.closed(p.Mark(), 1, false)
		if o := a.clear(false); o.Result != protocol.ClearingGivenBack {
			t.Errorf("%+v", o)
		}
		if o := a.clear(true); o.Result != protocol.ClearingGivenBack {
			t.Errorf("%+v", o)
		}
		w.books(p, 700, 300, 0)
	})
	t.Run("another result handed in", func(t *testing.T) {
		w := all.fresh(t)
		p := w.card("a")
		w.loaded(p, 1000)
		a := w.tap(p, 300)
		twice := a
		twice.result = p.Deduct(a.pay, "T-0001")
		a.clear(false)
		w.state(p, twice.result)
		_, err := w.close(p.Mark(), 2, true)
		refusedWith(t, "to the shop", err, problem.Conflict)
		w.closed(p.Mark(), 2, false)
		if o := twice.clear(false); o.Result != protocol.ClearingConflict {
			t.Errorf("%+v", o)
		}
		w.books(p, 400, 300, 300)
	})
}

// A card that makes up what it reports gains nothing by having that closed: the terminal's
// own tap is credited all the same.
func TestClosedFictionTakesNobodysPlace(t *testing.T) {
	t.Parallel()
	all := newWorld(t)
	for name, make := range map[string]func(*protocol.TapResult){
		"another amount":                func(r *protocol.TapResult) { r.Amount = 1 },
		"a PAY that begins as the true": func(r *protocol.TapResult) { r.Amount = 1; r.Answers[31]++ },
		"another sale":                  func(r *protocol.TapResult) { r.Scramble[0]++ },
	} {
		for _, given := range []bool{false, true} {
			for _, shop := range []bool{true, false} {
				t.Run(name, func(t *testing.T) {
					w := all.fresh(t)
					p := w.card("a")
					w.loaded(p, 1000)
					a := w.tap(p, 300)
					p.Counter++
					fiction, previous := a.result.Unverified(), p.Head
					fiction.Counter, fiction.Previous = p.Counter, &previous
					make(&fiction)
					lie := protocoltest.Sign(t, p.Key, fiction)
					w.state(p, lie)
					minor := int64(w.closed(p.Mark(), 2, shop).Amount)
					back, sold := minor, int64(0)
					if shop {
						back, sold = 0, minor
					}
					w.books(p, 1000-minor, back, sold)
					if given { // torn, and given up: the card reports it now
						if o := a.abandon(); o.Result != protocol.ClearingGivenBack {
							t.Errorf("%+v", o)
						}
						w.state(p, a.result, lie)
						w.books(p, 700-minor, back+300, sold)
					} else {
						if o := a.clear(false); o.Result != protocol.ClearingCredited {
							t.Errorf("%+v", o)
						}
						w.books(p, 700-minor, back, sold+300)
					}
					if u := w.purse(p); u.Cleared != 2 || u.Deducted != protocol.Sum(300+minor) {
						t.Errorf("%+v", u)
					}
				})
			}
		}
	}
}

// Cards in every condition: what they deducted is closed all the same, as far as they hold it.
func TestClosingOnBlockedCards(t *testing.T) {
	t.Parallel()
	all := newWorld(t)
	block := func(why ledger.BlockReason) func(w *world, u *ledger.Purse) {
		return func(w *world, u *ledger.Purse) { u.Block(why, protocol.At(w.now)) }
	}
	for name, prepare := range map[string]func(w *world, u *ledger.Purse){
		"blocked":  block(ledger.BlockOperator),
		"replaced": block(ledger.BlockReplaced),
		"forked":   func(w *world, u *ledger.Purse) { u.Forked = true; u.Block(ledger.BlockForked, protocol.At(w.now)) },
	} {
		for _, shop := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				w := all.fresh(t)
				p := w.card("a")
				w.loaded(p, 1000)
				a := w.tap(p, 300)
				w.state(p, a.result)
				w.update(func(tx ledger.Tx) error {
					u, err := tx.Purse(p.Number())
					if err != nil {
						return err
					}
					prepare(w, &u)
					return tx.PutPurse(u)
				})
				before := w.purse(p)
				tap := w.closed(p.Mark(), 1, shop)
				if o := a.clear(false); o.Result != tap.Decision {
					t.Errorf("%+v", o)
				}
				if u := w.purse(p); u.Cleared != 1 || u.Blocked != before.Blocked || u.BlockedAt != before.BlockedAt {
					t.Errorf("%+v, before %+v", u, before)
				}
				if shop {
					w.books(p, 700, 0, 300)
				} else {
					w.books(p, 700, 300, 0)
				}
			})
		}
	}
	t.Run("released", func(t *testing.T) {
		w := all.fresh(t)
		p := w.card("a")
		w.loaded(p, 1000)
		known, late := w.tap(p, 300), w.tap(p, 200)
		w.state(p, known.result)
		w.update(func(tx ledger.Tx) error { // all but what was reported
			u, err := tx.Purse(p.Number())
			if err != nil {
				return err
			}
			u.Block(ledger.BlockOperator, protocol.At(w.now))
			u.Released = 700
			n, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryReleased, Debit: ledger.PurseAccount(p.Number()), Credit: u.Account, Amount: 700, At: protocol.At(w.now)})
			if err != nil {
				return err
			}
			if err := tx.AddLoad("release "+string(u.Wallet), ledger.Load{Kind: ledger.EntryReleased, Account: u.Account, Amount: 700, Entry: n}); err != nil {
				return err
			}
			return tx.PutPurse(u)
		})
		w.state(p, known.result, late.result)
		w.closed(p.Mark(), 1, true)
		for _, shop := range []bool{true, false} {
			_, err := w.close(p.Mark(), 2, shop)
			refusedWith(t, "more than it holds", err, problem.Conflict)
		}
		w.books(p, 0, 0, 300)
	})
}

// Two deductions in one place are closed one by one.
func TestClosingOfAFork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 1000)
	clone := *p
	a, b := w.tap(p, 300), w.tap(&clone, 200)
	w.state(p, a.result)
	w.state(p, b.result)
	_, err := w.close(p.Mark(), 1, true)
	refusedWith(t, "which of the two", err, problem.Conflict)
	named := func(a tap) func(*settle.Closing) {
		h := a.result.Hash()
		return func(c *settle.Closing) { c.Hash = hex.EncodeToString(h[:8]) }
	}
	w.closed(p.Mark(), 1, true, named(a))
	w.closed(p.Mark(), 1, false, named(b))
	if o := b.clear(false); o.Result != protocol.ClearingGivenBack || !o.Forked {
		t.Errorf("%+v", o)
	}
	w.books(p, 500, 200, 300)
	if u := w.purse(p); u.Cleared != 1 || !u.Forked {
		t.Errorf("%+v", u)
	}
}

// Settlement does not listen to a revoked terminal any more. What it had honestly sold
// before is credited on the word of the cards that paid.
func TestTapsOfARevokedTerminalAreClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 1000)
	a := w.tap(p, 300)
	w.state(p, a.result)
	w.revoke("T-0001")
	_, err := w.settler.ClearTap(t.Context(), "T-0001", a.envelope(false))
	refusedWith(t, "a revoked terminal's tap", err, problem.Unauthorised)
	if tap := w.closed(p.Mark(), 1, true); tap.Decision != protocol.ClearingCredited {
		t.Errorf("%+v", tap)
	}
	w.books(p, 700, 0, 300)
}
