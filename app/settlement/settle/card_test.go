package settle_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/acquirer/virtualacquirer"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
)

func TestPayByCard(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	o := w.open(w.owner())
	paid := w.submit(o.envelope)
	w.want(paid, protocol.ResultPaid)
	if again := w.submit(o.envelope); again != paid {
		t.Errorf("repeated as %+v", again)
	}
	o.says("query", protocol.ResultPaid)(o.query())
	o.says("acknowledged", protocol.ResultPaid)(o.acknowledge())
	o.says("reversal after that", protocol.ResultPaid)(o.reverse())
	w.settleCards()
	w.agrees(7800)
	if log := w.log.String(); strings.Contains(log, string(card)) || !strings.Contains(log, "…1234") {
		t.Errorf("the log tells the card:\n%s", log)
	}
}

// What the issuer declines is final.
func TestCardIsDeclined(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]protocol.Result{
		acquirer.CodeFunds: protocol.ResultFunds, acquirer.CodeExpired: protocol.ResultDeclined, acquirer.CodeNotHonoured: protocol.ResultDeclined, acquirer.CodeNoCard: protocol.ResultDeclined,
	} {
		w := newCardWorld(t)
		w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.Refuse, Code: code})
		o := w.open(w.owner())
		for range 2 {
			w.want(w.submit(o.envelope), want)
		}
		o.says("query", want)(o.query())
		w.settleCards()
		w.agrees(0)
	}
}

// Whatever goes wrong between settlement and the acquirer, and wherever the
// process dies of it: the sale ends in one outcome, and both sides' books say
// the same.
func TestCardFaultsAndCrashes(t *testing.T) {
	t.Parallel()
	crashes := []string{"", "acquirer.purchase.send", "acquirer.purchase.answer", "acquirer.reversal.send", "acquirer.reversal.answer"}
	for _, kind := range append(virtualacquirer.FaultKinds(), "") {
		for _, crash := range crashes {
			t.Run(string(kind)+" "+crash, func(t *testing.T) {
				t.Parallel()
				w := newCardWorld(t)
				if strings.HasPrefix(string(kind), "late") {
					w.spare = 1
				}
				if kind != "" && crash != "acquirer.purchase.send" {
					for _, on := range []string{"0200", "0420", "0421"} {
						if on == "0200" || crash == "" && kind != virtualacquirer.Twice {
							w.server.Order(virtualacquirer.Fault{On: on, Kind: kind, Code: acquirer.CodeMalfunction})
						}
					}
				}
				if crash != "" {
					w.crash.Store(&crash)
				}
				o := w.open(w.owner())
				outcome := w.submitOpen(o)
				if outcome == nil {
					// Nobody is told anything that could turn out otherwise.
					fails(t, "query", settle.ErrUndecided)(o.query())
					fails(t, "the wallet's query", settle.ErrUndecided)(o.walletQuery())
					if again := w.submitOpen(o); again != nil {
						t.Errorf("decided when repeated: %+v", again)
					}
					w.passFresh(2 * cardLease)
				}
				w.settleCards()
				final := w.submit(o.envelope)
				o.says("query", final.Result)(o.query())
				wantPaid := outcome != nil
				if expected := kind == "" || kind == virtualacquirer.Twice; wantPaid != (expected && !strings.Contains(crash, "purchase")) {
					t.Errorf("answered at once: %v", wantPaid)
				}
				if wantPaid {
					w.want(final, protocol.ResultPaid)
					w.agrees(7800)
					return
				}
				w.want(final, protocol.ResultDeclined)
				w.agrees(0)
				if w.crash.Load() != nil && crash != "acquirer.purchase.answer" {
					t.Errorf("never came to %s", crash)
				}
			})
		}
	}
}

// The terminal takes a sale back while the issuer is being asked: the approval
// that comes then is not kept, and is taken back.
func TestReversedWhileTheIssuerIsAsked(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	slow := make(chan struct{})
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.LateAnswer, Until: slow})
	o := w.open(w.owner())
	var submitted sync.WaitGroup
	submitted.Go(func() { w.submitOpen(o) })
	for len(w.server.Books().Purchases) == 0 {
		time.Sleep(time.Millisecond)
	}
	o.says("reversal", protocol.ResultReversed)(o.reverse())
	close(slow)
	submitted.Wait()
	w.want(w.submit(o.envelope), protocol.ResultReversed)
	w.holds()
	w.settleCards()
	o.says("reversal again", protocol.ResultReversed)(o.reverse())
	w.agrees(0)
}

func TestReversedWhileItIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	for _, on := range []string{"0200", "0420"} {
		w.server.Order(virtualacquirer.Fault{On: on, Kind: virtualacquirer.NoAnswer})
	}
	o := w.open(w.owner())
	if outcome := w.submitOpen(o); outcome != nil {
		t.Errorf("%+v", outcome)
	}
	if open, err := w.settler.SettleCards(t.Context()); open != 1 || err != nil {
		t.Errorf("%d, %v", open, err)
	}
	o.says("reversal", protocol.ResultReversed)(o.reverse())
	w.want(w.submit(o.envelope), protocol.ResultReversed)
	w.settleCards()
	w.agrees(0)
}

func TestPaidCardSaleIsReversed(t *testing.T) {
	t.Parallel()
	for _, crash := range []string{"", "acquirer.reversal.send", "acquirer.reversal.answer"} {
		w := newCardWorld(t)
		o := w.open(w.owner())
		w.want(w.submit(o.envelope), protocol.ResultPaid)
		o.says("reversal", protocol.ResultReversed)(o.reverse())
		w.holds()
		if crash != "" {
			w.crash.Store(&crash)
		}
		w.settleCards()
		o.says("reversal again", protocol.ResultReversed)(o.reverse())
		w.agrees(0)
	}
	// A tombstone keeps the acquirer from being asked at all.
	w := newCardWorld(t)
	o := w.open(w.owner())
	o.says("reversal", protocol.ResultReversed)(o.reverse())
	w.want(w.submit(o.envelope), protocol.ResultReversed)
	w.agrees(0)
	if books := w.server.Books(); len(books.Purchases)+len(books.Reversals) != 0 {
		t.Errorf("the acquirer was asked: %+v", books)
	}
}

// Without a link nothing is promised and nothing kept; the sale is paid when
// the link is back.
func TestCardWithoutALink(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	away, err := acquirer.Open(acquirer.Config{Address: "127.0.0.1:1", Institution: "1", Merchant: "M", Terminal: "T", Category: "5411", DialTimeout: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer away.Close()
	config := w.config
	config.Acquirer = away
	cut, err := settle.New(config)
	if err != nil {
		t.Fatal(err)
	}
	o := w.open(w.owner())
	if _, err := cut.Submit(t.Context(), "T-0001", o.envelope); !errors.Is(err, &problem.Problem{Code: problem.NotReady}) {
		t.Errorf("%v", err)
	}
	notSeen := func(_ []byte, err error) {
		if !errors.Is(err, &problem.Problem{Code: problem.NotFound}) {
			t.Errorf("%v", err)
		}
	}
	notSeen(o.query())
	w.want(w.submit(o.envelope), protocol.ResultPaid)
	w.agrees(7800)
}

// An operator without an acquirer takes no cards, and says so.
func TestCardWithoutAnAcquirer(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	w.config.Acquirer = nil
	var err error
	if w.settler, err = settle.New(w.config); err != nil {
		t.Fatal(err)
	}
	w.want(w.submit(w.open(w.owner()).envelope), protocol.ResultDeclined)
	const code = "K7QWERTYUIOPASDF"
	other := protocol.Account("4000123412341234")
	w.update(func(tx ledger.Tx) error {
		return tx.AddAccount(ledger.Account{ID: ledger.PayerAccount(other), Class: ledger.Payer, Currency: cny, Kind: protocol.AccountBankCard,
			Activation: ledger.ActivationDigest(other, code)})
	})
	if err := w.register(other, code); !errors.Is(err, &problem.Problem{Code: problem.NotReady}) {
		t.Errorf("a card's account was registered: %v", err)
	}
	w.agrees(0)
}

// While a sale is open its print counts as used, its request as taken, and
// several processes send one reversal between them.
func TestOpenCardSaleHoldsPrintAndRequest(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.NoAnswer})
	live := w.owner()
	o := w.open(live)
	if outcome := w.submitOpen(o); outcome != nil {
		t.Errorf("%+v", outcome)
	}
	w.want(w.submit(w.open(live).envelope), protocol.ResultFinger)
	again := w.submission(o.request, o.payment, 1, w.owner())
	if _, err := w.settler.Submit(t.Context(), "T-0001", again); !errors.Is(err, settle.ErrUndecided) {
		t.Errorf("another print for the attempt: %v", err)
	}
	fails(t, "a wallet's query", settle.ErrUndecided)(o.walletQuery())
	w.passFresh(time.Hour) // long after the sale closes
	fails(t, "a late query", settle.ErrUndecided)(o.query())

	var both sync.WaitGroup
	for range 4 {
		other, err := settle.New(w.config)
		if err != nil {
			t.Fatal(err)
		}
		both.Go(func() {
			if _, err := other.SettleCards(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	w.settleCards()
	w.want(w.submit(o.envelope), protocol.ResultDeclined)
	w.agrees(0)
	if r := w.server.Books().Reversals; len(r) != 1 || r[0].Times != 1 {
		t.Errorf("reversals: %+v", r)
	}
}

// A second attempt at the finger goes to the issuer like a first one.
func TestCardAfterARetriedFinger(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.DropAfter})
	request := w.request()
	payment := w.sale.Payment(t, request, nil)
	w.want(w.submit(w.submission(request, payment, 1, w.capture(w.finger()))), protocol.ResultRetryFinger)
	second := open{w.world, request, payment, w.submission(request, payment, 2, w.owner())}
	if outcome := w.submitOpen(second); outcome != nil {
		t.Errorf("%+v", outcome)
	}
	fails(t, "query", settle.ErrUndecided)(second.query())
	w.holds()
	w.settleCards()
	declined := w.submit(second.envelope)
	w.want(declined, protocol.ResultDeclined)
	if declined.Attempt != 2 {
		t.Errorf("attempt %d", declined.Attempt)
	}
	w.agrees(0)
}

// The worker of a running process ends what is open by itself.
func TestKeepCards(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.Lost})
	ctx, stop := contextWithStop(t)
	var kept sync.WaitGroup
	kept.Go(func() {
		if err := w.settler.KeepCards(ctx); err != nil {
			t.Error(err)
		}
	})
	o := w.open(w.owner())
	if outcome := w.submitOpen(o); outcome != nil {
		t.Errorf("%+v", outcome)
	}
	for limit := time.Now().Add(time.Minute); w.submitOpen(o) == nil; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never decided; log:\n%s", w.log)
		}
	}
	stop()
	kept.Wait()
	w.want(w.submit(o.envelope), protocol.ResultDeclined)
	w.agrees(0)
}

