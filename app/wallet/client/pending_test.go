package client

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// Settlement is asked when no receipt was seen, and every outcome is told.
func TestAskedAboutOutcome(t *testing.T) {
	for result, want := range map[protocol.Result]struct {
		ending Ending
		reason Reason
	}{
		protocol.ResultPaid: {Paid, ReasonNone}, protocol.ResultReversed: {Reversed, ReasonNone}, protocol.ResultLate: {Late, ReasonNone},
		protocol.ResultFinger: {Refused, ReasonFinger}, protocol.ResultWallet: {Refused, ReasonWallet}, protocol.ResultTerminal: {Refused, ReasonTerminal},
		protocol.ResultConflict: {Refused, ReasonConflict}, protocol.ResultFunds: {Refused, ReasonFunds},
		protocol.ResultDeclined: {Refused, ReasonDeclined},
	} {
		inBubble(t, func(h *hand) {
			request, payment := h.pay()
			h.decide(request, h.outcome(request, payment, result))
			time.Sleep(4 * time.Second)
			h.want(Showing)
			if h.timesAsked() != 0 {
				t.Error("asked before the terminal had time")
			}
			time.Sleep(2 * time.Second)
			h.wantEnded(want.ending, want.reason)
			h.wantPending(0)
		})
	}
}

// Undecided, then unreachable, then decided; asked again and again, not in haste.
func TestAskedAgain(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		h.decide(request, ErrUndecided)
		time.Sleep(10 * time.Second)
		if v := h.want(Showing); v.Unreachable || h.timesAsked() < 2 {
			t.Errorf("asked %d times, %+v", h.timesAsked(), v)
		}
		h.setDown(errors.New("no network"))
		time.Sleep(2 * time.Minute)
		if v := h.want(Waiting); !v.Unreachable || v.Code != "" || v.Shop == "" {
			t.Errorf("have %+v", v)
		}
		if h.timesAsked() > 20 {
			t.Errorf("asked %d times", h.timesAsked())
		}
		h.setDown(nil)
		h.decide(request, h.outcome(request, payment, protocol.ResultPaid))
		h.do(h.phone.Ask) // at once
		h.wantEnded(Paid, ReasonNone)
	})
}

// A forged answer of settlement settles nothing.
func TestForgedAnswer(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		forged := h.outcome(request, payment, protocol.ResultPaid).Unverified()
		h.decide(request, protocoltest.Sign(t, h.sale.Terminal.Key, forged))
		time.Sleep(30 * time.Second)
		if v := h.want(Showing); !v.Unreachable {
			t.Errorf("have %+v", v)
		}
		h.wantPending(1)
	})
}

// Receipts that are not settlement's word about this payment are named; it stays
// pending and can be settled afterwards.
func TestWrongReceipts(t *testing.T) {
	tests := map[string]struct {
		make func(*hand, protocol.Outcome) *protocol.Signed[protocol.Outcome]
		want Reason
	}{
		"forged by the shop": {func(h *hand, o protocol.Outcome) *protocol.Signed[protocol.Outcome] {
			return protocoltest.Sign(h.t, h.sale.Terminal.Key, o)
		}, ReasonForgedReceipt},
		"about another sale": {func(h *hand, o protocol.Outcome) *protocol.Signed[protocol.Outcome] {
			o.Request[0] ^= 1
			return protocoltest.Sign(h.t, h.sale.Settlement.Key, o)
		}, ReasonOtherReceipt},
		"about another's payment of this sale": {func(h *hand, o protocol.Outcome) *protocol.Signed[protocol.Outcome] {
			o.Payment[0] ^= 1
			return protocoltest.Sign(h.t, h.sale.Settlement.Key, o)
		}, ReasonOtherReceipt},
		"about another amount": {func(h *hand, o protocol.Outcome) *protocol.Signed[protocol.Outcome] {
			o.Amount = 1
			return protocoltest.Sign(h.t, h.sale.Settlement.Key, o)
		}, ReasonForgedReceipt},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *hand) {
				request, payment := h.pay()
				genuine := h.outcome(request, payment, protocol.ResultPaid)
				h.codes <- protocol.OutcomeText(test.make(h, genuine.Unverified()))
				if v := h.want(Showing); v.Notice != test.want || v.Notices != 1 {
					t.Errorf("notice %q, want %q", v.Notice, test.want)
				}
				h.wantPending(1)
				h.codes <- protocol.PrefixOutcome + "NONSENSE"
				if v := h.want(Showing); v.Notice != ReasonDamaged {
					t.Errorf("notice %q", v.Notice)
				}
				h.codes <- protocol.OutcomeText(genuine)
				h.wantEnded(Paid, ReasonNone)
			})
		})
	}
}

