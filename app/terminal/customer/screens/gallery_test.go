package screens

import (
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/app/widgets/golden"
	"countersign/protocol"
	"countersign/protocol/money"
	"countersign/protocol/protocoltest"
)

var now = time.Date(2026, 11, 22, 9, 41, 30, 0, time.Local) // is the time of day on the pages, in every zone

// customer notes what the display hands on.
type customer struct {
	tips     []protocol.Amount
	switched []string
}

// newTestDisplay opens a display in a window of the test driver.
func newTestDisplay(t testing.TB, language string, appearance widgets.Appearance, size fyne.Size) (*Display, *customer) {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widgets.NewTheme(appearance))
	window := test.NewWindow(nil) // which the display closes
	window.Resize(size)
	who := &customer{}
	var owner sync.Mutex // stands for the windows' goroutine, which the countdown's is not
	d, err := newDisplay(window, Setup{
		Shop: "Corner Café 街角咖啡", Language: language, Life: time.Minute, FingerWait: 30 * time.Second, ConfirmFor: time.Minute,
		Now: func() time.Time { return now }, Do: func(f func()) { owner.Lock(); defer owner.Unlock(); f() },
		Switched: func(tag string) { who.switched = append(who.switched, tag) },
		Tipped:   func(tip protocol.Amount) { who.tips = append(who.tips, tip) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, who
}

// page is what a test brings a display to.
type page func(*Display)

func items() []sale.Item {
	return []sale.Item{{Text: "Flat white", Quantity: 2, Each: 380, Tax: 1900}, {Text: "Käsebrötchen mit Tomate und Rucola", Quantity: 1, Each: 450, Tax: 700},
		{Text: "拿铁咖啡（大杯）", Quantity: 12, Each: 420}, {Text: "Water", Quantity: 1, Each: 150}, {Text: "Cake", Quantity: 3, Each: 320}}
}

// pages are what the display can show, one a stage and more.
func pages(t testing.TB) map[string]page {
	s := protocoltest.NewSale(t, 120, false)
	request := s.Request(t)
	text := protocol.RequestText(request)
	receipt := protocol.OutcomeText(s.Outcome(t, request, s.Payment(t, request, nil), 1, protocol.ResultPaid))
	base := sale.View{Number: 123, Amount: 123450, Currency: protocol.Currency(money.EUR), Until: now.Add(52 * time.Second), Decided: now, AttemptsLeft: 2, Attempt: 1}
	view := func(change func(*sale.View)) page {
		return func(d *Display) { v := base; change(&v); d.Show(v) }
	}
	stage := func(s sale.Stage) page { return view(func(v *sale.View) { v.Stage = s }) }
	ended := func(e sale.Ending) page { return view(func(v *sale.View) { v.Stage, v.Ending = sale.Ended, e }) }
	all := map[string]page{
		"idle": func(d *Display) { d.Show(sale.View{Stage: sale.Idle}) },
		"bill": func(d *Display) {
			d.Show(sale.View{Stage: sale.Idle})
			d.ShowBill(sale.Bill{Amount: 6620, Items: items()}, base.Currency)
		},
		"bill-long": func(d *Display) {
			d.Show(sale.View{Stage: sale.Idle})
			d.ShowBill(sale.Bill{Amount: 16620, Items: append(append(items(), items()...), items()...)}, base.Currency)
		},
		"bill-keyed": func(d *Display) {
			d.Show(sale.View{Stage: sale.Idle})
			d.ShowBill(sale.Bill{Amount: 7800}, base.Currency)
		},
		"tip": func(d *Display) {
			d.Show(sale.View{Stage: sale.Idle})
			due := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: money.EUR} }
			d.AskTip(&Tips{Due: due(6620), Choices: []Tip{{5, due(331)}, {10, due(662)}, {15, due(993)}, {20, due(1324)}}})
		},
		"preparing": stage(sale.Preparing),
		"present":   view(func(v *sale.View) { v.Stage, v.Request = sale.Presenting, text }),
		"present-all": view(func(v *sale.View) {
			v.Stage, v.Request, v.Tap, v.Tip, v.Items, v.Training = sale.Presenting, text, sale.TapReady, 1000, items(), true
		}),
		"present-notice": view(func(v *sale.View) {
			v.Stage, v.Request, v.Tap, v.Notice, v.Notices = sale.Presenting, text, sale.TapReady, sale.ReasonNotOurs, 1
		}),
		"present-phone": view(func(v *sale.View) { v.Stage, v.Request, v.Tap = sale.Presenting, text, sale.TapFound }),
		"present-pin":   view(func(v *sale.View) { v.Stage, v.Request, v.ByPIN = sale.Presenting, text, true }),
		"opening":       view(func(v *sale.View) { v.Stage, v.Request = sale.Opening, text }),
		"finger":        stage(sale.Finger),
		"reading": view(func(v *sale.View) {
			v.Stage, v.Finger = sale.Finger, sale.FingerProgress{Touching: true, Fraction: 0.4}
		}),
		"read": view(func(v *sale.View) { v.Stage, v.Finger = sale.Finger, sale.FingerProgress{Touching: true, Fraction: 1} }),
		"lift": view(func(v *sale.View) { v.Stage, v.Finger = sale.Finger, sale.FingerProgress{Lift: true} }),
		"finger-again": view(func(v *sale.View) {
			v.Stage, v.Notice, v.Notices, v.Attempt = sale.Finger, sale.ReasonRetryFinger, 1, 2
		}),
		"finger-advice": view(func(v *sale.View) {
			v.Stage, v.Notice, v.Notices, v.Advice = sale.Finger, sale.ReasonFingerPoor, 1, "press-firmly"
		}),
		"tapping":          stage(sale.Tapping),
		"confirm":          stage(sale.Confirm),
		"confirm-notice":   view(func(v *sale.View) { v.Stage, v.Notice, v.Tap = sale.Confirm, sale.ReasonTapLost, sale.TapFound }),
		"torn":             stage(sale.Torn),
		"torn-interrupted": view(func(v *sale.View) { v.Stage, v.Interrupted = sale.Torn, now }),
		"paid-interrupted": view(func(v *sale.View) {
			v.Stage, v.Ending, v.Receipt, v.Interrupted = sale.Ended, sale.Paid, receipt, now
		}),
		"unknown-interrupted": view(func(v *sale.View) { v.Stage, v.Interrupted = sale.Unknown, now }),
		"sending":             stage(sale.Sending),
		"unknown":             stage(sale.Unknown),
		"paid":                view(func(v *sale.View) { v.Stage, v.Ending, v.Receipt = sale.Ended, sale.Paid, receipt }),
		"paid-tip":            view(func(v *sale.View) { v.Stage, v.Ending, v.Tip, v.Training = sale.Ended, sale.Paid, 1000, true }),
		"change": view(func(v *sale.View) {
			v.Stage, v.Ending, v.Cash = sale.Ended, sale.Paid, &sale.CashOf{Given: 125000, Change: 1550}
		}),
		"change-none":     view(func(v *sale.View) { v.Stage, v.Ending, v.Cash = sale.Ended, sale.Paid, &sale.CashOf{Given: 123450} }),
		"refused":         view(func(v *sale.View) { v.Stage, v.Ending, v.Reason = sale.Ended, sale.Refused, sale.ReasonFunds }),
		"cancelled":       ended(sale.Cancelled),
		"expired":         ended(sale.Expired),
		"reversed":        ended(sale.Reversed),
		"given-up":        ended(sale.GivenUp),
		"refunded":        ended(sale.Refunded),
		"present-largest": view(func(v *sale.View) { v.Stage, v.Request, v.Amount = sale.Presenting, text, protocol.MaxMinor }),
		"outcome-largest": view(func(v *sale.View) {
			v.Stage, v.Ending, v.Amount, v.Receipt = sale.Ended, sale.Paid, protocol.MaxMinor, receipt
		}),
	}
	return all
}

