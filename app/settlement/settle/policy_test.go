package settle_test

import (
	"errors"
	"slices"
	"testing"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/problem"
	"countersign/protocol/protocoltest"
)

// events are what was noted of W-0001, by time.
func (w *world) events() (all []ledger.FingerEvent) {
	w.t.Helper()
	err := w.ledger.View(w.t.Context(), func(s ledger.Snapshot) error {
		return s.EachFingerEventOf("W-0001", func(e ledger.FingerEvent) error {
			all = append(all, e)
			return nil
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// The score that a finger has to reach goes by the amount, to the minor unit.
func TestBandsByAmount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	print := w.owner()
	reached := minutiae.Compare(w.decoded(print), w.enrolled)
	if reached < 2 || reached >= minutiae.MaxScore {
		t.Fatalf("the owner reaches %d", reached)
	}
	const usd, eur = protocol.Currency(840), protocol.Currency(978)
	policy := settle.Policy{Threshold: reached, FingerBands: map[protocol.Currency]settle.Bands{
		cny: {{UpTo: 5000, Threshold: reached - 1}, {UpTo: 50000, Threshold: reached}, {UpTo: 60000, Threshold: reached + 1}},
		usd: {{UpTo: 5000, Threshold: reached}, {Threshold: reached + 1}},
	}}
	for _, c := range []struct {
		amount   protocol.Amount
		currency protocol.Currency
		want     protocol.Result
		band     protocol.Amount
	}{
		{1, cny, protocol.ResultPaid, 5000},
		{5000, cny, protocol.ResultPaid, 5000},
		{5001, cny, protocol.ResultPaid, 50000},
		{50000, cny, protocol.ResultPaid, 50000},
		{50001, cny, protocol.ResultRetryFinger, 60000},
		{60001, cny, protocol.ResultRetryFinger, 0}, // above the last band the strictest holds
		{5000, usd, protocol.ResultPaid, 5000},
		{5001, usd, protocol.ResultRetryFinger, 0},
		{90000, eur, protocol.ResultPaid, 0}, // no bands
	} {
		w := newWorld(t, func(config *settle.Config) { config.Policy = policy })
		w.sale.Amount, w.sale.Currency = c.amount, c.currency
		if c.currency != cny {
			w.sale.Account = "5555666677778888"
			w.update(func(tx ledger.Tx) error {
				funding := ledger.FundingAccount(c.currency)
				payer, merchant := ledger.PayerAccount(w.sale.Account), ledger.MerchantAccount([]byte("M-0002"))
				err := errors.Join(tx.AddAccount(ledger.Account{ID: funding, Class: ledger.Funding, Currency: c.currency}),
					tx.AddAccount(ledger.Account{ID: payer, Class: ledger.Payer, Currency: c.currency, Kind: protocol.AccountPrepaid, Wallet: "W-0001", Key: w.sale.Wallet.Public(t).Thumbprint()}),
					tx.AddAccount(ledger.Account{ID: merchant, Class: ledger.Merchant, Currency: c.currency, Terminals: []protocol.ID{"T-0001"}}))
				_, moved := tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: funding, Credit: payer, Amount: funds})
				return errors.Join(err, moved)
			})
		}
		request := w.request(func(r *protocol.Request) {
			if c.currency != cny {
				r.Merchant = []byte("M-0002")
			}
		})
		o := w.submit(w.submission(request, w.sale.Payment(t, request, nil), 1, print))
		events := w.events()
		if o.Result != c.want || len(events) != 1 || events[0].Band != c.band {
			t.Errorf("%d of %d: %v, %+v; want %v in the band up to %d", c.amount, c.currency, o.Result, events, c.want, c.band)
		}
	}
}

func TestPolicyIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, p := range map[string]settle.Policy{
		"bands that ask for less":  {FingerBands: map[protocol.Currency]settle.Bands{cny: {{UpTo: 1, Threshold: 2}, {Threshold: 1}}}},
		"threshold beyond all":     {Threshold: minutiae.MaxScore + 1},
		"too many prints kept":     {KeptPrints: ledger.MaxPlaces + 1},
		"less than no prints kept": {KeptPrints: -1},
	} {
		config := w.config
		config.Policy = p
		if _, err := settle.New(config); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Guarantee 7, all at once: of eight wrong fingers at four terminals five count,
// and the sixth finds the wallet locked.
func TestLockAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []protocol.ID{"T-0001", "T-0002", "T-0003", "T-0004"}
	w.update(func(tx ledger.Tx) error {
		return tx.SetAccount(ledger.Account{ID: w.shop(), Class: ledger.Merchant, Currency: cny, Terminals: names})
	})
	type handed struct {
		peer     protocol.ID
		envelope protocol.Envelope
	}
	terminals := []protocoltest.Party{w.sale.Terminal}
	for _, name := range names[1:] {
		terminals = append(terminals, w.sale.Realm.Terminal(name, "Next Door"))
	}
	var all []handed
	for n := range 8 {
		name := names[n%len(names)]
		w.sale.Terminal = terminals[n%len(names)]
		all = append(all, handed{name, fingered(wrong)(w)})
	}
	done := make(chan protocol.Result, len(all))
	for _, h := range all {
		go func() {
			raw, err := w.settler.Submit(t.Context(), h.peer, h.envelope)
			if err != nil {
				t.Error(err)
				done <- 0
				return
			}
			done <- w.outcome(raw).Result
		}()
	}
	results := map[protocol.Result]int{}
	for range all {
		results[<-done]++
	}
	if results[protocol.ResultRetryFinger] != 4 || results[protocol.ResultFinger] != 4 || w.failures() != 5 {
		t.Errorf("%v, %d failures", results, w.failures())
	}
	outcomes := map[ledger.FingerOutcome]int{}
	for _, e := range w.events() {
		outcomes[e.Outcome]++
	}
	if outcomes[ledger.FingerDiffers] != 5 || outcomes[ledger.FingerLocked] != 3 {
		t.Errorf("noted: %v", outcomes)
	}
}

// byPIN is a sale whose holder the phone verified.
func byPIN(w *world) protocol.Envelope {
	request := w.request(func(r *protocol.Request) { r.WantsPIN = true })
	claims := w.sale.PaymentClaims(w.t, request, nil)
	claims.HolderByPIN = true
	return w.submission(request, protocoltest.Sign(w.t, w.sale.Wallet.Key, claims), 1, nil)
}

// A PIN serves within the limit of those whom it is for: who has an enrolled print,
// or who has none.
func TestPINInstead(t *testing.T) {
	t.Parallel()
	limit := func(n protocol.Amount) map[protocol.Currency]protocol.Amount {
		return map[protocol.Currency]protocol.Amount{cny: n}
	}
	for _, c := range []struct {
		name           string
		enrolled       bool
		limit, noPrint map[protocol.Currency]protocol.Amount
		amount         protocol.Amount
		want           protocol.Result
		noted          ledger.FingerOutcome
	}{
		{"enrolled, within", true, limit(5000), nil, 5000, protocol.ResultPaid, ledger.FingerPIN},
		{"enrolled, above", true, limit(5000), limit(9000), 5001, protocol.ResultFinger, ledger.FingerPINRefused},
		{"no print, refused", false, limit(5000), nil, 1, protocol.ResultFinger, ledger.FingerPINRefused},
		{"no print, within", false, nil, limit(9000), 9000, protocol.ResultPaid, ledger.FingerPIN},
		{"no print, above", false, limit(9999), limit(9000), 9001, protocol.ResultFinger, ledger.FingerPINRefused},
		{"another currency", true, map[protocol.Currency]protocol.Amount{840: 5000}, nil, 1, protocol.ResultFinger, ledger.FingerPINRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, func(config *settle.Config) { config.Policy.PINLimit, config.Policy.NoPrintLimit = c.limit, c.noPrint })
			if !c.enrolled {
				recertify(func(certificate *protocol.Certificate) { certificate.Device.Print = nil })(w)
			}
			w.sale.Amount = c.amount
			w.want(w.submit(byPIN(w)), c.want)
			if events := w.events(); len(events) != 1 || events[0].Outcome != c.noted || events[0].Amount != c.amount {
				t.Errorf("noted: %+v", events)
			}
		})
	}
	t.Run("locked", func(t *testing.T) {
		w := newWorld(t, func(config *settle.Config) { config.Policy.PINLimit = limit(9000) })
		w.lock()
		w.want(w.submit(byPIN(w)), protocol.ResultFinger)
		w.moved(0)
	})
}

