package screens

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/app/terminal/sale"
	"countersign/app/widgets"
	"countersign/assets"
	"countersign/protocol"
	"countersign/protocol/money"
)

var usual = fyne.NewSize(1280, 800)

// words is all that the window says.
func words(d *Display) string {
	var all []string
	for _, o := range test.LaidOutObjects(d.stage.Window().Content()) {
		if p, is := o.(*widgets.Paragraph); is && p.Visible() {
			all = append(all, p.Text())
		}
	}
	return strings.Join(all, "|")
}

// press presses a control where it lies.
func press(t testing.TB, d *Display, id string) {
	t.Helper()
	at, there := d.stage.Targets()[id]
	if !there {
		t.Fatalf("%s has no %s", d.stage.Screen(), id)
	}
	d.stage.Do(func() {
		test.TapCanvas(d.stage.Window().Canvas(), fyne.NewPos(float32(at.X+at.Width/2), float32(at.Y+at.Height/2)))
	})
}

// TestLanguageIsTheCustomers: it follows the cashier's until the customer chooses one, and again for the next customer.
func TestLanguageIsTheCustomers(t *testing.T) {
	d, who := newTestDisplay(t, "en", widgets.Appearance{}, usual)
	all := pages(t)
	all["finger"](d)
	d.Language("zh")
	if d.stage.Language() != "zh" || !strings.Contains(words(d), "请按指纹") {
		t.Errorf("after the cashier's: %s, %q", d.stage.Language(), words(d))
	}
	press(t, d, "language") // after zh comes en
	if d.stage.Language() != "en" || !strings.Contains(words(d), "Place your finger") || d.stage.Screen() != "finger" {
		t.Errorf("after the customer's: %s, %q", d.stage.Language(), words(d))
	}
	d.Language("de")
	if d.stage.Language() != "en" {
		t.Error("the cashier's language is put over the customer's own")
	}
	all["paid"](d)
	if d.stage.Language() != "en" {
		t.Error("the language changes before the customer has gone")
	}
	all["idle"](d)
	if d.stage.Language() != "de" || !slices.Equal(who.switched, []string{"en", "de"}) {
		t.Errorf("the next customer sees %s; told %v", d.stage.Language(), who.switched)
	}
	d.Language("tlh")
	if d.stage.Language() != "de" {
		t.Error("a language that is not there is shown")
	}
}

// TestOnlyWhatMovesMoves: progress and time change what is shown, and build no page.
func TestOnlyWhatMovesMoves(t *testing.T) {
	d, _ := newTestDisplay(t, "en", widgets.Appearance{}, usual)
	v := sale.View{Stage: sale.Finger, Number: 9, Amount: 7800, Currency: 156, Until: now.Add(20 * time.Second), Finger: sale.FingerProgress{Touching: true, Fraction: 0.2}}
	d.Show(v)
	ring, countdown := d.ring, d.countdown
	if countdown.Text() != "00:20" {
		t.Errorf("it begins at %s", countdown.Text())
	}
	v.Finger.Fraction, v.Until = 0.7, now.Add(7*time.Second)
	d.Show(v)
	if d.ring != ring || ring.Fraction() != 0.7 {
		t.Errorf("fraction %v, the same ring %v", ring.Fraction(), d.ring == ring)
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var text string
		d.stage.Do(func() { text = countdown.Text() })
		if text == "00:07" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the countdown stands at %s", text)
		}
	}
	v.Finger.Fraction = 1
	d.Show(v)
	if d.ring == ring || !strings.Contains(words(d), "Lift your finger") {
		t.Errorf("after the whole finger: %q", words(d))
	}
	d.Close()
	d.Close() // harmless
}

// TestTipsAreHandedOn: each key gives its own.
func TestTipsAreHandedOn(t *testing.T) {
	d, who := newTestDisplay(t, "en", widgets.Appearance{}, usual)
	pages(t)["tip"](d)
	for _, id := range []string{"tip.0", "tip.3", "tip.none"} {
		press(t, d, id)
	}
	if !slices.Equal(who.tips, []protocol.Amount{331, 1324, 0}) {
		t.Errorf("tips %v", who.tips)
	}
	d.AskTip(nil)
	if d.stage.Screen() != "idle" {
		t.Errorf("after the question: %s", d.stage.Screen())
	}
}

