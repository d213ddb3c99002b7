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

// The whole way: request, shop and amount, code, receipt from the shop's screen.
func TestPaidByScan(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.want(Ready)
		request := h.request()
		h.hold(request)
		v := h.want(Confirm)
		if v.Shop != "Corner Café" || v.Amount != 7800 || v.Currency != 156 || len(v.Accounts) != 1 || v.Chosen != 0 || !v.Until.Equal(h.now().Add(time.Minute)) {
			t.Errorf("confirms %+v", v)
		}
		h.do(h.phone.Confirm)
		v = h.want(Showing)
		payment := h.opened(request, v.Code)
		if payment.Unverified().HasPrint {
			t.Error("a print without a sensor")
		}
		h.wantPending(1)
		h.codes <- protocol.RequestText(request) // the terminal's screen, still
		if v := h.want(Showing); v.Notices != 0 || v.Shop != "Corner Café" {
			t.Errorf("shows %+v", v)
		}
		h.codes <- protocol.OutcomeText(h.outcome(request, payment, protocol.ResultPaid))
		v = h.wantEnded(Paid, ReasonNone)
		if v.Shop != "Corner Café" || v.Amount != 7800 || v.Reference != 123 || v.Decided.IsZero() || v.Code != "" || len(v.Pending) != 0 {
			t.Errorf("ended as %+v", v)
		}
		h.wantPending(0)
		h.do(h.phone.Dismiss)
		h.want(Ready)
		for _, step := range []string{"step=4 ", "step=5 ", "step=6 ", "step=7 "} {
			if line := step; !strings.Contains(h.log.String(), line) || !strings.Contains(h.log.String(), "sale="+request.Hash().String()) {
				t.Errorf("log lacks %q", line)
			}
		}
		if strings.Contains(h.log.String(), "3445") {
			t.Error("the account is in the log")
		}
	})
}

// Codes that are none of ours, or damaged, are named and end nothing.
func TestJunkBeforeTheCamera(t *testing.T) {
	inBubble(t, func(h *hand) {
		request := h.request()
		text := protocol.RequestText(request)
		h.do(h.phone.Scan)
		for i, junk := range []struct {
			text string
			want Reason
		}{
			{"https://example.org", ReasonNotOurs}, {text[:300], ReasonDamaged}, {protocol.PrefixRequest, ReasonDamaged},
			{protocol.PrefixPayment + "AB", ReasonNotOurs}, {protocol.PrefixOutcome + "AB", ReasonDamaged},
			{protocol.OutcomeText(h.outcome(request, h.sale.Payment(t, request, nil), protocol.ResultPaid)), ReasonOtherReceipt},
		} {
			h.codes <- junk.text
			h.codes <- junk.text // still there in the next picture: said once
			if v := h.want(Looking); v.Notice != junk.want || v.Notices != i+1 {
				t.Errorf("%.20q: notice %q (%d), want %q", junk.text, v.Notice, v.Notices, junk.want)
			}
		}
		h.codes <- text
		if v := h.want(Confirm); v.Notice != ReasonNone {
			t.Errorf("notice %q is left", v.Notice)
		}
	})
}

