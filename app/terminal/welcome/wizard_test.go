package welcome

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/app/terminal/staff"
	"countersign/protocol"
	"countersign/settlementclient/enrolment"
)

// machine is a terminal that keeps what is done to it as a real one's token and files do,
// and fails where it is told to.
type machine struct {
	language string
	enrolled bool
	shop     Shop
	manager  protocol.ID
	devices  []Device

	enrols []string // with which authority and code
	fails  error
}

func (m *machine) Enrolled(context.Context) (bool, error) { return m.enrolled, nil }
func (m *machine) Managed(context.Context) (bool, error)  { return m.manager != "", nil }
func (m *machine) Prefer(language string) error           { m.language = language; return nil }
func (m *machine) Shop() Shop                             { return m.shop }
func (m *machine) KeepShop(s Shop) error                  { m.shop = s; return nil }
func (m *machine) Devices(context.Context) []Device       { return m.devices }

func (m *machine) Enrol(_ context.Context, authority, code string, begins func(Phase)) error {
	m.enrols = append(m.enrols, authority+" "+code)
	if m.fails != nil {
		return m.fails
	}
	m.enrolled = true
	return nil
}

func (m *machine) AddManager(_ context.Context, id protocol.ID, pin []byte) error {
	if err := staff.CheckPIN(pin, id); err != nil {
		return err
	}
	m.manager = id
	return nil
}

