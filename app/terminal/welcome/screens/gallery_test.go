package screens

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
	"countersign/app/widgets/golden"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// shopDevices are those that were found.
func shopDevices(settlement bool) []welcome.Device {
	return []welcome.Device{
		{ID: "settlement", Detail: "https://settlement.example:8444", Good: settlement, Needed: true},
		{ID: "camera", Detail: "/dev/countersign/camera", Good: true}, {ID: "sensor", Detail: "/dev/countersign/sensor"},
		{ID: "reader", Detail: "any", Good: true, Doubt: true}, {ID: "printer", Detail: "/dev/countersign/printer"}, {ID: "imager", Detail: "/dev/countersign/imager", Good: true},
	}
}

// pages are the ways to each page from the first.
var pages = []struct {
	name  string
	kept  bool // to compare with
	fate  fate
	visit func(*newcomer)
}{
	{"language", true, fate{}, func(*newcomer) {}},
	{"authority", false, fate{}, (*newcomer).toAuthority},
	{"authority-wrong", false, fate{}, func(n *newcomer) { n.toAuthority(); n.types("/x?"); n.press("primary") }},
	{"code", true, fate{}, (*newcomer).toCode},
	{"code-wrong", false, fate{}, func(n *newcomer) { n.toCode(); n.types("CS1E:ABC", "<Return>") }},
	{"code-typed", false, fate{}, func(n *newcomer) {
		n.toCode()
		n.press("other")
		n.types(enrolmentCode(n.t, protocol.RoleTerminal))
	}},
	{"enrolment", false, fate{phase: welcome.Proving}, func(n *newcomer) { n.toEnrolment(welcome.Proving) }},
	{"enrolment-unreachable", true, fate{phase: welcome.Reaching, fails: enrolment.ErrUnreachable}, (*newcomer).toTrouble},
	{"enrolment-untrusted", false, fate{phase: welcome.Reaching, fails: enrolment.ErrWrongAuthority}, (*newcomer).toTrouble},
	{"enrolment-expired", false, fate{phase: welcome.Proving, fails: enrolment.ErrCodeUnknown}, (*newcomer).toTrouble},
	{"settlement", false, fate{phase: welcome.Enrolled}, func(n *newcomer) { n.toSettlement(); n.types("pay.example.com:8443") }},
	{"settlement-camera", false, fate{phase: welcome.Enrolled}, func(n *newcomer) { n.toSettlement(); n.press("other"); n.seesPicture() }},
	{"settlement-wrong", false, fate{phase: welcome.Enrolled}, func(n *newcomer) { n.toSettlement(); n.types("x?", "<Return>") }},
	{"merchant", true, fate{phase: welcome.Enrolled}, func(n *newcomer) { n.toMerchant(); n.types("M-00") }},
	{"merchant-wrong", false, fate{phase: welcome.Enrolled}, func(n *newcomer) { n.toMerchant(); n.types("商户商户商户", "<Return>") }},
	{"manager", false, fate{phase: welcome.Enrolled}, func(n *newcomer) { n.toManager(); n.types("anna") }},
	{"pin", false, fate{phase: welcome.Enrolled}, func(n *newcomer) { n.toManager(); n.types("anna", "<Return>", "739") }},
	{"pin-easy", false, fate{phase: welcome.Enrolled}, func(n *newcomer) { n.toManager(); n.types("anna", "<Return>", "1111", "<Return>") }},
	{"devices", true, fate{phase: welcome.Enrolled, devices: shopDevices(true)}, (*newcomer).toDevices},
	{"devices-needed", false, fate{phase: welcome.Enrolled, devices: shopDevices(false)}, (*newcomer).toDevices},
}

