package settle_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// Guarantee 2: the same submission from sixteen goroutines, half of them sealed
// anew, moves money once and gets one answer.
func TestSubmittedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := w.request()
	signed := w.sale.Submission(t, request, w.sale.Payment(t, request, nil), 1, w.owner())
	envelope := w.seal(signed)
	answers := make([][]byte, 16)
	var wait sync.WaitGroup
	for n := range answers {
		e := envelope
		if n%2 == 0 {
			e = w.seal(signed)
		}
		wait.Go(func() {
			var err error
			if answers[n], err = w.settler.Submit(t.Context(), "T-0001", e); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for n, answer := range answers {
		if !bytes.Equal(answer, answers[0]) {
			t.Errorf("answer %d differs", n)
		}
	}
	w.want(w.outcome(answers[0]), protocol.ResultPaid)
	w.moved(7800)
}

// Many sales at once compete for one account's money: what is paid adds up.
func TestSalesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sale.Amount = funds / 4
	results := make([]protocol.Result, 12)
	references := make([]uint64, len(results))
	var wait sync.WaitGroup
	for n := range results {
		envelope := honest()(w)
		wait.Go(func() {
			raw, err := w.settler.Submit(t.Context(), "T-0001", envelope)
			if err != nil {
				t.Error(err)
				return
			}
			o := w.outcome(raw)
			results[n], references[n] = o.Result, o.Reference
		})
	}
	wait.Wait()
	paid, seen := 0, map[uint64]bool{}
	for n, r := range results {
		switch {
		case r == protocol.ResultPaid && !seen[references[n]]:
			paid++
			seen[references[n]] = true
		case r != protocol.ResultFunds:
			t.Errorf("sale %d: %v, reference %d", n, r, references[n])
		}
	}
	if paid != 4 {
		t.Errorf("%d paid", paid)
	}
	w.moved(funds)
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	t.Run("third finger matches", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		payment := w.sale.Payment(t, request, nil)
		for attempt := uint8(1); attempt <= 2; attempt++ {
			o := w.submit(w.submission(request, payment, attempt, w.capture(w.finger())))
			w.want(o, protocol.ResultRetryFinger)
			if left := o.AttemptsLeft(); left != 3-int(attempt) {
				t.Errorf("%d attempts left", left)
			}
		}
		w.want(w.submit(w.submission(request, payment, 3, w.owner())), protocol.ResultPaid)
		w.moved(7800)
		if w.failures() != 0 {
			t.Error("a success did not clear the count")
		}
	})
	t.Run("three wrong fingers", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		payment := w.sale.Payment(t, request, nil)
		first := w.submission(request, payment, 1, w.capture(w.finger()))
		retry := w.submit(first)
		w.want(w.submit(w.submission(request, payment, 2, w.capture(w.finger()))), protocol.ResultRetryFinger)
		last := w.submit(w.submission(request, payment, 3, w.capture(w.finger())))
		w.want(last, protocol.ResultFinger)
		if again := w.submit(first); again != retry {
			t.Errorf("first attempt is now answered by %+v", again)
		}
		if w.failures() != 3 {
			t.Errorf("%d failures counted", w.failures())
		}
	})
	t.Run("another attempt after the end", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		payment := w.sale.Payment(t, request, nil)
		paid := w.submit(w.submission(request, payment, 1, w.owner()))
		if again := w.submit(w.submission(request, payment, 2, w.owner())); again != paid {
			t.Errorf("have %+v", again)
		}
		w.moved(7800)
	})
	t.Run("second attempt too late", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		payment := w.sale.Payment(t, request, nil)
		w.want(w.submit(w.submission(request, payment, 1, w.capture(w.finger()))), protocol.ResultRetryFinger)
		w.pass(181 * time.Second)
		w.want(w.submit(w.submission(request, payment, 2, w.owner())), protocol.ResultLate)
		w.moved(0)
	})
}

