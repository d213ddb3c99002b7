package client

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/app/wallet/trusted"
	"countersign/app/wallet/trusted/commands"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// When the trusted application is back after its end, what it had signed just
// before is pending, and asked about.
func TestTrustedIsBack(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.phone.SetTrusted(TrustedRestarting)
		if v := h.want(Ready); v.Trusted != TrustedRestarting {
			t.Errorf("have %+v", v)
		}
		// Signed in there, and never heard of here.
		side, request := h.trusted(), h.request()
		offer, err := side.Inspect(t.Context(), protocol.RequestText(request))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := side.Pay(t.Context(), offer.Request, 0, false, func(trusted.Progress) {}); err != nil {
			t.Fatal(err)
		}
		h.phone.SetTrusted(TrustedServing)
		v := h.want(Ready)
		if v.Trusted != TrustedServing || len(v.Pending) != 1 || v.Pending[0].Request != offer.Request || h.timesAsked() == 0 {
			t.Errorf("have %+v, asked %d times", v, h.timesAsked())
		}
		h.phone.SetTrusted(TrustedLost)
		h.phone.SetTrusted(TrustedServing) // once more: nobody minds it twice
		if v := h.want(Ready); len(v.Pending) != 1 {
			t.Errorf("have %+v", v)
		}
		time.Sleep(10 * time.Minute) // never seen, and too late by now
		h.wantEnded(Unseen, ReasonNone)
		h.wantPending(0)
	})
}

// A trusted application that has ended before it is needed: the owner is told
// plainly, and nothing is pending.
func TestTrustedEnds(t *testing.T) {
	for stage, reach := range map[Stage]func(*hand){
		Looking: func(h *hand) { h.wall.fallen.Store(true); h.hold(h.request()) },
		Confirm: func(h *hand) {
			h.hold(h.request())
			h.want(Confirm)
			h.wall.fallen.Store(true)
			h.do(h.phone.Confirm)
		},
	} {
		inBubble(t, func(h *hand) {
			reach(h)
			if v := h.wantEnded(Stopped, ReasonEnded); v.Code != "" {
				t.Errorf("from %s: a code is shown", stage)
			}
			h.wantPending(0)
		})
	}
}

// A trusted application that has ended when the payment was signed, and before its
// code was handed over: nothing is shown to the shop, but the payment is pending, so
// that nobody may say that there is none.
func TestTrustedEndsWhenSigned(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.hold(h.request())
		h.want(Confirm)
		h.wall.last.Store(commands.Pay)
		h.do(h.phone.Confirm)
		if v := h.wantEnded(Stopped, ReasonEnded); v.Code != "" {
			t.Error("a code is shown")
		}
		h.phone.SetTrusted(TrustedRestarting)
		h.wall.last.Store(0)
		h.wall.fallen.Store(false)
		h.phone.SetTrusted(TrustedServing)
		h.wantPending(1)
		h.do(h.phone.Dismiss)
		if v := h.want(Ready); len(v.Pending) != 1 {
			t.Errorf("have %+v", v)
		}
	})
}

// What the trusted side says of its own has words of its own.
func TestTrustedReasons(t *testing.T) {
	for want, err := range map[Reason]error{
		ReasonPINLocked: &trusted.LockedError{For: time.Minute}, ReasonDeclinedHere: trusted.ErrDeclined, ReasonPIN: trusted.ErrNoScreen,
		ReasonExpired: trusted.ErrPromptOver, ReasonEnded: errors.Join(errors.New("pay"), trusted.ErrEnded),
	} {
		if have := reasonOf(err); have != want {
			t.Errorf("%v: %q, want %q", err, have, want)
		}
	}
}

// A shop that asks for the PIN: no finger is wanted, and without a PIN the owner is
// told why nothing is paid.
func TestShopWantsPIN(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.withSensor()
		claims := h.request().Unverified()
		claims.WantsPIN = true
		h.hold(protocoltest.Sign(t, h.sale.Terminal.Key, claims))
		h.want(Confirm)
		h.do(h.phone.Confirm)
		if v := h.wantEnded(Stopped, ReasonPIN); !v.WantsPIN {
			t.Errorf("have %+v", v)
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if slices.ContainsFunc(h.views, func(v View) bool { return v.Stage == Finger }) {
			t.Error("a finger was wanted")
		}
	})
}
