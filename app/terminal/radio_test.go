//go:build linux

package main

import (
	"context"
	"crypto"
	"crypto/ecdh"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/app/program/programtest"
	"countersign/app/terminal/adapter"
	"countersign/app/terminal/blocklist"
	"countersign/app/terminal/journal"
	"countersign/app/terminal/sale"
	"countersign/app/terminal/tapreader"
	"countersign/app/terminal/wallettest"
	"countersign/devices/contactless"
	"countersign/devices/contactless/virtualcard"
	"countersign/devices/contactless/virtualreader"
	"countersign/protocol"
	"countersign/protocol/iso7816"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

// post is a till with a real PC/SC service, reader, journal and client, and a
// settlement server and wallets with real keys.
type post struct {
	protocoltest.Sale
	tb     testing.TB
	daemon *virtualreader.Daemon
	reader *contactless.Reader
	server *virtualsettlement.Server
	wallet *wallettest.Wallet
	till   *sale.Till
	news   *news
	said   *programtest.Log
}

func openPost(tb testing.TB) *post {
	tb.Helper()
	p := &post{tb: tb, Sale: protocoltest.NewSale(tb, 120, false), news: &news{changed: make(chan struct{})}, said: &programtest.Log{}}
	log := slog.New(slog.NewJSONHandler(p.said, nil))
	var err error
	if p.daemon, err = virtualreader.Start(tb.Context(), virtualreader.Options{Dir: filepath.Join(tb.TempDir(), "pcsc")}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = p.daemon.Close() })
	name, value, _ := strings.Cut(p.daemon.Env(), "=")
	tb.Setenv(name, value) // the library reads it once: this is the package's one test with a reader
	if p.reader, err = contactless.Open(tb.Context(), contactless.Options{Log: log}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.reader.Close(); err != nil {
			tb.Error(err)
		}
	})
	j, err := journal.Open(tb.Context(), filepath.Join(tb.TempDir(), "journal.db"), journal.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = j.Close() })
	p.server = virtualsettlement.Start(tb, p.Sale)
	client, err := settlementclient.New(settlementclient.Options{
		URL: p.server.URL, TLS: p.server.TLS.Client(protocol.RoleTerminal, p.Terminal.Subject), Trust: p.Trust,
		Certificate: p.Certificate, Clock: func() time.Time { return p.Realm.Now },
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	way := adapter.Clearing{Client: client}
	keeper := blocklist.Open(blocklist.Options{
		File: filepath.Join(tb.TempDir(), "blocked.json"), Fetch: way.Blocklist, Certificate: client.SignedUnder, Trust: p.Trust,
		Now: func() time.Time { return p.Realm.Now }, Log: log,
	})
	fetching, stop := context.WithCancel(tb.Context())
	fetched := make(chan struct{})
	go func() { defer close(fetched); keeper.Run(fetching) }()
	tb.Cleanup(func() { stop(); <-fetched })
	settings := sale.Defaults()
	settings.Settlement, settings.Merchant, settings.Currency = p.Settlement.Subject, []byte(merchant), p.Currency
	settings.Tap.ClearFirst = 20 * time.Millisecond
	p.till, err = sale.Open(tb.Context(), settings, sale.Ports{
		Unit: p, Identity: p, Codes: p, Settler: adapter.Settler{Client: client, Signer: p.Signer}, Journal: told{j, p.news},
		Taps: sale.Taps{Cards: tapreader.Field{Reader: p.reader}, Clearing: way, Blocked: keeper.Current,
			Settlement: func() *protocol.Signed[protocol.Certificate] { return p.Settlement.Certificate }},
		Log: log, Now: func() time.Time { return p.Realm.Now }, Show: p.news.show,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.till.Close)
	p.wallet = wallettest.New(tb, p.Realm.Card(p.Settlement, 1), 100000, p.Trust, func() time.Time { return p.Realm.Now })
	for keeper.Current() == nil && !tb.Failed() {
		time.Sleep(5 * time.Millisecond) // nobody tells when it was fetched
	}
	return p
}

func (p *post) Signer() (crypto.Signer, error)                      { return p.Terminal.Key, nil }
func (p *post) Agreement() (ecdh.KeyExchanger, error)               { return p.Terminal.Agreement, nil }
func (p *post) Trust() protocol.Trust                               { t := p.Realm.Trust(); t.Revocation = p.list(); return t }
func (p *post) Certificate() *protocol.Signed[protocol.Certificate] { return p.Terminal.Certificate }
func (p *post) DrawScrambleCode(context.Context) (sale.ScrambleCode, error) {
	return &softCode{code: protocol.NewCode()}, nil
}

func (p *post) list() *protocol.RevocationList {
	return &protocol.RevocationList{Issuer: p.Realm.Name, Sequence: 1, Issued: protocol.At(p.Realm.Now), Revoked: []protocol.Revoked{}}
}

// Scan sees nothing.
func (p *post) Scan(ctx context.Context, _ func(string) bool) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

// softCode is a scramble code outside of a token.
type softCode struct{ code, bound protocol.Code }

func (c *softCode) Code() [16]byte      { return c.code }
func (c *softCode) Bind([32]byte) error { c.bound, c.code = c.code, protocol.Code{}; return nil }
func (c *softCode) Discard()            { c.bound = protocol.Code{} }
func (c *softCode) Spend(code [16]byte, _ [32]byte) error {
	if code != c.bound {
		return sale.ErrWrongCode
	}
	return nil
}

// hold holds a wallet into the field, with faults.
func (p *post) hold(faults func(int, []byte) virtualcard.Fault) *virtualcard.Card {
	p.tb.Helper()
	session := p.wallet.Powered()
	card, err := virtualcard.Attach(p.tb.Context(), p.daemon.Address(0), virtualcard.Options{
		Handler: session.Handle, Power: func(virtualcard.Power) { session.Reset() }, Faults: faults,
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	return card
}

func (p *post) until(what string, so func(sale.View) bool) sale.View {
	p.tb.Helper()
	giveUp := time.NewTimer(patience)
	defer giveUp.Stop()
	for {
		view, changed := p.news.now()
		if so(view) {
			return view
		}
		select {
		case <-changed:
		case <-giveUp.C:
			view.Request = ""
			p.tb.Fatalf("waited for %s; have %+v\n%s", what, view, p.said.Tail())
		}
	}
}

func (p *post) begin() {
	p.tb.Helper()
	if err := p.till.Begin(p.Amount); err != nil {
		p.tb.Fatal(err)
	}
	p.until("the request and the reader", func(v sale.View) bool { return v.Stage == sale.Presenting && v.Tap == sale.TapReady })
}

// paid waits for the sale's end and lifts the phone.
func (p *post) paid(card *virtualcard.Card, deductions int) {
	p.tb.Helper()
	v := p.until("the end", func(v sale.View) bool { return v.Stage == sale.Ended })
	if v.Ending != sale.Paid || len(p.wallet.Deductions()) != deductions {
		p.tb.Errorf("ended %s %s with %d deductions", v.Ending, v.Reason, len(p.wallet.Deductions()))
	}
	p.lift(card)
	if err := p.till.Dismiss(); err != nil {
		p.tb.Fatal(err)
	}
	p.until("the clearing", func(v sale.View) bool { return v.Unsent.Count == 0 })
}

func (p *post) lift(card *virtualcard.Card) {
	p.tb.Helper()
	if err := card.Close(); err != nil && !errors.Is(err, virtualcard.ErrDetached) && !errors.Is(err, context.Canceled) {
		p.tb.Error(err)
	}
	for s := p.reader.State(); len(s.Cards) > 0; { // Removed does not wait for one that broke off
		var err error
		if s, err = p.reader.Changed(p.tb.Context(), s); err != nil {
			p.tb.Fatal(err)
		}
	}
}

// A sale by tap through a real PC/SC service, and a sample of how it can go wrong
// there; package sale tries every point in memory.
func TestTapThroughPCSC(t *testing.T) {
	p := openPost(t)
	t.Run("paid and cleared", func(t *testing.T) {
		p.begin()
		p.paid(p.hold(nil), 1)
		if n := p.server.Received(protocol.PathTaps); n != 1 {
			t.Errorf("%d clearings", n)
		}
	})
	for n, torn := range []struct {
		name  string
		apdu  int
		fault virtualcard.Fault
		stage sale.Stage
	}{
		{"lifted in GET", 2, virtualcard.Fault{Cut: virtualcard.Unanswered}, sale.Presenting},
		{"lifted before PAY is heard", 5, virtualcard.Fault{Cut: virtualcard.Unheard}, sale.Torn},
		{"lifted before its answer", 5, virtualcard.Fault{Cut: virtualcard.Unanswered}, sale.Torn},
		{"lifted within its answer", 5, virtualcard.Fault{Cut: virtualcard.Within}, sale.Torn},
		{"PAY answered with a status word", 5, virtualcard.Fault{Answer: virtualcard.StatusWord(uint16(iso7816.ConditionsNotSatisfied))}, sale.Torn},
	} {
		t.Run(torn.name, func(t *testing.T) {
			p.begin()
			before, _ := p.news.now()
			card := p.hold(virtualcard.Nth(torn.apdu, torn.fault))
			p.until("the first tap", func(v sale.View) bool {
				return v.Stage == torn.stage && v.Tap == sale.TapReady && (v.Stage == sale.Torn || v.Notices > before.Notices)
			})
			p.lift(card)
			p.paid(p.hold(nil), n+2)
		})
	}
	t.Run("service killed in a sale", func(t *testing.T) {
		p.begin()
		p.daemon.Kill()
		p.until("the reader to be missed", func(v sale.View) bool { return v.Tap == sale.TapOff && v.TapReason == sale.ReasonReaderLost })
		if err := p.daemon.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.until("the reader to be found", func(v sale.View) bool { return v.Tap == sale.TapReady })
		p.paid(p.hold(nil), 7)
	})
	t.Run("service killed over a phone left lying", func(t *testing.T) {
		p.begin()
		lying := p.hold(nil)
		p.until("the end", func(v sale.View) bool { return v.Stage == sale.Ended })
		if err := p.till.Dismiss(); err != nil {
			t.Fatal(err)
		}
		p.begin()
		p.daemon.Kill()
		p.until("the reader to be missed", func(v sale.View) bool { return v.Tap == sale.TapOff && v.TapReason == sale.ReasonReaderLost })
		if err := p.daemon.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.lift(lying) // its link went with the service
		p.until("the reader to be found", func(v sale.View) bool { return v.Tap == sale.TapReady })
		p.paid(p.hold(nil), 9)
	})
}
