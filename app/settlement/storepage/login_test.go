package storepage

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
)

// Guarantee 5: every failed log-in looks the same.
func TestFailedLogInsAreAlike(t *testing.T) {
	w := newTown(t)
	w.open("M-0001", "Corner Café", "T-0001")
	w.open("M-0002", "Tea House", "T-0002")
	var first string
	for name, c := range map[string][3]string{
		"wrong password": {"M-0001", "anna", "wrong password"}, "no such user": {"M-0001", "otto", "wrong password"}, "no such shop": {"M-0404", "anna", "wrong password"},
		"another shop's": {"M-0001", "anna", password + "M-0002"}, "nothing": {"M-0001", "anna", ""}, "far too long": {"M-0001", "anna", strings.Repeat("x", 129)},
	} {
		began := time.Now()
		status, body := w.browser().logIn(c[0], c[1], c[2])
		if took := time.Since(began); took < 500*time.Millisecond {
			t.Errorf("%s is answered after %v", name, took)
		}
		body = strings.NewReplacer(c[0], "STORE", `value="`+c[1]+`"`, "NAME").Replace(body)
		if first == "" {
			first = body
		}
		if status != http.StatusForbidden || body != first || !strings.Contains(body, "That did not work") {
			t.Errorf("%s: %d\n%s", name, status, body)
		}
		w.pass(2 * time.Hour) // no lock-out between
	}
	began := time.Unix(0, 0)
	for work, want := range map[time.Duration]time.Duration{0: 500, 499: 500, 500: 1000, 1700: 2000} {
		if at := answerAt(began, began.Add(work*time.Millisecond)); !at.Equal(began.Add(want * time.Millisecond)) {
			t.Errorf("after %d ms of work at %v", work, at)
		}
	}
}

// Three failures lock a user out, and each further one for longer; the right password does not
// count meanwhile, also after the server was started again.
func TestLockOut(t *testing.T) {
	w := newTown(t)
	w.open("M-0001", "Corner Café", "T-0001")
	try := func(with string, want int) {
		t.Helper()
		if status, _ := w.browser().logIn("M-0001", "anna", with); status != want {
			t.Errorf("log-in is answered with %d, want %d", status, want)
		}
	}
	right := password + "M-0001"
	for range 3 {
		try("wrong password", http.StatusForbidden)
	}
	try(right, http.StatusForbidden)
	w.pass(31 * time.Second)
	try(right, http.StatusSeeOther)
	for range 2 {
		try("wrong password", http.StatusForbidden)
	}
	try(right, http.StatusSeeOther) // a success forgets failures
	err := w.ledger.View(t.Context(), func(s ledger.Snapshot) error {
		u, err := s.StoreUser(merchant("M-0001"), "anna")
		if u.Failures != 0 {
			t.Errorf("kept %d failures", u.Failures)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Guarantee 4: sessions end when they should.
func TestSessions(t *testing.T) {
	w := newTown(t)
	w.open("M-0001", "Corner Café", "T-0001")
	in := func() *browser {
		t.Helper()
		b := w.browser()
		if status, _ := b.logIn("M-0001", "anna", password+"M-0001"); status != http.StatusSeeOther {
			t.Fatalf("log-in: %d", status)
		}
		return b
	}
	sees := func(b *browser, want bool, header ...string) {
		t.Helper()
		if status, _ := b.get("/", header...); (status == http.StatusOK) != want {
			t.Errorf("answered with %d, want to be let in: %v", status, want)
		}
	}
	b := in()
	_, header, _ := b.ask(http.MethodPost, "/login", url.Values{"store": {"M-0001"}, "name": {"anna"}, "password": {password + "M-0001"}})
	cookie := header.Values("Set-Cookie")
	set := cookie[len(cookie)-1]
	for _, want := range []string{"__Host-store=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie %q lacks %s", set, want)
		}
	}
	// The page's own refreshing does not keep a session alive.
	for range 29 {
		w.pass(time.Minute)
		sees(b, true, refreshHeader, "1")
	}
	if status, _ := b.get("/?refresh"); status != http.StatusOK {
		t.Errorf("refresh is answered with %d", status)
	}
	w.pass(2 * time.Minute)
	sees(b, false)
	// A person does, up to twelve hours.
	b = in()
	for range 35 {
		w.pass(20 * time.Minute)
		sees(b, true)
	}
	w.pass(21 * time.Minute)
	sees(b, false)
	// Logging out ends it, for who has kept the cookie too.
	b = in()
	base, err := url.Parse(w.http.URL)
	if err != nil {
		t.Fatal(err)
	}
	kept := b.client.Jar.Cookies(base)
	if status, _, _ := b.ask(http.MethodPost, "/logout", url.Values{}); status != http.StatusSeeOther {
		t.Errorf("log-out: %d", status)
	}
	sees(b, false)
	thief := w.browser()
	thief.client.Jar.SetCookies(base, kept)
	sees(thief, false)
	// So does removing the user, and another password.
	b = in()
	w.update(func(tx ledger.Tx) error {
		u, err := tx.StoreUser(merchant("M-0001"), "anna")
		u.Password = HashPassword([]byte("another password"))
		if err != nil {
			return err
		}
		return tx.PutStoreUser(u)
	})
	sees(b, false)
	thief.client.Jar.SetCookies(base, []*http.Cookie{{Name: sessionCookie, Value: "made up", Secure: true, Path: "/"}})
	sees(thief, false)
}

// Another site's forms and scripts change nothing.
func TestOtherSites(t *testing.T) {
	w := newTown(t)
	w.open("M-0001", "Corner Café", "T-0001")
	b := w.browser()
	b.logIn("M-0001", "anna", password+"M-0001")
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		for _, path := range []string{"/logout", "/login"} {
			status, _, _ := b.ask(http.MethodPost, path, url.Values{"store": {"M-0001"}, "name": {"anna"}, "password": {"x"}}, header...)
			if status != http.StatusForbidden {
				t.Errorf("%s with %v: %d", path, header, status)
			}
		}
	}
	if status, _ := b.get("/logout"); status != http.StatusMethodNotAllowed {
		t.Errorf("log-out by a link: %d", status)
	}
	if status, _ := b.get("/"); status != http.StatusOK {
		t.Errorf("is out after other sites' requests: %d", status)
	}
	err := w.ledger.View(t.Context(), func(s ledger.Snapshot) error {
		u, err := s.StoreUser(merchant("M-0001"), "anna")
		if u.Failures != 0 {
			t.Errorf("another site's log-in counts: %+v", u)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// There is an end to how many sessions are kept.
func TestMostSessions(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := newSessions(func() time.Time { now = now.Add(time.Millisecond); return now })
	for range mostSessions + 5 {
		s.begin(header{}, session{})
	}
	if len(s.open) != mostSessions {
		t.Errorf("%d sessions", len(s.open))
	}
}

// header is an answer that nobody reads.
type header struct{}

func (header) Header() http.Header         { return http.Header{} }
func (header) Write(b []byte) (int, error) { return len(b), nil }
func (header) WriteHeader(int)             {}
