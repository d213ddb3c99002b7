package settle_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// A card is loaded, pays, is refunded; the day's totals have it all.
func TestTapIsCleared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 10_000)
	paid := w.tap(p, 1234)
	envelope := paid.envelope(false)
	first, err := w.settler.ClearTap(t.Context(), "T-0001", envelope)
	cleared := paid.about(first, err)
	if cleared.Result != protocol.ClearingCredited || cleared.Reference == 0 || cleared.Forked {
		t.Fatalf("%+v", cleared)
	}
	w.books(p, 8766, 0, 1234)
	w.passFresh(8 * 24 * 3600e9) // by now the terminal's certificate has ended
	for _, again := range []protocol.Envelope{envelope, paid.envelope(false)} {
		if raw, err := w.settler.ClearTap(t.Context(), "T-0001", again); err != nil || !bytes.Equal(raw, first) {
			t.Errorf("repeated: %v", err)
		}
	}
	w.pass(-8 * 24 * 3600e9)
	w.passFresh(0)
	for _, step := range []struct {
		key    byte
		amount protocol.Amount
		want   protocol.RefundResult
	}{{1, 1000, protocol.RefundMade}, {1, 1000, protocol.RefundMade}, {1, 999, protocol.RefundConflict}, {2, 235, protocol.RefundExceeds}, {3, 234, protocol.RefundMade}, {4, 1, protocol.RefundExceeds}} {
		raw, err := w.settler.Refund(t.Context(), w.asTerminal(), protocoltest.Sign(t, w.sale.Terminal.Key, protocol.Refund{Reference: cleared.Reference,
			Amount: step.amount, Currency: cny, Key: protocol.Code{step.key}, Staff: "S-1", Sent: protocol.At(w.now)}))
		if o := parsed[protocol.RefundOutcome](w, raw, err).Unverified(); o.Result != step.want {
			t.Errorf("refund %d of %d: %v", step.key, step.amount, o.Result)
		}
	}
	w.books(p, 8766, 1234, 0)
	now := protocol.At(w.now)
	raw, err := w.settler.Totals(t.Context(), w.asTerminal(), protocoltest.Sign(t, w.sale.Terminal.Key, protocol.TotalsQuery{From: now - 60, To: now + 60, Sent: now}))
	totals := parsed[protocol.DayTotals](w, raw, err).Unverified()
	if len(totals.Lines) != 3 || totals.Lines[0].Kind != protocol.TotalsPayment || totals.Lines[0].Request != paid.pay.Hash() ||
		totals.Lines[0].Reference != cleared.Reference || totals.Lines[2].Kind != protocol.TotalsRefund || totals.Sums[0].Paid != 1234 || totals.Sums[0].Refunded != 1234 {
		t.Errorf("totals: %+v, %+v", totals.Lines, totals.Sums)
	}
	// What waits can be loaded again.
	if load, code := w.load(p.LoadRequest(1234, true)); code != "" || load.Total != 11_234 || load.Cleared != 1 {
		t.Errorf("load of what waits: %+v, %s", load, code)
	}
	w.books(p, 10_000, 0, 0)
	if strings.Contains(w.log.String(), string(p.Number())) {
		t.Error("a card's number is in the log")
	}
}

// Every reason not to credit, each as far as its money is concerned.
func TestTapIsNotCredited(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		change  func(*protocol.TapClearing)
		prepare func(w *world)
		amount  protocol.Amount
		want    protocol.ClearingResult
		blocked ledger.BlockReason
	}{
		{name: "more than was loaded", amount: 10_001, want: protocol.ClearingUncovered, blocked: ledger.BlockUncovered},
		{name: "another shop's account", amount: 100, change: func(c *protocol.TapClearing) { c.Merchant = []byte("M-0002") }, want: protocol.ClearingTerminal},
		{name: "no such account", amount: 100, change: func(c *protocol.TapClearing) { c.Merchant = []byte("M-9") }, want: protocol.ClearingTerminal},
		{name: "expired", amount: 100, prepare: func(w *world) { w.passFresh(366 * 24 * 3600e9) }, want: protocol.ClearingCard},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.update(func(tx ledger.Tx) error {
				return tx.AddAccount(ledger.Account{ID: ledger.MerchantAccount([]byte("M-0002")), Class: ledger.Merchant, Currency: cny, Terminals: []protocol.ID{"T-0002"}})
			})
			p := w.card("a")
			w.loaded(p, 10_000)
			if test.prepare != nil {
				test.prepare(w)
				// The terminal has a newer certificate by then.
				claims := w.sale.Terminal.Certificate.Unverified()
				claims.NotBefore, claims.Expires = protocol.At(w.now)-3600, protocol.At(w.now)+3600
				w.sale.Terminal.Certificate = protocoltest.Sign(t, w.sale.Realm.Key, claims)
			}
			paid := w.tap(p, test.amount)
			change := test.change
			if change == nil {
				change = func(*protocol.TapClearing) {}
			}
			for range 2 {
				if o := paid.clear(false, change); o.Result != test.want || o.Reference != 0 {
					t.Errorf("%+v", o)
				}
			}
			w.books(p, 10_000, 0, 0)
			if u := w.purse(p); u.Blocked != test.blocked || u.Deducted != protocol.Sum(test.amount) || u.Cleared != 1 {
				t.Errorf("%+v", u)
			}
		})
	}
}

