package screens

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol"
)

const code = "CS1P:A1 7%3 0B *C/9:.$+-XYZ"

// What a wand types goes to the till wherever the focus is, and never into the amount.
func TestWand(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Items = menu(s.Currency) })
	typeSlowly(k, w, "78")
	typeFast(k, w, code)
	k.stage.Window().Canvas().Focus(k.controls["item.0"].(fyne.Focusable))
	typeFast(k, w, strings.ToLower(code)) // Caps Lock
	if !slices.Equal(w.wands, []string{code, code}) || k.due() != 78 || len(w.who.began) != 0 {
		t.Errorf("heard %q, due %d, began %v", w.wands, k.due(), w.who.began)
	}
	k.show(views(t)["present"])
	typeFast(k, w, code)
	if len(w.wands) != 3 {
		t.Errorf("heard %q", w.wands)
	}
	k.show(views(t)["amount"])

	// A person who types the same letters is no wand.
	typeSlowly(k, w, "CS1 5")
	w.clock = w.clock.Add(time.Second)
	typeKey(k, fyne.KeyReturn)
	if len(w.wands) != 3 || !slices.Equal(w.who.began, []protocol.Amount{15}) {
		t.Errorf("heard %q, began %v", w.wands, w.who.began)
	}

	// Codes on goods are no amounts either.
	k.clear()
	typeSlowly(k, w, "9")
	typeFast(k, w, "4006381333931")
	if k.due() != 9+1200 || len(w.who.began) != 1 {
		t.Errorf("due %d, began %v", k.due(), w.who.began)
	}
	typeFast(k, w, "96385074")
	if k.due() != 9+1200 || k.said.Text() != "No item has the code 96385074." || len(w.who.began) != 1 {
		t.Errorf("due %d, says %q", k.due(), k.said.Text())
	}
}

// Digits that a wand types are told no longer than there is room for, and those that are too
// many for a code on goods are nobody's: neither is an amount or somebody's Enter.
func TestLongWand(t *testing.T) {
	k, w := newWorld(t, "de", widgets.Appearance{TextScale: 2}, func(s *Setup, _ *world) { s.Items = menu(s.Currency) })
	typeSlowly(k, w, "9")
	for _, c := range []struct{ length, told int }{{goodsTold, goodsTold}, {goodsTold + 1, goodsTold}, {goodsMost, goodsTold}, {goodsMost + 1, 0}, {wandMost, 0}, {wandMost + 9, 0}} {
		typeFast(k, w, strings.Repeat("7", c.length))
		if says := k.said.Text(); strings.Count(says, "7") != c.told || strings.Contains(says, "…") != (c.told > 0 && c.length > c.told) {
			t.Errorf("%d digits: says %q", c.length, says)
		}
		if k.due() != 9 || len(w.who.began) != 0 {
			t.Errorf("%d digits: due %d, began %v", c.length, k.due(), w.who.began)
		}
		for _, wrong := range misfits(k.stage.Window()) {
			t.Errorf("%d digits: %s", c.length, wrong)
		}
	}
}

// A code on goods is nobody's cash, float or tip, and does not take an outcome off.
func TestWandElsewhere(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Tips = []int{10} })
	typeSlowly(k, w, "7800/1")
	typeFast(k, w, "96385074")
	on(t, k, "cash")
	if k.givenMinor() != 1 || len(w.drawer.sold) != 0 {
		t.Errorf("given %d, sold %v", k.givenMinor(), w.drawer.sold)
	}
	press(t, k, "leave", "charge", "tip.other", "key.7")
	typeFast(k, w, "96385074")
	if a, _ := k.tip.entry.Amount(); a.Minor != 7 || len(w.who.bills) != 0 {
		t.Errorf("a tip of %v, charged %v", a, w.who.bills)
	}
	k.show(views(t)["paid"])
	typeFast(k, w, "96385074")
	if w.who.dismissed != 0 {
		t.Error("an outcome was taken off by goods")
	}
	w.clock = w.clock.Add(time.Second)
	typeKey(k, fyne.KeyReturn)
	if w.who.dismissed != 1 {
		t.Error("an outcome stays")
	}

	// At the manager's pages it is no amount and no PIN, and its Enter no yes.
	k.show(sale.View{Stage: sale.Idle})
	press(t, k, "menu")
	before, runes := len(w.office.keys), len(w.office.runes)
	typeFast(k, w, "96385074")
	if len(w.office.keys) != before || len(w.office.runes) != runes {
		t.Errorf("the manager's page was given %v and %q", w.office.keys[before:], string(w.office.runes[runes:]))
	}
	w.office.leave()

	// A long PIN is typed fast by some.
	w.desk.pins["Bernd-02"] = "831640275911"
	press(t, k, "lock", "member.1")
	typeFast(k, w, "831640275911")
	on(t, k, "amount")
}

