package storepage

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/csv"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"countersign/app/program/admission"
	"countersign/protocol"
)

// peerState is a TLS connection whose client has shown a certificate.
func peerState(role protocol.Role, subject protocol.ID) *tls.ConnectionState {
	name, err := url.Parse(protocol.TLSName(role, subject))
	if err != nil {
		panic(err)
	}
	leaf := &x509.Certificate{URIs: []*url.URL{name}}
	return &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf}}}
}

// What there is to see is on the page, in each language, and nothing of another shop.
func TestPage(t *testing.T) {
	w := newTown(t)
	w.busy()
	b := w.browser()
	if status, _ := b.logIn("M-0001", "anna", password+"M-0001"); status != http.StatusSeeOther {
		t.Fatalf("log-in: %d", status)
	}
	for language, words := range map[string][]string{
		"en": {"Corner Café", "Logged in as anna", "Journal contradicts what was lodged: 1", "Reversal pending", "No. 9001", "¥256.00", "Paid, not confirmed by the terminal", "¥78.00",
			"Camera: failed since", "Not received: 35, 37–38", "Matches record 4711", "11 records since the one lodged", "Record 4711 is not the one that was lodged",
			"1 days left", "Its clock differs", "Has not reported yet", "Switched off", "Silent", "Tap"},
		"zh": {"需要处理", "未收到：35, 37–38", "撤销处理中", "¥256.00", "摄像头：故障"},
		"de": {"Zu erledigen", "Nicht eingegangen: 35, 37–38", "Storno offen", "256,00", "Kamera: ausgefallen"},
	} {
		status, body := b.get("/?lang=" + language)
		if status != http.StatusOK || !strings.Contains(body, `<html lang="`+language+`">`) {
			t.Fatalf("%s: %d", language, status)
		}
		for _, word := range words {
			if !strings.Contains(body, word) {
				t.Errorf("%s lacks %q", language, word)
			}
		}
		for _, secret := range []string{"Tea House", "T-0901", "1,234.56", "6222020200112233445", "112233445", "argon2", "%!", "ZgotmplZ"} {
			if strings.Contains(body, secret) {
				t.Errorf("%s has %q", language, secret)
			}
		}
	}
	// The choice stays; without one the browser's language counts.
	if _, body := b.get("/"); !strings.Contains(body, `<html lang="`) {
		t.Error("no language")
	}
	for header, want := range map[string]string{"de-AT,de;q=0.9": "de", "zh-CN": "zh", "fr, en;q=0.5": "en", "": "en", ";;": "en"} {
		if _, body := w.browser().get("/login", "Accept-Language", header); !strings.Contains(body, `<html lang="`+want+`">`) {
			t.Errorf("%q is not answered in %s", header, want)
		}
	}
}

// The table of totals is RFC 4180, exact, and harmless in a spreadsheet.
func TestTotalsTable(t *testing.T) {
	w := newTown(t)
	w.open("M-0001", "Corner Café", "=T+1")
	w.sell("M-0001", "=T+1", 2, 1234, time.Minute, true)
	w.sell("M-0001", "=T+1", 2, 66, 40*time.Hour, true)
	w.sell("M-0001", "=T+1", 4, 34, time.Minute, true)
	b := w.browser()
	b.logIn("M-0001", "anna", password+"M-0001")
	status, header, body := b.ask(http.MethodGet, "/totals.csv?days=2", nil)
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if status != http.StatusOK || err != nil || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") || !strings.Contains(header.Get("Content-Disposition"), `"totals-2026-11-22.csv"`) {
		t.Fatalf("%d, %v, %v", status, header, err)
	}
	want := "2026-11-22,M-0001,'=T+1,scan,CNY,1,12.34,0,0.00,1,0.34,12.00"
	if len(rows) != 2 || strings.Join(rows[1], ",") != want {
		t.Errorf("two days: %q", rows)
	}
	if _, _, body := b.ask(http.MethodGet, "/totals.csv", nil); strings.Count(body, "\r\n") != 3 {
		t.Errorf("30 days: %q", body)
	}
	for _, days := range []string{"0", "32", "x", "-1"} {
		if status, _ := b.get("/totals.csv?days=" + days); status != http.StatusBadRequest {
			t.Errorf("%s days: %d", days, status)
		}
	}
}