// TestNobodyElseLearnsWhy: every refusal looks the same, whatever was the matter with account, finger or card.
func TestNobodyElseLearnsWhy(t *testing.T) {
	d, _ := newTestDisplay(t, "en", widgets.Appearance{}, usual)
	seen := ""
	for _, reason := range []sale.Reason{sale.ReasonFunds, sale.ReasonFinger, sale.ReasonWallet, sale.ReasonRevoked, sale.ReasonDeclined, sale.ReasonTapBlocked, sale.ReasonConflict} {
		d.Show(sale.View{Stage: sale.Ended, Number: 1, Amount: 7800, Currency: 156, Ending: sale.Refused, Reason: reason})
		switch said := words(d); {
		case !strings.Contains(said, "Not paid") || !strings.Contains(said, "Nothing was charged"):
			t.Errorf("%s says %q", reason, said)
		case seen != "" && said != seen:
			t.Errorf("%s says %q, others %q", reason, said, seen)
		default:
			seen = said
		}
	}
}

// TestTrainingIsMarked on every page of a sale.
func TestTrainingIsMarked(t *testing.T) {
	d, _ := newTestDisplay(t, "en", widgets.Appearance{}, usual)
	for _, stage := range []sale.Stage{sale.Idle, sale.Preparing, sale.Presenting, sale.Opening, sale.Finger, sale.Tapping, sale.Confirm, sale.Torn, sale.Sending, sale.Unknown, sale.Ended} {
		d.Show(sale.View{Stage: stage, Number: 1, Amount: 100, Currency: 156, Training: true, Request: "CS1:ABC", Ending: sale.Paid})
		if !strings.Contains(words(d), "TRAINING") {
			t.Errorf("%s does not say that it is a training: %q", stage, words(d))
		}
	}
}

// TestEveryNoticeAndAdviceHasWords in each language.
func TestEveryNoticeAndAdviceHasWords(t *testing.T) {
	for _, l := range assets.Languages() {
		book, err := assets.Phrases(l.Tag)
		if err != nil {
			t.Fatal(err)
		}
		d := &Display{book: book.Strict()}
		for _, advice := range fingerAdvice() {
			d.view = sale.View{Finger: sale.FingerProgress{Advice: advice}, Notice: sale.ReasonFingerPoor}
			if said := d.wrong(); said != book.Say("finger.advice."+advice) {
				t.Errorf("%s %s: %q", l.Tag, advice, said)
			}
		}
		for _, reason := range []sale.Reason{sale.ReasonNotOurs, sale.ReasonOtherSale, sale.ReasonRevoked, sale.ReasonRetryFinger, sale.ReasonSensorLost,
			sale.ReasonTapLost, sale.ReasonTapNotOurs, sale.ReasonTapTwo, sale.ReasonTapFunds} {
			d.view = sale.View{Notice: reason, Advice: "free-port"} // for the staff
			if said := d.wrong(); len(said) < 10 || strings.Contains(said, "customer.") {
				t.Errorf("%s %s: %q", l.Tag, reason, said)
			}
		}
	}
}

