package storepage

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/takings"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

const (
	cny      = protocol.Currency(156)
	password = "a good long password"
)

var payer = ledger.PayerAccount("6222020200112233445")

func merchant(reference string) ledger.AccountID { return ledger.MerchantAccount([]byte(reference)) }

// town is a server over TLS, with a ledger and a clock of its own.
type town struct {
	t      testing.TB
	ledger ledger.Ledger
	server *Server
	http   *httptest.Server
	realm  *protocoltest.Realm
	sales  uint64

	mutex sync.Mutex
	now   time.Time
}

func newTown(t testing.TB) *town {
	t.Helper()
	return newTownOn(t, boltLedger(t))
}

func boltLedger[T testing.TB](t T) ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// newTownOn is over an empty ledger, which it closes in the end.
func newTownOn(t testing.TB, l ledger.Ledger) *town {
	t.Helper()
	location, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	w := &town{t: t, ledger: l, realm: protocoltest.New(t, "countersign/1"), now: time.Date(2026, 11, 22, 15, 20, 0, 0, location)}
	w.server, err = New(Options{Ledger: l, Takings: takings.New(l, w.clock), Clock: w.clock, Location: location, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w.http = httptest.NewTLSServer(w.server.Handler())
	t.Cleanup(func() {
		w.http.Close()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	w.update(func(tx ledger.Tx) error {
		if err := errors.Join(tx.AddAccount(ledger.Account{ID: ledger.FundingAccount(cny), Class: ledger.Funding, Currency: cny}),
			tx.AddAccount(ledger.Account{ID: payer, Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid})); err != nil {
			return err
		}
		_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: ledger.FundingAccount(cny), Credit: payer, Amount: 9_999_999_999, At: 1})
		return err
	})
	return w
}

func (w *town) clock() time.Time {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.now
}

func (w *town) pass(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.now = w.now.Add(d)
}

func (w *town) update(change func(ledger.Tx) error) {
	w.t.Helper()
	if err := w.ledger.Update(w.t.Context(), change); err != nil {
		w.t.Fatal(err)
	}
}

// open adds a shop with a user "anna".
func (w *town) open(reference, name string, terminals ...protocol.ID) {
	w.t.Helper()
	w.update(func(tx ledger.Tx) error {
		return errors.Join(tx.AddAccount(ledger.Account{ID: merchant(reference), Class: ledger.Merchant, Currency: cny, Name: name, Terminals: terminals}),
			tx.PutStoreUser(ledger.StoreUser{Merchant: merchant(reference), Name: "anna", Password: HashPassword([]byte(password + reference)), Added: 1}))
	})
}

// sell moves an amount to a shop, so long ago; acknowledged says whether its terminal
// knows.
func (w *town) sell(reference string, terminal protocol.ID, kind ledger.EntryKind, amount protocol.Amount, ago time.Duration, acknowledged bool) {
	w.t.Helper()
	w.sales++
	n, k := w.sales, ledger.SaleKey{Terminal: terminal}
	binary.BigEndian.PutUint64(k.Scramble[:], n)
	at := protocol.At(w.clock().Add(-ago))
	w.update(func(tx ledger.Tx) error {
		m := ledger.Transfer{Kind: kind, Debit: payer, Credit: merchant(reference), Amount: amount, At: at, Sale: &k}
		if kind == ledger.EntryRefund {
			m.Debit, m.Credit, m.Refund = m.Credit, m.Debit, &ledger.RefundKey{Terminal: terminal, Key: k.Scramble}
		}
		if _, err := tx.Transfer(m); err != nil || kind != ledger.EntryPayment {
			return err
		}
		s := ledger.Sale{Request: sha256.Sum256(k.Scramble[:]), Amount: amount, Currency: cny, Reference: n, Payer: payer, Merchant: merchant(reference), Source: payer,
			Decisions: []ledger.Decision{{Kind: ledger.DecidedSubmission, Attempt: 1, Result: protocol.ResultPaid, Decided: at, Outcome: []byte("signed")}}}
		if acknowledged {
			s.Acknowledged = at
		}
		return tx.PutSale(k, s)
	})
}

// status has a terminal say how it is; change alters a good one.
func (w *town) status(name protocol.ID, ago time.Duration, change func(*protocol.TerminalStatus, *ledger.TerminalState)) {
	w.t.Helper()
	at := protocol.At(w.clock().Add(-ago))
	s := protocol.TerminalStatus{At: at, Version: "1.6.0", Clock: protocol.ClockSynchronised, Shift: 41, ShiftSince: at - 6*3600, LastSale: at - 90,
		Sequence: 4711, Head: sha256.Sum256([]byte(name)), ZNumber: 40, ZHash: protocol.Hash{40}, CertificateEnd: at + 60*86400, Devices: []protocol.DeviceStatus{}}
	for kind := protocol.DeviceSecureUnit; kind <= protocol.DevicePrinter; kind++ {
		s.Devices = append(s.Devices, protocol.DeviceStatus{Kind: kind, State: protocol.DeviceWorking})
	}
	state := ledger.TerminalState{Heard: at, Zs: []ledger.ZRange{{From: 1, To: 40}}}
	if change != nil {
		change(&s, &state)
	}
	for _, d := range s.Devices {
		if d.State != protocol.DeviceWorking {
			state.Bad = append(state.Bad, ledger.BadDevice{Kind: d.Kind, State: d.State, Since: at - 1800})
		}
	}
	state.Message = protocoltest.Sign(w.t, protocoltest.SignatureKey(w.t, string(name)), s).Bytes()
	w.update(func(tx ledger.Tx) error { return tx.PutTerminalState(name, state) })
}

// anchor lodges a head.
func (w *town) anchor(name protocol.ID, sequence uint64, head protocol.Hash, ago time.Duration) {
	w.t.Helper()
	at := protocol.At(w.clock().Add(-ago))
	raw := protocoltest.Sign(w.t, protocoltest.SignatureKey(w.t, string(name)), protocol.JournalAnchor{Sequence: sequence, Head: head, At: at}).Bytes()
	w.update(func(tx ledger.Tx) error {
		return tx.AddAnchor(name, ledger.Anchor{Sequence: sequence, Head: head, Received: at, Message: raw, Receipt: []byte("signed")})
	})
}

// busy fills a shop with everything that its page can show.
func (w *town) busy() {
	w.open("M-0001", "Corner Café", "T-0001", "T-0002", "T-0003", "T-0004", "T-0005", "T-0006", "T-0007")
	w.open("M-0002", "Tea House", "T-0901")
	for n := range 220 {
		ago := time.Duration(n) * 3 * time.Hour
		w.sell("M-0001", protocol.ID(fmt.Sprintf("T-000%d", n%4+1)), ledger.EntryPayment, protocol.Amount(1200+n*37%9000), ago, true)
		if n%3 == 0 {
			w.sell("M-0001", protocol.ID(fmt.Sprintf("T-000%d", n%4+1)), ledger.EntryTap, protocol.Amount(450+n*11%900), ago+time.Minute, true)
		}
	}
	for hour := range 7 {
		w.sell("M-0001", "T-0001", ledger.EntryPayment, protocol.Amount(5000+hour*hour*900), time.Duration(hour)*time.Hour+5*time.Minute, true)
	}
	w.sell("M-0001", "T-0002", ledger.EntryRefund, 800, 2*time.Hour, true)
	w.sell("M-0001", "T-0003", ledger.EntryPayment, 7800, 12*time.Minute, false)
	w.sell("M-0002", "T-0901", ledger.EntryPayment, 123_456, 10*time.Minute, false)
	k := ledger.AuthorisationKey{Terminal: "T-0002", Code: protocol.Code{9}}
	a := ledger.Authorisation{Card: payer, Merchant: merchant("M-0001"), Amount: 25_600, Currency: cny, Retrieval: 9001, Sent: protocol.At(w.clock()) - 3600, State: ledger.AuthorisationSent}
	w.update(func(tx ledger.Tx) error { return tx.PutAuthorisation(k, a) })
	a.State = ledger.AuthorisationReversing
	w.update(func(tx ledger.Tx) error { return tx.PutAuthorisation(k, a) })

	head := func(name string) protocol.Hash { return sha256.Sum256([]byte(name)) }
	w.anchor("T-0001", 4711, head("T-0001"), 20*time.Hour)
	w.status("T-0001", 20*time.Second, nil)
	w.anchor("T-0002", 4711, head("another journal"), 20*time.Hour)
	w.status("T-0002", 30*time.Second, func(_ *protocol.TerminalStatus, s *ledger.TerminalState) { s.Contradicted = s.Heard })
	w.anchor("T-0003", 4700, head("x"), 9*time.Hour)
	w.status("T-0003", 50*time.Second, func(s *protocol.TerminalStatus, state *ledger.TerminalState) {
		s.Devices[1].State, s.Devices[4].State = protocol.DeviceFailed, protocol.DeviceAttention
		s.Open, s.Unknown, s.Unsent = 2, 1, 3
		state.Zs = nil
		for _, n := range []uint64{33, 34, 36, 39, 40} {
			state.Zs = ledger.WithZ(state.Zs, n)
		}
	})
	w.anchor("T-0004", 4705, head("y"), 2*time.Hour)
	w.status("T-0004", 48*time.Minute, nil)
	w.anchor("T-0005", 4711, head("T-0005"), 11*time.Hour)
	w.status("T-0005", 10*time.Hour, func(s *protocol.TerminalStatus, _ *ledger.TerminalState) { s.Shift, s.ShiftSince = 0, 0 })
	w.anchor("T-0006", 4690, head("z"), 30*time.Hour)
	w.status("T-0006", 40*time.Second, func(s *protocol.TerminalStatus, _ *ledger.TerminalState) {
		s.CertificateEnd = s.At + 86400 + 3600
		s.At -= 95
		s.Clock = protocol.ClockUnsynchronised
	})
}

// visitor is a browser without a window.
type browser struct {
	t      testing.TB
	base   string
	client *http.Client
}

func (w *town) browser() *browser {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: w.http.Client().Transport.(*http.Transport).TLSClientConfig.Clone()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.t.Cleanup(client.CloseIdleConnections)
	return &browser{w.t, w.http.URL, client}
}

// ask sends a request and returns status, headers and body.
func (b *browser) ask(method, path string, form url.Values, header ...string) (int, http.Header, string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for n := 0; n < len(header); n += 2 {
		request.Header.Set(header[n], header[n+1])
	}
	answer, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(body)
}

func (b *browser) get(path string, header ...string) (int, string) {
	b.t.Helper()
	status, _, body := b.ask(http.MethodGet, path, nil, header...)
	return status, body
}

// logIn fills the form in.
func (b *browser) logIn(store, name, password string) (status int, body string) {
	b.t.Helper()
	status, _, body = b.ask(http.MethodPost, "/login", url.Values{"store": {store}, "name": {name}, "password": {password}})
	return status, body
}

// asTerminal is a visit with a client certificate, as the TLS layer has verified it.
func asTerminal(role protocol.Role, subject protocol.ID) *tls.ConnectionState {
	return peerState(role, subject)
}
