package screens

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"countersign/app/terminal/sale"
	"countersign/app/terminal/staff"
	"countersign/app/widgets"
	"countersign/protocol"
)

// press touches several controls one after the other.
func press(t testing.TB, k *Kiosk, controls ...string) {
	t.Helper()
	for _, c := range controls {
		tapOn(t, k, c)
	}
}

// typeSlowly types as a person does.
func typeSlowly(k *Kiosk, w *world, text string) {
	for _, r := range text {
		w.clock = w.clock.Add(time.Second)
		k.typedRune(r)
	}
}

// typeFast types as a wand does.
func typeFast(k *Kiosk, w *world, text string) {
	w.clock = w.clock.Add(time.Second)
	for _, r := range text {
		w.clock = w.clock.Add(2 * time.Millisecond)
		if on := k.stage.Window().Canvas().Focused(); on != nil {
			if r == ' ' {
				on.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
			}
			on.TypedRune(r)
			continue
		}
		k.typedRune(r)
	}
	w.clock = w.clock.Add(2 * time.Millisecond)
	typeKey(k, fyne.KeyReturn)
}

func on(t *testing.T, k *Kiosk, screen string) {
	t.Helper()
	if k.stage.Screen() != screen {
		t.Fatalf("on screen %s, want %s", k.stage.Screen(), screen)
	}
}

func TestSignIn(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(_ *Setup, w *world) { w.desk.duty = staff.Duty{Shift: 7} })
	on(t, k, "sign-in")
	press(t, k, "member.1", "key.8", "key.1", "sign-in")
	if len(w.desk.tried) != 0 || k.said.Text() != "A PIN has at least 4 digits." {
		t.Errorf("tried %v, says %q", w.desk.tried, k.said.Text())
	}
	press(t, k, "key.4", "key.9", "key.back", "key.1", "sign-in")
	if k.said.Text() != "Name or PIN is wrong. Try again." || k.sign.who != "Bernd-02" || len(k.sign.pin) != 0 {
		t.Errorf("says %q of %q", k.said.Text(), k.sign.who)
	}
	typeSlowly(k, w, "8140")
	typeKey(k, fyne.KeyEnter)
	on(t, k, "amount")
	if w.desk.duty.Cashier != "Bernd-02" {
		t.Errorf("on duty is %+v", w.desk.duty)
	}

	// Another cashier in one touch; whoever was on duty stays if nobody signs in.
	typeSlowly(k, w, "78")
	press(t, k, "who", "leave")
	on(t, k, "amount")
	press(t, k, "who", "member.0")
	typeSlowly(k, w, "274913")
	press(t, k, "sign-in")
	on(t, k, "amount")
	if w.desk.duty.Cashier != "Anna-01" || k.due() != 78 || w.desk.out != 0 {
		t.Errorf("on duty is %+v, due %d", w.desk.duty, k.due())
	}
	press(t, k, "lock")
	on(t, k, "sign-in")
	if w.desk.out != 1 || k.due() != 78 {
		t.Errorf("signed out %d times, due %d", w.desk.out, k.due())
	}
}

// Where names are not shown, everybody keys a number.
func TestSignInByNumber(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(_ *Setup, w *world) { w.desk.members, w.desk.duty = nil, staff.Duty{Shift: 7} })
	typeKey(k, fyne.KeyReturn)
	if k.said.Text() != "Touch your name or key your number first." {
		t.Errorf("says %q", k.said.Text())
	}
	typeSlowly(k, w, "17")
	typeKey(k, fyne.KeyReturn)
	typeSlowly(k, w, "8140")
	typeKey(k, fyne.KeyReturn)
	on(t, k, "amount")
	if !slices.Equal(w.desk.tried, []string{"17/8140"}) {
		t.Errorf("tried %v", w.desk.tried)
	}
}

// A locked name counts down in words, and is free again after its time.
func TestLockedOut(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(_ *Setup, w *world) {
		w.desk.duty = staff.Duty{}
		w.desk.err = &staff.LockedError{Until: now.Add(5 * time.Minute)}
	})
	press(t, k, "member.1", "key.8", "key.1", "key.4", "key.0", "sign-in")
	first := k.said.Text()
	w.clock = now.Add(4 * time.Minute)
	k.Tick()
	if second := k.said.Text(); first == second || second != "Too many wrong PINs. Wait 60 s, until "+k.book.Time(now.Add(5*time.Minute).Local())+", or ask a manager to unlock." {
		t.Errorf("says %q, then %q", first, second)
	}
	w.clock = now.Add(5 * time.Minute)
	k.Tick()
	if k.said.Text() != "Bernd-02: key your PIN." {
		t.Errorf("says %q", k.said.Text())
	}
}

// While the PIN is compared nothing else is taken, and a sale that comes in front stays there.
func TestSignInTakesTime(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(_ *Setup, w *world) { w.desk.duty, w.desk.later = staff.Duty{Shift: 7}, true })
	press(t, k, "member.1", "key.8", "key.1", "key.4", "key.0", "sign-in", "key.9", "sign-in")
	if len(w.desk.tried) != 1 || k.said.Text() != "One moment…" {
		t.Errorf("tried %v, says %q", w.desk.tried, k.said.Text())
	}
	k.show(views(t)["tap-torn"])
	w.desk.finish()
	on(t, k, "torn")
	k.show(sale.View{Stage: sale.Idle})
	on(t, k, "amount")
}

