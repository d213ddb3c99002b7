package ledger

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"countersign/protocol"
)

// Guarantee 11: each invariant that somebody breaks behind the ledger's back is
// found, by its name.
func TestProofFindsWhatIsBroken(t *testing.T) { everyStore(t, testProofFindsWhatIsBroken) }

func testProofFindsWhatIsBroken(t *testing.T, on store) {
	f := newFixture(t)
	tamper := func(bucket string, key []byte, change func(raw []byte) []byte) func(vault) error {
		return func(tx vault) error {
			b := tx.Bucket([]byte(bucket))
			return b.Put(key, change(append([]byte(nil), b.Get(key)...)))
		}
	}
	edit := func(change func(s *Sale)) func([]byte) []byte {
		return func(raw []byte) []byte {
			var s Sale
			if err := cbor.Unmarshal(raw, &s); err != nil {
				t.Fatal(err)
			}
			change(&s)
			out, err := cbor.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	constant := func(b []byte) func([]byte) []byte { return func([]byte) []byte { return b } }
	tests := []struct {
		name   string
		tamper func(vault) error
		finds  int
	}{
		{"balance raised", tamper(bucketBalances, []byte(payer), constant(numberKey(5000))), checkBalances},
		{"books uneven", tamper(bucketBalances, []byte(payer), constant(numberKey(5000))), checkBooks},
		{"balance below zero", tamper(bucketBalances, []byte(payer), constant(binary.BigEndian.AppendUint64(nil, ^uint64(0)))), checkNegative},
		{"entry removed", func(tx vault) error { return tx.Bucket([]byte(bucketEntries)).Delete(numberKey(1)) }, checkSequence},
		{"payment's entry removed", func(tx vault) error { return tx.Bucket([]byte(bucketEntries)).Delete(numberKey(2)) }, checkMoney},
		{"sale removed", func(tx vault) error { return tx.Bucket([]byte(bucketSales)).Delete(saleKey(key(1))) }, checkOrphans},
		{"reference removed", func(tx vault) error { return tx.Bucket([]byte(bucketReferences)).Delete(numberKey(1)) }, checkReferences},
		{"request of another sale", func(tx vault) error {
			b := tx.Bucket([]byte(bucketRequests))
			first, _ := b.First()
			raw, _ := cbor.Marshal(key(9))
			return b.Put(append([]byte(nil), first...), raw)
		}, checkRequests},
		{"outcome changed", tamper(bucketSales, saleKey(key(1)), edit(func(s *Sale) { s.Decisions[0].Outcome[len(s.Decisions[0].Outcome)-1] ^= 1 })), checkSignatures},
		{"other amount than signed", tamper(bucketSales, saleKey(key(1)), edit(func(s *Sale) { s.Amount++ })), checkSignatures},
		{"decision after the end", tamper(bucketSales, saleKey(key(1)), edit(func(s *Sale) { s.Decisions = append(s.Decisions, s.Decisions[0]) })), checkSales},
		{"print forgotten", func(tx vault) error {
			b := tx.Bucket([]byte(bucketPrints))
			first, _ := b.First()
			return b.Delete(first)
		}, checkPrints},
		{"wallet without key", tamper(bucketAccounts, []byte(payer), func([]byte) []byte {
			raw, _ := cbor.Marshal(Account{ID: payer, Class: Payer, Currency: cny, Kind: protocol.AccountPrepaid, Wallet: "W-0001"})
			return raw
		}), checkRegistrations},
		{"entry between the wrong accounts", tamper(bucketEntries, numberKey(2), func([]byte) []byte {
			raw, _ := cbor.Marshal(Entry{Sequence: 2, Kind: EntryPayment, Debit: funding, Credit: shop, Amount: 100, Currency: cny})
			return raw
		}), checkEntries},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			l := on.fresh(t)
			f.fill(l, 1000)
			f.update(l, f.pay(1, 100))
			holds(t, l)
			on.tamper(t, l, test.tamper)
			p, err := Prove(t.Context(), l)
			if err != nil {
				t.Fatal(err)
			}
			if p.Holds() || p.Checks[test.finds].Broken == 0 {
				p.WriteTo(t.Output())
				t.Errorf("not found by %q", p.Checks[test.finds].What)
			}
			var text strings.Builder
			if _, err := p.WriteTo(&text); err != nil || !strings.Contains(text.String(), "BROKEN") || strings.Contains(text.String(), payer.Number()) {
				t.Errorf("printed as %q, %v", text.String(), err)
			}
		})
	}
}
