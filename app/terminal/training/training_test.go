package training

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/protocol"
)

func settings() sale.Settings {
	s := sale.Defaults()
	s.Currency, s.Fallback, s.PINMost, s.StaffOnly = 156, sale.FallbackPIN, 100_00, true
	return s
}

// lesson is a training till in a folder.
func lesson(t *testing.T, dir string) *Training {
	t.Helper()
	l, err := Open(t.Context(), Options{Dir: dir, Shop: "Corner Café", Settings: settings(), Show: func(v sale.View) {
		if !v.Training {
			t.Errorf("shown as true: %+v", v)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// inBubble has a lesson with its own time, and closes it.
func inBubble(t *testing.T, test func(t *testing.T, l *Training)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l := lesson(t, dir)
		test(t, l)
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (l *Training) until(t *testing.T, stage sale.Stage) sale.View {
	t.Helper()
	synctest.Wait()
	v := l.View()
	if v.Stage != stage {
		t.Fatalf("stage is %s (%s %s %s), want %s", v.Stage, v.Ending, v.Reason, v.Notice, stage)
	}
	return v
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// sell begins a sale, and has the customer show the phone and place the finger.
func (l *Training) sell(t *testing.T, b sale.Bill) {
	t.Helper()
	must(t, l.BeginBill(b))
	l.until(t, sale.Presenting)
	must(t, l.ShowCode())
	l.until(t, sale.Finger)
	must(t, l.PlaceFinger())
	synctest.Wait()
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		outcome Outcome
		fingers int // besides the first
		stage   sale.Stage
		ending  sale.Ending
		reason  sale.Reason
		later   sale.Ending
	}{
		{Paid, 0, sale.Ended, sale.Paid, sale.ReasonNone, sale.Paid},
		{Refused, 0, sale.Ended, sale.Refused, sale.ReasonFunds, sale.Refused},
		{OtherFinger, 2, sale.Ended, sale.Refused, sale.ReasonFinger, sale.Refused},
		{Unknown, 0, sale.Unknown, "", sale.ReasonNoAnswer, sale.Reversed},
	} {
		t.Run(string(c.outcome), func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *Training) {
				l.Choose(c.outcome)
				l.sell(t, sale.Bill{Amount: 7800, Tip: 300, Items: []sale.Item{{Text: "tea", Quantity: 3, Each: 2500, Tax: 1300}}})
				for range c.fingers {
					l.until(t, sale.Finger)
					must(t, l.PlaceFinger())
				}
				if v := l.until(t, c.stage); v.Ending != c.ending || v.Reason != c.reason || v.Number != 1 || v.Tip != 300 {
					t.Errorf("have %+v", v)
				}
				time.Sleep(time.Minute)
				if v := l.until(t, sale.Ended); v.Ending != c.later {
					t.Errorf("a minute later: %+v", v)
				}
			})
		})
	}
	if len(Outcomes()) != 4 {
		t.Error("an outcome has no test")
	}
}

// What does not go well is to be learned too: another code, a poor finger, none at all.
func TestMistakes(t *testing.T) {
	inBubble(t, func(t *testing.T, l *Training) {
		if err := errors.Join(l.ShowCode(), l.ShowOther(), l.PlaceFinger()); !errors.Is(err, ErrNotNow) {
			t.Errorf("before anything began: %v", err)
		}
		must(t, l.Begin(5000))
		l.until(t, sale.Presenting)
		must(t, l.ShowOther())
		if v := l.until(t, sale.Presenting); v.Notice != sale.ReasonOtherSale {
			t.Errorf("have %+v", v)
		}
		must(t, l.ShowCode())
		l.until(t, sale.Finger)
		must(t, l.PlacePoorFinger())
		if v := l.until(t, sale.Finger); v.Notice != sale.ReasonFingerPoor || !v.ByPIN {
			t.Errorf("have %+v", v)
		}
		must(t, l.NoFinger())
		l.until(t, sale.Ended)
		must(t, l.BeginByPIN())
		l.until(t, sale.Presenting)
		must(t, l.ShowCode())
		if v := l.until(t, sale.Ended); v.Ending != sale.Paid || v.Number != 2 {
			t.Errorf("by PIN: %+v", v)
		}
		must(t, l.Dismiss(), l.Begin(1))
		l.until(t, sale.Presenting)
		must(t, l.Cancel())
		if v := l.until(t, sale.Ended); v.Ending != sale.Cancelled {
			t.Errorf("have %+v", v)
		}
	})
}

// The buttons: what each comes to, and that none is offered that the till does not wait for.
func TestActs(t *testing.T) {
	inBubble(t, func(t *testing.T, l *Training) {
		if acts := l.Acts(l.View()); len(acts) != 0 {
			t.Errorf("idle: %v", acts)
		}
		l.Play(ActFinger) // comes to nothing
		for _, c := range []struct {
			acts   []Act
			stage  sale.Stage
			ending sale.Ending
		}{
			{[]Act{ActWrong, ActShow, ActFinger}, sale.Ended, sale.Paid},
			{[]Act{ActShow, ActPoor, ActOther, ActFinger}, sale.Ended, sale.Paid},
			{[]Act{ActShow, ActFunds}, sale.Ended, sale.Refused},
			{[]Act{ActShow, ActOther, ActOther, ActOther}, sale.Ended, sale.Refused},
			{[]Act{ActShow, ActSilent}, sale.Unknown, ""},
			{[]Act{ActShow, ActFinger}, sale.Ended, sale.Paid},
		} {
			must(t, l.Begin(7800))
			synctest.Wait()
			for _, a := range c.acts {
				if !slices.Contains(l.Acts(l.View()), a) {
					t.Errorf("%v: %s is not offered", c.acts, a)
				}
				l.Play(a)
				synctest.Wait()
			}
			if v := l.View(); v.Stage != c.stage || v.Ending != c.ending {
				t.Errorf("%v: %+v", c.acts, v)
			}
			must(t, l.Dismiss())
		}
	})
}

// Guarantee 2: numbers of its own, from 1 and on over restarts; every entry is marked; the
// shop's journal beside it is not touched.
func TestOwnJournal(t *testing.T) {
	dir := t.TempDir()
	before := []byte("the shop's own")
	if err := os.WriteFile(filepath.Join(dir, "journal.db"), before, 0o600); err != nil {
		t.Fatal(err)
	}
	l := lesson(t, dir)
	e, err := l.PayCash(sale.Bill{Amount: 1150}, 2000)
	if err != nil || e.Sale != 1 || e.Cash.Change != 850 || e.Cashier != "trainee" {
		t.Fatalf("%+v, %v", e, err)
	}
	must(t, l.Dismiss(), l.OpenDrawer("to see how"), l.MoveCash(true, 100, "coins"))
	must(t, l.Close())
	l = lesson(t, dir)
	if e, err = l.PayCash(sale.Bill{Amount: 1}, 1); err != nil || e.Sale != 2 {
		t.Errorf("after a restart: %+v, %v", e, err)
	}
	m, err := l.PlanRefund(t.Context(), 1, 0, 150)
	must(t, err)
	a, err := l.Approve(t.Context(), m)
	must(t, err)
	if number, err := l.Refund(t.Context(), m, a); err != nil || number != 3 {
		t.Errorf("refund %d, %v", number, err)
	}
	x, err := l.X(t.Context())
	if err != nil || x.Taken() != 1151 || x.Refunded() != 150 || x.Cash.Expected != 1101 || x.Cash.Opened != 1 {
		t.Errorf("have %+v, %v", x, err)
	}
	if last, err := l.Last(9); err != nil || len(last) != 3 {
		t.Errorf("have %+v, %v", last, err)
	}
	must(t, l.Close())
	j, err := journal.Open(t.Context(), filepath.Join(dir, "training", "journal.db"), journal.Options{})
	must(t, err)
	defer j.Close()
	entries := 0
	must(t, j.All(func(_ uint64, e sale.Entry) error {
		if entries++; !e.Training {
			t.Errorf("not marked: %+v", e)
		}
		return nil
	}))
	if after, err := os.ReadFile(filepath.Join(dir, "journal.db")); entries != 5 || err != nil || !slices.Equal(before, after) {
		t.Errorf("%d entries; the shop's journal: %q, %v", entries, after, err)
	}
}

// A refund by phone is answered by training's settlement.
func TestRefundByPhone(t *testing.T) {
	inBubble(t, func(t *testing.T, l *Training) {
		l.sell(t, sale.Bill{Amount: 7800})
		l.until(t, sale.Ended)
		must(t, l.Dismiss())
		for _, c := range []struct{ asked, want protocol.Amount }{{3000, 3000}, {0, 4800}} { // then the rest
			m, err := l.PlanRefund(t.Context(), 1, 0, c.asked)
			must(t, err)
			a, err := l.Approve(t.Context(), m)
			must(t, err)
			number, err := l.Refund(t.Context(), m, a)
			must(t, err)
			synctest.Wait()
			refunds := l.View().Refunds
			if r := refunds[len(refunds)-1]; r.Number != number || r.Ending != sale.Refunded || r.Amount != c.want {
				t.Errorf("have %+v", r)
			}
		}
		if _, err := l.PlanRefund(t.Context(), 1, 0, 0); !errors.Is(err, sale.ErrTooMuch) {
			t.Errorf("nothing is left: %v", err)
		}
	})
}

// A sale that the lesson ended in the middle of is taken back at the next one, whose parties
// are others.
func TestClosedInMidSale(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l := lesson(t, dir)
		l.Choose(Unknown)
		l.sell(t, sale.Bill{Amount: 7800})
		l.until(t, sale.Unknown)
		must(t, l.Close())
		l = lesson(t, dir)
		time.Sleep(time.Minute)
		synctest.Wait()
		last, err := l.Last(1)
		if err != nil || len(last) != 1 || last[0].Ending != sale.Reversed || last[0].Sale != 1 {
			t.Errorf("have %+v, %v", last, err)
		}
		must(t, l.Close())
	})
}