// lock has five wrong fingers counted.
func (w *world) lock() {
	w.t.Helper()
	w.update(func(tx ledger.Tx) error {
		return tx.SetFailures(w.sale.Wallet.Public(w.t).Thumbprint(), ledger.Failures{Wallet: "W-0001", Count: 5})
	})
}

// What a terminal is told tells it nothing of why: apart from the sale's own names
// the outcomes are the same. All that is told is whether another finger may be tried.
func TestTerminalIsNotToldWhy(t *testing.T) {
	t.Parallel()
	var all []protocol.Outcome
	var noted []ledger.FingerOutcome
	for _, prepare := range []func(w *world) protocol.Envelope{
		func(w *world) protocol.Envelope { // the last of three
			request := w.request()
			payment := w.sale.Payment(t, request, nil)
			for attempt := range uint8(2) {
				w.want(w.submit(w.submission(request, payment, attempt+1, wrong(w))), protocol.ResultRetryFinger)
			}
			return w.submission(request, payment, 3, wrong(w))
		},
		fingered(func(w *world) protocol.Template { return w.template(w.enrolled) }),
		func(w *world) protocol.Envelope {
			print := wrong(w)
			w.submit(fingered(func(*world) protocol.Template { return print })(w))
			return fingered(func(w *world) protocol.Template { return w.template(turned(w.decoded(print), 0, 2, 2)) })(w)
		},
		honest(func(w *world) { w.lock() }),
		honest(recertify(func(c *protocol.Certificate) { c.Device.Print = nil })),
		byPIN,
	} {
		w := newWorld(t)
		o := w.submit(prepare(w))
		o.Request, o.Payment, o.Attempt = protocol.Hash{}, protocol.Hash{}, 0
		all = append(all, o)
		events := w.events()
		slices.SortFunc(events, func(a, b ledger.FingerEvent) int { return int(a.Attempt) - int(b.Attempt) })
		for _, e := range events {
			if !slices.Contains(noted, e.Outcome) {
				noted = append(noted, e.Outcome)
			}
		}
	}
	for n, o := range all {
		if o != all[0] || o.Result != protocol.ResultFinger {
			t.Errorf("outcome %d is %+v, the first %+v", n, o, all[0])
		}
	}
	slices.Sort(noted)
	if want := []ledger.FingerOutcome{ledger.FingerDiffers, ledger.FingerCopied, ledger.FingerReplayed, ledger.FingerLocked, ledger.FingerMissing, ledger.FingerPINRefused}; !slices.Equal(noted, want) {
		t.Errorf("noted: %v", noted)
	}
}

