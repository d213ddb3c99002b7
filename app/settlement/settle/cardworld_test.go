package settle_test

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/acquirer/virtualacquirer"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
)

const (
	card       protocol.Account = "6212345678901234"
	cardFunds                   = int64(50_000)
	cardAnswer                  = time.Minute      // that no test waits for
	cardRetry                   = 10 * time.Second // by the world's clock
	cardLease                   = time.Minute      // by the world's clock
)

// cardWorld is a world whose wallet pays by card: an acquirer, and the link to
// it that breaks off where a test wants it.
type cardWorld struct {
	*world
	server *virtualacquirer.Server
	link   *acquirer.Link
	// crash is the fail point at which the process is to die; died says that it
	// did.
	crash atomic.Pointer[string]
	died  atomic.Bool
	// spare is how many faults may be left over: a late answer to a message does
	// as well for its repeat, which is not sent then.
	spare int
	// patient gives messages up that the acquirer will not answer.
	patient virtualacquirer.Patience
}

func newCardWorld(t *testing.T) *cardWorld {
	t.Helper()
	return newCardWorldOn(t, newWorld)
}

// newCardWorldOn makes a card world of a kind of world.
func newCardWorldOn(t *testing.T, newWorld func(testing.TB, ...func(*settle.Config)) *world) *cardWorld {
	t.Helper()
	w := &cardWorld{}
	var err error
	if w.server, err = virtualacquirer.Listen("127.0.0.1:0", nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	w.server.Issue(virtualacquirer.Card{Number: card, Currency: cny, Balance: cardFunds})
	w.server.OnSilence(w.patient.GiveUp)
	w.connect(t)
	w.world = newWorld(t, func(c *settle.Config) {
		c.Acquirer = w.link
		c.Policy.CardLease, c.Policy.CardRetry = cardLease, cardRetry
	})
	w.sale.Account = card
	w.update(func(tx ledger.Tx) error {
		return tx.AddAccount(ledger.Account{ID: ledger.PayerAccount(card), Class: ledger.Payer, Currency: cny, Kind: protocol.AccountCreditCard,
			Wallet: "W-0001", Key: w.sale.Wallet.Public(t).Thumbprint()})
	})
	return w
}

func (w *cardWorld) connect(t *testing.T) {
	t.Helper()
	link, err := acquirer.Open(acquirer.Config{
		Address: w.server.Address(), Institution: "1", Merchant: "COUNTERSIGN", Terminal: "CS1", Category: "5411",
		AnswerTimeout: cardAnswer, BackOff: time.Millisecond, DialTimeout: cardAnswer, Patience: w.patient.Wait,
		FailPoint: func(name string) {
			if at := w.crash.Load(); at != nil && *at == name {
				w.crash.Store(nil)
				w.died.Store(true)
				runtime.Goexit() // what was committed stays, nothing else happens
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(link.Close)
	w.link = link
}

// live runs something as the process does, and says whether that died of it.
// Then another process takes its place.
func (w *cardWorld) live(do func()) (died bool) {
	w.t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do()
	}()
	<-ended
	if !w.died.Swap(false) {
		return false
	}
	w.link.Close()
	w.connect(w.t.(*testing.T))
	w.config.Acquirer = w.link
	settler, err := settle.New(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.settler = settler
	return true
}

// settleCards lets time pass until no authorisation is open. The ledger holds
// at every moment.
func (w *cardWorld) settleCards() {
	w.t.Helper()
	for turn := 0; ; turn++ {
		open := -1
		died := w.live(func() {
			var err error
			if open, err = w.settler.SettleCards(w.t.Context()); err != nil {
				w.t.Error(err)
			}
		})
		if open == 0 && !died {
			return
		}
		if turn > 20 {
			w.t.Fatalf("still %d open; log:\n%s", open, w.log)
		}
		w.holds()
		w.passFresh(2 * cardRetry)
	}
}

// agrees compares the ledger with the acquirer's books, which are closed.
func (w *cardWorld) agrees(want int64) {
	w.t.Helper()
	w.server.Close()
	books := w.server.Books()
	shop, owed := w.balance(w.shop()), int64(0)
	if w.kept(ledger.AcquirerAccount(cny)) {
		owed = w.balance(ledger.AcquirerAccount(cny))
	}
	if shop != want || owed != want || books.Net(card) != want || books.Cards[0].Balance != cardFunds-want {
		w.t.Errorf("the shop has %d, the acquirer owes %d and has charged %d, the card holds %d; want %d to have moved\n%+v\n%s",
			shop, owed, books.Net(card), books.Cards[0].Balance, want, books, w.log)
	}
	if n := w.server.Ordered(); n > w.spare {
		w.t.Errorf("%d faults never happened", n)
	}
}

func (w *cardWorld) kept(id ledger.AccountID) (kept bool) {
	err := w.ledger.View(w.t.Context(), func(s ledger.Snapshot) error {
		_, err := s.Account(id)
		kept = err == nil
		if errors.Is(err, ledger.ErrNotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return kept
}

// submitOpen submits, and returns nil if settlement cannot say yet or dies.
func (w *cardWorld) submitOpen(o open) (outcome *protocol.Outcome) {
	w.t.Helper()
	w.live(func() {
		raw, err := w.settler.Submit(w.t.Context(), "T-0001", o.envelope)
		switch {
		case err == nil:
			said := w.outcome(raw)
			outcome = &said
		case !errors.Is(err, settle.ErrUndecided) && !errors.Is(err, &problem.Problem{Code: problem.NotReady}):
			w.t.Error(err)
		}
	})
	return outcome
}