func (n *newcomer) toAuthority() { n.press("primary"); n.shows("welcome-authority") }
func (n *newcomer) toCode() {
	n.toAuthority()
	n.press("primary")
	n.shows("welcome-code")
	n.seesPicture()
}
func (n *newcomer) seesPicture() {
	n.loop.until(n.t, "a picture", func() bool { return n.page.(*readingPage).seen })
}
func (n *newcomer) holdCode() {
	n.toCode()
	n.reads <- enrolmentCode(n.t, protocol.RoleTerminal)
}
func (n *newcomer) toEnrolment(at welcome.Phase) {
	n.holdCode()
	n.loop.until(n.t, "the enrolment", func() bool { p, is := n.page.(*enrolmentPage); return is && p.at == at })
}
func (n *newcomer) toTrouble() {
	n.holdCode()
	n.loop.until(n.t, "trouble", func() bool { p, is := n.page.(*enrolmentPage); return is && p.trouble != nil })
}
func (n *newcomer) toSettlement() { n.holdCode(); n.shows("welcome-settlement") }
func (n *newcomer) toMerchant() {
	n.toSettlement()
	n.types("settlement.example:8444", "<Return>")
	n.shows("welcome-merchant")
}
func (n *newcomer) toManager() {
	n.toMerchant()
	n.types("M-0001", "<Return>")
	n.shows("welcome-manager")
}
func (n *newcomer) toDevices() {
	n.toManager()
	n.types("anna", "<Return>", "7391", "<Return>", "7391", "<KP_Enter>")
	n.shows("welcome-devices")
}

var looks = map[string]widgets.Appearance{"": {}, "-light": {Light: true}, "-contrast": {HighContrast: true}, "-large": {TextScale: 2}}

// kept says whether a picture of a page is kept to compare with.
func kept(language, look string, sampled bool) bool {
	return sampled && (language+look == "en" || language+look == "zh-contrast" || language+look == "de-light")
}

// TestGallery goes to every page in every language and appearance: it must fit the window,
// no text may be cut, lie over another or lie outside, and every control is large enough for
// a finger. It compares them with the pictures kept of them, and with -gallery saves all.
func TestGallery(t *testing.T) {
	for _, language := range []string{"en", "zh", "de"} {
		for look, appearance := range looks {
			if underRace && (language != "de" || look != "") {
				continue // German is the longest
			}
			for _, p := range pages {
				name := language + look + "-" + p.name
				if !golden.Wanted(name) || !golden.Saving() && look != "" && look != "-large" && !kept(language, look, p.kept) {
					continue // the same layout in other colours
				}
				t.Run(name, func(t *testing.T) {
					m := &machine{fate: p.fate}
					n := arrive(t, language, appearance, t.TempDir(), m)
					p.visit(n)
					n.inspect()
					golden.Look(t, name, n.stage.Window(), !underRace && kept(language, look, p.kept))
				})
			}
		}
	}
}

// inspect looks at what is laid out.
func (n *newcomer) inspect() {
	n.t.Helper()
	window := n.stage.Window()
	if least := window.Content().MinSize(); least.Width > 1280 || least.Height > 800 {
		n.t.Errorf("it needs %v", least)
	}
	for id, at := range n.stage.Targets() {
		if at.Width < int(widgets.Touch) || at.Height < int(widgets.Touch) || at.X < 0 || at.Y < 0 || at.X+at.Width > 1280 || at.Y+at.Height > 800 {
			n.t.Errorf("%s lies at %v", id, at)
		}
	}
	type written struct {
		text       string
		x, y, w, h float32
	}
	var all []written
	seen(window.Content(), fyne.NewPos(0, 0), func(text *canvas.Text, at fyne.Position) {
		size := fyne.MeasureText(text.Text, text.TextSize, text.TextStyle)
		switch text.Alignment {
		case fyne.TextAlignCenter:
			at.X += (text.Size().Width - size.Width) / 2
		case fyne.TextAlignTrailing:
			at.X += text.Size().Width - size.Width
		}
		// Letters take about two thirds of the height that the font asks for.
		b := written{text.Text, at.X, at.Y + size.Height*0.24, size.Width, size.Height * 0.52}
		if b.x < 0 || b.y < 0 || b.x+b.w > 1280.5 || b.y+b.h > 800 || text.TextSize < widgets.SmallestText {
			n.t.Errorf("cut or too small: %v at size %v", b, text.TextSize)
		}
		for _, other := range all {
			if b.x < other.x+other.w-1 && other.x < b.x+b.w-1 && b.y < other.y+other.h-1 && other.y < b.y+b.h-1 {
				n.t.Errorf("%q lies over %q", fmt.Sprint(b), fmt.Sprint(other))
			}
		}
		all = append(all, b)
	})
	if len(all) < 3 {
		n.t.Error("it says next to nothing")
	}
}
