package screens

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/app/widgets/golden"
	"countersign/protocol"
	"countersign/protocol/money"
)

// states are those of the window that need more than a view.
func states(t testing.TB) map[string]state {
	v := views(t)
	nobody := func(_ *Setup, w *world) { w.desk.duty = staff.Duty{Shift: 7} }
	items := func(s *Setup, _ *world) { s.Items = menu(s.Currency) }
	in := func(currency money.Currency) func(*Setup, *world) {
		return func(s *Setup, _ *world) {
			s.Currency, s.Quick, s.Recent = currency, nil, nil
			for _, minor := range []int64{1000, 2000, 5000} {
				s.Quick = append(s.Quick, money.Amount{Minor: minor, Currency: currency})
			}
		}
	}
	training := func(s *Setup, w *world) { s.Training, s.EndTraining = w.actor, func() error { return nil } }
	alone := func(s *Setup, _ *world) { s.Layout, s.Staff = LayoutOneScreen, nil }
	show := func(name string) func(testing.TB, *Kiosk, *world) {
		return func(_ testing.TB, k *Kiosk, _ *world) { k.show(v[name]) }
	}
	interrupted := func(name string) func(testing.TB, *Kiosk, *world) {
		return func(_ testing.TB, k *Kiosk, _ *world) {
			view := v[name]
			view.Interrupted = now
			k.show(view)
		}
	}
	keys := func(digits string, then ...string) func(testing.TB, *Kiosk, *world) {
		return func(t testing.TB, k *Kiosk, w *world) {
			for _, r := range digits {
				w.clock = w.clock.Add(time.Second)
				k.typedRune(r)
			}
			for _, control := range then {
				if strings.HasPrefix(control, "recent.") && !k.listsRecent() {
					tapOn(t, k, "recent")
				}
				tapOn(t, k, control)
			}
		}
	}
	many := func(_ *Setup, w *world) {
		w.desk.members = nil
		for i := range 25 {
			w.desk.members = append(w.desk.members, staff.Member{ID: protocol.ID(fmt.Sprintf("Mitarbeiter-%02d", i)), Role: staff.Cashier})
		}
		w.desk.duty = staff.Duty{}
	}
	receipt := func(s *Setup, _ *world) { s.Receipt = func(uint64) string { return v["paid"].Receipt } }
	return map[string]state{
		"sign-in":       {nobody, nil},
		"sign-in-pin":   {nobody, keys("", "member.1", "key.8", "key.1", "key.4")},
		"sign-in-wrong": {nobody, keys("", "member.1", "key.8", "key.1", "key.4", "key.4", "sign-in")},
		"sign-in-locked": {func(s *Setup, w *world) {
			nobody(s, w)
			w.desk.err = &staff.LockedError{Until: now.Add(5 * time.Minute)}
		}, keys("", "member.2", "key.8", "key.1", "key.4", "key.0", "sign-in")},
		"sign-in-switch": {nil, keys("", "who")},
		"sign-in-many":   {many, nil},
		"sign-in-number": {func(_ *Setup, w *world) { w.desk.members, w.desk.duty = nil, staff.Duty{} }, keys("17")},
		"shift":          {func(_ *Setup, w *world) { w.desk.on("Anna-01", staff.Manager, 0) }, keys("20000")},
		"no-sales":       {func(_ *Setup, w *world) { w.desk.on("T-04", staff.Installer, 0) }, nil},
		"counter":        {nil, keys("7800")},
		"counter-alert":  {nil, show("tap-unsent-alert")},
		"items":          {items, nil},
		"items-bill":     {items, keys("500", "item.0", "item.0", "item.1", "item.2", "group.1", "item.0")},
		"items-alert": {items, func(t testing.TB, k *Kiosk, w *world) {
			keys("", "item.0")(t, k, w)
			k.show(v["alert-largest"])
		}},
		"tip":          {func(s *Setup, _ *world) { s.Tips = []int{5, 10, 15} }, keys("7800", "charge")},
		"tip-free":     {func(s *Setup, _ *world) { s.Tips = []int{5, 10, 15} }, keys("7800", "charge", "tip.other", "key.7")},
		"cash":         {nil, keys("7800", "cash")},
		"cash-given":   {nil, keys("7800", "cash", "key.1", "key.00", "key.00")},
		"cash-missing": {nil, keys("9999999999", "cash", "key.7")},
		"change":       {nil, keys("7800", "cash", "note.2")},
		"change-code":  {receipt, keys("7800", "cash", "note.0")},
		"recent":       {items, keys("", "recent")},
		"detail":       {receipt, keys("", "recent.0")},
		"detail-no":    {nil, keys("", "recent.1")},
		"detail-unknown": {func(s *Setup, _ *world) {
			s.Recent = func(int) []Recent {
				return []Recent{{Number: 9, At: now, Amount: money.Amount{Minor: 7800, Currency: money.CNY}, State: StateUnknown}}
			}
		}, keys("", "recent.0")},
		"training":           {training, keys("500")},
		"training-items":     {func(s *Setup, w *world) { training(s, w); items(s, w) }, keys("", "item.0")},
		"training-cash":      {training, keys("7800", "cash")},
		"training-present":   {training, show("tap")},
		"training-notice":    {training, show("notice-" + string(sale.ReasonOtherSale))},
		"training-finger":    {training, show("retry")},
		"training-paid":      {training, show("paid")},
		"interrupted":        {nil, interrupted("unknown")},
		"interrupted-torn":   {nil, interrupted("tap-torn-other")},
		"paid-print":         {nil, show("paid")},
		"refused-again":      {nil, keysThen(keys("7800"), show("refused-"+string(sale.ReasonFunds)))},
		"print-trouble":      {func(_ *Setup, w *world) { w.printErr = errPrinter }, keysThen(show("paid"), keys("", "print"))},
		"jpy":                {in(jpy), keys("7800")},
		"jpy-cash":           {in(jpy), keys("7800", "cash")},
		"kwd":                {in(kwd), keys("7800")},
		"kwd-cash":           {in(kwd), keys("7800", "cash")},
		"one-screen":         {func(s *Setup, w *world) { alone(s, w); items(s, w) }, keys("", "item.0")},
		"one-screen-present": {alone, show("tap")},
		"one-screen-notice":  {alone, show("tap-notice")},
		"one-screen-finger":  {alone, show("finger")},
		"one-screen-paid":    {alone, show("paid")},
		"one-screen-torn":    {alone, show("tap-torn")},
	}
}