// Nobody at the window: it locks, but never in the middle of a sale, and what was keyed stays.
func TestAutoLock(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Patience = 1.5 })
	typeSlowly(k, w, "78")
	started := w.clock
	wait := func(d time.Duration) { w.clock = started.Add(d); k.Tick() }
	wait(179 * time.Second)
	on(t, k, "amount")
	press(t, k, "key.0") // which counts anew
	started = w.clock
	wait(179 * time.Second)
	on(t, k, "amount")
	wait(180 * time.Second)
	on(t, k, "sign-in")
	if k.due() != 780 {
		t.Errorf("due %d", k.due())
	}

	w.desk.on("Bernd-02", staff.Cashier, 7)
	k.redraw()
	for name, v := range map[string]sale.View{"present": views(t)["present"], "unknown": views(t)["unknown"]} {
		k.show(v)
		wait(time.Hour)
		on(t, k, name)
		k.show(sale.View{Stage: sale.Idle})
		press(t, k, "key.1")
		started = w.clock
	}
	// An outcome stays, but who takes it off is asked who it is.
	k.show(views(t)["paid"])
	wait(time.Hour)
	on(t, k, "outcome")
	k.show(sale.View{Stage: sale.Idle})
	on(t, k, "sign-in")
	w.desk.on("Bernd-02", staff.Cashier, 7)
	k.goTo(atAmount)
	press(t, k, "key.1")
	started = w.clock
	press(t, k, "cash")
	wait(time.Hour)
	on(t, k, "cash")
	press(t, k, "leave", "menu")
	started = w.clock
	w.office.touched = started.Add(time.Hour)
	wait(time.Hour + time.Minute)
	if k.at != atOffice {
		t.Error("locked while somebody was reading")
	}
	w.office.stage.Show("office", widgets.Body("office")) // a page that is drawn anew was touched
	wait(3 * time.Hour)
	if k.at != atOffice {
		t.Error("locked while somebody was working")
	}
	wait(4 * time.Hour)
	on(t, k, "sign-in")
	if w.office.closed != 1 {
		t.Errorf("the manager's pages were closed %d times", w.office.closed)
	}
}

func TestShiftOpensWithFloat(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(_ *Setup, w *world) { w.desk.on("Anna-01", staff.Manager, 0) })
	on(t, k, "shift")
	press(t, k, "key.2", "key.00", "key.00", "open-shift")
	on(t, k, "amount")
	if !slices.Equal(w.desk.float, []protocol.Amount{20000}) {
		t.Errorf("opened with %v", w.desk.float)
	}
}

func TestInstallerCannotSell(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(_ *Setup, w *world) { w.desk.on("T-04", staff.Installer, 7) })
	on(t, k, "no-sales")
	typeSlowly(k, w, "78")
	if k.due() != 0 || len(w.who.began) > 0 {
		t.Errorf("an installer keyed %d", k.due())
	}
	typeKey(k, fyne.KeyReturn)
	if len(w.office.who) != 1 || w.office.who[0].Role != staff.Installer {
		t.Errorf("the menu was opened for %v", w.office.who)
	}
	w.office.leave()
	on(t, k, "no-sales")
}

func TestOffice(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, nil)
	press(t, k, "menu")
	on(t, k, "office")
	typeSlowly(k, w, "7")
	typeKey(k, fyne.KeyEscape)
	if string(w.office.runes) != "7" || !slices.Equal(w.office.keys, []fyne.KeyName{fyne.KeyEscape}) || w.office.who[0].ID != "Bernd-02" {
		t.Errorf("the office heard %q %v for %v", string(w.office.runes), w.office.keys, w.office.who)
	}
	k.Prefer("zh", widgets.Appearance{TextScale: 2})
	if w.office.tag != "zh" || textScale() != 2 {
		t.Errorf("preferences: %s, %v", w.office.tag, textScale())
	}
	k.show(sale.View{Stage: sale.Idle, Alerts: views(t)["alert"].Alerts})
	on(t, k, "office") // an alert does not take it off
	k.show(views(t)["unknown"])
	on(t, k, "unknown") // a sale does
	if w.office.closed != 1 {
		t.Errorf("closed %d times", w.office.closed)
	}
	w.office.leave() // too late
	on(t, k, "unknown")
}

// A key that is pressed while a notice or a missing device has the page built anew is not lost.
func TestPressIsKeptWhilePageIsBuiltAnew(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, nil)
	v := views(t)["present"]
	k.show(v)
	pressed := k.controls["cancel"].(*widgets.TouchKey)
	pressed.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	v.Notice, v.Notices = sale.ReasonOtherSale, 1
	k.show(v)
	now := k.controls["cancel"].(*widgets.TouchKey)
	if now == pressed {
		t.Fatal("the page is the one that was there")
	}
	now.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	if w.who.cancelled != 1 {
		t.Errorf("cancelled %d times", w.who.cancelled)
	}
}
