package staff

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/app/program/pinhash"
	"countersign/protocol"
)

// First start: a manager, and only a manager, and only once without a manager's
// word.
func TestFirstMember(t *testing.T) {
	c := &counter{t: t, disk: &disk{}, book: &book{}, time: time.Unix(1795300000, 0)}
	c.reopen()
	if !c.Empty() {
		t.Error("staff from nowhere")
	}
	for _, role := range []Role{Cashier, Installer} {
		if err := c.Add(t.Context(), nil, bo, role, []byte(bos)); !errors.Is(err, ErrFirst) {
			t.Errorf("%s: %v", role, err)
		}
	}
	if err := c.Add(t.Context(), nil, anna, Manager, []byte(annas)); err != nil {
		t.Fatal(err)
	}
	if err := c.Add(t.Context(), nil, bo, Manager, []byte(bos)); !errors.Is(err, ErrNobody) {
		t.Errorf("a second manager without the first one's word: %v", err)
	}
}

func TestAddAndRemove(t *testing.T) {
	c := newCounter(t)
	boss, cashier := c.login(anna, annas), c.login(bo, bos)
	for name, test := range map[string]struct {
		do   func() error
		want error
	}{
		"exists":           {func() error { return c.Add(t.Context(), boss, bo, Cashier, []byte("5092")) }, ErrExists},
		"no name":          {func() error { return c.Add(t.Context(), boss, "", Cashier, []byte("5092")) }, ErrID},
		"long name":        {func() error { return c.Add(t.Context(), boss, "a-name-of-17-byte", Cashier, []byte("5092")) }, ErrID},
		"space":            {func() error { return c.Add(t.Context(), boss, "a b", Cashier, []byte("5092")) }, ErrID},
		"role":             {func() error { return c.Add(t.Context(), boss, "C-03", "owner", []byte("5092")) }, ErrRole},
		"PIN":              {func() error { return c.Add(t.Context(), boss, "C-03", Cashier, []byte("1234")) }, ErrPINPolicy},
		"by a cashier":     {func() error { return c.Add(t.Context(), cashier, "C-03", Cashier, []byte("5092")) }, ErrNotAllowed},
		"remove stranger":  {func() error { return c.Remove(t.Context(), boss, "C-03") }, ErrUnknown},
		"remove unasked":   {func() error { return c.Remove(t.Context(), cashier, anna) }, ErrNotAllowed},
		"last manager":     {func() error { return c.Remove(t.Context(), boss, anna) }, ErrLastManager},
		"other's PIN":      {func() error { return c.SetPIN(t.Context(), cashier, anna, []byte("5092")) }, ErrNotAllowed},
		"PIN of stranger":  {func() error { return c.SetPIN(t.Context(), boss, "C-03", []byte("5092")) }, ErrUnknown},
		"new PIN too easy": {func() error { return c.SetPIN(t.Context(), cashier, bo, []byte("0000")) }, ErrPINPolicy},
	} {
		before := c.disk.saves
		if err := test.do(); !errors.Is(err, test.want) || c.disk.saves != before {
			t.Errorf("%s: have %v, want %v", name, err, test.want)
		}
	}
	if err := c.SetPIN(t.Context(), cashier, bo, []byte("5092")); err != nil {
		t.Error(err)
	}
	c.refused(bo, bos, ErrRefused)
	if err := c.Add(t.Context(), boss, "M-02", Manager, []byte("660214")); err != nil {
		t.Fatal(err)
	}
	second := c.login("M-02", "660214")
	if err := c.Remove(t.Context(), second, anna); err != nil {
		t.Errorf("one of two managers: %v", err)
	}
	if err := c.Add(t.Context(), boss, "C-03", Cashier, []byte("5092")); !errors.Is(err, ErrNobody) {
		t.Errorf("a removed manager adds: %v", err)
	}
	c.reopen()
	have := c.Members()
	if len(have) != 2 || have[0].ID != bo || have[1].ID != "M-02" {
		t.Errorf("have %v", have)
	}
	want := []Kind{PINChanged, Refused, Added, SignedIn, Removed}
	if kinds := c.book.kinds(); !slices.Equal(kinds[len(kinds)-5:], want) {
		t.Errorf("journal ends with %v, want %v", kinds[len(kinds)-5:], want)
	}
}