// What is noted of a sale names it, and unlocking is noted with its reason.
func TestNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := w.request()
	payment := w.sale.Payment(t, request, nil)
	w.want(w.submit(w.submission(request, payment, 1, wrong(w))), protocol.ResultRetryFinger)
	envelope := w.submission(request, payment, 2, w.owner())
	w.want(w.submit(envelope), protocol.ResultPaid)
	w.want(w.submit(envelope), protocol.ResultPaid) // a repeat is no comparison
	w.lock()
	w.pass(1e9)
	if n, err := w.settler.Unlock(t.Context(), "W-0001", "seen with a passport"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	sale := ledger.SaleKey{Terminal: "T-0001", Scramble: request.Unverified().Scramble}
	key := w.sale.Wallet.Public(t).Thumbprint()
	at := protocol.At(w.now)
	want := []ledger.FingerEvent{
		{Wallet: "W-0001", WalletKey: key, At: at - 1, Outcome: ledger.FingerDiffers, Sale: sale, Attempt: 1, Amount: 7800, Currency: cny, Failures: 1},
		{Wallet: "W-0001", WalletKey: key, At: at - 1, Outcome: ledger.FingerMatch, Sale: sale, Attempt: 2, Amount: 7800, Currency: cny},
		{Wallet: "W-0001", WalletKey: key, At: at, Outcome: ledger.FingerUnlocked, Note: "seen with a passport"},
	}
	if have := w.events(); !slices.Equal(have, want) {
		t.Errorf("have %+v", have)
	}
	// Only those who were asked about are answered at all: a stranger's terminal is not.
	if _, err := w.settler.Submit(t.Context(), "T-0009", envelope); !errors.As(err, new(*problem.Problem)) {
		t.Errorf("another terminal: %v", err)
	}
}
