package screens

import (
	"image"
	"image/color"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/clearing"
	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
	"countersign/protocol/protocoltest"
)

// cashier notes the intents that the screens hand over.
type cashier struct {
	began     []protocol.Amount
	cancelled int
	dismissed int
	saw       []uint64
	bills     []sale.Bill

	noFinger, byPIN int
}

func (c *cashier) Begin(a protocol.Amount) error { c.began = append(c.began, a); return nil }
func (c *cashier) BeginBill(b sale.Bill) error   { c.bills = append(c.bills, b); return nil }
func (c *cashier) Cancel() error                 { c.cancelled++; return nil }
func (c *cashier) Dismiss() error                { c.dismissed++; return nil }
func (c *cashier) NoFinger() error               { c.noFinger++; return nil }
func (c *cashier) BeginByPIN() error             { c.byPIN++; return nil }
func (c *cashier) SeeAlert(n uint64) error       { c.saw = append(c.saw, n); return nil }

var now = time.Date(2026, 11, 22, 9, 41, 30, 0, time.Local) // is the time of day on the screens, in every zone

// newTestKiosk opens a kiosk in a window of the test driver.
func newTestKiosk(t testing.TB, language string, appearance widgets.Appearance, size fyne.Size) (*Kiosk, *cashier) {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widgets.NewTheme(appearance))
	window := test.NewTempWindow(t, nil)
	window.SetPadded(false)
	stage := widgets.NewStage(window, func(f func()) { f() })
	who := &cashier{}
	k, err := newKiosk(stage, testSetup(language), who)
	if err != nil {
		t.Fatal(err)
	}
	window.Resize(size)
	return k, who
}

// testSetup is that of a small shop without anything but sales.
func testSetup(language string) Setup {
	return Setup{
		Shop: "Corner Café 街角咖啡", Currency: money.CNY, Language: language,
		Quick: []money.Amount{{Minor: 1000, Currency: money.CNY}, {Minor: 2000, Currency: money.CNY}, {Minor: 5000, Currency: money.CNY}, {Minor: 10000, Currency: money.CNY}},
		Life:  time.Minute, FingerWait: 30 * time.Second, ConfirmFor: time.Minute,
		Recent: func(int) []Recent {
			return []Recent{
				{Number: 4, At: now, Amount: money.Amount{Minor: 1200, Currency: money.CNY}, Ending: sale.Paid, Rail: sale.RailScan, Cashier: "Bernd-02"},
				{Number: 3, At: now, Amount: money.Amount{Minor: money.MaxMinor, Currency: money.CNY}, Ending: sale.Refused, Reason: sale.ReasonFunds},
				{Number: 2, At: now, Amount: money.Amount{Minor: 800, Currency: money.CNY}, Ending: sale.Cancelled},
			}
		},
		Now: func() time.Time { return now },
	}
}