// Guarantee 5: what the journal did not take is told again, also after a restart,
// and in order.
func TestEventsWait(t *testing.T) {
	c := newCounter(t)
	c.book.events, c.book.fail = nil, errors.New("no space left on device")
	c.login(bo, bos)
	c.refused(bo, "9999", ErrRefused)
	c.book.fail = nil
	c.reopen()
	if have, want := c.book.kinds(), []Kind{SignedIn, Refused}; !slices.Equal(have, want) {
		t.Errorf("have %v, want %v", have, want)
	}
	c.reopen()
	if len(c.book.events) != 2 {
		t.Error("told twice")
	}
	c.book.fail = errors.New("gone")
	for range mostPending + 10 {
		if _, err := c.Login(t.Context(), "nobody", []byte("9999")); err == nil {
			t.Fatal("nobody logged in")
		}
	}
	if len(c.state.Pending) != mostPending {
		t.Errorf("%d events wait", len(c.state.Pending))
	}
	c.login(bo, bos)
	if last := c.state.Pending[len(c.state.Pending)-1]; last.Kind != SignedIn {
		t.Errorf("a success is not kept: %v", last)
	}
}

// Guarantee 7.
func TestShifts(t *testing.T) {
	c := newCounter(t)
	if _, err := c.OpenShift(t.Context(), 0); !errors.Is(err, ErrNobody) {
		t.Errorf("have %v", err)
	}
	for number := uint64(1); number <= 3; number++ {
		if _, err := c.SignIn(t.Context(), bo, []byte(bos)); err != nil {
			t.Fatal(err)
		}
		if _, err := c.CloseShift(t.Context(), Uncounted); !errors.Is(err, ErrShift) {
			t.Errorf("have %v", err)
		}
		c.disk.fail = errors.New("no space left on device")
		if _, err := c.OpenShift(t.Context(), 0); err == nil {
			t.Error("opened without a record")
		}
		c.disk.fail = nil
		s, err := c.OpenShift(t.Context(), 0)
		if err != nil || s.Number != number || !s.Open() {
			t.Fatalf("have %+v, %v", s, err)
		}
		if _, err := c.OpenShift(t.Context(), 0); !errors.Is(err, ErrShift) {
			t.Errorf("have %v", err)
		}
		if d := c.Duty(); d.Shift != number || d.Cashier != bo || !d.May(Sell) || d.May(ApproveRefund) {
			t.Errorf("have %+v", d)
		}
		c.reopen() // the shift goes on, but nobody is signed in
		if d := c.Duty(); d.Shift != number || d.Cashier != "" || d.May(Sell) {
			t.Errorf("have %+v", d)
		}
		if _, err := c.SignIn(t.Context(), anna, []byte(annas)); err != nil {
			t.Fatal(err)
		}
		if s, err := c.CloseShift(t.Context(), Uncounted); err != nil || s.Number != number || s.OpenedBy != bo || s.ClosedBy != anna || s.Open() {
			t.Errorf("have %+v, %v", s, err)
		}
		if err := c.SignOut(t.Context()); err != nil || c.Duty() != (Duty{}) {
			t.Errorf("have %+v, %v", c.Duty(), err)
		}
	}
}

func TestApproval(t *testing.T) {
	c := newCounter(t)
	refund := Matter{Reference: 4711, Amount: 500, Currency: 156}
	approve := func() *Approval {
		a, err := c.Approve(t.Context(), anna, []byte(annas), refund)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if _, err := c.Approve(t.Context(), bo, []byte(bos), refund); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("a cashier approves: %v", err)
	}
	if _, err := c.Approve(t.Context(), anna, []byte("9999"), refund); !errors.Is(err, ErrRefused) {
		t.Errorf("have %v", err)
	}
	a := approve()
	for _, other := range []Matter{{Reference: 4712, Amount: 500, Currency: 156}, {Reference: 4711, Amount: 501, Currency: 156}, {Reference: 4711, Amount: 500, Currency: 392}, {Sale: 1, Reference: 4711, Amount: 500, Currency: 156}} {
		if _, err := a.Use(other); !errors.Is(err, ErrApproval) {
			t.Errorf("used for %v: %v", other, err)
		}
	}
	if by, err := a.Use(refund); err != nil || by != anna {
		t.Errorf("have %s, %v", by, err)
	}
	if _, err := a.Use(refund); !errors.Is(err, ErrApproval) {
		t.Errorf("used twice: %v", err)
	}
	late := approve()
	c.time = c.time.Add(ApprovalLife + time.Second)
	if _, err := late.Use(refund); !errors.Is(err, ErrApproval) {
		t.Errorf("used late: %v", err)
	}
	if _, err := (*Approval)(nil).Use(refund); !errors.Is(err, ErrApproval) {
		t.Errorf("have %v", err)
	}
	if last := c.book.events[len(c.book.events)-1]; last.Kind != RefundApproved || last.By != anna || last.Matter != refund {
		t.Errorf("journal has %+v", last)
	}
}