// drawn are the pages that are compared with the pictures kept of them in other looks than English and dark, where all are.
var drawn = map[string]bool{"idle": true, "bill": true, "tip": true, "present-all": true, "reading": true, "paid": true, "change": true, "torn-interrupted": true}

// TestGallery lays out every page in every language, with plain and with twice the text, on the display's two usual sizes: it must fit,
// its text be readable, its keys large enough. It compares them with the pictures kept of them, and with -gallery saves all.
func TestGallery(t *testing.T) {
	sizes := map[string]fyne.Size{"": fyne.NewSize(1280, 800), "-small": fyne.NewSize(1024, 600)}
	looks := map[string]widgets.Appearance{"": {}, "-light": {Light: true}, "-contrast": {HighContrast: true}, "-large": {TextScale: 2},
		"-light-contrast-large": {Light: true, HighContrast: true, TextScale: 2}}
	for _, language := range []string{"en", "zh", "de"} {
		for look, appearance := range looks {
			for at, size := range sizes {
				of := language + look
				colour := of == "en-light" || of == "zh-contrast"
				if !golden.Saving() && look != "" && of != "de-large" && !colour || at != "" && strings.Contains(look, "light") {
					continue // colours move nothing, and German has the longest words
				}
				if at != "" && (underRace || !golden.Saving() && colour) {
					continue
				}
				t.Run(language+look+at, func(t *testing.T) {
					d, _ := newTestDisplay(t, language, appearance, size)
					for name, bring := range pages(t) {
						whole := language + look + at + "-" + name
						if !golden.Wanted(whole) {
							continue
						}
						if !golden.Saving() && (underRace && language != "de" || colour) && !drawn[name] {
							continue
						}
						d.AskTip(nil)
						d.ShowBill(sale.Bill{}, 0)
						d.Show(sale.View{Stage: sale.Idle}) // so that nothing of the page before is kept as the same sale's
						bring(d)
						hold(t, d, whole, size)
						golden.Look(t, whole, d.stage.Window(), !underRace && at == "" && (of == "en" || drawn[name]))
					}
				})
			}
		}
	}
}