// Settlement did not know the finger: the terminal tries again, and so may the
// owner; the same attempt is told once.
func TestFingerRetriedAtTheTerminal(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		retry := h.outcome(request, payment, protocol.ResultRetryFinger)
		h.codes <- protocol.OutcomeText(retry)
		v := h.want(Showing)
		if v.Notice != ReasonRetryFinger || v.TriesLeft != 2 {
			t.Errorf("have %+v", v)
		}
		h.decide(request, retry)
		time.Sleep(20 * time.Second)
		if again := h.want(Showing); again.Notices != v.Notices || again.Unreachable {
			t.Errorf("told again: %+v", again)
		}
		h.wantPending(1)
		h.codes <- protocol.OutcomeText(h.sale.Outcome(t, request, payment, 2, protocol.ResultPaid))
		h.wantEnded(Paid, ReasonNone)
	})
}

// Never seen by settlement: pending until it would be refused, then given up.
func TestNeverSeen(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.pay()
		time.Sleep(time.Minute + protocol.Grace + protocol.MaxSkew)
		h.want(Waiting)
		h.wantPending(1)
		time.Sleep(2 * time.Minute)
		h.wantEnded(Unseen, ReasonNone)
		h.wantPending(0)
	})
}

// The code is taken away when no terminal would take it any more.
func TestCodeTakenAway(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		time.Sleep(time.Minute + Defaults().CodeFor - time.Second)
		h.want(Showing)
		time.Sleep(2 * time.Second)
		if v := h.want(Waiting); v.Code != "" {
			t.Error("the code is still there")
		}
		h.codes <- protocol.OutcomeText(h.outcome(request, payment, protocol.ResultPaid))
		h.wantEnded(Paid, ReasonNone)
	})
}

// Put aside, it is listed, minded in the background, and shown when it ends.
func TestPutAside(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		h.do(h.phone.Back)
		v := h.want(Ready)
		if len(v.Pending) != 1 || v.Pending[0].Shop != "Corner Café" || v.Pending[0].Amount != 7800 || v.Pending[0].Request != request.Hash() {
			t.Fatalf("pending %+v", v.Pending)
		}
		h.hold(h.request())
		if v := h.want(Confirm); len(v.Pending) != 1 {
			t.Error("no warning while another payment is pending")
		}
		h.decide(request, h.outcome(request, payment, protocol.ResultPaid))
		time.Sleep(20 * time.Second)
		h.want(Confirm) // not disturbed
		h.do(h.phone.Confirm)
		second := h.want(Showing)
		if len(second.Pending) != 0 {
			t.Errorf("pending %+v", second.Pending)
		}
		h.do(h.phone.Back)
		h.wantEnded(Paid, ReasonNone) // now it is told
		h.do(h.phone.Dismiss)
		if v := h.want(Ready); len(v.Pending) != 1 {
			t.Errorf("pending %+v", v.Pending)
		}
	})
}

// Settled while nothing is on the screen: shown at once.
func TestSettledWhenReady(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		h.do(h.phone.Back)
		h.decide(request, h.outcome(request, payment, protocol.ResultReversed))
		time.Sleep(10 * time.Second)
		h.wantEnded(Reversed, ReasonNone)
	})
}

// A pending payment taken up again has its code, while that is good.
func TestTakenUpAgain(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, _ := h.pay()
		code := h.phone.View().Code
		show := func() error { return h.phone.Show(request.Hash()) }
		h.do(h.phone.Back)
		h.do(show)
		if v := h.want(Showing); v.Code != code || len(v.Pending) != 0 {
			t.Errorf("have %+v", v)
		}
		if err := show(); !errors.Is(err, ErrBusy) {
			t.Error(err)
		}
		h.do(h.phone.Back)
		h.hold(request) // or by its request, from the shop's screen
		if v := h.want(Showing); v.Code != code {
			t.Errorf("have %+v", v)
		}
		h.do(h.phone.Back)
		if n := strings.Count(h.log.String(), "step=7 "); n != 1 {
			t.Errorf("step 7 is logged %d times", n)
		}
		time.Sleep(2 * time.Minute)
		h.do(show)
		if v := h.want(Waiting); v.Code != "" || v.Shop != "Corner Café" {
			t.Errorf("have %+v", v)
		}
		h.wantPending(1)
	})
}