func TestPlaces(t *testing.T) {
	for place, good := range map[string]bool{"": true, "second": true, "window": true, "1920,0": true, "-1280, 0": true, "1920": false, "third": false, "1,x": false, "99999,0": false} {
		if err := (Window{Place: place}).Check(); (err == nil) != good {
			t.Errorf("%q: %v", place, err)
		}
	}
	app := test.NewTempApp(t) // whose windows are of no desktop
	app.Settings().SetTheme(widgets.NewTheme(widgets.Appearance{}))
	for _, place := range []string{"second", "100,0", "window"} {
		var owner sync.Mutex
		do := func(f func()) { owner.Lock(); defer owner.Unlock(); f() }
		owner.Lock() // Open is called on the windows' goroutine
		d, err := Open(app, Window{Place: place, Width: 640, Height: 480}, Setup{Shop: "Shop", Language: "en", Now: func() time.Time { return now }, Do: do})
		owner.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		if size := d.stage.Window().Canvas().Size(); size != fyne.NewSize(640, 480) || d.stage.Screen() != "idle" {
			t.Errorf("%s: %v, %s", place, size, d.stage.Screen())
		}
		d.Close()
	}
	if _, err := Open(app, Window{Place: "window"}, Setup{Language: "tlh"}); err == nil {
		t.Error("opened without a language")
	}
}

// said keeps what is spoken.
type said struct{ texts []string }

func (s *said) Say(language, text string) { s.texts = append(s.texts, language+": "+text) }

// TestSpokenOnce follows a sale: each thing is said once, in order.
func TestSpokenOnce(t *testing.T) {
	voice := &said{}
	s, err := NewSpoken("en", voice)
	if err != nil {
		t.Fatal(err)
	}
	v := sale.View{Stage: sale.Idle, Currency: 156}
	step := func(change func(), want ...string) {
		t.Helper()
		voice.texts = nil
		change()
		for range 3 { // tills repeat themselves
			s.Show(v)
		}
		if !slices.Equal(voice.texts, want) {
			t.Errorf("said %q, want %q", voice.texts, want)
		}
	}
	step(func() {})
	step(func() { v = sale.View{Stage: sale.Preparing, Number: 7, Amount: 7800, Currency: 156} })
	step(func() { v.Stage, v.Tap = sale.Presenting, sale.TapReady },
		"en: Please pay 78 yuan. Scan the code on the screen with your phone, then hold the phone to the camera. Or hold your phone to the reader.")
	step(func() { v.Notice, v.Notices = sale.ReasonNotOurs, 1 }, "en: The code was not read. Show the payment code of your wallet.")
	step(func() { v.Tap = sale.TapFound })
	step(func() { v.Stage = sale.Opening })
	step(func() { v.Stage, v.Notice, v.Attempt, v.AttemptsLeft = sale.Finger, "", 1, 2 }, "en: Place your finger on the sensor and keep it there.")
	step(func() { v.Finger = sale.FingerProgress{Touching: true, Fraction: 0.5} })
	step(func() { v.Finger.Fraction = 1 }, "en: You can lift your finger.")
	step(func() { v.Stage, v.Finger = sale.Sending, sale.FingerProgress{} }, "en: One moment, please.")
	step(func() {
		v.Stage, v.Attempt, v.AttemptsLeft, v.Notice, v.Notices = sale.Finger, 2, 1, sale.ReasonRetryFinger, 2
	}, "en: Finger not recognised. Place it again, flat, a little longer. Place your finger on the sensor and keep it there.")
	voice.texts = nil
	s.Language("de")
	if want := []string{"de: Legen Sie den Finger auf den Sensor und lassen Sie ihn liegen."}; !slices.Equal(voice.texts, want) {
		t.Errorf("after the language: %q", voice.texts)
	}
	step(func() { v.Finger.Advice, v.Notice = "clean-glass", "" }, "de: Verschmiert. Finger und Glas abwischen, dann flach auflegen und ruhig halten.")
	step(func() { v.Stage, v.Ending = sale.Ended, sale.Paid }, "de: Bezahlt, 78 Yuan. Vielen Dank.")
	step(func() { v = sale.View{Stage: sale.Idle} })
	step(func() {
		v = sale.View{Stage: sale.Ended, Number: 8, Amount: 123450, Currency: 978, Ending: sale.Paid, Cash: &sale.CashOf{Given: 125000, Change: 1550}}
	}, "de: Ihr Rückgeld ist 15,50 Euro. Vielen Dank.")
	for ending, want := range map[sale.Ending]string{sale.Refused: "Nicht bezahlt", sale.Cancelled: "Abgebrochen", sale.Expired: "abgelaufen", sale.Reversed: "storniert",
		sale.GivenUp: "zurück", sale.Refunded: "Erstattet, 1234,50 Euro"} {
		voice.texts = nil
		s.Show(sale.View{Stage: sale.Ended, Number: 9, Amount: 123450, Currency: 978, Ending: ending, Reason: sale.ReasonFunds})
		if len(voice.texts) != 1 || !strings.Contains(voice.texts[0], want) || strings.Contains(voice.texts[0], "Guthaben") {
			t.Errorf("%s: %q", ending, voice.texts)
		}
	}
	for stage, want := range map[sale.Stage]string{sale.Tapping: "Halten Sie das Handy dort", sale.Confirm: "Bestätigen Sie am Handy", sale.Torn: "dasselbe Handy", sale.Unknown: "keine Antwort"} {
		voice.texts = nil
		s.Show(sale.View{Stage: stage, Number: 10, Amount: 100, Currency: 978, Training: true})
		if len(voice.texts) != 1 || !strings.Contains(voice.texts[0], want) {
			t.Errorf("%s: %q", stage, voice.texts)
		}
	}
	voice.texts = nil
	s.AskTip(&Tips{Due: money.Amount{Minor: 6620, Currency: money.EUR}})
	s.AskTip(nil)
	if len(voice.texts) != 1 || !strings.Contains(voice.texts[0], "66,20 Euro") {
		t.Errorf("the tip: %q", voice.texts)
	}
}

