package screens

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/devices/imager"
	"countersign/devices/imager/virtualimager"
)

const croissant = "4006381333931" // 12.00 in the menu

func labelled(s *Setup, _ *world) {
	s.Items = menu(s.Currency)
	s.Items[0].Items[0].Code = "ESP-01/A" // a label of the shop's own, 18.00
}

// What an imager reads from goods goes on the bill beside what was keyed, and nothing else
// that it reads does anything.
func TestGoods(t *testing.T) {
	k, w := newWorld(t, "en", widgets.Appearance{}, labelled)
	typeSlowly(k, w, "9")
	for _, c := range []struct {
		code, says string
		due        int64
	}{
		{croissant, "", 9 + 1200},
		{croissant, "", 9 + 2*1200},
		{"96385074", "No item has the code 96385074.", 9 + 2*1200},
		{"ESP-01/A", "", 9 + 2*1200 + 1800},
		{"esp-01/a", "No item has the code esp-01/a.", 9 + 2*1200 + 1800},
	} {
		k.Goods(c.code)
		if says := k.said.Text(); k.due() != c.due || c.says != "" && says != c.says || c.says == "" && strings.HasPrefix(says, "No item") {
			t.Errorf("%s: due %d, says %q", c.code, k.due(), says)
		}
	}
	if l := k.bill.lines; len(l) != 2 || l[0].Quantity != 2 || l[1].Quantity != 1 {
		t.Errorf("the bill is %+v", l)
	}
	due, says := k.due(), k.said.Text()
	for _, junk := range []string{
		"", " ", " " + croissant, croissant + " ", "\t" + croissant, croissant + "\r", code, "CS1P:", "HTTPS://EXAMPLE.ORG", "400638\x00", "４００６３８１３",
		"<b>12345678</b>", strings.Repeat("1", goodsMost+1), strings.Repeat("9", imager.MaxText),
	} {
		k.Goods(junk)
		if k.due() != due || k.said.Text() != says {
			t.Errorf("%q: due %d, says %q", junk, k.due(), k.said.Text())
		}
	}
	if len(w.wands) != 0 || len(w.who.began) != 0 {
		t.Errorf("handed to the till: %q, %v", w.wands, w.who.began)
	}
}

// A code on goods that is read while something else goes on is nobody's: no item of the
// next bill, no answer, no touch.
func TestGoodsElsewhere(t *testing.T) {
	for name, there := range map[string]func(*Kiosk, *world){
		"during a sale":    func(k *Kiosk, _ *world) { k.show(views(t)["present"]) },
		"at an outcome":    func(k *Kiosk, _ *world) { k.show(views(t)["paid"]) },
		"at sign-in":       func(k *Kiosk, _ *world) { k.lock() },
		"at the office":    func(k *Kiosk, _ *world) { k.openOffice(0) },
		"taking cash":      func(k *Kiosk, w *world) { typeSlowly(k, w, "7800/"); on(t, k, "cash") },
		"asking for a tip": func(k *Kiosk, w *world) { typeSlowly(k, w, "7800"); press(t, k, "charge", "tip.other") },
	} {
		t.Run(name, func(t *testing.T) {
			k, w := newWorld(t, "en", widgets.Appearance{}, func(s *Setup, w *world) { labelled(s, w); s.Tips = []int{10} })
			there(k, w)
			w.clock = w.clock.Add(time.Second)
			due, touched, screen := k.due(), k.touched, k.stage.Screen()
			k.Goods(croissant)
			k.Goods("96385074")
			if k.due() != due || !k.bill.empty() || k.trouble != "" || !k.touched.Equal(touched) || k.stage.Screen() != screen {
				t.Errorf("due %d, bill %+v, trouble %q, screen %s", k.due(), k.bill.lines, k.trouble, k.stage.Screen())
			}
			if w.who.dismissed != 0 || len(w.office.keys)+len(w.office.runes) != 0 || len(w.drawer.sold) != 0 {
				t.Error("it was somebody's answer")
			}
		})
	}
}