// A request that was paid and settled is not paid again.
func TestSettledRequestNotPaidAgain(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		h.codes <- protocol.OutcomeText(h.outcome(request, payment, protocol.ResultFunds))
		h.wantEnded(Refused, ReasonFunds)
		h.do(h.phone.Dismiss)
		h.hold(request)
		h.wantEnded(Stopped, ReasonAnswered)
	})
}

// The receipt of a payment put aside is read by Scan too, alone or while another
// payment is shown.
func TestReceiptOfAnother(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		h.do(h.phone.Back)
		h.do(h.phone.Scan)
		h.codes <- protocol.OutcomeText(h.sale.Outcome(t, request, payment, 1, protocol.ResultRetryFinger))
		if v := h.want(Looking); len(v.Pending) != 1 {
			t.Errorf("have %+v", v)
		}
		h.codes <- protocol.OutcomeText(h.outcome(request, payment, protocol.ResultPaid))
		h.wantEnded(Paid, ReasonNone)
		h.do(h.phone.Dismiss)
		h.want(Ready)

		first, firstPayment := h.pay()
		h.do(h.phone.Back)
		second, secondPayment := h.pay()
		h.codes <- protocol.OutcomeText(h.outcome(first, firstPayment, protocol.ResultPaid))
		if v := h.want(Showing); len(v.Pending) != 0 || v.Notice != ReasonNone {
			t.Errorf("have %+v", v)
		}
		h.codes <- protocol.OutcomeText(h.outcome(second, secondPayment, protocol.ResultPaid))
		h.wantEnded(Paid, ReasonNone)
		h.do(h.phone.Dismiss)
		h.wantEnded(Paid, ReasonNone)
		h.do(h.phone.Dismiss)
		h.want(Ready)
		h.wantPending(0)
	})
}

// Guarantee 1 across restarts: what is pending is listed, asked about, and told.
func TestRestart(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		h.setDown(errors.New("no network"))
		h.phone.Close()
		h.open()
		if v := h.want(Ready); len(v.Pending) != 1 || v.Pending[0].Shop != "Corner Café" {
			t.Fatalf("have %+v", v)
		}
		h.do(func() error { return h.phone.Show(request.Hash()) })
		if v := h.want(Waiting); !v.Unreachable {
			t.Errorf("have %+v", v)
		}
		h.decide(request, h.outcome(request, payment, protocol.ResultPaid))
		h.setDown(nil)
		time.Sleep(time.Minute)
		h.wantEnded(Paid, ReasonNone)
		h.phone.Close()
		h.open()
		if v := h.want(Ready); len(v.Pending) != 0 {
			t.Errorf("have %+v", v)
		}
	})
}

func TestRestartAfterGivingUpTime(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.pay()
		h.phone.Close()
		time.Sleep(24 * time.Hour)
		h.open()
		h.wantEnded(Unseen, ReasonNone)
	})
}

// The token fails while a payment is pending: nothing is lost.
func TestTokenFailsWhilePending(t *testing.T) {
	inBubble(t, func(h *hand) {
		request, payment := h.pay()
		h.decide(request, h.outcome(request, payment, protocol.ResultPaid))
		h.unit.fail(errors.New("device removed"))
		time.Sleep(20 * time.Second)
		h.want(Showing)
		h.unit.fail(nil)
		time.Sleep(time.Minute)
		h.wantEnded(Paid, ReasonNone)
	})
}

func TestTokenFailsAtStart(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.unit.fail(errors.New("device removed"))
		if _, err := Open(t.Context(), Defaults(), Ports{Trusted: h.trusted()}); err == nil {
			t.Error("opened without its token")
		}
		h.unit.fail(nil)
		synctest.Wait()
	})
}