// The table says what is meant: money is for cashiers and managers, devices for
// installers, and every permission is somebody's.
func TestPermissions(t *testing.T) {
	for p, roles := range permissions {
		if len(roles) == 0 || !slices.Contains(roles, Manager) {
			t.Errorf("a manager may not %s", p)
		}
	}
	for _, p := range []Permission{Sell, AskRefund, ApproveRefund, OpenShift, CloseShift, ChangeStaff, Unlock, SeeReports} {
		if Installer.May(p) {
			t.Errorf("an installer may %s", p)
		}
	}
	if Cashier.May(ApproveRefund) || Cashier.May(ChangeStaff) || Role("").May(Sell) || Manager.May("fly") {
		t.Error("the table is too generous")
	}
}

func TestPINPolicy(t *testing.T) {
	for _, pin := range []string{"8140", "274913", "123890", "112358", "900102030405"[:12], "2718", "9075"} {
		if err := CheckPIN([]byte(pin), "A-01"); err != nil {
			t.Errorf("%s: %v", pin, err)
		}
	}
	for _, pin := range []string{"", "814", "1234", "0000", "9876", "7890", "2468", "1212", "1122", "6969", "123123", "12341234", "1984", "2026",
		"1111111", "8140814081401", "814a", "８１４０", "-814", "8 40"} {
		if err := CheckPIN([]byte(pin), "A-01"); !errors.Is(err, ErrPINPolicy) {
			t.Errorf("%s: %v", pin, err)
		}
	}
	if err := CheckPIN([]byte("8140"), "8140"); !errors.Is(err, ErrPINPolicy) {
		t.Errorf("own number: %v", err)
	}
}

// A file that an earlier version wrote is read: its PINs log in, its failures count, and
// what nobody touched is written back as it was.
func TestKeptForm(t *testing.T) {
	const (
		annasHash = `"pin":"$argon2id$v=19$m=64,t=1,p=1$6d8oH6cL0Xi+XiAwmEqi6g$HFKcTj4CqDEVa11yqEWzSvVFiUxMhLmTf41f/hgFqVk"`
		kept      = `{"version":1,"members":{"A-01":{"id":"A-01","role":"manager","since":"2026-11-22T09:00:00Z",` + annasHash + `},` +
			`"B-02":{"id":"B-02","role":"cashier","since":"2026-11-22T09:00:00Z",` +
			`"pin":"$argon2id$v=19$m=64,t=1,p=1$7UuR17ONeymBXW/rapq10w$cGmFpT/bKspKlRuGY5GE21ZHVuCqrlou8CUt4sN4qn0"}},` +
			`"attempts":{"B-02":{"failures":2,"at":"2026-11-22T09:00:00Z"}},"shift":{"number":0},"sequence":5,"pending":[]}`
	)
	c := &counter{t: t, disk: &disk{text: []byte(kept)}, book: &book{}, time: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	c.reopen()
	c.login(anna, annas)
	if !strings.Contains(string(c.disk.text), annasHash) {
		t.Errorf("hashed anew at the same costs: %s", c.disk.text)
	}
	c.refused(bo, "9999", ErrRefused)
	if want := `"attempts":{"B-02":{"failures":3,"at":"2026-11-22T09:00:00Z"}}`; !strings.Contains(string(c.disk.text), want) {
		t.Errorf("have %s, want %s", c.disk.text, want)
	}
	c.refused(bo, bos, ErrLocked)
	c.time = c.time.Add(30 * time.Second)
	c.login(bo, bos)
}

// Whatever is in the file, it is read whole or refused.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte(`{"version":1,"members":{},"attempts":{},"shift":{"number":0},"sequence":0,"pending":null}`))
	f.Add([]byte(`{"version":1,"members":{"A":{"id":"A","role":"manager","since":"2026-11-22T09:00:00Z","pin":"` + pinhash.New([]byte(bos), cheap).Text() + `"}},"attempts":{"B":{"failures":3,"at":"2026-11-22T09:00:00Z"}},"shift":{"number":1},"sequence":2,"pending":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := decode(text)
		if err != nil {
			return
		}
		for id, m := range s.Members {
			if _, err := pinhash.Parse(m.PIN); err != nil || m.ID != id || checkID(protocol.ID(id)) != nil {
				t.Errorf("member %q: %v", id, err)
			}
		}
	})
}

// A damaged file is no empty one: an empty one lets anybody become manager.
func TestDamaged(t *testing.T) {
	c := newCounter(t)
	for _, text := range []string{`{}`, `{"version":2,"members":{},"attempts":{}}`, `{"version":1}x`, string(c.disk.text[:len(c.disk.text)-2]), `null`} {
		if _, err := Open(t.Context(), Options{Store: &disk{text: []byte(text)}, Recorder: c.book, Now: time.Now}); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