// codeFor is an enrolment code as an authority writes it.
func codeFor(t testing.TB, role protocol.Role) string {
	t.Helper()
	text, err := protocol.EnrolmentText(protocol.EnrolmentCode{
		Authority: protocol.Hash{1}, Role: role, Subject: "T-0001", Secret: protocol.Code{2},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func nothing(Phase) {}

// known is where the sales of a terminal go that has been told.
var known = Shop{Settlement: "https://settlement.example:8443", Merchant: "M-0001"}

// Cut off after each step and begun again, it goes on where it was and asks for nothing
// twice; in the end its file is gone.
func TestCutOffAfterEachStep(t *testing.T) {
	file := filepath.Join(t.TempDir(), "first-run.json")
	m := &machine{devices: []Device{{ID: "settlement", Good: true, Needed: true}, {ID: "camera"}}}
	code := codeFor(t, protocol.RoleTerminal)
	steps := []struct {
		at Step
		do func(*Wizard) error
	}{
		{AtLanguage, func(w *Wizard) error { return w.ChooseLanguage("de") }},
		{AtAuthority, func(w *Wizard) error { return w.TellAuthority("authority.example:8443/") }},
		{AtCode, func(w *Wizard) error {
			return w.TellCode(" " + strings.ToLower(code[:30]) + "\r\n " + code[30:] + "\n")
		}},
		{AtEnrolment, func(w *Wizard) error { return w.Enrol(t.Context(), nothing) }},
		{AtSettlement, func(w *Wizard) error { return w.TellSettlement(t.Context(), "settlement.example:8443") }},
		{AtMerchant, func(w *Wizard) error { return w.TellMerchant(t.Context(), " M-0001\n") }},
		{AtManager, func(w *Wizard) error { return w.AddManager(t.Context(), "anna", []byte("7391")) }},
		{AtDevices, func(w *Wizard) error { w.Devices(t.Context()); return w.Finish() }},
	}
	for i, s := range steps {
		w, err := Open(t.Context(), file, Installed{}, m)
		if err != nil || w.At() != s.at {
			t.Fatalf("step %d begins at %v: %v", i, w.At(), err)
		}
		if i > 0 && !Begun(file) {
			t.Errorf("after step %d nothing says that a first run was begun", i)
		}
		if err := s.do(w); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		if want := s.at + 1; w.At() != want {
			t.Errorf("step %d leads to %v", i, w.At())
		}
		if info, err := os.Stat(file); err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("the file is open to others: %v", info.Mode())
		}
		if text, _ := os.ReadFile(file); i >= 3 && strings.Contains(string(text), code) {
			t.Errorf("after step %d the code is still kept", i)
		}
	}
	if m.shop != known {
		t.Errorf("its sales go to %+v", m.shop)
	}
	if m.language != "de" || m.manager != "anna" || !slices.Equal(m.enrols, []string{"https://authority.example:8443 " + code}) {
		t.Errorf("the terminal is %+v", m)
	}
	if Begun(file) {
		t.Error("the first run does not end")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

// A failure keeps what was told, but for a code that serves no more.
func TestFailedEnrolment(t *testing.T) {
	code := codeFor(t, protocol.RoleTerminal)
	for _, c := range []struct {
		err   error
		spent bool
		at    Step // of a first run that is begun again
	}{
		{enrolment.ErrUnreachable, false, AtEnrolment}, {enrolment.ErrWrongAuthority, false, AtEnrolment}, {enrolment.ErrBusy, false, AtEnrolment},
		{context.Canceled, false, AtEnrolment}, {errors.New("something else"), false, AtEnrolment},
		{enrolment.ErrCodeUnknown, true, AtCode}, {enrolment.ErrCodeUsed, true, AtCode},
	} {
		file := filepath.Join(t.TempDir(), "first-run.json")
		m := &machine{shop: known, fails: fmt.Errorf("enrol: %w", c.err)}
		w, err := Open(t.Context(), file, Installed{Authority: "https://authority.example"}, m)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.ChooseLanguage("en"), w.TellAuthority(w.Authority()), w.TellCode(code)); err != nil {
			t.Fatal(err)
		}
		if err := w.Enrol(t.Context(), nothing); !errors.Is(err, c.err) || w.At() != AtEnrolment {
			t.Errorf("%v: %v at %v", c.err, err, w.At())
		}
		if kept := w.Code() == code; kept == c.spent {
			t.Errorf("%v: the code is kept: %v", c.err, kept)
		}
		again, err := Open(t.Context(), file, Installed{}, m)
		if err != nil || again.At() != c.at {
			t.Errorf("%v: begun again at %v: %v", c.err, again.At(), err)
		}
		if m.fails = nil; c.spent {
			w.BackTo(AtCode)
			if err := w.TellCode(code); err != nil {
				t.Error(err)
			}
		}
		if err := w.Enrol(t.Context(), nothing); err != nil || w.At() != AtManager {
			t.Errorf("%v: then %v at %v", c.err, err, w.At())
		}
	}
}

func TestWhatIsTold(t *testing.T) {
	for text, want := range map[string]string{
		"authority.example":           "https://authority.example",
		" HTTPS://authority.example/": "https://authority.example",
		"10.0.0.7:8443":               "https://10.0.0.7:8443",
		"https://a.example/x":         "https://a.example/x",
		"http://authority.example":    "",
		"":                            "", "https://": "", "a b": "", "https://a:p@b": "", "https://a/?x": "", "https://a?": "", "ftp://a": "", "https://a:b": "", "://": "",
	} {
		if got, err := Address(text); got != want || (err == nil) != (want != "") || err != nil && !errors.Is(err, ErrAddress) {
			t.Errorf("Address(%q) = %q, %v", text, got, err)
		}
		if whole := want != "" && strings.Contains(text, "://"); IsAddress(text) != whole {
			t.Errorf("%q is an address: %v", text, !whole)
		}
	}
	file := filepath.Join(t.TempDir(), "first-run.json")
	w, err := Open(t.Context(), file, Installed{}, &machine{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.TellCode("x"); !errors.Is(err, ErrStep) {
		t.Errorf("a code before its step: %v", err)
	}
	if err := errors.Join(w.ChooseLanguage("en"), w.TellAuthority("a.example")); err != nil {
		t.Fatal(err)
	}
	whole := codeFor(t, protocol.RoleTerminal)
	for text, want := range map[string]error{
		"": enrolment.ErrCode, "CS1E:": enrolment.ErrCode, whole[:len(whole)-1]: enrolment.ErrCode, "CS1P:" + whole[5:]: enrolment.ErrCode,
		strings.Repeat(whole, 20): enrolment.ErrCode, codeFor(t, protocol.RoleWallet): enrolment.ErrCodeRole,
	} {
		if err := w.TellCode(text); !errors.Is(err, want) || w.At() != AtCode {
			t.Errorf("%.20q: %v at %v", text, err, w.At())
		}
	}
	if !w.Back() || w.At() != AtAuthority || !w.Back() || w.At() != AtLanguage || w.Back() {
		t.Errorf("back leads to %v", w.At())
	}
}

// A first run that was cut off when the terminal had its certificate, but before the code
// was forgotten, forgets it then.
func TestCodeIsForgottenLate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "first-run.json")
	if err := (progress{Language: "de", Authority: "https://a", Code: codeFor(t, protocol.RoleTerminal)}).save(file); err != nil {
		t.Fatal(err)
	}
	w, err := Open(t.Context(), file, Installed{}, &machine{enrolled: true})
	if err != nil || w.At() != AtSettlement || w.Code() != "" {
		t.Fatalf("at %v with code %q: %v", w.At(), w.Code(), err)
	}
	if kept, err := loadProgress(file); err != nil || kept != (progress{Language: "de", Authority: "https://a"}) {
		t.Errorf("kept is %+v: %v", kept, err)
	}
}

// Nothing is sold without settlement: the first run waits for it.
func TestWhatIsNeeded(t *testing.T) {
	m := &machine{shop: known, enrolled: true, manager: "anna", devices: []Device{{ID: "settlement", Needed: true}, {ID: "camera"}}}
	w, err := Open(t.Context(), filepath.Join(t.TempDir(), "first-run.json"), Installed{}, m)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); !errors.Is(err, ErrStep) {
		t.Errorf("finished before anything was looked at: %v", err)
	}
	w.Devices(t.Context())
	if err := w.Finish(); !errors.Is(err, ErrStep) {
		t.Errorf("finished without settlement: %v", err)
	}
	m.devices[0].Good = true
	w.Devices(t.Context())
	if err := w.Finish(); err != nil || w.At() != Done {
		t.Errorf("not finished: %v", err)
	}
}

// A file that is none of ours, or too large, is a beginning.
func FuzzProgress(f *testing.F) {
	f.Add([]byte(`{"language":"zh","authority":"https://a","code":"CS1E:"}`))
	f.Add([]byte(`{`))
	f.Add(make([]byte, mostProgress+1))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		file := filepath.Join(dir, "first-run.json")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := Open(t.Context(), file, Installed{}, &machine{})
		if err != nil || w.At() > AtEnrolment {
			t.Fatalf("at %v: %v", w.At(), err)
		}
		p, err := loadProgress(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.save(file); err != nil {
			t.Fatal(err)
		}
		if again, err := loadProgress(file); err != nil || again != p && len(text) <= mostProgress/8 {
			t.Errorf("%+v became %+v: %v", p, again, err)
		}
	})
}
