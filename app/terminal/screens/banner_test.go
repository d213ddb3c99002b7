package screens

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
)

// The banner stands on the cashier's screens while an alert does, is not drawn
// where the customer looks, and does not say twice what the screen says.
func TestBannerStands(t *testing.T) {
	k, who := newTestKiosk(t, "en", widgets.Appearance{}, fyne.NewSize(1280, 800))
	all := views(t)
	for name, want := range map[string]bool{
		"amount": false, "unresolved": false, "alert": true, "alert-told": true, "alert-paid": true, "alert-own": true,
	} {
		k.show(all[name])
		if box, _ := k.banner(); (box != nil) != want {
			t.Errorf("%s: banner is there: %v", name, box != nil)
		}
	}
	k.show(all["alert-own"])
	if list := k.alerts(); len(list) > 1 {
		t.Errorf("the unknown screen repeats itself: %+v", list)
	}
	present := all["present"]
	present.Alerts = all["alert"].Alerts
	k.show(present)
	if box, _ := k.banner(); box != nil {
		t.Error("the customer sees the banner")
	}

	// One that was resolved is told first, and goes when it was seen; one that
	// stands has no key to press.
	k.show(all["alert-told"])
	_, controls := k.banner()
	i := slices.IndexFunc(controls, func(c widgets.Control) bool { return c.ID == "alert.seen" })
	if i < 0 {
		t.Fatal("there is no key")
	}
	test.Tap(controls[i].Object.(*widgets.TouchKey))
	if !slices.Equal(who.saw, []uint64{121}) {
		t.Errorf("saw %v", who.saw)
	}
	k.show(all["alert"])
	if _, controls := k.banner(); slices.ContainsFunc(controls, func(c widgets.Control) bool { return c.ID == "alert.seen" }) {
		t.Error("an alert that stands can be put away")
	}

	// The screen changes with what is being done.
	before := k.shown
	changed := all["alert"]
	changed.Alerts = slices.Clone(changed.Alerts)
	changed.Alerts[0].Doing = sale.Reversing
	k.show(changed)
	if k.shown == before {
		t.Error("the banner says what was being done before")
	}
}

// Nothing on a torn tap's screen says that nothing was charged: nobody knows.
func TestTornNoticesPromiseNothing(t *testing.T) {
	for language, promise := range map[string]string{"en": "othing was charged", "zh": "没有扣款"} {
		k, _ := newTestKiosk(t, language, widgets.Appearance{}, kioskSize)
		for reason := range phrases {
			if !strings.HasPrefix(string(reason), "tap-") && reason != sale.ReasonJournal && reason != sale.ReasonReaderLost && reason != sale.ReasonToken || reason == sale.ReasonTapNever {
				continue
			}
			k.view = sale.View{Stage: sale.Torn, Amount: 7800, Currency: 156, Notice: reason}
			if heading, text := k.reason(reason); strings.Contains(heading+text, promise) {
				t.Errorf("%s: %s %s", reason, heading, text)
			}
		}
	}
}
