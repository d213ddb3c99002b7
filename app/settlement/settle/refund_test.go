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

// paid makes a sale of the amount and returns settlement's number for it.
func (w *world) paid(amount protocol.Amount) (open, uint64) {
	w.t.Helper()
	w.sale.Amount = amount
	o := w.open(w.owner())
	outcome := w.submit(o.envelope)
	w.want(outcome, protocol.ResultPaid)
	return o, outcome.Reference
}

// asked is a refund by T-0001.
func (w *world) asked(reference uint64, amount protocol.Amount, key string) protocol.Refund {
	r := protocol.Refund{Reference: reference, Amount: amount, Currency: cny, Staff: "S-0001", Sent: protocol.At(w.clock())}
	copy(r.Key[:], key)
	return r
}

func (w *world) refund(r protocol.Refund) ([]byte, error) {
	return w.settler.Refund(w.t.Context(), peer(protocol.RoleTerminal, w.sale.Terminal), protocoltest.Sign(w.t, w.sale.Terminal.Key, r))
}

// refunded asks for a refund and checks its answer.
func (w *world) refunded(r protocol.Refund, want protocol.RefundResult, altogether protocol.Amount) []byte {
	w.t.Helper()
	raw, err := w.refund(r)
	if err != nil {
		w.t.Fatal(err)
	}
	signed, err := protocol.Parse[protocol.RefundOutcome](raw)
	if err != nil {
		w.t.Fatal(err)
	}
	o, err := protocol.VerifyRefundOutcome(signed, w.sale.Settlement.Certificate, r, w.trust(), w.sale.Realm.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	if o.Result != want || o.Refunded != altogether {
		w.t.Errorf("%v, %d altogether; want %v, %d", o.Result, o.Refunded, want, altogether)
	}
	return raw
}

// Refunds come to what was paid and no more, whatever their number.
func TestRefund(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, reference := w.paid(7800)
	o.says("acknowledgement", protocol.ResultPaid)(o.acknowledge())
	w.refunded(w.asked(reference, 3000, "first"), protocol.RefundMade, 3000)
	w.moved(4800)
	w.refunded(w.asked(reference, 4801, "too much"), protocol.RefundExceeds, 3000)
	w.moved(4800)
	w.refunded(w.asked(reference, 4800, "the rest"), protocol.RefundMade, 7800)
	w.moved(0)
	w.refunded(w.asked(reference, 1, "one more"), protocol.RefundExceeds, 7800)
	w.moved(0)
}

// A repeat is the same refund: same bytes, money once, also when it is sent
// anew and signed again, and after others.
func TestRefundRepeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, reference := w.paid(7800)
	first := w.asked(reference, 100, "key")
	made := w.refunded(first, protocol.RefundMade, 100)
	w.refunded(w.asked(reference, 200, "another"), protocol.RefundMade, 300)
	w.passFresh(time.Hour)
	again := w.asked(reference, 100, "key")
	again.Staff = "S-0002"
	if raw, err := w.refund(again); err != nil || !bytes.Equal(raw, made) {
		t.Errorf("the repeat was answered otherwise, %v", err)
	}
	refused := w.refunded(w.asked(reference, 7501, "too much"), protocol.RefundExceeds, 300)
	if raw, err := w.refund(w.asked(reference, 7501, "too much")); err != nil || !bytes.Equal(raw, refused) {
		t.Errorf("the refusal was answered otherwise, %v", err)
	}
	w.moved(7500)
}

// Many repeats at once move the money once.
func TestRefundsRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, reference := w.paid(1000)
	var all sync.WaitGroup
	answers := make([][]byte, 16)
	for i := range answers {
		all.Go(func() {
			key := "key"
			if i%2 == 1 {
				key = "other"
			}
			answers[i], _ = w.refund(w.asked(reference, 600, key))
		})
	}
	all.Wait()
	for i := range answers {
		if answers[i] == nil || !bytes.Equal(answers[i], answers[i%2]) {
			t.Errorf("answer %d differs", i)
		}
	}
	w.moved(400)
}

// Other content under a key is fraud, each answered once, and moves nothing.
func TestRefundConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, reference := w.paid(7800)
	w.refunded(w.asked(reference, 100, "key"), protocol.RefundMade, 100)
	conflict := w.refunded(w.asked(reference, 200, "key"), protocol.RefundConflict, 0)
	if raw, err := w.refund(w.asked(reference, 200, "key")); err != nil || !bytes.Equal(raw, conflict) {
		t.Errorf("the conflict was answered otherwise, %v", err)
	}
	if !strings.Contains(w.log.String(), `"msg":"fraud"`) {
		t.Error("fraud was not flagged")
	}
	w.moved(7700)
}

