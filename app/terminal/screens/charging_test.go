package screens

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/protocol/money"
)

func TestItems(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.Items, s.KeyedTax = menu(s.Currency), 700 })
	press(t, k, "item.0", "item.0", "item.1", "key.5", "key.00")
	if k.due() != 1800*2+2600+500 {
		t.Errorf("due %d", k.due())
	}
	press(t, k, "more.1", "less.0")
	typeSlowly(k, w, "-") // the last line
	if k.due() != 1800+2600+500 {
		t.Errorf("due %d: %v", k.due(), k.bill.lines)
	}
	press(t, k, "less.1", "less.0")
	if !k.bill.empty() {
		t.Errorf("left %v", k.bill.lines)
	}
	press(t, k, "group.1", "item.0")
	typeSlowly(k, w, "+") // keeps what was keyed
	press(t, k, "key.7")
	press(t, k, "charge")
	want := sale.Bill{Amount: 2400 + 500 + 7, Items: []sale.Item{{Text: "Apfelkuchen", Quantity: 1, Each: 2400, Tax: 700},
		{Text: "Other", Quantity: 1, Each: 500, Tax: 700}, {Text: "Other", Quantity: 1, Each: 7, Tax: 700}}}
	if len(w.who.bills) != 1 || w.who.bills[0].Amount != want.Amount || !slices.Equal(w.who.bills[0].Items, want.Items) {
		t.Fatalf("charged %+v, want %+v", w.who.bills, want)
	}
	if err := w.who.bills[0].Check(); err != nil {
		t.Error(err)
	}

	// More than there is money is not added, and Clear takes first what was keyed, then the bill.
	typeKey(k, fyne.KeyEscape)
	if k.bill.empty() || k.keyedMinor() != 0 {
		t.Errorf("left %v and %d", k.bill.lines, k.keyedMinor())
	}
	k.bill.lines[0].Each, k.bill.lines[0].Quantity = money.MaxMinor-500, 1
	press(t, k, "item.1")
	if k.trouble == "" || len(k.bill.lines) != 2 {
		t.Errorf("%q with %v", k.trouble, k.bill.lines)
	}
	typeKey(k, fyne.KeyEscape)
	typeKey(k, fyne.KeyEscape)
	if !k.bill.empty() {
		t.Errorf("left %v", k.bill.lines)
	}
}

// The tax that is in keyed prices is in the bill, also of one that was keyed alone, by code
// and for cash.
func TestKeyedTax(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, _ *world) { s.KeyedTax = 1900 })
	press(t, k, "key.5", "key.00", "charge")
	k.clear()
	press(t, k, "key.5", "key.00", "cash", "note.0")
	if len(w.who.bills) != 1 || len(w.drawer.sold) != 1 {
		t.Fatalf("charged %+v, sold %+v", w.who.bills, w.drawer.sold)
	}
	want := []sale.Item{{Text: "Other", Quantity: 1, Each: 500, Tax: 1900}}
	for _, b := range []sale.Bill{w.who.bills[0], w.drawer.sold[0]} {
		if b.Amount != 500 || !slices.Equal(b.Items, want) || b.Check() != nil || !slices.Equal(b.Tax(), []sale.TaxLine{{Rate: 1900, Net: 420, Tax: 80}}) {
			t.Errorf("%+v: %v", b, b.Check())
		}
	}
}

// Every item and every line can be reached by turning.
func TestItemsTurn(t *testing.T) {
	k, _ := newWorld(t, "de", widgets.Appearance{TextScale: 2}, func(s *Setup, _ *world) { s.Items = menu(s.Currency) })
	seen := map[string]bool{}
	for range 3 {
		for id := range k.controls {
			seen[id] = true
		}
		press(t, k, "groups")
	}
	for _, id := range []string{"group.0", "group.1", "group.2", "group.3", "group.4"} {
		if !seen[id] {
			t.Errorf("%s cannot be reached: %v", id, seen)
		}
	}
	k.group = 0
	k.build()
	for range 3 {
		for id := range k.controls {
			seen[id] = true
		}
		press(t, k, "items")
	}
	for _, id := range []string{"item.0", "item.3", "item.6"} {
		if !seen[id] {
			t.Errorf("%s cannot be reached", id)
		}
	}
}

