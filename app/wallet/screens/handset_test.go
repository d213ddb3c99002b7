package screens

import (
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"countersign/app/wallet/client"
	"countersign/app/wallet/trusted"
	"countersign/app/widgets"
	"countersign/app/widgets/golden"
	"countersign/devices/camera"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// owner notes the intents that the screens hand over.
type owner struct {
	CardIntents
	did []string
}

func (o *owner) note(what string) error     { o.did = append(o.did, what); return nil }
func (o *owner) Scan() error                { return o.note("scan") }
func (o *owner) Choose(account int) error   { return o.note("choose " + string(rune('0'+account))) }
func (o *owner) Confirm() error             { return o.note("confirm") }
func (o *owner) Back() error                { return o.note("back") }
func (o *owner) Dismiss() error             { return o.note("dismiss") }
func (o *owner) Ask() error                 { return o.note("ask") }
func (o *owner) Show(h protocol.Hash) error { return o.note("show " + h.String()) }

var now = time.Date(2026, 11, 22, 9, 41, 30, 0, time.Local) // is the time of day on the screens, in every zone

var size = fyne.NewSize(512, 920)

// newTestHandset opens a handset in a window of the test driver.
func newTestHandset(t testing.TB, language string, appearance widgets.Appearance) (*Handset, *owner) {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widgets.NewTheme(appearance))
	window := test.NewTempWindow(t, nil)
	who := &owner{}
	h, err := newHandset(widgets.NewStage(window, func(f func()) { f() }), language, func() time.Time { return now }, who)
	if err != nil {
		t.Fatal(err)
	}
	h.book = h.book.Strict()
	window.Resize(size)
	return h, who
}

// paymentText is a payment code as real as can be: with a template of n bytes in
// the certificate, or deposited, and with a live print or without.
func paymentText(t testing.TB, template int, deposited, live bool) string {
	t.Helper()
	s := protocoltest.NewSale(t, template, deposited)
	request := s.Request(t)
	var print protocol.Template
	if live {
		print = protocoltest.Template(template, "live")
	}
	return protocol.PaymentText(s.Sealed(t, request, s.Payment(t, request, print)))
}

