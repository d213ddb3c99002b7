package settle_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// open is a sale made step by step.
type open struct {
	w        *world
	request  *protocol.Signed[protocol.Request]
	payment  *protocol.Signed[protocol.Payment]
	envelope protocol.Envelope
}

func (w *world) open(live protocol.Template) open {
	request := w.request()
	payment := w.sale.Payment(w.t, request, nil)
	return open{w, request, payment, w.submission(request, payment, 1, live)}
}

func (o open) advice() protocol.Advice {
	asked := o.request.Unverified()
	return protocol.Advice{Request: o.request.Hash(), Payment: o.payment.Hash(), Amount: asked.Amount, Currency: asked.Currency,
		Scramble: asked.Scramble, Sent: protocol.At(o.w.clock())}
}

func peer(role protocol.Role, p protocoltest.Party) settle.Peer {
	return settle.Peer{Role: role, Subject: p.Subject, Certificate: p.Certificate}
}

func (o open) terminal() settle.Peer { return peer(protocol.RoleTerminal, o.w.sale.Terminal) }
func (o open) wallet() settle.Peer   { return peer(protocol.RoleWallet, o.w.sale.Wallet) }

func (o open) reverse() ([]byte, error) {
	return o.w.settler.Reverse(o.w.t.Context(), o.terminal(), protocoltest.Sign(o.w.t, o.w.sale.Terminal.Key, protocol.Reversal(o.advice())))
}

func (o open) acknowledge() ([]byte, error) {
	return o.w.settler.Acknowledge(o.w.t.Context(), o.terminal(), protocoltest.Sign(o.w.t, o.w.sale.Terminal.Key, protocol.Acknowledgement(o.advice())))
}

func (o open) query() ([]byte, error) {
	return o.w.settler.Query(o.w.t.Context(), o.terminal(), protocoltest.Sign(o.w.t, o.w.sale.Terminal.Key, protocol.Query(o.advice())))
}

func (o open) walletQuery() ([]byte, error) {
	return o.w.settler.Query(o.w.t.Context(), o.wallet(), protocoltest.Sign(o.w.t, o.w.sale.Wallet.Key, protocol.Query(o.advice())))
}

// says checks an answer to an advice.
func (o open) says(what string, want protocol.Result) func(raw []byte, err error) {
	return func(raw []byte, err error) {
		o.w.t.Helper()
		if err != nil {
			o.w.t.Errorf("%s: %v", what, err)
			return
		}
		if have := o.w.outcome(raw); have.Result != want || have.Request != o.request.Hash() || have.Payment != o.payment.Hash() {
			o.w.t.Errorf("%s: %+v, want %v", what, have, want)
		}
	}
}

func fails(t *testing.T, what string, want error) func(raw []byte, err error) {
	return func(raw []byte, err error) {
		t.Helper()
		if raw != nil || !errors.Is(err, want) {
			t.Errorf("%s: %x, %v; want %v", what, raw, err, want)
		}
	}
}

var notFound = &problem.Problem{Code: problem.NotFound}

// Guarantee 8.
func TestReversal(t *testing.T) {
	t.Parallel()
	t.Run("paid and not acknowledged", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		paid := w.submit(o.envelope)
		w.want(paid, protocol.ResultPaid)
		first, err := o.reverse()
		o.says("reversal", protocol.ResultReversed)(first, err)
		if w.outcome(first).Reference != paid.Reference {
			t.Error("the reversal lost the reference")
		}
		w.moved(0)
		w.pass(time.Second)
		if again, err := o.reverse(); !bytes.Equal(again, first) || err != nil {
			t.Errorf("again: %v", err)
		}
		w.moved(0)
		o.says("query", protocol.ResultReversed)(o.query())
		w.want(w.submit(o.envelope), protocol.ResultReversed)
		w.moved(0)
	})
	t.Run("paid and acknowledged", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		w.want(w.submit(o.envelope), protocol.ResultPaid)
		o.says("acknowledgement", protocol.ResultPaid)(o.acknowledge())
		o.says("reversal", protocol.ResultPaid)(o.reverse())
		w.moved(7800)
	})
	t.Run("never seen", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		o.says("reversal", protocol.ResultReversed)(o.reverse())
		w.want(w.submit(o.envelope), protocol.ResultReversed)
		o.says("query by the wallet", protocol.ResultReversed)(o.walletQuery())
		w.moved(0)
	})
	t.Run("between two fingers", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.capture(w.finger()))
		w.want(w.submit(o.envelope), protocol.ResultRetryFinger)
		o.says("reversal", protocol.ResultReversed)(o.reverse())
		w.want(w.submit(w.submission(o.request, o.payment, 2, w.owner())), protocol.ResultReversed)
		w.moved(0)
	})
	t.Run("refused anyway", func(t *testing.T) {
		w := newWorld(t)
		w.sale.Amount = funds + 1
		o := w.open(w.owner())
		w.want(w.submit(o.envelope), protocol.ResultFunds)
		o.says("reversal", protocol.ResultFunds)(o.reverse())
	})
	t.Run("by another terminal", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		w.want(w.submit(o.envelope), protocol.ResultPaid)
		second := w.sale.Realm.Terminal("T-0002", "Next Door")
		m := protocoltest.Sign(t, second.Key, protocol.Reversal(o.advice()))
		fails(t, "reversal", &problem.Problem{Code: problem.Conflict})(w.settler.Reverse(t.Context(), peer(protocol.RoleTerminal, second), m))
		if !strings.Contains(w.log.String(), `"msg":"fraud"`) {
			t.Error("not flagged")
		}
		w.moved(7800)
	})
	t.Run("by another terminal, before the sale", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		second := w.sale.Realm.Terminal("T-0002", "Next Door")
		m := protocoltest.Sign(t, second.Key, protocol.Reversal(o.advice()))
		o.says("reversal", protocol.ResultReversed)(w.settler.Reverse(t.Context(), peer(protocol.RoleTerminal, second), m))
		// What T-0002 holds, signed, must stay true.
		w.want(w.submit(o.envelope), protocol.ResultConflict)
		w.moved(0)
	})
	t.Run("of another payment", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		w.want(w.submit(o.envelope), protocol.ResultPaid)
		o.payment = w.sale.Payment(t, o.request, nil)
		fails(t, "reversal", &problem.Problem{Code: problem.Conflict})(o.reverse())
		w.moved(7800)
	})
	t.Run("racing with the submission", func(t *testing.T) {
		for range 8 {
			w := newWorld(t)
			o := w.open(w.owner())
			var wait sync.WaitGroup
			wait.Go(func() { w.submit(o.envelope) })
			wait.Go(func() { o.says("reversal", protocol.ResultReversed)(o.reverse()) })
			wait.Wait()
			w.moved(0)
		}
	})
}

func TestAcknowledgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.open(w.capture(w.finger()))
	fails(t, "never seen", notFound)(o.acknowledge())
	w.want(w.submit(o.envelope), protocol.ResultRetryFinger)
	fails(t, "open", &problem.Problem{Code: problem.Conflict})(o.acknowledge())
	w.want(w.submit(w.submission(o.request, o.payment, 2, w.owner())), protocol.ResultPaid)
	o.says("paid", protocol.ResultPaid)(o.acknowledge())
	o.says("again", protocol.ResultPaid)(o.acknowledge())
	other := o
	other.payment = w.sale.Payment(t, o.request, nil)
	fails(t, "other payment", &problem.Problem{Code: problem.Conflict})(other.acknowledge())
}

func TestQuery(t *testing.T) {
	t.Parallel()
	t.Run("terminal", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.capture(w.finger()))
		fails(t, "never seen", notFound)(o.query())
		w.want(w.submit(o.envelope), protocol.ResultRetryFinger)
		o.says("open", protocol.ResultRetryFinger)(o.query())
		w.want(w.submit(w.submission(o.request, o.payment, 2, w.owner())), protocol.ResultPaid)
		o.says("paid", protocol.ResultPaid)(o.query())
		other := o
		other.payment = w.sale.Payment(t, o.request, nil)
		fails(t, "other payment", &problem.Problem{Code: problem.Conflict})(other.query())
		w.want(w.submit(w.submission(o.request, other.payment, 1, w.owner())), protocol.ResultConflict)
		other.says("other payment, refused", protocol.ResultConflict)(other.query())
	})
	t.Run("wallet waits for the acknowledgement", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		fails(t, "never seen", notFound)(o.walletQuery())
		w.want(w.submit(o.envelope), protocol.ResultPaid)
		fails(t, "paid", settle.ErrUndecided)(o.walletQuery())
		o.says("acknowledgement", protocol.ResultPaid)(o.acknowledge())
		o.says("acknowledged", protocol.ResultPaid)(o.walletQuery())
	})
	t.Run("wallet need not wait for ever", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		w.want(w.submit(o.envelope), protocol.ResultPaid)
		w.passFresh(181 * time.Second)
		o.says("late", protocol.ResultPaid)(o.walletQuery())
	})
	t.Run("an open sale ends when it is late", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.capture(w.finger()))
		w.want(w.submit(o.envelope), protocol.ResultRetryFinger)
		fails(t, "open", settle.ErrUndecided)(o.walletQuery())
		w.passFresh(181 * time.Second)
		first, err := o.walletQuery()
		o.says("late", protocol.ResultLate)(first, err)
		if again, err := o.query(); !bytes.Equal(again, first) || err != nil {
			t.Errorf("the terminal is told otherwise: %v", err)
		}
		w.want(w.submit(w.submission(o.request, o.payment, 2, w.owner())), protocol.ResultLate)
	})
	t.Run("another wallet", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		w.want(w.submit(o.envelope), protocol.ResultPaid)
		o.says("acknowledgement", protocol.ResultPaid)(o.acknowledge())
		other := w.sale.Realm.Wallet("W-0002", w.sale.Settlement, w.template(w.enrolled), false)
		q := protocoltest.Sign(t, other.Key, protocol.Query(o.advice()))
		fails(t, "query", notFound)(w.settler.Query(t.Context(), peer(protocol.RoleWallet, other), q))
	})
	t.Run("signatures and certificates", func(t *testing.T) {
		w := newWorld(t)
		o := w.open(w.owner())
		w.want(w.submit(o.envelope), protocol.ResultPaid)
		denied := &problem.Problem{Code: problem.Unauthorised}
		forged := protocoltest.Sign(t, w.sale.Wallet.Key, protocol.Query(o.advice()))
		fails(t, "signed by another", denied)(w.settler.Query(t.Context(), o.terminal(), forged))
		stolen := o.terminal()
		stolen.Subject = "T-0002"
		genuine := protocoltest.Sign(t, w.sale.Terminal.Key, protocol.Query(o.advice()))
		fails(t, "certificate of another", denied)(w.settler.Query(t.Context(), stolen, genuine))
		none := o.terminal()
		none.Certificate = nil
		fails(t, "no certificate", denied)(w.settler.Query(t.Context(), none, genuine))
		w.revoke("T-0001")
		fails(t, "revoked", denied)(o.query())
		w.pass(6 * time.Minute)
		fails(t, "stale list", &problem.Problem{Code: problem.NotReady})(o.query())
	})
}
