package acquirer_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	. "countersign/app/settlement/acquirer"
	"countersign/app/settlement/acquirer/virtualacquirer"
	"countersign/protocol"
)

const (
	card   protocol.Account = "6212345678901234"
	wealth int64            = 1_000_000
)

// town is an acquirer and a link to it.
type town struct {
	*testing.T
	server *virtualacquirer.Server
	link   *Link
	number uint64
}

const patience = time.Minute // that no test waits for

func config(server *virtualacquirer.Server) Config {
	return Config{
		Address: server.Address(), Institution: "123456", Merchant: "COUNTERSIGN", Terminal: "CS000001", Category: "5411",
		AnswerTimeout: patience, BackOff: time.Millisecond, DialTimeout: time.Minute,
	}
}

func newTown(t *testing.T, change ...func(*Config)) *town {
	server, err := virtualacquirer.Listen("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.Issue(virtualacquirer.Card{Number: card, Currency: 156, Balance: wealth})
	c := config(server)
	var patient virtualacquirer.Patience
	c.Patience = patient.Wait
	server.OnSilence(patient.GiveUp)
	for _, f := range change {
		f(&c)
	}
	return &town{T: t, server: server, link: open(t, c)}
}

func open(t *testing.T, c Config) *Link {
	link, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(link.Close)
	return link
}

func (w *town) buy(amount protocol.Amount) Transaction {
	w.number++
	return Transaction{Trace: NewTrace(w.number, time.Now()), Card: card, Amount: amount, Currency: 156, Terminal: "T-0001", Shop: "shop-1"}
}

func (w *town) net(want int64) {
	w.Helper()
	books := w.server.Books()
	if got := books.Net(card); got != want || books.Cards[0].Balance != wealth-want {
		w.Errorf("the card was charged %d and holds %d, where %d should have been charged", got, books.Cards[0].Balance, want)
	}
}

// until waits for something that another goroutine counts.
func (w *town) until(what string, done func() bool) {
	w.Helper()
	for limit := time.Now().Add(time.Minute); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			w.Fatalf("waited in vain for %s; %+v", what, w.link.Stats())
		}
	}
}

func TestPurchaseReversalAndRefund(t *testing.T) {
	w := newTown(t)
	ctx := t.Context()
	bought := w.buy(700)
	a, err := w.link.Purchase(ctx, bought)
	if err != nil || a.Verdict() != Approved || a.Approval == "" {
		t.Fatalf("%+v, %v", a, err)
	}
	w.net(700)

	back := w.buy(200)
	back.Original = &bought.Trace
	for _, repeat := range []bool{false, true, true} {
		if a, err := w.link.Refund(ctx, back, repeat); err != nil || a.Verdict() != Approved {
			t.Fatalf("refund: %+v, %v", a, err)
		}
	}
	w.net(500)
	back = w.buy(501)
	back.Original = &bought.Trace
	if a, err := w.link.Refund(ctx, back, false); err != nil || a.Verdict() != Declined {
		t.Errorf("refund of too much: %+v, %v", a, err)
	}
	if _, err := w.link.Refund(ctx, w.buy(1), false); !errors.Is(err, ErrNotSent) {
		t.Errorf("refund of nothing: %v", err)
	}
	w.net(500)

	bought = w.buy(100)
	if a, err := w.link.Purchase(ctx, bought); err != nil || a.Verdict() != Approved {
		t.Fatalf("%+v, %v", a, err)
	}
	for i, reverse := range []func(context.Context, Transaction, bool) error{w.link.ReversalAdvice, w.link.ReversalAdvice, w.link.ReversalRequest} {
		if err := reverse(ctx, bought, i > 0); err != nil {
			t.Errorf("reversal %d: %v", i, err)
		}
	}
	w.net(500)

	held := w.buy(300)
	if a, err := w.link.Authorise(ctx, held); err != nil || a.Verdict() != Approved {
		t.Fatalf("authorise: %+v, %v", a, err)
	}
	if b := w.server.Books(); b.Net(card) != 500 || b.Cards[0].Balance != wealth-800 {
		t.Errorf("an authorisation only reserves: %+v", b.Cards)
	}
	if err := w.link.ReleaseAdvice(ctx, held, false); err != nil {
		t.Errorf("release: %v", err)
	}
	asked := w.buy(0)
	if a, err := w.link.Authorise(ctx, asked); err != nil || a.Verdict() != Approved {
		t.Errorf("asking about an account: %+v, %v", a, err)
	}
	w.net(500)
}