// Digits reach the manager's pages once it is known that a person types them: when a wand would have typed on, before any
// other key and any other character, in order. Those of a page that was left are nobody's.
func TestPagesGetDigitsOfPeople(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(*Setup, *world) {})
	press(t, k, "menu")
	got := func(want string) {
		t.Helper()
		if have := string(w.office.runes); have != want {
			t.Errorf("the pages have %q, want %q", have, want)
		}
	}
	typed := func(text string, gap time.Duration) {
		for _, r := range text {
			w.clock = w.clock.Add(gap)
			k.typedRune(r)
		}
	}
	wait := func() {
		w.clock = w.clock.Add(2 * wandGap)
		for _, f := range w.waits {
			f()
		}
		w.waits = nil
	}
	typed("7", time.Second)
	got("")
	wait()
	got("7")
	typed("12", 50*time.Millisecond) // a quick person, or a slow wand
	wait()
	got("712")
	typed("34", 150*time.Millisecond) // the next digit tells of the one before
	got("7123")
	typeKey(k, fyne.KeyBackspace)
	got("71234")
	if n := len(w.office.keys); n != 1 || w.office.keys[0] != fyne.KeyBackspace {
		t.Errorf("keys %v", w.office.keys)
	}
	typed("5a", time.Millisecond)
	got("712345a")
	wait()
	typed("8264", 3*time.Millisecond) // a PIN that is typed as fast as a wand would, and sent at once
	typeKey(k, fyne.KeyReturn)
	got("712345a8264")
	if n := len(w.office.keys); n != 2 || w.office.keys[1] != fyne.KeyReturn {
		t.Errorf("keys %v", w.office.keys)
	}
	typed("9", time.Second)
	typeFast(k, w, "96385074") // after somebody's digit
	wait()
	got("712345a82649")
	typed("6", time.Second)
	w.office.leave()
	wait()
	got("712345a82649")
	if due := k.due(); due != 0 {
		t.Errorf("the amount is %d", due)
	}
}

// FuzzWand feeds runes and pauses: never a panic, never a rune of a payment code to a person, and a code comes out as it went in.
func FuzzWand(f *testing.F) {
	f.Add(code, 3)
	f.Add("CCS1X", 1)
	f.Add("c", 200)
	f.Fuzz(func(t *testing.T, text string, gap int) {
		var w wand
		at := now
		forPeople := ""
		for _, r := range text {
			at = at.Add(time.Duration(gap%200) * time.Millisecond)
			if h, _ := w.rune(r, at); h == forPerson {
				forPeople += string(r)
			}
		}
		got, goods := w.enter(at)
		if got != "" && (!strings.HasPrefix(got, wandPrefix) || goods != "") {
			t.Errorf("%q came out of %q", got, text)
		}
		if gap%200 <= 80 && gap >= 0 && strings.HasPrefix(text, wandPrefix) && len(text) > 3 && len(text) < wandMost && got != strings.ToUpper(text) {
			t.Errorf("%q came out of %q", got, text)
		}
		if got != "" && got == strings.ToUpper(text) && forPeople != "" {
			t.Errorf("people got %q of %q", forPeople, text)
		}
	})
}