// Page and table take their turns: neither is made beyond what the server carries.
func TestTurns(t *testing.T) {
	w := newTown(t)
	w.open("M-0001", "Corner Café", "T-0001")
	b := w.browser()
	b.logIn("M-0001", "anna", password+"M-0001")
	w.server.work = admission.New(admission.Limits{Places: 1})
	leave, err := w.server.work.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK, http.StatusOK} {
		for _, path := range []string{"/", "/totals.csv"} {
			if status, _ := b.get(path); status != want {
				t.Errorf("%s: %d, want %d", path, status, want)
			}
		}
		if want != http.StatusOK {
			leave()
		}
	}
}

// Guarantee 1: whatever is asked for, a visitor sees no other shop's page.
func TestOnlyTheirs(t *testing.T) {
	w := newTown(t)
	w.open("M-0001", "Corner Café", "T-0001")
	w.open("M-0002", "Tea House", "T-0901", "T-0001")
	nobody := w.browser()
	for _, path := range []string{"/", "/totals.csv", "/?store=M-0001", "/?lang=de"} {
		if status, header, body := nobody.ask(http.MethodGet, path, nil); status != http.StatusSeeOther || !strings.HasPrefix(header.Get("Location"), "/login") || strings.Contains(body, "Corner") {
			t.Errorf("%s for nobody: %d %s", path, status, body)
		}
	}
	b := w.browser()
	b.logIn("M-0001", "anna", password+"M-0001")
	for _, path := range []string{"/?store=M-0002", "/?merchant=M-0002", "/"} {
		if status, body := b.get(path); status != http.StatusOK || strings.Contains(body, "Tea House") || !strings.Contains(body, "Corner Café") {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, c := range []struct {
		role    protocol.Role
		subject protocol.ID
		path    string
		status  int
		shop    string
	}{
		{protocol.RoleTerminal, "T-0001", "/", 200, "Corner Café"}, {protocol.RoleTerminal, "T-0001", "/?store=M-0002", 200, "Tea House"},
		{protocol.RoleTerminal, "T-0901", "/", 200, "Tea House"}, {protocol.RoleTerminal, "T-0901", "/?store=M-0001", 403, ""},
		{protocol.RoleTerminal, "T-0404", "/", 403, ""}, {protocol.RoleWallet, "T-0001", "/", 403, ""}, {protocol.RoleDesk, "T-0001", "/", 403, ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://127.0.0.1"+c.path, nil)
		r.TLS = asTerminal(c.role, c.subject)
		answer := httptest.NewRecorder()
		w.server.Handler().ServeHTTP(answer, r)
		if answer.Code != c.status || c.shop != "" && !strings.Contains(answer.Body.String(), "<h1>"+c.shop) || strings.Contains(answer.Body.String(), "/logout") {
			t.Errorf("%v %s at %s: %d", c.role, c.subject, c.path, answer.Code)
		}
	}
}

// Guarantee 3: what every answer tells the browser.
func TestHeaders(t *testing.T) {
	w := newTown(t)
	w.open("M-0001", "<script>alert(1)</script>", "T-0001")
	b := w.browser()
	b.logIn("M-0001", "anna", password+"M-0001")
	for path, want := range map[string]int{"/": 200, "/login": 200, "/style.css": 200, "/refresh.js": 200, "/icon.svg": 200, "/pages/store.html": 404, "/store.html": 404, "/x": 404} {
		status, header, body := b.ask(http.MethodGet, path, nil)
		policy := header.Get("Content-Security-Policy")
		if status != want || !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") ||
			header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") == "" {
			t.Errorf("%s: %d, %v", path, status, header)
		}
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "style=") || strings.Contains(body, "onclick") {
			t.Errorf("%s has what the policy forbids", path)
		}
	}
}
