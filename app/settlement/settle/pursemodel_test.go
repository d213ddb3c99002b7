package settle_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/settlementclient/virtualsettlement"
)

// modelCard is what a card and its wallet ought to have.
type modelCard struct {
	w *world
	*virtualsettlement.Purse
	local   int64 // what the wallet would pay with
	waiting int64
	out     int64 // settled: left the purse
	loaded  int64
	pending []pending
}

// pending is a message about a deduction that settlement may not have yet.
type pending struct {
	play func() (left, back, shop int64)
	// again may be played as often as one likes: it changes nothing.
	again func()
}

// Many loads, taps, torn taps, transfers and repeats, in any order and with
// gaps: the books are always those of a model that knows only sums.
func TestPursesAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			base := newWorld(t)
			base.codes = seed << 36
			cards := make([]*modelCard, 3)
			for i := range cards {
				w := base.another(protocol.ID(fmt.Sprintf("W-%d", 10+i)), protocol.Account(fmt.Sprintf("model-%d", i)))
				cards[i] = &modelCard{w: w, Purse: w.card("model")}
			}
			var shop int64
			var done []func()
			for range 150 {
				c := cards[random.IntN(len(cards))]
				amount := protocol.Amount(1 + random.IntN(900))
				switch random.IntN(9) {
				case 0, 1:
					c.load(t, amount, false)
				case 2:
					c.load(t, amount, true)
				case 3, 4:
					c.tap(amount, random)
				case 5:
					c.transfer(cards[random.IntN(len(cards))], amount)
				case 6, 7:
					if len(c.pending) > 0 {
						at := random.IntN(len(c.pending))
						m := c.pending[at]
						c.pending = slices.Delete(c.pending, at, at+1)
						left, back, sold := m.play()
						c.out += left
						c.waiting += back
						shop += sold
						done = append(done, m.again)
					}
				case 8:
					if len(done) > 0 {
						done[random.IntN(len(done))]()
					}
				}
				for i, c := range cards {
					c.compare(t, i)
				}
				if have := base.balance(base.shop()); have != shop {
					t.Fatalf("the shop has %d, not %d", have, shop)
				}
			}
			for _, c := range cards { // all that is still on its way arrives
				for _, m := range c.pending {
					left, back, _ := m.play()
					c.out, c.waiting = c.out+left, c.waiting+back
				}
			}
			for i, c := range cards {
				c.compare(t, i)
				if u := c.w.purse(c.Purse); u.Cleared != c.Counter || u.Forked || u.Blocked != 0 || c.loaded-c.out != c.local {
					t.Errorf("card %d ends with %+v; the wallet has %d", i, u, c.local)
				}
			}
			base.holds()
		})
	}
}

func (c *modelCard) compare(t *testing.T, i int) {
	t.Helper()
	held, waiting := c.w.balance(ledger.PurseAccount(c.Number())), c.w.balance(ledger.WaitingAccount(c.Number()))
	if held != c.loaded-c.out || waiting != c.waiting {
		t.Fatalf("card %d holds %d and %d waits; the model says %d and %d", i, held, waiting, c.loaded-c.out, c.waiting)
	}
}

func (c *modelCard) load(t *testing.T, amount protocol.Amount, waiting bool) {
	t.Helper()
	request := c.LoadRequest(amount, waiting)
	_, code := c.w.load(request)
	if want := waiting && c.waiting < int64(amount); want != (code == problem.Funds) || code != "" && !want {
		t.Fatalf("load of %d of %d: %q", amount, c.waiting, code)
	}
	if _, again := c.w.load(request); again != code {
		t.Errorf("repeated: %q, then %q", code, again)
	}
	if code != "" {
		c.Sequence--
		// The next one under the sequence has another nonce.
		next := request.Unverified()
		next.Nonce, next.Waiting, next.Sequence = c.w.code(), false, c.Sequence+1
		if _, code := c.w.load(c.LoadRequestOf(next)); code != "" {
			t.Fatalf("load after a refusal: %q", code)
		}
		c.Sequence++
		waiting = false
	}
	c.loaded, c.local = c.loaded+int64(amount), c.local+int64(amount)
	if waiting {
		c.waiting -= int64(amount)
	}
}

// tap deducts, and leaves to chance what the terminal learns of it.
func (c *modelCard) tap(amount protocol.Amount, random *rand.Rand) {
	if int64(amount) > c.local {
		return
	}
	c.local -= int64(amount)
	a := c.w.tap(c.Purse, amount)
	minor := int64(amount)
	repeat := func(givenUp bool) func() { return func() { a.clear(givenUp) } }
	switch random.IntN(4) {
	case 0: // sold
		c.pending = append(c.pending, pending{func() (int64, int64, int64) { a.clear(false); return minor, 0, minor }, repeat(false)})
	case 1: // given up, and recovered later
		c.pending = append(c.pending, pending{func() (int64, int64, int64) { a.clear(true); return minor, minor, 0 }, repeat(true)})
	case 2: // given up, and reported by the wallet: the later of the two gives it back
		said := 0
		either := func(say func()) pending {
			return pending{func() (int64, int64, int64) {
				say()
				if said++; said == 2 {
					return minor, minor, 0
				}
				return 0, 0, 0
			}, say}
		}
		c.pending = append(c.pending, either(func() { a.abandon() }), either(func() { c.w.state(c.Purse, a.result) }))
	case 3: // reported, and then closed by the operator or told by its terminal, or both
		c.lost(a, minor, random)
	}
}

// lost leaves to chance whether the operator closes a deduction before its terminal tells of it, whereto, and
// what the terminal then says: what is said first holds, and the rest changes nothing.
func (c *modelCard) lost(a tap, minor int64, random *rand.Rand) {
	c.w.state(c.Purse, a.result)
	counter, shop, givenUp, settled := c.Counter, random.IntN(2) == 0, random.IntN(2) == 0, false
	once := func(toShop bool, say func()) pending {
		return pending{func() (left, back, sold int64) {
			say()
			switch {
			case settled:
				return 0, 0, 0
			case toShop:
				sold = minor
			default:
				back = minor
			}
			settled = true
			return minor, back, sold
		}, say}
	}
	closing := func() {
		if _, err := c.w.close(c.Mark(), counter, shop); err != nil && !settled {
			c.w.t.Errorf("not closed: %v", err)
		}
	}
	c.pending = append(c.pending, once(shop, closing))
	switch random.IntN(3) {
	case 0:
		c.pending = append(c.pending, once(!givenUp, func() { a.clear(givenUp) }))
	case 1:
		c.pending = append(c.pending, once(false, func() { a.abandon() }))
	}
}

func (c *modelCard) transfer(to *modelCard, amount protocol.Amount) {
	if int64(amount) > c.local || to == c {
		return
	}
	c.local -= int64(amount)
	m := c.Transfer(to.Number(), amount)
	minor := int64(amount)
	c.pending = append(c.pending, pending{func() (int64, int64, int64) {
		c.w.transfer(m)
		to.waiting += minor
		return minor, 0, 0
	}, func() { c.w.transfer(m) }})
}