// views are what a till can show, one a screen and a reason.
func views(t testing.TB) map[string]sale.View {
	s := protocoltest.NewSale(t, 120, false)
	request := s.Request(t)
	text := protocol.RequestText(request)
	receipt := protocol.OutcomeText(s.Outcome(t, request, s.Payment(t, request, nil), 1, protocol.ResultPaid))
	base := sale.View{Number: 123, Amount: 7800, Currency: 156, Cancellable: true, Until: now.Add(52 * time.Second), Decided: now}
	with := func(change func(*sale.View)) sale.View { v := base; change(&v); return v }
	alert := sale.Alert{Number: 121, Amount: 7800, Currency: 156, Since: now, Doing: sale.Asking}
	refund := sale.Alert{Number: 122, Refund: true, Amount: 1250, Currency: 156, Since: now, Doing: sale.Repeating}
	largest := sale.Alert{Number: 999999, Amount: protocol.MaxMinor, Currency: 156, Since: now, Doing: sale.Reversing}
	told := alert
	told.Doing, told.Resolved = sale.Reversing, sale.Reversed
	all := map[string]sale.View{
		"amount":        {Stage: sale.Idle, Currency: 156},
		"unresolved":    {Stage: sale.Idle, Currency: 156, Unresolved: 2},
		"alert":         {Stage: sale.Idle, Currency: 156, Unresolved: 2, Alerts: []sale.Alert{alert, refund}},
		"alert-told":    {Stage: sale.Idle, Currency: 156, Alerts: []sale.Alert{told, alert}},
		"alert-largest": {Stage: sale.Idle, Currency: 156, Unresolved: 2, Alerts: []sale.Alert{largest, refund}},
		"alert-paid": with(func(v *sale.View) {
			v.Stage, v.Ending, v.Reference, v.Receipt, v.Alerts = sale.Ended, sale.Paid, 4711, receipt, []sale.Alert{refund}
		}),
		"alert-own": with(func(v *sale.View) {
			v.Stage, v.Reason, v.Cancellable, v.Alerts = sale.Unknown, sale.ReasonNoAnswer, false, []sale.Alert{{Number: 123}, refund}
		}),
		"preparing": with(func(v *sale.View) { v.Stage = sale.Preparing }),
		"present":   with(func(v *sale.View) { v.Stage, v.Request = sale.Presenting, text }),
		"opening":   with(func(v *sale.View) { v.Stage, v.Request = sale.Opening, text }),
		"largest":   with(func(v *sale.View) { v.Stage, v.Request, v.Amount = sale.Presenting, text, protocol.MaxMinor }),
		"finger":    with(func(v *sale.View) { v.Stage, v.Attempt, v.AttemptsLeft = sale.Finger, 1, 2 }),
		"reading": with(func(v *sale.View) {
			v.Stage, v.Attempt, v.AttemptsLeft, v.Finger = sale.Finger, 1, 2, sale.FingerProgress{Touching: true, Fraction: 0.4}
		}),
		"retry": with(func(v *sale.View) {
			v.Stage, v.Attempt, v.AttemptsLeft, v.Notice = sale.Finger, 2, 1, sale.ReasonRetryFinger
		}),
		"finger-lift": with(func(v *sale.View) {
			v.Stage, v.Attempt, v.AttemptsLeft, v.Notice, v.Finger.Lift = sale.Finger, 2, 1, sale.ReasonRetryFinger, true
		}),
		"finger-advised": with(func(v *sale.View) {
			v.Stage, v.Attempt, v.AttemptsLeft, v.Notice, v.Advice, v.ByPIN = sale.Finger, 1, 2, sale.ReasonFingerPoor, "clean-glass", true
		}),
		"sensor-advised": with(func(v *sale.View) {
			v.Stage, v.Attempt, v.AttemptsLeft, v.Notice, v.Advice = sale.Finger, 1, 2, sale.ReasonSensorLost, "free-port"
		}),
		"finger-or-pin":  with(func(v *sale.View) { v.Stage, v.Attempt, v.AttemptsLeft, v.ByPIN = sale.Finger, 1, 2, true }),
		"present-by-pin": with(func(v *sale.View) { v.Stage, v.Request, v.ByPIN = sale.Presenting, text, true }),
		"no-finger-or-pin": with(func(v *sale.View) {
			v.Stage, v.Ending, v.Reason, v.Cancellable, v.ByPIN = sale.Ended, sale.Refused, sale.ReasonNoFinger, false, true
		}),
		"poor-or-pin": with(func(v *sale.View) {
			v.Stage, v.Ending, v.Reason, v.Cancellable, v.ByPIN = sale.Ended, sale.Refused, sale.ReasonFingerPoor, false, true
		}),
		"sending": with(func(v *sale.View) { v.Stage, v.Cancellable = sale.Sending, false }),
		"unknown": with(func(v *sale.View) { v.Stage, v.Reason, v.Cancellable = sale.Unknown, sale.ReasonNoAnswer, false }),
		"paid": with(func(v *sale.View) {
			v.Stage, v.Ending, v.Reference, v.Receipt = sale.Ended, sale.Paid, 4711, receipt
		}),
		"cancelled": with(func(v *sale.View) { v.Stage, v.Ending = sale.Ended, sale.Cancelled }),
		"reversed": with(func(v *sale.View) {
			v.Stage, v.Ending, v.Reason, v.Receipt = sale.Ended, sale.Reversed, sale.ReasonReversed, receipt
		}),
		"expired": with(func(v *sale.View) {
			v.Stage, v.Ending, v.Reason, v.Notice = sale.Ended, sale.Expired, sale.ReasonTimedOut, sale.ReasonOtherSale
		}),
	}
	tapped := func(change func(*sale.View)) sale.View {
		return with(func(v *sale.View) { v.Tap, v.Card = sale.TapReady, "6789"; change(v) })
	}
	all["tap"] = tapped(func(v *sale.View) { v.Stage, v.Request = sale.Presenting, text })
	all["tap-found"] = tapped(func(v *sale.View) { v.Stage, v.Request, v.Tap = sale.Presenting, text, sale.TapFound })
	all["tap-off"] = tapped(func(v *sale.View) {
		v.Stage, v.Request, v.Tap, v.TapReason = sale.Presenting, text, sale.TapOff, sale.ReasonBlocklist
	})
	all["tap-notice"] = tapped(func(v *sale.View) { v.Stage, v.Request, v.Notice = sale.Presenting, text, sale.ReasonTapNotOurs })
	all["tap-paying"] = tapped(func(v *sale.View) { v.Stage, v.Cancellable = sale.Tapping, false })
	all["tap-confirm"] = tapped(func(v *sale.View) { v.Stage = sale.Confirm })
	all["tap-torn"] = tapped(func(v *sale.View) { v.Stage = sale.Torn })
	all["tap-torn-other"] = tapped(func(v *sale.View) {
		v.Stage, v.Notice, v.Amount = sale.Torn, sale.ReasonTapOtherCard, protocol.MaxMinor
	})
	all["tap-paid"] = tapped(func(v *sale.View) {
		v.Stage, v.Ending, v.Unsent = sale.Ended, sale.Paid, clearing.Unsent{Count: 12, Sum: 93600}
	})
	all["tap-given-up"] = tapped(func(v *sale.View) { v.Stage, v.Ending, v.Reason = sale.Ended, sale.GivenUp, sale.ReasonTapTorn })
	all["tap-torn-full"] = tapped(func(v *sale.View) { v.Stage, v.Notice = sale.Torn, sale.ReasonTapFull })
	all["tap-torn-lost"] = tapped(func(v *sale.View) { v.Stage, v.Notice = sale.Torn, sale.ReasonTapLost })
	all["tap-unsent"] = sale.View{Stage: sale.Idle, Currency: 156, Unresolved: 2, Unsent: clearing.Unsent{Count: 500, Sum: 5000000}}
	all["tap-unsent-alert"] = sale.View{Stage: sale.Idle, Currency: 156, Unresolved: 2, Unsent: clearing.Unsent{Count: 500, Sum: 5000000}, Alerts: []sale.Alert{largest, refund}}
	all["tap-alert-paid"] = sale.View{Stage: sale.Idle, Currency: 156, Alerts: []sale.Alert{
		{Number: 121, Amount: 1250, Currency: 156, Since: now, Doing: sale.Telling, Rail: sale.RailTap, Resolved: sale.Paid},
	}}
	for _, ending := range []sale.Ending{sale.Paid, sale.Refused, sale.Reversed} {
		all["alert-told-"+string(ending)] = sale.View{Stage: sale.Idle, Currency: 156, Alerts: []sale.Alert{
			{Number: 121, Amount: 1250, Currency: 156, Since: now, Doing: sale.Telling, Rail: sale.RailScan, Resolved: ending},
		}}
	}
	for _, wrong := range []string{"given-back", "uncovered", "card", "terminal", "conflict", "credited", sale.NotLookedAt, sale.Forked} {
		all["tap-alert-"+wrong] = sale.View{Stage: sale.Idle, Currency: 156, Alerts: []sale.Alert{
			{Number: 121, Amount: 7800, Currency: 156, Since: now, Clearing: wrong, Resolved: sale.Uncredited}, alert,
		}}
	}
	torn := alert
	torn.Doing = sale.Retapping
	all["tap-alert-torn"] = sale.View{Stage: sale.Idle, Currency: 156, Alerts: []sale.Alert{torn}}
	for reason := range phrases {
		all["refused-"+string(reason)] = with(func(v *sale.View) { v.Stage, v.Ending, v.Reason = sale.Ended, sale.Refused, reason })
		all["notice-"+string(reason)] = with(func(v *sale.View) { v.Stage, v.Request, v.Notice = sale.Presenting, text, reason })
	}
	return all
}