// Guarantee 3.
func TestFraud(t *testing.T) {
	t.Parallel()
	flagged := func(w *world) bool { return strings.Contains(w.log.String(), `"msg":"fraud"`) }
	t.Run("another print for a paid attempt", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		payment := w.sale.Payment(t, request, nil)
		w.want(w.submit(w.submission(request, payment, 1, w.owner())), protocol.ResultPaid)
		_, err := w.settler.Submit(t.Context(), "T-0001", w.submission(request, payment, 1, w.owner()))
		if !errors.Is(err, &problem.Problem{Code: problem.Conflict}) || !flagged(w) {
			t.Errorf("have %v, flagged %v: nothing signed may deny what was paid", err, flagged(w))
		}
		w.moved(7800)
	})
	t.Run("another print for an open attempt", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		payment := w.sale.Payment(t, request, nil)
		w.want(w.submit(w.submission(request, payment, 1, w.capture(w.finger()))), protocol.ResultRetryFinger)
		envelope := w.submission(request, payment, 1, w.owner())
		conflict := w.submit(envelope)
		w.want(conflict, protocol.ResultConflict)
		if again := w.submit(envelope); again != conflict || !flagged(w) {
			t.Errorf("again %+v, flagged %v", again, flagged(w))
		}
		if next := w.submit(w.submission(request, payment, 2, w.owner())); next != conflict {
			t.Errorf("after the conflict: %+v", next)
		}
		w.moved(0)
	})
	t.Run("another payment for the request", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		w.want(w.submit(w.submission(request, w.sale.Payment(t, request, nil), 1, w.owner())), protocol.ResultPaid)
		envelope := w.submission(request, w.sale.Payment(t, request, nil), 1, w.owner())
		conflict := w.submit(envelope)
		w.want(conflict, protocol.ResultConflict)
		if again := w.submit(envelope); again != conflict || !flagged(w) {
			t.Errorf("again %+v, flagged %v", again, flagged(w))
		}
		w.moved(7800)
	})
	t.Run("another request with a used scramble code", func(t *testing.T) {
		w := newWorld(t)
		code := protocol.Code{9}
		first := w.request(func(r *protocol.Request) { r.Scramble = code })
		w.want(w.submit(w.submission(first, w.sale.Payment(t, first, nil), 1, w.owner())), protocol.ResultPaid)
		second := w.request(func(r *protocol.Request) { r.Scramble, r.Life = code, 59 })
		w.want(w.submit(w.submission(second, w.sale.Payment(t, second, nil), 1, w.owner())), protocol.ResultConflict)
		w.moved(7800)
	})
	t.Run("endless other payments", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		w.want(w.submit(w.submission(request, w.sale.Payment(t, request, nil), 1, w.owner())), protocol.ResultPaid)
		for range 16 {
			w.want(w.submit(w.submission(request, w.sale.Payment(t, request, nil), 1, w.owner())), protocol.ResultConflict)
		}
		_, err := w.settler.Submit(t.Context(), "T-0001", w.submission(request, w.sale.Payment(t, request, nil), 1, w.owner()))
		if !errors.Is(err, &problem.Problem{Code: problem.Conflict}) {
			t.Errorf("have %v", err)
		}
	})
	t.Run("live print of another sale", func(t *testing.T) {
		w := newWorld(t)
		print := w.owner()
		w.want(w.submit(fingered(func(*world) protocol.Template { return print })(w)), protocol.ResultPaid)
		w.want(w.submit(fingered(func(*world) protocol.Template { return print })(w)), protocol.ResultFinger)
		larger := append(bytes.Clone(print), make([]byte, 60)...)
		w.want(w.submit(fingered(func(*world) protocol.Template { return larger })(w)), protocol.ResultFinger)
		w.want(w.submit(byPhone(func(*world) protocol.Template { return print })(w)), protocol.ResultFinger)
		if !flagged(w) || w.failures() != 3 {
			t.Errorf("flagged %v, %d failures", flagged(w), w.failures())
		}
		w.moved(7800)
	})
	t.Run("live print of the attempt before", func(t *testing.T) {
		w := newWorld(t)
		request := w.request()
		payment, print := w.sale.Payment(t, request, nil), w.capture(w.finger())
		w.want(w.submit(w.submission(request, payment, 1, print)), protocol.ResultRetryFinger)
		w.want(w.submit(w.submission(request, payment, 2, print)), protocol.ResultFinger)
	})
}

// Guarantee 7.
func TestLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	second := w.sale.Realm.Terminal("T-0002", "Next Door")
	w.update(func(tx ledger.Tx) error {
		return tx.SetAccount(ledger.Account{ID: w.shop(), Class: ledger.Merchant, Currency: cny, Terminals: []protocol.ID{"T-0001", "T-0002"}})
	})
	wrong := func() protocol.Result {
		return w.submit(fingered(func(w *world) protocol.Template { return w.capture(w.finger()) })(w)).Result
	}
	for n := range 3 {
		if r := wrong(); r != protocol.ResultRetryFinger {
			t.Fatalf("failure %d: %v", n+1, r)
		}
	}
	w.sale.Terminal = second
	for n, want := range []protocol.Result{protocol.ResultRetryFinger, protocol.ResultFinger} {
		raw, err := w.settler.Submit(t.Context(), "T-0002", fingered(func(w *world) protocol.Template { return w.capture(w.finger()) })(w))
		if err != nil {
			t.Fatal(err)
		}
		if o := w.outcome(raw); o.Result != want {
			t.Errorf("failure %d, at the second terminal: %v", n+4, o.Result)
		}
	}
	right := honest()(w)
	if raw, err := w.settler.Submit(t.Context(), "T-0002", right); err != nil || w.outcome(raw).Result != protocol.ResultFinger {
		t.Errorf("the right finger after the lock: %v", err)
	}
	w.moved(0)
	if n, err := w.settler.Unlock(t.Context(), "W-0001", "the owner came with her passport"); n != 1 || err != nil {
		t.Fatalf("unlocked %d, %v", n, err)
	}
	if raw, err := w.settler.Submit(t.Context(), "T-0002", honest()(w)); err != nil || w.outcome(raw).Result != protocol.ResultPaid {
		t.Errorf("after unlocking: %v", err)
	}
	w.moved(7800)
}

func TestPINWithinLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *settle.Config) { c.Policy.PINLimit = map[protocol.Currency]protocol.Amount{cny: 7800} })
	by := func(amount protocol.Amount) protocol.Result {
		w.sale.Amount = amount
		request := w.request(func(r *protocol.Request) { r.WantsPIN = true })
		claims := w.sale.PaymentClaims(t, request, nil)
		claims.HolderByPIN = true
		return w.submit(w.submission(request, protocoltest.Sign(t, w.sale.Wallet.Key, claims), 1, nil)).Result
	}
	if r := by(7801); r != protocol.ResultFinger {
		t.Errorf("above the limit: %v", r)
	}
	if r := by(7800); r != protocol.ResultPaid {
		t.Errorf("at the limit: %v", r)
	}
}