var (
	jpy = currencyOf("JPY")
	kwd = currencyOf("KWD")
)

func currencyOf(code string) money.Currency {
	c, err := money.CurrencyByCode(code)
	if err != nil {
		panic(err)
	}
	return c
}

func keysThen(list ...func(testing.TB, *Kiosk, *world)) func(testing.TB, *Kiosk, *world) {
	return func(t testing.TB, k *Kiosk, w *world) {
		for _, f := range list {
			f(t, k, w)
		}
	}
}

// look is an appearance in a language.
type look struct {
	language   string
	appearance widgets.Appearance
}

func looks() map[string]look {
	if golden.Saving() {
		all := map[string]look{}
		for _, language := range []string{"en", "zh", "de"} {
			all[language] = look{language, widgets.Appearance{}}
			all[language+"-light"] = look{language, widgets.Appearance{Light: true}}
			all[language+"-contrast"] = look{language, widgets.Appearance{HighContrast: true}}
			all[language+"-large"] = look{language, widgets.Appearance{TextScale: 2}}
		}
		return all
	}
	all := map[string]look{
		"en": {"en", widgets.Appearance{}}, "zh-light": {"zh", widgets.Appearance{Light: true}}, "de": {"de", widgets.Appearance{}},
		"en-large": {"en", widgets.Appearance{TextScale: 2}}, "zh-contrast-large": {"zh", widgets.Appearance{TextScale: 2, HighContrast: true}},
		"de-light-large":  {"de", widgets.Appearance{TextScale: 2, Light: true}},
		"en-light-larger": {"en", widgets.Appearance{TextScale: 1.5, HighContrast: true, Light: true}},
		"zh-larger":       {"zh", widgets.Appearance{TextScale: 1.5}}, "de-larger": {"de", widgets.Appearance{TextScale: 1.5}},
	}
	if underRace {
		return map[string]look{"de-light-large": all["de-light-large"]}
	}
	return all
}