func TestTip(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, w *world) {
		s.Tips = []int{5, 10}
		s.AskTip = func(q *TipQuestion) { w.asked = append(w.asked, q) }
	})
	typeSlowly(k, w, "7850")
	for _, answer := range [][]string{{"tip.0"}, {"tip.none"}, {"tip.other", "key.1", "key.00", "tip.give"}, {"leave"}} {
		press(t, k, append([]string{"charge"}, answer...)...)
		k.redraw() // as a till would by showing the sale
	}
	on(t, k, "amount")
	press(t, k, "charge")
	k.AnswerTip(250)
	k.AnswerTip(250) // twice is once
	tips := []protocol.Amount{}
	for _, b := range w.who.bills {
		tips = append(tips, b.Tip)
		if b.Amount != 7850+b.Tip {
			t.Errorf("charged %d with a tip of %d", b.Amount, b.Tip)
		}
	}
	if !slices.Equal(tips, []protocol.Amount{393, 100, 250}) || !slices.Equal(w.who.began, []protocol.Amount{7850}) {
		t.Errorf("tips %v, without %v", tips, w.who.began)
	}
	if len(w.asked) != 10 || w.asked[0].Choices[1].Tip.Minor != 785 || w.asked[9] != nil {
		t.Errorf("asked %d times: %+v", len(w.asked), w.asked)
	}
}

func TestCash(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, nil)
	press(t, k, "cash")
	on(t, k, "amount") // there is nothing to pay
	typeSlowly(k, w, "7800/")
	on(t, k, "cash")
	typeSlowly(k, w, "70")
	typeKey(k, fyne.KeyEnter)
	if len(w.drawer.sold) != 0 || k.said.Text() != "¥77.30 missing" {
		t.Errorf("sold %v, says %q", w.drawer.sold, k.said.Text())
	}
	typeKey(k, fyne.KeyEscape)
	on(t, k, "amount")
	press(t, k, "cash", "key.1", "key.00", "key.00")
	took := k.stage.Targets()["take"]
	press(t, k, "take")
	on(t, k, "change")
	if w.drawer.sold[0].Amount != 7800 || w.drawer.given[0] != 10000 {
		t.Errorf("sold %+v for %v", w.drawer.sold, w.drawer.given)
	}
	for range 20 { // held down
		typeKey(k, fyne.KeyEnter)
	}
	tapCanvas(k, fyne.NewPos(float32(took.X+took.Width/2), float32(took.Y+took.Height/2))) // touched twice
	w.clock = w.clock.Add(time.Hour)
	typeKey(k, fyne.KeyReturn)
	typeSlowly(k, w, "0123456789/-")
	if w.who.dismissed != 0 {
		t.Errorf("the change was taken off by what had taken the money: %d times", w.who.dismissed)
	}
	on(t, k, "change")
	typeSlowly(k, w, "+")
	typeKey(k, fyne.KeyEscape)
	press(t, k, "new-sale")
	if w.who.dismissed != 3 {
		t.Errorf("dismissed %d times", w.who.dismissed)
	}
	k.show(sale.View{Stage: sale.Idle})
	if k.due() != 0 {
		t.Errorf("still due: %d", k.due())
	}

	// What was not written down is not sold.
	w.drawer.err = errPrinter
	typeSlowly(k, w, "500")
	press(t, k, "cash", "note.0")
	on(t, k, "cash")
	if k.said.Text() == "" || k.due() != 500 {
		t.Errorf("says %q, due %d", k.said.Text(), k.due())
	}
}

func TestNotes(t *testing.T) {
	yuan := []money.Amount{{Minor: 100, Currency: money.CNY}, {Minor: 500, Currency: money.CNY}, {Minor: 1000, Currency: money.CNY}, {Minor: 2000, Currency: money.CNY}, {Minor: 5000, Currency: money.CNY}, {Minor: 10000, Currency: money.CNY}}
	for _, c := range []struct {
		due      int64
		currency money.Currency
		pieces   []money.Amount
		want     []int64
	}{
		{7800, money.CNY, yuan, []int64{7800, 8000, 10000}},
		{1234, money.CNY, yuan, []int64{1234, 1300, 1500, 2000, 5000, 10000}},
		{10000, money.CNY, yuan, []int64{10000}},
		{money.MaxMinor, money.CNY, yuan, []int64{money.MaxMinor}},
		{780, jpy, nil, []int64{780, 800, 1000, 2000, 5000}},
		{7800, kwd, nil, []int64{7800, 8000, 10000, 20000, 50000, 100000}},
	} {
		if got := notes(c.due, c.currency, c.pieces); !slices.Equal(got, c.want) {
			t.Errorf("%d %s: %v, want %v", c.due, c.currency, got, c.want)
		}
	}
}
