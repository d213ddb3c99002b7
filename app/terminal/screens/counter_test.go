package screens

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol/money"
)

// The outcome stays, whatever time it is, until somebody dismisses it; its receipt is printed
// beside it, and a printer's trouble only told.
func TestOutcomeStaysAndPrints(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, nil)
	k.show(views(t)["paid"])
	w.clock = w.clock.Add(24 * time.Hour)
	k.Tick()
	on(t, k, "outcome")
	press(t, k, "print")
	if !slices.Equal(w.prints, []uint64{123}) || k.controls["print"].(*widgets.TouchKey).Label() != "Print again" {
		t.Errorf("printed %v, the key says %q", w.prints, k.controls["print"].(*widgets.TouchKey).Label())
	}
	w.printErr = errPrinter
	press(t, k, "print")
	if !warned(k, "receipt") {
		t.Errorf("the row says %v", k.row.Statuses())
	}
	press(t, k, "new-sale")
	k.show(sale.View{Stage: sale.Idle})
	on(t, k, "sign-in") // nobody has been here for a day
	if !warned(k, "receipt") || w.who.dismissed != 1 {
		t.Errorf("the row says %v, dismissed %d", k.row.Statuses(), w.who.dismissed)
	}
	k.show(views(t)["cancelled"])
	if _, there := k.controls["print"]; there {
		t.Error("a receipt is offered for nothing")
	}
}

func warned(k *Kiosk, id string) bool {
	return slices.ContainsFunc(k.row.Statuses(), func(s widgets.Status) bool { return s.ID == id && s.Meaning == widgets.Attention })
}

// The receipt's own code comes before the one in the view.
func TestReceiptCode(t *testing.T) {
	v := views(t)["paid"]
	asked := uint64(0)
	k, _ := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) {
		s.Receipt = func(n uint64) string { asked = n; return "CS1T:SHORT" }
	})
	k.show(v)
	code := k.controls["code"].(*widgets.ExactQR)
	if asked != 123 || code.Modules() > 29 {
		t.Errorf("asked for %d, %d modules", asked, code.Modules())
	}
}

// What was refused without a payment can be charged again as it is; what needs a manager first can not.
func TestChargeAgain(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Items = menu(s.Currency) })
	press(t, k, "item.0", "key.5")
	for name, want := range map[string]bool{"refused-" + string(sale.ReasonFunds): true, "cancelled": true, "expired": true, "paid": false, "reversed": false,
		"refused-" + string(sale.ReasonConflict): false, "tap-given-up": false, "no-finger-or-pin": false} {
		k.show(views(t)[name])
		if _, there := k.controls["again"]; there != want {
			t.Errorf("%s: charged again: %v", name, there)
		}
	}
	k.show(views(t)["refused-"+string(sale.ReasonFunds)])
	press(t, k, "again")
	k.show(sale.View{Stage: sale.Idle})
	if k.due() != 1805 || w.who.dismissed != 1 {
		t.Errorf("due %d", k.due())
	}
	k.show(views(t)["refused-"+string(sale.ReasonFunds)])
	press(t, k, "new-sale")
	k.show(sale.View{Stage: sale.Idle})
	if k.due() != 0 {
		t.Errorf("due %d", k.due())
	}
}

// A last sale tells in words how it stands; a refund leads to the manager's pages for whoever may.
func TestDetail(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, nil)
	press(t, k, "recent.1")
	on(t, k, "detail")
	if !says(k, "Not enough money") {
		t.Errorf("says %q", words(k))
	}
	if _, there := k.controls["refund"]; there {
		t.Error("a refund of what was refused")
	}
	typeKey(k, fyne.KeyEscape)
	press(t, k, "recent.0", "print", "refund")
	if !slices.Equal(w.prints, []uint64{4}) || !slices.Equal(w.office.refunds, []uint64{4}) {
		t.Errorf("printed %v, refunds %v", w.prints, w.office.refunds)
	}
	w.office.leave()
	w.desk.duty.Role = staff.Role("trainee") // who may nothing
	k.chosen = testSetup("en").Recent(1)[0]
	if k.refundable(k.chosen) {
		t.Error("a refund by whoever may not")
	}
}

func says(k *Kiosk, text string) bool { return strings.Contains(words(k), text) }

// words are all that the window says.
func words(k *Kiosk) string {
	var all []string
	for _, o := range test.LaidOutObjects(k.stage.Window().Content()) {
		if p, is := o.(*widgets.Paragraph); is && p.Visible() {
			all = append(all, p.Text())
		}
	}
	return strings.Join(all, "\n")
}

