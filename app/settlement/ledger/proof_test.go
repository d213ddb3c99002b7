package ledger

import (
	"encoding/binary"
	"testing"

	"countersign/protocol"
)

// Guarantee 11: each invariant that somebody breaks behind the ledger's back is
// found, by its name.
func TestProofFindsWhatIsBroken(t *testing.T) { everyStore(t, testProofFindsWhatIsBroken) }

func testProofFindsWhatIsBroken(t *testing.T, on store) {
	f := newFixture(t)
	balance := func(n uint64) func(vault) error {
		return of(bucketBalances, []byte(payer), raw(binary.BigEndian.AppendUint64(nil, n)))
	}
	sold := func(change func(*Sale)) func(vault) error {
		return of(bucketSales, saleKey(key(1)), edited(t, change))
	}
	fill := func(l Ledger) {
		f.fill(l, 1000)
		f.update(l, f.pay(1, 100))
	}
	proofFinds(t, on, fill, []tampering{
		{"balance raised", balance(5000), checkBalances},
		{"books uneven", balance(5000), checkBooks},
		{"balance below zero", balance(^uint64(0)), checkNegative},
		{"entry removed", gone(bucketEntries, numberKey(1)), checkSequence},
		{"payment's entry removed", gone(bucketEntries, numberKey(2)), checkMoney},
		{"sale removed", gone(bucketSales, saleKey(key(1))), checkOrphans},
		{"reference removed", gone(bucketReferences, numberKey(1)), checkReferences},
		{"request of another sale", first(bucketRequests, instead(t, key(9))), checkRequests},
		{"outcome changed", sold(func(s *Sale) { s.Decisions[0].Outcome[len(s.Decisions[0].Outcome)-1] ^= 1 }), checkSignatures},
		{"other amount than signed", sold(func(s *Sale) { s.Amount++ }), checkSignatures},
		{"decision after the end", sold(func(s *Sale) { s.Decisions = append(s.Decisions, s.Decisions[0]) }), checkSales},
		{"print forgotten", removed(bucketPrints), checkPrints},
		{"wallet without key", of(bucketAccounts, []byte(payer),
			instead(t, Account{ID: payer, Class: Payer, Currency: cny, Kind: protocol.AccountPrepaid, Wallet: "W-0001"})), checkRegistrations},
		{"entry between the wrong accounts", of(bucketEntries, numberKey(2),
			instead(t, Entry{Sequence: 2, Kind: EntryPayment, Debit: funding, Credit: shop, Amount: 100, Currency: cny})), checkEntries},
	})
}