// What step 5 refuses ends the look, with the reason; nothing is signed.
func TestRefusedRequests(t *testing.T) {
	foreign := func(h *hand) protocoltest.Sale {
		other := h.sale
		other.Terminal = protocoltest.New(h.t, "elsewhere/1").Terminal("T-0001", "Corner Café")
		return other
	}
	recertify := func(h *hand, change func(*protocol.Certificate)) {
		claims := h.sale.Terminal.Certificate.Unverified()
		change(&claims)
		h.sale.Terminal = h.sale.Realm.Certify(claims)
	}
	tests := map[string]struct {
		before func(*hand)
		want   Reason
	}{
		"another authority": {func(h *hand) { h.sale.Terminal = foreign(h).Terminal }, ReasonNotGenuine},
		"another's key":     {func(h *hand) { h.sale.Terminal.Key = protocoltest.SignatureKey(h.t, "thief") }, ReasonNotGenuine},
		"not a terminal":    {func(h *hand) { h.sale.Terminal = h.sale.Settlement }, ReasonNotGenuine},
		"certificate ended": {func(h *hand) {
			recertify(h, func(c *protocol.Certificate) { c.Expires = protocol.At(h.now().Add(-1e9)) })
		}, ReasonTerminalExpired},
		"certificate early": {func(h *hand) {
			recertify(h, func(c *protocol.Certificate) { c.NotBefore = protocol.At(h.now().Add(1e12)) })
		}, ReasonTerminalEarly},
		"revoked": {func(h *hand) {
			h.trust.Revocation.Revoked = []protocol.Revoked{{Subject: "T-0001", Until: protocol.At(h.now())}}
		}, ReasonTerminalRevoked},
		"list stale":       {func(h *hand) { h.trust.Revocation = nil }, ReasonListStale},
		"clock ahead":      {func(h *hand) { h.skew = 200 * time.Second }, ReasonClockSkew},
		"clock behind":     {func(h *hand) { h.skew = -200 * time.Second }, ReasonClockSkew},
		"clock far off":    {func(h *hand) { h.skew = 20 * time.Minute }, ReasonStale},
		"other settlement": {func(h *hand) { h.sale.Settlement = h.sale.Realm.Settlement("settlement-2") }, ReasonNone},
		"own certificate": {func(h *hand) {
			h.trust.Revocation.Revoked = []protocol.Revoked{{Subject: "W-0001", Until: protocol.At(h.now())}}
		}, ReasonOwnCertificate},
		"token":              {func(h *hand) { h.unit.fail(errors.New("device removed")) }, ReasonToken},
		"no account":         {func(h *hand) { h.unit.objects = map[string][]byte{} }, ReasonNoAccount},
		"no account of kind": {func(h *hand) { h.sale.Currency = 978 }, ReasonNoAccount},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(h *hand) {
				if name == "other settlement" {
					request := h.request()
					test.before(h)
					h.hold(request)
					h.wantEnded(Stopped, ReasonOtherSettlement)
					return
				}
				test.before(h)
				h.hold(h.request())
				v := h.wantEnded(Stopped, test.want)
				if skewed := test.want == ReasonClockSkew; skewed && v.Ahead != h.skew || !skewed && v.Ahead != 0 {
					t.Errorf("told to be ahead by %v", v.Ahead)
				}
				if v.Code != "" || v.Shop != "" {
					t.Errorf("shows %+v", v)
				}
				h.unit.fail(nil)
				h.wantPending(0)
				h.do(h.phone.Dismiss)
				h.want(Ready)
			})
		})
	}
}

func TestAccountChosen(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.own("EUR-ACCOUNT", 978)
		h.own("OTHER-CNY-0001", 156)
		request := h.request()
		h.hold(request)
		v := h.want(Confirm)
		if len(v.Accounts) != 2 || v.Accounts[1].Index != 2 || v.Accounts[1].Ending != "0001" {
			t.Fatalf("offers %+v", v.Accounts)
		}
		if err := h.phone.Choose(1); err == nil {
			t.Error("chose an account in another currency")
		}
		h.do(func() error { return h.phone.Choose(2) })
		h.do(h.phone.Confirm)
		payment := h.opened(request, h.want(Showing).Code)
		secret, err := protocol.OpenPayerSecret(h.sale.Settlement.Agreement, request.Hash(), h.sale.Wallet.Certificate.Hash(), payment.Unverified().Secret)
		if err != nil || secret.Account != "OTHER-CNY-0001" {
			t.Errorf("paid from %+v, %v", secret, err)
		}
		h.do(h.phone.Back)
		h.hold(h.request())
		if v := h.want(Confirm); v.Chosen != 2 {
			t.Errorf("the account that was used last is not chosen, but %d", v.Chosen)
		}
	})
}

