package storepage_test

import (
	"crypto/sha256"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"countersign/app/program/programtest"
	"countersign/protocol"
)

func TestMain(m *testing.M) { os.Exit(programtest.Main(m)) }

// freeAddress is one that nobody listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// says fails the test unless the page says all of words and none of others.
func says(t *testing.T, page string, words, others []string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(page, word) {
			t.Errorf("the page lacks %q", word)
		}
	}
	for _, word := range others {
		if strings.Contains(page, word) {
			t.Errorf("the page has %q", word)
		}
	}
	if t.Failed() {
		t.Fatalf("the page:\n%s", page)
	}
}

// A real browser before the built settlement program: terminals that sold and said how
// they are over mutual TLS, and people who log in.
func TestStorePage(t *testing.T) {
	store := freeAddress(t)
	w := newTown(t, "--store-listen", store, "--store-timezone", "Asia/Shanghai")
	settlement := w.Settlement
	const number, password = "6222020200112233445", "correct horse battery"
	settlement.OK("merchant add", settlement.InData("--reference", "M-0001", "--terminal", "T-0001", "--name", "Corner Café", "--currency", "CNY")...)
	settlement.OK("merchant add", settlement.InData("--reference", "M-0002", "--terminal", "T-0002", "--name", "Tea House", "--currency", "CNY")...)
	activation := settlement.OK("account add", settlement.InData("--number", number, "--kind", "prepaid", "--currency", "CNY")...)
	settlement.OK("account load", settlement.InData("--number", number, "--amount", "100.00")...)
	secret := settlement.Write("password", password)
	for merchant, name := range map[string]string{"M-0001": "anna", "M-0002": "otto"} {
		settlement.OK("store-user add", settlement.InData("--merchant", merchant, "--name", name, "--password-file", secret)...)
	}
	terminal, other, wallet := w.enrol(protocol.RoleTerminal, "T-0001", "--name", "Corner Café"), w.enrol(protocol.RoleTerminal, "T-0002", "--name", "Tea House"), w.owner("W-0001")
	w.register(wallet, number, activation)
	w.sell(terminal, wallet, number)

	// What the terminal says over mutual TLS.
	now := protocol.At(time.Now())
	head := protocol.Hash(sha256.Sum256([]byte("the journal's fifth record")))
	anchor := protocol.JournalAnchor{Sequence: 5, Head: head, At: now}
	if _, err := terminal.client.Anchor(t.Context(), signed(t, terminal, anchor)); err != nil {
		t.Fatal(err)
	}
	status := protocol.TerminalStatus{At: now, Version: "1.6.0", Clock: protocol.ClockSynchronised, Shift: 3, ShiftSince: now - 600, LastSale: now,
		Devices: []protocol.DeviceStatus{{Kind: protocol.DeviceCamera, State: protocol.DeviceWorking}, {Kind: protocol.DevicePrinter, State: protocol.DeviceFailed}},
		Unsent:  2, Sequence: 5, Head: head, ZNumber: 1, ZHash: protocol.Hash{1}, CertificateEnd: terminal.Certificate.Unverified().Expires}
	tell := func(change func(*protocol.TerminalStatus)) {
		t.Helper()
		change(&status)
		if err := terminal.client.SendStatus(t.Context(), signed(t, terminal, status)); err != nil {
			t.Fatal(err)
		}
	}
	tell(func(*protocol.TerminalStatus) {})

	ctx, address := window(t), "https://"+store
	logIn := func(shop, name, password string) {
		t.Helper()
		do(t, ctx, chromedp.Navigate(address+"/login?lang=en&store="+shop), chromedp.WaitVisible("#name"), chromedp.SendKeys("#name", name),
			chromedp.SendKeys("#password", password), chromedp.Click("button[type=submit]"))
	}
	do(t, ctx, sized(1280, 900, false), chromedp.Navigate(address+"/"), chromedp.WaitVisible("#password"))
	says(t, text(t, ctx), []string{"Log in to the store page"}, []string{"Corner Café", "78.00"})
	picture(t, ctx, "login-1280", 1280, false)
	picture(t, ctx, "login-390", 390, true)

	logIn("M-0001", "anna", "wrong horse battery")
	do(t, ctx, chromedp.WaitVisible("#failed"))
	says(t, text(t, ctx), []string{"That did not work"}, []string{"Corner Café"})
	picture(t, ctx, "login-failed-1280", 1280, false)

	logIn("M-0001", "anna", password)
	do(t, ctx, chromedp.WaitVisible("#terminals"))
	says(t, text(t, ctx), []string{"Corner Café", "¥78.00", "1 sale\n", "T-0001", "Matches record 5", "Printer: failed since", "2 unsent", "1 of 2 work", "No. 3"},
		[]string{"Tea House", "T-0002", number, "contradicts"})

	// Another journal, and a Z report that nobody has seen, show when the page is fetched anew.
	tell(func(s *protocol.TerminalStatus) { s.Head[0] ^= 1; s.ZNumber, s.ZHash = 3, protocol.Hash{3} })
	do(t, ctx, chromedp.Reload(), chromedp.WaitVisible("#terminals"))
	says(t, text(t, ctx), []string{"Journal contradicts", "Record 5 is not the one that was lodged", "call the operator of settlement", "Not received: 2"}, []string{"Matches record"})
	picture(t, ctx, "contradicts-1280", 1280, false)

	// What a person asks for leads to no other shop, and the script's requests neither.
	do(t, ctx, chromedp.Navigate(address+"/?store=M-0002"), chromedp.WaitVisible("#terminals"))
	says(t, text(t, ctx), []string{"Corner Café"}, []string{"Tea House"})
	table, err := chromedp.Run(ctx, chromedp.Evaluate[string](`fetch("/totals.csv?store=M-0002").then(a => a.text())`, chromedp.EvalAwaitPromise))
	if err != nil || !strings.Contains(table, "T-0001,scan,CNY,1,78.00") || strings.Contains(table, "M-0002") {
		t.Errorf("table of totals: %q, %v", table, err)
	}

	do(t, ctx, chromedp.Click("form[action='/logout'] button"), chromedp.WaitVisible("#password"), chromedp.Navigate(address+"/"), chromedp.WaitVisible("#password"))
	says(t, text(t, ctx), []string{"Log in"}, []string{"Corner Café"})
	logIn("M-0002", "anna", password) // who is no user there
	do(t, ctx, chromedp.WaitVisible("#failed"))
	logIn("M-0002", "otto", password)
	do(t, ctx, chromedp.WaitVisible("#terminals"))
	says(t, text(t, ctx), []string{"Tea House", "T-0002", "Has not reported yet"}, []string{"Corner Café", "T-0001", "78.00"})

	// Who is removed is out at once.
	if list := settlement.OK("store-user list", settlement.InData("--merchant", "M-0002")...); !strings.HasPrefix(list, `{"merchant":"M-0002","name":"otto","added":"`) || strings.Contains(list, "argon2") {
		t.Errorf("store-user list: %s", list)
	}
	settlement.OK("store-user remove", settlement.InData("--merchant", "M-0002", "--name", "otto")...)
	do(t, ctx, chromedp.Navigate(address+"/"), chromedp.WaitVisible("#password"))

	w.byCertificate(terminal, other, wallet, address)
	for _, secret := range []string{password, "wrong horse", "argon2", number} {
		if strings.Contains(settlement.Log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// byCertificate visits without a log-in.
func (w *town) byCertificate(terminal, other, wallet device, address string) {
	w.t.Helper()
	ask := func(d device) (int, string, error) {
		config := d.ClientTLS(protocol.RoleSettlement)
		client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
		answer, err := client.Get(address + "/")
		if err != nil {
			return 0, "", err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body), err
	}
	for d, shop := range map[*device]string{&terminal: "Corner Café", &other: "Tea House"} {
		if status, body, err := ask(*d); err != nil || status != http.StatusOK || !strings.Contains(body, "<h1>"+shop+"</h1>") || strings.Contains(body, "/logout") {
			w.t.Errorf("%s sees %d %v", d.Subject, status, err)
		}
	}
	if status, _, err := ask(wallet); err == nil {
		w.t.Errorf("a wallet's certificate is answered with %d", status)
	}
	// TLS 1.2 is not spoken, nor plain HTTP.
	if c, err := tls.Dial("tcp", strings.TrimPrefix(address, "https://"), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}); err == nil {
		w.t.Errorf("TLS 1.2 is spoken: %v", c.Close())
	}
}

func signed[P protocol.Payload](t *testing.T, d device, payload P) *protocol.Signed[P] {
	t.Helper()
	m, err := protocol.Sign(d.Signer, payload)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
