package settle_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"countersign/app/settlement/acquirer"
	"countersign/app/settlement/acquirer/virtualacquirer"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/ledger/postgrestest"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
)

// Many card sales at once in several processes on one ledger, with everything
// going wrong at random, reversals and refunds among them: each ends in one
// outcome, and ledger and acquirer agree to the cent.
func TestCardsOfSeveralProcesses(t *testing.T) {
	t.Parallel()
	t.Run("bolt", func(t *testing.T) {
		l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		severalProcesses(t, l, l, l)
	})
	t.Run("postgres", func(t *testing.T) {
		server, err := postgrestest.Start(t.Context(), postgrestest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := server.Stop(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Error(err)
			}
		})
		if err := server.Create(t.Context(), "cards"); err != nil {
			t.Fatal(err)
		}
		var processes []ledger.Ledger
		for i := range 3 {
			l, err := ledger.OpenPostgres(context.WithoutCancel(t.Context()), server.URL("cards"), ledger.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 { // the world closes the first
				t.Cleanup(func() {
					if err := l.Close(); err != nil {
						t.Error(err)
					}
				})
			}
			processes = append(processes, l)
		}
		severalProcesses(t, processes...)
	})
}

func severalProcesses(t *testing.T, processes ...ledger.Ledger) {
	const sales, seed = 40, 8583
	random := rand.New(rand.NewPCG(seed, seed))
	w := newCardWorldOn(t, func(tb testing.TB, change ...func(*settle.Config)) *world {
		return newWorldOn(tb, processes[0], change...)
	})
	var settlers []*settle.Settler
	for _, l := range processes {
		w.connect(t)
		c := w.config
		c.Ledger, c.Acquirer = l, w.link
		s, err := settle.New(c)
		if err != nil {
			t.Fatal(err)
		}
		settlers = append(settlers, s)
	}
	kinds := virtualacquirer.FaultKinds()
	for range sales {
		for _, on := range []string{"0200", "0420", "0421"} {
			f := virtualacquirer.Fault{On: on, Kind: kinds[random.IntN(len(kinds))], Code: acquirer.CodeMalfunction}
			if on == "0200" && random.IntN(2) == 0 {
				f = virtualacquirer.Fault{On: on, Kind: virtualacquirer.Twice} // no harm done
			}
			if on == "0200" || random.IntN(3) == 0 {
				w.server.Order(f)
			}
		}
	}
	opens := make([]open, sales)
	for i := range opens {
		w.sale.Amount = protocol.Amount(1 + random.IntN(500))
		opens[i] = w.open(w.owner())
	}
	allowed := func(what string, err error) {
		if err != nil && !errors.Is(err, settle.ErrUndecided) && !errors.Is(err, &problem.Problem{Code: problem.NotReady}) {
			t.Errorf("%s: %v", what, err)
		}
	}
	var work sync.WaitGroup
	for i, o := range opens {
		work.Go(func() {
			s := settlers[i%len(settlers)]
			_, err := s.Submit(t.Context(), "T-0001", o.envelope)
			allowed("submission", err)
			if i%4 == 0 { // its terminal has heard nothing, and asks another process
				other := o
				other.w = &world{t: t, settler: settlers[(i+1)%len(settlers)], sale: w.sale, now: w.clock()}
				_, err := other.reverse()
				allowed("reversal", err)
			}
		})
	}
	work.Wait()
	settled := func() {
		for turn := 0; ; turn++ {
			left := make([]int, len(settlers))
			for i, s := range settlers {
				work.Go(func() {
					var err error
					if left[i], err = s.SettleCards(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			work.Wait()
			if left[0]+left[1]+left[2] == 0 {
				return
			}
			if turn > 100 {
				t.Fatalf("%v still open; log:\n%s", left, w.log)
			}
			w.passFresh(2 * cardLease)
		}
	}
	settled()
	var want int64
	for i, o := range opens {
		final := w.submit(o.envelope)
		if final.Result != protocol.ResultPaid {
			continue
		}
		want += int64(final.Amount)
		if i%3 == 0 {
			o.says("acknowledged", protocol.ResultPaid)(o.acknowledge())
			asked := w.asked(final.Reference, 1+final.Amount/2, fmt.Sprint("refund ", i))
			_, err := w.refund(asked)
			allowed("refund", err)
			settled()
			w.refunded(asked, protocol.RefundMade, asked.Amount)
			want -= int64(asked.Amount)
		}
	}
	if want == 0 {
		t.Error("nothing was paid")
	}
	// Faults that were ordered for more messages than there were are none.
	w.server.Close()
	books := w.server.Books()
	if shop, owed := w.balance(w.shop()), w.balance(ledger.AcquirerAccount(cny)); shop != want || owed != want || books.Net(card) != want || books.Cards[0].Balance != cardFunds-want {
		t.Errorf("the shop has %d, the acquirer owes %d and has charged %d; the outcomes make %d", shop, owed, books.Net(card), want)
	}
}
