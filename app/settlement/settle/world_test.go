package settle_test

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"encoding/binary"
	"log/slog"
	"sync"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/app/settlement/settletest"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/protocoltest"
)

const (
	cny   = protocol.Currency(156)
	funds = 100_000
)

// world is a settlement server without HTTP, with a merchant at T-0001 and an
// account with money, registered to W-0001.
type world struct {
	t       testing.TB
	sale    protocoltest.Sale
	ledger  ledger.Ledger
	settler *settle.Settler
	config  settle.Config
	log     *logBuffer

	mutex      sync.Mutex
	now        time.Time
	revocation protocol.RevocationList
	hand       *settletest.Hand
	enrolled   []minutiae.Minutia
	codes      uint64
	before     int64 // in the shop's account when a second wallet's world was made
}

// logBuffer gathers what is logged.
type logBuffer struct {
	mutex sync.Mutex
	bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.Write(p)
}

func (b *logBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.String()
}

func newWorld(t testing.TB, change ...func(*settle.Config)) *world {
	t.Helper()
	return newWorldOn(t, emptyLedger(t), change...)
}

// newWorldOn makes a world of an empty ledger, and closes it in the end.
func newWorldOn(t testing.TB, l ledger.Ledger, change ...func(*settle.Config)) *world {
	t.Helper()
	w := worldOver(t, l, change...)
	t.Cleanup(func() {
		w.holds()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	w.populate()
	return w
}

// worldOver is a server over a ledger that is there; its keys are always the same.
func worldOver(t testing.TB, l ledger.Ledger, change ...func(*settle.Config)) *world {
	t.Helper()
	w := &world{t: t, sale: protocoltest.NewSale(t, 120, false), log: &logBuffer{}, hand: settletest.NewHand(t, 7)}
	w.now = w.sale.Realm.Now
	w.enrolled = w.finger()
	w.sale.Wallet = w.sale.Realm.Wallet("W-0001", w.sale.Settlement, w.template(w.enrolled), false)
	w.revocation = protocol.RevocationList{Issuer: w.sale.Realm.Name, Sequence: 1, Issued: protocol.At(w.now), Revoked: []protocol.Revoked{}}
	w.ledger = l
	w.config = settle.Config{
		Ledger: l,
		Identity: func() settle.Identity {
			return settle.Identity{Certificate: w.sale.Settlement.Certificate, Signer: w.sale.Settlement.Key}
		},
		Agreement: func() []ecdh.KeyExchanger { return []ecdh.KeyExchanger{w.sale.Settlement.Agreement} },
		Trust:     w.trust,
		Clock:     w.clock,
		PrintKey:  make([]byte, 32),
		Log:       slog.New(slog.NewJSONHandler(w.log, nil)),
	}
	for _, c := range change {
		c(&w.config)
	}
	var err error
	if w.settler, err = settle.New(w.config); err != nil {
		t.Fatal(err)
	}
	return w
}

// populate adds the first accounts.
func (w *world) populate() {
	w.t.Helper()
	w.update(func(tx ledger.Tx) error {
		key := w.sale.Wallet.Public(w.t).Thumbprint()
		for _, a := range []ledger.Account{
			{ID: ledger.FundingAccount(cny), Class: ledger.Funding, Currency: cny},
			{ID: w.payer(), Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid, Wallet: "W-0001", Key: key},
			{ID: w.shop(), Class: ledger.Merchant, Currency: cny, Terminals: []protocol.ID{"T-0001"}},
		} {
			if err := tx.AddAccount(a); err != nil {
				return err
			}
		}
		_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: ledger.FundingAccount(cny), Credit: w.payer(), Amount: funds})
		return err
	})
}

func (w *world) payer() ledger.AccountID { return ledger.PayerAccount("6222020200112233445") }
func (w *world) shop() ledger.AccountID  { return ledger.MerchantAccount([]byte("M-0001")) }

func (w *world) clock() time.Time {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.now = w.now.Add(d)
}

// passFresh lets time pass and has the revocation list re-signed.
func (w *world) passFresh(d time.Duration) {
	w.pass(d)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.revocation.Issued = protocol.At(w.now)
}