// sampled are the screens that are compared with the pictures kept of them in other looks than English and dark, where all are.
var sampled = map[string]bool{
	"sign-in-pin": true, "shift": true, "counter": true, "counter-alert": true, "items-bill": true, "tip": true, "cash-given": true, "change": true,
	"detail": true, "training-present": true, "interrupted": true, "one-screen-present": true, "finger-advised": true, "tap-torn": true, "paid-print": true, "refused-funds": true,
}

// kept says whether a picture of a screen is kept to compare with.
func kept(look, screen string) bool {
	switch look {
	case "en":
		return true
	case "zh-light", "de", "zh-contrast-large", "de-light-large":
		return sampled[screen]
	}
	return false
}

// TestGallery looks at every screen in every language at every size of text: nothing is cut, lies over something else, is
// split within a word or is too small to touch. It compares them with the pictures kept of them, and with -gallery saves all.
func TestGallery(t *testing.T) {
	for name, l := range looks() {
		t.Run(name, func(t *testing.T) {
			check := func(t *testing.T, k *Kiosk, screen string) {
				k.stage.Window().Resize(kioskSize)
				if least := k.stage.Window().Content().MinSize(); least.Width > kioskSize.Width || least.Height > kioskSize.Height {
					t.Errorf("%s needs %v", screen, least)
				}
				for _, wrong := range misfits(k.stage.Window()) {
					t.Errorf("%s: %s", screen, wrong)
				}
				golden.Look(t, name+"-"+screen, k.stage.Window(), !underRace && kept(name, screen))
			}
			for screen, s := range states(t) {
				if !golden.Wanted(name + "-" + screen) {
					continue
				}
				t.Run(screen, func(t *testing.T) { // so that each window goes when it has been looked at
					k, w := newWorld(t, l.language, l.appearance, s.setup)
					k.ShowDevices(testDevices())
					if s.enter != nil {
						s.enter(t, k, w)
					}
					if k.view.Stage == sale.Presenting {
						k.ShowFrame(scene(), nil)
					}
					check(t, k, screen)
				})
			}
			if underRace || !golden.Saving() && l.appearance.TextScale != 2 && name != "en" {
				return // sizes between, which those have shown; the race detector sees the same lines above
			}
			k, _ := newTestKiosk(t, l.language, l.appearance, kioskSize)
			k.ShowDevices(testDevices())
			for screen, v := range views(t) {
				if !golden.Wanted(name+"-"+screen) || !golden.Saving() && !longest(screen) {
					continue
				}
				k.shown = shown{} // another sale may have the same number here, whose screen would stay
				k.show(v)
				if v.Stage == sale.Presenting || v.Stage == sale.Opening { // which keeps the picture that the code was found in
					k.ShowFrame(scene(), nil)
				}
				check(t, k, screen)
			}
		})
	}
}

// longest says whether a view is looked at where nobody wants its picture: of the reasons only those with
// the longest words, for all run the same lines.
func longest(name string) bool {
	if !strings.HasPrefix(name, "refused-") && !strings.HasPrefix(name, "notice-") {
		return true
	}
	for _, reason := range []sale.Reason{sale.ReasonFull, sale.ReasonTapBlocked, sale.ReasonConflict, sale.ReasonTapFunds} {
		if strings.HasSuffix(name, "-"+string(reason)) {
			return true
		}
	}
	return false
}

func testDevices() []Device {
	return []Device{{ID: "network"}, {ID: "camera", Word: "device.camera.missing", Bad: true}, {ID: "sensor"}, {ID: "reader", Word: "device.reader.missing"}}
}

// tapOn presses a named control as a finger does.
func tapOn(t testing.TB, k *Kiosk, control string) {
	t.Helper()
	if o, there := k.controls[control]; !there || !o.Visible() {
		t.Fatalf("no %s on screen %s: %v", control, k.stage.Screen(), k.stage.Targets())
	}
	target := k.stage.Targets()[control]
	scale := k.stage.Window().Canvas().Scale()
	tapCanvas(k, fyne.NewPos(float32(target.X+target.Width/2)/scale, float32(target.Y+target.Height/2)/scale))
}