func TestAmountsInWords(t *testing.T) {
	for _, tt := range []struct {
		tag      string
		minor    int64
		currency money.Currency
		want     string
	}{
		{"en", 7800, money.CNY, "78 yuan"}, {"en", 1205, money.EUR, "12.05 euros"}, {"en", 100, money.EUR, "1 euro"}, {"en", 150, money.USD, "1.50 dollars"},
		{"en", 123456789, money.GBP, "1234567.89 pounds"}, {"en", 1500, money.JPY, "1500 yen"}, {"en", 1234500, mustCurrency(t, "KWD"), "1234.500 K W D"},
		{"de", 123450, money.EUR, "1234,50 Euro"}, {"de", 5, money.EUR, "0,05 Euro"}, {"de", 100000000, money.CNY, "1000000 Yuan"},
		{"zh", 7850, money.CNY, "78.50元"}, {"zh", 7800, money.CNY, "78元"}, {"zh", 1500, money.JPY, "1500日元"},
	} {
		book, err := assets.Phrases(tt.tag)
		if err != nil {
			t.Fatal(err)
		}
		if got := InWords(book.Strict(), money.Amount{Minor: tt.minor, Currency: tt.currency}); got != tt.want {
			t.Errorf("%s %d %v: %q, want %q", tt.tag, tt.minor, tt.currency, got, tt.want)
		}
	}
}

func mustCurrency(t *testing.T, code string) money.Currency {
	t.Helper()
	c, err := money.CurrencyByCode(code)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestInterrupted: a sale that comes back after a power cut says so until the next, in the customer's language.
func TestInterrupted(t *testing.T) {
	d, _ := newTestDisplay(t, "en", widgets.Appearance{}, usual)
	v := sale.View{Stage: sale.Torn, Number: 9, Amount: 7800, Currency: 156, Interrupted: now}
	d.Show(v)
	want := "Interrupted at " + d.book.Time(now) + ". This is how the payment really stands."
	if !strings.Contains(words(d), want) {
		t.Errorf("says %q", words(d))
	}
	v.Stage, v.Ending = sale.Ended, sale.Paid
	d.Show(v)
	if !strings.Contains(words(d), want) || !strings.Contains(words(d), "Paid") {
		t.Errorf("at its end it says %q", words(d))
	}
	d.Show(sale.View{Stage: sale.Preparing, Number: 10, Amount: 100, Currency: 156})
	if strings.Contains(words(d), "Interrupted") {
		t.Errorf("of the next it says %q", words(d))
	}
}