func (w *world) trust() protocol.Trust {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	t, list := w.sale.Realm.Trust(), w.revocation
	t.Revocation = &list
	return t
}

func (w *world) revoke(subject protocol.ID) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.revocation.Revoked = []protocol.Revoked{{Subject: subject, Until: protocol.At(w.now)}}
}

func (w *world) update(change func(ledger.Tx) error) {
	w.t.Helper()
	if err := w.ledger.Update(w.t.Context(), change); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) finger() []minutiae.Minutia                          { return w.hand.Finger() }
func (w *world) capture(finger []minutiae.Minutia) protocol.Template { return w.hand.Capture(finger) }
func (w *world) template(ms []minutiae.Minutia) protocol.Template    { return w.hand.Template(ms) }

// owner is a fresh capture of the enrolled finger.
func (w *world) owner() protocol.Template { return w.capture(w.enrolled) }

// request is a new request of the terminal.
func (w *world) request(change ...func(*protocol.Request)) *protocol.Signed[protocol.Request] {
	w.t.Helper()
	claims := w.sale.RequestClaims()
	w.mutex.Lock()
	w.codes++
	binary.BigEndian.PutUint64(claims.Scramble[:], w.codes)
	claims.Issued = protocol.At(w.now)
	w.mutex.Unlock()
	for _, c := range change {
		c(&claims)
	}
	return protocoltest.Sign(w.t, w.sale.Terminal.Key, claims)
}

// submission is an attempt at a request with a live print by the terminal.
func (w *world) submission(request *protocol.Signed[protocol.Request], payment *protocol.Signed[protocol.Payment], attempt uint8, live protocol.Template) protocol.Envelope {
	w.t.Helper()
	return w.seal(w.sale.Submission(w.t, request, payment, attempt, live))
}

func (w *world) seal(s *protocol.Signed[protocol.Submission]) protocol.Envelope {
	w.t.Helper()
	envelope, err := protocol.SealSubmission(w.sale.Settlement.Point(w.t), w.sale.Terminal.Subject, s)
	if err != nil {
		w.t.Fatal(err)
	}
	return envelope
}

// submit hands an envelope to settlement as T-0001 and returns the outcome.
func (w *world) submit(e protocol.Envelope) protocol.Outcome {
	w.t.Helper()
	raw, err := w.settler.Submit(w.t.Context(), "T-0001", e)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.outcome(raw)
}

// outcome verifies an answer's signature.
func (w *world) outcome(raw []byte) protocol.Outcome {
	w.t.Helper()
	signed, err := protocol.Parse[protocol.Outcome](raw)
	if err != nil {
		w.t.Fatal(err)
	}
	claimed := signed.Unverified()
	outcome, err := protocol.VerifyOutcome(signed, w.sale.Settlement.Certificate, claimed.Request, claimed.Payment, w.trust(), w.sale.Realm.Now)
	if err != nil {
		w.t.Fatal(err)
	}
	return outcome
}

func (w *world) balance(id ledger.AccountID) (n int64) {
	w.t.Helper()
	err := w.ledger.View(w.t.Context(), func(s ledger.Snapshot) (err error) {
		n, err = s.Balance(id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// moved says how much the shop has.
func (w *world) moved(want int64) {
	w.t.Helper()
	if have := w.balance(w.shop()); have != want || w.balance(w.payer()) != funds-want {
		w.t.Errorf("the shop has %d and the payer %d; want %d to have moved", have, w.balance(w.payer()), want)
	}
}

// holds proves the ledger; every world does so at its end.
func (w *world) holds() {
	w.t.Helper()
	// A test's own context has ended when its cleanup runs.
	p, err := ledger.Prove(context.WithoutCancel(w.t.Context()), w.ledger)
	if err != nil {
		w.t.Fatal(err)
	}
	if !p.Holds() {
		p.WriteTo(w.t.Output())
		w.t.Error("an invariant is broken")
	}
}

// want compares a result.
func (w *world) want(o protocol.Outcome, want protocol.Result) {
	w.t.Helper()
	if o.Result != want {
		w.t.Errorf("have %v, want %v; log:\n%s", o.Result, want, w.log)
	}
}