// A code on goods at its longest is found; and told within the window where no item has it,
// at the largest text too.
func TestLongGoodsFit(t *testing.T) {
	long := strings.Repeat("M", goodsMost)
	for _, scale := range []float32{1, 2} {
		k, _ := newWorld(t, "de", widgets.Appearance{TextScale: scale}, func(s *Setup, w *world) {
			labelled(s, w)
			s.Items[2].Items[0].Code = long // 32.00
		})
		k.Goods(long)
		k.Goods(strings.Repeat("W", goodsMost))
		if says := k.said.Text(); k.due() != 3200 || strings.Count(says, "W") != goodsTold || !strings.Contains(says, "W…") {
			t.Errorf("due %d, says %q", k.due(), says)
		}
		for _, wrong := range misfits(k.stage.Window()) {
			t.Errorf("text × %g: %s", scale, wrong)
		}
	}
}

// FuzzGoods: whatever is read, at most the item goes on the bill whose code it is, and what
// is told of it is short and of signs that codes on goods have.
func FuzzGoods(f *testing.F) {
	for _, text := range []string{croissant, "ESP-01/A", "96385074", code, " 1", strings.Repeat("9", 40), "１２", "a\nb"} {
		f.Add(text)
	}
	k, _ := newWorld(f, "en", widgets.Appearance{}, labelled)
	f.Fuzz(func(t *testing.T, text string) {
		k.bill, k.trouble = bill{}, ""
		k.Goods(text)
		want := map[string]int64{croissant: 1200, "ESP-01/A": 1800}[text]
		told := strings.TrimSuffix(strings.TrimPrefix(k.trouble, "No item has the code "), ".")
		if k.due() != want || want != 0 && told != "" {
			t.Errorf("%q: due %d, says %q", text, k.due(), k.trouble)
		}
		if told = strings.TrimSuffix(told, "…"); len(told) > goodsTold || strings.Trim(told, goodsSigns) != "" || !strings.HasPrefix(text, told) {
			t.Errorf("%q: says %q", text, k.trouble)
		}
	})
}

// TestGoodsFromAnImager: over the line, from the imager's goroutine; a payment code that a
// sale waits for goes to the sale, and goods that are read meanwhile to nobody.
func TestGoodsFromAnImager(t *testing.T) {
	changes := make(chan func(), 64)
	test.NewTempApp(t).Settings().SetTheme(widgets.NewTheme(widgets.Appearance{}))
	window := test.NewTempWindow(t, nil)
	setup := testSetup("en")
	labelled(&setup, nil)
	k, err := newKiosk(widgets.NewStage(window, func(f func()) { changes <- f }), setup, &cashier{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "imager")
	v, err := virtualimager.Plug(path)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Pull(path)
	v.Prefix = "]C1"
	ready := make(chan error, 16)
	hand := imager.New(imager.Settings{Port: path, Changed: func(err error) { ready <- err }, Unclaimed: k.Goods})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	ended := make(chan error)
	go func() { ended <- hand.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	if err := <-ready; err != nil {
		t.Fatal(err)
	}
	due := func(want int64) {
		t.Helper()
		for k.due() != want {
			select {
			case f := <-changes:
				f()
			case <-ctx.Done():
				t.Fatalf("due %d, never %d; says %q", k.due(), want, k.said.Text())
			}
		}
	}
	if err := errors.Join(v.Read(croissant), v.Read(code), v.Read("ESP-01/A")); err != nil {
		t.Fatal(err)
	}
	due(1200)
	due(1200 + 1800)

	k.show(sale.View{Stage: sale.Presenting, Number: 7})
	type read struct {
		text string
		seen []string
	}
	got, waits := make(chan read, 1), make(chan bool)
	go func() {
		var r read
		close(waits)
		r.text, _ = hand.Scan(ctx, func(text string) bool { r.seen = append(r.seen, text); return text == code })
		got <- r
	}()
	<-waits
	for over := false; !over; { // until the sale waits, what is read is told to the window
		if err := errors.Join(v.Read(croissant), v.Read(code)); err != nil {
			t.Fatal(err)
		}
		again := time.NewTimer(time.Second)
		select {
		case r := <-got:
			if over = true; r.text != code || !slices.Contains(r.seen, croissant) && len(r.seen) != 1 {
				t.Errorf("the sale read %q of %q", r.text, r.seen)
			}
		case <-again.C:
		}
		again.Stop()
	}
	for len(changes) > 0 {
		(<-changes)()
	}
	if k.due() != 3000 {
		t.Errorf("due %d after what was read during a sale", k.due())
	}
}
