package service_test

import (
	"context"
	"crypto/ecdh"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/app/program/programtest"
	"countersign/app/settlement/ledger"
	"countersign/app/settlement/service"
	"countersign/app/settlement/settle"
	"countersign/app/settlement/settletest"
	"countersign/protocol"
	"countersign/protocol/minutiae"
	"countersign/protocol/protocoltest"
	"countersign/settlementclient"
	"countersign/settlementclient/virtualsettlement"
)

const cny = protocol.Currency(156)

// house is settlement on a loopback port, over real TLS.
type house struct {
	t        *testing.T
	sale     protocoltest.Sale
	hand     *settletest.Hand
	enrolled []minutiae.Minutia
	tls      *virtualsettlement.TLS
	url      string
	stop     func() error
	log      programtest.Log
	store    ledger.Ledger

	mutex    sync.Mutex
	identity settle.Identity
	codes    byte
}

func newHouse(t *testing.T, options ...service.Option) *house {
	t.Helper()
	h := &house{t: t, sale: protocoltest.NewSale(t, 120, false), hand: settletest.NewHand(t, 1)}
	h.enrolled = h.hand.Finger()
	h.sale.Wallet = h.sale.Realm.Wallet("W-0001", h.sale.Settlement, h.hand.Template(h.enrolled), false)
	h.identity = settle.Identity{Certificate: h.sale.Settlement.Certificate, Signer: h.sale.Settlement.Key}
	h.tls = virtualsettlement.NewTLS(t, h.sale.Realm.Name, h.now)
	store, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h.store = store
	settler, err := settle.New(settle.Config{
		Ledger: store, Trust: h.trust, Clock: h.now, PrintKey: make([]byte, 32),
		Identity: func() settle.Identity {
			h.mutex.Lock()
			defer h.mutex.Unlock()
			return h.identity
		},
		Agreement: func() []ecdh.KeyExchanger { return []ecdh.KeyExchanger{h.sale.Settlement.Agreement} },
	})
	if err != nil {
		t.Fatal(err)
	}
	err = store.Update(t.Context(), func(tx ledger.Tx) error {
		payer := ledger.PayerAccount(h.sale.Account)
		return errors.Join(
			tx.AddAccount(ledger.Account{ID: ledger.FundingAccount(cny), Class: ledger.Funding, Currency: cny}),
			tx.AddAccount(ledger.Account{ID: payer, Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid,
				Activation: ledger.ActivationDigest(h.sale.Account, "ABCDEFGHIJKLMNOP")}),
			tx.AddAccount(ledger.Account{ID: ledger.MerchantAccount([]byte("M-0001")), Class: ledger.Merchant, Currency: cny, Terminals: []protocol.ID{"T-0001"}}),
			func() error {
				_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: ledger.FundingAccount(cny), Credit: payer, Amount: 1_000_000})
				return err
			}())
	})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.url = "https://" + l.Addr().String()
	answering := service.New(settler, slog.New(slog.NewJSONHandler(&h.log, nil)), options...)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() {
		ended <- answering.Serve(ctx, l, h.tls.Server(protocol.RoleSettlement, h.sale.Settlement.Subject))
	}()
	h.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := h.stop(); err != nil {
			t.Error(err)
		}
		proof, err := ledger.Prove(context.WithoutCancel(t.Context()), store)
		if err != nil || !proof.Holds() {
			proof.WriteTo(t.Output())
			t.Errorf("proof: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// balance is what an account holds.
func (h *house) balance(t *testing.T, id ledger.AccountID) (minor int64) {
	t.Helper()
	err := h.store.View(t.Context(), func(s ledger.Snapshot) (err error) {
		minor, err = s.Balance(id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return minor
}

func (h *house) now() time.Time { return h.sale.Realm.Now }

func (h *house) trust() protocol.Trust {
	trust := h.sale.Realm.Trust()
	trust.Revocation = &protocol.RevocationList{Issuer: h.sale.Realm.Name, Sequence: 1, Issued: protocol.At(h.now()), Revoked: []protocol.Revoked{}}
	return trust
}

// client is a device's.
func (h *house) client(role protocol.Role, device protocoltest.Party, change ...func(*settlementclient.Options)) *settlementclient.Client {
	h.t.Helper()
	options := settlementclient.Options{
		URL: h.url, TLS: h.tls.Client(role, device.Subject), Trust: h.trust, Clock: h.now,
		Certificate: func() *protocol.Signed[protocol.Certificate] { return device.Certificate },
	}
	for _, c := range change {
		c(&options)
	}
	client, err := settlementclient.New(options)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(client.Close)
	return client
}

func (h *house) submission(live protocol.Template) *protocol.Signed[protocol.Submission] {
	h.t.Helper()
	claims := h.sale.RequestClaims()
	h.codes++
	claims.Scramble[0] = h.codes
	request := protocoltest.Sign(h.t, h.sale.Terminal.Key, claims)
	return h.sale.Submission(h.t, request, h.sale.Payment(h.t, request, nil), 1, live)
}

func advice(s *protocol.Signed[protocol.Submission]) protocol.Advice {
	claims := s.Unverified()
	asked := claims.Request.Unverified()
	return protocol.Advice{Request: claims.Request.Hash(), Payment: claims.Payment.Hash(), Amount: asked.Amount, Currency: asked.Currency, Scramble: asked.Scramble}
}

func (h *house) register(client *settlementclient.Client) {
	h.t.Helper()
	change, err := protocol.NewAccountChange(h.sale.Account, "ABCDEFGHIJKLMNOP", protocol.Code{1}, protocol.At(h.now()), h.sale.Wallet.Certificate)
	if err != nil {
		h.t.Fatal(err)
	}
	info, err := client.RegisterAccount(h.t.Context(), protocoltest.Sign(h.t, h.sale.Wallet.Key, change))
	if err != nil || info.Kind != protocol.AccountPrepaid || info.Currency != cny {
		h.t.Fatalf("register: %+v, %v", info, err)
	}
}