func TestRefundRefused(t *testing.T) {
	t.Parallel()
	t.Run("nobody's number", func(t *testing.T) {
		w := newWorld(t)
		w.refunded(w.asked(99, 1, "key"), protocol.RefundNotPaid, 0)
	})
	t.Run("reversed", func(t *testing.T) {
		w := newWorld(t)
		o, reference := w.paid(7800)
		o.says("reversal", protocol.ResultReversed)(o.reverse())
		w.refunded(w.asked(reference, 1, "key"), protocol.RefundNotPaid, 0)
		w.moved(0)
	})
	t.Run("another shop's", func(t *testing.T) {
		w := newWorld(t)
		_, reference := w.paid(7800)
		w.update(func(tx ledger.Tx) error {
			a, err := tx.Account(w.shop())
			a.Terminals = []protocol.ID{"T-0009"}
			return errors.Join(err, tx.SetAccount(a))
		})
		w.refunded(w.asked(reference, 1, "key"), protocol.RefundNotPaid, 0)
		w.moved(7800)
	})
	t.Run("another currency", func(t *testing.T) {
		w := newWorld(t)
		_, reference := w.paid(7800)
		r := w.asked(reference, 1, "key")
		r.Currency = 840
		w.refunded(r, protocol.RefundNotPaid, 0)
		w.moved(7800)
	})
	t.Run("a merchant without money", func(t *testing.T) {
		w := newWorld(t)
		first, spent := w.paid(7800)
		first.says("acknowledgement", protocol.ResultPaid)(first.acknowledge())
		// The operator paid the shop out.
		w.update(func(tx ledger.Tx) error {
			_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryPayout, Debit: w.shop(), Credit: ledger.FundingAccount(cny), Amount: 7000})
			return err
		})
		w.refunded(w.asked(spent, 801, "key"), protocol.RefundFunds, 0)
		w.refunded(w.asked(spent, 800, "smaller"), protocol.RefundMade, 800)
	})
	t.Run("by a wallet", func(t *testing.T) {
		w := newWorld(t)
		_, reference := w.paid(7800)
		_, err := w.settler.Refund(t.Context(), peer(protocol.RoleTerminal, w.sale.Wallet), protocoltest.Sign(t, w.sale.Wallet.Key, w.asked(reference, 1, "key")))
		if p := new(problem.Problem); !errors.As(err, &p) || p.Code != problem.Unauthorised {
			t.Errorf("%v", err)
		}
	})
	t.Run("with another's signature", func(t *testing.T) {
		w := newWorld(t)
		_, reference := w.paid(7800)
		_, err := w.settler.Refund(t.Context(), peer(protocol.RoleTerminal, w.sale.Terminal), protocoltest.Sign(t, w.sale.Wallet.Key, w.asked(reference, 1, "key")))
		if p := new(problem.Problem); !errors.As(err, &p) || p.Code != problem.Unauthorised {
			t.Errorf("%v", err)
		}
	})
}

// A sale that was refunded in part is not reversed any more: refunds and
// reversal together are no more than what was paid.
func TestRefundThenReversal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, reference := w.paid(7800)
	w.refunded(w.asked(reference, 100, "key"), protocol.RefundMade, 100)
	o.says("reversal", protocol.ResultPaid)(o.reverse())
	w.moved(7700)
}

// A refund is decided again when the ledger changes while the token signs.
func TestRefundOvertaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, reference := w.paid(1000)
	slow := w.config
	slow.Ledger = &overtaking{Ledger: w.ledger, do: func() {
		w.refunded(w.asked(reference, 600, "quick"), protocol.RefundMade, 600)
	}}
	settler, err := settle.New(slow)
	if err != nil {
		t.Fatal(err)
	}
	r := w.asked(reference, 600, "slow")
	raw, err := settler.Refund(t.Context(), peer(protocol.RoleTerminal, w.sale.Terminal), protocoltest.Sign(t, w.sale.Terminal.Key, r))
	if err != nil {
		t.Fatal(err)
	}
	if signed, err := protocol.Parse[protocol.RefundOutcome](raw); err != nil || signed.Unverified().Result != protocol.RefundExceeds {
		t.Errorf("%v, %v", signed.Unverified().Result, err)
	}
	w.moved(400)
}
