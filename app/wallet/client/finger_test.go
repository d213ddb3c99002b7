package client

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

func (h *hand) touch() { h.fingers <- protocoltest.Template(120, "live") }

// Step 11 at the phone's own sensor: the print travels sealed to settlement.
func TestOwnSensor(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.withSensor()
		request := h.request()
		h.hold(request)
		if v := h.want(Confirm); !v.OwnSensor {
			t.Error("the sensor is not shown")
		}
		h.do(h.phone.Confirm)
		h.want(Finger)
		h.touch()
		payment := h.opened(request, h.want(Showing).Code)
		secret, err := protocol.OpenPayerSecret(h.sale.Settlement.Agreement, request.Hash(), h.sale.Wallet.Certificate.Hash(), payment.Unverified().Secret)
		if err != nil || !slices.Equal(secret.Print, protocoltest.Template(120, "live")) {
			t.Errorf("secret %+v, %v", secret, err)
		}
		if !strings.Contains(h.log.String(), "step=11 ") {
			t.Error("step 11 is not logged")
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if !slices.ContainsFunc(h.views, func(v View) bool { return v.Stage == Finger && v.Finger.Fraction == 0.5 }) {
			t.Error("no progress was shown")
		}
	})
}

// A poor finger may be tried three times; then the shop's sensor takes it.
func TestPoorFingers(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.withSensor()
		request := h.request()
		h.hold(request)
		h.do(h.phone.Confirm)
		for left := 2; left > 0; left-- {
			h.fingers <- ErrFingerPoor
			if v := h.want(Finger); v.Notice != ReasonFingerPoor || v.TriesLeft != left {
				t.Errorf("notice %q with %d left, want %d", v.Notice, v.TriesLeft, left)
			}
		}
		h.fingers <- ErrFingerPoor
		if v := h.want(Confirm); v.Notice != ReasonFingerTries || !v.ShopSensor {
			t.Errorf("have %+v", v)
		}
		h.do(h.phone.Confirm)
		if h.opened(request, h.want(Showing).Code).Unverified().HasPrint {
			t.Error("a print from nowhere")
		}
	})
}

func TestPoorThenGood(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.withSensor()
		request := h.request()
		h.hold(request)
		h.do(h.phone.Confirm)
		h.fingers <- ErrFingerPoor
		h.touch()
		if v := h.want(Showing); !h.opened(request, v.Code).Unverified().HasPrint || v.Notice != ReasonNone || v.TriesLeft != 0 {
			t.Errorf("have %+v", v)
		}
	})
}

// Sensor gone, or no finger: the owner is told and the shop's sensor takes over.
func TestSensorTrouble(t *testing.T) {
	for want, trouble := range map[Reason]func(*hand){
		ReasonSensorLost: func(h *hand) { h.fingers <- ErrSensorLost },
		ReasonFingerNone: func(*hand) { time.Sleep(Defaults().FingerWait) },
	} {
		inBubble(t, func(h *hand) {
			h.withSensor()
			h.hold(h.request())
			h.do(h.phone.Confirm)
			trouble(h)
			if v := h.want(Confirm); v.Notice != want || !v.ShopSensor {
				t.Errorf("want %q, have %+v", want, v)
			}
			h.do(h.phone.Confirm)
			h.want(Showing)
		})
	}
}

// Something else broken while the finger was taken ends it; nothing is pending.
func TestTokenLostAtTheFinger(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.withSensor()
		h.hold(h.request())
		h.do(h.phone.Confirm)
		h.fingers <- errors.New("driver failed")
		h.wantEnded(Stopped, ReasonToken)
		h.wantPending(0)
	})
}

func TestFingerTooLateForTheRequest(t *testing.T) {
	inBubble(t, func(h *hand) {
		h.withSensor()
		h.hold(h.request())
		time.Sleep(50 * time.Second)
		h.do(h.phone.Confirm)
		h.want(Finger)
		time.Sleep(11 * time.Second)
		h.wantEnded(Stopped, ReasonExpired)
		h.wantPending(0)
	})
}