// A card that the ledger does not know pays nobody, and its settlement is not
// asked to believe another's.
func TestForeignTaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 10_000)
	stranger := *p
	claims := p.Card.Unverified()
	claims.Number = protocol.CardNumber("9156000000000019")
	for serial := uint64(1); ; serial++ {
		n, err := protocol.NewCardNumber(serial)
		if err != nil {
			t.Fatal(err)
		}
		if n != p.Number() {
			claims.Number = n
			break
		}
	}
	stranger.Card = protocoltest.Sign(t, w.sale.Settlement.Key, claims)
	for range 2 {
		if o := w.tap(&stranger, 100).clear(false); o.Result != protocol.ClearingCard {
			t.Errorf("unknown card: %+v", o)
		}
	}
	forged := *p
	forged.Card = protocoltest.Sign(t, w.sale.Terminal.Key, p.Card.Unverified())
	_, err := w.settler.ClearTap(t.Context(), "T-0001", w.tap(&forged, 100).envelope(false))
	refusedWith(t, "card of another signer", err, problem.Unauthorised)
	claims = p.Card.Unverified()
	claims.Issuer = "elsewhere"
	forged.Card = protocoltest.Sign(t, w.sale.Settlement.Key, claims)
	_, err = w.settler.ClearTap(t.Context(), "T-0001", w.tap(&forged, 100).envelope(false))
	refusedWith(t, "card of another settlement", err, problem.Unauthorised)
	_, err = w.settler.ClearTap(t.Context(), "T-0002", w.tap(p, 100).envelope(false))
	refusedWith(t, "another terminal's envelope", err, problem.Malformed)
	other := *p
	other.Key = protocoltest.SignatureKey(t, "another card")
	_, err = w.settler.ClearTap(t.Context(), "T-0001", w.tap(&other, 100).envelope(false))
	refusedWith(t, "result of another key", err, problem.Unauthorised)
	w.revoke("T-0001")
	_, err = w.settler.ClearTap(t.Context(), "T-0001", w.tap(p, 100).envelope(false))
	refusedWith(t, "revoked terminal", err, problem.Unauthorised)
	w.books(p, 10_000, 0, 0)
}

// The same PAY with another result is fraud; the card's second result stays in its
// chain.
func TestSamePayOtherResult(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 10_000)
	paid := w.tap(p, 100)
	if o := paid.clear(false); o.Result != protocol.ClearingCredited {
		t.Fatal(o)
	}
	other := paid
	other.result = p.Deduct(paid.pay, "T-0001") // the next counter, for the same PAY
	for range 2 {
		if o := other.clear(false); o.Result != protocol.ClearingConflict || o.Forked {
			t.Errorf("%+v", o)
		}
	}
	for range 2 {
		if o := paid.clear(true); o.Result != protocol.ClearingConflict {
			t.Errorf("given up after it was credited: %+v", o)
		}
	}
	w.books(p, 9900, 0, 100)
	if u := w.purse(p); u.Deducted != 200 || u.Cleared != 2 || u.Blocked != 0 {
		t.Errorf("%+v", u)
	}
	if !strings.Contains(w.log.String(), `"msg":"fraud"`) {
		t.Error("no fraud was flagged")
	}
}