// Every account, also one added while the phone was on.
func TestAccountsWhenReady(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.own("EUR-ACCOUNT", 978)
		h.do(h.phone.Scan)
		h.do(h.phone.Back)
		if v := h.want(Ready); len(v.Accounts) != 2 {
			t.Errorf("has %+v", v.Accounts)
		}
	})
}

func TestNotConfirmedInTime(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.hold(h.request())
		h.want(Confirm)
		time.Sleep(61 * time.Second)
		h.wantEnded(Stopped, ReasonExpired)
		h.wantPending(0)
	})
}

func TestNothingBeforeTheCamera(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.do(h.phone.Scan)
		time.Sleep(Defaults().LookFor)
		h.want(Ready)
	})
}

func TestCameraClosed(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.phone.SetCamera(false)
		h.do(h.phone.Scan)
		if v := h.want(Looking); !v.CameraLost {
			t.Error("the lost camera is not shown")
		}
		h.codes <- "camera closed"
		h.wantEnded(Stopped, ReasonCamera)
		h.phone.SetCamera(true)
		if h.phone.View().CameraLost {
			t.Error("the camera is back")
		}
	})
}

// The owner may leave at any point before the code is shown, and nothing is paid.
func TestBackBeforePaying(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.withSensor()
		leave := func() {
			t.Helper()
			h.do(h.phone.Back)
			h.want(Ready)
			h.wantPending(0)
		}
		h.do(h.phone.Scan)
		h.want(Looking)
		leave()
		h.hold(h.request())
		h.want(Confirm)
		leave()
		h.hold(h.request())
		h.do(h.phone.Confirm)
		h.want(Finger)
		leave()
		h.fingers <- protocoltest.Template(120, "live")
		h.hold(h.request()) // the phone is as it was
		h.do(h.phone.Confirm)
		h.want(Showing)
	})
}

func TestIntentsOutOfPlace(t *testing.T) {
	inBubble(t, func(h *hand) {
		for name, press := range map[string]func() error{
			"confirm": h.phone.Confirm, "back": h.phone.Back, "dismiss": h.phone.Dismiss, "ask": h.phone.Ask,
			"choose": func() error { return h.phone.Choose(0) }, "show": func() error { return h.phone.Show(protocol.Hash{1}) },
		} {
			if err := press(); !errors.Is(err, ErrNothing) {
				t.Errorf("%s: %v", name, err)
			}
		}
		h.hold(h.request())
		if err := h.phone.Scan(); !errors.Is(err, ErrBusy) {
			t.Errorf("scan: %v", err)
		}
		if err := h.phone.Dismiss(); !errors.Is(err, ErrNothing) {
			t.Errorf("dismiss: %v", err)
		}
		if err := h.phone.Confirm(); err != nil {
			t.Error(err)
		}
		if err := h.phone.Confirm(); !errors.Is(err, ErrNothing) {
			t.Errorf("confirmed twice: %v", err)
		}
		if err := h.phone.Back(); err != nil && !errors.Is(err, ErrSigning) {
			t.Errorf("back: %v", err)
		}
		h.phone.Close()
		if err := h.phone.Scan(); !errors.Is(err, ErrClosed) && !errors.Is(err, ErrBusy) {
			t.Errorf("closed: %v", err)
		}
	})
}

// The phone closes in the middle of everything and leaves no goroutine behind
// (synctest fails the test if it does).
func TestCloseInTheMiddle(t *testing.T) {
	for _, stage := range []Stage{Looking, Confirm, Finger, Showing, Waiting} {
		inBubble(t, func(h *hand) {
			h.withSensor()
			h.do(h.phone.Scan)
			if stage != Looking {
				h.codes <- protocol.RequestText(h.request())
				synctest.Wait()
			}
			if stage != Looking && stage != Confirm {
				h.do(h.phone.Confirm)
			}
			if stage == Showing || stage == Waiting {
				h.fingers <- protocoltest.Template(120, "live")
			}
			if stage == Waiting {
				time.Sleep(2 * time.Minute)
			}
			h.want(stage)
			h.phone.Close()
		})
	}
}
