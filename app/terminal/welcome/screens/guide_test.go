package screens

import (
	"slices"
	"testing"

	"countersign/app/terminal/welcome"
	"countersign/app/widgets"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// By keys alone, as somebody does who has a keyboard or a hand-held reader that types: from
// nothing to the end, and the language is the one that was chosen.
func TestByKeyboard(t *testing.T) {
	m := &machine{fate: fate{phase: welcome.Enrolled, devices: shopDevices(true)}}
	n := arrive(t, "en", widgets.Appearance{}, t.TempDir(), m)
	n.press("language.zh")
	n.types("<Return>")
	n.shows("welcome-authority")
	n.types("<Return>") // what the installer's settings name
	n.shows("welcome-code")
	code := enrolmentCode(t, protocol.RoleTerminal)
	n.types(code, "<Return>")
	n.shows("welcome-settlement")
	n.types("settlement.example:8444/", "<BackSpace>", "<Return>")
	n.shows("welcome-merchant")
	n.types("M-0002", "<BackSpace>", "1", "<Return>")
	n.shows("welcome-manager")
	n.types("<Escape>", "<Escape>") // and what was told is there still
	n.shows("welcome-settlement")
	n.types("<Return>", "<Return>")
	n.shows("welcome-manager")
	n.types("an", "x", "<BackSpace>", "na", "<KP_Enter>")
	n.shows("welcome-pin")
	n.types("7391", "<Return>", "7392", "<Return>")
	n.says("welcome.trouble.pin-differs.heading")
	n.types("7391", "<Return>", "7391", "<Return>")
	n.shows("welcome-devices")
	n.says("welcome.devices.some")
	n.types("<Return>")
	if n.Wizard.At() != welcome.Done || m.language != "zh" || m.manager != "anna" || m.shop != (welcome.Shop{Settlement: "https://settlement.example:8444", Merchant: "M-0001"}) || !slices.Equal(m.codes, []string{code}) {
		t.Errorf("at %v the terminal is %+v", n.Wizard.At(), m)
	}
}

// What fails is told in words, with a way on, and Esc goes back as the key at the left does.
func TestTroubleHasAWayOn(t *testing.T) {
	for _, c := range []struct {
		fails  error
		says   string
		leads  string // where the keys lead
		by     string
		spends bool
	}{
		{enrolment.ErrUnreachable, "welcome.trouble.unreachable.heading", "welcome-authority", "address", false},
		{enrolment.ErrWrongAuthority, "welcome.trouble.untrusted.heading", "welcome-authority", "address", false},
		{enrolment.ErrCodeUnknown, "welcome.trouble.code-unknown.heading", "welcome-code", "primary", true},
		{enrolment.ErrCodeUsed, "welcome.trouble.code-used.heading", "welcome-code", "primary", true},
		{enrolment.ErrClock, "welcome.trouble.clock.heading", "welcome-settlement", "primary", false},
		{enrolment.ErrBusy, "welcome.trouble.busy.heading", "welcome-code", "code", false},
	} {
		m := &machine{fate: fate{phase: welcome.Reaching, fails: c.fails}}
		n := arrive(t, "en", widgets.Appearance{}, t.TempDir(), m)
		n.toTrouble()
		n.says(c.says)
		m.mu.Lock()
		m.phase, m.fails = welcome.Enrolled, nil
		m.mu.Unlock()
		n.press(c.by)
		n.shows(c.leads)
		if have := n.Wizard.Code() == ""; have != c.spends && c.leads != "welcome-settlement" {
			t.Errorf("%v: the code is forgotten: %v", c.fails, have)
		}
	}
}

// An enrolment that hangs can be stopped and tried again; a code for something else is
// refused at once.
func TestStopped(t *testing.T) {
	m := &machine{fate: fate{phase: welcome.Proving}}
	n := arrive(t, "en", widgets.Appearance{}, t.TempDir(), m)
	n.toCode()
	n.reads <- enrolmentCode(t, protocol.RoleWallet)
	n.loop.until(t, "a refusal", func() bool { return n.page.(*readingPage).trouble != "" })
	n.says("welcome.trouble.code-role.heading")
	n.reads <- enrolmentCode(t, protocol.RoleTerminal)
	n.loop.until(t, "the enrolment", func() bool { p, is := n.page.(*enrolmentPage); return is && p.at == welcome.Proving })
	n.types("<Escape>")
	n.loop.until(t, "the end", func() bool { return n.page.(*enrolmentPage).trouble != nil })
	n.says("welcome.trouble.stopped.heading")
	n.types("<Escape>")
	n.shows("welcome-code")
	n.types("<Escape>", "<Escape>", "<Escape>")
	n.shows("welcome-language")
}

// Cut off at each page and opened again, the window goes on where it was.
func TestOpenedAgain(t *testing.T) {
	m := &machine{fate: fate{phase: welcome.Enrolled, devices: shopDevices(false)}}
	dir := t.TempDir()
	code := enrolmentCode(t, protocol.RoleTerminal)
	for _, step := range []struct {
		shows string
		keys  []string
	}{
		{"welcome-language", []string{"<Return>"}}, {"welcome-authority", []string{"<Return>"}}, {"welcome-code", []string{code, "<Return>"}},
		{"welcome-settlement", []string{"s.example", "<Return>"}}, {"welcome-merchant", []string{"M-1", "<Return>"}},
		{"welcome-manager", []string{"anna", "<Return>", "7391", "<Return>", "7391", "<Return>"}},
	} {
		n := arrive(t, "en", widgets.Appearance{}, dir, m)
		n.shows(step.shows)
		before := n.page
		n.types(step.keys...)
		n.loop.until(t, "another page than "+step.shows, func() bool { return n.page != before && n.Wizard.At() != welcome.AtEnrolment })
	}
	n := arrive(t, "en", widgets.Appearance{}, dir, m)
	n.shows("welcome-devices")
	n.says("welcome.devices.needed")
	if !n.control("primary").Disabled() {
		t.Error("a till without settlement can be started")
	}
	n.types("<Return>")
	m.mu.Lock()
	m.devices = shopDevices(true)
	m.mu.Unlock()
	n.press("again")
	n.shows("welcome-devices")
	n.press("primary")
	if n.Wizard.At() != welcome.Done || welcome.Begun(n.file) {
		t.Errorf("it ends at %v", n.Wizard.At())
	}
}