// views are what a phone can show, one a screen and a reason.
func views(t testing.TB) map[string]client.View {
	accounts := []trusted.Account{
		{Index: 0, Kind: protocol.AccountPrepaid, Currency: 156, Ending: "3445"}, {Index: 1, Kind: protocol.AccountBankCard, Currency: 156, Ending: "0366"},
		{Index: 2, Kind: protocol.AccountCreditCard, Currency: 156, Ending: "1111"}, {Index: 3, Kind: protocol.AccountThirdParty, Currency: 156, Ending: "8800"},
		{Index: 4, Kind: protocol.AccountBankCard, Currency: 156, Ending: "4242"},
	}
	pending := []client.Payment{
		{Request: protocol.Hash{1}, Shop: "Corner Café", Amount: 7800, Currency: 156, Since: now.Add(-time.Minute)},
		{Request: protocol.Hash{2}, Shop: "A Shop With the Longest Name That a Certificate ", Amount: protocol.MaxMinor, Currency: 156, Since: now.Add(-time.Hour)},
		{Request: protocol.Hash{3}, Shop: "街角咖啡", Amount: 100, Currency: 156, Since: now},
	}
	base := client.View{Chosen: 0, Accounts: accounts[:2], Shop: "Corner Café", Amount: 7800, Currency: 156, Until: now.Add(41 * time.Second), Decided: now}
	with := func(change func(*client.View)) client.View { v := base; change(&v); return v }
	all := map[string]client.View{
		"ready":         {Stage: client.Ready, Accounts: accounts[:2]},
		"ready-empty":   {Stage: client.Ready},
		"ready-pending": {Stage: client.Ready, Accounts: accounts[:1], Pending: pending[:1]},
		"ready-full":    {Stage: client.Ready, Accounts: accounts, Pending: pending},
		"ready-again":   {Stage: client.Ready, Accounts: accounts[:2], Trusted: client.TrustedRestarting},
		"ready-lost":    {Stage: client.Ready, Accounts: accounts, Pending: pending, Trusted: client.TrustedLost},
		"looking":       {Stage: client.Looking},
		"looking-lost":  {Stage: client.Looking, CameraLost: true, Pending: pending},
		"confirm":       with(func(v *client.View) { v.Stage = client.Confirm }),
		"confirm-full": with(func(v *client.View) {
			v.Stage, v.Accounts, v.Pending, v.Amount, v.Shop = client.Confirm, accounts, pending, protocol.MaxMinor, pending[1].Shop
			v.Notice, v.Notices, v.ShopSensor = client.ReasonFingerTries, 1, true
		}),
		"finger": with(func(v *client.View) { v.Stage = client.Finger }),
		"finger-reading": with(func(v *client.View) {
			v.Stage, v.Finger, v.Notice, v.TriesLeft = client.Finger, trusted.Progress{Touching: true, Fraction: 0.4}, client.ReasonFingerPoor, 2
		}),
		"signing-pin": with(func(v *client.View) { v.Stage, v.WantsPIN = client.Signing, true }),
		"signing":     with(func(v *client.View) { v.Stage, v.Finger.Taken = client.Signing, true }),
		"showing":     with(func(v *client.View) { v.Stage, v.Code = client.Showing, paymentText(t, 120, true, false) }),
		"showing-v21": with(func(v *client.View) { v.Stage, v.Code = client.Showing, paymentText(t, 180, false, true) }),
		"showing-retry": with(func(v *client.View) {
			v.Stage, v.Code, v.Notice, v.TriesLeft = client.Showing, paymentText(t, 120, false, false), client.ReasonRetryFinger, 2
		}),
		"waiting": with(func(v *client.View) { v.Stage = client.Waiting }),
		"waiting-offline": with(func(v *client.View) {
			v.Stage, v.Unreachable, v.Notice = client.Waiting, true, client.ReasonForgedReceipt
		}),
		"paid":     with(func(v *client.View) { v.Stage, v.Ending, v.Reference = client.Ended, client.Paid, 123 }),
		"reversed": with(func(v *client.View) { v.Stage, v.Ending, v.Reference = client.Ended, client.Reversed, 123 }),
		"late":     with(func(v *client.View) { v.Stage, v.Ending = client.Ended, client.Late }),
		"unseen":   with(func(v *client.View) { v.Stage, v.Ending = client.Ended, client.Unseen }),
		"longest": with(func(v *client.View) {
			v.Stage, v.Ending, v.Reason, v.Reference = client.Ended, client.Refused, client.ReasonConflict, 1<<63
			v.Shop, v.Amount = pending[1].Shop, protocol.MaxMinor
		}),
		"clock-behind": {Stage: client.Ended, Ending: client.Stopped, Reason: client.ReasonClockSkew, Ahead: -200 * time.Second},
	}
	for reason := range phrases {
		all["refused-"+string(reason)] = client.View{Stage: client.Ended, Ending: client.Stopped, Reason: reason, Ahead: 200 * time.Second}
		all["notice-"+string(reason)] = client.View{Stage: client.Looking, Notice: reason, Notices: 1}
		all["showing-"+string(reason)] = with(func(v *client.View) { v.Stage, v.Code, v.Notice = client.Showing, "CS1P:AB", reason })
	}
	return all
}

// looks are the appearances that the gallery is made in.
var looks = map[string]widgets.Appearance{"": {}, "-light": {Light: true}, "-contrast": {HighContrast: true}, "-large": {TextScale: 2}}

// drawn are the screens that are compared with the pictures kept of them in other looks than English and dark, where all are.
var drawn = map[string]bool{"ready-pending": true, "looking": true, "confirm": true, "finger-reading": true, "showing": true, "waiting": true, "paid": true}

// representative says whether a view is looked at in this run. Without the race detector all are; with it one refusal and
// one notice stand for the others, which run the same lines with other words.
func representative(name string) bool {
	prefix, _, _ := strings.Cut(name, "-")
	reasons := prefix == "refused" || prefix == "notice" || prefix == "showing" && name != "showing-v21" && name != "showing-retry" && name != prefix
	return !underRace || !reasons || strings.HasSuffix(name, "-"+string(client.ReasonExpired))
}

// TestGallery lays out every screen in every language: it must fit the window and
// no text may be made smaller than reads well. It compares them with the pictures
// kept of them, and with -gallery saves all.
func TestGallery(t *testing.T) {
	for _, language := range []string{"en", "zh", "de"} {
		for look, appearance := range looks {
			colour := language+look == "en-light" || language+look == "zh-contrast"
			if !golden.Saving() && look != "" && !colour {
				continue // TestGalleryLarge tells
			}
			h, _ := newTestHandset(t, language, appearance)
			for name, v := range views(t) {
				whole := language + look + "-" + name
				if !representative(name) || !golden.Wanted(whole) || !golden.Saving() && colour && !drawn[name] {
					continue
				}
				showView(h, v)
				fits(t, h, whole)
				for _, o := range test.LaidOutObjects(h.stage.Window().Content()) {
					p, isText := o.(*widgets.Paragraph)
					if isText && o.Visible() && p.Text() != "" && p.FittedSize() < 18 && look != "-large" && !strings.Contains(name, "full") {
						t.Errorf("%s: %q is made as small as %v", whole, p.Text(), p.FittedSize())
					}
				}
				golden.Look(t, whole, h.stage.Window(), !underRace && (language+look == "en" || drawn[name]))
			}
		}
	}
}