func TestDeclines(t *testing.T) {
	w := newTown(t)
	w.server.Issue(virtualacquirer.Card{Number: "6200000000000054", Currency: 156, Balance: 1000, Refuse: CodeExpired})
	for _, test := range []struct {
		card   protocol.Account
		amount protocol.Amount
		want   Answer
	}{
		{card, protocol.Amount(wealth + 1), Answer{Code: CodeFunds}},
		{"6200000000000054", 1, Answer{Code: CodeExpired}},
		{"6200000000000099", 1, Answer{Code: CodeNoCard}},
	} {
		tx := w.buy(test.amount)
		tx.Card = test.card
		if a, err := w.link.Purchase(t.Context(), tx); err != nil || a != test.want {
			t.Errorf("%+v, %v, not %+v", a, err, test.want)
		}
	}
	for _, not := range []protocol.Account{"", "62000", "62000000000000991234", "620000000000009x"} {
		tx := w.buy(1)
		tx.Card = not
		if _, err := w.link.Purchase(t.Context(), tx); !errors.Is(err, ErrCard) {
			t.Errorf("%q: %v", not, err)
		}
	}
	w.net(0)
}

// Whatever goes wrong with a purchase, its caller learns that it has to be
// reversed, and once that is taken the card is as before, even if the purchase
// is carried out afterwards.
func TestFaultsOfAPurchaseAreReversed(t *testing.T) {
	for _, kind := range virtualacquirer.FaultKinds() {
		t.Run(string(kind), func(t *testing.T) {
			w := newTown(t)
			w.server.Order(virtualacquirer.Fault{On: "0200", Kind: kind, Code: CodeMalfunction})
			bought := w.buy(700)
			a, err := w.link.Purchase(t.Context(), bought)
			if kind == virtualacquirer.Twice {
				if err != nil || a.Verdict() != Approved {
					t.Errorf("%+v, %v", a, err)
				}
				w.until("the duplicate", func() bool { return w.link.Stats().Duplicate == 1 })
				w.net(700)
				return
			}
			if err == nil && a.Verdict() != Unsure || err != nil && !errors.Is(err, ErrNoAnswer) {
				t.Fatalf("%+v, %v", a, err)
			}
			for repeat := false; ; repeat = true {
				err := w.link.ReversalAdvice(t.Context(), bought, repeat)
				if err == nil {
					break
				}
				if !errors.Is(err, ErrNoAnswer) && !errors.Is(err, ErrNotSent) {
					t.Fatal(err)
				}
			}
			switch kind {
			case virtualacquirer.LateAnswer, virtualacquirer.LateRequest:
				w.until("the late answer", func() bool { return w.link.Stats().Late == 1 })
			case virtualacquirer.WrongSTAN, virtualacquirer.WrongAmount:
				// It may come when the purchase has just been given up.
				w.until("the strange answer", func() bool { return w.link.Stats().Unmatched+w.link.Stats().Late == 1 })
			case virtualacquirer.Malformed:
				w.until("the broken answer", func() bool { return w.link.Stats().Malformed == 1 })
			}
			w.net(0)
			if n := w.server.Ordered(); n != 0 {
				t.Errorf("%d faults never happened", n)
			}
		})
	}
}

// A reversal and a refund come to their end by repeating, whatever goes wrong,
// and count once.
func TestFaultsOfReversalAndRefundAreRepeated(t *testing.T) {
	for _, kind := range virtualacquirer.FaultKinds() {
		t.Run(string(kind), func(t *testing.T) {
			w := newTown(t)
			fault := virtualacquirer.Fault{Kind: kind, Code: CodeIssuerDown}
			for _, on := range []string{"0420", "0201", "0421"} {
				fault.On = on
				w.server.Order(fault)
			}
			kept, gone := w.buy(700), w.buy(70)
			for _, tx := range []Transaction{kept, gone} {
				if a, err := w.link.Purchase(t.Context(), tx); err != nil || a.Verdict() != Approved {
					t.Fatalf("%+v, %v", a, err)
				}
			}
			tries := 0
			for w.link.ReversalAdvice(t.Context(), gone, tries > 0) != nil {
				tries++
			}
			back := w.buy(300)
			back.Original = &kept.Trace
			for {
				if a, err := w.link.Refund(t.Context(), back, true); err == nil && a.Verdict() == Approved {
					break
				}
			}
			w.net(400)
			// The late answer to an advice does as well for its repeat.
			late := kind == virtualacquirer.LateAnswer || kind == virtualacquirer.LateRequest
			if kind != virtualacquirer.Twice && tries != 2 && (!late || tries == 0) {
				t.Errorf("the reversal was taken after %d failures", tries)
			}
		})
	}
}