// representative says whether a view is looked at in this run. Without the race detector all are; with it one refusal and
// one notice stand for the others, which run the same lines with other words.
func representative(name string) bool {
	prefix, _, _ := strings.Cut(name, "-")
	reasons := prefix == "refused" || prefix == "notice"
	return !underRace || !reasons || strings.HasSuffix(name, "-"+string(sale.ReasonTimedOut))
}

// TestEveryViewFits lays out every view in every language: it must fit the window.
func TestEveryViewFits(t *testing.T) {
	looks := map[string]widgets.Appearance{"en": {}, "zh": {}, "en-light": {Light: true}, "zh-contrast": {HighContrast: true}}
	frame := scene()
	for look, appearance := range looks {
		language, _, _ := strings.Cut(look, "-")
		k, _ := newTestKiosk(t, language, appearance, fyne.NewSize(1280, 800))
		k.ShowDevices(testDevices())
		for name, v := range views(t) {
			if !representative(name) {
				continue
			}
			k.show(v)
			if v.Stage == sale.Presenting {
				k.ShowFrame(frame, nil)
			}
			if least := k.stage.Window().Content().MinSize(); least.Width > 1280 || least.Height > 800 {
				t.Errorf("%s in %s needs %v", name, look, least)
			}
		}
	}
}

// scene stands for what a camera sees.
func scene() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 640, 360))
	for y := range 360 {
		for x := range 640 {
			m.SetRGBA(x, y, color.RGBA{uint8(60 + x/8), uint8(70 + y/6), 90, 255})
		}
	}
	return m
}

func grey(m image.Image) *image.Gray {
	g := image.NewGray(m.Bounds())
	for y := g.Rect.Min.Y; y < g.Rect.Max.Y; y++ {
		for x := g.Rect.Min.X; x < g.Rect.Max.X; x++ {
			g.Set(x, y, m.At(x, y))
		}
	}
	return g
}
