package settle_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Counters come in any order, with gaps: cleared is what is settled without one.
func TestChainOutOfOrder(t *testing.T) {
	t.Parallel()
	all := newWorld(t)
	for _, order := range permutations([]string{"0", "1", "2", "3"}) {
		t.Run(strings.Join(order, ""), func(t *testing.T) {
			w := all.fresh(t)
			p := w.card("a")
			w.loaded(p, 10_000)
			taps := make([]tap, 4)
			for i := range taps {
				taps[i] = w.tap(p, 100)
			}
			known := map[int]bool{}
			for _, text := range order {
				i := int(text[0] - '0')
				if o := taps[i].clear(false); o.Result != protocol.ClearingCredited || o.Forked {
					t.Fatalf("tap %d: %+v", i, o)
				}
				known[i] = true
				want := uint64(0)
				for known[int(want)] {
					want++
				}
				if u := w.purse(p); u.Cleared != want || u.Forked {
					t.Errorf("after tap %d: %+v, want cleared %d", i, u, want)
				}
			}
			w.books(p, 9600, 0, 400)
		})
	}
}

// A copied card and the true one go on side by side: whatever comes first, the
// card is blocked, the list says so, and nobody gets more than was loaded.
func TestClonedCard(t *testing.T) {
	t.Parallel()
	all := newWorld(t)
	for _, order := range permutations([]string{"0", "1", "2", "3"}) {
		t.Run(strings.Join(order, ""), func(t *testing.T) {
			w := all.fresh(t)
			p := w.card("a")
			w.loaded(p, 1000)
			clone := *p
			taps := []tap{w.tap(p, 300), w.tap(p, 300), w.tap(&clone, 300), w.tap(&clone, 300)}
			credited, forked := 0, 0
			for _, text := range order {
				o := taps[text[0]-'0'].clear(false)
				if o.Result == protocol.ClearingCredited {
					credited++
				}
				if o.Forked {
					forked++
				}
			}
			if u := w.purse(p); credited != 3 || forked == 0 || !u.Forked || u.Blocked == 0 || u.Deducted != 1200 {
				t.Errorf("%d credited, %d forked, %+v", credited, forked, u)
			}
			w.books(p, 100, 0, 900)
			raw, err := w.settler.Blocklist(t.Context())
			list := parsed[protocol.CardBlocklist](w, raw, err)
			if !list.Unverified().Blocks(p.Card.Unverified().Holder.Key) || list.Unverified().Sequence == 0 {
				t.Errorf("%+v", list.Unverified())
			}
			if !strings.Contains(w.log.String(), `"msg":"fraud"`) {
				t.Error("no fraud was flagged")
			}
		})
	}
}

// A wallet that was put back to an earlier state forks at the first counter that
// it uses again, by a tap, a transfer or a report.
func TestRolledBackCard(t *testing.T) {
	t.Parallel()
	for _, second := range []string{"tap", "transfer", "report"} {
		t.Run(second, func(t *testing.T) {
			w := newWorld(t)
			other := w.another("W-0002", "7777")
			p, q := w.card("a"), other.card("b")
			w.loaded(p, 1000)
			old := *p
			w.tap(p, 100).clear(false)
			switch second {
			case "tap":
				if o := w.tap(&old, 100).clear(false); !o.Forked || o.Result != protocol.ClearingCredited {
					t.Errorf("%+v", o)
				}
				w.books(p, 800, 0, 200)
			case "transfer":
				m := old.Transfer(q.Number(), 100)
				for range 2 {
					if r := w.transfer(m); r.Result != protocol.TransferConflict {
						t.Errorf("%+v", r)
					}
				}
				w.books(p, 900, 0, 100)
			case "report":
				w.state(p, w.tap(&old, 100).result)
				w.books(p, 900, 0, 100)
			}
			if u := w.purse(p); !u.Forked || u.Blocked != ledger.BlockForked || u.Deducted != 200 {
				t.Errorf("%+v", u)
			}
			if _, code := w.load(p.LoadRequest(100, false)); code != problem.Blocked {
				t.Errorf("load: %q", code)
			}
		})
	}
}