func TestManyAtOnceOverFewConnections(t *testing.T) {
	w := newTown(t, func(c *Config) { c.Connections = 3 })
	var all sync.WaitGroup
	for range 200 {
		tx := w.buy(3)
		all.Go(func() {
			if a, err := w.link.Purchase(t.Context(), tx); err != nil || a.Verdict() != Approved {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
	all.Wait()
	w.net(600)
}

func TestNothingIsSentWithoutALink(t *testing.T) {
	w := newTown(t, func(c *Config) { c.DialTimeout = 50 * time.Millisecond })
	w.until("the link", w.link.Ready)
	w.server.Close()
	w.until("the link's loss", func() bool { return !w.link.Ready() })
	if _, err := w.link.Purchase(t.Context(), w.buy(1)); !errors.Is(err, ErrNotSent) || errors.Is(err, ErrNoAnswer) {
		t.Errorf("%v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.link.Purchase(ended, w.buy(1)); !errors.Is(err, ErrNotSent) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	w.net(0)
}

// Without a Patience of its own a link gives up by the clock.
func TestAnswerTimeout(t *testing.T) {
	w := newTown(t, func(c *Config) { c.Patience, c.AnswerTimeout = nil, 20*time.Millisecond })
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.Lost})
	if err := w.link.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.link.Purchase(t.Context(), w.buy(5)); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("%v", err)
	}
	w.net(0)
}

// A cancelled purchase may have been sent.
func TestCancelledWaitIsNoAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := newTown(t)
	w.server.OnSilence(nil)
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.NoAnswer})
	go func() {
		for len(w.server.Books().Purchases) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if _, err := w.link.Purchase(ctx, w.buy(5)); !errors.Is(err, ErrNoAnswer) || errors.Is(err, ErrNotSent) {
		t.Errorf("%v", err)
	}
	w.net(5)
}

func TestLinkComesBackAndIsTested(t *testing.T) {
	w := newTown(t, func(c *Config) { c.Idle = 5 * time.Millisecond })
	w.until("echo tests", func() bool { return w.link.Stats().Answered > 5 })
	for range 3 {
		connected := w.link.Stats().Connected
		w.server.Drop()
		w.until("another connection", func() bool { return w.link.Stats().Connected > connected && w.link.Ready() })
		if a, err := w.link.Purchase(t.Context(), w.buy(1)); err != nil || a.Verdict() != Approved {
			t.Errorf("%+v, %v", a, err)
		}
	}
	// An echo that is not answered ends the connection; a refused sign-on is tried again.
	connected := w.link.Stats().Connected
	w.server.Order(virtualacquirer.Fault{On: "0800", Kind: virtualacquirer.Lost})
	w.server.Order(virtualacquirer.Fault{On: "0800", Kind: virtualacquirer.Refuse, Code: CodeMalfunction})
	w.until("another connection", func() bool { return w.link.Stats().Connected > connected })
	if n := w.server.Echo(); n != 1 {
		t.Errorf("%d links", n)
	}
	w.until("the answer to the acquirer's own echo test", func() bool { return w.server.Echoes() == 1 })
	w.net(3)
}

func TestFailPoints(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	w := newTown(t, func(c *Config) {
		c.FailPoint = func(name string) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, name)
		}
	})
	tx := w.buy(5)
	w.link.Authorise(t.Context(), w.buy(0))
	w.link.Purchase(t.Context(), tx)
	back := w.buy(1)
	back.Original = &tx.Trace
	w.link.Refund(t.Context(), back, false)
	w.link.ReversalAdvice(t.Context(), w.buy(1), false)
	w.link.Close()
	for _, point := range FailPoints() {
		if !slices.Contains(seen, point) {
			t.Errorf("%s was not passed", point)
		}
	}
	for _, point := range seen {
		if !slices.Contains(FailPoints(), point) {
			t.Errorf("%s is not listed", point)
		}
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	good := Config{Address: "127.0.0.1:1", Institution: "1", Merchant: "M", Terminal: "T", Category: "5411"}
	for name, spoil := range map[string]func(*Config){
		"address": func(c *Config) { c.Address = "" }, "institution": func(c *Config) { c.Institution = "x" },
		"merchant": func(c *Config) { c.Merchant = "1234567890123456" }, "terminal": func(c *Config) { c.Terminal = "" },
		"category": func(c *Config) { c.Category = "541" }, "connections": func(c *Config) { c.Connections = -1 },
	} {
		c := good
		spoil(&c)
		if l, err := Open(c); err == nil {
			l.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}