// Large type and high contrast still fit.
func TestGalleryLarge(t *testing.T) {
	for _, language := range []string{"en", "zh", "de"} {
		h, _ := newTestHandset(t, language, widgets.Appearance{HighContrast: true, TextScale: 2})
		for name, v := range views(t) {
			whole := language + "-contrast-large-" + name
			if !representative(name) || !golden.Wanted(whole) || !golden.Saving() && (language != "de" || underRace) && !drawn[name] {
				continue // the longest words tell
			}
			showView(h, v)
			fits(t, h, whole)
			golden.Look(t, whole, h.stage.Window(), !underRace && language == "de" && drawn[name])
		}
	}
}

// showView shows a view, and what the camera sees in it.
func showView(h *Handset, v client.View) {
	h.show(v)
	if !v.CameraLost {
		h.ShowFrame(scene(), []image.Point{{200, 100}, {420, 110}, {410, 300}, {190, 290}})
	}
}

// fits holds a screen to its window.
func fits(t testing.TB, h *Handset, name string) {
	t.Helper()
	if least := h.stage.Window().Content().MinSize(); least.Width > size.Width || least.Height > size.Height {
		t.Errorf("%s needs %v", name, least)
	}
	for id, target := range h.stage.Targets() {
		if target.X < 0 || target.Y < 0 || target.X+target.Width > int(size.Width) || target.Y+target.Height > int(size.Height) {
			t.Errorf("%s: %s lies at %+v", name, id, target)
		}
	}
}

// Step 7: every payment code that there can be is on the screen with at least four
// pixels a module, and reads back. Under the race detector it is laid out only.
func TestCodeOnScreenReads(t *testing.T) {
	h, _ := newTestHandset(t, "en", widgets.Appearance{})
	v := views(t)["showing"]
	for _, code := range []string{
		paymentText(t, 120, true, false), paymentText(t, 120, true, true), paymentText(t, 180, true, true),
		paymentText(t, 120, false, false), paymentText(t, 120, false, true), paymentText(t, 180, false, false), paymentText(t, 180, false, true),
	} {
		v.Code = code
		h.show(v)
		h.show(v) // again, as it was: nothing is built anew
		laidOut := 0
		for _, o := range test.LaidOutObjects(h.stage.Window().Content()) {
			if q, is := o.(*widgets.ExactQR); is && q.Visible() {
				laidOut++
				if module := int(min(q.Size().Width, q.Size().Height)) / (q.Modules() + 8); q.Modules() == 0 || module < 4 {
					t.Errorf("%d modules in %v: %d pixels each", q.Modules(), q.Size(), module)
				}
			}
		}
		if laidOut != 1 {
			t.Errorf("%d characters: %d codes are laid out", len(code), laidOut)
		}
		if underRace {
			continue
		}
		picture := h.stage.Window().Canvas().Capture()
		gray := image.NewGray(picture.Bounds())
		draw.Draw(gray, gray.Bounds(), picture, image.Point{}, draw.Src)
		found, err := camera.Decode(gray)
		if err != nil || len(found) != 1 || found[0].Text != code {
			t.Fatalf("%d characters: %d codes found, %v", len(code), len(found), err)
		}
		across := float64(found[0].Outline[1].X - found[0].Outline[0].X)
		for _, o := range test.LaidOutObjects(h.stage.Window().Content()) {
			if q, is := o.(*widgets.ExactQR); is {
				t.Logf("%d characters: version %d, %d px a module, %.0f px wide", len(code), (q.Modules()-17)/4, q.ModulePixels(), across)
				if q.ModulePixels() < 4 {
					t.Errorf("only %d pixels a module", q.ModulePixels())
				}
			}
		}
	}
}

// Every key that a screen shows does what it says.
func TestKeys(t *testing.T) {
	h, who := newTestHandset(t, "en", widgets.Appearance{})
	all := views(t)
	for _, c := range []struct{ view, control, want string }{
		{"ready", "scan", "scan"}, {"ready-pending", "pending.0", "show 01000000"}, {"looking", "back", "back"},
		{"confirm", "account.1", "choose 1"}, {"confirm", "pay", "confirm"}, {"confirm", "back", "back"}, {"finger", "back", "back"},
		{"showing", "back", "back"}, {"waiting", "ask", "ask"}, {"waiting", "back", "back"}, {"paid", "done", "dismiss"}, {"refused-expired", "done", "dismiss"},
	} {
		who.did = nil
		h.show(all["signing"])
		h.show(all[c.view])
		target, there := h.stage.Targets()[c.control]
		if !there {
			t.Errorf("%s has no %s", c.view, c.control)
			continue
		}
		test.TapCanvas(h.stage.Window().Canvas(), fyne.NewPos(float32(target.X+target.Width/2), float32(target.Y+target.Height/2)))
		if !slices.Equal(who.did, []string{c.want}) {
			t.Errorf("%s %s did %q, want %q", c.view, c.control, who.did, c.want)
		}
	}
}