// hold holds a page to its window.
func hold(t testing.TB, d *Display, whole string, size fyne.Size) {
	t.Helper()
	window := d.stage.Window()
	if least := window.Content().MinSize(); least.Width > size.Width+0.5 || least.Height > size.Height+0.5 {
		t.Errorf("%s needs %v", whole, least)
	}
	for id, at := range d.stage.Targets() {
		if at.X < 0 || at.Y < 0 || at.X+at.Width > int(size.Width) || at.Y+at.Height > int(size.Height) {
			t.Errorf("%s: %s lies at %+v", whole, id, at)
		}
		if at.Width < int(widgets.Touch) || at.Height < int(widgets.Touch) {
			t.Errorf("%s: %s is %d by %d", whole, id, at.Width, at.Height)
		}
	}
	for _, o := range test.LaidOutObjects(window.Content()) {
		switch o := o.(type) {
		case *widgets.Paragraph:
			if o.Visible() && o.Text() != "" && o.FittedSize() < widgets.SmallestText {
				t.Errorf("%s: %q is written at %v", whole, o.Text(), o.FittedSize())
			}
			if strings.Contains(o.Text(), "{") || strings.Contains(o.Text(), "customer.") {
				t.Errorf("%s says %q", whole, o.Text())
			}
		case *widgets.ExactQR:
			least := 4
			if size.Height < 800 {
				least = 3
			}
			if module := int(min(o.Size().Width, o.Size().Height)) / max(o.Modules()+8, 1); o.Modules() == 0 || module < least {
				t.Errorf("%s: %d modules in %v: %d pixels each", whole, o.Modules(), o.Size(), module)
			}
		case *widgets.AmountDisplay:
			if o.FittedSize() < 32 {
				t.Errorf("%s: the amount is written at %v", whole, o.FittedSize())
			}
		}
	}
}