// A server that has no acquirer, and is told to end before it has looked for what is
// open, ends well; one whose ledger does not answer does not.
func TestKeepCardsEnds(t *testing.T) {
	t.Parallel()
	w := worldOver(t, emptyLedger(t))
	ctx, stop := contextWithStop(t)
	stop()
	if err := w.settler.KeepCards(ctx); err != nil {
		t.Errorf("told to end: %v", err)
	}
	if err := w.ledger.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.settler.KeepCards(t.Context()); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("without its ledger: %v", err)
	}
}

// A process that was taken for gone while the issuer thought does not keep the
// approval that it gets at last: another takes it back.
func TestCardSaleIsTakenOver(t *testing.T) {
	t.Parallel()
	w := newCardWorld(t)
	slow := make(chan struct{})
	w.server.Order(virtualacquirer.Fault{On: "0200", Kind: virtualacquirer.LateAnswer, Until: slow})
	w.server.Order(virtualacquirer.Fault{On: "0420", Kind: virtualacquirer.Lost})
	w.config.Process = "another"
	other, err := settle.New(w.config)
	if err != nil {
		t.Fatal(err)
	}
	o := w.open(w.owner())
	var submitted sync.WaitGroup
	submitted.Go(func() {
		if outcome := w.submitOpen(o); outcome != nil {
			t.Errorf("%+v", outcome)
		}
	})
	for len(w.server.Books().Purchases) == 0 {
		time.Sleep(time.Millisecond)
	}
	if open, err := other.SettleCards(t.Context()); open != 1 || err != nil || len(w.server.Books().Reversals) != 0 {
		t.Errorf("taken over too early: %d, %v", open, err)
	}
	w.passFresh(2 * cardLease)
	if open, err := other.SettleCards(t.Context()); open != 1 || err != nil {
		t.Errorf("%d, %v", open, err)
	}
	close(slow)
	submitted.Wait()
	w.settleCards()
	w.want(w.submit(o.envelope), protocol.ResultDeclined)
	w.agrees(0)
}