func TestKeyboard(t *testing.T) {
	h, who := newTestHandset(t, "en", widgets.Appearance{})
	all := views(t)
	for view, want := range map[string][]string{
		"ready": {"scan", "back"}, "confirm": {"confirm", "back"}, "waiting": {"ask", "back"}, "paid": {"dismiss", "back"}, "looking": {"back"},
	} {
		who.did = nil
		h.show(all[view])
		for _, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEscape} {
			h.typedKey(&fyne.KeyEvent{Name: key})
		}
		if !slices.Equal(who.did, want) {
			t.Errorf("%s: did %q, want %q", view, who.did, want)
		}
	}
}

// The language changes in the middle of whatever goes on, and back.
func TestLanguageSwitch(t *testing.T) {
	h, _ := newTestHandset(t, "en", widgets.Appearance{})
	h.show(views(t)["confirm"])
	said := func() string {
		var all []string
		for _, o := range test.LaidOutObjects(h.stage.Window().Content()) {
			if p, is := o.(*widgets.Paragraph); is {
				all = append(all, p.Text())
			}
		}
		return strings.Join(all, "|")
	}
	english := said()
	for _, want := range []string{"de", "zh", "en"} {
		target := h.stage.Targets()["language"]
		test.TapCanvas(h.stage.Window().Canvas(), fyne.NewPos(float32(target.X+target.Width/2), float32(target.Y+target.Height/2)))
		if h.stage.Language() != want || (said() == english) != (want == "en") {
			t.Errorf("%s: says %q", h.stage.Language(), said())
		}
	}
	if !strings.Contains(english, "Check and pay") || !strings.Contains(english, "Corner Café") {
		t.Errorf("says %q", english)
	}
}

// Every reason that the client can give has words of its own.
func TestEveryReasonHasWords(t *testing.T) {
	h, _ := newTestHandset(t, "en", widgets.Appearance{})
	seen := map[string]client.Reason{}
	for reason := range phrases {
		heading, text := h.reason(reason)
		if other, twice := seen[heading+text]; twice || heading == "" || strings.Contains(text, "{") {
			t.Errorf("%s and %s both say %q %q", reason, other, heading, text)
		}
		seen[heading+text] = reason
	}
	if len(phrases) < 30 {
		t.Errorf("only %d reasons", len(phrases))
	}
}

// When the trusted application ends nobody knows yet whether it had signed: its words
// deny no payment and point to the pending ones.
func TestTrustedEndedSaysWhatIsKnown(t *testing.T) {
	for language, pending := range map[string]string{"en": "pending payments", "zh": "尚无结果的付款"} {
		h, _ := newTestHandset(t, language, widgets.Appearance{})
		_, nothing := h.reason(client.ReasonDeclinedHere)
		_, text := h.reason(client.ReasonEnded)
		if strings.Contains(text, strings.TrimRight(nothing, ".。")) || !strings.Contains(text, pending) {
			t.Errorf("%s: says %q", language, text)
		}
	}
}

// The camera's picture is kept while notices come and go, and taken away when the
// camera is lost.
func TestCameraLost(t *testing.T) {
	h, _ := newTestHandset(t, "en", widgets.Appearance{})
	h.show(client.View{Stage: client.Looking})
	h.ShowFrame(scene(), nil)
	if n := pictures(h); n != 1 {
		t.Errorf("%d pictures while the camera is there", n)
	}
	seen := 0
	if !underRace {
		seen = golden.Colours(h.stage.Window().Canvas().Capture())
	}
	h.show(client.View{Stage: client.Looking, CameraLost: true})
	h.ShowFrame(scene(), nil)
	if n := pictures(h); n != 0 {
		t.Errorf("%d pictures when the camera is lost", n)
	}
	if underRace {
		return
	}
	if lost := golden.Colours(h.stage.Window().Canvas().Capture()); lost >= seen {
		t.Errorf("%d colours with a picture, %d without", seen, lost)
	}
}

// pictures counts the frames of the camera that the window shows.
func pictures(h *Handset) (n int) {
	for _, o := range test.LaidOutObjects(h.stage.Window().Content()) {
		if picture, is := o.(*canvas.Image); is && picture.Visible() && picture.Image != nil {
			n++
		}
	}
	return n
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