// Clearings, abandonments and the wallet's reports of one torn tap come in every
// order, each also twice: the books are the same in the end.
func TestTornTapInEveryOrder(t *testing.T) {
	t.Parallel()
	all := newWorld(t)
	steps := map[string]func(w *world, a tap){
		"clearing": func(w *world, a tap) {
			if o := a.clear(true); o.Result != protocol.ClearingGivenBack {
				w.t.Errorf("clearing: %+v", o)
			}
		},
		"abandonment": func(w *world, a tap) {
			if o := a.abandon(); o.Result != protocol.ClearingGivenBack {
				w.t.Errorf("abandonment: %+v", o)
			}
		},
	}
	for _, set := range [][]string{
		{"clearing"}, {"abandonment", "report"}, {"clearing", "report"}, {"clearing", "abandonment"}, {"clearing", "abandonment", "report"},
		{"clearing", "clearing", "abandonment", "report", "report"},
	} {
		for _, order := range permutations(set) {
			t.Run(strings.Join(order, ","), func(t *testing.T) {
				w := all.fresh(t)
				p := w.card("a")
				w.loaded(p, 10_000)
				a := w.tap(p, 700)
				next := w.tap(p, 50)
				for _, step := range order {
					if step == "report" {
						w.state(p, a.result)
						continue
					}
					steps[step](w, a)
				}
				w.books(p, 9300, 700, 0)
				if o := next.clear(false); o.Result != protocol.ClearingCredited {
					t.Errorf("next: %+v", o)
				}
				w.books(p, 9250, 700, 50)
				if u := w.purse(p); u.Cleared != 2 || u.Deducted != 750 || u.Blocked != 0 {
					t.Errorf("%+v", u)
				}
				if s := w.state(p); s.Waiting != 700 || s.Cleared != 2 || s.Blocked {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

func permutations(set []string) [][]string {
	if len(set) <= 1 {
		return [][]string{slices.Clone(set)}
	}
	var all [][]string
	for i := range set {
		rest := slices.Delete(slices.Clone(set), i, i+1)
		for _, p := range permutations(rest) {
			order := append([]string{set[i]}, p...)
			if !slices.ContainsFunc(all, func(o []string) bool { return slices.Equal(o, order) }) {
				all = append(all, order)
			}
		}
	}
	return all
}

// A tap that was given up stays so even if its clearing forgets to say it, and
// what is only reported is nobody's yet.
func TestGivenUpStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.card("a")
	w.loaded(p, 10_000)
	a := w.tap(p, 700)
	w.state(p, a.result)
	w.books(p, 10_000, 0, 0)
	if u := w.purse(p); u.Cleared != 0 || u.Deducted != 700 {
		t.Errorf("reported: %+v", u)
	}
	a.abandon()
	if o := a.clear(false); o.Result != protocol.ClearingGivenBack {
		t.Errorf("%+v", o)
	}
	w.books(p, 9300, 700, 0)
	// One that was credited is not given back by an abandonment.
	b := w.tap(p, 300)
	b.clear(false)
	if o := b.abandon(); o.Result != protocol.ClearingCredited {
		t.Errorf("%+v", o)
	}
	w.books(p, 9000, 700, 300)
	// A wallet's report about another card's PAY gives nothing to anybody.
	thief, victim := w.another("W-0002", "7777"), w.tap(p, 200)
	q := thief.card("thief")
	thief.loaded(q, 1000)
	stolen := tap{thief, q.Card, q.Mark(), victim.pay, q.Deduct(victim.pay, "T-0001")}
	thief.state(q, stolen.result)
	victim.abandon()
	w.state(p, victim.result)
	w.books(p, 8800, 900, 300)
	w.books(q, 1000, 0, 300)
}

// What a card reports is its word alone: a made-up PAY with the first half of a true
// one's hash keeps neither the shop from its money nor an abandonment from being kept.
func TestMadeUpReport(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(tap) protocol.TapCleared{
		"cleared":  func(a tap) protocol.TapCleared { return a.clear(false) },
		"given up": func(a tap) protocol.TapCleared { return a.abandon() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.card("a")
			w.loaded(p, 10_000)
			a := w.tap(p, 700)
			claims := a.result.Unverified()
			claims.Answers[31] ^= 1
			claims.Counter, claims.Previous = 2, new(protocol.Hash)
			*claims.Previous = a.result.Hash()
			w.state(p, protocoltest.Sign(t, p.Key, claims))
			switch o := end(a); name {
			case "cleared":
				if o.Result != protocol.ClearingCredited {
					t.Errorf("%+v", o)
				}
				w.books(p, 9300, 0, 700)
			default:
				w.state(p, a.result)
				w.books(p, 9300, 700, 0)
			}
		})
	}
}