// Transfers are links of the chain; what cannot be delivered comes back.
func TestTransfers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.another("W-0002", "7777")
	p, q := w.card("a"), other.card("b")
	w.loaded(p, 1000)
	nobody, err := protocol.NewCardNumber(7)
	if err != nil {
		t.Fatal(err)
	}
	before := w.tap(p, 50)
	for i, step := range []struct {
		to     protocol.CardNumber
		amount protocol.Amount
		want   protocol.TransferResult
	}{{q.Number(), 300, protocol.TransferMade}, {nobody, 200, protocol.TransferReturned}} {
		m := p.Transfer(step.to, step.amount)
		first, err := w.settler.Transfer(t.Context(), w.asWallet(), m)
		if r := parsed[protocol.TransferReceipt](w, first, err).Unverified(); r.Result != step.want || r.Reference == 0 {
			t.Errorf("transfer %d: %+v", i, r)
		}
		if again, err := w.settler.Transfer(t.Context(), w.asWallet(), m); err != nil || !slices.Equal(first, again) {
			t.Errorf("repeated: %v", err)
		}
		_, err = w.settler.Transfer(t.Context(), other.asWallet(), m)
		refusedWith(t, "by another wallet", err, problem.Unauthorised)
	}
	before.clear(false) // the first of the chain comes last
	w.books(p, 450, 200, 50)
	w.books(q, 0, 300, 50)
	if u := w.purse(p); u.Cleared != 3 {
		t.Errorf("%+v", u)
	}
	if load, code := other.load(q.LoadRequest(300, true)); code != "" || load.Total != 300 {
		t.Errorf("%+v, %q", load, code)
	}
	if _, code := other.load(q.LoadRequest(1, true)); code != problem.Funds {
		t.Errorf("%q", code)
	}
	w.books(q, 300, 0, 50)
	// More than it holds.
	m := p.Transfer(q.Number(), 451)
	for range 2 {
		if r := w.transfer(m); r.Result != protocol.TransferUncovered || r.Reference != 0 {
			t.Errorf("%+v", r)
		}
	}
	if u := w.purse(p); u.Blocked != ledger.BlockUncovered || u.Forked {
		t.Errorf("%+v", u)
	}
	w.books(p, 450, 200, 50)
}

// Lists are signed once a minute, and again when a card is blocked or unblocked.
func TestBlocklist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	fetch := func() ([]byte, protocol.CardBlocklist) {
		t.Helper()
		raw, err := w.settler.Blocklist(t.Context())
		list, err := protocol.VerifyCardBlocklist(parsed[protocol.CardBlocklist](w, raw, err), w.sale.Settlement.Certificate, nil, w.trust(), w.now)
		if err != nil {
			t.Fatal(err)
		}
		return raw, list
	}
	block := func(why ledger.BlockReason) {
		t.Helper()
		w.update(func(tx ledger.Tx) error {
			u, err := tx.Purse(p.Number())
			if err != nil {
				return err
			}
			u.Blocked = why
			return tx.PutPurse(u)
		})
	}
	first, list := fetch()
	again, _ := fetch()
	if len(list.Blocked) != 0 || !slices.Equal(first, again) {
		t.Errorf("%+v", list)
	}
	block(ledger.BlockOperator)
	_, blocked := fetch()
	if !blocked.Blocks(p.Card.Unverified().Holder.Key) || blocked.Sequence != list.Sequence+1 {
		t.Errorf("%+v", blocked)
	}
	block(0)
	_, free := fetch()
	if len(free.Blocked) != 0 || free.Sequence != blocked.Sequence+1 {
		t.Errorf("%+v", free)
	}
	w.passFresh(60e9)
	if _, later := fetch(); later.Issued <= free.Issued || later.Sequence != free.Sequence {
		t.Errorf("%+v", later)
	}
	block(ledger.BlockOperator)
	w.passFresh(366 * 24 * 3600e9) // nobody takes an expired card anyway
	claims := w.sale.Settlement.Certificate.Unverified()
	if raw, err := w.settler.Blocklist(t.Context()); err != nil || len(parsed[protocol.CardBlocklist](w, raw, nil).Unverified().Blocked) != 0 {
		t.Errorf("expired cards are still listed by %s: %v", claims.Subject, err)
	}
}

// A place in a chain takes so many forks, and no more; each is answered.
func TestCrowdedChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 10_000)
	for i := range ledger.MaxForks + 2 {
		clone := *p
		o := w.tap(&clone, 10).clear(false)
		if want := i > 0; o.Forked != want || (i < ledger.MaxForks) != (o.Result == protocol.ClearingCredited) {
			t.Fatalf("%s: %+v", fmt.Sprint(i), o)
		}
	}
	w.books(p, 10_000-ledger.MaxForks*10, 0, ledger.MaxForks*10)
}
