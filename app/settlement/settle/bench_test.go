package settle_test

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/app/settlement/ledger"
	"countersign/app/settlement/settle"
	"countersign/devices/secureunit"
	"countersign/devices/secureunit/virtualtoken"
	"countersign/protocol"
	"countersign/protocol/protocoltest"
)

// onToken gives a world's settlement keys in a real token.
func (w *world) onToken(b *testing.B) {
	b.Helper()
	unit, err := secureunit.Open(b.Context(), virtualtoken.ForTest(b, "settlement")[0])
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := unit.Close(); err != nil {
			b.Error(err)
		}
	})
	for _, purpose := range []secureunit.Purpose{secureunit.Signing, secureunit.Agreement} {
		if _, err := unit.EnsureKey(b.Context(), purpose); err != nil {
			b.Fatal(err)
		}
	}
	signer, err := unit.Signer(secureunit.Signing)
	if err != nil {
		b.Fatal(err)
	}
	agreement, err := unit.Agreement()
	if err != nil {
		b.Fatal(err)
	}
	claims := w.sale.Settlement.Certificate.Unverified()
	public, ok := signer.Public().(*ecdsa.PublicKey)
	if !ok {
		b.Fatalf("public key is a %T", signer.Public())
	}
	if claims.Holder.Key, err = protocol.NewKey(public); err != nil {
		b.Fatal(err)
	}
	point, err := protocol.NewPoint(agreement.PublicKey())
	if err != nil {
		b.Fatal(err)
	}
	claims.Device.Agreement = &point
	w.sale.Settlement = protocoltest.Party{Subject: claims.Subject, Certificate: protocoltest.Sign(b, w.sale.Realm.Key, claims)}
	w.sale.Wallet = w.sale.Realm.Wallet("W-0001", w.sale.Settlement, w.template(w.enrolled), false)
	w.config.Identity = func() settle.Identity {
		return settle.Identity{Certificate: w.sale.Settlement.Certificate, Signer: signer}
	}
	w.config.Agreement = func() []ecdh.KeyExchanger { return []ecdh.KeyExchanger{agreement} }
	if w.settler, err = settle.New(w.config); err != nil {
		b.Fatal(err)
	}
}

// benchStores are what benchmarks run on; read only.
var benchStores = []struct {
	name string
	open func(b *testing.B) (ledger.Ledger, error)
}{
	{"bolt", func(b *testing.B) (ledger.Ledger, error) {
		return ledger.Open(filepath.Join(b.TempDir(), "ledger.db"), ledger.Options{})
	}},
	{"postgres", func(b *testing.B) (ledger.Ledger, error) {
		return ledger.OpenPostgres(b.Context(), shared.Database(b), ledger.Options{})
	}},
}

// payers are as many owners with wallets and accounts of their own: one owner does not pay
// at two terminals at once.
func (w *world) payers(n int) []protocoltest.Sale {
	w.t.Helper()
	list := make([]protocoltest.Sale, n)
	for i := range list {
		name, sale := protocol.ID(fmt.Sprintf("W-1%03d", i)), w.sale
		sale.Account = protocol.Account(fmt.Sprintf("62220202001122%05d", i))
		sale.Wallet = sale.Realm.Wallet(name, sale.Settlement, w.template(w.enrolled), false)
		account := ledger.Account{ID: ledger.PayerAccount(sale.Account), Class: ledger.Payer, Currency: cny, Kind: protocol.AccountPrepaid,
			Wallet: name, Key: sale.Wallet.Public(w.t).Thumbprint()}
		w.update(func(tx ledger.Tx) error {
			if err := tx.AddAccount(account); err != nil {
				return err
			}
			_, err := tx.Transfer(ledger.Transfer{Kind: ledger.EntryLoad, Debit: ledger.FundingAccount(cny), Credit: account.ID, Amount: funds})
			return err
		})
		list[i] = sale
	}
	return list
}

// BenchmarkSettle is steps 13 to 15 without the network, on both stores: opened,
// verified and signed with keys in SoftHSM, the finger compared, the ledger
// synced. BenchmarkLedgerTransfer in package ledger is the same without crypto and
// comparison.
func BenchmarkSettle(b *testing.B) {
	for _, store := range benchStores {
		for _, clients := range []int{1, 8} {
			b.Run(fmt.Sprintf("%s/%d-clients", store.name, clients), func(b *testing.B) {
				l, err := store.open(b)
				if err != nil {
					b.Fatal(err)
				}
				w := newWorldOn(b, l)
				w.onToken(b)
				w.sale.Amount = 1
				payers := w.payers(clients)
				envelopes := make([]protocol.Envelope, b.N)
				for n := range envelopes {
					w.sale.Wallet, w.sale.Account = payers[n%clients].Wallet, payers[n%clients].Account
					envelopes[n] = honest()(w)
				}
				took := make([]time.Duration, b.N)
				var all sync.WaitGroup
				b.ResetTimer()
				for client := range clients {
					all.Go(func() {
						for n := client; n < b.N; n += clients {
							begun := time.Now()
							if _, err := w.settler.Submit(b.Context(), "T-0001", envelopes[n]); err != nil {
								b.Error(err)
							}
							took[n] = time.Since(begun)
						}
					})
				}
				all.Wait()
				b.StopTimer()
				if have := w.balance(w.shop()); have != int64(b.N) {
					b.Errorf("the shop has %d after %d sales", have, b.N)
				}
				slices.Sort(took)
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "settlements/s")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
	}
}