// A training is marked on every screen, by word and pattern, numbers its sales apart, and has keys
// that play the customer.
func TestTraining(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Tips = []int{10} })
	all := views(t)
	for _, name := range []string{"amount", "preparing", "present", "finger", "tap-paying", "tap-confirm", "tap-torn", "sending", "unknown", "paid"} {
		v := all[name]
		k.Training = nil
		k.show(v)
		k.redraw()
		if says(k, "TRAINING") {
			t.Errorf("%s is marked as training", name)
		}
		k.Training = w.actor
		k.redraw()
		if !says(k, "TRAINING") {
			t.Errorf("%s is not marked as training", name)
		}
	}
	for _, p := range []place{atAmount, atSignIn, atTip, atCash, atRecent, atDetail} {
		k.show(sale.View{Stage: sale.Idle})
		k.goTo(p)
		if !says(k, "TRAINING") {
			t.Errorf("place %d is not marked as training", p)
		}
	}
	k.show(views(t)["finger"])
	press(t, k, "act.finger", "act.silence")
	if !slices.Equal(w.actor.played, []Act{ActFinger, ActSilent}) {
		t.Errorf("played %v", w.actor.played)
	}
	k.show(views(t)["paid"])
	if !says(k, "No. T000123") {
		t.Errorf("says %q", words(k))
	}
	k.Training = nil
	v := views(t)["paid"]
	v.Training = true
	k.show(v)
	k.redraw()
	if !says(k, "TRAINING") || !says(k, "No. T000123") {
		t.Errorf("a view of a training says %q", words(k))
	}
}

// A training is ended from its own window, between sales only.
func TestEndTraining(t *testing.T) {
	ended := 0
	k, _ := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, w *world) {
		s.Training, s.EndTraining = w.actor, func() error { ended++; return nil }
	})
	for _, name := range []string{"preparing", "present", "finger", "tap-torn", "sending", "unknown", "paid", "cancelled"} {
		k.show(views(t)[name])
		if _, there := k.controls["training.end"]; there {
			t.Errorf("%s: the training can be ended", name)
		}
	}
	k.show(sale.View{Stage: sale.Idle})
	press(t, k, "training.end")
	if ended != 1 {
		t.Errorf("ended %d times", ended)
	}
	k.Training = nil
	k.redraw()
	if _, there := k.controls["training.end"]; there {
		t.Error("what is no training can be ended")
	}
}

// A sale that was interrupted comes back as it stands, and the screen says so.
func TestInterrupted(t *testing.T) {
	k, _ := newWorld(t, "en", widgets.Appearance{}, nil)
	v := views(t)["unknown"]
	v.Interrupted = now
	k.show(v)
	if !says(k, "Sale 000123 was interrupted at "+k.book.Time(now.Local())+".") || !says(k, "No answer yet") {
		t.Errorf("says %q", words(k))
	}
	v.Number, v.Interrupted = 124, time.Time{}
	k.show(v)
	if says(k, "interrupted") {
		t.Errorf("says %q", words(k))
	}
}

// Without a cashier nobody has to look away from what the customer is told: larger words, and none of
// the keys that are a cashier's.
func TestOneScreen(t *testing.T) {
	k, _ := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Layout, s.Staff = LayoutOneScreen, nil })
	for _, id := range []string{"cash", "recent", "recent.0", "who", "lock"} {
		if _, there := k.controls[id]; there {
			t.Errorf("there is %s", id)
		}
	}
	counter, _ := newWorld(t, "en", widgets.Appearance{}, nil)
	k.show(views(t)["present"])
	counter.show(views(t)["present"])
	if large, small := sizeOf(k, "terminal.present.scan"), sizeOf(counter, "terminal.present.scan"); large <= small {
		t.Errorf("%v where nobody stands by, %v at the counter", large, small)
	}
}

func sizeOf(k *Kiosk, key string) float32 {
	for _, o := range test.LaidOutObjects(k.stage.Window().Content()) {
		if p, is := o.(*widgets.Paragraph); is && p.Text() == k.book.Say(key) {
			return p.FittedSize()
		}
	}
	return 0
}

// Everything on the amount's screen can be reached and pressed by the keyboard, and what was
// pressed keeps the focus although the screen is built anew.
func TestKeyboardReachesEverything(t *testing.T) {
	k, _ := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Items = menu(s.Currency) })
	press(t, k, "item.0")
	canvas := k.stage.Window().Canvas()
	seen := map[string]bool{}
	for range len(k.controls) + 2 {
		canvas.FocusNext()
		seen[k.focusedControl()] = true
	}
	for id, o := range k.controls {
		if _, is := o.(fyne.Focusable); is && !seen[id] {
			t.Errorf("Tab does not reach %s", id)
		}
	}
	canvas.Focus(k.controls["more.0"].(fyne.Focusable))
	for range 3 {
		canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	}
	if k.bill.lines[0].Quantity != 4 || k.focusedControl() != "more.0" {
		t.Errorf("%+v, focus on %q", k.bill.lines, k.focusedControl())
	}
	canvas.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) // charges wherever the focus is
	if k.intents.(*cashier).bills[0].Amount != 4*1800 {
		t.Errorf("charged %+v", k.intents.(*cashier).bills)
	}
}

// Currencies have the decimals of ISO 4217.
func TestCurrencies(t *testing.T) {
	for _, c := range []struct {
		currency money.Currency
		shown    string
	}{{jpy, "78"}, {money.CNY, "0.78"}, {kwd, "0.078"}} {
		k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Currency, s.Quick = c.currency, nil })
		typeSlowly(k, w, "78")
		if got := k.of(k.due()).Parts("en").Number; got != c.shown {
			t.Errorf("%s shows %s, want %s", c.currency, got, c.shown)
		}
	}
}
